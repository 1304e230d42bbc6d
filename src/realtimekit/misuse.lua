--[[
Errors of misuse where Lua of this library stands between the C module and who called it: they have
the position that they have elsewhere, that of the caller's own line.
]]

local misuse = {}

-- How the sources of this library's functions begin; nil where it was compiled without its names.
local DIRECTORY = debug.getinfo(1, "S").source:match "^(@.*)misuse%.lua$"

local function is_ours(info)
  return info.what == "C" or info.what == "tail"
    or DIRECTORY ~= nil and info.source:sub(1, #DIRECTORY) == DIRECTORY
end

-- Raises the message with the position of the line that called into this library.
function misuse.raise(message)
  local level = 2
  local info = debug.getinfo(level, "S")
  while info and is_ours(info) do
    level = level + 1
    info = debug.getinfo(level, "S")
  end
  error(message, info and level or 0)
end

-- A pattern for the position that an error of the C module has when it is called from that file.
function misuse.position_in_this_file()
  return "^" .. debug.getinfo(2, "S").short_src:gsub("%p", "%%%0") .. ":%d+: "
end

local function rename(err, as, fewer)
  return (err:gsub("^bad argument #(%d+) to '[^']*'", function(number)
    return ("bad argument #%d to '%s'"):format(math.max(number - fewer, 1), as)
  end))
end

-- Passes on what pcall gave. An error that has such a position is raised as one of the function
-- `as`, if that is named, which has so many arguments fewer before its own; any other as it is.
function misuse.pass(here, as, fewer, ok, ...)
  if ok then return ... end
  local err, ours = ..., 0
  if type(err) == "string" then err, ours = err:gsub(here, "") end
  if ours == 0 then error(err, 0) end
  misuse.raise(as and rename(err, as, fewer) or err)
end

return misuse
