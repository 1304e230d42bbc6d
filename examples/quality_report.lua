--[[
Writes how the call was for everybody in a session, or for one participant of it, as one HTML file
that needs nothing else: who was there when, the mean opinion score, packet loss, jitter and round
trip over time, devices and networks.

  lua5.4 examples/quality_report.lua <app_id> <session_id> [participant_id] <output.html>

Exits with 1 when there is no report to be had, or none of some of the participants: the file is
written all the same then, and says so.

Takes CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID from the environment, and CLOUDFLARE_BASE_URL
where another server than Cloudflare's is meant, such as sandbox.lua. Runs on Lua 5.1 to 5.4 and
LuaJIT. Needs beside it: facts.lua, quality.lua, quality_chart.lua, quality_page.lua,
quality_series.lua, quality_timeline.lua, report.lua.
]]

package.path = (arg[0]:match("^.*/") or "./") .. "?.lua;" .. package.path

local realtimekit = require "realtimekit"
local chart = require "quality_chart"
local facts = require "facts"
local page = require "quality_page"
local quality = require "quality"
local report = require "report"
local series = require "quality_series"
local timeline = require "quality_timeline"

local element, text = page.element, page.text

local all_filters =
  { "device_info", "ip_information", "precall_network_information", "events", "quality_stats" }

-- ==== Fetching ====

-- Both return the session and a list of participants {id, p, err, failure}, or nil, err, failure.

local function fetch_participant(app_id, session_id, participant_id)
  local session, err, failure = realtimekit.session(app_id, session_id)
  if not session then return nil, err, failure end
  local p
  p, err, failure = realtimekit.participant(app_id, session_id, participant_id,
    { include_peer_events = true, filters = all_filters })
  if not p then return nil, err, failure end
  return session, { { id = participant_id, p = p } }
end

local function fetch_session(app_id, session_id)
  local whole, err, failure = realtimekit.session_report(app_id, session_id,
    { include_peer_events = true, filters = all_filters })
  if not whole then return nil, err, failure end
  local people = {}
  for i, entry in ipairs(whole.participants) do
    local p = {}
    for _, source in ipairs { entry.participant, entry.report } do -- the report has the last word
      for name, value in pairs(source) do p[name] = value end
    end
    people[i] = { id = entry.id, p = p, err = entry.err, failure = entry.failure }
  end
  return whole.session, people
end

-- ==== Words ====

-- A time in words; what is no time, as it is.
local function when(time)
  local kind = type(time)
  if kind ~= "string" and kind ~= "number" then return nil end
  local seconds = series.seconds(time)
  return seconds and report.time(time) or tostring(time) .. " (not a time)"
end

local function stay(person)
  local minutes = tonumber(person.p.duration)
  local seconds = minutes and report.duration(minutes * 60)
  return minutes and minutes < 1e6 and seconds or nil
end

local function study(people)
  for place, person in ipairs(people) do
    local p = person.p
    person.place, person.figures, person.visits = place, quality.of(p), timeline.visits(p)
    person.series = series.of(p)
    person.name = facts.words("", p.display_name) or "(no name)"
  end
end

-- ==== Everybody in figures ====

local by_name = {}
for _, measure in ipairs(series.measures) do by_name[measure.name] = measure end

local formats = { mos = "%.2f", loss = "%.1f\194\160%%", jitter = "%.0f\194\160ms",
  rtt = "%.0f\194\160ms" } -- with spaces that do not break

-- A figure that quality.lua gives, in words; nil for what is none or absurd.
local function figure(value, name)
  local measure = by_name[name]
  if value and measure.unit == "ms" then value = value * 1000 end
  if not value or value < measure.low or value > measure.high then return nil end
  local words = formats[name]:format(value)
  return name == "mos" and words .. " " .. quality.rate(value) or words
end

local function cells(kind, ...)
  local parts = {}
  for i = 1, select("#", ...) do parts[i] = element(kind, nil, select(i, ...) or "–") end
  return element("tr", nil, table.concat(parts)) .. "\n"
end

local function figures_row(person)
  local function cell(name)
    local words = figure(person.figures[name], name)
    return words and words .. (person.figures.from_test[name] and "*" or "")
  end
  return cells("td", element("a", { "href", "#p" .. person.place }, text(person.name)),
    cell("mos"), cell("loss"), cell("jitter"), cell("rtt"))
