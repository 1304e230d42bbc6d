--[[
What the sandbox API knows: one account, one app, a session that is over and one that is running,
and everybody who was in them. All made up and the same on every run. Field names are those of the
API reference; addresses and AS numbers are from the ranges set aside for documentation.

The ids and times of the first host are those of the reference's own examples.
]]

local sandbox_quality = require "sandbox_quality"

local data = {
  account_id = "0123456789abcdef0123456789abcdef",
  app_id = "fedcba98-7654-3210-fedc-ba9876543210",
  null = {}, -- stands for a JSON null
  list = {}, -- metatable of what is a JSON array even when it is empty
  sessions = {},
}

local DAY, DAY_EPOCH = "2025-06-03", 1748908800

-- ==== Times ====

-- "09:15:02.004" -> seconds since midnight.
local function seconds(clock)
  local h, m, s = clock:match("^(%d+):(%d+):([%d.]+)$")
  return h * 3600 + m * 60 + tonumber(s)
end

-- Seconds since midnight -> "2025-06-03T09:15:02.004Z".
local function stamp(time)
  local ms = math.floor(time * 1000 + 0.5)
  local s = math.floor(ms / 1000)
  return ("%sT%02d:%02d:%02d.%03dZ"):format(
    DAY, math.floor(s / 3600), math.floor(s / 60) % 60, s % 60, ms % 1000)
end

local function one_decimal(x) return math.floor(x * 10 + 0.5) / 10 end

-- Minutes between joining and leaving, or the last update of one who is still there.
local function duration(person)
  return one_decimal((seconds(person.left or person.updated) - seconds(person.joined)) / 60)
end

-- ==== Peer events ====

-- The fields that are null are so in the reference's examples too.
local function peer_event(person, session, order, name, fields)
  local event = {
    id = ("%s-0000-4000-8000-%012d"):format(person.id:sub(1, 8), order),
    peer_id = person.id, participant_id = data.null, session_id = data.null,
    socket_session_id = "ss_" .. person.id:sub(1, 4), event_name = name, minutes_consumed = 0,
    preset_view_type = data.null,
  }
  if name ~= "PEER_LEAVING" then
    event.participant_id, event.session_id = person.id, session.id
    event.preset_view_type = "GROUP_CALL"
  end
  for field, value in pairs(fields) do event[field] = value end
  return event
end

local function peer_events(person, session)
  local created, joined = stamp(seconds(person.created)), stamp(seconds(person.joined))
  local events = setmetatable({
    peer_event(person, session, 1, "PEER_CREATED", {
      socket_session_id = data.null, created_at = created, updated_at = created }),
    peer_event(person, session, 2, "PEER_JOINING", { created_at = joined, updated_at = joined }),
  }, data.list)
  if person.left then
    events[3] = peer_event(person, session, 3, "PEER_LEAVING", {
      minutes_consumed = duration(person), created_at = stamp(seconds(person.left)),
      updated_at = stamp(seconds(person.left) + 0.029) })
  end
  return events
end

-- ==== What the client reported ====

