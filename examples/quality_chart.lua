--[[
The drawings of the quality report, as inline SVG: a chart of one measure over time, a strip that
shows when somebody was there and how the call was, and their axes. Colours are the page's.
]]

local page = require "quality_page"
local quality = require "quality"

local chart = {}

local element, text = page.element, page.text

local WIDTH, HEIGHT = 400, 178
local LEFT, RIGHT, TOP, BOTTOM = 56, 14, 14, 28 -- margins of what is plotted
local STRIP_WIDTH, STRIP_HEIGHT = 1000, 24 -- of a view that is stretched to the page

-- ==== Times on an axis ====

local HOUR, DAY = 3600, 24 * 3600
local time_steps = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, HOUR, 2 * HOUR, 3 * HOUR,
  6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY }

-- Year, month and day of a count of days since 1970-01-01.
local function date_of(day)
  local z = day + 719468
  local era = math.floor(z / 146097)
  local of_era = z - era * 146097
  local year = math.floor((of_era - math.floor(of_era / 1460) + math.floor(of_era / 36524)
    - math.floor(of_era / 146096)) / 365)
  local of_year = of_era - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local m = math.floor((5 * of_year + 2) / 153)
  local month = m < 10 and m + 3 or m - 9
  return year + era * 400 + (month <= 2 and 1 or 0), month,
    of_year - math.floor((153 * m + 2) / 5) + 1
end

--- Seconds since 1970 as the clock shows them in UTC; from a day on, `step` asks for the date.
function chart.clock(time, step)
  time = math.floor(time)
  local day = math.floor(time / DAY)
  local second = time - day * DAY
  if step and step >= DAY then
    local _, month, of_month = date_of(day)
    return ("%02.0f-%02.0f"):format(month, of_month)
  end
  local clock = ("%02.0f:%02.0f"):format(math.floor(second / HOUR), math.floor(second / 60) % 60)
  return step and step >= 60 and clock or clock .. (":%02.0f"):format(second % 60)
end

