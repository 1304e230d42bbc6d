-- The plain call, as far as participant_spec.lua has not said it: what is left when it raises.

local fixture = require "spec.support.fixture"

describe("a plain call whose logger raises", function()
  local api = fixture.server()

  it("gives its connection back for the next one", function()
    api:answer { json = fixture.envelope() }
    local client = fixture.client(api.url)
    for _, when in ipairs { "response", "request", "response" } do
      assert.has_error(function()
        client:participant(fixture.ids {
          logger = function(_, message) if message == when then error("enough", 0) end end,
        })
      end, "enough")
    end
    assert.equal(fixture.participant, client:participant(fixture.ids()).id)
    assert.equal(1, api:seen().connections)
    assert.equal(3, api:seen().request_count)
  end)

  it("ends it between its attempts", function()
    api:answer({ status = 503, headers = { "Retry-After: 30" } })
    assert.has_error(function()
      fixture.client(api.url, { max_retries = 3 }):participant(fixture.ids {
        logger = function(level) if level == "warn" then error("enough", 0) end end,
      })
    end, "enough")
    assert.equal(1, api:seen().request_count)
  end)
end)
