local internals = require "rtk_internals"

describe("compat", function()
  it("makes whole numbers of the kind that this Lua has", function()
    local number = internals.whole(2 ^ 53)
    assert.equal(2 ^ 53, number)
    if math.type then assert.equal("integer", math.type(number)) end
  end)

  it("sees which floats are whole", function()
    if not math.type then
      pending("this Lua has no integers")
    end
    assert.is_true(internals.is_whole_float(2.0))
    assert.is_true(internals.is_whole_float(-2.0 ^ 53))
    assert.is_false(internals.is_whole_float(2.0 ^ 53 + 2))
    assert.is_false(internals.is_whole_float(2.5))
    assert.is_false(internals.is_whole_float(math.huge))
    assert.is_false(internals.is_whole_float(-math.huge))
    assert.is_false(internals.is_whole_float(0 / 0))
    assert.is_false(internals.is_whole_float(2))
  end)
end)
