-- The type annotations of what calls give back, and of what loggers are told, against live ones.

local fixture = require "spec.support.fixture"
local meeting = require "spec.support.meeting"
local meta = require "spec.support.meta"
local meta_values = require "spec.support.meta_values"
local server = require "spec.support.server"

local unpack = table.unpack or unpack -- luacheck: ignore

local annotated = meta.read("src/meta/realtimekit.lua")

local MESSAGE = '{"code":1000,"message":"soon","documentation_url":"https://x.example",'
  .. '"source":{"pointer":"/data"}}'

local function envelope(data, more)
  return ('{"success":true,"errors":[],"messages":[%s],"data":%s%s}'):format(MESSAGE, data,
    more or "")
end

local participant = envelope('{"participant":{"id":"p"}}')
local participants = envelope('{"participants":[{"id":"a"},{"id":"b"},{}]}',
  ',"paging":{"start_offset":1,"end_offset":3,"total_count":3}')
local refusal = ('{"success":false,"errors":[{"code":%s,"message":"No"}],"messages":[%s]}')
  :format("%s", MESSAGE)

local HEADERS = { "cf-ray: 8c1f-AMS", 'Ratelimit: "default";r=100;t=5' }

local function fetch(client) return client:participant(fixture.ids()) end

local function request(client) return client:request("GET", "/any") end

local function started(client) return client:start(fixture.ids()):result() end

local function cancelled(client)
  local call = client:start(fixture.ids())
  call:cancel()
  return call:result()
end

local function one_of_many(client)
  local next_done, batch = client:each_participant(fixture.app, fixture.session, { "p" })
  return select(2, next_done(batch))
end

local function report(client) return client:session_report(fixture.app, fixture.session) end

-- What is served, the options, the call ("participant" by default), and what comes of it: the type
-- of the result, or the kind of failure.
local scenarios = {
  ["a participant"] = { { json = participant, headers = HEADERS }, result = "Participant" },
  ["a participant at the second attempt"] = { { status = 503, headers = { "Retry-After: 0" } },
    { json = participant, headers = HEADERS }, opts = { max_retries = 1 },
    result = "Participant" },
  ["a call under way"] = { { json = participant }, call = started, result = "Participant" },
  ["one of many"] = { { json = participant }, call = one_of_many, result = "Participant" },
  ["a list"] = { { json = participants }, result = "Participant[]",
    call = function(client) return client:participants(fixture.app, fixture.session) end },
  ["a session"] = { { json = envelope '{"id":"s","status":"LIVE"}' }, result = "Session",
    call = function(client) return client:session(fixture.app, fixture.session) end },
  ["a report"] = { { match = "/peer-report/a", json = participant },
    { match = "/peer-report/b", status = 404, json = refusal:format("7") },
    { match = "/participants", json = participants }, { json = envelope '{"id":"s"}' },
    call = report, result = "SessionReport" },
  ["a request's data"] = { { json = envelope '{"a":1}' }, call = request },
  ["a request's data that is text"] = { { json = envelope '"text"' }, call = request },
  ["a request's result"] = { { json = '{"success":true,"result":{"a":1}}' }, call = request },
  ["a request's result beside null"] = { { json = '{"result":{"a":1},"data":null}' },
    call = request },
  ["a request's answer without a body"] = { { status = 204 }, call = request },

  ["an id that cannot be"] = { call = function(client) return client:participant("", "b", "c") end,
    kind = "invalid_request" },
  ["nobody there"] = { url = server.refusing_url, kind = "connection" },
  ["an answer cut short"] = { { json = participant, cut_after = { body = 2 } },
    kind = "connection" },
  ["a certificate that nobody signed"] = {
    url = function(api) return api:https("self_signed") end, kind = "tls" },
  ["a server that is silent"] = { { stall_after = 0 }, opts = { timeout = 0.1 },
    kind = "timeout" },
  ["an answer that is silent"] = { { json = participant, headers = HEADERS,
    stall_after = { body = 2 } }, opts = { timeout = 0.1 }, kind = "timeout" },
  ["a 400"] = { { status = 400, json = refusal:format '"E1"' }, kind = "bad_request" },
  ["a 401"] = { { status = 401 }, kind = "authentication" },
  ["a 403"] = { { status = 403 }, kind = "permission_denied" },
  ["a 404"] = { { status = 404, headers = HEADERS, json = refusal:format "1404" },
    kind = "not_found" },
  ["a 404 of many"] = { { status = 404, json = refusal:format "1404" }, call = one_of_many,
    kind = "not_found" },
  ["a 409"] = { { status = 409 }, kind = "conflict" },
  ["a 422"] = { { status = 422, json = '{"error":"wrong"}' }, kind = "unprocessable" },
  ["a 429"] = { { status = 429, headers = { "Retry-After: 7" } }, kind = "rate_limited" },
  ["a 429 with part of a second"] = { { status = 429, headers = { "retry-after-ms: 7500" } },
    kind = "rate_limited" },
  ["a 502"] = { { status = 502, body = "<html>" }, kind = "server_error" },
  ["two 502s"] = { { status = 502, body = "<html>", headers = { "Retry-After: 0" } },
    opts = { max_retries = 1 }, kind = "server_error" },
  ["a redirect"] = { { status = 302 }, kind = "http_error" },
  ["a 200 that says no"] = { { json = refusal:format "1" }, kind = "api_error" },
  ["a 200 without a participant"] = { { json = envelope "{}" }, kind = "bad_response" },
  ["too much"] = { { json = participant }, opts = { max_response_bytes = 9 },
    kind = "too_large" },
  ["a call that is cancelled"] = { { stall_after = 0 }, call = cancelled, kind = "cancelled" },
}

