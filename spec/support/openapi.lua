--[[
Reads the API reference, an OpenAPI document in YAML, as far as that file uses YAML: nested block
mappings and sequences, scalars on one line, and folded text (`>-`). No anchors, no tags, no flow
collections but {} and [].

  local openapi = require "spec.support.openapi"
  local document = openapi.read("../shared/api/sessions.yaml")
  local schema = openapi.participant(document)
]]

local openapi = {}

--- A null, since a table cannot keep one.
openapi.null = setmetatable({}, { __tostring = function() return "null" end })

-- ==== YAML ====

local words = { ["true"] = true, ["false"] = false, ["null"] = openapi.null }

local function scalar(text)
  if text == "{}" or text == "[]" then return {} end
  if words[text] ~= nil then return words[text] end
  local quoted = text:match("^'(.*)'$")
  if quoted then return (quoted:gsub("''", "'")) end
  return text:match('^"(.*)"$') or tonumber(text) or text
end

-- "key: value" and "key:" -> key, value or "". A colon inside of the key or the value is none.
local function split_entry(text)
  local key, rest = text:match("^'(.-)':%s*(.*)$")
  if not key then key, rest = text:match("^([^%s:'\"]+):%s+(.*)$") end
  if not key then key, rest = text:match("^([^%s:'\"]+):$"), "" end
  return key, rest
end

-- The lines, {indent, text}, without empty ones and comments.
local function read_lines(lines)
  local list = {}
  for line in lines do
    local indent, text = line:match("^( *)(.-)%s*$")
    if text ~= "" and not text:find("^#") then
      list[#list + 1] = { indent = #indent, text = text }
    end
  end
  return list
end

-- Each takes the number of a line and returns a value and the number of the first line after it.
local parse_block

local function parse_folded(lines, i, indent)
  local parts = {}
  while lines[i] and lines[i].indent > indent do
    parts[#parts + 1] = lines[i].text
    i = i + 1
  end
  return table.concat(parts, " "), i
end

-- What follows a key. A sequence may stand as far left as its key.
local function parse_value(lines, i, indent, text)
  if text:find("^>") then return parse_folded(lines, i, indent) end
  if text ~= "" then return scalar(text), i end
  local line = lines[i] or { indent = -1 }
  if line.indent > indent or line.indent == indent and line.text:find("^%- ") then
    return parse_block(lines, i, line.indent)
  end
  return openapi.null, i
end

local function parse_mapping(lines, i, indent)
  local mapping = {}
  while lines[i] and lines[i].indent == indent do
    local key, text = split_entry(lines[i].text)
    if not key then error("not understood: " .. lines[i].text) end
    assert(mapping[key] == nil, "key is there twice: " .. lines[i].text)
    mapping[key], i = parse_value(lines, i + 1, indent, text)
  end
  return mapping, i
end

local function parse_sequence(lines, i, indent)
  local sequence = {}
  while lines[i] and lines[i].indent == indent and lines[i].text:find("^%- ") do
    local text = lines[i].text:match("^%- (.*)$")
    if split_entry(text) then -- a mapping that starts on the line of the dash
      lines[i] = { indent = indent + 2, text = text }
      sequence[#sequence + 1], i = parse_mapping(lines, i, indent + 2)
    else
      sequence[#sequence + 1], i = scalar(text), i + 1
    end
  end
  return sequence, i
end

function parse_block(lines, i, indent)
  local parse = lines[i].text:find("^%- ") and parse_sequence or parse_mapping
  return parse(lines, i, indent)
end

--- Parses a document given as an iterator over lines.
function openapi.parse(lines)
  local list = read_lines(lines)
  local document, after = parse_block(list, 1, 0)
  assert(list[after] == nil, list[after] and "not understood: " .. list[after].text)
  return document
end

--- Parses the file of that name; nil and a reason when it cannot be read.
function openapi.read(path)
  local file, why = io.open(path)
  if not file then return nil, why end
  local document = openapi.parse(file:lines())
  file:close()
  return document
end

-- ==== OpenAPI ====

--- The schema itself, or the one that it refers to.
function openapi.resolve(document, schema)
  local path = schema["$ref"]
  if not path then return schema end
  local found = document
  for name in path:gmatch("[^#/]+") do found = found[name] end
  return assert(found, path)
end

--- The operation with that operationId.
function openapi.operation(document, id)
  for _, path in pairs(document.paths) do
    for _, operation in pairs(path) do
      if operation.operationId == id then return operation end
    end
  end
end

--- The operation's parameter of that name.
function openapi.parameter(operation, name)
  for _, parameter in ipairs(operation.parameters) do
    if parameter.name == name then return parameter end
  end
end

--- The schema of the participant in a successful answer.
function openapi.participant(document)
  local operation = openapi.operation(document, "getSessionParticipantDetails")
  local answer = operation.responses["200"].content["application/json"].schema
  return answer.properties.data.properties.participant
end

return openapi