-- Round times in the span, six or so, and the step between them. Those with seconds are longer.
local function time_ticks(low, high)
  local most = high - low < 360 and 4 or 6
  local step = (high - low) / most
  for i = #time_steps, 1, -1 do
    if time_steps[i] >= (high - low) / most then step = time_steps[i] end
  end
  local ticks = {}
  for i = math.ceil(low / step), math.floor(high / step) do ticks[#ticks + 1] = i * step end
  return ticks, step
end

--- A span that something can be drawn in: of a minute, around a single moment.
function chart.widen(low, high)
  if high - low >= 1 then return low, high end
  return low - 30, high + 30
end

-- ==== Values on an axis ====

-- The end of an axis for values up to `most`, and the step between its ticks: five of them or less.
local function value_steps(measure, most)
  if measure.name == "mos" then return 5, 1 end
  most = math.max(most, measure.floor)
  local power = 10 ^ math.floor(math.log(most / 4) / math.log(10))
  for _, times in ipairs { 1, 2, 2.5, 5, 10 } do
    local step = times * power
    if step * 4 >= most * 0.999 then return math.ceil(most / step - 0.001) * step, step end
  end
end

--- A value with its unit.
function chart.value(value, measure)
  if measure.unit == "" then return ("%.2f"):format(value) end
  if measure.unit == "ms" and value >= 10000 then return ("%.3g s"):format(value / 1000) end
  return (value >= 100 and "%.0f %s" or "%.3g %s"):format(value, measure.unit)
end

local function tick_label(value, measure)
  return measure.unit == "" and ("%.0f"):format(value) or chart.value(value, measure)
end

-- ==== A chart ====

local function number(x) return ("%.1f"):format(x) end

-- Functions from times and values to where they are in a chart.
local function scales(low, high, bottom, top)
  return function(time)
    return LEFT + (time - low) / (high - low) * (WIDTH - LEFT - RIGHT)
  end, function(value)
    return HEIGHT - BOTTOM - (value - bottom) / (top - bottom) * (HEIGHT - TOP - BOTTOM)
  end
end

local function rule(x1, y1, x2, y2)
  return element("line", { "class", "axis", "x1", number(x1), "y1", number(y1),
    "x2", number(x2), "y2", number(y2) })
end

local function label(x, y, anchor, words)
  return element("text", { "x", number(x), "y", number(y), "text-anchor", anchor }, text(words))
end

local function value_axis(measure, bottom, top, step, y_of)
  local parts = {}
  for i = 0, math.floor((top - bottom) / step + 0.5) do
    local value = bottom + i * step
    parts[#parts + 1] = rule(LEFT, y_of(value), WIDTH - RIGHT, y_of(value))
    parts[#parts + 1] = label(LEFT - 7, y_of(value) + 4, "end", tick_label(value, measure))
  end
  return table.concat(parts)
end

local function time_axis(low, high, x_of)
  local parts, ticks, step = {}, time_ticks(low, high)
  for _, tick in ipairs(ticks) do
    local x, floor = x_of(tick), HEIGHT - BOTTOM
    parts[#parts + 1] = rule(x, floor, x, floor + 5)
    local anchor = x > WIDTH - 24 and "end" or "middle"
    parts[#parts + 1] = label(anchor == "end" and WIDTH - 4 or x, HEIGHT - 8, anchor,
      chart.clock(tick, step))
  end
  return table.concat(parts)
end

local ratings = { { "bad", 1, 3.05 }, { "poor", 3.05, 3.55 }, { "fair", 3.55, 3.95 },
  { "good", 3.95, 5 } }

-- What the score is called, behind its lines.
local function bands(y_of)
  local parts = {}
  for _, band in ipairs(ratings) do
    local y = y_of(band[3])
    parts[#parts + 1] = element("rect", { "class", "band " .. band[1], "x", LEFT, "y", number(y),
      "width", WIDTH - LEFT - RIGHT, "height", number(y_of(band[2]) - y) })
  end
  return table.concat(parts)
end

local media = { { "^screen audio", "screen-audio" }, { "^screen", "screen" }, { "^audio", "audio" },
  { "^video", "video" } }

local function track_class(track)
  local class = ""
  for i = #media, 1, -1 do
    if track.label:find(media[i][1]) then class = media[i][2] end
  end
  return class .. (track.label:find("received") and " received" or "")
end

-- A line, or a dot where it has one point alone.
local function draw_line(line, class, x_of, y_of)
  local places = {}
  for i, point in ipairs(line) do
    places[i] = number(x_of(point.time)) .. "," .. number(y_of(point.value))
  end
  if places[2] then
    return element("polyline", { "class", "line " .. class, "points", table.concat(places, " ") })
  end
  return element("polyline", { "class", class .. " point",
    "points", places[1] .. " " .. places[1] })
end

local function draw_lines(tracks, measure, x_of, y_of)
  local parts = {}
  for _, track in ipairs(tracks) do
    for _, line in ipairs(track.lines[measure.name] or {}) do
      parts[#parts + 1] = draw_line(line, track_class(track), x_of, y_of)
    end
  end
  return table.concat(parts)
end

-- The least and the greatest value of the tracks, and how many there are; nil without any.
local function extremes(tracks, measure)
  local least, greatest, count = nil, nil, 0
  for _, track in ipairs(tracks) do
    for _, line in ipairs(track.lines[measure.name] or {}) do
      for _, point in ipairs(line) do
        least = math.min(least or point.value, point.value)
        greatest = math.max(greatest or point.value, point.value)
        count = count + 1
      end
    end
  end
  return least, greatest, count
end

--- One measure of the tracks of a participant called `name`, over a span of time; nil when there is
-- nothing to draw.
function chart.measure(tracks, measure, low, high, name)
  local least, greatest = extremes(tracks, measure)
  if not least then return nil end
  local bottom = measure.name == "mos" and 1 or 0
  local top, step = value_steps(measure, greatest)
  local x_of, y_of = scales(low, high, bottom, top)
  local words = ("%s of %s, %s to %s UTC: from %s to %s"):format(measure.title, name,
    chart.clock(low), chart.clock(high), chart.value(least, measure),
    chart.value(greatest, measure))
  return element("svg", { "class", "chart", "role", "img", "aria-label", words,
    "viewBox", ("0 0 %d %d"):format(WIDTH, HEIGHT) },
    measure.name == "mos" and bands(y_of), value_axis(measure, bottom, top, step, y_of),
    time_axis(low, high, x_of), draw_lines(tracks, measure, x_of, y_of))
end

--- A short piece of the line of a track, for a legend.
function chart.sample(track)
  return element("svg",
    { "width", 26, "height", 10, "viewBox", "0 0 26 10", "aria-hidden", "true" },
    element("polyline", { "class", "line " .. track_class(track), "points", "2,5 24,5" }))
end

-- ==== A strip ====

local heights = { none = 6, good = 8, fair = 13, poor = 18, bad = 22 }

local function strip_rect(class, from, to, low, high)
  local function x_of(time) return (time - low) / (high - low) * STRIP_WIDTH end
  from, to = math.max(from, low), math.min(to, high)
  if to < from then return nil end
  local x = math.min(x_of(from), STRIP_WIDTH - 2)
  return element("rect", { "class", class, "x", number(x),
    "y", (STRIP_HEIGHT - heights[class]) / 2, "width", number(math.max(x_of(to) - x, 2)),
    "height", heights[class] })
end

-- Stretches of one rating, {class, from, to}. A score tells of the time since the one before.
local function stretches(lines)
  local list = {}
  for _, line in ipairs(lines) do
    local usual = #line > 1 and (line[#line].time - line[1].time) / (#line - 1) or 60
    for i, point in ipairs(line) do
      local from, last = i > 1 and line[i - 1].time or point.time - usual, list[#list]
      local class = quality.rate(point.value)
      if i > 1 and last.class == class then
        last.to = point.time
      else
        list[#list + 1] = { class = class, from = from, to = point.time }
      end
    end
  end
  return list
end

--- When somebody was there, a list of {from, to}, and how the call was then, lines of scores;
-- `words` say the same.
function chart.strip(visits, scores, low, high, words)
  local parts = {}
  for _, visit in ipairs(visits) do
    parts[#parts + 1] = strip_rect("none", visit.from, visit.to, low, high)
  end
  for _, stretch in ipairs(stretches(scores)) do
    parts[#parts + 1] = strip_rect(stretch.class, stretch.from, stretch.to, low, high)
  end
  return element("svg", { "class", "strip", "role", "img", "aria-label", words,
    "preserveAspectRatio", "none", "viewBox", ("0 0 %d %d"):format(STRIP_WIDTH, STRIP_HEIGHT) },
    table.concat(parts))
end

--- The axis below strips.
function chart.strip_axis(low, high)
  local parts, ticks, step = {}, time_ticks(low, high)
  for _, tick in ipairs(ticks) do
    local part = (tick - low) / (high - low)
    local x, anchor = number(part * 100) .. "%", part < 0.04 and "start"
      or part > 0.96 and "end" or "middle"
    parts[#parts + 1] = element("line",
      { "class", "axis", "x1", x, "x2", x, "y1", 0, "y2", 5 })
    parts[#parts + 1] = element("text", { "x", x, "y", 17, "text-anchor", anchor },
      text(chart.clock(tick, step)))
  end
  return element("svg", { "class", "clock", "aria-hidden", "true" }, table.concat(parts))
end

--- What the colours of strips and of a chart's background are called.
function chart.key()
  local parts = {}
  for _, entry in ipairs { { "good", "good, 4.0 and more" }, { "fair", "fair, from 3.6" },
    { "poor", "poor, from 3.1" }, { "bad", "bad" }, { "none", "there, but no score" } } do
    local class = entry[1]
    parts[#parts + 1] = element("span", { "class", "key" },
      element("svg", { "width", 16, "height", STRIP_HEIGHT, "viewBox", "0 0 16 24",
        "aria-hidden", "true" },
        element("rect", { "class", class, "x", 0, "y", (STRIP_HEIGHT - heights[class]) / 2,
          "width", 16, "height", heights[class] })), text(entry[2]))
  end
  return element("p", { "class", "soft keys" }, "MOS: ", table.concat(parts))
end

return chart
