-- The type annotations against what they describe: the API reference, and the data that the sandbox
-- serves.

package.path = "examples/?.lua;" .. package.path

local meta = require "spec.support.meta"
local openapi = require "spec.support.openapi"

local REFERENCE = "../shared/api/sessions.yaml"

local function lines_of(text)
  return text:gmatch("([^\n]*)\n")
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

describe("src/meta/realtimekit.lua", function()
  local annotated = meta.read("src/meta/realtimekit.lua")

  local function reference()
    local document, why = openapi.read(REFERENCE)
    if not document then pending("the API reference is not beside the repository: " .. why) end
    return document
  end

  -- ==== Against the reference ====

  local compare -- (document, schema, kind, path, problems): adds what differs to `problems`

  local function compare_fields(document, schema, class, path, problems)
    for name, property in pairs(schema.properties) do
      local kind = class.fields[name]
      if kind then
        compare(document, property, kind, path .. "." .. name, problems)
      else
        problems[#problems + 1] = path .. "." .. name .. " is not annotated"
      end
    end
    for name in pairs(class.fields) do
      if not schema.properties[name] then
        problems[#problems + 1] = path .. "." .. name .. " is not in the reference"
      end
    end
  end

  local function literals(enum)
    local list = {}
    for _, value in ipairs(enum) do
      if value ~= openapi.null then list[#list + 1] = value end
    end
    return list
  end

  local function same_list(a, b)
    return table.concat(a, "\n") == table.concat(b, "\n")
  end

  local function is_same_scalar(schema, name)
    if schema.enum then
      local alias = annotated.aliases[name]
      return alias ~= nil and same_list(alias, literals(schema.enum))
    end
    return schema.type == name
  end

  function compare(document, schema, kind, path, problems)
    schema = openapi.resolve(document, schema)
    local wanted = meta.analyse(kind)
    local same
    if next(schema) == nil and wanted.name == "any" then return end
    if schema.type == "array" and wanted.list then
      return compare(document, schema.items, wanted.name, path .. "[]", problems)
    elseif schema.properties and annotated.classes[wanted.name] then
      return compare_fields(document, schema, annotated.classes[wanted.name], path, problems)
    elseif schema.type == "object" and not schema.properties then
      same = wanted.name:find("^table<") ~= nil
    else
      same = is_same_scalar(schema, wanted.name)
    end
    if not same then
      problems[#problems + 1] = ("%s is %s, annotated as %s"):format(path, schema.type, kind)
    end
  end

  it("describes every field of the participant that the reference has, and no other", function()
    local document, problems = reference(), {}
    compare(document, openapi.participant(document), "realtimekit.Participant", "participant",
      problems)
    table.sort(problems)
    assert.same({}, problems)
  end)

  it("describes a session and its list's paging as the reference does", function()
    local document, problems = reference(), {}
    local function body(id)
      local operation = openapi.operation(document, id)
      return operation.responses["200"].content["application/json"].schema.properties
    end
    local list = body "sessions.getSessions"
    compare(document, body("sessions.getSessionDetails").data, "realtimekit.Session", "session",
      problems)
    compare(document, body("sessions.getSessionTranscripts").data, "realtimekit.Transcript",
      "transcript", problems)
    compare(document, list.data.properties.sessions, "realtimekit.Session[]", "sessions", problems)
    compare(document, list.paging, "realtimekit.Paging", "paging", problems)
    assert.same({}, problems)
  end)

  it("describes an error of the body as the reference does", function()
    local document, problems = reference(), {}
    compare(document, document.components.schemas.ErrorData, "realtimekit.Message", "error",
      problems)
    assert.same({}, problems)
  end)

  it("lists the filters of the reference", function()
    local operation = openapi.operation(reference(), "getSessionParticipantDetails")
    assert.same(openapi.parameter(operation, "filters").schema.items.enum,
      annotated.aliases["realtimekit.Filter"])
  end)

  it("has an option for every parameter of the query", function()
    local operation = openapi.operation(reference(), "getSessionParticipantDetails")
    for _, parameter in ipairs(operation.parameters) do
      if parameter["in"] == "query" then
        assert.is_string(annotated.classes["realtimekit.Options"].fields[parameter.name])
      end
    end
  end)

  it("lets every field of the participant be missing", function()
    local function check(kind)
      for name, field in pairs((annotated.classes[kind] or { fields = {} }).fields) do
        assert.is_true(meta.analyse(field).optional, kind .. "." .. name)
        check(meta.analyse(field).name)
      end
    end
    check("realtimekit.Participant")
  end)

  -- ==== In itself ====

  -- Every type with the prefix that is used somewhere.
  local function mentioned_types()
    local found = {}
    local function note(kind)
      for name in kind:gmatch("realtimekit%.%a+") do found[name] = true end
    end
    for _, class in pairs(annotated.classes) do
      note(class.extends or "")
      for _, kind in pairs(class.fields) do note(kind) end
    end
    for _, described in pairs(annotated.functions) do
      for _, param in ipairs(described.params) do note(param.type) end
      for _, kind in ipairs(described.returns) do note(kind) end
    end
    return found
  end

  it("defines exactly the types that it mentions", function()
    local defined = {}
    for name in pairs(annotated.classes) do defined[name] = true end
    for name in pairs(annotated.aliases) do defined[name] = true end
    defined.realtimekit = nil -- the module, which nothing refers to
    assert.same(sorted_keys(defined), sorted_keys(mentioned_types()))
  end)

  it("names every parameter as its function does", function()
    for line in io.lines("src/meta/realtimekit.lua") do
      local object, name, params = line:match("^function ([%w_]+)([.:][%w_]+)%((.-)%) end$")
      if name then
        local class = object == "realtimekit" and object or "realtimekit." .. object
        local names = {}
        for i, param in ipairs(annotated.functions[class .. name].params) do
          names[i] = param.name
        end
        assert.equal(params, table.concat(names, ", "))
      end
    end
  end)

  -- ==== Against the sandbox ====

  local visit -- (value, kind, path, seen): raises when the value is not of that kind

  local function visit_fields(object, class, path, seen)
    for name, value in pairs(object) do
      local kind = assert(class.fields[name], path .. "." .. tostring(name) .. " is unknown")
      seen[class.name .. "." .. name] = true
      visit(value, kind, path .. "." .. name, seen)
    end
  end

  local function visit_list(list, kind, path, seen)
    assert.is_table(list, path)
    for i, value in ipairs(list) do visit(value, kind, ("%s[%d]"):format(path, i), seen) end
  end

  local function is_literal(alias, value)
    for _, literal in ipairs(alias) do
      if literal == value then return true end
    end
    return false
  end

  function visit(value, kind, path, seen)
    local wanted = meta.analyse(kind)
    local class, alias = annotated.classes[wanted.name], annotated.aliases[wanted.name]
    if value == require("sandbox_data").null then
      assert.is_true(wanted.optional or wanted.name:find("^table<") ~= nil, path)
    elseif wanted.list then
      visit_list(value, wanted.name, path, seen)
    elseif class then
      assert.is_table(value, path)
      visit_fields(value, class, path, seen)
    elseif alias then
      assert.is_true(is_literal(alias, value), path)
    elseif wanted.name:find("^table<") then
      assert.is_table(value, path)
    else
      assert.equal(wanted.name, type(value), path)
    end
  end

  local function visit_sandbox()
    local seen = {}
    for _, session in ipairs(require("sandbox_data").sessions) do
      visit(session.details, "realtimekit.Session", "session", seen)
      for _, record in ipairs(session.participants) do
        visit(record.participant, "realtimekit.Participant", "participant", seen)
        for _, group in ipairs { "peer_events", "peer_report", "peer_stats", "quality_stats" } do
          visit({ [group] = record[group] }, "realtimekit.Participant", "participant", seen)
        end
      end
    end
    return seen
  end

  it("describes everything that the sandbox serves", function()
    visit_sandbox()
  end)

  it("has each field of a participant served by the sandbox, but for three older ones", function()
    local seen, missing = visit_sandbox(), {}
    local function collect(kind)
      local class = annotated.classes[kind]
      for name, field in pairs(class and class.fields or {}) do
        if not seen[kind .. "." .. name] then missing[kind .. "." .. name] = true end
        collect(meta.analyse(field).name)
      end
    end
    collect("realtimekit.Participant")
    assert.same({ "realtimekit.LegacyIpInformation.portal", "realtimekit.LegacyPeerStats.config",
      "realtimekit.LegacyPeerStats.status" }, sorted_keys(missing))
  end)
end)

-- ==== The readers ====

describe("the reader of annotations", function()
  local sample = meta.parse(lines_of([[
---@meta m
---@class m
local m = {}

---Says a word.
---@param how "loud"|"low" in what way
---@param done fun(ok:boolean,why:string)? called after
---@return string? word what was said
---@return m.Two|nil
function m.say(how, done) end

---@alias m.Kind
---| "one thing" # explained
---| "other"

---@class m.One
---@field a integer? a whole number
---@field ["1 b"] table<string,m.Kind[]>?
local One = {}
function One:stop() end

---@class m.Two : m.One
---@field list (m.Kind[]|string)? with words after it
]]))

  it("finds classes with their fields, those they inherit included", function()
    assert.same({ a = "integer?", ["1 b"] = "table<string,m.Kind[]>?" },
      sample.classes["m.One"].fields)
    assert.equal("m.One", sample.classes["m.Two"].extends)
    assert.same({ "1 b", "a", "list" }, sorted_keys(sample.classes["m.Two"].fields))
    assert.equal("(m.Kind[]|string)?", sample.classes["m.Two"].fields.list)
  end)

  it("finds the words of an alias", function()
    assert.same({ "one thing", "other" }, sample.aliases["m.Kind"])
  end)

  it("finds functions by the class that they belong to", function()
    assert.same({ "m.One:stop", "m.say" }, sorted_keys(sample.functions))
    assert.same({ { name = "how", type = '"loud"|"low"' },
      { name = "done", type = "fun(ok:boolean,why:string)?" } }, sample.functions["m.say"].params)
    assert.same({ "string?", "m.Two|nil" }, sample.functions["m.say"].returns)
  end)

  it("refuses a tag that it does not know", function()
    assert.has_error(function() meta.parse(lines_of("---@unheard of\n")) end,
      "unknown tag: ---@unheard of")
  end)
end)

describe("the reader of the API reference", function()
  it("reads mappings, sequences, scalars and folded text", function()
    local document = openapi.parse(lines_of([[
a: 1
'/b/{c}':
  text: >-
    two
    lines
  at: 2025-06-03T09:15:02.004Z
  quoted: 'it''s: so'
# a comment
list:
  - one
  - null
  - name: x
    100ms_or_more:
      type: number
  - 'y: z'
left:
- true
empty: {}
none:
]]))
    assert.same({
      a = 1,
      ["/b/{c}"] = { text = "two lines", at = "2025-06-03T09:15:02.004Z", quoted = "it's: so" },
      list = { "one", openapi.null, { name = "x", ["100ms_or_more"] = { type = "number" } },
        "y: z" },
      left = { true },
      empty = {},
      none = openapi.null,
    }, document)
  end)

  it("refuses a line that it does not understand", function()
    assert.has_error(function() openapi.parse(lines_of("a: 1\n  b\n")) end, "not understood: b")
  end)
end)
