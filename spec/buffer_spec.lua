local internals = require "rtk_internals"

describe("buffer", function()
  it("holds what was added, in order, byte for byte", function()
    assert.equal("a\0b\255c", (internals.buffer("a\0", "", "b\255", "c")))
  end)

  it("grows in doubling steps", function()
    local bytes, capacity = internals.buffer(("x"):rep(100000))
    assert.equal(100000, #bytes)
    assert.equal(131072, capacity)
  end)

  it("gives a large memory back when it is reset, and keeps a small one", function()
    local _, _, after_large = internals.buffer(("x"):rep(100000))
    local _, small, after_small = internals.buffer("x")
    assert.equal(0, after_large)
    assert.equal(small, after_small)
  end)
end)
