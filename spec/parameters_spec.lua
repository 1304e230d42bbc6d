-- Parameters of an endpoint's query, as options: what they may be, and what is sent.

local fixture = require "spec.support.fixture"
local realtimekit = require "realtimekit"

local thread = coroutine.create(function() end)

local answers = {
  participant = '{"participant":{"id":"p"}}', sessions = '{"sessions":[]}', session = '{"id":"s"}',
  participants = '{"participants":[]}', peer_report = '{"participant":{"id":"p"}}',
  transcript = '{"sessionId":"s"}',
}
local ids = {
  participant = { "a", "s", "p" }, sessions = { "a" }, session = { "a", "s" },
  participants = { "a", "s" }, peer_report = { "a", "p" }, transcript = { "a", "s" },
}

local filters = { "device_info", "ip_information", "precall_network_information", "events",
  "quality_stats" }

-- Of each endpoint the parameters in the order in which they are sent, with their types.
local parameters = {
  participant = { { "filters", "choices", filters }, { "include_peer_events", "boolean" } },
  sessions = { { "associated_id", "text" }, { "start_time", "time" }, { "end_time", "time" },
    { "status", "choice", { "LIVE", "ENDED" } }, { "participants", "text" }, { "search", "text" },
    { "sort_by", "choice", { "minutesConsumed", "createdAt" } },
    { "sort_order", "choice", { "ASC", "DESC" } }, { "page_no", "whole" },
    { "per_page", "whole" } },
  session = { { "include_breakout_rooms", "boolean" } },
  participants = { { "include_peer_events", "boolean" },
    { "view", "choice", { "raw", "consolidated" } }, { "search", "text" },
    { "sort_by", "choice", { "joinedAt", "duration" } },
    { "sort_order", "choice", { "ASC", "DESC" } }, { "page_no", "whole" },
    { "per_page", "whole" } },
  peer_report = { { "filters", "choices", filters }, { "include_peer_events", "boolean" } },
  transcript = { { "format", "choice", { "SRT", "VTT", "JSON", "CSV" } } },
}

-- For each type: values and how they are sent; values that are refused.
local right = {
  text = { { "x", "x" }, { "a b/ü&=", "a%20b%2F%C3%BC%26%3D" }, { "5", "5" }, { "a,b", "a%2Cb" },
    { "\0", "%00" } },
  boolean = { { true, "true" }, { false, "false" } },
  whole = { { 0, "0" }, { 1, "1" }, { 2.0, "2" }, { 2 ^ 31 - 1, "2147483647" }, { -0.0, "0" } },
  time = { { "2025-06-03T11:15:02+02:00", "2025-06-03T09%3A15%3A02Z" },
    { 1748942102, "2025-06-03T09%3A15%3A02Z" },
    { 1748942102.5, "2025-06-03T09%3A15%3A02.500Z" } },
}
local wrong = {
  text = { 5, true, {}, print, thread },
  boolean = { "true", 1, 0, {}, print },
  whole = { -1, 0.5, 2 ^ 31, 0 / 0, math.huge, "1", true, {} },
  time = { "yesterday", "2025-06-03", "2025-06-03T09:15:02", 0 / 0, math.huge, 1e300, true, {} },
  choice = { "nonsense", 5, true, {}, "live ", "LIVE,ENDED" },
  choices = { "nonsense", 5, true, { 5 }, { "events", x = 1 } },
}

local function samples(parameter)
  if right[parameter[2]] then return right[parameter[2]] end
  local list = {}
  for i, choice in ipairs(parameter[3]) do list[i] = { choice, choice } end
  return list
end

