local internals = require "rtk_internals"

local function decide(case)
  local again, wait, retry_after = internals.retry(case)
  return { again = again, wait = wait, retry_after = retry_after }
end

-- Sun, 06 Nov 1994 08:49:37 GMT
local wall = 784111777

describe("retry: whether", function()
  for _, status in ipairs { 408, 409, 429, 500, 502, 503, 504, 520, 599 } do
    it("a " .. status .. " is tried again", function()
      assert.is_true(decide { status = status }.again)
    end)
  end

  for _, status in ipairs { 200, 204, 301, 302, 304, 400, 401, 403, 404, 410, 413, 422, 451 } do
    it("a " .. status .. " is not tried again", function()
      assert.is_false(decide { status = status }.again)
    end)
  end

  for _, kind in ipairs { "connection", "timeout" } do
    it("an attempt that ended with kind " .. kind .. " is tried again", function()
      assert.is_true(decide { kind = kind }.again)
    end)

    it("a cut answer of kind " .. kind .. " is tried again whatever its status was", function()
      assert.is_true(decide { kind = kind, status = 200 }.again)
      assert.is_true(decide { kind = kind, status = 404 }.again)
    end)
  end

  for _, kind in ipairs { "tls", "too_large", "bad_response", "api_error", "cancelled",
    "invalid_request" } do
    it("an attempt that ended with kind " .. kind .. " is not tried again", function()
      assert.is_false(decide { kind = kind }.again)
      assert.is_false(decide { kind = kind, status = 200 }.again)
      assert.is_false(decide { kind = kind, status = 503 }.again)
    end)
  end

  it("x-should-retry: true wins over a status that is final", function()
    assert.is_true(decide { status = 404, headers = { "x-should-retry: true" } }.again)
  end)

  it("x-should-retry: false wins over a status that is retried", function()
    assert.is_false(decide { status = 503, headers = { "X-Should-Retry: false" } }.again)
  end)

  it("x-should-retry does not make a success be tried again", function()
    assert.is_false(decide { status = 200, headers = { "x-should-retry: true" } }.again)
  end)

  it("x-should-retry with any other value says nothing", function()
    assert.is_true(decide { status = 503, headers = { "x-should-retry: no" } }.again)
    assert.is_false(decide { status = 404, headers = { "x-should-retry: yes" } }.again)
  end)

  it("x-should-retry does not bring a TLS failure back", function()
    assert.is_false(decide { kind = "tls", headers = { "x-should-retry: true" } }.again)
  end)

  it("max_retries counts the attempts after the first", function()
    assert.is_false(decide { status = 503, max_retries = 0, number = 1 }.again)
    assert.is_true(decide { status = 503, max_retries = 1, number = 1 }.again)
    assert.is_false(decide { status = 503, max_retries = 1, number = 2 }.again)
    assert.is_true(decide { status = 503, max_retries = 1000000, number = 1000000 }.again)
  end)
end)

