-- What only cqueues has: several controllers in one Lua state.

local fixture = require "spec.support.fixture"
local socket = require "socket"
local found, cqueues = pcall(require, "cqueues")

local SECONDS = 20

describe("realtimekit.cqueues", function()
  local api = fixture.server()
  local client

  before_each(function()
    if not found then pending("no cqueues: " .. cqueues) end
    client = require("realtimekit.cqueues").new(fixture.options(api.url))
    api:answer { delay = 0.1, echo = true }
  end)

  after_each(function()
    if not found then return end
    client:close()
    api:wait_closed()
  end)

  -- Steps controllers in turn until all are empty; returns the errors in them.
  local function run(...)
    local until_then, errors = socket.gettime() + SECONDS, {}
    local left
    repeat
      left = 0
      for _, controller in ipairs { ... } do
        local passed, err = controller:step(0.01)
        if not passed then errors[#errors + 1] = err end
        left = left + controller:count()
      end
    until left == 0 or socket.gettime() > until_then
    assert.equal(0, left)
    return errors
  end

  it("serves coroutines of several controllers with one client", function()
    local a, b, got = cqueues.new(), cqueues.new(), {}
    for i = 1, 6 do
      local controller = i % 2 == 0 and a or b
      controller:wrap(function() got[i] = client:participant("app", "session", "p" .. i).id end)
    end
    assert.same({}, run(a, b))
    assert.same({ "p1", "p2", "p3", "p4", "p5", "p6" }, got)
  end)

  it("serves a controller within another", function()
    local outer, inner, got = cqueues.new(), cqueues.new(), {}
    inner:wrap(function() got[1] = client:participant("app", "session", "a").id end)
    outer:wrap(function() assert(inner:loop()) end)
    outer:wrap(function() got[2] = client:participant("app", "session", "b").id end)
    assert.same({}, run(outer))
    assert.same({ "a", "b" }, got)
  end)

  it("forgets a controller that is dropped, but none of the others", function()
    local dropped, kept, got = cqueues.new(), cqueues.new(), nil
    dropped:wrap(function() client:participant("app", "session", "a") end)
    kept:wrap(function() got = client:participant("app", "session", "b").id end)
    assert(dropped:step(0))
    assert(kept:step(0))
    assert(dropped:step(0))
    dropped = setmetatable({ dropped }, { __mode = "v" })
    for _ = 1, 4 do collectgarbage() end
    assert.is_nil(dropped[1])
    assert.same({}, run(kept))
    assert.equal("b", got)
  end)

  it("leaves an error in a coroutine to its controller; others go on", function()
    local controller, got = cqueues.new(), {}
    for i = 1, 3 do
      controller:wrap(function()
        got[i] = client:participant("app", "session", "p" .. i).id
        if i == 2 then error("oops", 0) end
      end)
    end
    assert.same({ "oops" }, run(controller))
    assert.same({ "p1", "p2", "p3" }, got)
  end)
end)
