-- What the Lua side of nginx is given, had without nginx: the module is loaded once more as if
-- there were one, with a stand-in for realtimekit.nginx.
--
--   local remote = require "spec.support.remote"
--   local station = remote.station()
--   local call = remote.wait(station, station:start(client, app, session, participant))

local socket = require "socket"
local unix = require "socket.unix"

local functions
local loaded, before = package.loaded.realtimekit, package.loaded["realtimekit.nginx"]
package.loaded.realtimekit = nil
package.loaded["realtimekit.nginx"] = {
  enter = function(module, given)
    functions = given
    return module
  end,
}
rawset(_G, "ngx", { get_phase = function() return "content" end })
require "realtimekit"
rawset(_G, "ngx", nil)
package.loaded.realtimekit, package.loaded["realtimekit.nginx"] = loaded, before

local remote = { functions = functions }

function remote.station()
  return assert(functions.station())
end

-- A connection to the I/O thread that has said this word.
function remote.visit(station, word)
  local connection = assert((unix.stream or unix)())
  assert(connection:connect(station:path()))
  assert(connection:send(word))
  return connection
end

-- Waits until the call is done, on a connection of its own, and returns it.
function remote.wait(station, call, id)
  if id then
    local connection = remote.visit(station, station:waiter_word(id))
    connection:settimeout(30)
    assert(connection:receive(1))
    assert(connection:send(station:heard_word()))
    connection:close()
  end
  local ends = socket.gettime() + 10
  repeat
    station:take()
    assert(socket.gettime() < ends, "the call did not come home")
  until call:done()
  return call
end

return remote
