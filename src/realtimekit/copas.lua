--[[
realtimekit for Copas: what realtimekit has, for threads of Copas. While one waits, the others run.
Copas waits for whatever socket.select takes for a socket: our watcher is one, and so is whoever
waits for a call, without a descriptor until woken.
]]

local copas = require "copas"
local gettime = require "socket".gettime -- Copas' own

local loop = { name = "realtimekit.copas", keeps_waiting = true }

local function close() end -- Copas closes what a thread waited for last

local Waiting = { close = close }
Waiting.__index = Waiting

function Waiting:dirty() return self.woken or self.due ~= nil and gettime() >= self.due end
function Waiting:getfd() return self:dirty() and 0 or -1 end -- select passes over -1
function Waiting:receive() return self:dirty(), "timeout" end -- and for 0 does not ask further

local Watcher = { close = close }
Watcher.__index = Watcher

function Watcher:getfd() return self.fd end
function Watcher:dirty() return gettime() >= self.due end

function Watcher:receive()
  local watch = self.watch
  if self.due then watch:turn() end
  self.idle = watch:wanted() and 0 or self.idle + 1
  if self.idle > 2 then return true end -- who was woken has run by now, and does not wait again
  self.due = gettime() + (self.idle > 0 and 0 or watch.client:timeout() or math.huge)
  return nil, "timeout"
end

function loop.here()
  local thread, is_main = coroutine.running()
  if not thread or is_main then
    error("realtimekit.copas: not in a thread of Copas; use copas.addthread(function() ... end),"
      .. " then copas.loop()", 3)
  end
  return loop -- there is but one
end

function loop.waiter()
  return { pollable = setmetatable({}, Waiting) } -- Copas may keep that for a while
end

-- Copas 1 has no timers: the time is over when its loop turns next.
function loop.suspend(waiter, seconds)
  local pollable = waiter.pollable
  pollable.woken, pollable.due = nil, seconds and gettime() + seconds
  copas.receive(pollable)
end

loop.now = gettime

function loop.wake(waiter)
  waiter.pollable.woken = true
end

function loop.raise(_, err)
  copas.addthread(function() error(err, 0) end)
end

function loop.watch(_, watch)
  copas.addthread(function()
    local watcher = { watch = watch, fd = watch.client:pollfd(), idle = 0 }
    copas.receive(setmetatable(watcher, Watcher))
    watch:stop()
  end)
end

return require "realtimekit.loop" (loop)
