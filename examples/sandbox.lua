--[[
A small stand-in for the RealtimeKit API, on this machine only, to try things out without an
account:

  lua5.4 examples/sandbox.lua [--port N] [--ids] [--until-eof]

  --port N      listen on 127.0.0.1:N; without it, or with 0, on a free port
  --ids         after the first line also print the ids to try it with
  --until-eof   stop when standard input ends too, so that it cannot outlive the one who started it

The first line on standard output says where it listens:

  sandbox listening on http://127.0.0.1:PORT/client/v4

It stops on SIGTERM and on SIGINT, with exit status 0. Any credentials will do but the token
`invalid`. What it serves is in sandbox_data.lua; lists are paged. Needs Lua 5.1 to 5.4 or LuaJIT,
and lua-cqueues.
]]

local here = arg[0]:match("^.*/") or "./"
package.path = here .. "?.lua;" .. package.path

local cqueues = require "cqueues"
local errno = require "cqueues.errno"
local signal = require "cqueues.signal"
local socket = require "cqueues.socket"
local data = require "sandbox_data"
local lists = require "sandbox_lists"

local BASE_PATH = "/client/v4"
local IDLE_SECONDS = 60 -- that a connection may be silent
local MAX_HEADERS, MAX_UNREAD_BODY = 100, 65536

-- ==== JSON ====

-- Written out here rather than with lua-cjson, whose key order changes from run to run: the same
-- question gets the same bytes each time.
local encode

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r" }

local function encode_string(s)
  return '"' .. s:gsub('[%c"\\]', function(c)
    return escapes[c] or ("\\u%04x"):format(c:byte())
  end) .. '"'
end

local function encode_list(list)
  local parts = {}
  for i, value in ipairs(list) do parts[i] = encode(value) end
  return "[" .. table.concat(parts, ",") .. "]"
end

local function encode_object(object)
  local names, parts = {}, {}
  for name in pairs(object) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    parts[i] = encode_string(name) .. ":" .. encode(object[name])
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

function encode(value)
  if value == data.null then return "null" end
  local kind = type(value)
  if kind == "string" then return encode_string(value) end
  if kind == "number" then return ("%.14g"):format(value) end
  if kind ~= "table" then return tostring(value) end
  local is_list = value[1] ~= nil or getmetatable(value) == data.list
  return is_list and encode_list(value) or encode_object(value)
end

-- ==== Answers ====

local errors = { -- code and message as in the reference's examples, as far as it has one
  [400] = { 1400, "Bad request" },
  [401] = { 10000, "Authentication error" },
  [404] = { 1404, "No such participant" },
  [405] = { 1405, "Method not allowed" },
  [422] = { 1422, "Request does not match the contract" },
}

local reasons = {
  [200] = "OK", [400] = "Bad Request", [401] = "Unauthorized", [404] = "Not Found",
  [405] = "Method Not Allowed", [422] = "Unprocessable Entity",
}

local function failure(status)
  local code, message = errors[status][1], errors[status][2]
  local none = setmetatable({}, data.list)
  return status, { success = false, errors = { { code = code, message = message } },
    messages = none, result = data.null }
end

local function success(result, paging)
  return 200, { success = true, data = result, paging = paging }
end

-- ==== Endpoints ====

-- A handler takes the path's parameters and the query's, and returns a status and a body.

local function find(list, id)
  for _, item in ipairs(list) do
    if item.id == id then return item end
  end
end

-- The sessions of the app, none if it is not known.
local function find_sessions(ids)
  if ids.account_id ~= data.account_id or ids.app_id ~= data.app_id then return {} end
  return data.sessions
end

local function find_session(ids)
  return find(find_sessions(ids), ids.session_id)
end

local function find_participant(ids)
  local session = find_session(ids)
  return session and find(session.participants, ids.participant_id)
end

local function find_peer(ids)
  for _, session in ipairs(find_sessions(ids)) do
    local record = find(session.participants, ids.peer_id)
    if record then return record end
  end
end

-- The reference lists the filters but not what each one adds; the older report has a part of the
-- same name for each, so that is what it adds there, and to `peer_report` what tells of the same.
local report_parts = {
  device_info = { "device_info", "browser_metadata", "native_metadata", "sdk_name", "sdk_type",
    "sdk_version", "audio_devices_updates", "speaker_devices_updates", "video_devices_updates",
    "selected_device_updates", "room_view_type" },
  ip_information = { "ip_information" },
  precall_network_information = { "pc_metadata", "candidate_pairs" },
  events = { "events" },
}

