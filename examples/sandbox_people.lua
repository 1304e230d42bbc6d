--[[
Who was in the sandbox's sessions, and what their connections were like. Clock times are UTC.
`link`: loss in percent, jitter and rtt in seconds; `trouble` is {from minute, to minute, factor}.
]]

local HOST = "6f1a1f0e-3c1b-4f7e-9a52-2f4c1b9d7e10"
local GUEST = "8c2d4e6f-1a3b-4c5d-8e7f-90a1b2c3d4e5"
local ADVISER = "e5b18c7d-0f42-4d93-a6e1-3c9d5f7b2a80"
local CALLER = "3f5b7d9e-1c2a-4b3d-8e4f-5a6b7c8d9e0f"

local host = {
  id = HOST, name = "Zoë Łukasz 李", custom_id = "crm-8841", preset = "group_call_host",
  user_id = "2d5b7c1a-90e4-4d0f-8c3e-51a7b6f0e2c9",
  created = "09:14:58.120", joined = "09:15:02.004", left = "09:56:32.871",
  updated = "09:56:33.010",
  device = { os = "Linux", os_version = "6.1", cpus = 8, memory = 8, is_mobile = false },
  browser = { browser = "Firefox", browser_version = "128.0", engine = "Gecko",
    user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    webgl_support = true },
  sdk = { name = "web-core", type = "web", version = "1.2.3" },
  devices = { audioinput = "USB headset", audiooutput = "USB headset", videoinput = "HD webcam" },
  place = { ipv4 = "192.0.2.17", route = "192.0.2.0/24", asn = "AS64496", org = "Example Fibre",
    city = "Ghent", region = "East Flanders", country = "BE", timezone = "Europe/Brussels",
    location = "51.05,3.72" },
  network = { media = "ethernet", effective_networktype = "4g", relay_connectivity = true,
    throughput = 5400 },
  link = { seed = 11, loss = 0.2, jitter = 0.004, rtt = 0.024, remote_id = GUEST,
    sends_video = true, screen = { 12, 24 }, sends_screen = true },
}

-- On the train: a bad stretch in the middle of the call.
local traveller = {
  id = GUEST, name = "Amélie Nguyễn", custom_id = "crm-8852", preset = "group_call_participant",
  user_id = "5e8f0b2d-6c14-4a97-b3d8-7f2e9c041a6b",
  created = "09:16:36.902", joined = "09:16:41.350", left = "09:55:58.020",
  updated = "09:55:58.400",
  device = { os = "Android", os_version = "14", cpus = 6, memory = 4, is_mobile = true },
  browser = { browser = "Chrome Mobile", browser_version = "125.0", engine = "Blink",
    user_agent = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/125.0 Mobile Safari",
    webgl_support = true },
  sdk = { name = "web-core", type = "web", version = "1.2.3" },
  devices = { audioinput = "Phone microphone", audiooutput = "Phone speaker",
    videoinput = "Front camera" },
  place = { ipv4 = "198.51.100.23", route = "198.51.100.0/24", asn = "AS64497",
    org = "Example Mobile", city = "Lyon", region = "Auvergne-Rhône-Alpes", country = "FR",
    timezone = "Europe/Paris", location = "45.76,4.84" },
  network = { media = "cellular", effective_networktype = "3g", relay_connectivity = true,
    throughput = 900 },
  link = { seed = 23, loss = 1.1, jitter = 0.021, rtt = 0.096, remote_id = HOST,
    trouble = { 14, 23, 9 }, sends_video = true, screen = { 11, 22 } },
}

-- One person, two visits: each is a participant of its own with the same user and custom id.
local function visit(times)
  return {
    id = times.id, name = "田中さくら", custom_id = "crm-8860", preset = "group_call_participant",
    user_id = "91c4d7e0-2b5a-4f68-a0c3-d6e8f1b27a35",
    created = times.created, joined = times.joined, left = times.left, updated = times.updated,
    device = { os = "macOS", os_version = "14.5", cpus = 10, memory = 16, is_mobile = false },
    browser = { browser = "Chrome", browser_version = "125.0", engine = "Blink",
      user_agent = "Mozilla/5.0 (Macintosh) AppleWebKit/537.36 Chrome/125.0 Safari/537.36",
      webgl_support = true },
    sdk = { name = "web-core", type = "web", version = "1.2.3" },
    devices = { audioinput = "内蔵マイク", audiooutput = "内蔵スピーカー",
      videoinput = "内蔵カメラ" },
    place = { ipv4 = "203.0.113.9", route = "203.0.113.0/25", asn = "AS64498",
      org = "Example Cable", city = "Osaka", region = "Osaka", country = "JP",
      timezone = "Asia/Tokyo", location = "34.69,135.50" },
    network = { media = "wifi", effective_networktype = "4g", relay_connectivity = true,
      throughput = 4100 },
    link = { seed = times.seed, loss = 0.3, jitter = 0.008, rtt = 0.231, remote_id = HOST,
      sends_video = true },
  }
