local internals = require "rtk_internals"

local function held_until(steps) return (internals.pace(steps)) end
local function wait(steps) return (select(2, internals.pace(steps))) end

local fifty = '"default";r=50;t=30'

describe("a pace", function()
  it("is held for as long as was asked, and never for less than before", function()
    assert.equal(105, held_until { { "hold", 100, 5 } })
    assert.equal(105, held_until { { "hold", 100, 5 }, { "hold", 101, 1 } })
    assert.equal(111, held_until { { "hold", 100, 5 }, { "hold", 101, 10 } })
  end)

  it("is not held for no time, and for an hour at most", function()
    assert.equal(0, held_until { { "hold", 100, 0 }, { "hold", 100, -1 } })
    assert.equal(3700, held_until { { "hold", 100, 1e9 } })
  end)

  it("is free until a server says what it has left", function()
    assert.equal(0, wait { { "look", 100 } })
    assert.equal(0, wait { { "sent", 100 }, { "sent", 100 }, { "look", 100 } })
    assert.equal(0, wait { { "learn", 100, "nonsense" }, { "look", 100 } })
  end)

  it("has as many requests as are left, and then waits for the renewal", function()
    local steps = { { "learn", 100, fifty } }
    for _ = 1, 49 do steps[#steps + 1] = { "sent", 100 } end
    assert.equal(0, wait(steps))
    steps[#steps + 1] = { "sent", 110 }
    assert.equal(20, wait(steps))
    steps[#steps + 1] = { "look", 130 }
    assert.equal(0, wait(steps))
  end)

  it("counts what is on its way to the server, of which its answer cannot know", function()
    local steps = {}
    for _ = 1, 50 do steps[#steps + 1] = { "sent", 99 } end
    steps[#steps + 1] = { "answered", 100 }
    steps[#steps + 1] = { "learn", 100, fifty }
    assert.equal(0, wait(steps))
    steps[#steps + 1] = { "sent", 100 }
    assert.equal(30, wait(steps))
  end)

  it("is never in debt: what a later answer grants can be used", function()
    assert.equal(0, wait { { "learn", 100, '"a";r=0;t=9' }, { "sent", 100 }, { "answered", 100 },
      { "learn", 100, '"a";r=1;t=9' }, { "look", 100 } })
  end)

  it("waits for a renewal an hour at most", function()
    assert.equal(3600, wait { { "learn", 100, '"a";r=0;t=99999' }, { "look", 100 } })
  end)

  it("draws numbers from 0 to 1 that are spread", function()
    local low, seen = 0, {}
    for _, number in ipairs(internals.draws(1000)) do
      assert.is_true(number >= 0 and number < 1)
      assert.is_nil(seen[number])
      seen[number] = true
      if number < 0.5 then low = low + 1 end
    end
    assert.is_true(low > 400 and low < 600)
  end)
end)
