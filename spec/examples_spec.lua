local examples = require "spec.support.examples"
local fixture = require "spec.support.fixture"
local loops = require "spec.support.loops"
local process = require "spec.support.process"
local socket = require "socket"

local lua = process.lua

local function run_example(arguments, environment)
  return examples.run("participant.lua " .. arguments, environment)
end

describe("examples/participant.lua", function()
  local sandbox

  lazy_setup(function() sandbox = examples.start_sandbox() end)
  lazy_teardown(function() examples.stop_sandbox(sandbox) end)

  local ids = table.concat({ fixture.app, fixture.session, fixture.participant }, " ")

  local function environment(more) return examples.environment(sandbox.url, more) end

  it("prints names, times, duration, events and call quality", function()
    local output, status = run_example(ids, environment())
    assert.equal(0, status)
    for _, text in ipairs { "Zoë Łukasz 李", "2025-06-03 09:15:02 UTC", "41 min 30 s",
      "PEER_JOINING", "PEER_LEAVING", "Ghent", "Firefox", "Call quality", "audio sent" } do
      assert.matches(text, output, 1, true)
    end
  end)

  it("prints the older shape as well, and leaves out what was never measured", function()
    local ids_of = fixture.app .. " " .. fixture.session .. " "
    local output = run_example(ids_of .. "b0c7e5a2-6d19-4f83-8a4e-1f2d3c4b5a69", environment())
    assert.matches("\n  audio and video +4%.%d good\n  audio  .- ms\n  video  .- ms\n", output)
    local status
    output, status = run_example(ids_of .. "d81f3e6c-7a05-4b9d-b2c6-5e4f9a0d1c78", environment())
    assert.equal(0, status)
    assert.matches("Yusuf Demirci", output, 1, true)
    assert.is_nil(output:find("Call quality", 1, true))
  end)

  it("fits into 80 columns", function()
    local output = run_example(ids, environment())
    for line in output:gmatch("[^\n]+") do
      local _, characters = line:gsub("[^\128-\191]", "")
      assert.is_true(characters <= 80, line)
    end
  end)

  it("says what is wrong, with a hint, and exits with 1", function()
    local output, status = run_example("app session nobody", environment())
    assert.equal(1, status)
    assert.matches("^404 not_found: ", output)
    assert.matches("CLOUDFLARE_ACCOUNT_ID", output, 1, true)
    output, status = run_example(ids, environment { CLOUDFLARE_API_TOKEN = "invalid" })
    assert.equal(1, status)
    assert.matches("^401 authentication: ", output)
  end)

  it("says what it needs when it is told nothing, and exits with 2", function()
    local output, status = run_example("", environment())
    assert.equal(2, status)
    assert.matches("participant_id", output, 1, true)
  end)
end)

describe("examples for event loops", function()
  local sandbox
  local two_sessions = table.concat({ fixture.app, fixture.session, fixture.participant,
    "7d1e9c3a-6b4f-4825-b0d9-5a8e2c7f1b36", "e5b18c7d-0f42-4d93-a6e1-3c9d5f7b2a80" }, " ")

  lazy_setup(function() sandbox = examples.start_sandbox() end)
  lazy_teardown(function() examples.stop_sandbox(sandbox) end)

  local function environment_for(loop, url)
    if loop.missing then pending("no " .. loop.name .. ": " .. loop.missing) end
    return examples.environment(url or sandbox.url, loop.path and
      { LUA_PATH = ("%s;%s"):format(os.getenv("LUA_PATH") or ";", loop.path) })
  end

  for _, loop in ipairs(loops) do
    local script = ("with_%s.lua "):format(loop.name)

    it(script .. "prints the participants of several sessions", function()
      local output, status = examples.run(script .. two_sessions, environment_for(loop))
      assert.equal(0, status)
      local first = "Session " .. fixture.session .. "\n     41 min 30 s Zoë Łukasz 李\n"
      assert.matches(first, output, 1, true)
      assert.matches("18 min 30 s Søren Åkesson\n", output, 1, true)
    end)

    it(script .. "says what failed, prints the others, and exits with 1", function()
      local output, status = examples.run(script .. two_sessions .. " other nobody",
        environment_for(loop))
      assert.equal(1, status)
      assert.matches("Session other\n  nobody\n    404 not_found: ", output)
      assert.matches("Søren Åkesson", output, 1, true)
    end)

    it(script .. "says what it needs, and exits with 2", function()
      local output, status = examples.run(script .. "app session", environment_for(loop))
      assert.equal(2, status)
      assert.matches("participant_id", output, 1, true)
    end)
  end

  -- Starts an example that waits for a server; returns its output and the server.
  local function start_waiting(loop)
    local api = require("spec.support.server").start()
    local environment = environment_for(loop, api.url .. "/client/v4")
    api:answer { hold = true }
    local stream, pid = process.start(
      examples.command(("with_%s.lua "):format(loop.name) .. two_sessions, environment))
    return stream, api, pid
  end

  it("with_luv.lua ends what is under way when it is told to terminate", function()
    local stream, api, pid = start_waiting(loops.luv)
    api:wait_seen(2)
    process.kill(pid, "TERM")
    local output = stream:read("*a")
    stream:close()
    api:stop()
    local _, count = output:gsub("\n    cancelled: ", "")
    assert.equal(2, count)
  end)

  it("with_copas.lua tells how far it is", function()
    local stream, api = start_waiting(loops.copas)
    local port = stream:read("*l"):match("^Progress is told at 127%.0%.0%.1:(%d+)$")
    api:wait_seen(2)
    local connection = assert(socket.connect("127.0.0.1", port))
    assert.equal("2 of 2 sessions are still to come", connection:receive("*l"))
    connection:close()
    api:answer { echo = true }
    api:release()
    stream:read("*a")
    stream:close()
    api:stop()
  end)

  it("with_cqueues.lua tells how long it takes", function()
    local output = examples.run("with_cqueues.lua " .. two_sessions, environment_for(loops.cqueues))
    assert.matches("\r0.0 s ", output)
  end)
end)

