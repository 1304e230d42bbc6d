--[[
What a report tells of call quality over time, ready to be drawn: of each track the measures below,
as lines of points. What cannot be drawn is left out and told in words.
]]

local quality = require "quality"
local report = require "report"

local series = {}

local get, elements = report.get, report.elements

--- In the units in which they are drawn. Values are drawn from `low` to `high`; of several that
-- fall together, the worse one is. `floor` is the least that an axis reaches to.
series.measures = {
  { name = "mos", title = "MOS", unit = "", low = 1, high = 5, is_worse = math.min },
  { name = "loss", title = "Packet loss", unit = "%", low = 0, high = 100, floor = 2 },
  { name = "jitter", title = "Jitter", unit = "ms", low = 0, high = 60000, floor = 20 },
  { name = "rtt", title = "Round trip", unit = "ms", low = 0, high = 60000, floor = 100 },
}

local MOST_POINTS = 120 -- of one track in one drawing
local MOST_MISSING = 2 -- points in a row, until the line is broken
local WEEK = 7 * 24 * 3600

-- ==== Times ====

-- Days from 1970-01-01, in the Gregorian calendar; years are counted from March.
local function days(year, month, day)
  if month <= 2 then year, month = year - 1, month + 12 end
  return 365 * year + math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
    + math.floor((153 * (month - 3) + 2) / 5) + day - 719469
end

-- Seconds that a zone is ahead of UTC; nil for what is none.
local function offset(zone)
  if zone == "Z" or zone == "z" then return 0 end
  local sign, h, m = zone:match("^([+-])(%d%d):?(%d%d)$")
  return sign and (sign == "-" and -1 or 1) * (h * 3600 + m * 60)
end

--- A time as ISO 8601 has it, in seconds since 1970; nil for anything else.
function series.seconds(time)
  if type(time) ~= "string" then return nil end
  local y, mo, d, h, mi, s, zone =
    time:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)[Tt ](%d%d):(%d%d):(%d%d%.?%d*)(.+)$")
  local ahead = zone and offset(zone)
  if not ahead then return nil end
  y, mo, d = tonumber(y), tonumber(mo), tonumber(d)
  h, mi, s = tonumber(h), tonumber(mi), tonumber(s)
  if mo < 1 or mo > 12 or d < 1 or d > 31 or h > 23 or mi > 59 or s >= 61 then return nil end
  return days(y, mo, d) * 86400 + h * 3600 + mi * 60 + s - ahead
end

