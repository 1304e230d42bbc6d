--[[
The bodies that the upstream serves, as text, in the API's envelope, with nulls, whole numbers and
fractions. The same on every run.

  bodies.small()    about 0.5 KB: a participant
  bodies.medium()   about 40 KB: with its events and a report
  bodies.large()    about 1.5 MB: with minutes upon minutes of quality series
]]

local bodies = {}

local ENVELOPE = '{"success":true,"errors":[],"messages":[],"data":{"participant":{%s}}}'

local PERSON = table.concat({
  '"id":"6f1a1f0e-3c1b-4f7e-9a52-2f4c1b9d7e10"', '"created_at":"2025-06-03T09:14:58.120Z"',
  '"custom_participant_id":"crm-8841"', '"display_name":"Zoë Łukasz 李"', '"duration":41.5',
  '"joined_at":"2025-06-03T09:15:02.004Z"', '"left_at":null',
  '"preset_name":"group_call_host"', '"updated_at":"2025-06-03T09:56:33.010Z"',
  '"user_id":"2d5b7c1a-90e4-4d0f-8c3e-51a7b6f0e2c9"', '"minutes_consumed":41',
}, ",")

-- Park and Miller's generator.
local function random_source(seed)
  return function(low, high)
    seed = seed * 16807 % 2147483647
    return low + (high - low) * (seed / 2147483647)
  end
end

local function list_of(count, item)
  local list = {}
  for i = 1, count do list[i] = item(i) end
  return "[" .. table.concat(list, ",") .. "]"
end

local function time_of(second)
  return ("2025-06-03T%02d:%02d:%02d.%03dZ"):format(
    9 + second // 3600, second // 60 % 60, second % 60, second * 37 % 1000)
end

local function events(count, random)
  return list_of(count, function(i)
    return ('{"id":"a3c8e1b2-6f04-4a7d-bb19-%012d","peer_id":"6f1a1f0e-3c1b-4f7e-9a52-2f4c1b9d7e10"'
      .. ',"participant_id":null,"session_id":null,"socket_session_id":"ss_%02d"'
      .. ',"event_name":"%s","minutes_consumed":%d,"preset_view_type":null'
      .. ',"created_at":"%s","updated_at":"%s"}'):format(
      i, i % 40, i % 2 == 0 and "PEER_LEAVING" or "PEER_CREATED", random(0, 90) // 1,
      time_of(i * 31), time_of(i * 31 + 2))
  end)
end

local function samples(count, random, producer)
  local packets = 0
  return list_of(count, function(i)
    packets = packets + random(2800, 3200) // 1
    return ('{"timestamp":"%s","jitter":%.4f,"rtt":%.4f,"mos":%.3f,"packets_lost":%d'
      .. ',"packets_%s":%d,"bytes_%s":%d,"frame_width":%s,"frame_height":%s'
      .. ',"frames_per_second":%s,"peer_id":%s}'):format(
      time_of(i * 5), random(0, 0.03), random(0.01, 0.2), random(2, 4.4), random(0, 40) // 1,
      producer and "sent" or "received", packets, producer and "sent" or "received",
      packets * 1100, i % 3 == 0 and "null" or "1280", i % 3 == 0 and "null" or "720",
      i % 3 == 0 and "null" or "30",
      producer and "null" or '"c0ffee00-1111-4222-8333-444455556666"')
  end)
end

local function report(count, random)
  return '{"metadata":{"device_info":{"is_mobile":false,"memory":8,"cpus":8,"os":"Linux",'
    .. '"os_version":"6.1"},"ip_information":{"city":"Ghent","country":"BE","ipv4":"192.0.2.17"},'
    .. '"events":[{"timestamp":"2025-06-03T09:15:02.004Z","type":"call_join_begin"}],'
    .. '"sdk_name":"web-core","sdk_version":"1.2.3"},"quality":{'
    .. '"audio_producer":' .. samples(count, random, true)
    .. ',"audio_consumer":' .. samples(count, random, false)
    .. ',"video_producer":' .. samples(count, random, true)
    .. ',"video_consumer":' .. samples(count, random, false)
    .. ',"screenshare_audio_producer":[],"screenshare_video_consumer":null}}'
end

local function body(event_count, sample_count)
  local random = random_source(20250603)
  return ENVELOPE:format(PERSON .. ',"peer_events":' .. events(event_count, random)
    .. ',"peer_report":' .. report(sample_count, random))
end

function bodies.small() return ENVELOPE:format(PERSON) end
function bodies.medium() return body(60, 20) end
function bodies.large() return body(60, 1500) end

return bodies
