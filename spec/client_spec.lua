local fixture = require "spec.support.fixture"
local realtimekit = require "realtimekit"

describe("client", function()
  local api = fixture.server()

  before_each(function() api:answer { json = fixture.envelope() } end)

  it("is made without a single option", function()
    assert.equal("userdata", type(realtimekit.new()))
    assert.equal("userdata", type(realtimekit.new(nil)))
    assert.equal("userdata", type(realtimekit.new {}))
  end)

  it("has the options of new as its defaults", function()
    local client = fixture.client(api.url, { include_peer_events = true })
    assert(client:participant(fixture.ids()))
    assert.matches("include_peer_events=true$", api:seen().requests[1].target)
  end)

  it("gives way to the options of a call, for that call only", function()
    local client = fixture.client(api.url, { include_peer_events = true })
    assert(client:participant(fixture.ids { include_peer_events = false }))
    assert(client:participant(fixture.ids()))
    local requests = api:seen().requests
    assert.matches("include_peer_events=false$", requests[1].target)
    assert.matches("include_peer_events=true$", requests[2].target)
  end)

  it("has the null of new as its default, and the call's before it", function()
    api:answer { json = fixture.envelope '{"id":"x","a":null}' }
    local client = fixture.client(api.url, { null = "client" })
    assert.equal("client", client:participant(fixture.ids()).a)
    assert.equal("call", client:participant(fixture.ids { null = "call" }).a)
    assert.equal("client", client:participant(fixture.ids { timeout = 5 }).a)
    assert.equal("with", client:with({ null = "with" }):participant(fixture.ids()).a)
    assert.equal("client", client:with({ timeout = 5 }):participant(fixture.ids()).a)
  end)

  it("refuses a further argument of participant, new and with", function()
    local client = fixture.client(api.url)
    assert.error_matches(function() client:participant("a", "b", "c", {}, 1) end,
      "too many arguments")
    assert.error_matches(function() realtimekit.participant("a", "b", "c", {}, nil) end,
      "too many arguments")
    assert.error_matches(function() realtimekit.new({}, 1) end, "no further argument")
    assert.error_matches(function() client:with({}, 1) end, "no further argument")
    assert.equal(0, #api:seen().requests)
  end)

  it("refuses to be anything else", function()
    local client = fixture.client(api.url)
    assert.error_matches(function() client.participant("a", "b", "c") end, "realtimekit.client")
    assert.error_matches(function() client.close(io.stdout) end, "realtimekit.client")
    assert.error_matches(function() client.with({}, {}) end, "realtimekit.client")
  end)

  it("tells nothing of its credentials", function()
    local client = fixture.client(api.url)
    assert.matches("^realtimekit%.client: ", tostring(client))
    assert.is_nil(tostring(client):find(fixture.token, 1, true))
  end)

  describe("derived by with", function()
    it("has its parent's defaults and its own over them", function()
      local parent = fixture.client(api.url, { include_peer_events = true })
      local child = parent:with { filters = "events" }
      assert(child:participant(fixture.ids()))
      assert(parent:participant(fixture.ids()))
      local requests = api:seen().requests
      assert.matches("?filters=events&include_peer_events=true", requests[1].target, 1, true)
      assert.matches("?include_peer_events=true", requests[2].target, 1, true)
      assert.equal("Bearer " .. fixture.token, requests[1].headers.authorization)
    end)

    it("outlives its parent's close", function()
      local parent = fixture.client(api.url)
      local child = parent:with {}
      parent:close()
      assert(child:participant(fixture.ids()))
    end)

    it("takes other credentials without mixing them with the parent's", function()
      local parent = fixture.client(api.url)
      assert(parent:with({ api_email = "a@example.com", api_key = "key-for-tests" })
        :participant(fixture.ids()))
      local headers = api:seen().requests[1].headers
      assert.is_nil(headers.authorization)
      assert.equal("a@example.com", headers["x-auth-email"])
      assert.equal("key-for-tests", headers["x-auth-key"])
    end)

    it("needs a table", function()
      assert.error_matches(function() fixture.client(api.url):with() end, "table expected")
    end)
  end)

  describe("after close", function()
    it("raises when it is called, and says why", function()
      local client = fixture.client(api.url)
      client:close()
      assert.error_matches(function() client:participant(fixture.ids()) end, "closed")
      assert.error_matches(function() client:with {} end, "closed")
      assert.equal(0, #api:seen().requests)
    end)

    it("may be closed again, printed and collected", function()
      local client = fixture.client(api.url)
      client:close()
      client:close()
      assert.matches("closed", tostring(client))
      client = nil -- luacheck: ignore
      collectgarbage()
    end)
  end)

  it("is closed at the end of its block on Lua 5.4", function()
    local load_text = loadstring or load
    local chunk = load_text([[
      local client <close> = ...
      return client:participant(select(2, ...))
    ]])
    if not chunk then
      pending("this Lua has no <close> variables")
    end
    local client = fixture.client(api.url)
    assert(chunk(client, fixture.ids()))
    assert.matches("closed", tostring(client))
    api:wait_closed()
  end)

  it("that plain calls share is made once, and holds one connection", function()
    local opts = fixture.options(api.url)
    for _ = 1, 3 do assert(realtimekit.participant(fixture.ids(opts))) end
    assert.equal(1, api:seen().connections)
  end)

  it("is made whole or not at all: half-read options leave nothing behind", function()
    for _ = 1, 100 do
      pcall(realtimekit.new,
        { api_token = fixture.token, headers = { ["X-A"] = "1" }, nonsense = 1 })
    end
    collectgarbage()
    assert(fixture.client(api.url):participant(fixture.ids()))
  end)
end)
