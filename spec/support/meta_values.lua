--[[
Compares values with the types that are annotated for them, as meta.lua reads those.

  local values = require("spec.support.meta_values").new(annotated)

  values:problem(failure, "realtimekit.Failure", "failure")   --> nil, or a sentence
  values.seen["realtimekit.Failure.kind"]                     --> true, once one had a value

A table has to have the fields of its class that cannot be missing, and no field that is not
annotated. `null`, if it is given to `new`, stands for what is missing.
]]

local meta = require "spec.support.meta"

local meta_values = {}

local Values = {}
Values.__index = Values

function meta_values.new(annotated, null)
  return setmetatable({ annotated = annotated, null = null, seen = {} }, Values)
end

local function is_integer(value)
  if math.type then return math.type(value) == "integer" end
  return type(value) == "number" and value % 1 == 0
end

-- What the annotations say in one word; the others are Lua's own.
local words = {
  any = function() return true end,
  ["false"] = function(value) return value == false end,
  integer = is_integer,
}

local function is_word(value, name)
  if words[name] then return words[name](value) end
  return type(value) == (name:match("^(fun)%(") and "function" or name)
end

--- The types of which one has to fit.
function meta_values.alternatives(kind)
  local name, list = meta.analyse(kind).name, {}
  name = name:match("^%((.*)%)$") or name
  if name:find "^table<" or name:find "^fun%(" then return { name } end
  for alternative in name:gmatch("[^|]+") do list[#list + 1] = alternative end
  return list
end

local function is_one_of(list, value)
  for _, known in ipairs(list) do
    if known == value then return true end
  end
  return false
end

function Values:problem_of_map(map, kinds, path)
  if type(map) ~= "table" then return path .. " is no table" end
  for key, value in pairs(map) do
    local problem = self:problem(key, kinds[1], path .. "'s key")
      or value ~= self.null and self:problem(value, kinds[2], path .. "." .. tostring(key))
    if problem then return problem end
  end
end

function Values:problem_of_list(list, kind, path)
  if type(list) ~= "table" then return path .. " is no list" end
  for key, value in pairs(list) do
    local problem = self:problem(key, "integer", path .. "'s key")
      or self:problem(value, kind, ("%s[%s]"):format(path, tostring(key)))
    if problem then return problem end
  end
end

function Values:problem_of_fields(object, class, path)
  if type(object) ~= "table" then return path .. " is no table" end
  for name, value in pairs(object) do
    local at = path .. "." .. tostring(name)
    if not class.fields[name] then return at .. " is not annotated" end
    if value ~= self.null then self.seen[class.name .. "." .. name] = true end
  end
  for name, kind in pairs(class.fields) do
    local problem = self:problem(object[name], kind, path .. "." .. name)
    if problem then return problem end
  end
end

-- Of the types between bars one has to fit.
function Values:problem_of_choice(value, kinds, path)
  for kind in kinds:gmatch("[^|]+") do
    if not self:problem(value, kind, path) then return nil end
  end
  return ("%s is none of %s: %s"):format(path, kinds, tostring(value))
end

function Values:problem_of_name(value, name, path)
  local class, alias = self.annotated.classes[name], self.annotated.aliases[name]
  if class then return self:problem_of_fields(value, class, path) end
  local fits
  if alias then fits = is_one_of(alias, value) else fits = is_word(value, name) end
  if not fits then return ("%s is no %s: %s"):format(path, name, tostring(value)) end
end

function Values:problem(value, kind, path)
  local wanted = meta.analyse(kind)
  local name = wanted.name:match("^%((.*)%)$") or wanted.name
  if value == nil or value == self.null then
    if not wanted.optional and name ~= "any" then return path .. " is missing" end
    return nil
  end
  local key, element = name:match("^table<([^,]+),(.+)>$")
  if wanted.list then return self:problem_of_list(value, name, path) end
  if key then return self:problem_of_map(value, { key, element }, path) end
  if name:find("|", 1, true) then return self:problem_of_choice(value, name, path) end
  return self:problem_of_name(value, name, path)
end

return meta_values
