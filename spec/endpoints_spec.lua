-- Every endpoint: what it is asked with, what comes of the answer, and that the table says what the
-- API reference does.

local fixture = require "spec.support.fixture"
local internals = require "rtk_internals"
local openapi = require "spec.support.openapi"
local realtimekit = require "realtimekit"

local unpack = table.unpack or unpack -- luacheck: globals unpack
local SESSIONS = "/accounts/" .. fixture.account .. "/realtime/kit/app%20id/sessions"

-- What each is called with, what it asks for, an answer, and what of that comes back.
local expected = {
  participant = { ids = { "app id", "s", "p/1" }, path = SESSIONS .. "/s/participants/p%2F1",
    data = '{"participant":{"id":"p","n":null}}', result = { id = "p" },
    operation = "getSessionParticipantDetails" },
  sessions = { ids = { "app id" }, path = SESSIONS, data = '{"sessions":[{"id":"a"},{"id":"b"}]}',
    result = { { id = "a" }, { id = "b" } }, operation = "sessions.getSessions" },
  session = { ids = { "app id", "s/1" }, path = SESSIONS .. "/s%2F1",
    data = '{"id":"s","ended_at":null,"live_participants":2}',
    result = { id = "s", live_participants = 2 }, operation = "sessions.getSessionDetails" },
  participants = { ids = { "app id", "s/1" }, path = SESSIONS .. "/s%2F1/participants",
    data = '{"participants":[{"id":"p","left_at":null}]}', result = { { id = "p" } },
    operation = "sessions.getSessionParticipants" },
  peer_report = { ids = { "app id", "p/1" }, path = SESSIONS .. "/peer-report/p%2F1",
    data = '{"participant":{"id":"p","peer_report":{}}}', result = { id = "p", peer_report = {} },
    operation = "sessions.getParticipantDataFromPeerID" },
  transcript = { ids = { "app id", "s/1" }, path = SESSIONS .. "/s%2F1/transcript",
    data = '{"sessionId":"s","n":null}', result = { sessionId = "s" },
    operation = "sessions.getSessionTranscripts" },
}

local function envelope(data, more)
  return { json = ('{"success":true,"errors":[],"messages":[],"data":%s%s}'):format(
    data, more or "") }
end

