--[[
Prints what RealtimeKit knows about one participant of a session:

  lua5.4 examples/participant.lua <app_id> <session_id> <participant_id>

Takes CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID from the environment, and CLOUDFLARE_BASE_URL
where another server than Cloudflare's is meant, such as sandbox.lua. Runs on Lua 5.1 to 5.4 and
LuaJIT. Needs facts.lua, quality.lua and report.lua beside it.
]]

package.path = (arg[0]:match("^.*/") or "./") .. "?.lua;" .. package.path

local realtimekit = require "realtimekit"
local facts = require "facts"
local quality = require "quality"
local report = require "report"

local elements, get, join = report.elements, report.get, report.join
local number, safe = report.number, report.safe

local all_filters =
  { "device_info", "ip_information", "precall_network_information", "events", "quality_stats" }

-- ==== Who, when ====

local function print_person(p)
  local name = report.fit(safe(join("", p.display_name) or "(no name)"), 80)
  print(name .. "\n" .. ("="):rep(report.width(name)))
  local stayed = report.duration((tonumber(p.duration) or -1) * 60) -- the API counts minutes
  report.facts(nil, {
    { "participant", p.id },
    { "custom id", p.custom_participant_id },
    { "user", p.user_id },
    { "preset", p.preset_name },
    { "joined", report.time(p.joined_at) },
    { "left", p.left_at and report.time(p.left_at) or "still in the session" },
    { "stayed", stayed and stayed .. (p.left_at and "" or " so far") },
  })
end

-- ==== Timeline ====

local function describe_metadata(metadata)
  local parts = {}
  for name, value in pairs(type(metadata) == "table" and metadata or {}) do
    parts[#parts + 1] = name .. " " .. (number("%.14g", value) or tostring(value))
  end
  table.sort(parts)
  return table.concat(parts, ", ")
end

local function describe_peer_event(event)
  local minutes = event.minutes_consumed
  return join(", ", event.preset_view_type,
    minutes ~= 0 and number("%.4g minutes consumed", minutes) or nil)
end

-- The API's own events and those that the client reported, in order.
local function timeline(p)
  local entries = {}
  local function add(time, name, note)
    entries[#entries + 1] = { order = #entries, time = tostring(time or "(no time)"),
      name = safe(name or "(no name)"), note = safe(note or "") }
  end
  for _, event in ipairs(elements(p.peer_events)) do
    add(event.created_at, event.event_name, describe_peer_event(event))
  end
  local reported = get(p, "peer_report", "metadata", "events") or get(p, "peer_stats", "events")
  for _, event in ipairs(elements(reported)) do
    add(event.timestamp, event.name or event.type, describe_metadata(event.metadata))
  end
  table.sort(entries, function(a, b)
    if a.time ~= b.time then return a.time < b.time end
    return a.order < b.order
  end)
  return entries
end

local function print_timeline(p)
  local entries, shown_date = timeline(p), nil
  for i, entry in ipairs(entries) do
    if i == 1 then print("\nTimeline (UTC)") end
    local date, clock = report.moment(entry.time)
    if date ~= shown_date then print("  " .. (date or "(other)")) end
    shown_date = date
    local name = entry.note == "" and entry.name or report.pad(entry.name, 24)
    local line = ("    %s  %s  %s"):format(clock or safe(entry.time), name, entry.note)
    print(report.fit(line:match("^(.-) *$"), 80))
  end
end

-- ==== Call quality ====

local columns = { 21, -6, 4, -6, 8, -8, -7, -11 } -- widths; negative ones are set to the right

local function print_row(...)
  local cells = {}
  for i, width in ipairs(columns) do
    cells[i] = report.pad(select(i, ...) or "", width)
  end
  print(("  " .. table.concat(cells, " ")):match("^(.-)%s*$"))
end

local function print_track(track)
  local mos = track.mos or track.overall
  local _, clock = report.moment(track.worst_at)
  print_row(track.label, number("%.1f", mos), quality.rate(mos), number("%.1f", track.worst), clock,
    number("%.1f %%", track.loss), number("%.0f ms", track.jitter, 1000),
    number("%.0f ms", track.rtt, 1000))
end

local function print_quality(p)
  local tracks = quality.tracks(get(p, "peer_report", "quality"))
  if not tracks[1] then tracks = quality.older_tracks(p.quality_stats) end
  if not tracks[1] then return end
  print("\nCall quality")
  print_row("", "MOS", "", "worst", "at", "lost", "jitter", "round trip")
  for _, track in ipairs(tracks) do print_track(track) end
  print("  MOS is the mean opinion score, 1 to 5: on average, and at its worst.")
end

-- ==== The program ====

local function give_up(err, failure)
  io.stderr:write(err, "\n")
  local hint = report.hint(failure)
  if hint then io.stderr:write(hint, "\n") end
  os.exit(1)
end

local function main(app_id, session_id, participant_id, extra)
  if not participant_id or extra then
    io.stderr:write("usage: ", arg[0], " <app_id> <session_id> <participant_id>\n")
    os.exit(2)
  end
  local participant, err, response = realtimekit.participant(app_id, session_id, participant_id,
    { include_peer_events = true, filters = all_filters })
  if not participant then give_up(err, response) end
  print_person(participant)
  print_timeline(participant)
  report.facts("Device", facts.device(participant))
  report.facts("Network", facts.network(participant))
  print_quality(participant)
end

main(...)
