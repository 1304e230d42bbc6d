-- The contract of the call, seen from outside: what goes over the wire and what comes back.

local fixture = require "spec.support.fixture"
local realtimekit = require "realtimekit"

local full = [[{
  "id": "6f1a1f0e-3c1b-4f7e-9a52-2f4c1b9d7e10",
  "created_at": "2025-06-03T09:14:58.120Z",
  "custom_participant_id": "crm-8841",
  "display_name": "Zoë Łukasz 李",
  "duration": 41.5,
  "joined_at": "2025-06-03T09:15:02.004Z",
  "left_at": null,
  "preset_name": "group_call_host",
  "user_id": "2d5b7c1a-90e4-4d0f-8c3e-51a7b6f0e2c9",
  "peer_events": [
    { "id": "a3c8e1b2", "event_name": "PEER_CREATED", "minutes_consumed": 0,
      "socket_session_id": null, "preset_view_type": "GROUP_CALL" },
    { "id": "b4d9f2c3", "event_name": "PEER_LEAVING", "minutes_consumed": 41.5,
      "socket_session_id": "ss_01", "preset_view_type": null }
  ],
  "peer_report": {
    "metadata": { "device_info": { "is_mobile": false, "memory": 8, "os_version": "6.1" } },
    "quality": { "audio_producer": [ { "jitter": 0.004, "packets_lost": 3 } ] }
  }
}]]

describe("participant", function()
  local api = fixture.server()

  it("is one GET of the documented path, with the token and without a body", function()
    assert(fixture.fetch(api, { json = fixture.envelope() }))
    local seen = api:seen()
    assert.equal(1, #seen.requests)
    local request = seen.requests[1]
    assert.equal("GET", request.method)
    assert.equal("/client/v4" .. fixture.path, request.target)
    assert.equal("Bearer " .. fixture.token, request.headers.authorization)
    assert.equal("application/json", request.headers.accept)
    assert.is_nil(request.headers["content-length"])
    assert.is_nil(request.headers["transfer-encoding"])
    assert.equal("", request.body or "")
  end)

  it("comes back whole, as native tables", function()
    local participant, err, response = fixture.fetch(api, { json = fixture.envelope(full) })
    assert.is_nil(err)
    assert.equal("Zoë Łukasz 李", participant.display_name)
    assert.equal(41.5, participant.duration)
    assert.is_nil(participant.left_at)
    assert.equal(2, #participant.peer_events)
    assert.is_nil(participant.peer_events[1].socket_session_id)
    assert.equal("ss_01", participant.peer_events[2].socket_session_id)
    assert.is_false(participant.peer_report.metadata.device_info.is_mobile)
    assert.equal(3, participant.peer_report.quality.audio_producer[1].packets_lost)
    assert.equal(participant, response.data.participant)
  end)

  it("reads as usual with assert", function()
    api:answer({ json = fixture.envelope() }, { status = 404, json =
      fixture.error_envelope(1404, "No such participant") })
    local client = fixture.client(api.url)
    assert.equal(fixture.participant, assert(client:participant(fixture.ids())).id)
    local ok, message = pcall(function() return assert(client:participant(fixture.ids())) end)
    assert.is_false(ok)
    assert.matches("404 not_found: No such participant (code 1404)", message, 1, true)
  end)

  it("gives three values in either case", function()
    api:answer({ json = fixture.envelope() }, { status = 404, json = "{}" })
    local client = fixture.client(api.url)
    assert.equal(3, select("#", client:participant(fixture.ids())))
    assert.equal(3, select("#", client:participant(fixture.ids())))
  end)

  it("works as a plain call, with all it needs in opts", function()
    api:answer { json = fixture.envelope() }
    local participant = assert(realtimekit.participant(fixture.ids(fixture.options(api.url))))
    assert.equal(fixture.participant, participant.id)
  end)

  it("works as a plain call, with all it needs in the environment", function()
    api:answer { json = fixture.envelope('{"id":"from the environment"}') }
    local output = fixture.run(([[
      local realtimekit = require "realtimekit"
      local participant, err = realtimekit.participant("app", "session", "me")
      print(err or participant.id)
    ]]), {
      CLOUDFLARE_ACCOUNT_ID = fixture.account, CLOUDFLARE_API_TOKEN = fixture.token,
      CLOUDFLARE_BASE_URL = api.url .. "/client/v4",
    })
    assert.equal("from the environment\n", output)
    local request = api:seen().requests[1]
    assert.equal(("/client/v4/accounts/%s/realtime/kit/app/sessions/session/participants/me")
      :format(fixture.account), request.target)
    assert.equal("Bearer " .. fixture.token, request.headers.authorization)
  end)

  it("sends the filters as one value joined by commas, and the flag as a word", function()
    assert(fixture.fetch(api, { json = fixture.envelope() },
      { filters = { "device_info", "quality_stats" }, include_peer_events = true }))
    assert.equal("/client/v4" .. fixture.path
      .. "?filters=device_info,quality_stats&include_peer_events=true",
      api:seen().requests[1].target)
  end)

  it("sends no query when nothing is asked for", function()
    assert(fixture.fetch(api, { json = fixture.envelope() }, { filters = {} }))
    assert.equal("/client/v4" .. fixture.path, api:seen().requests[1].target)
  end)

  it("works inside a coroutine", function()
    api:answer { json = fixture.envelope() }
    local client = fixture.client(api.url)
    local co = coroutine.wrap(function() return client:participant(fixture.ids()) end)
    assert.equal(fixture.participant, co().id)
  end)

  it("keeps ids of any spelling within their segment", function()
    api:answer { echo = true }
    local client = fixture.client(api.url)
    for _, id in ipairs { "a/b", "a?b#c", "%2e%2e%2f", "ünï", " ", "a+b", "\255", "a\\b" } do
      assert.equal(id, assert(client:participant("app/x", "ses?sion", id)).id)
    end
    for _, request in ipairs(api:seen().requests) do
      assert.matches("/kit/app%2Fx/sessions/ses%3Fsion/participants/", request.target, 1, true)
    end
  end)

  local refused = {
    ["empty"] = "", ["'.'"] = ".", ["'..'"] = "..", ["'%2e%2E'"] = "%2e%2E",
    ["over 255 bytes"] = ("x"):rep(256), ["with a line break"] = "a\r\nb", ["with a NUL"] = "a\0",
  }
  for what, id in pairs(refused) do
    for position, name in ipairs { "app_id", "session_id", "participant_id" } do
      it(("refuses a %s that is %s, and sends nothing"):format(name, what), function()
        api:answer { json = fixture.envelope() }
        local client = fixture.client(api.url)
        local ids = { "a", "b", "c" }
        ids[position] = id
        local participant, err, failure = client:participant(ids[1], ids[2], ids[3])
        assert.is_nil(participant)
        assert.equal("invalid_request", failure.kind)
        assert.matches("^invalid_request: " .. name .. " is ", (err:gsub(" has ", " is ")))
        assert.is_nil(failure.status)
        assert.equal(0, failure.attempts)
        assert.equal(0, #api:seen().requests)
      end)
    end
  end
end)
