-- What each thread runs: clients made, used, derived and dropped, with successes and failures.
local url, count = ...
local realtimekit = require "realtimekit"

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