end

-- In an app with the native SDK: no browser, no camera of their own switched on.
local listener = {
  id = "c7a90e3b-58d1-4b26-9f04-2e6d8b1a7c53", name = "Олена Ковальчук",
  custom_id = "crm-8871", preset = "group_call_participant",
  user_id = "04d6b8f2-7e19-4c3a-8b5d-e9f0a1c2b364",
  created = "09:19:55.318", joined = "09:20:00.761", left = "09:44:12.207",
  updated = "09:44:12.530",
  device = { os = "iOS", os_version = "17.5", cpus = 6, memory = 6, is_mobile = true },
  native = { audio_encoder = "opus", video_encoder = "h264" },
  sdk = { name = "ios-core", type = "native", version = "2.0.1" },
  devices = { audioinput = "Навушники", audiooutput = "Навушники", videoinput = "Камера" },
  place = { ipv4 = "203.0.113.177", route = "203.0.113.128/25", asn = "AS64499",
    org = "Example Wireless", city = "Kyiv", region = "Kyiv City", country = "UA",
    timezone = "Europe/Kyiv", location = "50.45,30.52" },
  network = { media = "wifi", effective_networktype = "4g", relay_connectivity = false,
    throughput = 3300 },
  link = { seed = 61, loss = 0.4, jitter = 0.007, rtt = 0.052, remote_id = HOST,
    screen = { 7, 19 } },
}

-- In a hotel, over a network that loses packets all the time.
local guest_in_hotel = {
  id = "94e1f0d7-3b6a-4c58-a217-c05d8e9f6b32", name = "Ingrid Dahl-Pérez",
  custom_id = "crm-8874", preset = "group_call_participant",
  user_id = "f3a9d6c1-5e72-4b08-93d4-6c1e0f7a8b25",
  created = "09:21:40.655", joined = "09:21:46.918", left = "09:48:03.377",
  updated = "09:48:03.702",
  device = { os = "Windows", os_version = "11", cpus = 4, memory = 8, is_mobile = false },
  browser = { browser = "Chrome", browser_version = "125.0", engine = "Blink",
    user_agent = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/125.0 Safari/537.36",
    webgl_support = true },
  sdk = { name = "web-core", type = "web", version = "1.2.3" },
  devices = { audioinput = "Microphone array", audiooutput = "Speakers",
    videoinput = "Integrated camera" },
  place = { ipv4 = "198.51.100.201", route = "198.51.100.128/25", asn = "AS64502",
    org = "Example Hotels", city = "Quito", region = "Pichincha", country = "EC",
    timezone = "America/Guayaquil", location = "-0.18,-78.47" },
  network = { media = "wifi", effective_networktype = "2g", relay_connectivity = true,
    throughput = 350 },
  link = { seed = 97, loss = 10, jitter = 0.043, rtt = 0.318, remote_id = HOST,
    sends_video = true },
}

-- With an SDK so old that only the older shapes tell of it (`is_older`).
local old_hand = {
  id = "b0c7e5a2-6d19-4f83-8a4e-1f2d3c4b5a69", name = "Padraig Ó Súilleabháin",
  custom_id = "crm-8875", preset = "group_call_participant", is_older = true,
  user_id = "7b2e4d90-c3f8-4a16-b5e7-0d9c8f1a2e63",
  created = "09:18:21.090", joined = "09:18:27.437", left = "09:56:31.554",
  updated = "09:56:31.880",
  device = { os = "Windows", os_version = "10", cpus = 2, memory = 4, is_mobile = false },
  browser = { browser = "Firefox", browser_version = "115.0", engine = "Gecko",
    user_agent = "Mozilla/5.0 (Windows NT 10.0; rv:115.0) Gecko/20100101 Firefox/115.0" },
  sdk = { name = "web-core", type = "web", version = "0.9.4" },
  devices = { audioinput = "Webcam microphone", audiooutput = "Speakers",
    videoinput = "Webcam" },
  place = { ipv4 = "203.0.113.66", route = "203.0.113.0/25", asn = "AS64503",
    org = "Example Telecom", city = "Galway", region = "Connacht", country = "IE",
    timezone = "Europe/Dublin", location = "53.27,-9.05" },
  network = { media = "wifi", effective_networktype = "3g", relay_connectivity = true,
    throughput = 1200 },
  link = { seed = 113, loss = 2.2, jitter = 0.016, rtt = 0.071, remote_id = HOST },
}

