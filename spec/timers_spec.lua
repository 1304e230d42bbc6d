local internals = require "rtk_internals"

local function numbers(n)
  local list = {}
  for i = 1, n do list[i] = i end
  return list
end

describe("timers", function()
  it("come due in the order of their times", function()
    assert.same({ 3, 1, 4, 2 }, internals.timers({ 2, 9, 1, 3 }, {}))
  end)

  it("of one time come due in the order in which they were set", function()
    assert.same(numbers(20), internals.timers({ 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5,
      5, 5, 5 }, {}))
    assert.same({ 2, 3, 1 }, internals.timers({ 5, 5, 5 }, { { 1, 5 } }))
  end)

  it("can be set anew, earlier and later", function()
    assert.same({ 3, 2, 1 }, internals.timers({ 1, 2, 3 }, { { 1, 9 }, { 3, 0 } }))
  end)

  it("that are cleared do not come, and clearing twice does nothing", function()
    assert.same({ 1, 3 }, internals.timers({ 1, 2, 3 }, { { 2 }, { 2 } }))
    assert.same({}, internals.timers({ 1 }, { { 1 } }))
    assert.same({}, internals.timers({}, {}))
  end)

  it("keep their order among many that are set, set anew and cleared at random", function()
    local state = 12345
    local function random(n)
      state = (state * 1103515245 + 12345) % 2147483648
      return state % n
    end
    local times, changes, set = {}, {}, {}
    for i = 1, 500 do
      times[i] = random(100)
      set[i] = { time = times[i], order = i }
    end
    for i = 1, 1000 do
      local number = random(500) + 1
      if random(3) == 0 then
        changes[i], set[number] = { number }, nil
      else
        changes[i] = { number, random(100) }
        set[number] = { time = changes[i][2], order = 500 + i }
      end
    end
    local expected = {}
    for number in pairs(set) do expected[#expected + 1] = number end
    table.sort(expected, function(a, b)
      if set[a].time ~= set[b].time then return set[a].time < set[b].time end
      return set[a].order < set[b].order
    end)
    assert.same(expected, internals.timers(times, changes))
  end)
end)
