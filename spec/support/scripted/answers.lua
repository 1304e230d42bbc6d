--[[
Answers: from the table that a test wrote to a plan, which is what the server sends and when.

A plan has
  segments     what is sent, in order: a string, { bytes=, times= } or { pause=seconds }
  whole        the same as one string, when it is all there is to do
  head_length  bytes of the first segments up to the end of the head
  answer       the table itself, for all that is about time and endings
]]

local cjson = require "cjson"

local answers = {}

local ENDLESS = 2 ^ 53 -- times; who sends it has a bound of its own

local types = {
  status = "number", reason = "string", headers = "table", body = "string", json = "string",
  length = "boolean", chunked = "boolean|table", trailers = "table", encoding = "string",
  raw = "string", repeat_body = "table", repeat_headers = "table", informational = "table",
  echo = "boolean", match = "string", any_of = "table", seed = "number", weight = "number",
  endless = { header = true, headers = true, body = true, informational = true },
  delay = "number", delay_after_head = "number", drip = "table", hold = "boolean",
  stall_after = "number|table", cut_after = "number|table", reset_after = "number|table",
  close = "boolean", tunnel = "boolean",
  on_accept = { close = true, reset = true, stall = true, garbage = true },
  tls = { close = true, reset = true, stall = true, garbage = true },
}

local fields = { -- of the answers' own tables
  drip = { bytes = "number", every = "number" },
  repeat_body = { bytes = "string", times = "number", after = "string" },
  repeat_headers = { line = "string", times = "number" },
  stall_after = { body = "number" }, cut_after = { body = "number" },
  reset_after = { body = "number" },
}

local reasons = {
  [200] = "OK", [201] = "Created", [204] = "No Content", [301] = "Moved Permanently",
  [302] = "Found", [304] = "Not Modified", [307] = "Temporary Redirect",
  [308] = "Permanent Redirect", [400] = "Bad Request", [401] = "Unauthorized",
  [403] = "Forbidden", [404] = "Not Found", [407] = "Proxy Authentication Required",
  [408] = "Request Timeout", [409] = "Conflict", [422] = "Unprocessable Entity",
  [429] = "Too Many Requests", [500] = "Internal Server Error", [502] = "Bad Gateway",
  [503] = "Service Unavailable", [504] = "Gateway Timeout",
}

-- ==== checking ====

local function check_type(name, value, expected)
  if type(expected) == "table" then
    if not expected[value] then error(("answer: %s = %s is not known"):format(name, value), 0) end
  elseif not ("|" .. expected .. "|"):find("|" .. type(value) .. "|", 1, true) then
    error(("answer: %s should be a %s, not a %s"):format(name, expected, type(value)), 0)
  end
end

local function check_keys(answer, known, within)
  for name, value in pairs(answer) do
    local expected = known[name]
    if not expected then error(("answer: no key '%s%s'"):format(within, tostring(name)), 0) end
    check_type(within .. name, value, expected)
  end
end

local function need(value, name, ...)
  for _, key in ipairs(value and { ... } or {}) do
    if value[key] == nil then error(("answer: %s needs %s"):format(name, key), 0) end
  end
end

local function check(answer)
  if type(answer) ~= "table" then error("answer: should be a table", 0) end
  check_keys(answer, types, "")
  for name, known in pairs(fields) do
    if type(answer[name]) == "table" then check_keys(answer[name], known, name .. ".") end
  end
  need(answer.drip, "drip", "bytes", "every")
  need(answer.repeat_body, "repeat_body", "bytes", "times")
  need(answer.repeat_headers, "repeat_headers", "line", "times")
  if answer.drip and answer.drip.bytes < 1 then error("answer: drip.bytes should be >= 1", 0) end
  local endings = 0
  for _, name in ipairs { "stall_after", "cut_after", "reset_after" } do
    if answer[name] then endings = endings + 1 end
  end
  if endings > 1 then error("answer: one of stall_after, cut_after, reset_after", 0) end
end

-- ==== the bytes ====

local function has_header(lines, name)
  for _, line in ipairs(lines) do
    if line:lower():find("^" .. name:gsub("%-", "%%-") .. "%s*:") then return true end
  end
  return false
end

