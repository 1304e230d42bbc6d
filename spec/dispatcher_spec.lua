-- Whose turn it is: connections, waits, holds, the server's limit.

local fixture = require "spec.support.fixture"
local internals = require "rtk_internals"
local process = require "spec.support.process"

local function ids_up_to(n, prefix)
  local ids = {}
  for i = 1, n do ids[i] = (prefix or "p") .. i end
  return ids
end

local function start_all(client, ids, opts)
  local calls = {}
  for i, id in ipairs(ids) do calls[i] = client:start("app", "session", id, opts) end
  return calls
end

local function kinds_of(calls)
  local kinds = {}
  for i, call in ipairs(calls) do
    local participant, _, outcome = call:result()
    kinds[i] = participant and "ok" or outcome.kind
  end
  return kinds
end

describe("the dispatcher", function()
  local api = fixture.server()

  it("opens as many connections as it may, and no more", function()
    api:answer { hold = true, echo = true }
    local client = fixture.client(api.url, { max_connections = 3 })
    local calls = start_all(client, ids_up_to(7))
    client:step(0)
    assert.equal(3, api:wait_seen(3).connections)
    client:step(0.05)
    assert.equal(3, api:seen().request_count)
    repeat
      api:release()
      local _, under_way = client:step(0.02)
    until under_way == 0
    for i, call in ipairs(calls) do assert.equal("p" .. i, call:result().id) end
    assert.equal(3, api:seen().connections)
  end)

  it("sends in the order of the starts", function()
    api:answer { echo = true }
    local client = fixture.client(api.url, { max_connections = 1 })
    kinds_of(start_all(client, ids_up_to(7)))
    for i, request in ipairs(api:seen().requests) do
      assert.equal("p" .. i, request.target:match("[^/]+$"))
    end
  end)

  it("does not count the time in the queue as time of the attempt", function()
    api:answer { echo = true, delay = 0.08 }
    local client = fixture.client(api.url, { max_connections = 1, timeout = 0.25 })
    for _, kind in ipairs(kinds_of(start_all(client, ids_up_to(6)))) do assert.equal("ok", kind) end
  end)

  it("counts it as time of the call, whose deadline ends it there", function()
    api:answer { hold = true, echo = true }
    local client = fixture.client(api.url, { max_connections = 1 })
    local first = client:start("a", "b", "first")
    local second = client:start("a", "b", "second", { deadline = 0.05 })
    local _, err, failure = second:result()
    assert.equal("timeout", failure.kind)
    assert.equal(0, failure.attempts)
    assert.matches("option deadline", err, 1, true)
    assert.is_false(first:done())
    process.wait_until(function()
      client:step(0)
      return api:seen().request_count == 1
    end)
    api:release()
    assert.equal("first", first:result().id)
  end)

  it("gives the connection of a call that waits to another", function()
    api:answer(
      { match = "/again?", any_of = { { status = 503, headers = { "Retry-After: 0.3" } } } },
      { echo = true })
    local client = fixture.client(api.url, { max_connections = 1, query = { x = 1 } })
    local again = client:start("a", "b", "again", { max_retries = 1 })
    local before = internals.now()
    assert.same({ "ok", "ok", "ok" }, kinds_of(start_all(client, ids_up_to(3))))
    assert.is_true(internals.now() - before < 0.3)
    assert.same({ "server_error" }, kinds_of { again })
  end)

  it("raises its bound for a client that says so, on the same connections", function()
    api:answer { hold = true, echo = true }
    local client = fixture.client(api.url, { max_connections = 1 })
    local calls = start_all(client, ids_up_to(2))
    client:step(0)
    api:wait_seen(1)
    calls[3] = client:with({ max_connections = 5 }):start("a", "b", "later")
    client:step(0.05)
    assert.equal(1, api:seen().request_count) -- it waits behind the second
    api:answer { echo = true }
    api:release()
    assert.same({ "ok", "ok", "ok" }, kinds_of(calls))
  end)
end)

