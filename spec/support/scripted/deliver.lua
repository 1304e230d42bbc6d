-- Sending what a plan says, and ending the connection the way it says.

local cqueues = require "cqueues"

local MAX_SENT = 67108864  -- of one answer: what "endless" comes to
local STALL_SECONDS = 30
local PIECE = 16384

local deliver = {}

-- ==== held answers ====

-- `held` answers wait for the next release; those taken later wait for the one after.
local Gate = {}
Gate.__index = Gate

function deliver.new_gate()
  return setmetatable({ released = 0, held = 0, opened = require "cqueues.condition".new() }, Gate)
end

function Gate:release()
  self.released = self.released + 1
  self.opened:signal()
  return self.held
end

-- True when released, or when it took too long; false when the client is gone.
function Gate:pass(connection)
  local from, deadline = self.released, cqueues.monotime() + STALL_SECONDS
  self.held = self.held + 1
  local state
  repeat
    state = connection:idle(deadline - cqueues.monotime(), self.opened)
  until state ~= "signal" or self.released ~= from
  self.held = self.held - 1
  return state ~= "gone"
end

-- ==== endings ====

-- Silence until the client hangs up.
local function stall(connection)
  connection:idle(STALL_SECONDS)
  connection:abandon()
end

local function garbage(connection)
  connection:write("\0\1\2\255 this is not the protocol you expect \254\r\n\r\n")
  connection:finish()
end

local endings = {
  close = function(connection) connection:finish() end,
  reset = function(connection) connection:reset() end,
  stall = stall,
  garbage = garbage,
}

-- Ends a connection in one of the ways of `on_accept` and `tls`.
function deliver.ending(connection, way)
  endings[way](connection)
end

-- ==== one answer ====

-- Where sending stops and what happens there: bytes, and "stall", "cut" or "reset".
local function stop_of(plan)
  local answer = plan.answer
  for _, way in ipairs { "stall", "cut", "reset" } do
    local after = answer[way .. "_after"]
    if type(after) == "table" then return plan.head_length + (after.body or 0), way end
    if after then return after, way end
  end
  return MAX_SENT, answer.endless and "cut" or nil
end

local Output = {}
Output.__index = Output

-- Sends so much of the bytes as the stop allows; false when that was the end.
function Output:send(bytes)
  local room = self.stop - self.sent
  if #bytes > room then bytes = bytes:sub(1, math.tointeger(room)) end
  self.sent = self.sent + #bytes
  if not self:write(bytes) then
    self.gone = true
    return false
  end
  return self.sent < self.stop
end

function Output:write(bytes)
  local drip = self.drip
  if not drip then return bytes == "" or self.connection:write(bytes) end
  for from = 1, #bytes, math.tointeger(drip.bytes) do
    if not self.connection:write(bytes:sub(from, from + drip.bytes - 1)) then return false end
    if self.connection:idle(drip.every) == "gone" then return false end
  end
  return true
end

function Output:send_repeated(bytes, times)
  local at_once = math.max(1, PIECE // #bytes)
  local several = bytes:rep(math.tointeger(math.min(at_once, times)))
  while times >= at_once do
    if not self:send(several) then return false end
    times = times - at_once
  end
  return self:send(bytes:rep(math.tointeger(times)))
end

function Output:send_segment(segment)
  if type(segment) == "string" then return self:send(segment) end
  if segment.times then return self:send_repeated(segment.bytes, segment.times) end
  self.gone = self.connection:idle(segment.pause) == "gone"
  return not self.gone
end

-- True when the connection can take another request; otherwise it has been ended.
local function deliver_in_parts(connection, plan, gate)
  local answer = plan.answer
  if answer.hold and not gate:pass(connection)
      or answer.delay and connection:idle(answer.delay) == "gone" then
    connection:abandon()
    return false
  end
  local stop, way = stop_of(plan)
  local output = setmetatable({
    connection = connection, stop = stop, sent = 0, drip = answer.drip,
  }, Output)
  if stop > 0 then
    for _, segment in ipairs(plan.segments) do
      if not output:send_segment(segment) then break end
    end
  end
  if output.gone then
    connection:abandon()
    return false
  elseif way then
    deliver.ending(connection, way == "cut" and "close" or way)
    return false
  end
  return true
end

-- Answers one request; `keep` is whether the client wants to go on. True when it can.
function deliver.answer(connection, plan, gate, keep)
  local open
  if plan.whole then
    open = connection:write(plan.whole)
    if not open then connection:abandon() end
  else
    open = deliver_in_parts(connection, plan, gate)
  end
  if not open then return false end
  if keep and not plan.answer.close then return true end
  connection:finish()
  return false
end

return deliver
