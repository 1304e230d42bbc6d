--[[
The call quality that the sandbox serves: for one participant the series of
`peer_report.quality`, their *_cumulative summaries, and the older `quality_stats`. Made up, but
of a piece: a simulated link gives each track its loss, jitter, round trip and MOS, and the rest is
derived from these. The same on every run and every Lua.

The reference names no units here. These follow WebRTC's statistics, which the fields are named
after: seconds for jitter, rtt and jitter_buffer_delay, running totals for packets, bytes and
frames. Packet loss in summaries is in percent, like its thresholds (5, 10, 25, 50).
]]

local sandbox_quality = {}

local AUDIO_PACKETS, VIDEO_PACKETS = 3000, 6000 -- a minute
local AUDIO_BYTES, VIDEO_BYTES = 80, 1100 -- a packet
local JITTER_BUFFER_ROUNDS = 5 -- of jitter, that a receiver waits for late packets

-- ==== Numbers ====

-- Park and Miller's generator: exact in doubles, so alike on every Lua.
local function random_source(seed)
  return function(low, high)
    seed = seed * 16807 % 2147483647
    return low + (high - low) * (seed / 2147483647)
  end
end

local function round(x, digits)
  local scale = 10 ^ (digits or 0)
  return math.floor(x * scale + 0.5) / scale
end

local function mean(list)
  local sum = 0
  for _, x in ipairs(list) do sum = sum + x end
  return sum / #list
end

local function pluck(list, name)
  local values = {}
  for i, item in ipairs(list) do values[i] = item[name] end
  return values
end

