-- Stepping on the Lua thread: signals, hooks, and which logger is told of what.

local fixture = require "spec.support.fixture"
local internals = require "rtk_internals"

describe("the driver", function()
  local api = fixture.server()

  it("tells each call's own logger, several at once", function()
    api:answer { echo = true }
    local client, told = fixture.client(api.url), {}
    local calls = {}
    for i = 1, 5 do
      calls[i] = client:start("a", "b", "p" .. i, {
        logger = function(_, message, fields)
          told[#told + 1] = ("%d %s %s"):format(i, message, fields.url:match("[^/]+$"))
        end,
      })
    end
    for i = 1, 5 do assert(calls[i]:result()) end
    table.sort(told)
    local expected = {}
    for i = 1, 5 do
      expected[#expected + 1] = ("%d request p%d"):format(i, i)
      expected[#expected + 1] = ("%d response p%d"):format(i, i)
    end
    assert.same(expected, told)
  end)

  it("goes on waiting after a signal", function()
    api:answer { delay = 0.2, echo = true }
    local client = fixture.client(api.url)
    internals.alarm(0.005)
    local participant, err = client:start(fixture.ids()):result()
    local signals = internals.alarm(0)
    assert.is_nil(err)
    assert.equal(fixture.participant, participant.id)
    assert.is_true(signals > 10)
  end)

  for what, wait in pairs {
    ["call:wait"] = function(client) client:start(fixture.ids()):wait() end,
    ["call:result"] = function(client) client:start(fixture.ids()):result() end,
    ["client:step"] = function(client)
      local call = client:start(fixture.ids()) -- luacheck: ignore
      while true do client:step(30) end
    end,
    ["a loop"] = function(client)
      for _ in client:each_participant("a", "b", { "c" }) do error("not reached") end
    end,
  } do
    it("lets a hook interrupt " .. what .. " after a signal, and nothing of it is left", function()
      api:answer { stall_after = 0 }
      local client = fixture.client(api.url, { timeout = 20 })
      local passed, message = pcall(wait, client:with { logger = function()
        internals.alarm(0.05)
        debug.sethook(function()
          debug.sethook()
          error("interrupted!", 0)
        end, "c")
      end })
      debug.sethook()
      internals.alarm(0)
      assert.is_false(passed)
      assert.matches("interrupted!", message, 1, true)
      collectgarbage()
      collectgarbage()
      assert.equal(0, select(2, client:step(0)))
    end)
  end
end)
