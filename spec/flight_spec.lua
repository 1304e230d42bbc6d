local internals = require "rtk_internals"

describe("a list of flights", function()
  it("keeps the order in which they came", function()
    assert.same({ 1, 2, 3 }, internals.flights(3, {}))
    assert.same({}, internals.flights(0, {}))
  end)

  it("lets any of them leave, and leaving twice does nothing", function()
    assert.same({ 2, 3 }, internals.flights(3, { 1 }))
    assert.same({ 1, 3 }, internals.flights(3, { 2 }))
    assert.same({ 1, 2 }, internals.flights(3, { 3 }))
    assert.same({}, internals.flights(2, { 2, 1, 1 }))
  end)
end)
