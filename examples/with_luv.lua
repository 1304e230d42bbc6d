--[[
Fetches the participants of several sessions at once beside luv's other events:

  lua5.4 examples/with_luv.lua <app_id> <session_id> <participant_id> [<session_id> ...]

The participants are fetched all at once, and a session is printed when it is complete. Ctrl-C, or
SIGTERM, ends what is still under way; what there is by then is printed. Exits with 1 when something
failed.

Takes CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID from the environment, and CLOUDFLARE_BASE_URL
where another server than Cloudflare's is meant, such as sandbox.lua. Runs on Lua 5.1 to 5.4 and
LuaJIT. Needs report.lua and sessions.lua beside it.
]]

package.path = (arg[0]:match("^.*/") or "./") .. "?.lua;" .. package.path

local uv = require "luv"
local realtimekit = require "realtimekit.luv"
local sessions = require "sessions"

local app_id, list = sessions.of(arg)
local client = realtimekit.new()
local signals = {}
local left, failed = #list, 0

local function fetch(session)
  local entries, ended = {}, 0
  for i, id in ipairs(session.participants) do
    coroutine.wrap(function()
      local participant, err, outcome = client:participant(app_id, session.id, id)
      entries[i] = { id, participant, err, outcome }
      ended = ended + 1
      if ended < #session.participants then return end
      failed = failed + sessions.print(session, entries)
      left = left - 1
      if left == 0 then
        for _, signal in ipairs(signals) do signal:close() end -- nothing keeps the loop any longer
      end
    end)()
  end
end

for i, name in ipairs { "sigint", "sigterm" } do
  signals[i] = uv.new_signal()
  signals[i]:start(name, function() client:close() end)
end
for _, session in ipairs(list) do fetch(session) end
uv.run()
os.exit(failed == 0 and 0 or 1)