-- {seconds after joining, name, metadata or nil} for each event of the call.
local function call_events(person)
  local link, length = person.link, seconds(person.left or person.updated) - seconds(person.joined)
  local events = {
    { 0, "call_join_begin" },
    { 1.2, "websocket_connected", { attempts = 1, resumed = false } },
    { 2.1, "audio_on" },
  }
  if link.sends_video then events[#events + 1] = { 3.4, "video_on", { width = 1280 } } end
  if link.sends_screen then
    events[#events + 1] = { 60 * link.screen[1], "screenshare_started", { surface = "window" } }
    events[#events + 1] = { 60 * link.screen[2], "screenshare_stopped" }
  end
  if link.trouble then
    events[#events + 1] = { 60 * link.trouble[1] + 12, "network_quality_poor", { score = 2 } }
    events[#events + 1] = { 60 * link.trouble[1] + 95, "ice_restart", { reason = data.null } }
    events[#events + 1] = { 60 * link.trouble[2] + 48, "network_quality_good", { score = 5 } }
  end
  if person.left then events[#events + 1] = { length, "call_left" } end
  table.sort(events, function(a, b) return a[1] < b[1] end)
  return events
end

local function report_events(person)
  local events = {}
  for i, event in ipairs(call_events(person)) do
    events[i] = { timestamp = stamp(seconds(person.joined) + event[1]), name = event[2],
      metadata = event[3] }
  end
  return events
end

local function older_events(person)
  local events = {}
  for i, event in ipairs(call_events(person)) do
    events[i] = { timestamp = stamp(seconds(person.joined) + event[1]), type = event[2] }
  end
  return events
end

local function device(kind, label)
  return { device_id = kind .. "-default", kind = kind, label = label }
end

local function list(...) return setmetatable({ ... }, data.list) end

-- The devices that were there from the start, as one update.
local function device_updates(person, kind, label)
  return list({ added = list(device(kind, label)), removed = list(),
    timestamp = stamp(seconds(person.joined)) })
end

local function selected_devices(person)
  local selected, now = list(), stamp(seconds(person.joined) + 1)
  for _, kind in ipairs { "audioinput", "videoinput", "audiooutput" } do
    if person.devices[kind] then
      selected[#selected + 1] = { device = device(kind, person.devices[kind]), timestamp = now }
    end
  end
  return selected
end

-- The transport at its end. Rates are in bits a second, the stamps in milliseconds since the epoch.
local function candidate_pair(person, producing)
  local length = seconds(person.left or person.updated) - seconds(person.joined)
  local last = math.floor((DAY_EPOCH + seconds(person.joined) + length) * 1000)
  local packets = math.floor(length * (producing and 150 or 140))
  return {
    available_incoming_bitrate = producing and 0 or 2400000,
    available_outgoing_bitrate = producing and 1800000 or 0,
    bytes_discarded_on_send = 0, packets_discarded_on_send = 0,
    bytes_received = producing and 40000 or packets * 900,
    bytes_sent = producing and packets * 900 or 40000,
    packets_received = producing and 500 or packets, packets_sent = producing and packets or 500,
    current_round_trip_time = person.link.rtt,
    total_round_trip_time = one_decimal(person.link.rtt * length),
    last_packet_received_timestamp = last, last_packet_sent_timestamp = last,
    local_candidate_address = person.place.ipv4, local_candidate_port = 50000 + person.link.seed,
    local_candidate_id = producing and "Lp1" or "Lc1", local_candidate_protocol = "udp",
    local_candidate_type = "srflx", local_candidate_network_type = person.network.media,
    local_candidate_related_address = "192.168.1.20", local_candidate_related_port = 50000,
    local_candidate_url = "stun:stun.example.net:3478", nominated = true,
    remote_candidate_address = "192.0.2.250", remote_candidate_port = 1473,
    remote_candidate_id = producing and "Rp1" or "Rc1", remote_candidate_protocol = "udp",
    remote_candidate_type = "host", remote_candidate_url = "",
  }
end

local function pc_metadata(person)
  return list({
    effective_network_type = person.network.effective_networktype, reflexive_connectivity = true,
    relay_connectivity = person.network.relay_connectivity, turn_connectivity = true,
    sdp = list("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"),
    timestamp = stamp(seconds(person.joined)),
  })
end

local function report_metadata(person)
  local place, system = person.place, person.device
  return {
    device_info = { cpus = system.cpus, is_mobile = system.is_mobile, os = system.os,
      os_version = system.os_version },
    browser_metadata = person.browser, native_metadata = person.native,
    sdk_name = person.sdk.name, sdk_type = person.sdk.type, sdk_version = person.sdk.version,
    room_view_type = "GROUP_CALL",
    audio_devices_updates = device_updates(person, "audioinput", person.devices.audioinput),
    speaker_devices_updates = device_updates(person, "audiooutput", person.devices.audiooutput),
    video_devices_updates = device_updates(person, "videoinput", person.devices.videoinput),
    selected_device_updates = selected_devices(person),
    ip_information = {
      asn = { asn = place.asn, domain = "example.net", name = place.org, route = place.route,
        type = "isp" },
      city = place.city, country = place.country, ipv4 = place.ipv4, org = place.org,
      region = place.region, timezone = place.timezone,
    },
    pc_metadata = pc_metadata(person),
    candidate_pairs = { consuming_transport = list(candidate_pair(person, false)),
      producing_transport = list(candidate_pair(person, true)) },
    events = report_events(person),
  }
end

-- ==== The older shapes ====

local function older_device(person)
  local system, browser = person.device, person.browser or {}
  return {
    browser = browser.browser, browser_version = browser.browser_version, engine = browser.engine,
    user_agent = browser.user_agent, webgl_support = browser.browser and "true" or nil,
    cpus = system.cpus, memory = system.memory, is_mobile = system.is_mobile, os = system.os,
    os_version = system.os_version, sdk_name = person.sdk.name, sdk_version = person.sdk.version,
  }
end

-- Milliseconds, a fraction and kbit/s, going by the reference's example: rtt 24, jitter 1.5.
local function precall(person)
  local link, network = person.link, person.network
  return {
    rtt = math.floor(link.rtt * 1000), backend_rtt = math.floor(link.rtt * 1000) + 7,
    jitter = one_decimal(link.jitter * 1000), fractional_loss = link.loss / 100,
    throughtput = network.throughput, effective_networktype = network.effective_networktype,
    reflexive_connectivity = true, relay_connectivity = network.relay_connectivity,
    turn_connectivity = true,
  }
end

local function older_stats(person)
  local place = person.place
  return {
    device_info = older_device(person), events = older_events(person),
    ip_information = { city = place.city, country = place.country, ip_location = place.location,
      ipv4 = place.ipv4, org = place.org, region = place.region, timezone = place.timezone },
    precall_network_information = precall(person),
  }
end

-- ==== Records ====

local function participant(person)
  return {
    id = person.id, custom_participant_id = person.custom_id, user_id = person.user_id,
    display_name = person.name, preset_name = person.preset, duration = duration(person),
    created_at = stamp(seconds(person.created)), joined_at = stamp(seconds(person.joined)),
    left_at = person.left and stamp(seconds(person.left)),
    updated_at = stamp(seconds(person.updated)),
  }
end

-- All there is to know of one participant; the server picks what was asked for. Of one who was
-- there for less than a minute nothing was measured.
local function record(person, session)
  local profile = {
    peer_id = person.id, minutes = duration(person),
    clock = function(minutes) return stamp(seconds(person.joined) + 60 * minutes) end,
  }
  for name, value in pairs(person.link) do profile[name] = value end
  local measured = profile.minutes >= 1
  local quality = measured and sandbox_quality.report(profile) or {}
  return {
    id = person.id, participant = participant(person), peer_events = peer_events(person, session),
    peer_stats = older_stats(person),
    quality_stats = measured and sandbox_quality.older(quality, profile) or list(),
    peer_report = not person.is_older and { metadata = report_metadata(person), quality = quality }
      or nil,
  }
end

-- ==== Sessions ====

-- The most who were there at a time, and how many of them are still.
local function count_people(people)
  local most, live = 0, 0
  for _, person in ipairs(people) do
    local now = 0
    for _, other in ipairs(people) do
      if seconds(other.joined) <= seconds(person.joined)
        and (not other.left or seconds(other.left) > seconds(person.joined)) then
        now = now + 1
      end
    end
    most = math.max(most, now)
    if not person.left then live = live + 1 end
  end
  return most, live
end

local function session_details(session)
  local most, live = count_people(session.people)
  local started, minutes = stamp(seconds(session.started)), 0
  for _, person in ipairs(session.people) do minutes = minutes + duration(person) end
  return {
    id = session.id, associated_id = session.meeting_id, meeting_display_name = session.title,
    organization_id = "0c9b8a7f-6e5d-4c3b-8a29-1807f6e5d4c3", type = "meeting",
    status = session.status, live_participants = live, max_concurrent_participants = most,
    minutes_consumed = one_decimal(minutes), created_at = started, started_at = started,
    ended_at = session.ended and stamp(seconds(session.ended)),
    updated_at = stamp(seconds(session.ended or session.people[1].updated)),
  }
end

for _, session in ipairs(require "sandbox_people") do
  local known = { id = session.id, status = session.status, details = session_details(session),
    participants = {} }
  for i, person in ipairs(session.people) do known.participants[i] = record(person, session) end
  data.sessions[#data.sessions + 1] = known
end

return data
