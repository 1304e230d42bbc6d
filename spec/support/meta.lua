--[[
Reads type annotations of the Lua language server, as far as src/meta/realtimekit.lua uses them, so
that specs can compare what is annotated with what there is.

  local meta = require("spec.support.meta").read("src/meta/realtimekit.lua")

  meta.classes["realtimekit.Failure"].fields.kind  --> "realtimekit.FailureKind"
  meta.classes["realtimekit.Failure"].extends      --> "realtimekit.Outcome"
  meta.aliases["realtimekit.Filter"]               --> { "device_info", ... }, without the quotes
  meta.functions["realtimekit.Client:with"]        --> { params = {{name, type}}, returns = {type} }

A class's fields include those it inherits. Types are kept as they are written.
]]

local meta = {}

local closing = { ["("] = ")", ["<"] = ">", ["{"] = "}", ["["] = "]" }

-- The type at the start of the text: up to a space outside of brackets and quotes.
local function split_type(text)
  local open, i = {}, 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == '"' then
      i = assert(text:find('"', i + 1, true), "a quote is not closed: " .. text)
    elseif closing[c] then
      open[#open + 1] = closing[c]
    elseif c == open[#open] then
      open[#open] = nil
    elseif c == " " and #open == 0 then
      break
    end
    i = i + 1
  end
  return text:sub(1, i - 1)
end

-- The tags of a line that starts with ---@; `state` is the block they stand in.
local tags = {}

function tags.class(state, text)
  local name, parent = text:match("^([%w_.]+)%s*:?%s*([%w_.]*)")
  state.class = { name = name, fields = {}, extends = parent ~= "" and parent or nil }
  state.found.classes[name] = state.class
end

function tags.field(state, text)
  local name, rest = text:match('^%["(.-)"%]%s+(.*)$')
  if not name then name, rest = text:match("^(%S+)%s+(.*)$") end
  assert(not state.class.fields[name], "field is there twice: " .. text)
  state.class.fields[name] = split_type(rest)
end

function tags.alias(state, text)
  state.alias = {}
  state.found.aliases[text:match("^[%w_.]+")] = state.alias
end

function tags.param(state, text)
  local name, rest = text:match("^(%S+)%s+(.*)$")
  table.insert(state.params, { name = name, type = split_type(rest) })
end

tags["return"] = function(state, text)
  table.insert(state.returns, split_type(text))
end

function tags.meta() end

local function read_annotation(state, line)
  local literal = line:match('^%-%-%-|%s*"(.-)"')
  if literal then
    table.insert(state.alias, literal)
    return
  end
  local tag, text = line:match("^%-%-%-@(%a+)%s*(.*)$")
  if tag then assert(tags[tag], "unknown tag: " .. line)(state, text) end
end

-- A line of Lua ends a block: it may be what the block is about.
local function read_code(state, line)
  local variable = line:match("^local ([%w_]+) = {}$")
  if variable and state.class then state.variables[variable] = state.class.name end
  local owner, separator, name = line:match("^function ([%w_]+)([.:])([%w_]+)%(")
  if owner then
    local class = assert(state.variables[owner], "no class for " .. line)
    state.found.functions[class .. separator .. name] =
      { params = state.params, returns = state.returns }
  end
  state.class, state.alias, state.params, state.returns = nil, nil, {}, {}
end

local function inherit(classes)
  for _, class in pairs(classes) do
    local ancestor = classes[class.extends]
    while ancestor do
      for name, kind in pairs(ancestor.fields) do
        class.fields[name] = class.fields[name] or kind
      end
      ancestor = classes[ancestor.extends]
    end
  end
end

--- Parses annotations given as an iterator over lines.
function meta.parse(lines)
  local found = { classes = {}, aliases = {}, functions = {} }
  local state = { found = found, variables = {}, params = {}, returns = {} }
  for line in lines do
    if line:find("^%-%-%-") then read_annotation(state, line) else read_code(state, line) end
  end
  inherit(found.classes)
  return found
end

--- Parses the file of that name.
function meta.read(path)
  return meta.parse(assert(io.lines(path)))
end

--- What a type is made of: its name without `?`, `[]` and their parentheses, and whether it may be
-- missing and is a list.
function meta.analyse(kind)
  local name, optional = kind:gsub("%?$", "")
  local inner, is_list = name:gsub("%[%]$", "")
  return { name = inner, optional = optional > 0, list = is_list > 0 }
end

return meta
