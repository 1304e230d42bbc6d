--[[
Counts the instructions of a call with valgrind: a client makes some calls and then more of them in
another process, and the difference is what the calls took, without start and warm-up.

  lua5.4 bench/instructions.lua              compares with bench/instructions; above 5%: fails
  lua5.4 bench/instructions.lua accept       keeps what is counted now
  lua5.4 bench/instructions.lua by=WHAT      the functions that most of it is in; see `profiles`

Calls go over plain HTTP: the code that OpenSSL picks depends on the processor.
]]

local process = require "spec.support.process"
local upstream = require "bench.upstream"

local KEPT = "bench/instructions"
local MARGIN = 1.05

local ENVIRONMENT =
  "env LUA_PATH='./?.lua;;' LUA_CPATH='build/lua5.4/?.so;build/bench/lua5.4/?.so;;'"
local OURS = "lua5.4 bench/clients/"

local function ours(mode)
  return function(url, calls, ca)
    return OURS .. ("ours.lua mode=%s url=%s calls=%d ca=%s"):format(mode, url, calls, ca)
  end
end

local function program(command)
  return function(url, calls, ca)
    return ("%s url=%s calls=0 warm=%d ca=%s"):format(command, url, calls, ca)
  end
end

-- What is kept.
local scenarios = {
  { name = "small", few = 50, many = 250 },
  { name = "medium", few = 10, many = 30 },
  { name = "large", few = 2, many = 5 },
}

-- For by=: ours and what it is compared with.
local profiles = {
  small = { command = ours "count", listener = "plain", few = 50, many = 550 },
  medium = { command = ours "count", listener = "plain", few = 10, many = 60 },
  large = { command = ours "count", listener = "plain", few = 2, many = 6 },
  ["small-tls"] = {
    command = ours "count", listener = "tls", body = "small", few = 50, many = 550,
  },
  batch = {
    command = ours "count_batch", listener = "tls", body = "small", few = 200, many = 1200,
  },
  ["bare-small"] = {
    command = program(OURS .. "bare.lua"), listener = "plain", body = "small", few = 50, many = 550,
  },
  ["bare-medium"] = {
    command = program(OURS .. "bare.lua"), listener = "plain", body = "medium", few = 10, many = 60,
  },
  ["bare-large"] = {
    command = program(OURS .. "bare.lua"), listener = "plain", body = "large", few = 2, many = 6,
  },
  ["easy-small"] = {
    command = program "build/bench/easy", listener = "plain", body = "small", few = 50, many = 550,
  },
  ["easy-small-tls"] = {
    command = program "build/bench/easy", listener = "tls", body = "small", few = 50, many = 550,
  },
  multi = {
    command = program "build/bench/multi concurrency=16", listener = "tls", body = "small",
    few = 200, many = 1200,
  },
}

-- Runs a command under callgrind; its total and its functions, as a table of counts.
local function count(command, directory, functions)
  local out = directory .. "/callgrind"
  local text, status = process.run(("%s setarch -R valgrind --tool=callgrind "
    .. "--callgrind-out-file=%s %s </dev/null"):format(ENVIRONMENT, out, command))
  if status ~= 0 then error(text) end
  local total = text:match("Collected : (%d+)") or error(text)
  local list = {}
  if functions then
    local listing = process.check(
      "callgrind_annotate --auto=no --tree=none --threshold=100 " .. out)
    local line = "\n%s*([%d,]+) %b()%s+[^\n]-:(%S+) %[([^\n]+)%]"
    for figure, symbol, path in listing:gmatch(line) do
      local object = path:match("[^/]*$")
      local name, all = symbol .. " in " .. object, "all of " .. object
      local number = tonumber((figure:gsub(",", "")))
      list[name] = (list[name] or 0) + number
      list[all] = (list[all] or 0) + number
    end
  end
  return tonumber(total), list
end

local function per_call(profile, url, trust, directory, functions)
  local low, before = count(profile.command(url, profile.few, trust), directory, functions)
  local high, after = count(profile.command(url, profile.many, trust), directory, functions)
  local calls = profile.many - profile.few
  local list = {}
  for name, number in pairs(after) do
    list[#list + 1] = { name = name, number = (number - (before[name] or 0)) / calls }
  end
  table.sort(list, function(a, b) return a.number > b.number end)
  return (high - low) / calls, list
end

local function read_kept()
  local kept, file = {}, io.open(KEPT, "r")
  for line in file and file:lines() or function() end do
    local name, number = line:match("^(%w+) (%d+)$")
    if name then kept[name] = tonumber(number) end
  end
  if file then file:close() end
  return kept
end

local function write_kept(counted)
  local lines = { "# Instructions per call, one after the other, plain HTTP, Lua 5.4, Debian 12." }
  for _, scenario in ipairs(scenarios) do
    lines[#lines + 1] = ("%s %.0f"):format(scenario.name, counted[scenario.name])
  end
  process.write_file(KEPT, table.concat(lines, "\n") .. "\n")
end

local function compare(counted)
  local kept, fine = read_kept(), true
  for _, scenario in ipairs(scenarios) do
    local now, before = counted[scenario.name], kept[scenario.name]
    local more = before and now > before * MARGIN
    print(("%-8s %12.0f instructions per call, kept %s%s"):format(scenario.name, now,
      before and ("%d (%+.1f%%)"):format(before, (now / before - 1) * 100) or "none",
      more and ": too many" or ""))
    fine = fine and not more and before ~= nil
  end
  if not fine then print("if there is a reason for it: make instructions-accept") end
  return fine
end

local function show(name, server, trust, directory)
  local profile = profiles[name] or error("no profile is called " .. name)
  local total, list = per_call(profile, server:url(profile.listener, profile.body or name), trust,
    directory, true)
  print(("%s: %.0f instructions per call"):format(name, total))
  for i = 1, math.min(#list, 60) do
    print(("%10.0f  %s"):format(list[i].number, list[i].name))
  end
end

local function main(word)
  local certificates = require "spec.support.certificates"
  local directory, keeper = process.temporary_directory()
  local server = upstream.start()
  local fine, by = true, word and word:match("^by=(.+)$")
  if by then
    show(by, server, certificates.ca_file, directory)
  else
    local counted = {}
    for _, scenario in ipairs(scenarios) do
      scenario.command = ours "count"
      counted[scenario.name] = per_call(scenario, server:url("plain", scenario.name),
        certificates.ca_file, directory)
    end
    if word == "accept" then write_kept(counted) end
    fine = compare(counted)
  end
  server:stop()
  keeper:close()
  return fine
end

os.exit(main(arg[1]), true)