end

local function figures_table(people)
  local rows, tested = {}, false
  for i, person in ipairs(people) do
    rows[i] = figures_row(person)
    tested = tested or next(person.figures.from_test) ~= nil
  end
  return element("section", nil, element("h2", nil, "Means, the worst first"), element("table", nil,
    element("thead", nil, cells("th", "participant", "MOS", "lost", "jitter", "round trip")),
    element("tbody", nil, table.concat(rows))),
    tested and element("p", { "class", "soft" },
      "* not measured in the call, but in the test of the network before it") or nil)
end

-- ==== One participant ====

-- A list of facts, {label, value}; nil without any.
local function facts_list(heading, list)
  local parts = {}
  for _, fact in ipairs(list) do
    if fact[2] ~= nil then
      parts[#parts + 1] = element("dt", nil, text(fact[1])) .. element("dd", nil, text(fact[2]))
    end
  end
  if not parts[1] then
    return element("div", nil, element("h3", nil, heading),
      element("p", { "class", "soft" }, "Nothing is known."))
  end
  return element("div", nil, element("h3", nil, heading), element("dl", nil, table.concat(parts)))
end

local function person_facts(person)
  local p = person.p
  return facts_list("Participant", {
    { "id", person.id }, { "custom id", facts.words("", p.custom_participant_id) },
    { "preset", facts.words("", p.preset_name) }, { "joined", when(p.joined_at) },
    { "left", when(p.left_at) or "still in the session" }, { "stayed", stay(person) },
  })
end

local function tracks_table(tracks)
  local rows = {}
  for _, track in ipairs(tracks) do
    local drawn = next(track.lines) ~= nil
    local worst_at = series.seconds(track.worst_at)
    local worst = track.worst and figure(track.worst, "mos")
    rows[#rows + 1] = cells("td", (drawn and chart.sample(track) or "") .. text(track.label),
      figure(track.mos or track.overall, "mos"),
      worst and worst:match("^%S+") .. (worst_at and " at " .. chart.clock(worst_at, 60) or ""),
      figure(track.loss, "loss"), figure(track.jitter, "jitter"), figure(track.rtt, "rtt"))
  end
  return element("table", nil, element("thead", nil,
    cells("th", "track", "MOS", "worst", "lost", "jitter", "round trip")),
    element("tbody", nil, table.concat(rows)))
end

local function count_of(count, one, many)
  return count == 1 and "1 " .. one or ("%d %s"):format(count, many)
end

-- What is in none of the drawings, in sentences.
local function left_out(of)
  local said = {}
  if of.unread > 0 then
    said[1] = count_of(of.unread, "sample has", "samples have") .. " no time that can be read."
  end
  if (of.far or 0) > 0 then
    said[#said + 1] = count_of(of.far, "sample is", "samples are")
      .. " more than a week from the others."
  end
  for _, measure in ipairs(series.measures) do
    local count = of[measure.name]
    if count then
      said[#said + 1] = ("%s: %s not a number from %d to %d%s."):format(measure.title,
        count_of(count, "value is", "values are"), measure.low, measure.high,
        measure.unit == "" and "" or " " .. measure.unit)
    end
  end
  if not said[1] then return nil end
  return element("p", { "class", "warn" }, "Left out of the drawings: ",
    text(table.concat(said, " ")))
end

local function chart_figure(person, measure, low, high)
  local drawing = low and chart.measure(person.series.tracks, measure, low, high, person.name)
  return element("figure", nil, element("figcaption", nil, measure.title, " ",
    element("span", nil, measure.unit == "" and "1 to 5" or "in " .. measure.unit)),
    drawing or element("p", { "class", "soft" }, "Nothing tells it over time."))
end

-- The span of a participant's charts: of the samples, and of the visits around them.
local function chart_span(person)
  local low, high = person.series.first, person.series.last
  if not low then return nil end
  for _, visit in ipairs(person.visits) do
    local near_low, near_high = series.span { low, visit.from, high, visit.to or high }
    low, high = math.min(low, near_low), math.max(high, near_high)
  end
  return chart.widen(low, high)
end

local function quality_of(person)
  local tracks, out = person.series.tracks, left_out(person.series.left_out)
  if not tracks[1] then
    return element("p", nil, "No call quality was measured, or none was kept.") .. (out or "")
  end
  local low, high = chart_span(person)
  local figures = {}
  for i, measure in ipairs(series.measures) do
    figures[i] = chart_figure(person, measure, low, high)
  end
  return element("div", { "class", "quality" }, tracks_table(tracks), out,
    element("div", { "class", "columns charts" }, table.concat(figures, "\n")))
end

local function person_section(person)
  local failed = person.err and element("p", { "class", "warn" },
    "The report of this participant could not be fetched: ", text(person.err))
  return element("section", { "class", "person", "id", "p" .. person.place },
    element("h2", nil, text(person.name)), failed,
    not failed and quality_of(person) or nil,
    element("div", { "class", "columns" }, person_facts(person),
      facts_list("Device", facts.device(person.p)),
      facts_list("Network", facts.network(person.p)))) .. "\n"
end

-- ==== The document ====

local function session_facts(session)
  return facts_list("Session", {
    { "id", facts.words("", session.id) },
    { "meeting", facts.words("", session.associated_id) },
    { "status", facts.words("", session.status) }, { "started", when(session.started_at) },
    { "ended", when(session.ended_at) },
    { "at once", report.number("%.4g at most", session.max_concurrent_participants) },
    { "consumed", report.number("%.4g minutes", session.minutes_consumed) },
  })
end

local function document(session, people, is_whole)
  study(people)
  local worst_first, sections = {}, {}
  for i, person in ipairs(people) do worst_first[i] = person end
  table.sort(worst_first, quality.is_worse)
  for i, person in ipairs(worst_first) do sections[i] = person_section(person) end
  local title = facts.words("", session.meeting_display_name)
    or facts.words(" ", "Session", session.id)
  local who = is_whole and count_of(#people, "participant", "participants") or people[1].name
  local nobody = not people[1]
    and element("p", nil, "Nobody was in this session, as far as is known.")
  return page.document("Call quality: " .. title .. ", " .. who, table.concat({
    element("h1", nil, text(title)),
    element("p", { "class", "soft" }, "Call quality of ", text(who),
      ". All times are UTC. MOS is the mean opinion score, 1 to 5. Where more values fall"
        .. " together than can be drawn, the worst is."),
    session_facts(session),
    nobody or timeline.section(people),
    people[2] and figures_table(worst_first) or "",
    table.concat(sections),
  }, "\n"))
end

-- ==== The program ====

local function give_up(...)
  io.stderr:write(table.concat({ ... }, "\n"), "\n")
  os.exit(1)
end

local function exit_with_usage(why)
  if why then io.stderr:write(why, "\n") end
  io.stderr:write("usage: ", arg[0], " <app_id> <session_id> [participant_id] <output.html>\n",
    "Without a participant id, the report is of everybody in the session.\n")
  os.exit(2)
end

local function write_file(path, content)
  local file, why = io.open(path, "wb")
  local written = file
  if file then
    written, why = file:write(content)
    local closed, why_then = file:close()
    if not closed then written, why = nil, why or why_then end
  end
  if written then return end
  give_up("cannot write the report: " .. tostring(why),
    "Name a file in a folder that exists and that you may write to, where there is room.")
end

-- Tells on stderr whose report is missing; returns whether any is.
local function tell_missing(people)
  local hinted, missing = {}, false
  for _, person in ipairs(people) do
    if person.err then
      io.stderr:write(("No report of %s: %s\n"):format(report.safe(person.id or "(no id)"),
        person.err))
      local hint = person.failure and report.hint(person.failure)
      if hint and not hinted[hint] then io.stderr:write(hint, "\n") end
      hinted[hint or 0], missing = true, true
    end
  end
  return missing
end

local function main(app_id, session_id, ...)
  local participant_id, path = ...
  if select("#", ...) == 1 then participant_id, path = nil, participant_id end
  if not path or select("#", ...) > 2 then exit_with_usage() end
  if not path:lower():find("%.html?$") then
    exit_with_usage("the last argument is the file to write, and ends in .html: " .. path)
  end
  local session, people, failure
  if participant_id then
    session, people, failure = fetch_participant(app_id, session_id, participant_id)
  else
    session, people, failure = fetch_session(app_id, session_id)
  end
  if not session then give_up(people, report.hint(failure)) end
  write_file(path, document(session, people, not participant_id))
  print(("%s: %s"):format(path, count_of(#people, "participant", "participants")))
  if tell_missing(people) then os.exit(1) end
end

main(...)
