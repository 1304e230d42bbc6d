-- Any other endpoint: what is sent, what comes back, and that nothing is done twice.

local cjson = require "cjson"
local fixture = require "spec.support.fixture"
local realtimekit = require "realtimekit"

local unpack = table.unpack or unpack -- luacheck: globals unpack
local ACCOUNT = "/client/v4/accounts/" .. fixture.account
local APPS = "/accounts/{account_id}/realtime/kit/{app_id}"

describe("request", function()
  local api = fixture.server()
  local client

  before_each(function() client = fixture.client(api.url) end)
  after_each(function() client:close() end)

  local function last()
    local requests = api:seen().requests
    return requests[#requests]
  end

  -- ==== What is sent ====

  for _, method in ipairs { "GET", "POST", "PUT", "PATCH", "DELETE" } do
    it(method .. " is sent to the path, with its parameters in it, and authorized", function()
      api:answer { json = '{"success":true,"data":{"id":"m"}}' }
      for _, call in ipairs {
        function(...) return client:request(...) end,
        function(...) return client:start_request(...):result() end,
      } do
        local data, err, response = call(method, APPS .. "/meetings/{meeting_id}",
          { app_id = "a/1", meeting_id = "ü" }, { query = { x = 1 } })
        assert.is_nil(err)
        assert.same({ id = "m" }, data)
        assert.equal(200, response.status)
        assert.equal(method, last().method)
        assert.equal(ACCOUNT .. "/realtime/kit/a%2F1/meetings/%C3%BC?x=1", last().target)
        assert.equal("Bearer " .. fixture.token, last().headers.authorization)
        assert.equal("application/json", last().headers.accept)
        assert.is_nil(last().headers["content-type"])
        assert.equal("", last().body or "")
      end
    end)
  end

  it("of the default client is the same", function()
    api:answer { json = '{"success":true,"data":{"id":"m"}}' }
    local data = realtimekit.request("GET", APPS .. "/meetings", { app_id = "a" },
      fixture.options(api.url))
    assert.same({ id = "m" }, data)
    assert.equal(ACCOUNT .. "/realtime/kit/a/meetings", last().target)
    assert.same({ id = "m" }, (realtimekit.start_request("GET", APPS .. "/meetings",
      { app_id = "a" }, fixture.options(api.url)):result()))
  end)

  it("may go to a path that is of no account", function()
    api:answer { json = '{"success":true,"result":{"status":"active"}}' }
    assert.same({ status = "active" }, (client:request("GET", "/user/tokens/verify")))
    assert.equal("/client/v4/user/tokens/verify", last().target)
  end)

  it("may be of another account, or have its id elsewhere", function()
    api:answer { json = '{"success":true,"data":{"id":1}}' }
    assert(client:request("GET", "/accounts/{account_id}/x", { account_id = "other" }))
    assert.equal("/client/v4/accounts/other/x", last().target)
    assert(client:request("GET", "/accounts/{account_id}"))
    assert.equal(ACCOUNT, last().target)
    assert(client:request("GET", "/accounts/{account_id}x", { account_id = "other" }))
    assert.equal("/client/v4/accounts/otherx", last().target)
  end)

  it("may have a parameter of 255 bytes, however long it is when encoded", function()
    api:answer { json = '{"success":true,"data":{"id":1}}' }
    assert(client:request("GET", "/x/{a}", { a = ("/"):rep(255) }))
    assert.equal("/client/v4/x/" .. ("%2F"):rep(255), last().target)
  end)

  for _, method in ipairs { "POST", "PUT", "PATCH" } do
    it(method .. " sends its body as JSON", function()
      local body = { title = "Zoë", n = 5, list = { 1, 2 }, deep = { yes = true } }
      api:answer { json = '{"success":true,"data":{"id":"m"}}' }
      assert(client:request(method, "/accounts/{account_id}/x", nil, { body = body }))
      assert.same(body, cjson.decode(last().body))
      assert.equal("application/json", last().headers["content-type"])
      assert.equal(tostring(#last().body), last().headers["content-length"])
      assert(client:start_request(method, "/accounts/{account_id}/x", nil,
        { body = body }):result())
      assert.same(body, cjson.decode(last().body))
    end)
  end

  it("sends a large body at once", function()
    api:answer { json = '{"success":true,"data":{"id":"m"}}' }
    local body = { text = ("x"):rep(2 ^ 21) }
    local _, err, response = client:request("POST", "/x", nil, { body = body })
    assert.is_nil(err)
    assert.is_nil(last().headers.expect)
    assert.equal(#body.text + #'{"text":""}', #last().body)
    assert.is_true(response.elapsed < 5)
  end)

  it("has the type that the options give its body", function()
    api:answer { json = '{"success":true,"data":{"id":"m"}}' }
    assert(client:request("PATCH", "/x", nil,
      { body = { a = 1 }, headers = { ["content-type"] = "application/merge-patch+json" } }))
    assert.equal("application/merge-patch+json", last().headers["content-type"])
  end)

  it("leaves nothing behind for the calls that follow on the connection", function()
    api:answer({ match = "/x", json = '{"success":true,"data":{"id":"m"}}' },
      { json = fixture.envelope() })
    for _, method in ipairs { "POST", "DELETE", "PUT" } do
      local opts = method ~= "DELETE" and { body = { a = 1 } } or nil
      assert(client:request(method, "/x", nil, opts))
      assert(client:participant(fixture.ids()))
      assert.equal("GET", last().method)
      assert.equal("", last().body or "")
      assert.is_nil(last().headers["content-type"])
      assert.is_nil(last().headers["content-length"])
      assert.equal("/client/v4" .. fixture.path, last().target)
    end
  end)

  it("is told of to a logger with its method", function()
    api:answer { json = '{"success":true,"data":{"id":"m"}}' }
    local told = {}
    assert(client:request("DELETE", "/x", nil, { logger = function(_, message, fields)
      told[#told + 1] = message .. " " .. fields.method .. " " .. fields.url
    end }))
    assert.same({ "request DELETE " .. api.url .. "/client/v4/x",
      "response DELETE " .. api.url .. "/client/v4/x" }, told)
  end)

  -- ==== What comes back ====

  local contents = {
    ['{"success":true,"data":{"a":1,"n":null}}'] = { a = 1 },
    ['{"success":true,"data":[1,2]}'] = { 1, 2 },
    ['{"success":true,"data":[]}'] = {},
    ['{"success":true,"result":[{"a":1.5}],"data":null}'] = { { a = 1.5 } },
    ['{"success":true,"result":null}'] = { success = true },
    ['{"id":"bare"}'] = { id = "bare" },
    ['{"success":true,"data":"text"}'] = "text",
  }
  for json, expected in pairs(contents) do
    it("gives the content of " .. json, function()
      api:answer { json = json }
      local data, err = client:request("GET", "/x")
      assert.is_nil(err)
      assert.same(expected, data)
    end)
  end

  it("gives true where there is nothing to give", function()
    for _, status in ipairs { 200, 204 } do
      api:answer { status = status, body = "" }
      local done, err, response = client:request("DELETE", "/x")
      assert.is_true(done)
      assert.is_nil(err)
      assert.equal(status, response.status)
      assert.is_nil(response.data)
    end
  end)

  it("gives a whole number as an integer, also where it is all there is", function()
    for _, name in ipairs { "data", "result" } do
      api:answer { json = ('{"success":true,"%s":5}'):format(name) }
      local number, _, response = client:request("GET", "/x")
      assert.equal("5", tostring(number))
      assert.equal(name == "data" and "5" or "nil", tostring(response.data))
    end
  end)

  it("has in response.data what the option says for a null", function()
    api:answer { json = '{"success":true,"result":{"a":1},"data":null}' }
    local result, _, response = client:request("GET", "/x")
    assert.same({ a = 1 }, result)
    assert.is_nil(response.data)
    result, _, response = client:request("GET", "/x", nil, { null = "none" })
    assert.same({ a = 1 }, result)
    assert.equal("none", response.data)
  end)

  it("gives the paging that the API sends", function()
    api:answer { json = '{"success":true,"data":[1],"paging":{"total_count":3}}' }
    assert.same({ total_count = 3 }, select(3, client:request("GET", "/x")).paging)
  end)

  it("fails as any call does", function()
    api:answer { status = 422, json = fixture.error_envelope(7, "no title") }
    local data, err, failure = client:request("POST", "/x", nil, { body = { a = 1 } })
    assert.is_nil(data)
    assert.matches("^422 unprocessable: no title", err)
    assert.same({ { code = 7, message = "no title" } }, failure.errors)
    api:answer { json = '{"success":false,"errors":[{"code":8,"message":"no"}]}' }
    assert.equal("api_error", select(3, client:request("POST", "/x")).kind)
    api:answer { body = "<html>" }
    assert.equal("bad_response", select(3, client:request("GET", "/x")).kind)
  end)

  -- ==== Again, and not again ====

  local again = { max_retries = 2 }
  local no_wait = { "Retry-After: 0" }

  local function attempts(method, opts, ...)
    api:answer(...)
    local options = { max_retries = 2 }
    for name, value in pairs(opts) do options[name] = value end
    local outcomes = {}
    for i, call in ipairs {
      function() return client:request(method, "/x", nil, options) end,
      function() return client:start_request(method, "/x", nil, options):result() end,
    } do
      api:answer(...)
      local _, _, outcome = call()
      outcomes[i] = outcome.attempts
    end
    assert.equal(outcomes[1], outcomes[2])
    return outcomes[1], api:seen().request_count
  end

  local good = { json = '{"success":true,"data":{"id":"m"}}' }
  local failing = {
    ["503"] = { status = 503, headers = no_wait }, ["500"] = { status = 500, headers = no_wait },
    ["409"] = { status = 409, headers = no_wait }, ["408"] = { status = 408, headers = no_wait },
    ["503 that asks for it"] = { status = 503, headers = { no_wait[1], "x-should-retry: true" } },
    ["an answer cut short"] = { json = "{}", cut_after = { body = 1 } },
    ["no answer"] = { cut_after = 0 },
    ["a reset"] = { reset_after = 0 },
  }
  for what, answer in pairs(failing) do
    for _, method in ipairs { "POST", "PUT", "PATCH", "DELETE" } do
      it(("%s is not sent again after %s"):format(method, what), function()
        assert.same({ 1, 1 }, { attempts(method, {}, answer, good) })
      end)
    end

    it("GET is sent again after " .. what, function()
      assert.same({ 2, 2 }, { attempts("GET", {}, answer, good) })
    end)

    it("POST is sent again after " .. what .. ", if it is said to be idempotent", function()
      assert.same({ 2, 2 }, { attempts("POST", { idempotent = true }, answer, good) })
    end)
  end

  it("GET is not sent again if it is said not to be idempotent", function()
    assert.same({ 1, 1 }, { attempts("GET", { idempotent = false }, failing["503"], good) })
  end)

  it("POST is sent again after a 429, which is not acted on", function()
    assert.same({ 2, 2 }, { attempts("POST", {}, { status = 429, headers = no_wait }, good) })
  end)

  it("POST is not sent again when no answer comes in time", function()
    api:answer({ stall_after = 0 }, good)
    local _, _, failure = client:request("POST", "/x", nil, { max_retries = 2, timeout = 0.1 })
    assert.equal("timeout", failure.kind)
    assert.equal(1, failure.attempts)
  end)

  it("POST is tried again where no connection can be had", function()
    local nowhere = fixture.client(require("spec.support.server").refusing_url(), again)
    local _, _, failure = nowhere:request("POST", "/x", nil, { deadline = 10 })
    assert.equal("connection", failure.kind)
    assert.equal(3, failure.attempts)
  end)

  it("POST is not sent on a kept connection, where it might be sent twice", function()
    api:answer(good)
    assert(client:request("GET", "/x"))
    assert(client:request("POST", "/x", nil, { body = { a = 1 } }))
    assert(client:request("POST", "/x", nil, { body = { a = 1 }, idempotent = true }))
    local requests = api:seen().requests
    assert.is_true(requests[1].connection ~= requests[2].connection)
    assert.equal(2, api:seen().connections)
  end)

  -- ==== Refusals and misuse ====

  it("refuses a parameter that cannot be in a path, by its name", function()
    api:answer(good)
    for _, value in ipairs { "", ".", "..", "a\nb", ("x"):rep(256), "%2e%2E" } do
      local data, err, failure = client:request("GET", "/x/{thing}/{app_id}",
        { thing = value, app_id = "a" })
      assert.is_nil(data)
      assert.matches("^invalid_request: thing ", err)
      assert.equal("invalid_request", failure.kind)
      assert.equal("invalid_request",
        select(3, client:start_request("GET", "/x/{thing}", { thing = value }):result()).kind)
    end
    assert.equal(0, api:seen().connections)
  end)

  it("needs no account where the path does not, or has another", function()
    api:answer(good)
    local plain = realtimekit.new { base_url = api.url .. "/v4", api_token = fixture.token }
    assert(plain:request("GET", "/user/tokens/verify"))
    assert(plain:request("GET", "/accounts/{account_id}/x", { account_id = "other" }))
    assert(plain:start_request("GET", "/user/tokens/verify"):result())
    local seen = api:seen().requests
    assert.equal("/v4/user/tokens/verify", seen[1].target)
    assert.equal("/v4/accounts/other/x", seen[2].target)
    local function is_refused(result, err)
      assert.is_nil(result)
      assert.matches("^invalid_request: account_id is missing", err)
    end
    is_refused(plain:request("GET", "/accounts/{account_id}/x"))
    is_refused(plain:start_request("GET", "/accounts/{account_id}/x"):result())
    is_refused(plain:participant("a", "b", "c"))
    for _, participant, err in plain:each_participant("a", "b", { "c" }) do
      is_refused(participant, err)
    end
    assert.equal(3, #api:seen().requests)
  end)

  local function raises(pattern, ...)
    local arguments, n = { ... }, select("#", ...)
    local ok, message = pcall(function()
      local data = client:request(unpack(arguments, 1, n))
      return data
    end)
    assert.is_false(ok)
    assert.matches(pattern, message)
  end

  it("raises for misuse, and sends nothing", function()
    api:answer(good)
    raises("#1 to 'request' %(string expected")
    raises("#1 .*a method expected: GET, POST, PUT, PATCH or DELETE %(did you mean 'GET'%?%)",
      "get", "/x")
    raises("#1 .*a method expected", "GET\0", "/x")
    raises("#2 .*string expected", "GET")
    raises("#2 .*a path begins with '/'", "GET", "x")
    raises("#2 .*a path begins with '/'", "GET", "https://example.com/")
    raises("#2 .*a path begins with '/'", "GET", "/x\0y")
    for _, path in ipairs { "/{", "/}", "/{}", "/{a", "/a}", "/{{a}}" } do
      raises("#2 .*a brace of the path is not one of a {name}", "GET", path)
    end
    for _, path in ipairs { "/x?a=1", "/x#y", "/x y", "/x/../y", "/./x", "/x/%2e%2e/y", "/%zz",
      "/x\r\nX: y", "/ü" } do
      raises("#2 .*what is in the path cannot be", "GET", path)
    end
    raises("#3 .*table expected", "GET", "/x", "y")
    raises("#3 .*a string expected for {a} of the path", "GET", "/{a}")
    raises("#3 .*a string expected for {a} of the path", "GET", "/{a}", { a = 5 })
    raises("#3 .*the path has no {b}", "GET", "/{a}", { a = "x", b = "y" })
    raises("#3 .*the path has no {%?}", "GET", "/{a}", { a = "x", "y" })
    raises("#4 .*table expected", "GET", "/x", nil, 5)
    raises("#4 .*unknown option 'page_no', which other calls have", "GET", "/x", nil,
      { page_no = 1 })
    raises("#4 .*unknown option 'boddy' %(did you mean 'body'%?%)", "GET", "/x", nil,
      { boddy = {} })
    raises("#4 .*option 'body': a table expected, got string", "POST", "/x", nil, { body = "{}" })
    raises("#4 .*option 'body': only POST, PUT and PATCH have one", "GET", "/x", nil, { body = {} })
    raises("#4 .*option 'body': only POST, PUT and PATCH", "DELETE", "/x", nil, { body = {} })
    raises("#4 .*option 'body': Cannot serialise", "POST", "/x", nil, { body = { print } })
    raises("#4 .*option 'body': Cannot serialise", "POST", "/x", nil, { body = { a = 0 / 0 } })
    local circle = {}
    circle.circle = circle
    raises("#4 .*option 'body': Cannot serialise", "POST", "/x", nil, { body = circle })
    for _, body in ipairs { { a = 2 ^ 53 }, { a = { -2 ^ 60 } }, { { { 1e300 } } } } do
      raises("#4 .*option 'body': %S+ has more digits than this lua%-cjson writes: make it",
        "POST", "/x", nil, { body = body })
    end
    raises("#4 .*option 'idempotent': a boolean expected", "POST", "/x", nil, { idempotent = 1 })
    raises("too many arguments: a method, a path, its parameters and one table", "GET", "/x", nil,
      nil, nil)
    assert.error_matches(function() client:with { body = {} } end, "unknown option 'body'")
    assert.error_matches(function() client:sessions("a", { idempotent = true }) end,
      "unknown option 'idempotent'")
    assert.equal(0, api:seen().connections)
  end)

  it("changes neither its parameters nor its body", function()
    api:answer(good)
    local params, body = { a = "x y" }, { b = 1 }
    assert(client:request("POST", "/{a}", params, { body = body }))
    assert.same({ a = "x y" }, params)
    assert.same({ b = 1 }, body)
  end)
end)
