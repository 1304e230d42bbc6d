-- What the README and the annotations say against what there is.

local fixture = require "spec.support.fixture"
local internals = require "rtk_internals"
local loops = require "spec.support.loops"
local meta = require "spec.support.meta"
local process = require "spec.support.process"
local realtimekit = require "realtimekit"

local readme = process.read_file("README.md")
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
    it("has the failure kind " .. kind .. " in its table", function()
      assert.truthy(section("Failures"):find("\n| `" .. kind .. "` |", 1, true))
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
    for name in section("Failures"):gmatch("\n| `([%w_]+)` |") do
      assert.is_true(known[name], name)
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

  for _, loop in ipairs(loops) do
    it("has code for " .. loop.name .. " that works as it is written", function()
      if loop.missing then pending("no " .. loop.name .. ": " .. loop.missing) end
      local api = require("spec.support.server").start()
      api:answer { json = fixture.envelope('{"display_name":"Zoë"}') }
      local code
      for block in section("Event loops"):gmatch("\n```lua\n(.-)```") do
        if block:find("realtimekit." .. loop.name, 1, true) then code = block end
      end
      local output = fixture.run(
        ("package.path = package.path .. %q\n"):format(";" .. (loop.path or ""))
        .. 'local app_id, session_id, participant_ids = "app", "session", { "a", "b" }\n' .. code, {
        CLOUDFLARE_ACCOUNT_ID = fixture.account, CLOUDFLARE_API_TOKEN = fixture.token,
        CLOUDFLARE_BASE_URL = api.url .. "/client/v4",
      })
      api:stop()
      local lines = {}
      for line in output:gmatch("[^\n]+") do lines[#lines + 1] = line end
      table.sort(lines)
      assert.same({ "a\tZoë", "b\tZoë" }, lines)
    end)
  end

  it("links only to files that are there", function()
    for target in readme:gmatch("%]%(([^)#][^)]*)%)") do
      if not target:find("^https?://") then assert(io.open(target)):close() end
    end
  end)

  it("links only to headings that are there", function()
    for anchor in readme:gmatch("%]%(#([^)]*)%)") do
      local found = false
      for heading in readme:gmatch("\n#+ ([^\n]+)") do
        found = found or heading:lower():gsub("[^%w _-]", ""):gsub(" ", "-") == anchor
      end
      assert.is_true(found, anchor)
    end
  end)
end)

describe("the annotations", function()
  local function sorted(map)
    local keys = {}
    for key in pairs(map) do keys[#keys + 1] = key end
    table.sort(keys)
    return keys
  end

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