local function copy(list, last)
  local all = { unpack(list) }
  all[#all + 1] = last
  return all
end

describe("endpoints", function()
  local api = fixture.server()

  it("are these", function()
    local names = {}
    for _, endpoint in ipairs(internals.endpoints()) do
      names[endpoint.name] = true
      assert.is_table(expected[endpoint.name], endpoint.name)
    end
    for name in pairs(expected) do assert.is_true(names[name], name) end
  end)

  for name, case in pairs(expected) do
    describe(name, function()
      -- The same call in every form that there is, with options; each as a function of its own.
      local function forms(opts)
        local client = fixture.client(api.url)
        local arguments = copy(case.ids, opts)
        return {
          client = function() return client[name](client, unpack(arguments)) end,
          ["client's start_"] = function()
            return client["start_" .. name](client, unpack(arguments)):result()
          end,
          module = function()
            return realtimekit[name](unpack(copy(case.ids, fixture.options(api.url, opts))))
          end,
          ["module's start_"] = function()
            return realtimekit["start_" .. name](
              unpack(copy(case.ids, fixture.options(api.url, opts)))):result()
          end,
        }
      end

      it("asks for its path and gives its result, in every form", function()
        for form, call in pairs(forms {}) do
          api:answer(envelope(case.data))
          local result, err, response = call()
          assert.is_nil(err, form)
          assert.same(case.result, result, form)
          assert.equal(200, response.status)
          local requests = api:seen().requests
          assert.equal(1, #requests)
          assert.equal("GET", requests[1].method)
          assert.equal("/client/v4" .. case.path, requests[1].target)
          assert.equal("Bearer " .. fixture.token, requests[1].headers.authorization)
        end
      end)

      it("takes the options that every call has", function()
        for form, call in pairs(forms { null = false, query = { a = 1 }, user_agent = "mine" }) do
          api:answer(envelope(case.data))
          local _, err, response = call()
          assert.is_nil(err, form)
          local request = api:seen().requests[1]
          assert.equal("/client/v4" .. case.path .. "?a=1", request.target)
          assert.matches(" mine$", request.headers["user-agent"])
          if case.data:find "null" then
            local text = require("cjson").encode(response.data)
            assert.matches("false", text, 1, true)
          end
        end
      end)

      it("fails as any call does", function()
        for form, call in pairs(forms {}) do
          api:answer { status = 404, json = fixture.error_envelope(1404, "No such thing") }
          local result, err, failure = call()
          assert.is_nil(result, form)
          assert.matches("^404 not_found: No such thing", err)
          assert.equal("not_found", failure.kind)
          assert.same({ { code = 1404, message = "No such thing" } }, failure.errors)
        end
      end)

      it("is tried again as any call is", function()
        for form, call in pairs(forms { max_retries = 1 }) do
          api:answer({ status = 503, headers = { "Retry-After: 0" } }, envelope(case.data))
          local result, _, response = call()
          assert.same(case.result, result, form)
          assert.equal(2, response.attempts)
        end
      end)

      it("is told of to a logger", function()
        local told
        for _, call in pairs(forms { logger = function(_, message, fields)
          told[#told + 1] = message .. " " .. fields.method .. " " .. fields.url
        end }) do
          told = {}
          api:answer(envelope(case.data))
          assert(call())
          local url = " GET " .. api.url .. "/client/v4" .. case.path
          assert.same({ "request" .. url, "response" .. url }, told)
        end
      end)

      it("refuses each id that cannot be sent, by its name", function()
        local endpoint
        for _, e in ipairs(internals.endpoints()) do if e.name == name then endpoint = e end end
        api:answer(envelope(case.data))
        local client = fixture.client(api.url)
        for i, id in ipairs(endpoint.ids) do
          local ids = copy(case.ids)
          ids[i] = ".."
          local _, err, failure = client[name](client, unpack(ids))
          assert.matches("^invalid_request: " .. id .. " is '%.' or '%.%.'", err)
          assert.equal("invalid_request", failure.kind)
          _, err = client["start_" .. name](client, unpack(ids)):result()
          assert.matches("^invalid_request: " .. id .. " ", err)
        end
        assert.equal(0, api:seen().connections)
      end)

      it("raises for one argument too many or too few", function()
        local client = fixture.client(api.url)
        for _, prefix in ipairs { "", "start_" } do
          local call = client[prefix .. name]
          assert.error_matches(function() call(client, unpack(copy(case.ids), 2)) end,
            #case.ids > 1 and "expected" or "string expected")
          assert.error_matches(function()
            call(client, unpack(copy(copy(case.ids, {}), {})))
          end, "too many arguments: %a+ ids? and one table of options expected")
        end
      end)

      local wrong = { "[]", "null", "5", '"x"', "{}", "[1]" }
      it("calls an answer without its result a bad one", function()
        local bodies = { '{"success":true}', '{"success":true,"data":null}', "[]", "5" }
        for _, data in ipairs(wrong) do bodies[#bodies + 1] = envelope(data).json end
        local field = case.data:match '^{"(participants?)"' or case.data:match '^{"(sessions)"'
        for _, value in ipairs(field and { "null", "5", '"x"', "false" } or {}) do
          bodies[#bodies + 1] = envelope(('{"%s":%s}'):format(field, value)).json
        end
        if #case.result == 0 and field then
          bodies[#bodies + 1] = envelope(('{"%s":[{"id":"p"}]}'):format(field)).json
          bodies[#bodies + 1] = envelope(('{"%s":{}}'):format(field)).json
        elseif field then
          bodies[#bodies + 1] = envelope(('{"%s":{"id":"p"}}'):format(field)).json
        end
        local client = fixture.client(api.url)
        for _, body in ipairs(bodies) do
          api:answer { json = body }
          local result, err, failure = client[name](client, unpack(case.ids))
          assert.is_nil(result, body)
          assert.equal("bad_response", failure.kind, body)
          assert.matches("bad_response: the answer is not what the API documents: ", err, 1, true)
        end
      end)
    end)
  end

  -- ==== Lists ====

  for name, field in pairs { sessions = "sessions", participants = "participants" } do
    it(name .. " may be none", function()
      api:answer(envelope(('{"%s":[]}'):format(field)))
      local client = fixture.client(api.url)
      local list, err, response = client[name](client, unpack(expected[name].ids))
      assert.is_nil(err)
      assert.same({}, list)
      assert.is_nil(response.paging)
    end)

    it(name .. " come with the paging object that the API sends", function()
      api:answer(envelope(expected[name].data,
        ',"paging":{"total_count":30,"start_offset":1,"end_offset":2,"more":null}'))
      local client = fixture.client(api.url)
      local _, _, response = client[name](client, unpack(expected[name].ids))
      assert.same({ total_count = 30, start_offset = 1, end_offset = 2 }, response.paging)
      if math.type then assert.equal("integer", math.type(response.paging.total_count)) end
      for _, nonsense in ipairs { "null", "5", "false", '"x"' } do
        api:answer(envelope(expected[name].data, ',"paging":' .. nonsense))
        assert.is_nil(select(3, client[name](client, unpack(expected[name].ids))).paging)
      end
    end)
  end

  it("that give one thing have no paging", function()
    api:answer(envelope(expected.session.data, ',"paging":{"total_count":1}'))
    local _, _, response = fixture.client(api.url):session("a", "s")
    assert.is_nil(response.paging)
  end)

  -- ==== Many at once ====

  it("each_peer_report gives every peer's report as it comes", function()
    api:answer({ match = "/peer-report/gone", status = 404 }, { echo = true })
    local client, got, failed = fixture.client(api.url), {}, {}
    for id, report, err, outcome in client:each_peer_report("a", { "x", "gone", "..", "y" },
      { filters = "events" }) do
      if report then got[id] = report.id else failed[id] = { err, outcome.kind } end
    end
    assert.equal("not_found", failed.gone[2])
    assert.matches("^invalid_request: peer_id ", failed[".."][1])
    local targets = {}
    for _, request in ipairs(api:seen().requests) do targets[#targets + 1] = request.target end
    table.sort(targets)
    local base = "/client/v4" .. SESSIONS:gsub("app%%20id", "a") .. "/peer-report/"
    assert.same({ base .. "gone?filters=events", base .. "x?filters=events",
      base .. "y?filters=events" }, targets)
    assert.is_string(got.x)
    assert.is_string(got.y)
  end)

  it("each_peer_report names what its list is of", function()
    local client = fixture.client(api.url)
    assert.error_matches(function() client:each_peer_report("a", "b") end,
      "a list of peer ids, or a function")
    assert.error_matches(function() for _ in client:each_peer_report("a", { 5 }) do end end,
      "peer id 1: string expected, got number")
    assert.error_matches(function() client:each_peer_report("a", {}, {}, {}) end,
      "too many arguments: one id, a list of ids and one table of options expected")
  end)

  -- ==== Against the reference ====

  local function reference()
    local document, why = openapi.read("../shared/api/sessions.yaml")
    if not document then pending("the API reference is not beside the repository: " .. why) end
    return document
  end

  local function names_of(list)
    local names = {}
    for i, item in ipairs(list) do names[i] = item.name end
    table.sort(names)
    return names
  end

  local types = { text = "string", boolean = "boolean", whole = "number", time = "string",
    choice = "string", choices = "array" }

  local function check_parameter(ours, theirs)
    local schema = theirs.schema
    if ours.type == "choices" then
      assert.same(schema.enum or schema.items.enum, ours.choices)
      return
    end
    assert.equal(schema.type, types[ours.type], ours.name)
    assert.same(schema.enum or {}, ours.choices, ours.name)
    assert.equal(schema.format == "date-time", ours.type == "time", ours.name)
    if ours.type == "whole" then assert.equal(schema.minimum, ours.min) end
  end

  for _, endpoint in ipairs(internals.endpoints()) do
    it(endpoint.name .. " is what the reference says", function()
      local document = reference()
      local path = "/accounts/{account_id}" .. endpoint.path
      local operation = assert(document.paths[path], path).get
      assert.equal(expected[endpoint.name].operation, operation.operationId)
      local in_path, in_query = {}, {}
      for _, parameter in ipairs(operation.parameters) do
        local list = parameter["in"] == "path" and in_path or in_query
        list[#list + 1] = parameter
      end
      local ids = { "account_id", unpack(endpoint.ids) }
      for i, parameter in ipairs(in_path) do assert.equal(parameter.name, ids[i]) end
      assert.equal(#in_path, #ids)
      assert.same(names_of(in_query), names_of(endpoint.parameters))
      for _, parameter in ipairs(endpoint.parameters) do
        check_parameter(parameter, openapi.parameter(operation, parameter.name))
      end
      local data = operation.responses["200"].content["application/json"].schema.properties.data
      local result = endpoint.result and data.properties[endpoint.result] or data
      assert.equal(endpoint.list and "array" or "object", result.type)
    end)
  end

  it("have their ids in their paths, in order", function()
    for _, endpoint in ipairs(internals.endpoints()) do
      local i = 0
      for name in endpoint.path:gmatch("{([%w_]+)}") do
        i = i + 1
        assert.equal(name, endpoint.ids[i])
      end
      assert.equal(i, #endpoint.ids)
    end
  end)

  it("agree on the type and the range of a parameter that several have", function()
    local known = {}
    for _, endpoint in ipairs(internals.endpoints()) do
      for _, parameter in ipairs(endpoint.parameters) do
        local other = known[parameter.name] or parameter
        assert.same({ other.type, other.min, other.max },
          { parameter.type, parameter.min, parameter.max })
        assert.is_true(#table.concat(parameter.choices, ",") < 256)
        known[parameter.name] = parameter
      end
    end
  end)
end)
