-- The type annotations of parameters and of plain results against what functions do with them.

local fixture = require "spec.support.fixture"
local loops = require "spec.support.loops"
local meta = require "spec.support.meta"
local meta_values = require "spec.support.meta_values"
local process = require "spec.support.process"
local realtimekit = require "realtimekit"

local unpack = table.unpack or unpack -- luacheck: ignore

local annotated = meta.read("src/meta/realtimekit.lua")
local of_loops = meta.read("src/meta/realtimekit/loops.lua")

-- The annotated functions of a class, by name.
local function functions_of(all, class)
  local found = {}
  for full_name, described in pairs(all.functions) do
    local owner, name = full_name:match("^(.+)[.:]([%w_]+)$")
    if owner == class then found[name] = described end
  end
  assert(next(found), class)
  return found
end

describe("the annotations of", function()
  -- Described as the other class's function of that name is, but for what `replaced` says.
  local function assert_same(one, other, replaced)
    for name, described in pairs(one) do
      if other[name] then
        local returns = {}
        for i, kind in ipairs(described.returns) do returns[i] = (replaced or {})[kind] or kind end
        assert.same(other[name].params, described.params, name)
        assert.same(other[name].returns, returns, name)
      end
    end
  end

  it("realtimekit's functions are those of a client's", function()
    assert_same(functions_of(annotated, "realtimekit"),
      functions_of(annotated, "realtimekit.Client"))
  end)

  for loop_class, class in pairs { LoopModule = "realtimekit", LoopClient = "realtimekit.Client",
    LoopCall = "realtimekit.Call" } do
    it("a " .. loop_class .. " are those of " .. class, function()
      local found = functions_of(of_loops, "realtimekit." .. loop_class)
      assert_same(found, functions_of(annotated, class),
        { ["realtimekit.LoopCall"] = "realtimekit.Call",
          ["realtimekit.LoopClient"] = "realtimekit.Client" })
      for name in pairs(found) do
        assert.is_table(functions_of(annotated, class)[name], name)
      end
    end)
  end
end)

-- ==== In what is called ====

local NOWHERE = "http://127.0.0.1:1" -- nobody listens there

-- Calls as a method, so that an error counts its arguments from the first in parentheses; returns
-- what the method does.
local function call(object, name, arguments, count)
  local source = ("local o, f, n, a = ... return { o:%s(f(a, 1, n)) }"):format(name)
  return pcall((loadstring or load)(source), object, unpack, count, arguments)
end

-- Arguments that are as annotated: no request is sent for want of an id.
local function fitting(params)
  local arguments = {}
  for i, param in ipairs(params) do
    local kind = param.type
    arguments[i] = kind == "string" and (param.name == "path" and "/x" or "")
      or kind == "realtimekit.Method" and "GET" or kind == "number?" and 0 or {}
  end
  return arguments
end

local module = {}

function module:new(...) -- luacheck: ignore self
  local client = realtimekit.new(...)
  return client
end

local objects = {
  { class = "realtimekit.Client", make = function() return fixture.client(NOWHERE) end },
  { class = "realtimekit.Call", make = function()
    return fixture.client(NOWHERE):start(fixture.ids())
  end },
  { class = "realtimekit", only = "new", make = function() return module end },
}

local function test_function(title, make, name, params)
  local count = #params

  -- What is raised when the argument at `at` is that value.
  local function try(at, value)
    local arguments = fitting(params)
    arguments[at] = value
    local ok, message = call(make(), name, arguments, math.max(count, at))
    return not ok and message or nil
  end

  local function assert_refused(i, value)
    assert.matches(("bad argument #%d to '%s'"):format(i, name), try(i, value), 1, true)
  end

  for i, param in ipairs(params) do
    it(("%s takes %s as number %d"):format(title, param.name, i), function()
      assert_refused(i, true)
    end)

    local optional = meta.analyse(param.type).optional
    it(("%s can%s be called without %s"):format(title, optional and "" or "not", param.name),
      function() if optional then assert.is_nil(try(i, nil)) else assert_refused(i, nil) end end)
  end

  if count > 0 and params[count].name == "opts" then
    it(title .. " takes no more than that", function()
      assert.is_nil(try(count, {}))
      local message = try(count + 1, {})
      assert(message:find("too many arguments", 1, true)
        or message:find("no further argument expected", 1, true), message)
    end)
  end
end

describe("as annotated,", function()
  for _, object in ipairs(objects) do
    for name, described in pairs(functions_of(annotated, object.class)) do
      if not object.only or object.only == name then
        test_function(object.class .. "'s " .. name, object.make, name, described.params)
      end
    end
  end
end)

-- ==== Options ====

-- Values of many kinds; an option takes those that it can be.
local SAMPLES = { "text", "2025-06-03T09:15:02Z", "events", "2", "LIVE", "duration", "createdAt",
  "ASC", "raw", "SRT", 1, 1.5, true, false, {}, { "events" }, { a = "b" }, { a = 1 },
  { a = false }, print }

