--[[
Fetches the participants of several sessions at once in a cqueues controller, beside a clock:

  lua5.4 examples/with_cqueues.lua <app_id> <session_id> <participant_id> [<session_id> ...]

Each session is fetched in a coroutine of its own and printed when it is complete. Meanwhile another
coroutine counts on standard error how long it has taken. Exits with 1 when something failed.

Takes CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID from the environment, and CLOUDFLARE_BASE_URL
where another server than Cloudflare's is meant, such as sandbox.lua. Runs on Lua 5.1 to 5.4 and
LuaJIT. Needs report.lua and sessions.lua beside it.
]]

package.path = (arg[0]:match("^.*/") or "./") .. "?.lua;" .. package.path

local cqueues = require "cqueues"
local realtimekit = require "realtimekit.cqueues"
local sessions = require "sessions"

local app_id, list = sessions.of(arg)
local controller = cqueues.new()
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

local function count()
  local from = cqueues.monotime()
  while left > 0 do
    io.stderr:write(("\r%.1f s "):format(cqueues.monotime() - from))
    cqueues.sleep(0.1)
  end
  io.stderr:write("\r", (" "):rep(20), "\r")
end

for _, session in ipairs(list) do controller:wrap(fetch, session) end
controller:wrap(count)
assert(controller:loop())
os.exit(failed == 0 and 0 or 1)
