--[[
This module.
  lua5.4 ours.lua mode=MODE url=BASE ca=FILE calls=1000 warm=50 [concurrency=32]

  sequential   participant, one after the other
  batch        each_participant
  flight       `calls` calls under way at once on a slow server: what each takes of memory
  beside       fast calls, alone and then while `slow` slow ones (of base slow_url) are under way
  once         one call without any measure: for the start of a process
  count        `calls` calls without any measure: for counting instructions
]]

local realtimekit = require "realtimekit"

if not arg[1]:find("^mode=") then error("the mode comes first") end
local mode = arg[1]:sub(6)

-- What measures is not loaded where a whole process is measured from without.
local plain = {}
for _, word in ipairs(arg) do
  local name, value = word:match("^([%w_]+)=(.*)$")
  if name then plain[name] = value end
end

local client = realtimekit.new {
  account_id = "0123456789abcdef0123456789abcdef",
  api_token = "0123456789abcdef0123456789abcdef01234567",
  base_url = plain.url, ca_file = plain.ca, ca_path = plain.ca_path,
  concurrency = tonumber(plain.concurrency), max_retries = 0, proxy = false,
}
local app, session = "fedcba98-7654-3210-fedc-ba9876543210", "0b9f8f6e-5d0a-4a51-8c1e-7b0f3c2a9d44"

local modes = {}

function modes.once()
  print(assert(client:participant(app, session, "6f1a1f0e-3c1b-4f7e-9a52-000000000001")).id)
end

function modes.count()
  for i = 1, tonumber(plain.calls) do
    assert(client:participant(app, session, ("6f1a1f0e-3c1b-4f7e-9a52-%012d"):format(i)))
  end
end

function modes.count_batch()
  local i, calls = 0, tonumber(plain.calls)
  local function next_id()
    i = i + 1
    return i <= calls and ("6f1a1f0e-3c1b-4f7e-9a52-%012d"):format(i) or nil
  end
  for _, participant, err in client:each_participant(app, session, next_id) do
    assert(participant, err)
  end
end

if modes[mode] then return modes[mode]() end

local common = require "bench.clients.common"
local measure = require "measure"
local now = measure.now

function modes.sequential()
  local check, id = common.check, common.id
  common.sequential(function(number)
    check(assert(client:participant(app, session, id(number))))
  end)
end

-- The time of a call is from when its id was asked for to when it was told of.
function modes.batch()
  common.serve(function(calls, times)
    local started, asked = {}, 0
    local function next_id()
      if asked == calls then return nil end
      asked = asked + 1
      local id = common.id(asked)
      started[id] = now()
      return id
    end
    local ended = 0
    for id, participant, err in client:each_participant(app, session, next_id) do
      common.check(assert(participant, err))
      ended = ended + 1
      times[ended] = now() - started[id]
      started[id] = nil
    end
    if ended ~= calls then error("calls are missing") end
  end)
end

-- The server answers after seconds: when all are sent, memory is looked at. A client that has not
-- met its server yet sends the first calls only, until it knows that it speaks HTTP/2.
function modes.flight()
  if plain.fast_url then
    assert(client:with({ base_url = plain.fast_url }):start(app, session, common.id(0)):result())
  end
  common.serve(function(calls, times, more)
    local list, start, landed = {}, now(), 0
    for i = 1, calls do list[i] = client:start(app, session, common.id(i)) end
    while landed < calls do
      local ended = client:step(0.05)
      if landed == 0 and not more.resident and now() - start > 1 then
        more.resident = measure.memory("VmRSS")
      end
      for i = landed + 1, landed + ended do times[i] = now() - start end
      landed = landed + ended
    end
    for i = 1, calls do common.check(assert(list[i]:result())) end
  end)
end

function modes.beside()
  local slow_client = client:with { base_url = plain.slow_url }
  local function fast(calls, times)
    for i = 1, calls do
      local start = now()
      local call = client:start(app, session, common.id(i))
      call:wait()
      times[i] = now() - start
      common.check(assert(call:result()))
    end
  end
  common.serve(function(calls, times, more)
    local alone, list = {}, {}
    fast(calls, alone)
    table.sort(alone)
    if not more.idle then return end -- the warm-up
    for i = 1, tonumber(plain.slow) do
      list[i] = slow_client:start(app, session, common.id(i))
    end
    fast(20, {})
    local cpu, wall = measure.cpu(), now()
    fast(calls, times)
    more.wall, more.cpu = now() - wall, measure.cpu() - cpu
    local left = 0
    for i = 1, #list do left = left + (list[i]:done() and 0 or 1) end
    more.extra = (',"alone":%.9f,"alone_p99":%.9f,"slow_left":%d'):format(
      alone[math.floor(#alone / 2) + 1], alone[math.floor(#alone * 0.99) + 1], left)
    for i = 1, #list do list[i]:cancel() end
  end)
end

modes[mode]()