describe("an option is annotated with what it takes:", function()
  local client = fixture.client(NOWHERE)

  local function check(name, kind, takes)
    local values, taken = meta_values.new(annotated), {}
    for _, sample in ipairs(SAMPLES) do
      if takes(sample) then
        assert.is_nil(values:problem(sample, kind, name))
        taken[#taken + 1] = sample
      end
    end
    for _, alternative in ipairs(meta_values.alternatives(kind)) do
      local fits = false
      for _, sample in ipairs(taken) do
        fits = fits or not values:problem(sample, alternative, name)
      end
      assert(fits, name .. " takes no " .. alternative)
    end
  end

  for name, kind in pairs(annotated.classes["realtimekit.Options"].fields) do
    it(name, function()
      check(name, kind, function(value) return (pcall(realtimekit.new, { [name] = value })) end)
    end)
  end

  for _, name in ipairs { "body", "idempotent" } do
    it(name .. ", of a request", function()
      local kind = annotated.classes["realtimekit.RequestOptions"].fields[name]
      check(name, kind, function(value)
        return (pcall(client.start_request, client, "POST", "/x", nil, { [name] = value }))
      end)
    end)
  end

  it("of a call as of a client, but that calls sort by different keys", function()
    local of_client = annotated.classes["realtimekit.Options"].fields
    for class_name, class in pairs(annotated.classes) do
      if class.extends == "realtimekit.CallOptions" then
        for name, kind in pairs(class.fields) do
          if name ~= "sort_by" and of_client[name] then
            assert.equal(of_client[name], kind, class_name .. "." .. name)
          end
        end
      end
    end
  end)
end)

describe("what is annotated as a result of", function()
  local function check(object, class, name)
    local described = annotated.functions[class .. ":" .. name]
    local values = meta_values.new(annotated)
    local _, results = call(object, name, {}, 0)
    assert.is_true(#results <= #described.returns)
    for i, kind in ipairs(described.returns) do
      assert.is_nil(values:problem(results[i], kind, name))
    end
  end

  it("a call's method is what it gives, under way and done", function()
    local client = fixture.client(NOWHERE)
    local started = client:start(fixture.ids())
    for _, done in ipairs { false, true } do
      assert.equal(done, started:done())
      for _, name in ipairs { "done", "pollfd", "events", "timeout", "wait" } do
        check(started, "realtimekit.Call", name)
      end
    end
  end)

  it("a client's method is what it gives, with a call under way and without", function()
    local client = fixture.client(NOWHERE)
    for _ = 1, 2 do
      for _, name in ipairs { "pollfd", "events", "timeout", "step" } do
        check(client, "realtimekit.Client", name)
      end
      client:start(fixture.ids())
    end
  end)
end)

-- ==== In Lua ====

-- How many parameters a function of Lua has, where that can be told.
local function count_parameters(f)
  local info = debug.getinfo(f, "Su")
  if info.what ~= "C" and info.nparams and not info.isvararg then return info.nparams end
end

describe("the parameters of methods in Lua, of realtimekit.NAME:", function()
  for _, loop in ipairs(loops) do
    it(loop.name .. "'s methods are those annotated, where they have names", function()
      if loop.missing then pending("no " .. loop.name .. ": " .. loop.missing) end
      local client = require("realtimekit." .. loop.name).new(fixture.options(NOWHERE))
      local started, told = client:start(fixture.ids()), 0
      for class, object in pairs { LoopClient = client, LoopCall = started } do
        for name, described in pairs(functions_of(of_loops, "realtimekit." .. class)) do
          local count = count_parameters(object[name])
          if count then
            assert.equal(#described.params + 1, count, name)
            told = told + 1
          end
        end
      end
      assert.is_true(told > 0 or _VERSION == "Lua 5.1", "none has any")
    end)
  end

  it("nginx's functions are those annotated", function()
    local functions = functions_of(meta.read("src/meta/realtimekit.nginx.lua"), "realtimekit.nginx")
    for name, described in pairs(functions) do
      local count = count_parameters(require("realtimekit.nginx")[name])
      assert.equal(#described.params, count or #described.params)
    end
  end)
end)

-- ==== In the README ====

describe("the README names the parameters of", function()
  local readme = process.read_file("README.md")
  local classes = { realtimekit = "realtimekit.", client = "realtimekit.Client:",
    call = "realtimekit.Call:" }

  -- As annotated, from number `i` on: "a, b [, c [, d]]".
  local function signature(params, i)
    local param = params[i]
    if not param then return "" end
    local text = (i > 1 and ", " or "") .. param.name .. signature(params, i + 1)
    if not meta.analyse(param.type).optional then return text end
    return (i > 1 and " [" or "[") .. text .. "]"
  end

  it("functions as the annotations do", function()
    local seen = 0
    for owner, name, params in readme:gmatch("\n### (%l+)[.:]([%l_]+) %(([^\n]*)%)") do
      local described = assert(annotated.functions[classes[owner] .. name], name)
      assert.equal(signature(described.params, 1), params, name)
      seen = seen + 1
    end
    assert.is_true(seen > 40, tostring(seen))
  end)

  it("a call's methods as the annotations do", function()
    for name, params in readme:gmatch("\n| `call:([%l_]+)%(([^)]*)%)`") do
      local described = annotated.functions[classes.call .. name]
      assert.equal(signature(described.params, 1), params, name)
    end
  end)
end)
