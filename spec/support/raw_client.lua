-- A client that hides nothing: what it reads is what was sent. Every read ends within ten seconds.

local socket = require "socket"

local raw_client = {}

local Client = {}
Client.__index = Client

-- Connects to the host and port of a URL. A connection that is reset at once may look as if it was
-- never made.
function raw_client.connect(url)
  local host, port = url:match("^%w+://([^:/]+):(%d+)")
  local connected, why = socket.connect(host, tonumber(port))
  if not connected and why == "closed" then return setmetatable({}, Client) end
  assert(connected, why)
  connected:settimeout(10)
  connected:setoption("tcp-nodelay", true)
  return setmetatable({ socket = connected }, Client)
end

function Client:send(bytes)
  assert(self.socket:send(bytes))
end

-- Sends a GET; `lines` are more header lines.
function Client:request(target, lines)
  local head = { ("GET %s HTTP/1.1"):format(target), "Host: localhost" }
  for _, line in ipairs(lines or {}) do head[#head + 1] = line end
  self:send(table.concat(head, "\r\n") .. "\r\n\r\n")
end

-- Exactly so many bytes.
function Client:take(count)
  if count == 0 then return "" end
  local bytes, why, partial = self.socket:receive(count)
  if not bytes then
    error(("%s after %d of %d bytes: %s"):format(why, #partial, count, partial), 2)
  end
  return bytes
end

-- Everything up to and including `mark`.
function Client:take_through(mark)
  local bytes = ""
  while bytes:sub(-#mark) ~= mark do bytes = bytes .. self:take(1) end
  return bytes
end

function Client:head()
  return self:take_through("\r\n\r\n")
end

-- A whole answer whose length is announced: status, body and head.
function Client:response()
  local head = self:head()
  local length = head:lower():match("\r\ncontent%-length: (%d+)")
  return tonumber(head:match("^HTTP/1.1 (%d+)")), self:take(tonumber(length or 0)), head
end

-- Everything up to the end of the connection.
function Client:rest()
  local bytes, why, partial = self.socket:receive("*a")
  if not bytes and why ~= "closed" then error("no end: " .. why, 2) end
  return bytes or partial
end

-- Whether nothing at all comes, the end included, for so many seconds.
function Client:is_silent(seconds)
  return #socket.select({ self.socket }, nil, seconds) == 0
end

-- What comes when everything else was taken: "bytes", "end" or "reset". luasocket calls both ends
-- "closed"; the pending error of the socket, which a read would take away, tells them apart.
function Client:ending()
  if not self.socket then return "reset" end
  if self:is_silent(10) then return "silence" end
  if self.socket:getoption("error") then return "reset" end
  return self.socket:receive(1) and "bytes" or "end"
end

function Client:close()
  if self.socket then self.socket:close() end
end

-- Closes with a reset.
function Client:reset()
  self.socket:setoption("linger", { on = true, timeout = 0 })
  self.socket:close()
end

return raw_client
