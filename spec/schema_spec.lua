-- Misuse raises: it names the argument and the option, and nothing is sent.

local fixture = require "spec.support.fixture"
local internals = require "rtk_internals"
local realtimekit = require "realtimekit"

local nan, inf = 0 / 0, math.huge
local thread = coroutine.create(function() end)

describe("schema", function()
  local api = fixture.server()

  before_each(function() api:answer { json = fixture.envelope() } end)

  local function nothing_sent()
    assert.equal(0, api:seen().request_count)
  end

  -- Every function that takes options, and where it takes them. All else they get is right, so that
  -- what is not refused is sent.
  local function takers(opts)
    local client = fixture.client(api.url)
    return {
      ["realtimekit.new"] = { 1, function() realtimekit.new(opts) end },
      ["client:with"] = { 1, function() client:with(opts) end },
      ["client:participant"] = { 4, function() client:participant(fixture.ids(opts)) end },
      ["realtimekit.participant"] = { 4, function()
        realtimekit.participant(fixture.ids(opts))
      end },
    }
  end

  -- All takers of `opts` raise an error that names their argument and has these texts in it.
  local function raises(opts, ...)
    for name, taker in pairs(takers(opts)) do
      local ok, message = pcall(taker[2])
      assert.is_false(ok, name .. " did not raise")
      assert.matches(("bad argument #%d to "):format(taker[1]), message, 1, true)
      for _, text in ipairs { ... } do assert.matches(text, message, 1, true) end
    end
    nothing_sent()
  end

  -- The same for one option.
  local function refuses(name, value, ...)
    raises(fixture.options(api.url, { [name] = value }), ("option '%s': "):format(name), ...)
  end

  local function accepts(name, value)
    local client = realtimekit.new(fixture.options(api.url, { [name] = value }))
    client:with({ [name] = value }):close()
    client:close()
  end

  -- ==== types ====

  local samples = {
    boolean = true, number = 5, string = "5", table = {}, ["function"] = print,
    thread = thread, userdata = io.stdout,
  }

  local types = {
    account_id = "string", api_email = "string", api_key = "string", api_token = "string",
    base_url = "string", ca_file = "string", ca_path = "string", concurrency = "number",
    connect_timeout = "number", deadline = "number", filters = "string table", headers = "table",
    http_version = "string", include_peer_events = "boolean", logger = "function",
    max_connections = "number", max_response_bytes = "number", max_retries = "number",
    max_retry_after = "number", null = "boolean number string table function thread userdata",
    proxy = "string", query = "table", timeout = "number", user_agent = "string",
    user_service_key = "string",
  }

  for name, taken in pairs(types) do
    if name ~= "null" then
      it(("%s is of type %s and of no other"):format(name, taken), function()
        for kind, value in pairs(samples) do
          if not taken:find(kind, 1, true) then
            refuses(name, value, "expected, got ", kind ~= "number" and kind or "")
          end
        end
      end)
    end
  end

  it("has these options, those of a participant, and no others", function()
    local names = {}
    for name in pairs(types) do
      if name ~= "filters" and name ~= "include_peer_events" then names[#names + 1] = name end
    end
    table.sort(names)
    assert.same(names, internals.option_names())
  end)

  it("null is a value of any type", function()
    api:answer { json = fixture.envelope '{"id":"x","left_at":null}' }
    samples.falsehood = false
    for _, value in pairs(samples) do
      local client = fixture.client(api.url, { null = value })
      assert.equal(value, client:participant(fixture.ids()).left_at)
    end
  end)

  it("proxy is false as well, though never true", function()
    accepts("proxy", false)
    refuses("proxy", true, "a URL or false expected, got boolean")
  end)

  it("an option that is false is not taken for an absent one", function()
    for _, name in ipairs { "api_token", "timeout", "filters", "headers", "query", "logger" } do
      refuses(name, false, "expected, got boolean")
    end
  end)

  it("include_peer_events is no word", function()
    refuses("include_peer_events", "true", "a boolean expected, got string")
  end)

  local secrets = {
    api_token = 8675309, api_email = 8675309, api_key = 8675309, user_service_key = 8675309,
    headers = { ["X-Key"] = 8675309 },
  }
  for name, value in pairs(secrets) do
    it(name .. ": what is of the wrong type and may be a secret is not quoted", function()
      for _, taker in pairs(takers(fixture.options(api.url, { [name] = value }))) do
        local ok, message = pcall(taker[2])
        assert.is_false(ok)
        assert.matches(("option '%s': "):format(name), message, 1, true)
        assert.is_nil(message:find("8675309", 1, true))
      end
    end)
  end

  -- ==== ranges ====

  for _, name in ipairs { "timeout", "deadline", "connect_timeout" } do
    it(name .. " is a finite time, longer than none", function()
      for _, value in ipairs { 0, -0.0, -1, -1e-300, nan, inf, -inf } do
        refuses(name, value, "a finite number of seconds greater than 0 expected, got ")
      end
    end)

    it(name .. " may be as short or as long as a number can say", function()
      for _, value in ipairs { 2 ^ -1074, 0.001, 1, 1.7976931348623157e308 } do
        accepts(name, value)
      end
    end)
  end

  it("max_retry_after is a finite time, or none", function()
    for _, value in ipairs { -1, -1e-300, nan, inf, -inf } do
      refuses("max_retry_after", value, "a finite number of seconds, 0 or more, expected, got ")
    end
    for _, value in ipairs { 0, 0.5, 1.7976931348623157e308 } do
      accepts("max_retry_after", value)
    end
  end)

  local whole = {
    max_retries = {
      wrong = { 0.5, -1, nan, inf, -inf, 2 ^ 31, "2" }, right = { 0, 1, 2 ^ 31 - 1 },
    },
    max_response_bytes = {
      wrong = { 0, 0.5, 1.5, -1, nan, inf, 2 ^ 53 + 2, "1" }, right = { 1, 1024, 2 ^ 53 },
    },
    concurrency = { wrong = { 0, 1001, 1.5, -1, nan, inf, "16" }, right = { 1, 16, 1000 } },
    max_connections = { wrong = { 0, 0.5, -1, nan, inf, "8" }, right = { 1, 8, 2 ^ 31 - 1 } },
  }

  for name, case in pairs(whole) do
    it(name .. " is an integer within its range", function()
      for _, value in ipairs(case.wrong) do
        refuses(name, value, "an integer ", " expected, got ")
      end
    end)

    it(name .. " may be at either end of its range", function()
      for _, value in ipairs(case.right) do accepts(name, value) end
    end)
  end

  it("the message has the number that is wrong, and the range", function()
    refuses("timeout", -2.5, "greater than 0 expected, got -2.5")
    refuses("max_retries", 0.5, "an integer from 0 to 2147483647 expected, got 0.5")
    refuses("concurrency", 1001, "an integer from 1 to 1000 expected, got 1001")
  end)

  it("http_version is one of two strings", function()
    for _, value in ipairs { 2, 1.1, "3", "1.0", "2.0", "1", "", " 2", "h2" } do
      refuses("http_version", value, 'the string "1.1" or "2" expected')
    end
    accepts("http_version", "1.1")
    accepts("http_version", "2")
  end)

  it("a whole number may be a float", function()
    api:answer { status = 503, headers = { "Retry-After: 0" } }
    local client = fixture.client(api.url, { max_retries = 2.0, max_response_bytes = 1024.0 })
    local _, _, failure = client:participant(fixture.ids())
    assert.equal(3, failure.attempts)
    assert.equal(3, api:seen().request_count)
  end)

  it("a time may be an integer or a fraction", function()
    api:answer { stall_after = 0 }
    local client = fixture.client(api.url, { timeout = 30, deadline = 0.125 })
    local _, err = client:participant(fixture.ids())
    assert.matches("0.125 s (option deadline)", err, 1, true)
  end)

  -- ==== filters ====

  local meant = {
    device_inf = "device_info", Events = "events", ["quality-stats"] = "quality_stats",
    ip_info = "ip_information", precall = "precall_network_information",
  }
  for given, name in pairs(meant) do
    it(("filters: '%s' is unknown, '%s' is suggested"):format(given, name), function()
      local text = ("unknown filter '%s' (did you mean '%s'?)"):format(given, name)
      refuses("filters", { given }, text)
      refuses("filters", { "events", given }, text)
      refuses("filters", given, text)
      refuses("filters", "events," .. given, text)
    end)
  end

  it("filters: one that is like none of them is answered with all five", function()
    refuses("filters", "everything", "unknown filter 'everything';", "device_info",
      "ip_information", "precall_network_information", "events", "quality_stats")
  end)

  local wrong_filters = {
    ["a key beside the list"] = { { "events", x = "device_info" }, "other keys" },
    ["keys only"] = { { events = true }, "other keys" },
    ["a list that begins at 2"] = { { [2] = "events" }, "other keys" },
    ["a list with a hole"] = { { [1] = "events", [3] = "device_info" }, "other keys" },
    ["a number in the list"] = { { 5 }, "a list of strings expected, got " },
    ["a boolean in the list"] = { { "events", true }, "a list of strings expected, got boolean" },
    ["a list in the list"] = { { { "events" } }, "a list of strings expected, got table" },
    ["an empty element"] = { { "" }, "unknown filter ''" },
    ["a joined element"] = { { "events,device_info" }, "unknown filter 'events,device_info'" },
    ["a comma at the end"] = { "events,", "unknown filter ''" },
    ["a comma at the start"] = { ",events", "unknown filter ''" },
    ["two commas"] = { "events,,device_info", "unknown filter ''" },
    ["a comma and nothing else"] = { ",", "unknown filter ''" },
    ["a NUL byte in a name"] = { { "events\0" }, "unknown filter" },
    ["a line break in a name"] = { "events\n", "unknown filter" },
  }
  for what, case in pairs(wrong_filters) do
    it("filters: refused with " .. what, function()
      refuses("filters", case[1], case[2])
    end)
  end

  -- ==== headers and query ====

  it("headers: a name is a string", function()
    for _, name in ipairs { 1, 2.5, true, print } do
      refuses("headers", { [name] = "x" }, "a header name is not a string")
    end
  end)

  it("headers: a value is a string or false", function()
    for _, value in ipairs { 1, true, {}, print, io.stdout } do
      refuses("headers", { ["X-A"] = value }, "for each name a string or false expected, got ")
    end
  end)

  it("query: a name is a string", function()
    for _, name in ipairs { 1, 2.5, true, print } do
      refuses("query", { [name] = "x" }, "a parameter name is not a string")
    end
  end)

  it("query: a value is a string, a number or a boolean", function()
    for _, value in ipairs { {}, print, io.stdout, thread } do
      refuses("query", { a = value },
        "for each name a string, a number or a boolean expected, got ")
    end
  end)

  it("query: a number is finite", function()
    for _, value in ipairs { nan, inf, -inf } do
      refuses("query", { a = value }, "a finite number expected, got ")
    end
  end)

  -- ==== unknown options ====

  local misspelt = {
    api_tokn = "api_token", API_TOKEN = "api_token", token = "api_token", filter = "filters",
    maxRetries = "max_retries", timeouts = "timeout", time_out = "timeout",
    peer_events = "include_peer_events", baseurl = "base_url", header = "headers",
    userAgent = "user_agent",
  }
  for given, name in pairs(misspelt) do
    it(("%s is unknown, %s is suggested"):format(given, name), function()
      raises(fixture.options(api.url, { [given] = "x" }),
        ("unknown option '%s' (did you mean '%s'?)"):format(given, name))
    end)
  end

  it("an option that is like none of them is named alone", function()
    for _, taker in pairs(takers(fixture.options(api.url, { zzzzzz = 1 }))) do
      local ok, message = pcall(taker[2])
      assert.is_false(ok)
      assert.matches("unknown option 'zzzzzz')", message, 1, true)
    end
    nothing_sent()
  end)

  it("an unknown option is not quoted when it is as long as a credential", function()
    raises(fixture.options(api.url, { [("x"):rep(32)] = 1 }), ("'%s'"):format(("x"):rep(32)))
    local _, message = pcall(realtimekit.new, { [fixture.token] = 1 })
    assert.matches("unknown option '...'", message, 1, true)
    assert.is_nil(message:find(fixture.token, 1, true))
  end)

  it("an unknown option is refused whatever its value is", function()
    for _, value in pairs(samples) do
      raises(fixture.options(api.url, { retries = value }), "unknown option 'retries'")
    end
    raises(fixture.options(api.url, { retries = false }), "unknown option 'retries'")
  end)

  it("a NUL byte ends neither an option's name nor its value", function()
    raises(fixture.options(api.url, { ["timeout\0"] = 5 }), "unknown option")
    refuses("http_version", "2\0", 'the string "1.1" or "2" expected')
  end)

  it("an option's name has nothing around it", function()
    raises(fixture.options(api.url, { ["timeout "] = 5 }), "unknown option 'timeout '")
    raises(fixture.options(api.url, { [""] = 5 }), "unknown option ''")
  end)

  it("a key that is not a string is no option", function()
    for _, key in ipairs { 1, 1.5, true, print } do
      raises(fixture.options(api.url, { [key] = "events" }), "a key that is not a string")
    end
  end)

  -- ==== arguments ====

  it("options are a table", function()
    for kind, value in pairs { boolean = false, number = 5, string = "x", ["function"] = print } do
      raises(value, "table expected, got " .. kind)
    end
  end)

  for position, name in ipairs { "app_id", "session_id", "participant_id" } do
    it(name .. " is a string", function()
      local client = fixture.client(api.url)
      for _, value in ipairs { 5, true, {}, print, "nothing" } do
        local ids = { "a", "b", "c" }
        ids[position] = value ~= "nothing" and value or nil
        local expected = ("bad argument #%d to .* %%(string expected"):format(position)
        assert.error_matches(function()
          client:participant(ids[1], ids[2], ids[3])
        end, expected)
        assert.error_matches(function()
          realtimekit.participant(ids[1], ids[2], ids[3], fixture.options(api.url))
        end, expected)
      end
      nothing_sent()
    end)
  end

  it("one argument more than there are is refused, though it be nil", function()
    local client, opts = fixture.client(api.url), fixture.options(api.url)
    for _, call in ipairs {
      function() realtimekit.new(opts, nil) end,
      function() client:with(opts, nil) end,
      function() client:participant("a", "b", "c", opts, nil) end,
      function() realtimekit.participant("a", "b", "c", opts, nil) end,
    } do
      assert.error_matches(call, "argument")
    end
    nothing_sent()
  end)

  it("raises for misuse even where the call would be refused for its ids", function()
    local client = fixture.client(api.url)
    assert.error_matches(function() client:participant("", "b", "c", { timeout = 0 }) end,
      "option 'timeout'")
  end)

  it("raises for misuse even where the call would be refused for its credentials", function()
    assert.error_matches(function() realtimekit.new { api_token = "a\nb", timeout = 0 } end,
      "option 'timeout'")
  end)

  -- ==== how a table is read ====

  local function hostile()
    local function fail() error("a metamethod was called") end
    return { __index = fail, __pairs = fail, __ipairs = fail, __len = fail, __newindex = fail,
      __eq = fail, __metatable = "hidden" }
  end

  it("reads options raw: metamethods are not called", function()
    local opts = setmetatable(fixture.options(api.url, {
      filters = setmetatable({ "events" }, hostile()),
      headers = setmetatable({ ["X-A"] = "1" }, hostile()),
      query = setmetatable({ a = "2" }, hostile()),
    }), hostile())
    assert(realtimekit.new(opts):participant(fixture.ids(opts)))
    assert(realtimekit.new(opts):with(opts):participant(fixture.ids()))
    assert(realtimekit.participant(fixture.ids(opts)))
    for _, request in ipairs(api:seen().requests) do
      assert.matches("?filters=events&a=2", request.target, 1, true)
      assert.equal("1", request.headers["x-a"])
    end
  end)

  it("reads options raw: what a metatable would add is not there", function()
    local behind = { include_peer_events = true, nonsense = 1, null = 5 }
    local opts = setmetatable(fixture.options(api.url), { __index = behind })
    assert(realtimekit.participant(fixture.ids(opts)))
    assert.equal("/client/v4" .. fixture.path, api:seen().requests[1].target)
  end)

  it("does not change the table it reads, nor need it afterwards", function()
    local headers = { ["X-A"] = "1" }
    local opts = fixture.options(api.url, { headers = headers, max_retries = 1 })
    local client = realtimekit.new(opts)
    assert.same(fixture.options(api.url, { headers = { ["X-A"] = "1" }, max_retries = 1 }), opts)
    headers["X-A"], opts.api_token = "2", "another"
    assert(client:participant(fixture.ids()))
    local request = api:seen().requests[1]
    assert.equal("1", request.headers["x-a"])
    assert.equal("Bearer " .. fixture.token, request.headers.authorization)
  end)

  it("leaves the client as it was when a call's options are refused half-way", function()
    local client = fixture.client(api.url)
    for _ = 1, 20 do
      local opts = { include_peer_events = true, headers = { ["X-A"] = "1" }, api_token = "other",
        query = { a = 1 }, nonsense = 1 }
      assert.is_false(pcall(client.participant, client, fixture.ids(opts)))
      assert.is_false(pcall(client.with, client, opts))
    end
    assert(client:participant(fixture.ids()))
    local request = api:seen().requests[1]
    assert.equal("/client/v4" .. fixture.path, request.target)
    assert.is_nil(request.headers["x-a"])
    assert.equal("Bearer " .. fixture.token, request.headers.authorization)
  end)
end)
