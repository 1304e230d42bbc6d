local internals = require "rtk_internals"

describe("memory", function()
  it("is overwritten when it is wiped", function()
    assert.equal(("\0"):rep(37), internals.wipe(("secret "):rep(6):sub(1, 37)))
  end)

  it("comes zeroed when it is asked for that way", function()
    assert.equal(("\0"):rep(4096), internals.zeroes(4096))
  end)
end)
