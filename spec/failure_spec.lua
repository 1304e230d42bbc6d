local fixture = require "spec.support.fixture"

describe("failure: the API's own words", function()
  local api = fixture.server()

  it("are in err, with status, kind, code and ray id", function()
    local _, err = fixture.fetch(api, { status = 404, headers = { "cf-ray: 8c1f-AMS" },
      json = fixture.error_envelope(10006, "participant does not exist") })
    assert.equal("404 not_found: participant does not exist (code 10006, ray 8c1f-AMS)", err)
  end)

  it("are in errors, as a list", function()
    local _, err, failure = fixture.fetch(api, { status = 422, json = [[{"success":false,
      "errors":[{"code":1,"message":"one","documentation_url":"x"},{"code":2,"message":"two"}]}]] })
    assert.same({ { code = 1, message = "one" }, { code = 2, message = "two" } }, failure.errors)
    assert.equal("422 unprocessable: one; two (code 1, code 2)", err)
    assert.is_nil(failure.body)
  end)

  local shapes = {
    ['{"message":"wrong"}'] = { { message = "wrong" } },
    ['{"message":"wrong","code":9}'] = { { code = 9, message = "wrong" } },
    ['{"error":"wrong"}'] = { { message = "wrong" } },
    ['{"error":{"code":"E9","message":"wrong"}}'] = { { code = "E9", message = "wrong" } },
    ['{"success":false,"errors":["wrong"]}'] = { { message = "wrong" } },
    ['{"success":false,"errors":[null,{"message":"wrong"},7]}'] = { { message = "wrong" } },
    ['{"success":false,"errors":[{"message":null,"code":null},{"message":"wrong"}]}'] =
      { {}, { message = "wrong" } },
    ['{"errors":[{"message":"wrong","code":{"a":1}}]}'] = { { message = "wrong" } },
  }
  for json, errors in pairs(shapes) do
    it("are found in " .. json, function()
      local _, err, failure = fixture.fetch(api, { status = 400, json = json })
      assert.same(errors, failure.errors)
      assert.matches("^400 bad_request: wrong", err)
      assert.is_nil(failure.body)
    end)
  end

  it("are found in an answer with status 200 and success: false", function()
    local participant, err, failure = fixture.fetch(api,
      { json = fixture.error_envelope(1000, "not today") }, { max_retries = 2 })
    assert.is_nil(participant)
    assert.equal("api_error", failure.kind)
    assert.equal(200, failure.status)
    assert.equal(1, failure.attempts)
    assert.equal("200 api_error: not today (code 1000)", err)
  end)

  it("win over a participant that came along with success: false", function()
    local participant, _, failure = fixture.fetch(api,
      { json = '{"success":false,"data":{"participant":{"id":"x"}}}' })
    assert.is_nil(participant)
    assert.equal("api_error", failure.kind)
  end)

  for _, json in ipairs { '{"success":false}', '{"success":false,"errors":[]}',
    '{"success":false,"errors":null}' } do
    it("may be missing: " .. json, function()
      local _, err, failure = fixture.fetch(api, { status = 403, json = json })
      assert.same({}, failure.errors)
      assert.is_nil(failure.body)
      assert.matches("^403 permission_denied: .+token's permissions", err)
    end)
  end
end)