--- The least and the greatest of the times, without those that are more than a week from the
-- middle one, as from a clock that was never set; nil without any.
function series.span(times)
  local sorted = {}
  for i, time in ipairs(times) do sorted[i] = time end
  table.sort(sorted)
  local middle, low, high = sorted[math.ceil(#sorted / 2)], nil, nil
  for _, time in ipairs(sorted) do
    if math.abs(time - middle) <= WEEK then low, high = low or time, time end
  end
  return low, high
end

-- ==== Samples ====

-- The samples with a time that can be read, in its order, as {time, sample, stream}, and how many
-- have none. The streams of a track are counted each for itself.
local function timed(samples)
  local list, unread = {}, 0
  for i, sample in ipairs(samples) do
    local time = series.seconds(sample.timestamp)
    if time then
      local stream = sample.consumer_id or sample.producer_id or sample.ssrc or ""
      list[#list + 1] = { time = time, sample = sample, stream = tostring(stream), order = i }
    else
      unread = unread + 1
    end
  end
  table.sort(list, function(a, b)
    if a.time ~= b.time then return a.time < b.time end
    return a.order < b.order
  end)
  return list, unread
end

local function finite(value)
  return type(value) == "number" and value - value == 0 and value or nil
end

-- Packets lost and all packets, up to a sample; nil when it does not count them.
local function counts(sample)
  local lost, received = finite(sample.packets_lost), finite(sample.packets_received)
  local total = finite(sample.packets_sent) or lost and received and lost + received
  if lost and total then return lost, total end
end

-- Percent lost since the sample before; nil where nothing was counted, or the count began anew.
local function loss_between(before, sample)
  local lost, total = counts(sample)
  if not lost then return nil end
  local lost_before, total_before = 0, 0
  if before then lost_before, total_before = counts(before) end
  if total <= total_before then return nil end
  return 100 * math.max(lost - lost_before, 0) / (total - total_before)
end

local function scaled(value)
  return type(value) == "number" and value * 1000 or value
end

-- ==== Lines ====

-- Points as lines, MOST_POINTS at most: one for each of the steps that the time is cut into.
local function lines_of(points, steps, measure)
  local worse = measure.is_worse or math.max
  local first, last, at_step = points[1].time, points[#points].time, {}
  for _, point in ipairs(points) do
    local part = last > first and (point.time - first) / (last - first) or 0
    local step = math.floor(part * (steps - 1) + 0.5)
    local kept = at_step[step]
    if not kept or worse(kept.value, point.value) ~= kept.value then at_step[step] = point end
  end
  local lines, previous = {}, nil
  for step = 0, steps - 1 do
    if at_step[step] then
      if not previous or step - previous > MOST_MISSING + 1 then lines[#lines + 1] = {} end
      table.insert(lines[#lines], at_step[step])
      previous = step
    end
  end
  return lines
end

local function longest_stream(list)
  local count, most = {}, 1
  for _, entry in ipairs(list) do
    count[entry.stream] = (count[entry.stream] or 0) + 1
    most = math.max(most, count[entry.stream])
  end
  return most
end

local function is_within(value, measure)
  return finite(value) and value >= measure.low and value <= measure.high
end

-- What is at hand of one track, as points of each measure; counts in `left_out` what is absurd.
local function points_of(list, mos_field, left_out)
  local points, before = { mos = {}, loss = {}, jitter = {}, rtt = {} }, {}
  for _, entry in ipairs(list) do
    local sample, stream = entry.sample, entry.stream
    local values = { mos = sample[mos_field], loss = loss_between(before[stream], sample),
      jitter = scaled(sample.jitter), rtt = scaled(sample.rtt) }
    if counts(sample) then before[stream] = sample end
    for _, measure in ipairs(series.measures) do
      local value, name = values[measure.name], measure.name
      if is_within(value, measure) then
        table.insert(points[name], { time = entry.time, value = value })
      elseif value ~= nil then
        left_out[name] = (left_out[name] or 0) + 1
      end
    end
  end
  return points
end

-- The lists of samples that tell of tracks: label -> {samples, field of the score}.
local function sample_lists(p, is_newer)
  local lists = {}
  if is_newer then
    for _, name in ipairs(quality.track_names) do
      lists[name[2]] = { elements(get(p, "peer_report", "quality", name[1])), "mos_quality" }
    end
    return lists
  end
  for _, stat in ipairs(elements(p.quality_stats)) do
    for _, kind in ipairs { "audio", "video" } do
      local samples = lists[kind] and lists[kind][1] or {}
      for _, sample in ipairs(elements(stat[kind .. "_stats"])) do
        samples[#samples + 1] = sample
      end
      lists[kind] = { samples, "quality" }
    end
  end
  return lists
end

-- The entries of all lists that are no more than a week from the others.
local function drop_far(lists, left_out)
  local times = {}
  for _, list in pairs(lists) do
    for _, entry in ipairs(list) do times[#times + 1] = entry.time end
  end
  local low, high = series.span(times)
  for label, list in pairs(lists) do
    local near = {}
    for _, entry in ipairs(list) do
      if entry.time >= low and entry.time <= high then near[#near + 1] = entry end
    end
    left_out.far = (left_out.far or 0) + #list - #near
    lists[label] = near
  end
  return low, high
end

--- What is known of a participant's call over time: tracks, as quality.tracks has them, each with
-- `lines`, measure -> list of lines, which are lists of points {time, value}; the times of the
-- first sample and of the last; and `left_out`, counts of what is in none of the lines.
function series.of(p)
  local tracks = quality.tracks(get(p, "peer_report", "quality"))
  local is_newer, left_out, lists = tracks[1] ~= nil, { unread = 0 }, {}
  if not is_newer then tracks = quality.older_tracks(p.quality_stats) end
  local known = sample_lists(p, is_newer)
  for label, list in pairs(known) do
    local unread
    lists[label], unread = timed(list[1])
    left_out.unread = left_out.unread + unread
  end
  local first, last = drop_far(lists, left_out)
  for _, track in ipairs(tracks) do
    local list = lists[track.label] or {}
    local steps = math.min(longest_stream(list), MOST_POINTS)
    local points = list[1] and points_of(list, known[track.label][2], left_out) or {}
    track.lines, lists[track.label] = {}, nil -- once, where there are several of a label
    for _, measure in ipairs(series.measures) do
      local of_measure = points[measure.name]
      if of_measure and of_measure[1] then
        track.lines[measure.name] = lines_of(of_measure, steps, measure)
      end
    end
  end
  return { tracks = tracks, first = first, last = last, left_out = left_out }
end

--- All scores as one line, at each time the worst of them.
function series.scores(of)
  local points, most = {}, 1
  for _, track in ipairs(of.tracks) do
    local count = 0
    for _, line in ipairs(track.lines.mos or {}) do
      count = count + #line
      for _, point in ipairs(line) do points[#points + 1] = point end
    end
    most = math.max(most, count)
  end
  if not points[1] then return {} end
  table.sort(points, function(a, b) return a.time < b.time end)
  return lines_of(points, most, series.measures[1])
end

return series
