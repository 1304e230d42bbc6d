-- What the README and the annotations say against what there is.

local internals = require "rtk_internals"
local loops = require "spec.support.loops"
local markdown = require "spec.support.markdown"
local meta = require "spec.support.meta"
local process = require "spec.support.process"
local realtimekit = require "realtimekit"

local readme = process.read_file("README.md")
local errors = process.read_file("docs/errors.md")
local annotated = meta.read("src/meta/realtimekit.lua")

local function has_code(text)
  return readme:find("`" .. text .. "`", 1, true) ~= nil
end

-- The section below a heading, up to the next of the same rank.
local function section(heading)
  local _, from = readme:find("\n## " .. heading .. "\n", 1, true)
  assert(from, "the README has no section " .. heading)
  return readme:sub(from, (readme:find("\n## ", from, true) or #readme))
end

local function sorted(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- Those of every call and those of some, in alphabetical order.
local function all_options()
  local known, names = {}, internals.option_names()
  for _, endpoint in ipairs(internals.endpoints()) do
    for _, parameter in ipairs(endpoint.parameters) do known[parameter.name] = true end
  end
  for name in pairs(known) do names[#names + 1] = name end
  table.sort(names)
  return names
end

describe("the README", function()
  for _, name in ipairs(internals.option_names()) do
    it("has the option " .. name .. " in its table", function()
      assert.truthy(section("Options"):find("\n| [^\n|]*`" .. name .. "`[^|]* |"))
    end)
  end

  for _, kind in ipairs(internals.kinds()) do
    it("has the failure kind " .. kind .. ", as docs/errors.md has in its table", function()
      assert.truthy(section("Failures"):match("\n| what .-\n\n"):find("`" .. kind .. "`", 1, true))
      assert.truthy(errors:find("\n| `" .. kind .. "` |", 1, true))
    end)
  end

  it("has every parameter in the table of some calls' options, with the calls", function()
    local options = section("Options")
    for _, endpoint in ipairs(internals.endpoints()) do
      for _, parameter in ipairs(endpoint.parameters) do
        local row = options:match("\n(| [^\n|]*`" .. parameter.name .. "`[^|]* | [^\n]+)")
        local calls = assert(row, parameter.name):match("^| [^|]+ | ([^|]+) |")
        assert.matches("`" .. endpoint.name .. "`", calls, 1, true)
        for _, choice in ipairs(parameter.choices) do assert.matches(choice, row, 1, true) end
      end
    end
  end)

  it("has every endpoint in a row of its own, with its path and its options in order", function()
    for _, endpoint in ipairs(internals.endpoints()) do
      local path, of_its_own = section("Functions"):match(
        "\n| `" .. endpoint.name .. "` | `([^`]+)` | [^|]+ | ([^|]+) |")
      assert.equal(endpoint.path, "/realtime/kit/{app_id}" .. tostring(path))
      local names = {}
      for i, parameter in ipairs(endpoint.parameters) do names[i] = "`" .. parameter.name .. "`" end
      assert.equal(table.concat(names, ", "), of_its_own)
    end
  end)

  it("has no option and no kind that there is not", function()
    local known = {}
    for _, name in ipairs(all_options()) do known[name] = true end
    for row in section("Options"):gmatch("\n| (`[^|]+) |") do
      for name in row:gmatch("`([%w_]+)`") do assert.is_true(known[name], name) end
    end
    known = {}
    for _, kind in ipairs(internals.kinds()) do known[kind] = true end
    for name in errors:match("\n## Kinds\n(.-)\n## "):gmatch("\n| `([%w_]+)` |") do
      assert.is_true(known[name], name)
    end
    local classes = section("Failures"):match("\n| what .-\n\n")
    for cell in classes:gmatch("\n| [^|`]+ | ([^|]+) |") do
      for name in cell:gmatch("`([%w_]+)`") do
        assert.is_true(known[name] or name == "failure", name)
      end
    end
  end)

  it("has every exported function under a heading of its own", function()
    for name, value in pairs(realtimekit) do
      local heading = "\n### realtimekit." .. name .. (type(value) == "function" and " (" or "")
      assert.truthy(readme:find(heading, 1, true), heading)
    end
    for name in pairs(getmetatable(realtimekit.new()).__index) do
      assert.truthy(readme:find("\n### client:" .. name .. " (", 1, true), name)
    end
  end)

  it("has every method of a call under way", function()
    for name in pairs(getmetatable(realtimekit.start("a", "b", "c")).__index) do
      assert.truthy(readme:find("`call:" .. name .. "(", 1, true), name)
    end
  end)

  it("has every field of a response and a failure", function()
    for _, class in ipairs { "realtimekit.Response", "realtimekit.Failure" } do
      for field in pairs(annotated.classes[class].fields) do
        assert.is_true(has_code(field) or has_code("response." .. field)
          or has_code("failure." .. field), field)
      end
    end
  end)

  it("keeps to what docs/errors.md says of kinds", function()
    for name in section("Failures"):gmatch("`([%l_]+)` %(") do
      assert.truthy(errors:find("\n| `" .. name .. "` |", 1, true), name)
    end
  end)
end)

describe("the annotations", function()
  it("have exactly the options there are", function()
    assert.same(internals.option_names(),
      sorted(annotated.classes["realtimekit.CallOptions"].fields))
    assert.same(all_options(), sorted(annotated.classes["realtimekit.Options"].fields))
  end)

  -- peer_report -> PeerReport
  local function camel(name)
    return (name:gsub("^%l", string.upper):gsub("_(%l)", string.upper))
  end

  for _, endpoint in ipairs(internals.endpoints()) do
    it("have exactly the options of " .. endpoint.name, function()
      local names = internals.option_names()
      for _, parameter in ipairs(endpoint.parameters) do names[#names + 1] = parameter.name end
      table.sort(names)
      local class = "realtimekit." .. camel(endpoint.name) .. "Options"
      assert.same(names, sorted(annotated.classes[class].fields))
      for _, form in ipairs { "", "start_" } do
        for _, object in ipairs { "realtimekit.", "realtimekit.Client:" } do
          local params = annotated.functions[object .. form .. endpoint.name].params
          assert.equal(class .. "?", params[#params].type)
          for i, id in ipairs(endpoint.ids) do
            assert.same({ name = id, type = "string" }, params[i])
          end
        end
      end
    end)

    for _, parameter in ipairs(endpoint.parameters) do
      if parameter.type == "choice" then
        it(("have the words that %s has for %s"):format(endpoint.name, parameter.name), function()
          local class = annotated.classes["realtimekit." .. camel(endpoint.name) .. "Options"]
          local alias = class.fields[parameter.name]:gsub("%?$", "")
          assert.same(parameter.choices, annotated.aliases[alias])
        end)
      end
    end
  end

  it("have exactly the failure kinds there are", function()
    local kinds = internals.kinds()
    local named = annotated.aliases["realtimekit.FailureKind"]
    table.sort(kinds)
    table.sort(named)
    assert.same(kinds, named)
  end)

  it("have exactly the functions there are", function()
    local there = {}
    for name, value in pairs(realtimekit) do
      if type(value) == "function" then there["realtimekit." .. name] = true end
    end
    for name in pairs(getmetatable(realtimekit.new()).__index) do
      there["realtimekit.Client:" .. name] = true
    end
    for name in pairs(getmetatable(realtimekit.start("a", "b", "c")).__index) do
      there["realtimekit.Call:" .. name] = true
    end
    assert.same(sorted(there), sorted(annotated.functions))
  end)

  for _, loop in ipairs(loops) do
    it("have exactly the functions of realtimekit." .. loop.name, function()
      if loop.missing then pending("no " .. loop.name .. ": " .. loop.missing) end
      local module, there = require("realtimekit." .. loop.name), {}
      for name in pairs(module) do there["realtimekit.LoopModule." .. name] = true end
      for name in pairs(getmetatable(module.new()).__index) do
        there["realtimekit.LoopClient:" .. name] = true
      end
      for name in pairs(getmetatable(module.new():start("a", "b", "c")).__index) do
        there["realtimekit.LoopCall:" .. name] = true
      end
      assert.same(sorted(there), sorted(meta.read("src/meta/realtimekit/loops.lua").functions))
      assert.equal("realtimekit.LoopModule", meta.read(("src/meta/realtimekit/%s.lua"):format(
        loop.name)).classes["realtimekit." .. loop.name].extends)
    end)
  end

  it("have exactly the filters there are", function()
    for _, name in ipairs(annotated.aliases["realtimekit.Filter"]) do
      assert(realtimekit.new { filters = name })
    end
    local ok, message = pcall(realtimekit.new, { filters = "nonsense" })
    assert.is_false(ok)
    for _, name in ipairs(annotated.aliases["realtimekit.Filter"]) do
      assert.matches(name, message, 1, true)
    end
    local _, commas = message:match("the filters are (.*)%)"):gsub(",", "")
    assert.equal(#annotated.aliases["realtimekit.Filter"], commas + 1)
  end)
end)

describe("the documents", function()
  it("link only to files, and headings in them, that are there", function()
    local count = 0
    for _, path in ipairs(markdown.paths()) do
      for _, link in ipairs(markdown.read(path).links) do
        local file, anchor = link.target:match("^([^#]*)#?(.*)$")
        if not link.target:find("^https?://") then
          local target = file == "" and path or (path:match("^.*/") or "") .. file
          assert(io.open(target), path .. ":" .. link.line .. ": no " .. target):close()
          local found = anchor == ""
          for _, heading in ipairs(anchor ~= "" and markdown.read(target).headings or {}) do
            found = found or heading.anchor == anchor
          end
          assert(found, path .. ":" .. link.line .. ": no heading " .. link.target)
          count = count + 1
        end
      end
    end
    assert.is_true(count > 30, tostring(count))
  end)

  -- Those that speak of what is public.
  local public = { "README.md", "CHANGELOG.md", "docs/errors.md", "docs/event-loops.md" }

  -- Words of the same looks that are of libcurl's environment, and of nginx.
  local others = {}
  for word in ([[ https_proxy all_proxy no_proxy init_by_lua server_rewrite
    ssl_certificate init_worker header_filter body_filter ssl_client_hello exit_worker
    worker_connections ]]):gmatch "%S+" do
    others[word] = true
  end

  -- Options, kinds of failure, functions, their parameters, fields of all there is.
  local function public_names()
    local known = {}
    for _, class in pairs(annotated.classes) do
      for name in pairs(class.fields) do known[name] = true end
    end
    for name, described in pairs(annotated.functions) do
      known[name:match("[%l_]+$")] = true
      for _, param in ipairs(described.params) do known[param.name] = true end
    end
    for _, words in pairs(annotated.aliases) do
      for _, word in ipairs(words) do known[word] = true end
    end
    return known
  end

  local function each_word(pattern, work)
    local count = 0
    for _, path in ipairs(public) do
      for _, word in ipairs(markdown.read(path).words) do
        local first, second = word.text:match(pattern)
        if first then
          count = count + 1
          work(("%s:%d: `%s`"):format(path, word.line, word.text), first, second)
        end
      end
    end
    assert.is_true(count > 10, tostring(count))
  end

  it("have no `word_like_this` that is no option, kind, function or field", function()
    local known = public_names()
    each_word("^%l+_[%l_]+$", function(place, word)
      assert(known[word] or others[word], place)
    end)
  end)

  it("have no `failure.field`, no `client:method` and the like that there is not", function()
    local fields = { response = "Response", failure = "Failure", fields = "LogFields",
      report = "SessionReport" }
    each_word("^(%l+)%.([%l_]+)$", function(place, owner, name)
      local class = annotated.classes["realtimekit." .. tostring(fields[owner])]
      if owner == "realtimekit" then
        assert(realtimekit[name] or loops[name] or name == "nginx", place)
      elseif class then
        assert(class.fields[name], place)
      end
    end)
    local methods = { call = "Call", client = "Client" }
    each_word("^(%l+):([%l_]+)", function(place, owner, name)
      if methods[owner] then
        assert(annotated.functions[("realtimekit.%s:%s"):format(methods[owner], name)], place)
      end
    end)
  end)

  it("name only what make knows", function()
    local makefile = process.read_file("Makefile")
    for _, path in ipairs(markdown.paths()) do
      for code in process.read_file(path):gmatch("`([^`\n]+)`") do
        for command in (code .. " && "):gmatch("%s*(.-)%s*&&") do
          local words = command:gsub("^sudo ", ""):match("^make (.+)") or ""
          for word in words:gmatch("%S+") do
            local name = word:match("^([%u_]+)=") or word:match("^[%l-]+$")
            assert(name and (makefile:find("\n" .. name .. ":", 1, true)
              or makefile:find("%f[%w_]" .. name .. "%f[^%w_]")), path .. ": make " .. word)
          end
        end
      end
    end
  end)

  it("have every function of the modules for event loops, and no other", function()
    local named = { new = true }
    for _, row in ipairs(markdown.read("docs/event-loops.md"):table_of("What they have")) do
      for name in row[2]:gmatch("`([%l_]+)`") do named[name] = true end
    end
    for _, loop in ipairs(loops) do
      if not loop.missing then
        local there = {}
        for name in pairs(require("realtimekit." .. loop.name)) do there[name] = true end
        assert.same(sorted(there), sorted(named))
      end
    end
  end)
end)

describe("CHANGELOG.md", function()
  it("has a section for what is not released, or for this version", function()
    local changelog = process.read_file("CHANGELOG.md")
    assert.truthy(changelog:find("\n## [Unreleased]", 1, true)
      or changelog:find("\n## [" .. realtimekit._VERSION .. "]", 1, true))
  end)
end)

describe("SECURITY.md", function()
  local text = process.read_file("SECURITY.md")
  local makefile = process.read_file("Makefile")

  it("names specs, targets and fuzzers that there are", function()
    local count = 0
    for row in text:gmatch("\n| [^\n]+ | ([^|\n]+) |") do
      for name in row:gmatch("`([^`]+)`") do
        count = count + 1
        local target = name:match("^make (%l+)$")
        if target then
          assert.truthy(makefile:find("\n" .. target .. ":", 1, true), name)
        elseif name:find("^fuzz_") then
          process.read_file("spec/fuzz/" .. name .. ".c")
        else
          process.read_file(name)
        end
      end
    end
    assert.is_true(count > 30, tostring(count))
  end)
end)
