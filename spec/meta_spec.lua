-- The type annotations against what they describe: the API reference, and the data that the sandbox
-- serves.

package.path = "examples/?.lua;" .. package.path

local meta = require "spec.support.meta"
local meta_values = require "spec.support.meta_values"
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

  -- The fields that it serves, once each of its values fits what is annotated for it.
  local function visit_sandbox()
    local data = require "sandbox_data"
    local values = meta_values.new(annotated, data.null)
    local function visit(value, name)
      assert.is_nil(values:problem(value, "realtimekit." .. name, name))
    end
    for _, session in ipairs(data.sessions) do
      visit(session.details, "Session")
      for _, record in ipairs(session.participants) do
        visit(record.participant, "Participant")
        for _, group in ipairs { "peer_events", "peer_report", "peer_stats", "quality_stats" } do
          visit({ [group] = record[group] }, "Participant")
        end
      end
    end
    return values.seen
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

describe("values compared with annotations", function()
  local annotated = meta.parse(lines_of([[
---@meta m
---@alias m.Kind
---| "one"
---| "two"

---@class m.Base
---@field kind m.Kind
local Base = {}

---@class m.Thing : m.Base
---@field list integer[]?
---@field code (number|string)?
---@field map table<string,string|false>?
---@field what any
---@field base m.Base?
]]))

  local function problem(value)
    return meta_values.new(annotated, "null"):problem(value, "m.Thing", "it")
  end

  it("fit, and the fields that they have are told", function()
    local values = meta_values.new(annotated, "null")
    for _, thing in ipairs {
      { kind = "one" },
      { kind = "two", list = {}, code = "null", what = {} },
      { kind = "one", list = { 1, 2 }, code = 1, map = { a = "b", c = false } },
      { kind = "one", code = "1", map = { a = "null" }, base = { kind = "two" } },
    } do
      assert.is_nil(values:problem(thing, "m.Thing", "it"))
    end
    assert.same({ "m.Base.kind", "m.Thing.base", "m.Thing.code", "m.Thing.kind", "m.Thing.list",
      "m.Thing.map", "m.Thing.what" }, sorted_keys(values.seen))
  end)

  for wrong, value in pairs {
    ["it is no table"] = 1,
    ["it.kind is missing"] = {},
    ["it.kind is no m.Kind: three"] = { kind = "three" },
    ["it.other is not annotated"] = { kind = "one", other = 1 },
    ["it.list is no list"] = { kind = "one", list = 1 },
    ["it.list[2] is no integer: 1.5"] = { kind = "one", list = { 1, 1.5 } },
    ["it.list's key is no integer: a"] = { kind = "one", list = { a = 1 } },
    ["it.code is none of number|string: true"] = { kind = "one", code = true },
    ["it.map.a is none of string|false: true"] = { kind = "one", map = { a = true } },
    ["it.base.kind is missing"] = { kind = "one", base = { kind = "null" } },
  } do
    it("do not fit: " .. wrong, function() assert.equal(wrong, problem(value)) end)
  end
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