describe("examples/sandbox.lua", function()
  it("stops at the end of its input when asked to", function()
    local output, status = process.run(
      "(head -c 0; read -r -t 0.1 x || true) | " .. lua .. " examples/sandbox.lua --until-eof")
    assert.equal(0, status)
    assert.matches("^sandbox listening on ", output)
  end)

  it("stops with status 0 when it is told to terminate, and frees its port", function()
    local sandbox = examples.start_sandbox()
    local port = tonumber(sandbox.url:match(":(%d+)/"))
    assert(socket.connect("127.0.0.1", port)):close()
    examples.stop_sandbox(sandbox)
    assert.is_nil((socket.connect("127.0.0.1", port)))
  end)

  describe("serves", function()
    local sandbox, client
    local app, session = fixture.app, fixture.session

    lazy_setup(function()
      sandbox = examples.start_sandbox()
      client = require("realtimekit").new { base_url = sandbox.url, api_token = "x",
        account_id = fixture.account }
    end)
    lazy_teardown(function() examples.stop_sandbox(sandbox) end)

    local function ids_of(list)
      local ids = {}
      for i, item in ipairs(list) do ids[i] = item.id end
      return ids
    end

    it("sessions, by status, time and name, sorted, and each by its id", function()
      local sessions, _, response = client:sessions(app)
      assert.same({ total_count = 2, start_offset = 1, end_offset = 2 }, response.paging)
      assert.equal(session, sessions[1].id)
      assert.same(sessions[1], client:session(app, session))
      assert.equal("ENDED", sessions[1].status)
      assert.same({ session }, ids_of(client:sessions(app, { status = "ENDED" })))
      assert.same({ sessions[2].id }, ids_of(client:sessions(app, { search = "ADVICE" })))
      assert.same({ sessions[2].id },
        ids_of(client:sessions(app, { start_time = sessions[2].created_at })))
      assert.same({ session }, ids_of(client:sessions(app, { end_time = 1748942400 })))
      assert.same({ sessions[2].id, session },
        ids_of(client:sessions(app, { sort_by = "createdAt", sort_order = "DESC" })))
      assert.same({}, (client:sessions("another app")))
      assert.same({}, client:session(app, session, { include_breakout_rooms = true })
        .breakout_rooms)
    end)

    it("participants by the page, each one once", function()
      local all, seen = client:participants(app, session, { per_page = 100 }), {}
      for page_no = 1, 3 do
        local page, _, response = client:participants(app, session,
          { per_page = 3, page_no = page_no })
        assert.equal(#all, response.paging.total_count)
        assert.equal(3 * page_no - 2, response.paging.start_offset)
        for _, participant in ipairs(page) do seen[#seen + 1] = participant end
      end
      assert.same(all, seen)
      assert.same({}, (client:participants(app, session, { per_page = 3, page_no = 4 })))
    end)

    it("participants as people, and with their events", function()
      local all = client:participants(app, session)
      local people = client:participants(app, session, { view = "consolidated" })
      assert.equal(#all - 1, #people)
      local found = client:participants(app, session,
        { search = "crm-8841", include_peer_events = true })
      assert.equal(1, #found)
      assert.equal(3, #found[1].peer_events)
    end)

    it("the report of a peer, whole or in part", function()
      local report = client:peer_report(app, fixture.participant)
      assert.equal(fixture.participant, report.id)
      assert.is_table(report.peer_report.quality)
      report = client:peer_report(app, fixture.participant, { filters = "ip_information" })
      assert.is_nil(report.peer_report.quality)
      assert.equal("Ghent", report.peer_report.metadata.ip_information.city)
      assert.equal("not_found", select(3, client:peer_report(app, "nobody")).kind)
    end)

    it("where a transcript would be", function()
      local transcript = client:transcript(app, session, { format = "VTT" })
      assert.equal(session, transcript.sessionId)
      assert.matches("%.vtt$", transcript.transcript_download_url)
    end)

    it("nothing for a parameter that the reference does not have", function()
      for _, query in ipairs { { page_no = "x" }, { per_page = -1 }, { sort_by = "id" },
        { status = "OVER" }, { start_time = "now" }, { nonsense = 1 } } do
        assert.equal("unprocessable", select(3, client:sessions(app, { query = query })).kind)
      end
    end)
  end)

  it("answers as the reference does to unknown ids, methods and tokens", function()
    local sandbox = examples.start_sandbox()
    local function ask(path, opts)
      opts.base_url, opts.account_id = sandbox.url, opts.account_id or fixture.account
      local _, _, failure = require("realtimekit").participant(fixture.app, path,
        fixture.participant, opts)
      return failure.kind, failure.errors[1].code
    end
    assert.same({ "not_found", 1404 }, { ask("nowhere", { api_token = "x" }) })
    assert.same({ "not_found", 1404 },
      { ask(fixture.session, { api_token = "x", account_id = "y" }) })
    assert.same({ "authentication", 10000 }, { ask(fixture.session, { api_token = "invalid" }) })
    assert.same({ "unprocessable", 1422 },
      { ask(fixture.session, { api_token = "x", query = { filters = "nonsense" } }) })
    examples.stop_sandbox(sandbox)
  end)
end)
