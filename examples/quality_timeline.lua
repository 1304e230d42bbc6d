--[[
Who of a session was there when, drawn as a row for each participant. A participant here is a table
{p, name, place, series}: as the API tells of it, what it is called, its number, and what
quality_series.lua makes of it.
]]

local chart = require "quality_chart"
local page = require "quality_page"
local report = require "report"
local series = require "quality_series"

local timeline = {}

local element, text = page.element, page.text
local elements, get, join = report.elements, report.get, report.join

local function visits_of_events(p)
  local list, open = {}, nil
  local known = { PEER_JOINING = true, PEER_LEAVING = true }
  for _, event in ipairs(elements(p.peer_events)) do
    local time = known[event.event_name] and series.seconds(event.created_at)
    if time and event.event_name == "PEER_JOINING" and not open then
      open = { from = time }
      list[#list + 1] = open
    elseif time and event.event_name == "PEER_LEAVING" and open and time >= open.from then
      open.to, open = time, nil
    end
  end
  return list
end

--- When somebody was there, a list of {from, to}; `to` is nil of one who is still there.
function timeline.visits(p)
  local list = visits_of_events(p)
  if list[1] then return list end
  local from, to = series.seconds(p.joined_at), series.seconds(p.left_at)
  if not from or to and to < from or p.left_at and not to then return {} end
  return { { from = from, to = to } }
end

-- The span of all that has a time; nil when nothing has.
local function span_of(people)
  local times = {}
  for _, person in ipairs(people) do
    for _, visit in ipairs(person.visits) do
      times[#times + 1] = visit.from
      times[#times + 1] = visit.to or series.seconds(person.p.updated_at)
    end
    times[#times + 1] = person.series.first
    times[#times + 1] = person.series.last
  end
  return series.span(times)
end

-- The visits as far as they are in the span, those that are not over up to its end; and how many
-- are not in it.
local function within(visits, low, high)
  local inside, outside = {}, 0
  for _, visit in ipairs(visits) do
    local to = visit.to or math.max(high, visit.from)
    if visit.from >= low and to <= high then
      inside[#inside + 1] = { from = visit.from, to = to }
    else
      outside = outside + 1
    end
  end
  return inside, outside
end

-- Joins and leaves in words: "09:15:02 to 09:56:32 UTC".
local function describe_visits(visits)
  local parts = {}
  for i, visit in ipairs(visits) do
    if i == 4 and visits[5] then
      parts[i] = ("and %d more"):format(#visits - 3)
      break
    end
    parts[i] = visit.to and chart.clock(visit.from) .. " to " .. chart.clock(visit.to)
      or "since " .. chart.clock(visit.from)
  end
  return join(", ", (table.unpack or unpack)(parts)) -- luacheck: globals unpack
end

local function timeline_row(person, low, high)
  local said = describe_visits(person.visits)
    or "no times of joining and leaving that can be read"
  local visits, outside = within(person.visits, low, high)
  if outside > 0 then said = said .. "; far from all others, not drawn" end
  local drawn = chart.strip(visits, series.scores(person.series), low, high,
    person.name .. ": " .. said)
  return element("div", { "class", "row" },
    element("div", nil, element("a", { "href", "#p" .. person.place }, text(person.name)),
      element("div", { "class", "soft" }, text(said))), drawn, "\n")
end

--- The section of the document; the participants have their `visits`, too.
function timeline.section(people)
  local low, high = span_of(people)
  if not low then
    return element("section", nil, element("h2", nil, "Who was there when"),
      element("p", nil, "Nothing tells it: no time of joining or leaving can be read."))
  end
  low, high = chart.widen(low, high)
  local in_order = {}
  for i, person in ipairs(people) do in_order[i] = person end
  table.sort(in_order, function(a, b)
    local x, y = get(a.visits, 1, "from") or math.huge, get(b.visits, 1, "from") or math.huge
    if x ~= y then return x < y end
    return a.place < b.place
  end)
  local rows = {}
  for i, person in ipairs(in_order) do rows[i] = timeline_row(person, low, high) end
  rows[#rows + 1] = element("div", { "class", "row" },
    element("div", { "class", "soft" }, "UTC"), chart.strip_axis(low, high))
  return element("section", nil, element("h2", nil, "Who was there when"), chart.key(), "\n",
    table.concat(rows))
end

return timeline
