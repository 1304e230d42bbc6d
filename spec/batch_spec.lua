-- each_participant: order, concurrency, failures, and how a loop ends.

local fixture = require "spec.support.fixture"
local process_info = require "spec.support.process_info"

local has_close = _VERSION == "Lua 5.4"
local unpack = table.unpack or unpack -- luacheck: globals unpack

local function collect()
  collectgarbage()
  collectgarbage()
end

local function ids_up_to(n)
  local ids = {}
  for i = 1, n do ids[i] = "p" .. i end
  return ids
end

-- All that a loop gives, as lists of {id, participant, err, outcome}.
local function all(client, ids, opts)
  local list = {}
  for id, participant, err, outcome in client:each_participant("app", "session", ids, opts) do
    list[#list + 1] = { id, participant, err, outcome }
  end
  return list
end

local function sorted_ids(list)
  local ids = {}
  for i, entry in ipairs(list) do ids[i] = entry[1] end
  table.sort(ids)
  return ids
end

describe("each_participant", function()
  local api = fixture.server()

  before_each(function() api:answer { echo = true } end)

  it("answers every id, once, with its own participant", function()
    local ids = ids_up_to(100)
    local list = all(fixture.client(api.url), ids)
    for _, entry in ipairs(list) do
      assert.equal(entry[1], entry[2].id)
      assert.is_nil(entry[3])
      assert.equal(200, entry[4].status)
    end
    table.sort(ids)
    assert.same(ids, sorted_ids(list))
  end)

  it("is there for the default client, too", function()
    local output = fixture.run([[
      local realtimekit = require "realtimekit"
      for id, participant in realtimekit.each_participant("app", "session", { "me" }) do
        print(id, participant.id)
      end
    ]], {
      CLOUDFLARE_ACCOUNT_ID = fixture.account, CLOUDFLARE_API_TOKEN = fixture.token,
      CLOUDFLARE_BASE_URL = api.url,
    })
    assert.equal("me\tme\n", output)
  end)

  it("gives them in the order in which the calls end", function()
    api:answer({ match = "/first", delay = 0.3, echo = true },
      { match = "/second", delay = 0.1, echo = true }, { echo = true })
    local order = {}
    for id in fixture.client(api.url):each_participant("app", "session",
      { "first", "second", "third" }) do
      order[#order + 1] = id
    end
    assert.same({ "third", "second", "first" }, order)
  end)

  it("keeps as many under way as concurrency says, and starts the next for the next", function()
    api:answer { hold = true, echo = true }
    local client = fixture.client(api.url, { max_connections = 50 })
    local next_one, batch = client:each_participant("app", "session", ids_up_to(10),
      { concurrency = 4 })
    assert.is_false(batch:done())
    client:step(0)
    api:wait_seen(4)
    client:step(0.05)
    assert.equal(4, api:seen().request_count)
    api:answer { echo = true }
    api:release()
    local seen = {}
    repeat
      local id, participant = next_one(batch)
      assert.is_true(not id or participant.id == id)
      seen[#seen + 1] = id
    until not id
    assert.equal(10, #seen)
    assert.equal(6, api:seen().request_count)
  end)

  it("starts none before the loop comes for one", function()
    api:answer { echo = true }
    fixture.client(api.url):each_participant("app", "session", { "a" })
    assert.equal(0, api:seen().request_count)
  end)

  it("tells a failure for its id, and goes on", function()
    api:answer({ match = "/p2?", status = 404, json = fixture.error_envelope(1404, "no such") },
      { match = "/p3?", cut_after = 3, json = "{}" }, { echo = true })
    local failures, good = {}, 0
    for _, entry in ipairs(all(fixture.client(api.url), ids_up_to(5), { query = { x = 1 } })) do
      local id, participant, err, outcome = unpack(entry)
      if participant then
        good = good + 1
      else
        failures[id] = outcome.kind
        assert.matches("^%d* ?" .. outcome.kind .. ": ", err)
      end
    end
    assert.equal(3, good)
    assert.same({ p2 = "not_found", p3 = "connection" }, failures)
  end)

  it("tells what it refuses to send for its id, and goes on", function()
    local list = all(fixture.client(api.url), { "a", "..", "", "b", ("x"):rep(256) })
    local kinds = {}
    for _, entry in ipairs(list) do kinds[entry[1]] = entry[4].kind or "ok" end
    assert.same({ a = "ok", [".."] = "invalid_request", [""] = "invalid_request", b = "ok",
      [("x"):rep(256)] = "invalid_request" }, kinds)
    assert.equal(2, api:seen().request_count)
  end)

  it("refuses every id of a client that can send nothing", function()
    local list = all(fixture.client(api.url), ids_up_to(3), { base_url = "nonsense" })
    assert.equal(3, #list)
    for _, entry in ipairs(list) do assert.equal("invalid_request", entry[4].kind) end
  end)

  it("answers an id as often as it is there", function()
    assert.same({ "a", "a", "a", "b" },
      sorted_ids(all(fixture.client(api.url), { "a", "b", "a", "a" })))
  end)

  it("does nothing for an empty list", function()
    assert.same({}, all(fixture.client(api.url), {}))
    assert.same({}, all(fixture.client(api.url), function() end))
    assert.equal(0, api:seen().request_count)
  end)

  it("takes ids from a function until it gives nil, and asks for no more than it needs", function()
    local given = 0
    local function give()
      if given == 20 then return nil end
      given = given + 1
      return "p" .. given
    end
    local most, count = 0, 0
    for _ in fixture.client(api.url):each_participant("app", "session", give,
      { concurrency = 3 }) do
      count = count + 1
      most = math.max(most, given - count)
    end
    assert.equal(20, count)
    assert.is_true(most <= 3)
  end)

  it("passes on what that function raises", function()
    local client = fixture.client(api.url)
    assert.has_error(function()
      all(client, function() error("out of ids", 0) end)
    end, "out of ids")
    assert(client:participant(fixture.ids()))
  end)

  it("raises for an id that is no string, with its number", function()
    local _, message = pcall(all, fixture.client(api.url), { "a", 2 })
    assert.matches("participant id 2: string expected, got number", message, 1, true)
  end)

  it("raises for misuse before the loop", function()
    local client = fixture.client(api.url)
    for _, arguments in ipairs {
      { "app", "session" }, { "app", "session", "a" }, { 1, "session", {} },
      { "app", "session", {}, { concurrency = 0 } }, { "app", "session", {}, { nonsense = 1 } },
      { "app", "session", {}, 1 }, { "app", "session", {}, {}, 1 },
    } do
      assert.has_error(function() client:each_participant(unpack(arguments)) end)
    end
    client:close()
    assert.has_error(function() client:each_participant("a", "b", {}) end, "the client is closed")
  end)

  it("takes options over the client's", function()
    api:answer { json = fixture.envelope('{"id":"x","a":null}') }
    for _, participant in fixture.client(api.url):each_participant("app", "session", { "x" },
      { null = false, include_peer_events = true }) do
      assert.is_false(participant.a)
    end
    assert.matches("include_peer_events=true", api:seen().requests[1].target, 1, true)
  end)

  it("may be nested, on one client", function()
    local client, count = fixture.client(api.url), 0
    for id in client:each_participant("app", "session", ids_up_to(5)) do
      for inner, participant in client:each_participant("app", id, ids_up_to(4)) do
        assert.equal(inner, participant.id)
        count = count + 1
      end
    end
    assert.equal(20, count)
  end)

  it("goes on where the last one stopped, on the same connections", function()
    local client = fixture.client(api.url)
    for _ = 1, 10 do all(client, ids_up_to(20)) end
    assert.is_true(api:seen().connections <= 8)
  end)

  it("keeps its client, which the collector would close", function()
    local count = 0
    for _, participant in fixture.client(api.url):each_participant("app", "session",
      ids_up_to(10), { concurrency = 2 }) do
      collect()
      assert(participant)
      count = count + 1
    end
    assert.equal(10, count)
  end)

  it("takes bounded memory for ten thousand ids", function()
    local before = process_info.resident()
    if not before then pending("no figures of memory here") end
    api:record(false)
    local client = fixture.client(api.url)
    all(client, ids_up_to(200), { concurrency = 32 })
    collect()
    before = process_info.resident()
    local n, count = 0, 0
    for id, participant in client:each_participant("app", "session", function()
      n = n + 1
      return n <= 10000 and "p" .. n or nil
    end, { concurrency = 32 }) do
      assert(participant.id == id)
      count = count + 1
    end
    assert.equal(10000, count)
    assert.is_true(process_info.resident() - before < 8 * 1024)
  end)
end)

describe("a loop over each_participant that is left early", function()
  local api = fixture.server()
  local client

  before_each(function()
    if client then client:close() end
    collect()
    api:wait_closed()
    api:answer({ match = "/quick", echo = true }, { stall_after = 0 })
    client = fixture.client(api.url)
  end)

  local ids = { "quick", "a", "b", "c" }

  it("cancels what is under way", function()
    local loop = client
    for id in loop:each_participant("app", "session", ids) do
      api:wait_seen(4)
      if id == "quick" then break end
    end
    if not has_close then collect() end
    api:wait_seen { open = 1 } -- that of the quick one is kept
    assert.same({ 4, 0 }, { client:step(0) })
  end)

  it("cancels it when an error ends it", function()
    pcall(function()
      for _ in client:each_participant("app", "session", ids) do error("enough") end
    end)
    if not has_close then collect() end
    client:step(0)
    assert.equal(0, select(2, client:step(0)))
  end)

  it("does so in a coroutine that is abandoned, when that is collected", function()
    local thread = coroutine.create(function()
      for _ in client:each_participant("app", "session", ids) do coroutine.yield() end
    end)
    assert(coroutine.resume(thread))
    api:wait_seen(4)
    thread = nil -- luacheck: ignore 311
    collect()
    api:wait_seen { open = 1 }
  end)

  it("tells the rest as cancelled when its client is closed, and raises for more", function()
    local kinds, message = {}, nil
    local passed = pcall(function()
      for id, _, err, outcome in client:each_participant("app", "session",
        { "quick", "a", "b", "c", "d" }, { concurrency = 3 }) do
        kinds[id] = outcome.kind or "ok"
        message = err
        client:close()
      end
    end)
    assert.is_false(passed)
    assert.same({ quick = "ok", a = "cancelled", b = "cancelled" }, kinds)
    assert.matches("client was closed", message, 1, true)
  end)
end)

describe("the logger of a loop", function()
  local api = fixture.server()

  it("is told of every call, as that of a plain call is", function()
    api:answer { echo = true }
    local counts = {}
    all(fixture.client(api.url, { logger = function(_, message)
      counts[message] = (counts[message] or 0) + 1
    end }), ids_up_to(10))
    assert.same({ request = 10, response = 10 }, counts)
  end)

  for _, when in ipairs { "request", "retry", "response" } do
    it("raises out of the loop at a " .. when, function()
      api:answer({ status = 503, headers = { "Retry-After: 0" } }, { echo = true })
      local client = fixture.client(api.url, { max_retries = 1 })
      assert.has_error(function()
        all(client, ids_up_to(3), { logger = function(_, message)
          if message == when then error("from the logger", 0) end
        end })
      end, "from the logger")
      collect()
      assert.equal(0, select(2, client:step(0)))
      assert(client:participant(fixture.ids()))
    end)
  end

  it("cannot go on with its own loop", function()
    api:answer { echo = true }
    local client, messages = fixture.client(api.url), {}
    local next_one, batch
    next_one, batch = client:each_participant("app", "session", { "a" }, { logger = function()
      messages[#messages + 1] = select(2, pcall(next_one, batch))
    end })
    assert.equal("a", (next_one(batch)))
    assert.equal(2, #messages)
    for _, message in ipairs(messages) do assert.matches("within itself", message, 1, true) end
  end)
end)

describe("a batch, the state of the loop", function()
  local api = fixture.server()

  it("says whether the next is there, and has what an event loop needs", function()
    api:answer { hold = true, echo = true }
    local client = fixture.client(api.url)
    local next_one, batch = client:each_participant("app", "session", { "a", "b" })
    assert.is_false(batch:done())
    assert.equal(client:pollfd(), batch:pollfd())
    assert.equal("r", batch:events())
    client:step(0)
    api:wait_seen(2)
    api:release()
    while not batch:done() do client:step(5) end
    assert.equal(0, batch:timeout())
    assert.is_string((next_one(batch)))
    assert.matches("^realtimekit.batch: ", tostring(batch))
    while not batch:done() do client:step(5) end
    assert.is_string((next_one(batch)))
    assert.is_true(batch:done())
    assert.is_nil((next_one(batch)))
    assert.is_nil((next_one(batch)))
  end)
end)
