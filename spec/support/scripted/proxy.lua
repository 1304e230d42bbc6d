--[[
The proxy side: CONNECT to a loopback address becomes a tunnel; a request in absolute form is
answered from the script, as if it had come to the target itself.
]]

local cqueues = require "cqueues"
local cqsocket = require "cqueues.socket"
local errno = require "cqueues.errno"
local Connection = require "scripted.connection"
local deliver = require "scripted.deliver"
local http = require "scripted.http"
local request = require "scripted.request"

local proxy = {}

local CONNECT_SECONDS = 10
local TUNNEL_SECONDS = 600

local ESTABLISHED = "HTTP/1.1 200 Connection Established\r\n\r\n"
local refusals = {
  [403] = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
  [407] = "HTTP/1.1 407 Proxy Authentication Required\r\n"
    .. 'Proxy-Authenticate: Basic realm="proxy"\r\nContent-Length: 0\r\n\r\n',
  [502] = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
}

local function is_loopback(host)
  return host == "localhost" or host:find("^127%.%d+%.%d+%.%d+$") ~= nil
end

-- A connection to the target of a CONNECT, or nil and the status that says why not.
local function open_target(target)
  local host, port = target:match("^(.+):(%d+)$")
  if not host or not is_loopback(host) then return nil, 403 end
  local socket = cqsocket.connect {
    host = host == "localhost" and "127.0.0.1" or host, port = tonumber(port), nodelay = true,
  }
  if not socket:connect(CONNECT_SECONDS) then
    socket:close()
    return nil, 502
  end
  return Connection.new(socket)
end

-- Moves all that has come from one side to the other: false and why when that side is at its end.
local function move(from, to)
  local more, why
  repeat
    more, why = from:fill(0)
    local bytes = from.input
    from.input = ""
    if bytes ~= "" and not to:write(bytes) then return false, errno.EPIPE end
  until not more
  return why == "timeout", why
end

-- The same, and the orderly end of one side becomes that of the other: true, false after such an
-- end, nil when the tunnel is broken.
local function pass(from, to)
  local open, why = move(from, to)
  if open then return true end
  if why ~= "closed" then return nil end
  to.socket:shutdown("w")
  return false
end

-- Until both sides have ended, or one has been reset.
local function relay(client, target)
  local from_client, from_target = true, true
  local deadline = cqueues.monotime() + TUNNEL_SECONDS
  while from_client or from_target do
    from_client = from_client and pass(client, target)
    from_target = from_target and pass(target, client)
    local left = deadline - cqueues.monotime()
    if from_client == nil or from_target == nil or left <= 0 then break end
    if from_client or from_target then
      cqueues.poll(from_client and client.readable or left,
        from_target and target.readable or left, left)
    end
  end
end

local function tunnel(connection, target)
  local other, status = open_target(target)
  if not other then return connection:write(refusals[status]) end
  if connection:write(ESTABLISHED) then relay(connection, other) end
  other:abandon()
  connection:abandon()
  return false
end

-- What a test has scripted for the proxy itself, if anything: true to go on as a proxy does.
local function scripted(server, connection, found)
  local plan = server.proxy_script and server.proxy_script:for_request(found.target)
  if not plan or plan.answer.tunnel then return true end
  return false, deliver.answer(connection, plan, server.gate, request.keeps_alive(found))
end

-- True when the connection can take another request.
local function handle(server, connection, found, authorization)
  if found.malformed then return http.respond(server, connection, found) end
  if authorization and found.headers["proxy-authorization"] ~= authorization then
    return connection:write(refusals[407])
  end
  local as_proxy, open = scripted(server, connection, found)
  if not as_proxy then return open end
  if found.method == "CONNECT" then return tunnel(connection, found.target) end
  server.record:add(server.record, found)
  return http.respond(server, connection, found)
end

-- `authorization` is the header value a client has to send, or nil when anybody may pass; `context`
-- is for a proxy that is spoken to over TLS.
function proxy.accepted(server, connection, authorization, context)
  local special = server.proxy_script and server.proxy_script:for_connection(false)
  if special then return deliver.ending(connection, special.on_accept) end
  if context then
    local ok, why = connection:start_tls(context)
    if not ok then
      server.record:handshake_failed(why)
      return connection:abandon()
    end
  end
  repeat
    local found = request.read(connection)
    if not found then return connection:finish() end
    found.connection, found.listener = connection.serial, connection.listener
    server.record:add(server.record.proxy, found)
  until not handle(server, connection, found, authorization)
end

return proxy
