--[[
Prints how the call was for everybody in a session, the worst first:

  lua5.4 examples/session_quality.lua <app_id> <session_id> [participant_id ...]

With participant ids it asks for those alone; with - in place of them it reads them from standard
input, one per line. Exits with 1 when the list of participants or one of them could not be fetched;
those that could are printed all the same. On a terminal it shows how far it is.

Takes CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID from the environment, and CLOUDFLARE_BASE_URL
where another server than Cloudflare's is meant, such as sandbox.lua. Runs on Lua 5.1 to 5.4 and
LuaJIT. Needs report.lua and quality.lua beside it.
]]

package.path = (arg[0]:match("^.*/") or "./") .. "?.lua;" .. package.path

local realtimekit = require "realtimekit"
local quality = require "quality"
local report = require "report"

local join, number, safe = report.join, report.number, report.safe

local STDIN, STDERR = 0, 2

-- Whether that descriptor is a terminal. Where there is no POSIX shell to ask, none is.
local function is_terminal(descriptor)
  if package.config:sub(1, 1) ~= "/" then return false end
  local status = os.execute("test -t " .. descriptor)
  return status == true or status == 0 -- 0 on Lua 5.1 and LuaJIT
end

-- ==== Whom ====

local function read_ids()
  if is_terminal(STDIN) then
    io.stderr:write("Participant ids, one per line; the end of input ends the list:\n")
  end
  local ids = {}
  for line in io.lines() do ids[#ids + 1] = line:match("^%s*(.-)%s*$"):match(".+") end
  return ids
end

-- The ids of everybody in the session, and those participants that have none, as failures.
local function list_ids(app_id, session_id)
  local ids, without = {}, {}
  for place, participant, err, failure in
    realtimekit.each_session_participant(app_id, session_id) do
    if not participant then return nil, err, failure end
    if type(participant.id) == "string" then
      ids[#ids + 1] = participant.id
    else
      without[#without + 1] = { id = join("", participant.display_name) or "(no name)",
        err = "the participant has no id", failure = { kind = "bad_response" },
        place = place }
    end
  end
  return ids, without
end

-- ==== Fetching ====

-- Returns a function that shows how far things are, and one that wipes it away.
local function new_progress(total)
  if not is_terminal(STDERR) then
    local function ignore() end
    return ignore, ignore
  end
  local shown = ""
  local function show(ended, failed)
    shown = ("%d of %d%s"):format(ended, total, failed > 0 and ", failed: " .. failed or "")
    io.stderr:write("\r", shown)
  end
  local function wipe() io.stderr:write("\r", (" "):rep(#shown), "\r") end
  return show, wipe
end

-- Returns the participants as {id, participant, figures, place}, the failures as {id, err, failure,
-- place}, `place` being where in `ids` each was.
local function fetch(app_id, session_id, ids)
  local fetched, failed, places = {}, {}, {}
  for place, id in ipairs(ids) do places[id] = place end
  local show, wipe = new_progress(#ids)
  show(0, 0)
  for id, participant, err, outcome in realtimekit.each_participant(app_id, session_id, ids,
    { filters = { "quality_stats", "precall_network_information" } }) do
    if participant then
      fetched[#fetched + 1] = { id = id, participant = participant,
        figures = quality.of(participant), place = places[id] }
    else
      failed[#failed + 1] = { id = id, err = err, failure = outcome, place = places[id] }
    end
    show(#fetched + #failed, #failed)
  end
  wipe()
  return fetched, failed
end

-- ==== Printing ====

local columns = { 24, 9, -8, -4, 4, -8, -8, -8 } -- widths; negative ones are set to the right

local function print_row(...)
  local cells = {}
  for i, width in ipairs(columns) do
    cells[i] = report.pad(report.fit(select(i, ...) or "-", math.abs(width)), width)
  end
  print((table.concat(cells, " "):match("^(.-) *$")))
end

-- Minutes as h:mm:ss.
local function clock(minutes)
  minutes = tonumber(minutes)
  if not minutes or minutes < 0 or minutes - minutes ~= 0 then return nil end
  local s = math.floor(minutes * 60 + 0.5)
  return ("%.0f:%02.0f:%02.0f"):format(math.floor(s / 3600), math.floor(s / 60) % 60, s % 60)
end

local function print_participant(entry)
  local p, figures = entry.participant, entry.figures
  local function cell(name, format, scale)
    local text = number(format, figures[name], scale)
    return (text or "-") .. (figures.from_test[name] and "*" or " ")
  end
  print_row(safe(join("", p.display_name) or "(no name)"), safe(entry.id), clock(p.duration),
    number("%.2f", figures.mos), quality.rate(figures.mos) or "", cell("loss", "%.1f %%"),
    cell("jitter", "%.0f ms", 1000), cell("rtt", "%.0f ms", 1000))
end

local function print_table(fetched)
  local tested = false
  print_row("participant", "id", "duration", "MOS", "", "lost ", "jitter ", "RTT ")
  for _, entry in ipairs(fetched) do
    print_participant(entry)
    tested = tested or next(entry.figures.from_test) ~= nil
  end
  print("\nMeans over what was sent and received. MOS is the mean opinion score, 1 to 5.")
  if tested then print("* not measured in the call, but in the test of the network before it") end
end

local function print_failures(failed, total)
  print(("Not fetched: %d of %d"):format(#failed, total))
  local hinted = {}
  for _, entry in ipairs(failed) do print(("  %s\n    %s"):format(safe(entry.id), entry.err)) end
  for _, entry in ipairs(failed) do
    local hint = report.hint(entry.failure)
    if hint and not hinted[entry.failure.kind] then print(hint) end
    hinted[entry.failure.kind] = true
  end
end

-- ==== The program ====

local function exit_with_usage(why)
  if why then io.stderr:write(why, "\n") end
  io.stderr:write("usage: ", arg[0], " <app_id> <session_id> [participant_id ...]\n",
    "Without participant ids, it is of everybody in the session; with - in place of them, they\n",
    "are read from standard input, one per line.\n")
  os.exit(2)
end

local function give_up(err, failure)
  io.stderr:write("The list of participants could not be fetched: ", err, "\n")
  local hint = report.hint(failure)
  if hint then io.stderr:write(hint, "\n") end
  os.exit(1)
end

-- Whom to ask for, and those of whom nothing can be had, as failures.
local function choose(app_id, session_id, given)
  if not given[1] then
    local ids, without, failure = list_ids(app_id, session_id)
    if not ids then give_up(without, failure) end
    return ids, without
  end
  local ids = given[1] == "-" and not given[2] and read_ids() or given
  if not ids[1] then exit_with_usage("no participant id") end
  return ids, {}
end

local function main(app_id, session_id, ...)
  if not session_id then exit_with_usage() end
  local ids, without = choose(app_id, session_id, { ... })
  local total = #ids + #without
  if total == 0 then print("Nobody was in this session, as far as is known.") end
  local fetched, failed = {}, {}
  if ids[1] then fetched, failed = fetch(app_id, session_id, ids) end
  for _, entry in ipairs(without) do failed[#failed + 1] = entry end
  table.sort(fetched, quality.is_worse)
  table.sort(failed, function(a, b) return a.place < b.place end)
  if fetched[1] then print_table(fetched) end
  if fetched[1] and failed[1] then print() end
  if failed[1] then
    print_failures(failed, total)
    os.exit(1)
  end
end

main(...)
