local internals = require "rtk_internals"

describe("clock", function()
  it("only goes forward", function()
    local last = internals.now()
    for _ = 1, 1000 do
      local now = internals.now()
      assert.is_true(now >= last)
      last = now
    end
  end)

  it("knows the time of day", function()
    assert.is_true(math.abs(internals.wall() - os.time()) < 60)
  end)

  it("sleeps until its time, whatever signals arrive", function()
    local until_then = internals.now() + 0.2
    internals.alarm(0.005)
    internals.sleep(until_then)
    local signals = internals.alarm(0)
    assert.is_true(internals.now() >= until_then)
    assert.is_true(signals > 5)
  end)

  it("does not sleep for a time that has passed", function()
    local before = internals.now()
    internals.sleep(before - 1000)
    assert.is_true(internals.now() - before < 1)
  end)
end)
