--[[
One connection of the scripted server: bytes in, bytes out, and the three ways to end it.

Nothing here raises for what a client does: a reset, a hang-up or silence is a return value.
]]

local cqueues = require "cqueues"
local tls = require "scripted.tls"
local errno = require "cqueues.errno"
local luasocket = require "socket"

local READ_SIZE = 65536
local MAX_UNREAD = 1048576  -- bytes kept of a client that sends while it is being made to wait
local HANDSHAKE_SECONDS = 30
local WRITE_SECONDS = 30    -- for a client that stops reading
local LINGER_SECONDS = 2    -- for a client that does not close when we do
local SILENCE_SECONDS = 86400

local Connection = {}
Connection.__index = Connection

-- `input` holds what was read and not yet taken. Of the socket only this object is the owner.
-- `readable` is what to poll for more of it, once a read has found nothing: the socket itself would
-- be polled for what it did last, which may have been to write.
function Connection.new(socket)
  socket:setmode("b", "bn")
  local readable = { pollfd = socket:pollfd(), events = "r" }
  return setmetatable({ socket = socket, readable = readable, input = "" }, Connection)
end

-- Waits for more input. True, or false and why: "closed", "timeout" or an error number.
function Connection:fill(seconds)
  local deadline = cqueues.monotime() + (seconds or SILENCE_SECONDS)
  while true do
    local data, why = self.socket:recv(-READ_SIZE)
    if data then
      self.input = self.input == "" and data or self.input .. data
      return true
    end
    if why ~= errno.EAGAIN then return false, why or "closed" end
    local left = deadline - cqueues.monotime()
    if left <= 0 then return false, "timeout" end
    cqueues.poll(self.readable, left)
  end
end

-- Takes the input up to and including `mark`; nil and why when it does not come within `limit`.
function Connection:take_through(mark, limit, seconds)
  local from = 1
  while true do
    local _, last = self.input:find(mark, from, true)
    if last then
      local taken = self.input:sub(1, last)
      self.input = self.input:sub(last + 1)
      return taken
    end
    if #self.input > limit then return nil, "too long" end
    from = math.max(1, #self.input - #mark + 2)
    local ok, why = self:fill(seconds)
    if not ok then return nil, why end
  end
end

-- Takes exactly `count` bytes.
function Connection:take(count, seconds)
  while #self.input < count do
    local ok, why = self:fill(seconds)
    if not ok then return nil, why end
  end
  local taken = self.input:sub(1, count)
  self.input = self.input:sub(count + 1)
  return taken
end

-- Takes whatever is there, waiting for the first byte.
function Connection:take_some(seconds)
  if self.input == "" then
    local ok, why = self:fill(seconds)
    if not ok then return nil, why end
  end
  local taken = self.input
  self.input = ""
  return taken
end

-- The server's side of a handshake: true, or nil and why not.
function Connection:start_tls(context)
  local ok, why = self.socket:starttls(context, HANDSHAKE_SECONDS)
  if not ok then return nil, errno.strerror(why) or why end
  self.tls = tls.describe(self.socket:checktls())
  return true
end

function Connection:write(bytes)
  return (self.socket:xwrite(bytes, "bn", WRITE_SECONDS)) ~= nil
end

-- Waits without answering: "time" when the seconds are over, "signal" when `condition` is
-- signalled, "gone" as soon as the client hangs up. What it sends meanwhile is kept.
function Connection:idle(seconds, condition)
  local deadline = cqueues.monotime() + seconds
  while true do
    local left = deadline - cqueues.monotime()
    if left <= 0 then return "time" end
    local full, more, why
    repeat
      full = #self.input > MAX_UNREAD
      if not full then more, why = self:fill(0) end
    until full or not more
    if not full and why ~= "timeout" then return "gone" end
    local ready
    if condition then
      ready = cqueues.poll(condition, not full and self.readable or left, left)
    else
      cqueues.poll(not full and self.readable or left, left)
    end
    if condition and ready == condition then return "signal" end
  end
end

-- Orderly: everything written arrives, then the end. Waits for the client's end, because to
-- close over unread input would be a reset. Under TLS this is the end of the TCP stream alone, with
-- no close_notify before it: neither cqueues nor luaossl can send one.
function Connection:finish()
  self.socket:shutdown("w")
  local deadline = cqueues.monotime() + LINGER_SECONDS
  repeat
    self.input = ""
    local more = self:fill(math.max(0, deadline - cqueues.monotime()))
  until not more or cqueues.monotime() >= deadline
  self.socket:close()
end

-- A TCP RST: a close with no time to linger. cqueues cannot ask for it; luasocket can, on the same
-- descriptor, which it is made to forget at once.
function Connection:reset()
  local borrowed = luasocket.tcp()
  borrowed:setfd(self.socket:pollfd())
  local ok, why = borrowed:setoption("linger", { on = true, timeout = 0 })
  borrowed:setfd(-1)
  self.socket:close()
  assert(ok, why)
end

function Connection:abandon()
  self.socket:close()
end

return Connection