describe("src/meta/realtimekit.lua has what is in an outcome and told to loggers:", function()
  local api = fixture.server()

  -- Makes the call; its results, and what a logger was told by the way: lists of level, message
  -- and fields.
  local function make(scenario)
    local told, opts = {}, {}
    for name, value in pairs(scenario.opts or {}) do opts[name] = value end
    function opts.logger(...) told[#told + 1] = { ... } end
    if scenario[1] then api:answer(unpack(scenario)) end
    local client = fixture.client(scenario.url and scenario.url(api) or api.url, opts)
    local result, err, outcome = (scenario.call or fetch)(client)
    client:close()
    return told, result, err, outcome
  end

  local function check_failure(values, scenario, result, err, failure)
    assert.is_nil(values:problem(failure, "realtimekit.Failure", "failure"))
    assert.is_nil(result)
    assert.is_string(err)
    assert.equal(scenario.kind, failure.kind)
  end

  local function check_response(values, scenario, result, err, response)
    assert.is_nil(err)
    assert.is_nil(values:problem(response, "realtimekit.Response", "response"))
    local kind = scenario.result and "realtimekit." .. scenario.result or "any"
    assert.is_nil(values:problem(result, kind, "result"))
  end

  local function check(values, scenario)
    local told, result, err, outcome = make(scenario)
    local check_outcome = scenario.kind and check_failure or check_response
    check_outcome(values, scenario, result, err, outcome)
    for _, record in ipairs(told) do
      assert.is_nil(values:problem(record[1], "realtimekit.LogLevel", "level"))
      assert.equal("string", type(record[2]))
      assert.is_nil(values:problem(record[3], "realtimekit.LogFields", "fields"))
    end
  end

  for name, scenario in pairs(scenarios) do
    it(name, function() check(meta_values.new(annotated), scenario) end)
  end

  it("every kind of failure is one of these", function()
    local missing = {}
    for _, kind in ipairs(annotated.aliases["realtimekit.FailureKind"]) do missing[kind] = true end
    for _, scenario in pairs(scenarios) do missing[scenario.kind or "ok"] = nil end
    assert.same({}, missing)
  end)

  it("every field that is annotated is in one of these", function()
    local values, unseen = meta_values.new(annotated), {}
    for _, scenario in pairs(scenarios) do check(values, scenario) end
    for _, name in ipairs { "Response", "Failure", "LogFields", "RateLimit", "Error", "Message",
      "MessageSource", "Paging", "SessionReport", "SessionReportEntry" } do
      local class = "realtimekit." .. name
      for field in pairs(annotated.classes[class].fields) do
        if not values.seen[class .. "." .. field] then unseen[class .. "." .. field] = true end
      end
    end
    assert.same({}, unseen)
  end)
end)

describe("src/meta/realtimekit.lua has what is returned by", function()
  local api = fixture.server()

  local function check(results, name)
    local values = meta_values.new(annotated)
    for i, kind in ipairs(annotated.functions[name].returns) do
      assert.is_nil(values:problem(results[i], kind, name))
    end
  end

  for _, call in ipairs(meeting.calls) do
    it(call[1] .. " and by what is started for it", function()
      meeting.serve(api, 0)
      local client, start = fixture.client(api.url), "start_" .. call[1]
      local results = { client[call[1]](client, unpack(call, 2)) }
      assert.is_nil(results[2])
      check(results, "realtimekit.Client:" .. call[1])
      check({ client[start](client, unpack(call, 2)):result() }, "realtimekit.Call:result")
    end)
  end
end)
