-- The call as a state machine, seen from the server: how often it asks, and when.

local fixture = require "spec.support.fixture"

local ok = { json = fixture.envelope() }

describe("call: retries", function()
  local api = fixture.server()

  local function call(opts, ...)
    api:answer(...)
    local client = fixture.client(api.url, opts)
    local participant, err, response = client:participant(fixture.ids())
    client:close()
    return participant, err, response, api:seen().requests
  end

  for _, status in ipairs { 408, 409, 429, 500, 502, 503, 504, 522 } do
    it("a " .. status .. " is followed by another attempt, which may succeed", function()
      local participant, err, response = call({ max_retries = 2 },
        { status = status, headers = { "Retry-After: 0" }, json = "{}" }, ok)
      assert.is_nil(err)
      assert.equal(fixture.participant, participant.id)
      assert.equal(2, response.attempts)
    end)
  end

  for _, status in ipairs { 301, 302, 307, 400, 401, 403, 404, 410, 422, 451 } do
    it("a " .. status .. " is final", function()
      local participant, _, failure, requests = call({ max_retries = 2 },
        { status = status, headers = { "Location: /elsewhere", "Retry-After: 0" }, json = "{}" },
        ok)
      assert.is_nil(participant)
      assert.equal(status, failure.status)
      assert.equal(1, failure.attempts)
      assert.equal(1, #requests)
    end)
  end

  it("makes max_retries more attempts, and then gives the last answer", function()
    local _, err, failure, requests = call({ max_retries = 3 },
      { status = 500, headers = { "Retry-After: 0" } },
      { status = 502, headers = { "Retry-After: 0" } },
      { status = 503, headers = { "Retry-After: 0" } },
      { status = 504, headers = { "Retry-After: 0" }, json = fixture.error_envelope(7, "late") },
      ok)
    assert.equal("server_error", failure.kind)
    assert.equal(504, failure.status)
    assert.equal(4, failure.attempts)
    assert.equal(4, #requests)
    assert.matches("504 server_error: late (code 7, 4 attempts", err, 1, true)
  end)

  it("makes two more attempts by default", function()
    api:answer { status = 503, headers = { "Retry-After: 0" } }
    local client = require("realtimekit").new {
      account_id = fixture.account, api_token = fixture.token, base_url = api.url,
    }
    local _, _, failure = client:participant(fixture.ids())
    assert.equal(3, failure.attempts)
    assert.equal(3, #api:seen().requests)
  end)

  it("every attempt is the same request", function()
    local _, _, _, requests = call(
      { max_retries = 2, include_peer_events = true, headers = { ["X-A"] = "1" } },
      { status = 503, headers = { "Retry-After: 0" } },
      { status = 503, headers = { "Retry-After: 0" } }, ok)
    assert.equal(3, #requests)
    assert.same(requests[1].header_lines, requests[2].header_lines)
    assert.same(requests[1].header_lines, requests[3].header_lines)
    assert.equal(requests[1].target, requests[3].target)
  end)

  it("a retried answer's body is read, so that its connection serves the next attempt", function()
    local participant = call({ max_retries = 1 },
      { status = 503, headers = { "Retry-After: 0" }, body = ("x"):rep(100000) }, ok)
    assert.equal(fixture.participant, participant.id)
    assert.equal(1, api:seen().connections)
  end)

  it("a retried answer's endless body is dropped, and the call goes on", function()
    local participant, _, response = call({ max_retries = 1 },
      { status = 503, headers = { "Retry-After: 0" }, endless = "body" }, ok)
    assert.equal(fixture.participant, participant.id)
    assert.equal(2, response.attempts)
  end)

  it("a lost connection is followed by another attempt", function()
    local participant, _, response = call({ max_retries = 1 }, { cut_after = 20 }, ok)
    assert.equal(fixture.participant, participant.id)
    assert.equal(2, response.attempts)
  end)

  it("an attempt that timed out is followed by another", function()
    local participant, _, response = call({ max_retries = 1, timeout = 0.15 },
      { stall_after = 0 }, ok)
    assert.equal(fixture.participant, participant.id)
    assert.equal(2, response.attempts)
  end)

  it("x-should-retry has the last word", function()
    local _, _, failure = call({ max_retries = 2 },
      { status = 503, headers = { "X-Should-Retry: false", "Retry-After: 0" } }, ok)
    assert.equal(1, failure.attempts)
    local participant = call({ max_retries = 2 },
      { status = 404, headers = { "x-should-retry: true", "Retry-After: 0" } }, ok)
    assert.equal(fixture.participant, participant.id)
  end)
end)

describe("call: waits", function()
  local api = fixture.server()

  -- Seconds between the first two requests that the server saw.
  local function gap()
    local requests = api:seen().requests
    return requests[2].time - requests[1].time
  end

  local function call(opts, ...)
    api:answer(...)
    return fixture.client(api.url, opts):participant(fixture.ids())
  end

  it("keeps to the server's Retry-After, in seconds with decimals", function()
    assert(call({ max_retries = 1 }, { status = 429, headers = { "Retry-After: 0.3" } }, ok))
    assert.is_true(gap() >= 0.3)
  end)

  it("keeps to retry-after-ms before Retry-After", function()
    assert(call({ max_retries = 1 },
      { status = 503, headers = { "Retry-After: 30", "Retry-After-Ms: 250" } }, ok))
    assert.is_true(gap() >= 0.25 and gap() < 10)
  end)

  it("without a word of the server waits about half a second, never less than three eighths",
    function()
      assert(call({ max_retries = 1 }, { status = 503 }, ok))
      assert.is_true(gap() >= 0.375)
    end)

  it("that the server wants longer than max_retry_after end the call at once", function()
    local _, err, failure = call({ max_retries = 2, max_retry_after = 5 },
      { status = 429, headers = { "Retry-After: 6" } }, ok)
    assert.equal("rate_limited", failure.kind)
    assert.equal(6, failure.retry_after)
    assert.equal(1, failure.attempts)
    assert.is_true(failure.elapsed < 5)
    assert.matches("retry after 6 s", err, 1, true)
  end)

  it("that would cross the deadline end the call at once", function()
    local _, _, failure = call({ max_retries = 2, deadline = 2 },
      { status = 503, headers = { "Retry-After: 2" } }, ok)
    assert.equal("server_error", failure.kind)
    assert.equal(2, failure.retry_after)
    assert.equal(1, failure.attempts)
    assert.is_true(failure.elapsed < 2)
  end)
end)

describe("call: the deadline", function()
  local api = fixture.server()

  it("ends an attempt that its timeout would let go on", function()
    api:answer { stall_after = 0 }
    local _, err, failure = fixture.client(api.url, { timeout = 30, deadline = 0.2 })
      :participant(fixture.ids())
    assert.equal("timeout", failure.kind)
    assert.is_true(failure.elapsed > 0.19 and failure.elapsed < 10)
    assert.matches("0.2 s (option deadline)", err, 1, true)
  end)

  it("covers all attempts and the waits between them", function()
    api:answer { stall_after = 0 }
    local _, _, failure = fixture.client(api.url,
      { timeout = 0.1, deadline = 0.9, max_retries = 1000 }):participant(fixture.ids())
    assert.is_true(failure.kind == "timeout")
    assert.is_true(failure.attempts >= 2)
    assert.is_true(failure.elapsed < 1.5)
  end)
end)

describe("call: a 429", function()
  local api = fixture.server()

  it("holds back the other calls of the client until its wait is over", function()
    api:answer({ status = 429, headers = { "Retry-After: 0.4" } }, ok)
    local client = fixture.client(api.url)
    local _, _, failure = client:participant(fixture.ids())
    assert.equal("rate_limited", failure.kind)
    local _, err, response = client:with({}):participant(fixture.ids())
    assert.is_nil(err)
    assert.equal(1, response.attempts)
    local requests = api:seen().requests
    assert.is_true(requests[2].time - requests[1].time >= 0.39)
  end)

  it("does not hold back another client", function()
    api:answer({ status = 429, headers = { "Retry-After: 30" } }, ok)
    fixture.client(api.url):participant(fixture.ids())
    local _, err, response = fixture.client(api.url):participant(fixture.ids())
    assert.is_nil(err)
    assert.is_true(response.elapsed < 10)
  end)

  it("whose wait is longer than a call may wait fails that call without sending it", function()
    api:answer({ status = 429, headers = { "Retry-After: 30" } }, ok)
    local client = fixture.client(api.url, { max_retry_after = 5 })
    client:participant(fixture.ids())
    local _, err, failure = client:participant(fixture.ids())
    assert.equal("rate_limited", failure.kind)
    assert.is_nil(failure.status)
    assert.equal(0, failure.attempts)
    assert.is_true(failure.retry_after > 20 and failure.retry_after <= 30)
    assert.matches("not sent", err)
    local _, _, by_deadline = client:participant(fixture.ids { max_retry_after = 60, deadline = 1 })
    assert.equal("rate_limited", by_deadline.kind)
    assert.equal(1, #api:seen().requests)
  end)

  it("without a wait holds nobody back when it is not tried again", function()
    api:answer({ status = 429 }, ok)
    local client = fixture.client(api.url, { max_retry_after = 0 })
    client:participant(fixture.ids())
    local participant = client:participant(fixture.ids())
    assert.equal(fixture.participant, participant.id)
  end)
end)
