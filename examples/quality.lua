--[[
Figures of call quality, from either shape in which the API tells of it: the series and summaries of
`peer_report.quality`, or the older list `quality_stats`. Any part of them may be missing.

The reference names no units. These go by WebRTC's statistics, which the fields are named after
(seconds; packets are counted on from sample to sample), and by the summaries' thresholds (packet
loss in percent).
]]

local report = require "report"

local quality = {}

local get, elements = report.get, report.elements

--- The series of `peer_report.quality` and what they are called here.
quality.track_names = {
  { "audio_producer", "audio sent" }, { "audio_consumer", "audio received" },
  { "video_producer", "video sent" }, { "video_consumer", "video received" },
  { "screenshare_audio_producer", "screen audio sent" },
  { "screenshare_audio_consumer", "screen audio received" },
  { "screenshare_video_producer", "screen sent" },
  { "screenshare_video_consumer", "screen received" },
}

-- A number that can be reckoned with: JSON's 1e999 is infinite.
local function finite(value)
  return type(value) == "number" and value - value == 0 and value or nil
end

--- The mean of one field of the samples, nil when none has it; and the sample in which it is least.
function quality.statistics(samples, field)
  local sum, count, least = 0, 0, nil
  for _, sample in ipairs(samples) do
    local value = finite(sample[field])
    if value then
      sum, count = sum + value, count + 1
      if not least or value < least[field] then least = sample end
    end
  end
  if count == 0 then return nil end
  return sum / count, least
end

--- A mean opinion score in a word, by the user satisfaction that ITU-T G.107 gives for it.
function quality.rate(mos)
  if type(mos) ~= "number" then return nil end
  mos = math.floor(mos * 10 + 0.5) / 10 -- as it is printed
  return mos >= 4.0 and "good" or mos >= 3.6 and "fair" or mos >= 3.1 and "poor" or "bad"
end

-- Packet loss in percent, from the last sample that counts packets.
local function counted_loss(samples)
  for i = #samples, 1, -1 do
    local sample = samples[i]
    local lost, received = finite(sample.packets_lost), finite(sample.packets_received)
    local total = finite(sample.packets_sent) or lost and received and lost + received
    if lost and total and total > 0 then return 100 * lost / total end
  end
end

-- A track in figures, nil without any; `summary` has what the API itself says of the whole of it.
local function track(label, samples, mos_field, summary)
  local mos, worst = quality.statistics(samples, mos_field)
  local figures = {
    label = label, mos = mos or summary.mos, worst = worst and worst[mos_field],
    worst_at = worst and worst.timestamp, loss = summary.loss or counted_loss(samples),
    jitter = quality.statistics(samples, "jitter"),
    rtt = quality.statistics(samples, "rtt") or summary.rtt,
  }
  return (figures.mos or figures.loss or figures.jitter or figures.rtt) and figures
end

--- The tracks of a `peer_report.quality`, a list of {label, mos, worst, worst_at, loss, jitter,
-- rtt}: on average, and when the score was worst; loss in percent, jitter and rtt in seconds.
function quality.tracks(report_quality)
  local tracks = {}
  for _, name in ipairs(quality.track_names) do
    local summary = get(report_quality, name[1] .. "_cumulative")
    tracks[#tracks + 1] = track(name[2], elements(get(report_quality, name[1])), "mos_quality", {
      mos = finite(get(summary, "quality_mos", "avg")),
      loss = finite(get(summary, "packet_loss", "avg")), rtt = finite(get(summary, "rtt", "avg")),
    }) or nil
  end
  return tracks
end

--- The same of the older `quality_stats`, which know no round trip. Audio and video together have
-- an `overall` score in place of `mos`.
function quality.older_tracks(quality_stats)
  local tracks = {}
  for _, stat in ipairs(elements(quality_stats)) do
    local overall = finite(stat.average_quality)
    tracks[#tracks + 1] = overall and { label = "audio and video", overall = overall }
    for _, kind in ipairs { "audio", "video" } do
      tracks[#tracks + 1] = track(kind, elements(stat[kind .. "_stats"]), "quality",
        { loss = finite(stat[kind .. "_packet_loss"]) }) or nil
    end
  end
  return tracks
end

-- The round trip on the paths that the call took, from the moment the report was made.
local function path_rtt(p)
  local candidates = {}
  for _, transport in ipairs { "producing_transport", "consuming_transport" } do
    local list = get(p, "peer_report", "metadata", "candidate_pairs", transport)
    for _, pair in ipairs(elements(list)) do
      candidates[#candidates + 1] = pair
    end
  end
  return (quality.statistics(candidates, "current_round_trip_time"))
end

local function scaled(value, scale)
  return finite(value) and value * scale
end

-- The test of the network before the call: milliseconds and a fraction in the reference's example.
local function before_call(p)
  local test = get(p, "peer_stats", "precall_network_information")
  return { loss = scaled(get(test, "fractional_loss"), 100),
    jitter = scaled(get(test, "jitter"), 1 / 1000), rtt = scaled(get(test, "rtt"), 1 / 1000) }
end

--- One participant in figures, each nil when nothing tells it: mos, loss, jitter, rtt, means over
-- the tracks. What was not measured in the call is taken from the test before it, and its name is
-- in `from_test`, a set. Needs the filters quality_stats and precall_network_information.
function quality.of(p)
  local newer = quality.tracks(get(p, "peer_report", "quality"))
  local older, test = quality.older_tracks(get(p, "quality_stats")), before_call(p)
  local function measured(field)
    return (quality.statistics(newer, field) or quality.statistics(older, field))
  end
  local figures = {
    mos = measured("mos") or measured("overall"), loss = measured("loss"),
    jitter = measured("jitter"), rtt = measured("rtt") or path_rtt(p), from_test = {},
  }
  for name, value in pairs(test) do
    if not figures[name] then figures[name], figures.from_test[name] = value, true end
  end
  return figures
end

--- Whether the first of two entries, {figures, place}, comes first when the worst does: the lowest
-- score, and what has none last; then whoever lost, varied or lagged most.
function quality.is_worse(a, b)
  local x, y = a.figures, b.figures
  local x_mos, y_mos = x.mos or math.huge, y.mos or math.huge
  if x_mos ~= y_mos then return x_mos < y_mos end
  for _, name in ipairs { "loss", "jitter", "rtt" } do
    local more, less = x[name] or -1, y[name] or -1
    if more ~= less then return more > less end
  end
  return a.place < b.place
end

return quality
