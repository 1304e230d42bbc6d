--[[
realtimekit for cqueues: what realtimekit has, for coroutines of a controller. While one waits, the
controller's others run.
]]

local cqueues = require "cqueues"
local condition = require "cqueues.condition"

local loop = { name = "realtimekit.cqueues", keeps_waiting = true }

function loop.here()
  return cqueues.running() or error("realtimekit.cqueues: not in a coroutine of a cqueues"
    .. " controller; use controller:wrap(function() ... end), then controller:loop()", 3)
end

function loop.waiter()
  return { condition = condition.new() }
end

function loop.suspend(waiter, seconds)
  if seconds then cqueues.poll(waiter.condition, seconds) else cqueues.poll(waiter.condition) end
end

loop.now = cqueues.monotime

function loop.wake(waiter)
  waiter.condition:signal()
end

local function run(controller, watch)
  repeat
    cqueues.poll(watch.client)
    watch:turn()
    for _ = 1, 2 do -- who was woken runs, and may wait again
      if not watch:wanted() then cqueues.sleep(0) end
    end
  until not watch:wanted()
  controller:cancel(watch.client:pollfd()) -- before it may be closed
  watch:stop()
end

function loop.watch(controller, watch)
  controller:wrap(run, controller, watch)
end

function loop.raise(controller, err)
  controller:wrap(error, err, 0)
end

return require "realtimekit.loop" (loop)
