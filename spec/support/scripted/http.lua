-- The HTTP side: what happens on a connection accepted by a plain or a TLS listener.

local request = require "scripted.request"
local deliver = require "scripted.deliver"

local http = {}

local BAD_REQUEST = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
local UNSCRIPTED = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"

-- Answers one request that was read and recorded; true when the connection can take another.
function http.respond(server, connection, found)
  if found.malformed then
    connection:write(BAD_REQUEST)
    connection:finish()
    return false
  end
  local plan, wrong = server.script:for_request(found.target)
  if not plan then
    server.record:fail(wrong)
    plan = { whole = UNSCRIPTED, answer = {} }
  end
  return deliver.answer(connection, plan, server.gate, request.keeps_alive(found))
end

function http.serve(server, connection)
  repeat
    local found = request.read(connection)
    if not found then return connection:finish() end
    found.connection, found.listener = connection.serial, connection.listener
    found.tls = connection.tls
    server.record:add(server.record, found)
  until not http.respond(server, connection, found)
end

-- The client's first bytes are read before anything happens to the handshake.
local function break_handshake(connection, way)
  connection:fill()
  connection.input = ""
  deliver.ending(connection, way)
end

local function start_tls(server, connection, context)
  local ok, why = connection:start_tls(context)
  if not ok then
    server.record:handshake_failed(why)
    connection:abandon()
  end
  return ok
end

-- Everything from the accept to the end. `context` is that of a TLS listener.
function http.accepted(server, connection, context)
  local special = server.script:for_connection(context ~= nil)
  if special and special.on_accept then
    deliver.ending(connection, special.on_accept)
  elseif special then
    break_handshake(connection, special.tls)
  elseif not context or start_tls(server, connection, context) then
    http.serve(server, connection)
  end
end

return http
