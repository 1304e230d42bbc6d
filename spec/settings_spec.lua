-- The request target: base URL, path with its ids, query.

local fixture = require "spec.support.fixture"
local realtimekit = require "realtimekit"

local ok = { json = fixture.envelope() }
local all_filters = {
  "device_info", "ip_information", "precall_network_information", "events", "quality_stats",
}

describe("settings", function()
  local api = fixture.server()

  before_each(function() api:answer(ok) end)

  -- The target of a request with these options and ids, which has to succeed.
  local function target(opts, app, session, participant)
    local client = fixture.client(api.url, opts)
    assert(client:participant(app or fixture.app, session or fixture.session,
      participant or fixture.participant))
    client:close()
    local requests = api:seen().requests
    return requests[#requests].target
  end

  -- The query alone, with its question mark; "" when there is none.
  local function query(opts)
    local path, rest = target(opts):match "^([^?]*)(.*)$"
    assert.equal("/client/v4" .. fixture.path, path)
    return rest
  end

  -- With the options in a client and in a call: a refusal that says so, and nothing sent.
  local function refuses(opts, complaint)
    local client = fixture.client(api.url)
    for _, results in ipairs {
      { fixture.client(api.url, opts):participant(fixture.ids()) },
      { client:with(opts):participant(fixture.ids()) },
      { client:participant(fixture.ids(opts)) },
    } do
      assert.is_nil(results[1])
      assert.equal("invalid_request", results[3].kind)
      assert.equal(0, results[3].attempts)
      assert.matches("invalid_request: " .. complaint, results[2], 1, true)
    end
    assert.equal(0, api:seen().connections)
  end

  -- ==== path ====

  local spelt = {
    ["ünï"] = "%C3%BCn%C3%AF", ["a/b"] = "a%2Fb", ["%2e%2e%2e"] = "%252e%252e%252e",
    ["two words "] = "two%20words%20", ["a?b#c"] = "a%3Fb%23c", ["a+b&c=d;e"] = "a%2Bb%26c%3Dd%3Be",
    ["..."] = "...", ["-._~"] = "-._~", ["\255\128"] = "%FF%80", ["{app_id}"] = "%7Bapp_id%7D",
    ["%s%d"] = "%25s%25d", ["a\\..\\b"] = "a%5C..%5Cb",
  }
  for id, encoded in pairs(spelt) do
    it(("the path has each id as one segment: %q"):format(id), function()
      assert.equal(("/client/v4/accounts/%s/realtime/kit/%s/sessions/%s/participants/%s"):format(
        encoded, encoded, encoded, encoded), target({ account_id = id }, id, id, id))
    end)
  end

  it("the path keeps its four ids apart and in order", function()
    assert.equal("/client/v4/accounts/1/realtime/kit/2/sessions/3/participants/4",
      target({ account_id = "1" }, "2", "3", "4"))
  end)

  it("the path holds ids of 255 bytes, all of them", function()
    local id = ("ü"):rep(127) .. "x"
    local encoded = ("%C3%BC"):rep(127) .. "x"
    assert.equal(("/client/v4/accounts/%s/realtime/kit/%s/sessions/%s/participants/%s"):format(
      encoded, encoded, encoded, encoded), target({ account_id = id }, id, id, id))
  end)

  local bad_accounts = {
    [""] = "account_id is empty", ["."] = "account_id is '.' or '..'",
    [".."] = "account_id is '.' or '..'", ["%2E."] = "account_id is '.' or '..'",
    ["a\nb"] = "account_id has a control character", ["a\0"] = "account_id has a control character",
    [("x"):rep(256)] = "account_id is longer than 255 bytes",
  }
  for id, complaint in pairs(bad_accounts) do
    it(("refuses an account_id like %q"):format(id:sub(1, 20)), function()
      refuses({ account_id = id }, complaint)
    end)
  end

  it("refuses to do without an account_id, and says where it is looked for", function()
    local output = fixture.run(([[
      local client = require("realtimekit").new { api_token = "token", base_url = %q }
      local _, err, failure = client:participant("a", "b", "c")
      print(err)
      print(failure.kind)
      print((assert(client:participant("a", "b", "c", { account_id = "abc" })).id))
    ]]):format(api.url))
    assert.equal("invalid_request: account_id is missing: set the option, or "
      .. "CLOUDFLARE_ACCOUNT_ID\ninvalid_request\n" .. fixture.participant .. "\n", output)
    assert.equal(1, api:seen().request_count)
  end)

  -- ==== base URL ====

  for after, path in pairs {
    [""] = "", ["/"] = "", ["///"] = "", ["/client/v4/"] = "/client/v4",
    ["/client/v4//"] = "/client/v4", ["/a%20b/(c)"] = "/a%20b/(c)", ["//a//b"] = "//a//b",
  } do
    it(("the base URL's path comes first, without slashes at its end: %q"):format(after), function()
      assert.equal(path .. fixture.path, target { base_url = api.url .. after })
    end)
  end

  it("the base URL is Cloudflare's API by default", function()
    api:answer_proxy { status = 403 }
    local output = fixture.run(([[
      local _, err, failure = require("realtimekit").participant("a", "b", "c", {
        account_id = "abc", api_token = "token", proxy = %q, max_retries = 0,
        logger = function(_, message, fields)
          if message == "request" then print(fields.url) end
        end,
      })
      print(failure.kind)
    ]]):format(api:proxy_url()))
    assert.equal("https://api.cloudflare.com/client/v4/accounts/abc/realtime/kit/a/sessions/b/"
      .. "participants/c\nconnection\n", output)
    local seen = api:seen()
    assert.equal(1, seen.proxy.request_count)
    assert.equal("CONNECT", seen.proxy.requests[1].method)
    assert.equal("api.cloudflare.com:443", seen.proxy.requests[1].target)
    assert.is_nil(seen.proxy.requests[1].headers.authorization)
  end)

  -- ==== filters and include_peer_events ====

  local filters = {
    ["a list"] = { { "events", "device_info" }, "?filters=events,device_info" },
    ["a list in another order"] = { { "device_info", "events" }, "?filters=device_info,events" },
    ["a list of one"] = { { "quality_stats" }, "?filters=quality_stats" },
    ["a list of all five"] = { all_filters, "?filters=" .. table.concat(all_filters, ",") },
    ["a list with one twice"] = {
      { "events", "device_info", "events", "events" }, "?filters=events,device_info",
    },
    ["a list with spaces around"] = {
      { " events", "device_info  " }, "?filters=events,device_info",
    },
    ["an empty list"] = { {}, "" },
    ["a string"] = { "events", "?filters=events" },
    ["a string with commas"] = { "events,device_info", "?filters=events,device_info" },
    ["a string with commas and spaces"] = {
      " events, device_info ", "?filters=events,device_info",
    },
    ["a string with one twice"] = { "events,events", "?filters=events" },
    ["a string of all five"] = {
      table.concat(all_filters, ", "), "?filters=" .. table.concat(all_filters, ","),
    },
    ["an empty string"] = { "", "" },
  }
  for what, case in pairs(filters) do
    it("filters are one value, joined by commas: " .. what, function()
      assert.equal(case[2], query { filters = case[1] })
    end)
  end

  it("filters are dropped by an empty list of a call", function()
    local client = fixture.client(api.url, { filters = "events" })
    assert(client:participant(fixture.ids { filters = {} }))
    assert(client:participant(fixture.ids()))
    local requests = api:seen().requests
    assert.equal("/client/v4" .. fixture.path, requests[1].target)
    assert.equal("/client/v4" .. fixture.path .. "?filters=events", requests[2].target)
  end)

  it("include_peer_events is a word, or absent", function()
    assert.equal("?include_peer_events=true", query { include_peer_events = true })
    assert.equal("?include_peer_events=false", query { include_peer_events = false })
    assert.equal("", query {})
  end)

  -- ==== query ====

  it("the query has filters first, then include_peer_events, then the others", function()
    assert.equal("?filters=events&include_peer_events=true&a=1&z=2",
      query { query = { z = 2, a = 1 }, include_peer_events = true, filters = "events" })
    assert.equal("?filters=events&a=1", query { query = { a = 1 }, filters = "events" })
    assert.equal("?include_peer_events=false&a=1",
      query { query = { a = 1 }, include_peer_events = false })
  end)

  it("the query is sorted by the bytes of its names", function()
    assert.equal("?A=1&a=2&a-=3&a1=4&aa=5&b=6&%C3%A4=7",
      query { query = { b = 6, aa = 5, ["a1"] = 4, ["a-"] = 3, a = 2, A = 1, ["ä"] = 7 } })
  end)

  it("the query is percent-encoded, names and values", function()
    assert.equal("?a%20b%26%3D=%C3%BC%20%2B%2F%3F%23%25&x=-._~",
      query { query = { ["a b&="] = "ü +/?#%", x = "-._~" } })
    assert.equal("?a=%0D%0AX%3A%20y&b=%00", query { query = { a = "\r\nX: y", b = "\0" } })
  end)

  it("the query is absent when its table is empty", function()
    assert.equal("", query { query = {} })
  end)

  for what, case in pairs {
    ["a string"] = { "x", "x" }, ["an empty string"] = { "", "" }, ["a digit"] = { "5", "5" },
    ["true"] = { true, "true" }, ["false"] = { false, "false" },
    ["5"] = { 5, "5" }, ["5.0"] = { 5.0, "5" }, ["0"] = { 0, "0" }, ["-1"] = { -1, "-1" },
    ["0.5"] = { 0.5, "0.5" }, ["-2.25"] = { -2.25, "-2.25" },
    ["1e15"] = { 1e15, "1000000000000000" },
    ["2^53"] = { 2 ^ 53, "9007199254740992" }, ["-2^53"] = { -2 ^ 53, "-9007199254740992" },
    ["1e300"] = { 1e300, "1e%2B300" }, ["1e-7"] = { 1e-7, "1e-07" },
  } do
    it("the query spells a value as people do: " .. what, function()
      assert.equal("?a=" .. case[2], query { query = { a = case[1] } })
    end)
  end

  it("the query keeps every digit of an integer", function()
    if not math.maxinteger then pending("this Lua has no integers") end
    for _, integer in ipairs { math.maxinteger, math.mininteger, math.tointeger(2 ^ 53) + 1,
      -(math.tointeger(2 ^ 53) + 1), 1733000000123456789 } do
      assert.equal(("?a=%d"):format(integer), query { query = { a = integer } })
    end
  end)

  it("the query may have the names of options that are absent", function()
    assert.equal("?filters=events%2Cx&include_peer_events=1",
      query { query = { filters = "events,x", include_peer_events = 1 } })
    assert.equal("?filters=x", query { query = { filters = "x" }, filters = {} })
  end)

  it("the query may not repeat filters", function()
    refuses({ filters = "events", query = { filters = "events" } }, "query has `filters`")
    refuses({ filters = { "events" }, query = { filters = "", a = 1 } }, "query has `filters`")
  end)

  it("the query may not repeat include_peer_events", function()
    for _, value in ipairs { true, false } do
      refuses({ include_peer_events = value, query = { include_peer_events = "x" } },
        "query has `include_peer_events`")
    end
  end)

  it("the query may not repeat an option of the client, nor the client's query one of a call",
    function()
      local with_filters = fixture.client(api.url, { filters = "events" })
      local _, err = with_filters:participant(fixture.ids { query = { filters = "x" } })
      assert.matches("query has `filters`", err, 1, true)
      local with_query = fixture.client(api.url, { query = { filters = "x" } })
      _, err = with_query:participant(fixture.ids { filters = "events" })
      assert.matches("query has `filters`", err, 1, true)
      assert.equal(0, api:seen().connections)
      assert(with_filters:participant(fixture.ids { query = { filters = "x" }, filters = {} }))
      assert(with_query:participant(fixture.ids()))
      assert.equal(2, api:seen().request_count)
    end)

  it("the query may not have a parameter without a name", function()
    refuses({ query = { [""] = "x" } }, "query has a parameter without a name")
  end)

  it("the query has at most 16 KiB, percent-encoded", function()
    local most = ("x"):rep(16384 - #"?a=")
    local complaint = "query comes to more than 16384 bytes, percent-encoded"
    refuses({ query = { a = most .. "x" } }, complaint)
    refuses({ query = { a = ("/"):rep(5461) } }, complaint)
    refuses({ query = { [("x"):rep(2 ^ 21)] = 1 } }, complaint)
    local many = {}
    for i = 1, 10000 do many["key" .. i] = i end
    refuses({ query = many }, complaint)
    assert.equal("?a=" .. most, query { query = { a = most } })
  end)

  it("a refusal of one call is not the next call's", function()
    local client = realtimekit.new(fixture.options(api.url))
    local _, err = client:participant(fixture.ids { account_id = "" })
    assert.matches("account_id is empty", err, 1, true)
    assert(client:participant(fixture.ids()))
    assert.equal(1, api:seen().request_count)
  end)
end)