describe("a 429 with a wait", function()
  local api = fixture.server()

  -- The times of the requests after the first, from that on.
  local function times()
    local requests = api:seen().requests
    local list = {}
    for i = 2, #requests do list[i - 1] = requests[i].time - requests[1].time end
    return list
  end

  it("holds back all that is queued until it is over", function()
    api:answer({ status = 429, headers = { "Retry-After: 0.3" } }, { echo = true })
    local client = fixture.client(api.url, { max_connections = 1, max_retries = 1 })
    local kinds = kinds_of(start_all(client, ids_up_to(5)))
    assert.same({ "ok", "ok", "ok", "ok", "ok" }, kinds)
    for _, time in ipairs(times()) do assert.is_true(time >= 0.29, tostring(time)) end
    assert.equal(6, #api:seen().requests)
  end)

  it("holds back what is started meanwhile, and a plain call", function()
    api:answer({ status = 429, headers = { "Retry-After: 0.3" } }, { echo = true })
    local client = fixture.client(api.url)
    assert.same({ "rate_limited" }, kinds_of(start_all(client, { "first" })))
    local calls = start_all(client, ids_up_to(2))
    assert.equal("plain", client:participant("a", "b", "plain").id)
    assert.same({ "ok", "ok" }, kinds_of(calls))
    for _, time in ipairs(times()) do assert.is_true(time >= 0.29, tostring(time)) end
  end)

  it("ends calls that may not wait so long, unsent", function()
    api:answer({ status = 429, headers = { "Retry-After: 30" } }, { echo = true })
    local client = fixture.client(api.url, { max_connections = 1, max_retry_after = 5 })
    local calls = start_all(client, ids_up_to(3))
    local before = internals.now()
    assert.same({ "rate_limited", "rate_limited", "rate_limited" }, kinds_of(calls))
    local _, err, failure = calls[3]:result()
    assert.matches("not sent", err, 1, true)
    assert.equal(0, failure.attempts)
    assert.is_true(failure.retry_after > 25 and failure.retry_after <= 30)
    assert.is_true(internals.now() - before < 10)
    assert.equal(1, api:seen().request_count)
  end)

  it("does not hold back another client", function()
    api:answer({ status = 429, headers = { "Retry-After: 30" } }, { echo = true })
    local client = fixture.client(api.url)
    client:start("a", "b", "c"):result()
    assert.equal("d", fixture.client(api.url):start("a", "b", "d"):result().id)
  end)
end)

describe("a Ratelimit header", function()
  local api = fixture.server()

  it("says how many more are sent before its renewal", function()
    api:answer({ headers = { 'Ratelimit: "default";r=2;t=1' }, echo = true }, { echo = true })
    local client = fixture.client(api.url, { max_connections = 1 })
    assert.same({ "ok", "ok", "ok", "ok", "ok", "ok" }, kinds_of(start_all(client, ids_up_to(6))))
    local requests = api:seen().requests
    local before = 0
    for _, request in ipairs(requests) do
      if request.time - requests[1].time < 0.9 then before = before + 1 end
    end
    assert.equal(3, before) -- the one that was told, and two more
    assert.is_true(requests[4].time - requests[1].time >= 0.99)
  end)

  it("paces what a 429 held back", function()
    api:answer({ status = 429, headers = { "Retry-After: 0.1", 'Ratelimit: "default";r=1;t=1' } },
      { echo = true })
    local client = fixture.client(api.url, { max_connections = 4, max_retries = 1 })
    local first = client:start("a", "b", "first")
    first:wait(0.05)
    api:wait_seen(1)
    local calls = start_all(client, ids_up_to(3))
    assert.same({ "ok", "ok", "ok" }, kinds_of(calls))
    local requests = api:seen().requests
    assert.is_true(requests[2].time - requests[1].time >= 0.09)
    assert.is_true(requests[3].time - requests[1].time >= 0.99)
  end)

  it("keeps nobody waiting for longer than it may", function()
    api:answer({ headers = { 'Ratelimit: "default";r=0;t=50' }, echo = true }, { echo = true })
    local client = fixture.client(api.url, { max_retry_after = 5 })
    assert.same({ "ok" }, kinds_of(start_all(client, { "first" })))
    assert.same({ "ok", "ok" }, kinds_of(start_all(client, ids_up_to(2)))) -- the server decides
    assert.same({ "ok" }, kinds_of(start_all(client, { "x" }, { max_retry_after = 60,
      deadline = 5 })))
  end)

  it("does not keep a call waiting behind one that may wait", function()
    api:answer({ headers = { 'Ratelimit: "default";r=0;t=5' }, echo = true }, { echo = true })
    local client = fixture.client(api.url)
    assert.same({ "ok" }, kinds_of(start_all(client, { "first" })))
    local patient = client:start("a", "b", "patient")
    local hasty = client:start("a", "b", "hasty", { deadline = 1 })
    assert.same({ "ok" }, kinds_of { hasty })
    assert.is_false(patient:done())
    patient:cancel()
  end)

  it("keeps a plain call from nothing", function()
    api:answer({ headers = { 'Ratelimit: "default";r=0;t=50' }, echo = true })
    local client = fixture.client(api.url)
    client:participant("a", "b", "c")
    assert.equal("d", client:participant("a", "b", "d").id)
  end)
end)