local function add_older_group(participant, filter, record)
  if filter == "quality_stats" then
    participant.quality_stats = record.quality_stats
  else
    participant.peer_stats = participant.peer_stats or {}
    participant.peer_stats[filter] = record.peer_stats[filter]
  end
end

local function add_group(participant, filter, record)
  local report = participant.peer_report or {}
  participant.peer_report = report
  if filter == "quality_stats" then
    report.quality = record.peer_report.quality
    return
  end
  report.metadata = report.metadata or {}
  for _, part in ipairs(report_parts[filter]) do
    report.metadata[part] = record.peer_report.metadata[part]
  end
end

-- The filters of "a,b"; nil when one of them is none.
local function parse_filters(text)
  local filters = {}
  for filter in (text .. ","):gmatch("([^,]*),") do
    if not report_parts[filter] and filter ~= "quality_stats" then return nil end
    filters[#filters + 1] = filter
  end
  return filters
end

local booleans = { ["true"] = true, ["false"] = false }

local function copy(object)
  local fields = {}
  for name, value in pairs(object) do fields[name] = value end
  return fields
end

-- What `find_record` finds, with all that the query asks for.
local function get_record(find_record, ids, query)
  local filters = query.filters == nil and {} or parse_filters(query.filters)
  local with_events = booleans[query.include_peer_events or "false"]
  if not filters or with_events == nil then return failure(422) end
  local record = find_record(ids)
  if not record then return failure(404) end
  local participant = copy(record.participant)
  if with_events then participant.peer_events = record.peer_events end
  for _, filter in ipairs(filters) do
    add_older_group(participant, filter, record)
    if record.peer_report then add_group(participant, filter, record) end
  end
  return success({ participant = participant })
end

local function get_participant(ids, query)
  return get_record(find_participant, ids, query)
end

-- The report is all there without filters.
local function get_peer_report(ids, query)
  local status, body = get_record(find_peer, ids, query)
  if status == 200 and not query.filters then
    body.data.participant.peer_report = find_peer(ids).peer_report
  end
  return status, body
end

local function get_session(ids, query)
  if booleans[query.include_breakout_rooms or "false"] == nil then return failure(422) end
  local session = find_session(ids)
  if not session then return failure(404) end
  local details = copy(session.details)
  if query.include_breakout_rooms == "true" then
    details.breakout_rooms = setmetatable({}, data.list)
  end
  return success(details)
end

local function list(kind, items, query, field, wanted)
  local page, paging = lists.page(items, query, field, wanted)
  return success({ [kind] = setmetatable(page, data.list) }, paging)
end

local function get_sessions(ids, query)
  if not lists.is_valid("sessions", query) then return failure(422) end
  local items = {}
  for i, session in ipairs(find_sessions(ids)) do items[i] = session.details end
  return list("sessions", items, query, "created_at", function(session)
    return (not query.status or session.status == query.status)
      and (not query.associated_id or session.associated_id == query.associated_id)
      and (not query.start_time or session.created_at >= query.start_time)
      and (not query.end_time or session.created_at <= query.end_time)
      and (not query.search or lists.has(query.search, session.meeting_display_name, session.id))
  end)
end

-- Visits of one person as one, the first of them, with all of the time.
local function consolidate(participants)
  local first, people = {}, {}
  for _, participant in ipairs(participants) do
    local known = first[participant.custom_participant_id]
    if known then
      known.duration, known.left_at = known.duration + participant.duration, participant.left_at
    else
      first[participant.custom_participant_id] = participant
      people[#people + 1] = participant
    end
  end
  return people
end

local function get_participants(ids, query)
  local session = find_session(ids)
  if not lists.is_valid("participants", query) then return failure(422) end
  if not session then return failure(404) end
  local items = {}
  for i, record in ipairs(session.participants) do
    items[i] = copy(record.participant)
    if query.include_peer_events == "true" then items[i].peer_events = record.peer_events end
  end
  if query.view == "consolidated" then items = consolidate(items) end
  return list("participants", items, query, "joined_at", function(participant)
    return not query.search or lists.has(query.search, participant.display_name, participant.id,
      participant.custom_participant_id)
  end)
end

local formats = { SRT = "srt", VTT = "vtt", JSON = "json", CSV = "csv" }

-- A place that is nowhere: there is no transcript to be had.
local function get_transcript(ids, query)
  local format = formats[query.format or "CSV"]
  if not format then return failure(422) end
  local session = find_session(ids)
  if not session then return failure(404) end
  return success({ sessionId = session.id,
    transcript_download_url = "https://transcripts.example.net/" .. session.id .. "." .. format,
    transcript_download_url_expiry = "2025-06-10T00:00:00.000Z" })
end

local SESSIONS = "/accounts/{account_id}/realtime/kit/{app_id}/sessions"
local routes = { -- the first that fits
  { SESSIONS, get_sessions },
  { SESSIONS .. "/{session_id}", get_session },
  { SESSIONS .. "/peer-report/{peer_id}", get_peer_report },
  { SESSIONS .. "/{session_id}/transcript", get_transcript },
  { SESSIONS .. "/{session_id}/participants", get_participants },
  { SESSIONS .. "/{session_id}/participants/{participant_id}", get_participant },
}

-- ==== Routing ====

local function decode(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- The parameters of a path that fits the template, segment by segment; else nil.
local function match(template, path)
  local next_segment, ids = path:gmatch("/([^/]*)"), {}
  for expected in template:gmatch("/([^/]*)") do
    local segment, name = next_segment(), expected:match("^{(.*)}$")
    if segment == nil or not name and segment ~= expected then return nil end
    if name then ids[name] = decode(segment) end
  end
  return next_segment() == nil and ids or nil
end

-- The query's parameters; nil when one is there twice, which no endpoint knows.
local function parse_query(text)
  local query = {}
  for encoded, value in text:gmatch("([^&=]+)=?([^&]*)") do
    local name = decode(encoded)
    if query[name] then return nil end
    query[name] = decode((value:gsub("%+", " ")))
  end
  return query
end

local function is_authorized(headers)
  local token = (headers.authorization or ""):match("^[Bb]earer +(.+)$")
  if token then return token ~= "invalid" end
  local function has(name) return (headers[name] or "") ~= "" end
  return has "x-auth-email" and has "x-auth-key" or has "x-auth-user-service-key"
end

local function dispatch(request)
  if request.method ~= "GET" then return failure(405) end
  if not is_authorized(request.headers) then return failure(401) end
  local path, query = request.target:match("^([^?]*)%??(.*)$")
  query = parse_query(query)
  if not query then return failure(422) end
  for _, route in ipairs(routes) do
    local ids = match(BASE_PATH .. route[1], path)
    if ids then return route[2](ids, query) end
  end
  return failure(404)
end

-- ==== HTTP/1.1 ====

-- A line without its end; nil when there is none, or none that is short enough.
local function read_line(connection)
  local line = connection:read("*L")
  return line and line:match("^(.-)\r?\n$")
end

-- Nil when the client is gone, false when what it says is not HTTP.
local function read_request(connection)
  local line = connection:read("*L")
  if line == nil then return nil end
  local method, target, minor = line:match("^(%u+) (%S+) HTTP/1%.(%d)\r?\n$")
  local headers = {}
  for _ = 1, MAX_HEADERS do
    line = method and read_line(connection)
    if not line then return false end
    if line == "" then
      return { method = method, target = target, minor = minor, headers = headers }
    end
    local name, value = line:match("^([^:%s]+):%s*(.-)%s*$")
    if not name then return false end
    headers[name:lower()] = value
  end
  return false
end

-- No endpoint takes a body, so one is read and dropped. False when it is too long for that.
local function drop_body(connection, headers)
  local length = tonumber(headers["content-length"] or 0)
  if headers["transfer-encoding"] or not length or length > MAX_UNREAD_BODY then return false end
  return length == 0 or connection:read(length) ~= nil
end

local rays = 0

local function write_answer(connection, request, status, body, keep)
  rays = rays + 1
  local text = encode(body)
  local lines = {
    ("HTTP/1.1 %d %s"):format(status, reasons[status]),
    "Content-Type: application/json",
    "Content-Length: " .. #text,
    ("cf-ray: 8c%014x-LHR"):format(rays),
    'Ratelimit: "default";r=1199;t=300', -- what the API sends early on; nothing is counted here
  }
  if status == 405 then lines[#lines + 1] = "Allow: GET" end
  if not keep then lines[#lines + 1] = "Connection: close" end
  connection:write(table.concat(lines, "\r\n"), "\r\n\r\n")
  if not (request and request.method == "HEAD") then connection:write(text) end
  return connection:flush()
end

local function keeps_alive(request)
  local wish = (request.headers.connection or ""):lower()
  return request.minor ~= "0" and not wish:find("close", 1, true)
end

-- What a cqueues socket is to do with an error: hand it over instead of raising it.
local function return_error(_, _, why) return why end

local function serve(connection)
  connection:setmode("b", "bf")
  connection:settimeout(IDLE_SECONDS)
  connection:onerror(return_error) -- a client that goes away is no error of ours
  repeat
    local request = read_request(connection)
    if request == nil then break end
    local keep = request and keeps_alive(request) and drop_body(connection, request.headers)
    local status, body
    if request then status, body = dispatch(request) else status, body = failure(400) end
  until not write_answer(connection, request, status, body, keep) or not keep
  connection:shutdown("w")
  connection:close()
end

-- ==== The program ====

local function exit_with_usage()
  io.stderr:write("usage: ", arg[0], " [--port N] [--ids] [--until-eof]\n")
  os.exit(2)
end

local function parse_arguments()
  local options, i = { port = 0 }, 1
  while arg[i] do
    if arg[i] == "--port" and (arg[i + 1] or ""):match("^%d+$") then
      i = i + 1
      options.port = tonumber(arg[i])
    elseif arg[i] == "--ids" then
      options.ids = true
    elseif arg[i] == "--until-eof" then
      options.until_eof = true
    else
      exit_with_usage()
    end
    i = i + 1
  end
  if options.port > 65535 then exit_with_usage() end
  return options
end

local function print_ids()
  print("account     " .. data.account_id)
  print("app         " .. data.app_id)
  for _, session in ipairs(data.sessions) do
    print(("\nsession     %s  %s"):format(session.id, session.status))
    for _, record in ipairs(session.participants) do
      print(("participant %s  %s"):format(record.participant.id, record.participant.display_name))
    end
  end
end

local function listen(port)
  local server = socket.listen({ host = "127.0.0.1", port = port, nodelay = true })
  server:onerror(return_error)
  local ok, why = server:listen()
  if ok then return server end
  io.stderr:write(("cannot listen on 127.0.0.1:%d: %s\n"):format(port, errno.strerror(why)))
  os.exit(1)
end

-- Accepts for ever. (`server:clients()` yields inside an iterator, which Lua 5.1 cannot.)
local function accept_all(loop, server)
  while true do
    local connection = server:accept()
    if connection then loop:wrap(serve, connection) else cqueues.sleep(0.1) end
  end
end

local function wait_for_signal()
  signal.listen(signal.SIGTERM, signal.SIGINT):wait()
end

local input = { pollfd = 0, events = "r" }

local function wait_for_eof()
  repeat cqueues.poll(input) until io.stdin:read(1) == nil
end

-- A file or /dev/null cannot be waited for.
local function check_input()
  local loop = cqueues.new()
  loop:wrap(function() cqueues.poll(input, 0) end)
  if loop:step(0) then return end
  io.stderr:write("--until-eof: standard input is neither a pipe nor a terminal\n")
  os.exit(2)
end

-- Serves until one of the functions in `ends` returns. An error in here is a bug: it ends the
-- program.
local function run(server, ends)
  local loop, stopped = cqueues.new(), false
  loop:wrap(accept_all, loop, server)
  for _, wait in ipairs(ends) do
    loop:wrap(function()
      wait()
      stopped = true
    end)
  end
  repeat assert(loop:step()) until stopped
end

local function main()
  local options = parse_arguments()
  if options.until_eof then check_input() end
  signal.block(signal.SIGTERM, signal.SIGINT)
  local server = listen(options.port)
  local _, _, port = server:localname()
  print(("sandbox listening on http://127.0.0.1:%d%s"):format(port, BASE_PATH))
  if options.ids then print_ids() end
  io.stdout:flush()
  run(server, { wait_for_signal, options.until_eof and wait_for_eof or nil })
end

main()
