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

  it("is told to libcurl in milliseconds, 1 at least and some 23 days at most", function()
    for seconds, expected in pairs { [1] = 1000, [0.0015] = 2, [0.001] = 1, [0] = 1, [-5] = 1,
      [12.3451] = 12346, [1e300] = 2000000000 } do
      assert.equal(expected, internals.milliseconds(seconds))
    end
  end)
end)
