local fixture = require "spec.support.fixture"
local internals = require "rtk_internals"

describe("blocking", function()
  local api = fixture.server()

  it("waits between attempts in the calling thread, and then goes on", function()
    api:answer({ status = 503, headers = { "Retry-After: 0.3" } }, { json = fixture.envelope() })
    local _, err, response = fixture.client(api.url, { max_retries = 1 })
      :participant(fixture.ids())
    assert.is_nil(err)
    assert.is_true(response.elapsed >= 0.3)
  end)

  it("is not disturbed by signals, neither waiting nor receiving", function()
    api:answer({ status = 503, headers = { "Retry-After: 0.3" } },
      { json = fixture.envelope(), delay = 0.2 })
    local client = fixture.client(api.url, { max_retries = 1 })
    internals.alarm(0.005)
    local participant, err, response = client:participant(fixture.ids())
    local signals = internals.alarm(0)
    assert.is_nil(err)
    assert.equal(fixture.participant, participant.id)
    assert.is_true(response.elapsed >= 0.5)
    assert.is_true(signals > 10)
  end)

  it("lets the logger of one call make another", function()
    api:answer { echo = true }
    local client, inner = fixture.client(api.url), {}
    local logging = client:with {
      logger = function(_, message)
        if message ~= "debug" and #inner < 2 then
          inner[#inner + 1] = assert(client:participant("a", "b", "inner")).id
        end
      end,
    }
    assert.equal("outer", assert(logging:participant("a", "b", "outer")).id)
    assert.same({ "inner", "inner" }, inner)
  end)

  it("survives a logger that closes the client of the call", function()
    collectgarbage() -- of the clients above
    collectgarbage()
    api:wait_closed()
    api:answer { json = fixture.envelope() }
    local client
    client = fixture.client(api.url, { logger = function() client:close() end })
    assert.equal(fixture.participant, assert(client:participant(fixture.ids())).id)
    assert.matches("closed", tostring(client))
    api:wait_closed()
  end)
end)