-- Gone again before anything was measured but the network, before the call.
local passer_by = {
  id = "d81f3e6c-7a05-4b9d-b2c6-5e4f9a0d1c78", name = "Yusuf Demirci",
  custom_id = "crm-8876", preset = "group_call_participant",
  user_id = "c6f0a8e2-1d47-4935-8b0e-2f3a7d5c9e14",
  created = "09:40:02.311", joined = "09:40:07.526", left = "09:40:38.140",
  updated = "09:40:38.455",
  device = { os = "Android", os_version = "13", cpus = 8, memory = 4, is_mobile = true },
  browser = { browser = "Chrome Mobile", browser_version = "124.0", engine = "Blink",
    user_agent = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/124.0 Mobile Safari",
    webgl_support = true },
  sdk = { name = "web-core", type = "web", version = "1.2.3" },
  devices = { audioinput = "Phone microphone", audiooutput = "Phone speaker",
    videoinput = "Front camera" },
  place = { ipv4 = "192.0.2.211", route = "192.0.2.128/25", asn = "AS64504",
    org = "Example Mobile", city = "İzmir", region = "İzmir", country = "TR",
    timezone = "Europe/Istanbul", location = "38.42,27.14" },
  network = { media = "cellular", effective_networktype = "4g", relay_connectivity = true,
    throughput = 2900 },
  link = { seed = 131, loss = 0.8, jitter = 0.012, rtt = 0.088, remote_id = HOST },
}

-- The two in the session that is running: no `left` time.
local adviser = {
  id = ADVISER, name = "Søren Åkesson", custom_id = "crm-8903", preset = "group_call_host",
  user_id = "b7e3f1a5-4d82-4069-9c1e-8a2d6f0b5c74",
  created = "13:29:51.044", joined = "13:29:57.615", updated = "13:48:27.600",
  device = { os = "Windows", os_version = "11", cpus = 4, memory = 8, is_mobile = false },
  browser = { browser = "Edge", browser_version = "125.0", engine = "Blink",
    user_agent = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/125.0 Edg/125.0",
    webgl_support = true },
  sdk = { name = "web-core", type = "web", version = "1.2.3" },
  devices = { audioinput = "Microphone array", audiooutput = "Speakers",
    videoinput = "Integrated camera" },
  place = { ipv4 = "198.51.100.88", route = "198.51.100.0/24", asn = "AS64500",
    org = "Example Broadband", city = "Malmö", region = "Skåne", country = "SE",
    timezone = "Europe/Stockholm", location = "55.60,13.00" },
  network = { media = "wifi", effective_networktype = "4g", relay_connectivity = true,
    throughput = 6200 },
  link = { seed = 71, loss = 0.1, jitter = 0.005, rtt = 0.031, remote_id = CALLER,
    sends_video = true },
}

local caller = {
  id = CALLER, name = "Núria Çelik", custom_id = "crm-8904", preset = "group_call_participant",
  user_id = "6a0c2e4b-8d1f-4357-9b6d-1e3f5a7c9b0d",
  created = "13:31:10.480", joined = "13:31:16.092", updated = "13:48:27.600",
  device = { os = "iPadOS", os_version = "17.5", cpus = 8, memory = 8, is_mobile = true },
  browser = { browser = "Safari", browser_version = "17.5", engine = "WebKit",
    user_agent = "Mozilla/5.0 (iPad; CPU OS 17_5) AppleWebKit/605.1.15 Version/17.5 Safari",
    webgl_support = true },
  sdk = { name = "web-core", type = "web", version = "1.2.3" },
  devices = { audioinput = "iPad microphone", audiooutput = "Speaker",
    videoinput = "Front camera" },
  place = { ipv4 = "192.0.2.140", route = "192.0.2.128/25", asn = "AS64501",
    org = "Example Fibre", city = "Girona", region = "Catalonia", country = "ES",
    timezone = "Europe/Madrid", location = "41.98,2.82" },
  network = { media = "wifi", effective_networktype = "4g", relay_connectivity = true,
    throughput = 3800 },
  link = { seed = 83, loss = 0.5, jitter = 0.009, rtt = 0.047, remote_id = ADVISER,
    sends_video = true },
}

return {
  {
    id = "0b9f8f6e-5d0a-4a51-8c1e-7b0f3c2a9d44", status = "ENDED",
    meeting_id = "4c8e2a60-7f1d-4b39-9a05-2e6d8f0b1c73", title = "Roof inspection, second part",
    started = "09:15:02.004", ended = "09:56:33.010",
    people = {
      host,
      traveller,
      visit { id = "1d3f5a7c-9b2e-4680-8d4c-6e8f0a2b4c1d", seed = 41, created = "09:17:06.230",
        joined = "09:17:10.500", left = "09:31:44.910", updated = "09:31:45.220" },
      visit { id = "2e4a6b8d-0c3f-4791-9e5d-7f9a1b3c5d2e", seed = 43, created = "09:33:01.114",
        joined = "09:33:05.220", left = "09:56:30.100", updated = "09:56:30.480" },
      listener,
      guest_in_hotel,
      old_hand,
      passer_by,
    },
  },
  {
    id = "7d1e9c3a-6b4f-4825-b0d9-5a8e2c7f1b36", status = "LIVE",
    meeting_id = "91b5d3f7-2c6a-4e80-8d14-0a7c9e3f5b26", title = "Advice, line 2",
    started = "13:29:57.615",
    people = { adviser, caller },
  },
}
