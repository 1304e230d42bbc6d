--[[
A client for nginx in pure Lua that does no more than it must: a cosocket from nginx's pool, a GET,
the header fields as a table, the body by its length, cjson. What people write by hand; a library
(lua-resty-http) has more to do.

  local get = cosocket.client { host = "127.0.0.1", port = 8443, token = "..." }
  local participant = get("/small/client/v4/accounts/...")
]]

local cjson = require "cjson"

local cosocket = {}

local POOL = 512 -- connections kept
local KEPT_MS = 60000

local function connect(options)
  local connection = ngx.socket.tcp()
  connection:settimeouts(10000, 10000, 10000)
  assert(connection:connect(options.host, options.port, { pool_size = POOL }))
  if connection:getreusedtimes() == 0 then assert(connection:sslhandshake(nil, options.host)) end
  return connection
end

local function read_head(connection)
  local status = assert(connection:receive("*l")):match("^HTTP/1%.1 (%d+)")
  local headers = {}
  while true do
    local line = assert(connection:receive("*l"))
    if line == "" then return tonumber(status), headers end
    local name, value = line:match("^([^:]+):%s*(.*)$")
    headers[name:lower()] = value
  end
end

function cosocket.client(options)
  local request = "GET %s HTTP/1.1\r\nHost: " .. options.host .. "\r\nAuthorization: Bearer "
    .. options.token .. "\r\nAccept: application/json\r\n\r\n"
  return function(target)
    local connection = connect(options)
    assert(connection:send(request:format(target)))
    local status, headers = read_head(connection)
    local body = assert(connection:receive(tonumber(headers["content-length"])))
    connection:setkeepalive(KEPT_MS)
    assert(status == 200, status)
    return cjson.decode(body).data.participant, headers
  end
end

return cosocket
