--[[
What the clients in Lua have in common: arguments, and the talk with bench/run.lua. A client gets
its arguments as `name=value`, warms up, writes "ready", and for each line "go" that it then reads
makes its calls and writes one line of JSON about them. Any other line ends it.
]]

local measure = require "measure"

local common = {}

local values = {}
for _, word in ipairs(arg) do
  local name, value = word:match("^([%w_]+)=(.*)$")
  if name then values[name] = tonumber(value) or value end
end

common.arguments = values
common.token = "0123456789abcdef0123456789abcdef01234567"
common.account = "0123456789abcdef0123456789abcdef"
common.app = "fedcba98-7654-3210-fedc-ba9876543210"
common.session = "0b9f8f6e-5d0a-4a51-8c1e-7b0f3c2a9d44"

local path = ("/accounts/%s/realtime/kit/%s/sessions/%s/participants/"):format(
  common.account, common.app, common.session)

function common.id(number) return ("6f1a1f0e-3c1b-4f7e-9a52-%012d"):format(number) end

-- A URL of its own for each call.
function common.url(number) return values.url .. path .. common.id(number) end

-- The response has to be the participant, or the measure is of something else.
function common.check(participant)
  if type(participant.id) ~= "string" then error("this is not a participant", 2) end
end

local function write(calls, wall, cpu, times, more)
  table.sort(times)
  io.write(('{"calls":%d,"wall":%.9f,"cpu":%.9f,"p50":%.9f,"p99":%.9f,"idle":%d,"resident":%d,'
    .. '"peak":%d%s}\n'):format(calls, wall, cpu, times[math.floor(#times / 2) + 1],
    times[math.floor(#times * 99 / 100) + 1] or times[#times], more.idle,
    more.resident or measure.memory("VmRSS"), measure.memory("VmHWM"),
    more.extra or ""))
  io.flush()
end

-- `run(calls, times, more)` makes so many calls and puts the seconds of each into `times`. It may
-- set more.resident (KiB), more.wall, more.cpu (seconds) and more.extra (further JSON).
function common.serve(run)
  local calls, warm = values.calls or 1000, values.warm or 50
  if warm > 0 then run(warm, {}, {}) end
  local idle = measure.memory("VmRSS")
  io.write("ready\n")
  io.flush()
  while io.read("*l") == "go" do
    local times, more = {}, { idle = idle }
    for i = 1, calls do times[i] = 0 end
    local cpu, wall = measure.cpu(), measure.now()
    run(calls, times, more)
    wall, cpu = measure.now() - wall, measure.cpu() - cpu
    write(calls, more.wall or wall, more.cpu or cpu, times, more)
  end
end

-- The same for calls one after the other, by `get(number)`.
function common.sequential(get)
  local now = measure.now
  common.serve(function(calls, times)
    for i = 1, calls do
      local start = now()
      get(i)
      times[i] = now() - start
    end
  end)
end

return common