-- The share of the values that are at least `threshold`.
local function fraction(values, threshold)
  local count = 0
  for _, x in ipairs(values) do
    if x >= threshold then count = count + 1 end
  end
  return round(count / #values, 3)
end

-- ==== The link ====

-- Mean opinion score: the E-model, simplified to latency and loss.
local function mos(loss, jitter, rtt)
  local latency = rtt * 500 + jitter * 2000 + 10
  local r = 93.2 - (latency < 160 and latency / 40 or (latency - 120) / 10) - 2.5 * loss
  r = math.max(r, 0)
  return round(math.max(1, 1 + 0.035 * r + 0.000007 * r * (r - 60) * (100 - r)), 3)
end

-- One state a minute, as one track meets it: now and then a bad one. `profile.trouble`, {from, to,
-- factor} in minutes, is a stretch in which the link is strained, worse by that factor.
local function simulate(profile, track)
  local random, link = random_source(track.ssrc), {}
  for minute = 1, math.floor(profile.minutes) do
    local trouble = profile.trouble
    local strained = trouble ~= nil and minute >= trouble[1] and minute <= trouble[2]
    local factor = strained and trouble[3] or random(0, 1) > 0.92 and 4 or 1
    local slower = 1 + (factor - 1) / 3
    local loss = round(profile.loss * track.share * factor * random(0.5, 1.5), 2)
    local jitter = round(profile.jitter * slower * random(0.7, 1.3), 4)
    local rtt = round(profile.rtt * slower * random(0.85, 1.15), 4)
    link[minute] = {
      timestamp = profile.clock(minute), loss = loss, jitter = jitter,
      rtt = rtt, mos = mos(loss, jitter, rtt), strained = strained,
    }
  end
  return link
end

-- ==== Series ====

local function add_packets(sample, previous, state, per_minute)
  local lost = round(per_minute * state.loss / 100)
  sample.packets_lost = (previous and previous.packets_lost or 0) + lost
  return per_minute - lost
end

local function as_producer(sample, previous, state, track)
  add_packets(sample, previous, state, track.packets)
  sample.packets_sent = (previous and previous.packets_sent or 0) + track.packets
  sample.bytes_sent = sample.packets_sent * track.bytes
  sample.rtt = state.rtt
end

local function as_consumer(sample, previous, state, track)
  local received = add_packets(sample, previous, state, track.packets)
  sample.packets_received = (previous and previous.packets_received or 0) + received
  sample.bytes_received = sample.packets_received * track.bytes
  sample.consumer_id, sample.peer_id = track.consumer_id, track.peer_id
  sample.jitter_buffer_delay = round(state.jitter * JITTER_BUFFER_ROUNDS, 4)
  sample.jitter_buffer_emitted_count = sample.packets_received * 960
  if track.kind == "audio" then
    sample.concealment_events = math.floor(sample.packets_lost / 4)
  end
end

local function add_picture(sample, previous, state, track)
  sample.frame_width = state.strained and track.width / 4 or track.width
  sample.frame_height = state.strained and track.height / 4 or track.height
  sample.frames_per_second = state.strained and 12 or track.rate
  sample.fir_count = 0
  local frames = 60 * sample.frames_per_second
  return (previous and (previous.frames_encoded or previous.frames_decoded) or 0) + frames
end

local function add_sent_picture(sample, previous, state, track)
  sample.frames_encoded = add_picture(sample, previous, state, track)
  sample.key_frames_encoded = (previous and previous.key_frames_encoded or 0) + 2
  sample.pli_count = math.floor(sample.packets_lost / 50)
  local before = previous and previous.quality_limitation_durations or { bandwidth = 0, none = 0 }
  local limited = before.bandwidth + (state.strained and 60 or 0)
  sample.quality_limitation_durations = {
    bandwidth = limited, cpu = 0, none = before.none + (state.strained and 0 or 60), other = 0,
  }
  sample.quality_limitation_reason = state.strained and "bandwidth" or "none"
  sample.quality_limitation_resolution_changes = limited > 0 and (state.strained and 1 or 2) or 0
end

local function add_received_picture(sample, previous, state, track)
  sample.frames_decoded = add_picture(sample, previous, state, track)
  sample.key_frames_decoded = (previous and previous.key_frames_decoded or 0) + 2
  sample.frames_dropped = math.floor(sample.packets_lost / 3)
end

local function series(link, track)
  local list = {}
  for i, state in ipairs(link) do
    local sample = {
      timestamp = state.timestamp, jitter = state.jitter, mos_quality = state.mos,
      mid = track.mid, ssrc = track.ssrc, producer_id = track.producer_id,
    }
    local fill = track.sends and as_producer or as_consumer
    fill(sample, list[i - 1], state, track)
    if track.kind == "video" then
      fill = track.sends and add_sent_picture or add_received_picture
      fill(sample, list[i - 1], state, track)
    end
    list[i] = sample
  end
  return list
end

-- ==== Summaries ====

local function latencies(values)
  return {
    avg = round(mean(values), 4),
    ["100ms_or_greater_event_fraction"] = fraction(values, 0.1),
    ["250ms_or_greater_event_fraction"] = fraction(values, 0.25),
    ["500ms_or_greater_event_fraction"] = fraction(values, 0.5),
  }
end

local function losses(values)
  return {
    avg = round(mean(values), 2),
    ["5_or_greater_event_fraction"] = fraction(values, 5),
    ["10_or_greater_event_fraction"] = fraction(values, 10),
    ["25_or_greater_event_fraction"] = fraction(values, 25),
    ["50_or_greater_event_fraction"] = fraction(values, 50),
  }
end

local function distribution(values)
  local sorted = {}
  for i, x in ipairs(values) do sorted[i] = x end
  table.sort(sorted)
  local function percentile(p) return sorted[math.ceil(#sorted * p / 100)] end
  return {
    avg = round(mean(values), 2), p50 = percentile(50), p75 = percentile(75), p90 = percentile(90),
  }
end

local function add_picture_summary(summary, samples, link, track)
  local strained = {}
  for i, state in ipairs(link) do strained[i] = state.strained and 1 or 0 end
  local share = fraction(strained, 1)
  local last = samples[#samples]
  summary.frame_per_second = distribution(pluck(samples, "frames_per_second"))
  summary.frame_width = distribution(pluck(samples, "frame_width"))
  summary.issues = { no_video_fraction = 0, poor_resolution_fraction = share }
  if track.sends then
    summary.issues.bandwidth_quality_limitation_fraction = share
    summary.issues.cpu_quality_limitation_fraction = 0
    summary.issues.quality_limitation_fraction = share
    summary.high_negative_feedback_fraction = share
    summary.key_frames_encoded_fraction =
      round(last.key_frames_encoded / last.frames_encoded, 5)
  else
    summary.issues.lag_fraction = share
    summary.key_frames_decoded_fraction =
      round(last.key_frames_decoded / last.frames_decoded, 5)
  end
end

local function summarize(samples, link, track)
  local summary = {
    packet_loss = losses(pluck(link, "loss")),
    quality_mos = distribution(pluck(link, "mos")),
  }
  if track.sends then
    summary.rtt = latencies(pluck(samples, "rtt"))
  else
    summary.jitter_buffer_delay = latencies(pluck(samples, "jitter_buffer_delay"))
  end
  if track.kind == "video" then add_picture_summary(summary, samples, link, track) end
  return summary
end

-- ==== What is exported ====

local function new_track(profile, media, mid, sends)
  local kind, screen = media:match("audio") or "video", media:match("^screenshare") ~= nil
  local producer = sends and profile.peer_id or profile.remote_id
  return {
    kind = kind, sends = sends, mid = tostring(mid), ssrc = profile.seed * 1000 + mid,
    producer_id = ("%s-%s"):format(producer:sub(1, 8), media),
    consumer_id = ("%s-c%d"):format(profile.peer_id:sub(1, 8), mid), peer_id = profile.remote_id,
    share = (sends and 1 or 0.6) * (kind == "audio" and 0.8 or 1.2), -- of the link's loss
    packets = kind == "audio" and AUDIO_PACKETS or VIDEO_PACKETS,
    bytes = kind == "audio" and AUDIO_BYTES or VIDEO_BYTES,
    width = screen and 1920 or 1280, height = screen and 1080 or 720, rate = screen and 15 or 30,
  }
end

local function slice(list, range)
  local part = {}
  for i = range[1], math.min(range[2], #list) do part[#part + 1] = list[i] end
  return part
end

--- `quality` of a peer report.
-- @param profile seed, minutes, loss (percent), jitter and rtt (seconds), trouble, clock (minutes
--   since joining -> timestamp), peer_id, remote_id (whom the consumers receive), sends_video,
--   screen ({first minute, last minute} in which a screen is shared) and sends_screen
function sandbox_quality.report(profile)
  local quality = {}
  local function add(media, mid, sends, stretch)
    local track = new_track(profile, media, mid, sends)
    local link = slice(simulate(profile, track), stretch)
    local samples = series(link, track)
    local name = media .. (sends and "_producer" or "_consumer")
    quality[name] = samples
    quality[name .. "_cumulative"] = summarize(samples, link, track)
  end
  local always = { 1, math.floor(profile.minutes) }
  add("audio", 0, true, always)
  add("audio", 1, false, always)
  if profile.sends_video then add("video", 2, true, always) end
  add("video", 3, false, always)
  if profile.screen then
    add("screenshare_audio", 4, profile.sends_screen, profile.screen)
    add("screenshare_video", 5, profile.sends_screen, profile.screen)
  end
  return quality
end

-- What the older shape keeps of a sample, and under which name.
local function older_samples(samples, names)
  local list = {}
  for i, sample in ipairs(samples) do
    local older = { quality = sample.mos_quality, timestamp = sample.timestamp }
    for _, name in ipairs(names) do older[name] = sample[name] end
    list[i] = older
  end
  return list
end

local function bandwidth(samples) -- bits a second
  return round(samples[#samples].bytes_received * 8 / (#samples * 60))
end

--- The older `quality_stats`, of what was received.
-- @param quality as sandbox_quality.report made it
function sandbox_quality.older(quality, profile)
  local audio, video = quality.audio_consumer, quality.video_consumer
  return { {
    peer_id = profile.peer_id, start = profile.clock(0), ["end"] = profile.clock(profile.minutes),
    average_quality = quality.audio_consumer_cumulative.quality_mos.avg,
    audio_bandwidth = bandwidth(audio),
    audio_packet_loss = quality.audio_consumer_cumulative.packet_loss.avg,
    video_bandwidth = bandwidth(video),
    video_packet_loss = quality.video_consumer_cumulative.packet_loss.avg,
    audio_stats = older_samples(audio, { "concealment_events", "jitter", "packets_lost" }),
    video_stats = older_samples(video, { "frame_height", "frame_width", "frames_dropped",
      "frames_per_second", "jitter", "packets_lost" }),
  } }
end

return sandbox_quality