describe("parameters", function()
  local api = fixture.server()

  local function call(client, name, opts)
    local arguments = { (table.unpack or unpack)(ids[name]) } -- luacheck: globals unpack
    arguments[#arguments + 1] = opts
    return client[name](client, (table.unpack or unpack)(arguments))
  end

  local function answer(name)
    api:answer { json = ('{"success":true,"data":%s}'):format(answers[name]) }
  end

  -- The query of the last request.
  local function query()
    local requests = api:seen().requests
    return requests[#requests].target:match "%?(.*)$" or ""
  end

  for name, list in pairs(parameters) do
    for _, parameter in ipairs(list) do
      local option, kind = parameter[1], parameter[2]

      it(("%s sends %s, given to the call or to its client"):format(name, option), function()
        answer(name)
        for _, sample in ipairs(samples(parameter)) do
          local sent = option .. "=" .. sample[2]
          assert(call(fixture.client(api.url), name, { [option] = sample[1] }))
          assert.equal(sent, query())
          assert(call(fixture.client(api.url, { [option] = sample[1] }), name))
          assert.equal(sent, query())
          assert(call(fixture.client(api.url):with { [option] = sample[1] }, name))
          assert.equal(sent, query())
        end
      end)

      it(("%s refuses a wrong %s"):format(name, option), function()
        answer(name)
        local client = fixture.client(api.url)
        for _, value in ipairs(wrong[kind]) do
          for _, take in ipairs {
            function() call(client, name, { [option] = value }) end,
            function() client:with { [option] = value } end,
            function() realtimekit.new { [option] = value } end,
          } do
            assert.error_matches(take, "option '" .. option .. "': ")
          end
        end
        assert.equal(0, api:seen().connections)
      end)

      if parameter[3] then
        it(("%s names what %s may be"):format(name, option), function()
          local client = fixture.client(api.url)
          local allowed = table.concat(parameter[3], ", ")
          local ok, message = pcall(call, client, name, { [option] = "nonsense" })
          assert.is_false(ok)
          assert.matches(allowed, message, 1, true)
          ok, message = pcall(call, client, name, { [option] = parameter[3][1] .. "x" })
          assert.is_false(ok)
          assert.matches(("did you mean '%s'?"):format(parameter[3][1]), message, 1, true)
          if kind == "choice" then
            ok, message = pcall(call, client, name, { [option] = 5 })
            assert.is_false(ok)
            assert.matches("one of the strings " .. allowed .. " expected, got number", message, 1,
              true)
          end
        end)
      end

      if kind ~= "boolean" then
        it(("%s sends no empty %s, nor the client's then"):format(name, option), function()
          answer(name)
          local none = ""
          if kind == "whole" then none = false end
          assert(call(fixture.client(api.url), name, { [option] = none }))
          assert.equal("", query())
          local client = fixture.client(api.url, { [option] = samples(parameter)[1][1] })
          assert(call(client, name, { [option] = none }))
          assert.equal("", query())
        end)
      end
    end

    it(name .. " sends its parameters in their order, and then the query's", function()
      answer(name)
      local opts, sent = { query = { a = 1 } }, {}
      for i, parameter in ipairs(list) do
        local sample = samples(parameter)[1]
        opts[parameter[1]], sent[i] = sample[1], parameter[1] .. "=" .. sample[2]
      end
      sent[#sent + 1] = "a=1"
      assert(call(fixture.client(api.url), name, opts))
      assert.equal(table.concat(sent, "&"), query())
      assert(call(fixture.client(api.url, opts), name))
      assert.equal(table.concat(sent, "&"), query())
    end)

    it(name .. " raises for a parameter that only others have, and says so", function()
      answer(name)
      local own = {}
      for _, parameter in ipairs(list) do own[parameter[1]] = true end
      local client, count = fixture.client(api.url), 0
      for _, others in pairs(parameters) do
        for _, parameter in ipairs(others) do
          local option = parameter[1]
          if not own[option] then
            count = count + 1
            local value = samples(parameter)[1][1]
            assert.error_matches(function() call(client, name, { [option] = value }) end,
              "unknown option '" .. option .. "', which other calls have")
          end
        end
      end
      assert.is_true(count > 0)
      assert.equal(0, api:seen().connections)
    end)

    it(name .. " leaves out what a client has for others", function()
      answer(name)
      local own, opts = {}, {}
      for _, parameter in ipairs(list) do own[parameter[1]] = true end
      for _, others in pairs(parameters) do
        for _, parameter in ipairs(others) do
          if not own[parameter[1]] then opts[parameter[1]] = samples(parameter)[1][1] end
        end
      end
      assert(call(fixture.client(api.url, opts), name))
      assert.equal("", query())
    end)
  end

  it("with a value that only some endpoints know are sent to these", function()
    local client = fixture.client(api.url, { sort_by = "joinedAt" })
    answer "participants"
    assert(client:participants("a", "s"))
    assert.equal("sort_by=joinedAt", query())
    answer "sessions"
    assert(client:sessions("a"))
    assert.equal("", query())
    assert.error_matches(function() client:sessions("a", { sort_by = "joinedAt" }) end,
      "'joinedAt' is none of minutesConsumed, createdAt")
    assert.error_matches(function() realtimekit.new { sort_by = "name" } end,
      "'name' is none of minutesConsumed, createdAt, joinedAt, duration")
  end)

  it("of a call win over its client's", function()
    answer "sessions"
    local client = fixture.client(api.url, { per_page = 5, status = "LIVE", page_no = 3 })
    assert(client:sessions("a", { per_page = 7, status = "ENDED" }))
    assert.equal("status=ENDED&page_no=3&per_page=7", query())
    assert(client:sessions("a"))
    assert.equal("status=LIVE&page_no=3&per_page=5", query())
  end)

  it("are not to be repeated by the query", function()
    local client = fixture.client(api.url)
    local _, err, failure = client:sessions("a", { page_no = 1, query = { page_no = 2 } })
    assert.equal("invalid_request", failure.kind)
    assert.matches("query has `page_no`, which the option of that name sets already", err, 1, true)
    answer "sessions"
    assert(client:sessions("a", { query = { page_no = 2 } }))
    assert.equal("page_no=2", query())
  end)

  it("count for the size that a query may have", function()
    local client = fixture.client(api.url)
    answer "sessions"
    local most = ("x"):rep(16384 - #"?search=")
    assert(client:sessions("a", { search = most }))
    assert.equal("search=" .. most, query())
    local _, err, failure = client:sessions("a", { search = most .. "x" })
    assert.equal("invalid_request", failure.kind)
    assert.matches("query comes to more than 16384 bytes", err, 1, true)
    _, err = client:sessions("a", { search = ("/"):rep(5460) })
    assert.matches("query comes to more than 16384 bytes", err, 1, true)
  end)

  it("that are long are not quoted when they are wrong", function()
    local ok, message = pcall(function() realtimekit.new { status = fixture.token } end)
    assert.is_false(ok)
    assert.is_nil(message:find(fixture.token, 1, true))
    assert.matches("'...' is none of LIVE, ENDED", message, 1, true)
  end)
end)