local function chunk(bytes)
  return ("%x\r\n%s\r\n"):format(#bytes, bytes)
end

-- The body in chunks of the sizes asked for; what is left over is the last one.
local function chunks(body, sizes)
  local parts, from = {}, 1
  for _, size in ipairs(type(sizes) == "table" and sizes or {}) do
    if from > #body then break end
    parts[#parts + 1] = chunk(body:sub(from, from + size - 1))
    from = from + size
  end
  if from <= #body then parts[#parts + 1] = chunk(body:sub(from)) end
  return table.concat(parts)
end

local function last_chunk(trailers)
  local parts = { "0\r\n" }
  for _, line in ipairs(trailers or {}) do parts[#parts + 1] = line .. "\r\n" end
  parts[#parts + 1] = "\r\n"
  return table.concat(parts)
end

-- The segments of a body, and its length before any chunking.
local function body_segments(answer, body)
  local again = answer.repeat_body or { bytes = "", times = 0 }
  if answer.endless == "body" then
    again = { bytes = answer.repeat_body and again.bytes or ("x"):rep(1024), times = ENDLESS }
  end
  local after = again.after or ""
  local encode = answer.chunked and chunk or function(bytes) return bytes end
  local segments = {
    answer.chunked and chunks(body, answer.chunked) or body,
    { bytes = encode(again.bytes), times = again.times },
    after == "" and "" or encode(after),
    answer.chunked and last_chunk(answer.trailers) or "",
  }
  return segments, #body + #again.bytes * again.times + #after
end

local function wants_length(answer, lines)
  if answer.length ~= nil then return answer.length end
  return not answer.chunked and answer.endless ~= "body" and answer.status ~= 204
    and answer.status ~= 304 and not has_header(lines, "content-length")
    and not has_header(lines, "transfer-encoding")
end

local function header_lines(answer, length)
  local given, lines = answer.headers or {}, {}
  if (answer.json or answer.echo) and not has_header(given, "content-type") then
    lines[1] = "Content-Type: application/json"
  end
  for _, line in ipairs(given) do lines[#lines + 1] = line end
  if answer.encoding then lines[#lines + 1] = "Content-Encoding: " .. answer.encoding end
  if answer.chunked then lines[#lines + 1] = "Transfer-Encoding: chunked" end
  if wants_length(answer, lines) then
    lines[#lines + 1] = ("Content-Length: %d"):format(length)
  end
  return lines
end

-- The head without the empty line that ends it.
local function head_start(answer, length)
  local status = math.tointeger(answer.status or 200)
  local lines = header_lines(answer, length)
  table.insert(lines, 1, ("HTTP/1.1 %d %s"):format(status, answer.reason or reasons[status] or ""))
  return table.concat(lines, "\r\n") .. "\r\n"
end

local function head_segments(answer, length)
  local head = head_start(answer, length)
  if answer.endless == "header" then
    return { head .. "X-Endless: ", { bytes = ("a"):rep(1024), times = ENDLESS } }
  elseif answer.endless == "headers" then
    return { head, { bytes = "X-Endless: a\r\n", times = ENDLESS } }
  elseif answer.repeat_headers then
    local again = answer.repeat_headers
    return { head, { bytes = again.line .. "\r\n", times = again.times }, "\r\n" }
  end
  return { head .. "\r\n" }
end

-- ==== plans ====

local function total(segments)
  local length = 0
  for _, segment in ipairs(segments) do
    length = length + (type(segment) == "string" and #segment or #segment.bytes * segment.times)
  end
  return length
end

-- Everything up to the end of the head; then everything after it.
local function parts_of(answer, body)
  local before = {}
  for i, head in ipairs(answer.informational or {}) do before[i] = head end
  if answer.endless == "informational" then
    before[#before + 1] = { bytes = "HTTP/1.1 103 Early Hints\r\n\r\n", times = ENDLESS }
  end
  if answer.raw then
    local _, last = answer.raw:find("\r\n\r\n", 1, true)
    before[#before + 1] = answer.raw:sub(1, last or 0)
    return before, { answer.raw:sub((last or 0) + 1) }
  end
  local after, length = body_segments(answer, body)
  for _, segment in ipairs(head_segments(answer, length)) do before[#before + 1] = segment end
  return before, after
end

local function append_sent(list, segments)
  for _, segment in ipairs(segments) do
    local times = type(segment) == "table" and segment.times or 1
    if segment ~= "" and times > 0 then list[#list + 1] = segment end
  end
end

local timed = {
  "delay", "delay_after_head", "drip", "hold", "stall_after", "cut_after", "reset_after",
}

-- The one string that is all there is to send, if there is nothing to wait for and no great size.
local function whole(answer, segments, length)
  for _, name in ipairs(timed) do
    if answer[name] then return nil end
  end
  if length > 65536 then return nil end
  local parts = {}
  for i, segment in ipairs(segments) do
    parts[i] = type(segment) == "string" and segment or segment.bytes:rep(segment.times)
  end
  return table.concat(parts)
end

local function plan(answer, body)
  local before, after = parts_of(answer, body)
  local made = { answer = answer, segments = {}, head_length = total(before) }
  append_sent(made.segments, before)
  local length = made.head_length + total(after)
  if answer.delay_after_head then
    made.segments[#made.segments + 1] = { pause = answer.delay_after_head }
  end
  append_sent(made.segments, after)
  made.whole = whole(answer, made.segments, length)
  return made
end

local function echoed_id(target)
  local id = target:gsub("[?#].*", ""):match("[^/]*$")
  return (id:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local envelope = '{"success":true,"errors":[],"messages":[],"data":{"participant":{"id":%s}}}'

-- What to do for a request with this target.
function answers.plan_for(compiled, target)
  if compiled.any_of then
    compiled = compiled.any_of[compiled.random(#compiled.any_of)]
  end
  if compiled.plan then return compiled.plan end
  local id = cjson.encode(echoed_id(target))
  return plan(compiled.answer, (envelope:gsub("%%s", function() return id end)))
end

-- Park and Miller's generator: a test that names its seed sees the same choices again.
local function generator(seed)
  local state = math.tointeger(seed) % 2147483646 + 1
  return function(n)
    state = state * 48271 % 2147483647
    return state % n + 1
  end
end

local beside_any_of = { any_of = true, seed = true, match = true, weight = true }

local function compile_choices(answer)
  for name in pairs(answer) do
    if not beside_any_of[name] then error("answer: any_of excludes " .. name, 0) end
  end
  local choices = {}
  for _, choice in ipairs(answer.any_of) do
    local compiled = answers.compile(choice)
    if choice.on_accept or choice.tls then error("answer: any_of is for requests alone", 0) end
    for _ = 1, choice.weight or 1 do choices[#choices + 1] = compiled end
  end
  if #choices == 0 then error("answer: any_of is empty", 0) end
  return choices
end

-- From a test's table; raises a sentence for the test when it makes no sense.
function answers.compile(answer)
  check(answer)
  local compiled = { answer = answer, match = answer.match }
  if answer.any_of then
    compiled.any_of = compile_choices(answer)
    compiled.random = generator(answer.seed or 1)
  elseif not answer.echo then
    compiled.plan = plan(answer, answer.json or answer.body or "")
  end
  return compiled
end

return answers
