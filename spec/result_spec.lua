local fixture = require "spec.support.fixture"

local integers = math.type ~= nil

describe("result: the third value", function()
  local api = fixture.server()

  local outcomes = {
    ["of a success"] = { status = 200, json = fixture.envelope() },
    ["of a failure"] = { status = 404, json = fixture.error_envelope(1404, "No such participant") },
  }

  -- The same answer with more fields or header lines.
  local function with(answer, more)
    local copy = {}
    for name, value in pairs(answer) do copy[name] = value end
    for name, value in pairs(more) do copy[name] = value end
    return copy
  end

  for what, answer in pairs(outcomes) do
    it(what .. " has the status, as a whole number", function()
      local _, _, result = fixture.fetch(api, answer)
      assert.equal(answer.status, result.status)
      if integers then assert.equal("integer", math.type(result.status)) end
    end)

    it(what .. " has the headers by name in lower case", function()
      local _, _, result = fixture.fetch(api, with(answer, { headers = { "X-Some-Thing:  a b ",
        "Content-Type: application/json", "X-Empty:" } }))
      assert.equal("a b", result.headers["x-some-thing"])
      assert.equal("application/json", result.headers["content-type"])
      assert.equal("", result.headers["x-empty"])
      assert.is_nil(result.headers["X-Some-Thing"])
    end)

    it(what .. " has repeated headers joined, in their order", function()
      local _, _, result = fixture.fetch(api, with(answer, { headers = { "X-A: 1", "Y: 0",
        "x-a: 2", "X-a: 3, 4" } }))
      assert.equal("1, 2, 3, 4", result.headers["x-a"])
    end)

    it(what .. " has more headers than is usual, repeated ones joined", function()
      local lines = {}
      for i = 1, 60 do lines[i] = ("X-%d: %d"):format(i, i) end
      lines[61], lines[62], lines[63] = "X-1: again", "X-60: again", "X-60: and again"
      local _, _, result = fixture.fetch(api, with(answer, { headers = lines }))
      for i = 2, 59 do assert.equal(tostring(i), result.headers["x-" .. i]) end
      assert.equal("1, again", result.headers["x-1"])
      assert.equal("60, again, and again", result.headers["x-60"])
    end)

    it(what .. " has the id of the request from cf-ray", function()
      local _, _, result = fixture.fetch(api, with(answer, { headers = { "CF-RAY: 8c1f2e-AMS" } }))
      assert.equal("8c1f2e-AMS", result.request_id)
      _, _, result = fixture.fetch(api, answer)
      assert.is_nil(result.request_id)
    end)

    it(what .. " has the rate limit when it was sent", function()
      local _, _, result = fixture.fetch(api,
        with(answer, { headers = { 'Ratelimit: "default";r=50;t=30' } }))
      assert.same({ remaining = 50, reset = 30 }, result.rate_limit)
      _, _, result = fixture.fetch(api, answer)
      assert.is_nil(result.rate_limit)
      _, _, result = fixture.fetch(api, with(answer, { headers = { "Ratelimit: nonsense" } }))
      assert.is_nil(result.rate_limit)
    end)

    it(what .. " has the attempts, the seconds and the version of HTTP", function()
      local _, _, result = fixture.fetch(api, with(answer, { delay = 0.05 }))
      assert.equal(1, result.attempts)
      assert.equal("number", type(result.elapsed))
      assert.is_true(result.elapsed >= 0.05 and result.elapsed < 10)
      assert.equal("1.1", result.http_version)
    end)

    it(what .. " has the API's messages, and an empty list without any", function()
      local json = answer.json:gsub('"messages":%[%]', '"messages":[{"code":7,"message":"soon"}]')
      local _, _, result = fixture.fetch(api, with(answer, { json = json }))
      assert.same({ { code = 7, message = "soon" } }, result.messages)
      _, _, result = fixture.fetch(api, answer)
      assert.same({}, result.messages)
      json = answer.json:gsub('"messages":%[%]', '"messages":null')
      _, _, result = fixture.fetch(api, with(answer, { json = json }))
      assert.same({}, result.messages)
    end)

    it(what .. " counts the waits and all attempts in its seconds", function()
      api:answer({ status = 503, headers = { "Retry-After: 0.2" } }, answer)
      local _, _, result = fixture.client(api.url, { max_retries = 1 }):participant(fixture.ids())
      assert.equal(2, result.attempts)
      assert.is_true(result.elapsed >= 0.2)
    end)

    it(what .. " has nothing of the attempts before the last", function()
      api:answer({ status = 503, headers = { "Retry-After: 0", "X-First: 1", "cf-ray: first" } },
        answer)
      local _, _, result = fixture.client(api.url, { max_retries = 1 }):participant(fixture.ids())
      assert.is_nil(result.headers["x-first"])
      assert.is_nil(result.request_id)
    end)
  end

  it("of a success has the whole data object", function()
    local _, _, response = fixture.fetch(api,
      { json = '{"success":true,"data":{"participant":{"id":"x"},"more":[1]}}' })
    assert.same({ participant = { id = "x" }, more = { 1 } }, response.data)
  end)

  it("of a call that never met the server has no status and no version", function()
    local client = fixture.client(require("spec.support.server").refusing_url())
    local _, _, failure = client:participant(fixture.ids())
    assert.equal("connection", failure.kind)
    assert.is_nil(failure.status)
    assert.is_nil(failure.http_version)
    assert.same({}, failure.headers)
    assert.same({}, failure.errors)
    assert.same({}, failure.messages)
    assert.equal(1, failure.attempts)
  end)

  it("is a new table for every call, the user's to change", function()
    api:answer(outcomes["of a success"])
    local client = fixture.client(api.url)
    local _, _, first = client:participant(fixture.ids())
    first.headers.changed, first.data.changed, first.messages[1] = 1, 1, 1
    local _, _, second = client:participant(fixture.ids())
    assert.is_nil(second.headers.changed)
    assert.is_nil(second.data.changed)
    assert.same({}, second.messages)
  end)
end)