describe("retry: how long to wait", function()
  it("grows from half a second to eight when the server says nothing", function()
    local waits = {}
    for number = 1, 8 do
      waits[number] = decide { status = 503, number = number, max_retries = 10 }.wait
    end
    assert.same({ 0.5, 1, 2, 4, 8, 8, 8, 8 }, waits)
  end)

  it("stays at eight seconds after a million attempts", function()
    assert.equal(8, decide { status = 503, number = 999999, max_retries = 1000000 }.wait)
  end)

  it("is spread by up to a quarter, downwards", function()
    assert.equal(0.5 * (1 - 0.125), decide { status = 503, random = 0.5 }.wait)
    local least = decide { status = 503, random = 1 - 2 ^ -53 }.wait
    assert.is_true(least >= 0.375 and least < 0.3751)
  end)

  it("is what Retry-After says, in seconds", function()
    assert.same({ again = true, wait = 7, retry_after = 7 },
      decide { status = 429, headers = { "Retry-After: 7" } })
  end)

  it("is what Retry-After says, with decimals", function()
    assert.equal(1.25, decide { status = 429, headers = { "Retry-After: 1.25" } }.wait)
  end)

  it("is not spread when the server named it", function()
    assert.equal(7, decide { status = 429, headers = { "Retry-After: 7" }, random = 0.9 }.wait)
  end)

  it("is what retry-after-ms says, before Retry-After", function()
    assert.equal(0.25,
      decide { status = 503, headers = { "Retry-After: 7", "retry-after-ms: 250" } }.wait)
  end)

  it("is none when the server says 0", function()
    assert.same({ again = true, wait = 0, retry_after = 0 },
      decide { status = 503, headers = { "Retry-After: 0" } })
  end)

  for _, date in ipairs { "Sun, 06 Nov 1994 08:49:47 GMT", "Sunday, 06-Nov-94 08:49:47 GMT",
    "Sun Nov  6 08:49:47 1994" } do
    it("is the time until the date in Retry-After: " .. date, function()
      local headers = { "Retry-After: " .. date }
      assert.equal(10, decide { status = 503, wall = wall, headers = headers }.wait)
    end)
  end

  it("is the usual one when the date in Retry-After has passed", function()
    assert.same({ again = true, wait = 0.5 },
      decide { status = 503, wall = wall + 60,
        headers = { "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT" } })
  end)

  local nonsense = { "", "soon", "-1", "-0.5", "1e3", "0x10", "NaN", "nan", "inf", "Infinity", "+5",
    "5 s", "5,5", "1.2.3", ".5", "1 2", ("9"):rep(400), "\0", "Sun, 99 Nov 1994 08:49:37 GMT" }
  for _, value in ipairs(nonsense) do
    it(("is the usual one when Retry-After is nonsense: %q"):format(value:sub(1, 32)), function()
      assert.same({ again = true, wait = 0.5 },
        decide { status = 503, wall = wall, headers = { "Retry-After: " .. value } })
    end)
  end

  it("falls back to Retry-After when retry-after-ms is nonsense", function()
    assert.equal(3,
      decide { status = 503, headers = { "retry-after-ms: x", "Retry-After: 3" } }.wait)
  end)
end)

describe("retry: when the wait is too long", function()
  it("a server that asks for more than max_retry_after ends the call, and is quoted", function()
    assert.same({ again = false, wait = 0, retry_after = 61 },
      decide { status = 429, headers = { "Retry-After: 61" } })
    assert.is_true(decide { status = 429, headers = { "Retry-After: 60" } }.again)
  end)

  it("max_retry_after may be 0, which allows no named wait but none", function()
    assert.is_false(
      decide { status = 503, max_retry_after = 0, headers = { "Retry-After: 0.001" } }.again)
    assert.is_true(
      decide { status = 503, max_retry_after = 0, headers = { "Retry-After: 0" } }.again)
  end)

  it("max_retry_after does not bound the wait that the server did not name", function()
    assert.is_true(decide { status = 503, max_retry_after = 0 }.again)
  end)

  it("a wait that would reach the deadline ends the call", function()
    assert.is_false(decide { status = 503, time_left = 0.5 }.again)
    assert.is_true(decide { status = 503, time_left = 0.51 }.again)
    assert.same({ again = false, wait = 0, retry_after = 5 },
      decide { status = 429, time_left = 4, headers = { "Retry-After: 5" } })
  end)

  it("a call whose deadline has passed is not tried again", function()
    assert.is_false(decide { kind = "timeout", time_left = 0 }.again)
    assert.is_false(decide { status = 503, time_left = -1, headers = { "Retry-After: 0" } }.again)
  end)

  it("what the server asked for is told when the retries are used up, too", function()
    assert.same({ again = false, wait = 0, retry_after = 5 },
      decide { status = 429, number = 3, headers = { "Retry-After: 5" } })
  end)
end)
