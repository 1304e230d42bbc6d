--[[
Fetches the participants of several sessions at once in threads of Copas, beside a server:

  lua5.4 examples/with_copas.lua <app_id> <session_id> <participant_id> [<session_id> ...]

Each session is fetched in a thread of its own and printed when it is complete. Meanwhile whoever
connects to the port that is printed first is told how far it is. Exits with 1 when something
failed.

Takes CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID from the environment, and CLOUDFLARE_BASE_URL
where another server than Cloudflare's is meant, such as sandbox.lua. Runs on Lua 5.1 to 5.4 and
LuaJIT. Needs report.lua and sessions.lua beside it.
]]

package.path = (arg[0]:match("^.*/") or "./") .. "?.lua;" .. package.path

local copas = require "copas"
local socket = require "socket"
local realtimekit = require "realtimekit.copas"
local sessions = require "sessions"

local app_id, list = sessions.of(arg)
local left, failed = #list, 0

local function fetch(session)
  local entries = {}
  -- for id, participant in realtimekit.each_participant(...) do, but that Lua 5.1 cannot wait there
  local next, batch = realtimekit.each_participant(app_id, session.id, session.participants)
  repeat
    local entry = { next(batch) }
    entries[#entries + 1] = entry[1] and entry
  until not entry[1]
  failed = failed + sessions.print(session, entries)
  left = left - 1
end

local server = assert(socket.bind("127.0.0.1", 0))
local _, port = server:getsockname()
copas.addserver(server, function(connection)
  copas.send(connection, ("%d of %d sessions are still to come\n"):format(left, #list))
  connection:close()
end)
print("Progress is told at 127.0.0.1:" .. port)
io.stdout:flush()

for _, session in ipairs(list) do
  copas.addthread(function() fetch(session) end)
end
while left > 0 do copas.step() end -- copas.loop() would go on with the server
os.exit(failed == 0 and 0 or 1)
