--[[
Runs the benchmarks and shows what came out.
  lua5.4 bench/run.lua [rounds=11] [only=PATTERN] [smoke] [out=bench/results]

`only` is a Lua pattern for the names of scenarios. `smoke` makes hardly any calls: it is to see
that everything still works.
]]

local certificates = require "spec.support.certificates"
local client = require "bench.client"
local process = require "spec.support.process"
local report = require "bench.report"
local scenarios = require "bench.scenarios"
local statistics = require "bench.statistics"
local upstream = require "bench.upstream"

local options = { rounds = 11, only = "", out = "bench/results" }
for _, word in ipairs(arg) do
  local name, value = word:match("^(%w+)=(.*)$")
  options[name or word] = value and (tonumber(value) or value) or true
end

local SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"

-- The system's roots with ours among them, as a file, and ours as a folder.
local function make_trust(directory)
  local bundle = directory .. "/bundle.pem"
  process.check(("cat %s %s >%s"):format(
    SYSTEM_BUNDLE, certificates.ca_file, process.quote(bundle)))
  return { ca = certificates.ca_file, folder = certificates.ca_path, bundle = bundle }
end

local available = {}

-- Whether a client can be had here; said once where not.
local function has(name)
  local needs = scenarios.clients[name].needs
  if not needs then return true end
  if available[needs] == nil then
    local _, status = process.run(needs)
    available[needs] = status == 0
    if status ~= 0 then
      io.stderr:write(("left out: %s (%s is missing)\n"):format(
        scenarios.clients[name].label, scenarios.clients[name].package))
    end
  end
  return available[needs]
end

-- Hardly any calls, and none that takes long.
local function shrink(scenario, entry)
  entry.calls = math.min(entry.calls, entry.concurrency and 40 or 2)
  entry.warm = math.min(entry.warm or 1, 1)
  entry.slow = entry.slow and 20
  if scenario.url[2] == "slow" then scenario.url = { "tls", "small20" } end
  scenario.connections = nil
end

local function entries_of(scenario)
  local list = {}
  for _, entry in ipairs(scenario.entries) do
    if has(entry.client) and not (options.smoke and scenarios.clients[entry.client].node) then
      if options.smoke then shrink(scenario, entry) end
      list[#list + 1] = entry
    end
  end
  return list
end

local function start(scenario, entry, server, trust, directory)
  if entry.slow then entry.slow_url = server:url("tls", "slow") end
  if entry.meet then entry.fast_url = server:url("tls", "small") end
  local url = server:url(scenario.url[1], scenario.url[2])
  local command, environment = scenarios.command(scenario, entry, url, trust)
  local started, why = client.start(command, environment, directory)
  if not started then error(("%s: %s"):format(command, why)) end
  return started
end

-- One round: every client once. The order changes, so that nobody is always the first.
local function run_round(scenario, list, round, server, make)
  local figures = {}
  for i = 1, #list do
    local entry = list[(i + round - 2) % #list + 1]
    local one = make(entry)
    local result = one:go()
    if scenario.fresh then one:stop() end
    if scenario.connections then result.connections = server:connections(scenario.connections) end
    figures[entry.client] = result
  end
  return figures
end

local function run(scenario, server, trust, directory)
  local list, running, rounds = entries_of(scenario), {}, {}
  local function make(entry)
    if not running[entry] or scenario.fresh then
      running[entry] = start(scenario, entry, server, trust, directory)
    end
    return running[entry]
  end
  local count = options.smoke and 1 or math.min(options.rounds, scenario.rounds or options.rounds)
  for round = 1, count do
    rounds[round] = run_round(scenario, list, round, server, make)
  end
  if not scenario.fresh then
    for _, one in pairs(running) do one:stop() end
  end
  return statistics.summarize(scenario, list, rounds)
end

local function main()
  local directory, keeper = process.temporary_directory()
  local trust = make_trust(directory)
  local server = upstream.start()
  local results = {}
  for _, scenario in ipairs(scenarios.list) do
    if scenario.name:find(options.only) then
      local result = run(scenario, server, trust, directory)
      results[#results + 1] = result
      io.write(report.table_of(result), "\n")
      io.flush()
    end
  end
  server:stop()
  keeper:close()
  if options.smoke then
    local runs = 0
    for _, result in ipairs(results) do runs = runs + #result.rows end
    print(("bench: %d scenarios, %d clients in them"):format(#results, runs))
  elseif options.only == "" then
    report.write(options.out, results, options.rounds)
  end
end

main()
