--[[
What the API knows of the device and the network of a participant, in words: lists of {label,
value}, the value nil where nothing tells it. Two shapes tell of it, `peer_report.metadata` and the
older `peer_stats`; any part of them may be missing or of another type than the reference says.
]]

local report = require "report"

local facts = {}

local elements, get, join, number = report.elements, report.get, report.join, report.number

local function object(value)
  return type(value) == "table" and value or {}
end

--- The values that are text or numbers, as one text.
function facts.words(separator, ...)
  local kept = {}
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    local kind = type(value)
    kept[i] = (kind == "string" or kind == "number") and value or ""
  end
  return join(separator, (table.unpack or unpack)(kept)) -- luacheck: globals unpack
end

local words = facts.words

local function yes_no(value, yes, no)
  if type(value) ~= "boolean" then return nil end
  return value and yes or no
end

-- The label of the device of that kind that was selected last.
local function selected(metadata, kind)
  local label
  for _, update in ipairs(elements(metadata.selected_device_updates)) do
    if get(update, "device", "kind") == kind then label = get(update, "device", "label") end
  end
  return words("", label)
end

--- System, browser, SDK and what was selected to hear and see.
function facts.device(p)
  local metadata = object(get(p, "peer_report", "metadata"))
  local older = object(get(p, "peer_stats", "device_info"))
  local device = object(metadata.device_info or older)
  local browser = object(metadata.browser_metadata or older)
  return {
    { "system", join(", ", words(" ", device.os, device.os_version),
      yes_no(device.is_mobile, "mobile", "desktop"), number("%.3g cores", device.cpus),
      number("%.3g GB memory", device.memory or older.memory)) },
    { "browser", words(" ", browser.browser, browser.browser_version,
      browser.engine and "(" .. tostring(browser.engine) .. ")") },
    { "SDK", words(" ", metadata.sdk_name or older.sdk_name,
      metadata.sdk_version or older.sdk_version) },
    { "microphone", selected(metadata, "audioinput") },
    { "camera", selected(metadata, "videoinput") },
    { "speaker", selected(metadata, "audiooutput") },
  }
end

-- Milliseconds and a fraction here, going by the values in the reference's example.
local function describe_precall(test)
  return join(", ", number("round trip %.4g ms", test.rtt), number("jitter %.1f ms", test.jitter),
    number("loss %.1f %%", test.fractional_loss, 100),
    number("%.4g kbit/s", test.throughtput)) -- the API spells it so
end

local function describe_reach(network)
  return join(", ", words("", network.effective_network_type or network.effective_networktype),
    yes_no(network.turn_connectivity, "TURN reached", "TURN not reached"),
    yes_no(network.relay_connectivity, "relay possible", "no relay"))
end

local function describe_path(pair)
  local media = words("", pair.local_candidate_network_type)
  return join(", ", words(" ", pair.local_candidate_protocol, pair.local_candidate_type,
    media and "over " .. media), number("round trip %.0f ms", pair.current_round_trip_time, 1000))
end

--- Address, place and provider, the test before the call, and the path that the call took.
function facts.network(p)
  local metadata, older = object(get(p, "peer_report", "metadata")), object(p.peer_stats)
  local ip = object(metadata.ip_information or older.ip_information)
  local precall = object(older.precall_network_information)
  return {
    { "address", words("", ip.ipv4) },
    { "place", words(", ", ip.city, ip.region, ip.country, ip.timezone) },
    { "provider", words(", ", get(ip, "asn", "asn"), ip.org) },
    { "before call", describe_precall(precall) },
    { "reach", describe_reach(object(get(metadata, "pc_metadata", 1) or precall)) },
    { "path", describe_path(object(get(metadata, "candidate_pairs", "producing_transport", 1))) },
  }
end

return facts
