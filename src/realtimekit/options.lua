--[[
Options as they are when a loop begins: whoever called may change the tables meanwhile.
]]

local options = {}

local function copy_table(from)
  local copy = {}
  for key, value in next, from do copy[key] = value end
  return copy
end

--- A copy of the table and of those in it, but for `null`, which may be a table and stays itself.
function options.copy(opts)
  local copy = copy_table(opts)
  for name, value in next, copy do
    if type(value) == "table" and name ~= "null" then copy[name] = copy_table(value) end
  end
  return copy
end

return options
