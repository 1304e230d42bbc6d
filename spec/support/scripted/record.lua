--[[
What the scripted server has seen since its script was last replaced, and what went wrong within it.

`changed` is signalled at every event, for those who wait for one.
]]

local cqueues = require "cqueues"
local condition = require "cqueues.condition"

local MAX_RECORDS = 10000 -- requests kept in full; the counts go on

local Record = {}
Record.__index = Record

-- Connections outlive a change of script: what is open, and their serial numbers, go on.
function Record.new()
  local self = setmetatable({}, Record)
  self.changed = condition.new()
  self.recording = true
  self.open, self.serial = 0, 0
  self.errors = {}
  self:forget()
  return self
end

function Record:forget()
  self.requests, self.request_count = {}, 0
  self.connections, self.handshake_failures, self.handshake_errors = 0, 0, {}
  self.proxy = { requests = {}, request_count = 0, connections = 0 }
end

-- An error of the server itself or of the script: told to the test with its next question.
function Record:fail(message)
  if #self.errors < 20 then self.errors[#self.errors + 1] = tostring(message) end
  self.changed:signal()
end

function Record:take_errors()
  local errors = self.errors
  self.errors = {}
  return errors
end

-- A new connection's serial number. `side` is what it counts for: self or self.proxy.
function Record:accepted(side)
  self.serial = self.serial + 1
  self.open = self.open + 1
  side.connections = side.connections + 1
  self.changed:signal()
  return self.serial
end

function Record:closed()
  self.open = self.open - 1
  self.changed:signal()
end

function Record:handshake_failed(why)
  self.handshake_failures = self.handshake_failures + 1
  if #self.handshake_errors < 100 then
    self.handshake_errors[#self.handshake_errors + 1] = tostring(why)
  end
  self.changed:signal()
end

function Record:add(side, request)
  side.request_count = side.request_count + 1
  if self.recording and #side.requests < MAX_RECORDS then
    side.requests[#side.requests + 1] = request
  end
  self.changed:signal()
end

function Record:seen()
  return {
    requests = self.requests, request_count = self.request_count,
    connections = self.connections, open = self.open,
    handshake_failures = self.handshake_failures, handshake_errors = self.handshake_errors,
    proxy = self.proxy,
  }
end

local counts = {
  requests = function(self) return self.request_count end,
  connections = function(self) return self.connections end,
  handshake_failures = function(self) return self.handshake_failures end,
  proxy_requests = function(self) return self.proxy.request_count end,
  proxy_connections = function(self) return self.proxy.connections end,
}

-- Whether each count in `wanted` is reached (for `open`: has fallen to it), and if not, the first
-- that is not, in words.
function Record:reached(wanted)
  for what, number in pairs(wanted) do
    if what == "open" then
      if self.open > number then return false, self.open .. " connections are open" end
    else
      local count = assert(counts[what], "cannot wait for " .. what)(self)
      if count < number then
        return false, ("%d of %d %s were seen"):format(count, number, what:gsub("_", " "))
      end
    end
  end
  return true
end

-- Waits until the counts are reached or the server failed: true, or false and what is missing.
function Record:wait(wanted, seconds)
  local deadline = cqueues.monotime() + seconds
  while true do
    local ok, missing = self:reached(wanted)
    if ok or #self.errors > 0 then return true end
    local left = deadline - cqueues.monotime()
    if left <= 0 then return false, missing end
    cqueues.poll(self.changed, left)
  end
end

return Record
