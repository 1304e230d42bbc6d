-- What the Lua side of a host with a loop of its own is given.

local fixture = require "spec.support.fixture"
local realtimekit = require "realtimekit"
local remote = require "spec.support.remote"

describe("the functions for nginx", function()
  local functions = remote.functions

  it("are these, and no other", function()
    local names = {}
    for name in pairs(functions) do names[#names + 1] = name end
    table.sort(names)
    assert.same({ "concurrency", "default", "endpoints", "hang_up", "is_yieldable", "methods",
      "station", "take_results", "unsent" }, names)
  end)

  it("make a failure of what is not sent", function()
    local participant, err, failure = functions.unsent("a call", "is refused")
    assert.is_nil(participant)
    assert.equal("invalid_request: a call is refused", err)
    assert.equal("invalid_request", failure.kind)
  end)

  it("give the methods of a type, the default client, an option", function()
    local client = fixture.client("http://127.0.0.1:1", { concurrency = 7 })
    assert.equal(client.participant, functions.methods("client").participant)
    assert.is_function(functions.methods("call").result)
    assert.matches("^realtimekit.client: ", tostring(functions.default()))
    assert.equal(functions.default(), functions.default())
    assert.equal(7, functions.concurrency(client))
  end)

  it("know whether a coroutine could be suspended, where Lua does", function()
    local knows = not ((_VERSION == "Lua 5.1" and not rawget(_G, "jit")) or _VERSION == "Lua 5.2")
    local thread = coroutine.wrap(function() return functions.is_yieldable() end)
    assert.equal(knows, thread())
    local inside = coroutine.wrap(function()
      local found
      table.sort({ 2, 1 }, function(a, b)
        found = functions.is_yieldable()
        return a < b
      end)
      return found
    end)
    assert.is_false(inside())
  end)

  it("tell the endpoints: their names, how many ids they take, what there are many of", function()
    local found = {}
    for _, endpoint in ipairs(functions.endpoints()) do found[endpoint.name] = endpoint end
    assert.same({ name = "participant", each = "participant", ids = 3 }, found.participant)
    assert.same({ name = "sessions", ids = 1 }, found.sessions)
  end)

  it("are not there without an ngx, and the module is its plain self", function()
    assert.is_nil(rawget(_G, "ngx"))
    assert.is_function(realtimekit.participant)
  end)
end)
