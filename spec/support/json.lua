-- JSON with integers where Lua has them: Debian's lua-cjson makes every number a float.

local cjson = require "cjson"

local json = { encode = cjson.encode }

local function with_integers(value)
  if type(value) == "number" then return math.tointeger(value) or value end
  if type(value) == "table" then
    for key, element in pairs(value) do value[key] = with_integers(element) end
  end
  return value
end

function json.decode(text)
  local value = cjson.decode(text)
  return math.tointeger and with_integers(value) or value
end

return json
