--[[
What the rounds of a scenario come to: medians over the rounds, and ratios to the limit that was
measured in the same round.
]]

local scenarios = require "bench.scenarios"

local statistics = {}

local function median(list)
  table.sort(list)
  local n = #list
  if n == 0 then return nil end
  return n % 2 == 1 and list[n // 2 + 1] or (list[n // 2] + list[n // 2 + 1]) / 2
end

local function over(rounds, get)
  local list = {}
  for _, round in ipairs(rounds) do list[#list + 1] = get(round) end
  return median(list)
end

local function per_call(figures, key) return figures[key] / figures.calls * 1e6 end

-- The median ratio of `key` to the client `limit`, and the quartiles that say how steady it is.
local function ratio(rounds, name, limit, key)
  local list = {}
  for _, round in ipairs(rounds) do
    if not round[limit] then return nil end
    list[#list + 1] = per_call(round[name], key) / per_call(round[limit], key)
  end
  table.sort(list)
  return { median = median(list), low = list[(#list + 3) // 4], high = list[(3 * #list + 3) // 4] }
end

-- What the client of a row is compared with besides: the same Lua with nothing around libcurl.
local function companion_of(name)
  local which = name:match("^ours%-(.+)$")
  return which and "bare-" .. which
end

local function row_of(scenario, entry, rounds)
  local name = entry.client
  local function of(key)
    return over(rounds, function(round) return round[name][key] end)
  end
  local bare = companion_of(name)
  local wall = over(rounds, function(round) return per_call(round[name], "wall") end)
  return {
    client = name, label = scenarios.clients[name].label, calls = entry.calls,
    concurrency = entry.concurrency,
    rate = 1e6 / wall, wall = wall,
    cpu = over(rounds, function(round) return per_call(round[name], "cpu") end),
    p50 = of "p50" * 1e6, p99 = of "p99" * 1e6,
    idle = of "idle", resident = of "resident", peak = of "peak",
    alone = of "alone" and of "alone" * 1e6, slow_left = of "slow_left",
    connections = of "connections",
    cpu_ratio = scenario.limit and ratio(rounds, name, scenario.limit, "cpu"),
    wall_ratio = scenario.limit and ratio(rounds, name, scenario.limit, "wall"),
    bare_ratio = bare and ratio(rounds, name, bare, "cpu"),
  }
end

function statistics.summarize(scenario, list, rounds)
  local result = {
    name = scenario.name, title = scenario.title, limit = scenario.limit, rounds = #rounds,
    rows = {},
  }
  for i, entry in ipairs(list) do result.rows[i] = row_of(scenario, entry, rounds) end
  return result
end

return statistics
