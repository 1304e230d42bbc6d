-- What the torture harness runs: each scenario once per allocation, that allocation failing.
--
-- Called with the URLs and a scenario's name, gives its `run`, during which an allocation fails,
-- and its `check`, which has to work afterwards. With no name, gives the list of names.

local url, tls_url, refusing_url, name = ...

local realtimekit = require "realtimekit"

local ids = { "app", "session" }

local function options(more)
  local opts = {
    account_id = "account", api_token = "token-for-torture", base_url = url, max_retries = 0,
    timeout = 5,
  }
  for key, value in pairs(more or {}) do opts[key] = value end
  return opts
end

-- The participant that the server has, as it has to arrive: whole.
local function check_whole(participant)
  assert(participant.id == "p", "false success: id")
  assert(participant.display_name == "Zoë", "false success: display_name")
  assert(participant.left_at == nil and participant.duration == 41.5, "false success: numbers")
  assert(#participant.peer_events == 2, "false success: peer_events")
  assert(participant.peer_events[2].minutes_consumed == 7, "false success: peer_events[2]")
end

local function check_failure(participant, err, failure)
  assert(participant == nil, "false success")
  assert(type(err) == "string" and #err <= 512, "err")
  assert(type(failure.kind) == "string" and type(failure.errors) == "table", "failure")
  assert(type(failure.headers) == "table" and failure.attempts >= 0, "failure")
end

local client -- made by `run` or before it; goes on working in `check`

local function fetch(target, participant_id, opts)
  local participant, err, response = target:participant(ids[1], ids[2], participant_id, opts)
  if not participant then return check_failure(participant, err, response) end
  assert(err == nil and response.status == 200 and response.data.participant == participant)
  check_whole(participant)
  return participant
end

local function check_client()
  client = client or realtimekit.new(options())
  check_whole(assert(client:participant(ids[1], ids[2], "ok")))
end

local scenarios = {}

-- A scenario whose client is there before anything fails.
local function with_client(scenario, run, more)
  scenarios[scenario] = function()
    client = realtimekit.new(options(more))
    return run, check_client
  end
end

scenarios["require"] = function()
  return function()
    package.loaded.realtimekit = nil
    realtimekit = require "realtimekit"
  end, check_client
end

scenarios["new"] = function()
  return function() client = realtimekit.new(options()) end, check_client
end

scenarios["new with every kind of option"] = function()
  return function()
    local demanding = realtimekit.new(options {
      filters = { "events", "quality_stats" }, include_peer_events = true, user_agent = "torture",
      headers = { ["X-A"] = "1", ["X-B"] = false }, query = { a = 1, b = true, c = "d" },
      null = false, logger = function() end, deadline = 10, proxy = false, http_version = "1.1",
    })
    demanding:close()
  end, check_client
end

scenarios["new with a mistake"] = function()
  return function()
    local ok, message = pcall(realtimekit.new, options { headers = { A = "1" }, nonsense = 1 })
    assert(not ok and (message:find("nonsense", 1, true) or message:find("memory", 1, true)),
      message)
    if message:find("not enough memory", 1, true) then error(message, 0) end
  end, check_client
end

with_client("with", function() fetch(client:with { include_peer_events = true }, "ok") end)
with_client("close", function()
  client:close()
  client = nil
end)
-- Lua 5.2 has to allocate to call a finalizer in the middle of a collection, and drops the
-- finalizer when it cannot: what that loses is not ours to mend.
if _VERSION ~= "Lua 5.2" then
  with_client("collected half-made", function()
    for _ = 1, 3 do
      local made = realtimekit.new(options())
      made:with { timeout = 1 }
      collectgarbage()
    end
  end)
end
with_client("success", function() fetch(client, "ok") end)
with_client("success twice on one connection", function()
  fetch(client, "ok")
  fetch(client, "ok")
end)
with_client("success with options of the call", function()
  fetch(client, "ok", { filters = "events", headers = { ["X-C"] = "2" }, query = { d = 0.5 } })
end)
with_client("success without keep-alive", function()
  fetch(client, "close")
  fetch(client, "close")
end)
with_client("success after bytes that nobody asked for", function()
  fetch(client, "stray")
  fetch(client, "ok")
end)
with_client("success with credentials of the call", function()
  fetch(client, "ok", { api_email = "me@example.com", api_key = "key-for-torture" })
  fetch(client, "ok")
end)
with_client("success in chunks, compressed", function() fetch(client, "gzip") end)
with_client("retry", function() fetch(client, "retry", { max_retries = 3 }) end)
with_client("a logger", function()
  local told = 0
  fetch(client, "retry", { max_retries = 3, logger = function() told = told + 1 end })
end)
with_client("lua_close in the middle", function()
  pcall(client.participant, client, ids[1], ids[2], "ok",
    { logger = function(_, message) if message == "response" then error("enough") end end })
end)

-- Calls at once. A call that was started has to end, whatever it ends with.
local function check_outcome(participant, err, response)
  if not participant then return check_failure(participant, err, response) end
  check_whole(participant)
end

with_client("start", function() check_outcome(client:start(ids[1], ids[2], "ok"):result()) end)
with_client("start and step", function()
  local call = client:start(ids[1], ids[2], "ok")
  while not call:done() do client:step(5) end
  check_outcome(call:result())
  check_outcome(call:result())
end)
with_client("start of several", function()
  local calls = {}
  for i = 1, 4 do calls[i] = client:start(ids[1], ids[2], "ok", { http_version = "1.1" }) end
  for i = 4, 1, -1 do check_outcome(calls[i]:result()) end
end)
with_client("start and cancel", function()
  local queued, sent = client:start(ids[1], ids[2], "ok"), client:start(ids[1], ids[2], "stall")
  queued:cancel()
  sent:wait(0.01)
  sent:cancel()
  check_failure(queued:result())
  check_failure(sent:result())
end)
with_client("start and drop", function()
  for i = 1, 3 do client:start(ids[1], ids[2], i == 2 and "stall" or "ok"):wait(0.001) end
  client:start(ids[1], ids[2], "ok")
end)
with_client("start and close", function()
  local call = client:start(ids[1], ids[2], "stall")
  call:wait(0.001)
  client:close()
  client = nil
  check_failure(call:result())
end)
with_client("start of a retry with a logger", function()
  local told = 0
  local call = client:start(ids[1], ids[2], "retry",
    { max_retries = 3, logger = function() told = told + 1 end })
  check_outcome(call:result())
  assert(told > 1)
end)
with_client("start for a loop of another's", function()
  local call = client:start(ids[1], ids[2], "ok")
  assert(call:pollfd() and call:events() == "r")
  while not call:done() do client:step(call:timeout() or 5) end
  check_outcome(call:result())
end)
with_client("start that is refused", function()
  check_failure(client:start(ids[1], ids[2], ".."):result())
end)
with_client("start over TLS", function()
  check_failure(client:start(ids[1], ids[2], "ok", { base_url = tls_url }):result())
end)
with_client("each_participant", function()
  local count = 0
  for _, participant, err, response in client:each_participant(ids[1], ids[2],
    { "gzip", "status-404", "..", "close", "gzip" }, { concurrency = 2 }) do
    count = count + 1
    check_outcome(participant, err, response)
  end
  assert(count == 5, "each_participant left one out")
end)
with_client("each_participant left early", function()
  for _, participant, err, response in client:each_participant(ids[1], ids[2],
    { "ok", "stall", "ok" }) do
    check_outcome(participant, err, response)
    if response then break end
  end
end)

-- The other endpoints.
local function check_any(result, err, response)
  if result == nil then return check_failure(result, err, response) end
  assert(err == nil and response.status == 200 and type(result) == "table")
  return result
end

with_client("sessions", function()
  local sessions = check_any(client:sessions("list", { search = "a b", sort_by = "createdAt",
    start_time = 0, page_no = 1, filters = nil }))
  assert(not sessions or #sessions == 2 and sessions[2].id == "b", "false success: sessions")
end)
with_client("a client's own parameters", function()
  local own = client:with { per_page = 5, view = "raw", search = "x" }
  check_any(own:participants("list", "s"))
  check_any(own:session("list", "s"))
end)
with_client("peer_report, started", function()
  check_any(client:start_peer_report("list", "p", { filters = "events" }):result())
end)
with_client("a list that is none", function() check_failure(client:sessions("none")) end)
with_client("a parameter that is wrong", function()
  local ok, message = pcall(client.sessions, client, "list", { search = "x", sort_by = "nonsense" })
  assert(not ok)
  if message:find("not enough memory", 1, true) then error(message, 0) end
  assert(message:find("minutesConsumed", 1, true), message)
end)
with_client("each_session", function()
  local count = 0
  for i, session, err, response in client:each_session("list") do
    count = count + 1
    assert(i == count)
    check_any(session, err, response)
  end
  assert(count >= 1 and count <= 3)
end)
with_client("session_report", function()
  local report = check_any(client:session_report("list", "s", { concurrency = 2 }))
  for _, entry in ipairs(report and report.participants or {}) do
    assert(entry.report or entry.err, "session_report left one out")
  end
end)
with_client("request with a body", function()
  local result = check_any(client:request("POST", "/accounts/{account_id}/any/{x}", { x = "a b" },
    { body = { a = 1, b = { "c" } } }))
  assert(not result or result.id == "any", "false success: request")
  fetch(client, "ok")
end)
with_client("request, started and dropped", function()
  client:start_request("PUT", "/any", nil, { body = { a = 1 } }):wait(0.001)
  client:start_request("DELETE", "/any")
end)
with_client("request that is refused", function()
  check_failure(client:request("GET", "/any/{x}", { x = ".." }))
end)

-- Each kind of failure.
with_client("invalid_request", function() fetch(client, "..") end)
with_client("invalid_request of a client", function()
  fetch(client:with { base_url = "x" }, "a")
end)
with_client("connection", function() fetch(client, "ok", { base_url = refusing_url }) end)
with_client("connection cut", function() fetch(client, "cut") end)
with_client("tls", function() fetch(client, "ok", { base_url = tls_url }) end)
with_client("timeout", function() fetch(client, "stall", { timeout = 0.01 }) end)
for _, status in ipairs { 302, 400, 401, 403, 404, 409, 422, 429, 500 } do
  with_client("status " .. status, function() fetch(client, "status-" .. status) end)
end
with_client("HTML", function() fetch(client, "html") end)
with_client("api_error", function() fetch(client, "api_error") end)
with_client("bad_response", function() fetch(client, "bad_response") end)
with_client("not JSON", function() fetch(client, "not_json") end)
with_client("too_large", function() fetch(client, "ok", { max_response_bytes = 10 }) end)

if not name then
  local names = {}
  for scenario in pairs(scenarios) do names[#names + 1] = scenario end
  table.sort(names)
  return names, #names
end

return scenarios[name]()