describe("failure: an answer that is no JSON envelope", function()
  local api = fixture.server()

  local bodies = { "<html><h1>502</h1></html>", "[1,2]", '"text"', "{", "\0\1\2", "7" }
  for _, body in ipairs(bodies) do
    it(("has its beginning in body: %q"):format(body), function()
      local _, err, failure = fixture.fetch(api, { status = 502, body = body })
      assert.equal("server_error", failure.kind)
      assert.equal(body, failure.body)
      assert.same({}, failure.errors)
      assert.equal("502 server_error: the API failed", err)
    end)
  end

  it("has at most 4 KiB in body", function()
    local _, _, failure = fixture.fetch(api, { status = 400, body = ("ab"):rep(50000) })
    assert.equal(("ab"):rep(2048), failure.body)
  end)

  it("has no body when it is empty", function()
    local _, _, failure = fixture.fetch(api, { status = 500, body = "" })
    assert.is_nil(failure.body)
  end)

  it("of 8 MiB is classed by its status", function()
    local _, _, failure = fixture.fetch(api,
      { status = 404, repeat_body = { bytes = ("x"):rep(65536), times = 128 } })
    assert.equal("not_found", failure.kind)
    assert.equal(4096, #failure.body)
  end)

  it("nested deeper than cjson goes does no harm", function()
    local _, _, failure = fixture.fetch(api, { status = 400, body = ("["):rep(60000) })
    assert.equal("bad_request", failure.kind)
    assert.equal(4096, #failure.body)
  end)
end)

describe("failure: err", function()
  local api = fixture.server()

  local explained = {
    [400] = "bad_request", [401] = "authentication", [403] = "permission_denied",
    [404] = "not_found", [409] = "conflict", [410] = "http_error", [418] = "http_error",
    [422] = "unprocessable", [429] = "rate_limited", [500] = "server_error", [503] = "server_error",
  }
  for status, kind in pairs(explained) do
    it(("of a %d without a word of the server says what %s means"):format(status, kind), function()
      local _, err, failure = fixture.fetch(api, { status = status })
      assert.equal(kind, failure.kind)
      assert.matches(("^%d %s: %%a[%%w ,:'_.%%-]+$"):format(status, kind), err)
    end)
  end

  it("of a redirect says that it is never followed", function()
    local _, err, failure = fixture.fetch(api,
      { status = 302, headers = { "Location: https://example.org/" } })
    assert.equal("http_error", failure.kind)
    assert.matches("^302 http_error: a redirect", err)
    assert.equal("https://example.org/", failure.headers.location)
  end)

  it("is one line of at most 512 bytes, the facts at its end included", function()
    local _, err = fixture.fetch(api, { status = 400, headers = { "cf-ray: 8c1f" },
      json = fixture.error_envelope(1, ("long "):rep(1000)) })
    assert.is_true(#err <= 512)
    assert.matches("^400 bad_request: long long", err)
    assert.matches("... (code 1, ray 8c1f)", err, 1, true)
  end)

  it("stays within 512 bytes when everything in it is long", function()
    local _, err = fixture.fetch(api, { status = 400, headers = { "cf-ray: " .. ("r"):rep(5000) },
      json = fixture.error_envelope(1, ("long "):rep(1000)) })
    assert.is_true(#err <= 512)
    assert.matches("^400 bad_request: long long", err)
  end)

  it("makes control characters visible", function()
    local _, err = fixture.fetch(api,
      { status = 400, json = [[{"errors":[{"message":"a\nb\u001b[31m\u0000c\u009b"}]}]] })
    assert.equal([[400 bad_request: a\x0ab\x1b[31m\x00c\xc2\x9b]], err)
  end)

  it("is not cut within a character", function()
    for pad = 0, 3 do
      local _, err = fixture.fetch(api,
        { status = 400, json = fixture.error_envelope(1, ("x"):rep(pad) .. ("李"):rep(300)) })
      assert.is_nil((err:gsub("李", "")):find("[\128-\255]"))
    end
  end)

  it("of a connection failure says what libcurl says, and how often it was tried", function()
    local url = require("spec.support.server").refusing_url()
    local _, err = fixture.client(url, { max_retries = 0 }):participant(fixture.ids())
    assert.matches("^connection: .*127%.0%.0%.1", err)
    assert.is_nil(err:find("attempts", 1, true))
    _, err = fixture.client(url, { max_retries = 1 }):participant(fixture.ids())
    assert.matches("2 attempts", err, 1, true)
  end)
end)

describe("failure: retry_after", function()
  local api = fixture.server()

  it("is what the server asked for", function()
    local _, _, failure = fixture.fetch(api, { status = 429, headers = { "Retry-After: 7" } })
    assert.equal(7, failure.retry_after)
  end)

  it("is nil when it asked for nothing, or for nonsense", function()
    local _, _, failure = fixture.fetch(api, { status = 429 })
    assert.is_nil(failure.retry_after)
    _, _, failure = fixture.fetch(api, { status = 429, headers = { "Retry-After: soon" } })
    assert.is_nil(failure.retry_after)
  end)
end)

describe("failure: credentials that a server echoes", function()
  local api = fixture.server()

  local function assert_no_secret(value, secret, seen)
    seen = seen or {}
    if type(value) == "string" then
      assert.is_nil(value:find(secret, 1, true))
    elseif type(value) == "table" and not seen[value] then
      seen[value] = true
      for key, element in pairs(value) do
        assert_no_secret(key, secret, seen)
        assert_no_secret(element, secret, seen)
      end
    end
  end

  local answers = {
    ["in a JSON error"] = { status = 401, json =
      fixture.error_envelope(1, "bad token " .. fixture.token) },
    ["in HTML"] = { status = 500, body = "<p>Authorization: Bearer " .. fixture.token .. "</p>" },
    ["in a header"] = { status = 401, headers = { "X-Echo: Bearer " .. fixture.token } },
    ["with success: false"] = { json = fixture.error_envelope(1, fixture.token) },
    ["in a body that is not the documented one"] = { body = '{"data":"' .. fixture.token .. '"}' },
  }
  for what, answer in pairs(answers) do
    it("are overwritten in the failure: " .. what, function()
      local _, err, failure = fixture.fetch(api, answer)
      assert_no_secret(err, fixture.token)
      assert_no_secret(failure, fixture.token)
    end)
  end
end)
