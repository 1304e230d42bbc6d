-- A session with everybody who was in it, as one batch.

local cjson = require "cjson"
local examples = require "spec.support.examples"
local fixture = require "spec.support.fixture"
local realtimekit = require "realtimekit"
local server = require "spec.support.server"
local socket = require "socket"

local session_json = '{"success":true,"data":{"id":"s","status":"ENDED"}}'

local function list_json(ids, total)
  local items = {}
  for i, id in ipairs(ids) do items[i] = { id = id, display_name = id:upper() } end
  return cjson.encode { success = true, data = { participants = items },
    paging = { total_count = total or #ids, start_offset = 1, end_offset = #ids } }
end

local function report_json(id)
  return cjson.encode { success = true, data = { participant = { id = id,
    peer_report = { quality = {} } } } }
end

describe("session_report", function()
  local api = fixture.server()

  -- Serves a session of these participants, and more answers before all of that.
  local function serve(ids, ...)
    local answers = { ... }
    for _, id in ipairs(ids) do
      answers[#answers + 1] = { match = "/peer-report/" .. id, json = report_json(id) }
    end
    answers[#answers + 1] = { match = "/participants", json = list_json(ids) }
    answers[#answers + 1] = { json = session_json }
    api:answer((table.unpack or unpack)(answers)) -- luacheck: globals unpack
  end

  it("has the session, and for each participant what is known", function()
    serve { "a", "b", "c" }
    for _, results in ipairs {
      { fixture.client(api.url):session_report("app", "s") },
      { realtimekit.session_report("app", "s", fixture.options(api.url)) },
    } do
      local report, err, response = results[1], results[2], results[3]
      assert.is_nil(err)
      assert.equal(200, response.status)
      assert.same({ id = "s", status = "ENDED" }, report.session)
      assert.equal(3, #report.participants)
      for i, id in ipairs { "a", "b", "c" } do
        assert.same({ id = id, participant = { id = id, display_name = id:upper() },
          report = { id = id, peer_report = { quality = {} } } }, report.participants[i])
      end
    end
  end)

  it("has the failure of a report beside the others", function()
    serve({ "a", "b", "c" }, { match = "/peer-report/b", status = 404,
      json = fixture.error_envelope(1404, "No such peer") })
    local report = assert(fixture.client(api.url):session_report("app", "s"))
    local failed = report.participants[2]
    assert.is_nil(failed.report)
    assert.same({ id = "b", display_name = "B" }, failed.participant)
    assert.matches("^404 not_found: No such peer", failed.err)
    assert.equal("not_found", failed.failure.kind)
    for _, i in ipairs { 1, 3 } do
      assert.is_table(report.participants[i].report)
      assert.is_nil(report.participants[i].err)
      assert.is_nil(report.participants[i].failure)
    end
  end)

  it("asks for the reports together", function()
    serve({ "a", "b", "c", "d" }, { match = "/peer-report/", delay = 0.05,
      json = report_json "x" })
    local told = {}
    local report = assert(fixture.client(api.url):session_report("app", "s", { concurrency = 3,
      logger = function(_, message, fields)
        if fields.url:find("/peer-report/", 1, true) then told[#told + 1] = message end
      end }))
    assert.equal(4, #report.participants)
    assert.equal("request request request response", table.concat(told, " ", 1, 4))
    assert.equal(8, #told)
  end)

  it("gives each kind of call the options that it has", function()
    serve { "a" }
    assert(fixture.client(api.url):session_report("app", "s", { include_breakout_rooms = true,
      filters = { "events" }, include_peer_events = true, view = "raw", per_page = 50,
      headers = { ["X-A"] = "1" } }))
    local base = "/client/v4/accounts/" .. fixture.account .. "/realtime/kit/app/sessions/"
    local targets = {}
    for i, request in ipairs(api:seen().requests) do
      assert.equal("1", request.headers["x-a"])
      targets[i] = request.target:sub(#base + 1)
    end
    table.sort(targets)
    assert.same({ "peer-report/a?filters=events&include_peer_events=true",
      "s/participants?view=raw&per_page=50", "s?include_breakout_rooms=true" }, targets)
  end)

  it("fails when the session cannot be had", function()
    serve({ "a" }, { match = "/participants", json = list_json { "a" } },
      { match = "/peer-report/", json = report_json "a" },
      { status = 403, json = fixture.error_envelope(9, "not yours") })
    local report, err, failure = fixture.client(api.url):session_report("app", "s")
    assert.is_nil(report)
    assert.matches("^403 permission_denied: not yours", err)
    assert.equal("permission_denied", failure.kind)
  end)

  it("fails when the list of participants cannot be had, on whatever page", function()
    for _, when in ipairs { "/participants", "page_no=2" } do
      api:answer({ match = "/peer-report/", json = report_json "a" },
        { match = when, status = 403, json = fixture.error_envelope(9, "not yours") },
        { match = "/participants", json = list_json({ "a" }, 5) }, { json = session_json })
      local report, err, failure = fixture.client(api.url):session_report("app", "s")
      assert.is_nil(report)
      assert.matches("^403 permission_denied: not yours", err)
      assert.equal("permission_denied", failure.kind)
    end
  end)

  it("fails as soon as the list does, whatever reports are under way", function()
    local own = server.start() -- where what is cancelled may arrive late
    finally(function() own:stop() end)
    own:answer({ match = "/peer-report/", hold = true },
      { match = "page_no=2", status = 403, json = fixture.error_envelope(9, "not yours") },
      { match = "/participants", json = list_json({ "a", "b" }, 5) }, { json = session_json })
    local client = fixture.client(own.url, { timeout = 3 })
    local from = socket.gettime()
    local _, _, failure = client:session_report("app", "s")
    assert.equal("permission_denied", failure.kind)
    assert.is_true(socket.gettime() - from < 2)
    assert.equal(0, select(2, client:step()))
  end)

  it("may be of nobody", function()
    serve {}
    local report = assert(fixture.client(api.url):session_report("app", "s"))
    assert.same({}, report.participants)
    assert.equal(2, api:seen().request_count)
  end)

  it("says of a participant without an id that it has none", function()
    api:answer({ match = "/participants",
      json = '{"success":true,"data":{"participants":[{"display_name":"A"}]}}' },
      { json = session_json })
    local report = assert(fixture.client(api.url):session_report("app", "s"))
    assert.same({ { participant = { display_name = "A" }, err = "the participant has no id" } },
      report.participants)
  end)

  it("refuses ids as any call does", function()
    local _, err, failure = fixture.client(api.url):session_report("..", "s")
    assert.matches("^invalid_request: app_id is", err)
    assert.equal("invalid_request", failure.kind)
  end)

  it("raises for misuse in its own name", function()
    serve { "a" }
    local client = fixture.client(api.url)
    local function message_of(...)
      local arguments, n = { ... }, select("#", ...)
      local ok, message = pcall(function()
        client:session_report((table.unpack or unpack)(arguments, 1, n))
      end)
      assert.is_false(ok)
      return message
    end
    local begins = "^spec/session_report_spec.lua:%d+: bad argument "
    assert.matches(begins .. "#1 to 'session_report' %(string expected", message_of())
    assert.matches(begins .. "#2 to 'session_report' %(string expected", message_of("a", 2))
    assert.matches(begins .. "#3 to 'session_report' %(table expected", message_of("a", "s", 3))
    for _, wrong in ipairs { { nonsense = 1 }, { view = "x" }, { filters = "x" },
      { include_breakout_rooms = 1 }, { timeout = 0 } } do
      local name = next(wrong)
      assert.matches(begins .. "#3 to 'session_report' %(.*option '" .. name .. "'",
        message_of("a", "s", wrong))
    end
    assert.matches("too many arguments", message_of("a", "s", {}, {}))
    assert.equal(0, api:seen().connections)
  end)

  it("suggests the name that was meant, whichever of its calls has that", function()
    local client = fixture.client(api.url)
    for wrong, meant in pairs { filterz = "filters", veiw = "view", per_pag = "per_page",
      tiemout = "timeout", include_breakout_room = "include_breakout_rooms" } do
      local ok, message = pcall(function() client:session_report("a", "s", { [wrong] = 1 }) end)
      assert.is_false(ok)
      assert.matches("^spec/session_report_spec.lua:%d+: bad argument #3 to 'session_report' "
        .. "%(unknown option '" .. wrong .. "' %(did you mean '" .. meant .. "'%?%)%)$", message)
    end
    local _, message = pcall(function() client:session_report("a", "s", { zzzzzz = 1 }) end)
    assert.matches("unknown option 'zzzzzz')", message, 1, true)
    assert.equal(0, api:seen().connections)
  end)

  it("of a client that is closed meanwhile raises by the caller's own line", function()
    for at = 1, 3 do
      serve { "a", "b" }
      local client, count = fixture.client(api.url), 0
      local ok, result, err = pcall(function()
        local report, err = client:session_report("app", "s", { concurrency = 1,
          logger = function(_, message)
            if message == "response" then count = count + 1 end
            if count == at then client:close() end
          end })
        return report, err
      end)
      if ok then
        assert.is_nil(result)
        assert.matches("^cancelled", err)
      else
        assert.matches("^spec/session_report_spec.lua:%d+: the client is closed$", result)
      end
      assert.is_true(count >= at)
    end
  end)

  it("of the sandbox's session has everybody", function()
    local sandbox = examples.start_sandbox()
    local client = realtimekit.new { base_url = sandbox.url, api_token = "x",
      account_id = fixture.account }
    local report = assert(client:session_report(fixture.app, fixture.session, { per_page = 3 }))
    examples.stop_sandbox(sandbox)
    assert.equal(8, #report.participants)
    for _, entry in ipairs(report.participants) do
      assert.equal(entry.id, entry.report.id)
      assert.equal(entry.participant.display_name, entry.report.display_name)
    end
  end)
end)
