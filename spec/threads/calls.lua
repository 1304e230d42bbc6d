-- What each thread runs: clients made, used, derived and dropped, with successes and failures.
local url, count = ...

local realtimekit = require "realtimekit"
local remote = require "spec.support.remote" -- the I/O thread's calls are made as well

local function options(more)
  local opts = {
    account_id = "a", api_token = "token-of-a-thread", base_url = url, max_retries = 1,
  }
  for name, value in pairs(more or {}) do opts[name] = value end
  return opts
end

local client = realtimekit.new(options())
for i = 1, count do
  local id = ("participant-%d"):format(i)
  assert(assert(client:participant("app", "session", id)).id == id)
  if i % 10 == 0 then
    assert(realtimekit.participant("app", "session", id, options { include_peer_events = true }))
    local _, _, failure = client:participant("app", "missing", id)
    assert(failure.kind == "not_found")
    client = realtimekit.new(options())
    collectgarbage()
  end
end

-- The same many at once.
local function ids(n)
  local list = {}
  for i = 1, n do list[i] = "participant-" .. i end
  return list
end

for _ = 1, math.max(1, math.floor(count / 40)) do
  local batch = realtimekit.new(options())
  for id, participant in batch:each_participant("app", "session", ids(20), { concurrency = 8 }) do
    assert(participant.id == id)
  end
  batch:start("app", "session", "dropped"):wait(0)
  collectgarbage()
end

-- The same by the I/O thread, which all threads share. The clients take turns, so that it sets up
-- a handle for nearly each call, while those that are back are given back here.
local station = remote.station()
for round = 1, math.max(1, math.floor(count / 20)) do
  local calls = {}
  local logging = { logger = function() end }
  local clients = { realtimekit.new(options()), realtimekit.new(options(logging)) }
  for i = 1, 20 do
    local id = ("participant-%d-%d"):format(round, i)
    local client_there = clients[i % 2 + 1]
    calls[i] = { id = id, call = station:start(client_there, "participant", "app", "session", id) }
    if i % 7 == 0 then calls[i].call:cancel() end
    station:start(client_there, "participant", "app", "session", "dropped")
    if i % 5 == 0 then collectgarbage() end
    station:take()
  end
  if round % 2 == 0 then clients[1]:close() end
  collectgarbage()
  while station:away() > 0 do station:take() end
  station:take()
  for _, entry in ipairs(calls) do
    local participant, _, failure = entry.call:result()
    assert(participant and participant.id == entry.id or failure.kind == "cancelled")
  end
end

-- Finalizers that are called one after the other, wherever something is allocated. One of them
-- cancels the call, at best while what its logger is told of a retry is made.
local function cancel_in_a_finalizer(number)
  local armed, called = false, 0
  local told = realtimekit.new(options { logger = function() armed = false end })
  local function pass(seconds)
    local ends = os.clock() + seconds
    repeat until os.clock() > ends
  end
  local call = station:start(told, "participant", "app", "busy", "participant")
  pass(0.01)
  station:take() -- which tells of the request
  pass(0.02) -- most often enough for the answer
  collectgarbage("stop")
  for _ = 1, 300 do
    setmetatable({}, { __gc = function()
      called = called + 1
      if not armed or called < number then return end
      armed = false
      call:cancel()
    end })
  end
  collectgarbage("incremental", 100, 100, 1)
  repeat collectgarbage("step", 0) until called > 0
  called, armed = 0, true
  collectgarbage("restart")
  station:take()
  armed = false
  collectgarbage("incremental", 200, 100, 13)
  while station:away() > 0 do station:take() end
  station:take()
  assert(not call:result())
end

for number = 1, math.max(1, math.floor(count / 5)) do cancel_in_a_finalizer(number * 3) end
