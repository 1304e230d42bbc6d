-- Reading one HTTP request from a connection.

local cqueues = require "cqueues"

local MAX_HEAD, MAX_BODY = 1048576, 67108864
local BODY_SECONDS = 30

local request = {}

local function add_header(found, line)
  found.header_lines[#found.header_lines + 1] = line
  local name, value = line:match("^([^%s:]+):%s*(.-)%s*$")
  if not name then
    found.malformed = true
    return
  end
  name = name:lower()
  local before = found.headers[name]
  found.headers[name] = before and before .. ", " .. value or value
end

-- `malformed` is set when the head is not one of HTTP/1; it is recorded all the same.
function request.parse(head)
  local found = { raw_head = head, headers = {}, header_lines = {}, body = "" }
  local line, rest = head:match("^(.-)\r\n(.*)$")
  found.method, found.target, found.version = line:match("^(%S+) (.*) HTTP/(1%.[01])$")
  if not found.method then
    found.malformed, found.target = true, ""
  end
  for header in rest:gmatch("(.-)\r\n") do
    if header ~= "" then add_header(found, header) end
  end
  return found
end

local TLS_HANDSHAKE = "\22" -- what a client begins with that speaks TLS

local function take_head(connection, seconds)
  if connection.input == "" then
    local ok, why = connection:fill(seconds)
    if not ok then return nil, why end
  end
  if connection.input:sub(1, 1) == TLS_HANDSHAKE then return connection:take_some() .. "\r\n" end
  return connection:take_through("\r\n\r\n", MAX_HEAD, seconds)
end

-- The next request, or nil and why there is none ("closed" when the client is done).
-- Bodies are read when their length is announced; a chunked one ends in "malformed", and so does a
-- TLS handshake.
function request.read(connection, seconds)
  local head, why = take_head(connection, seconds)
  if not head then return nil, why end
  local found = request.parse(head)
  found.time = cqueues.monotime()
  if found.headers["transfer-encoding"] then found.malformed = true end
  local length = tonumber(found.headers["content-length"] or 0)
  if not length or length < 0 or length > MAX_BODY then
    found.malformed = true
  elseif length > 0 then
    found.body, why = connection:take(length, BODY_SECONDS)
    if not found.body then return nil, why end
  end
  return found
end

-- Whether the client means to go on with this connection.
function request.keeps_alive(found)
  local connection = (found.headers.connection or ""):lower()
  if connection:find("close", 1, true) then return false end
  return found.version == "1.1" or connection:find("keep-alive", 1, true) ~= nil
end

return request
