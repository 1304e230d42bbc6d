--[[
realtimekit for luv: what realtimekit has, for coroutines beside uv.run(). While one waits, the loop
goes on. The loop keeps a coroutine that waits, as it keeps a callback; an error in it is told as
luv tells those of callbacks.
]]

local uv = require "luv"

local loop = { name = "realtimekit.luv" }

function loop.here()
  local thread, is_main = coroutine.running()
  if not thread or is_main then
    error("realtimekit.luv: not in a coroutine; use coroutine.wrap(function() ... end)(),"
      .. " then uv.run()", 3)
  end
  return loop -- there is but one
end

function loop.waiter()
  return { thread = coroutine.running() }
end

function loop.suspend(waiter, seconds)
  local timer = seconds and uv.new_timer()
  if timer then timer:start(math.ceil(seconds * 1000), 0, function() loop.wake(waiter) end) end
  coroutine.yield()
  if timer then timer:close() end
end

function loop.now()
  return uv.hrtime() / 1e9
end

function loop.raise(_, err)
  local timer = uv.new_timer()
  timer:start(0, 0, function()
    timer:close()
    error(err, 0)
  end)
end

-- A coroutine that could not yield, or was resumed by somebody else, waits elsewhere by now.
function loop.wake(waiter)
  local caller = debug.getinfo(waiter.thread, 1, "f")
  if not caller or caller.func ~= loop.suspend then return end
  local ok, err = coroutine.resume(waiter.thread)
  if not ok then loop.raise(nil, debug.traceback(waiter.thread, err)) end
end

function loop.watch(_, watch)
  local poll, timer = assert(uv.new_poll(watch.client:pollfd())), uv.new_timer()
  local turn
  local function set_timer()
    local seconds = watch.client:timeout()
    if seconds then timer:start(math.ceil(seconds * 1000), 0, turn) else timer:stop() end
  end
  function turn()
    watch:turn()
    if watch:wanted() then return set_timer() end
    poll:close()
    timer:close()
    watch:stop()
    watch = nil
  end
  poll:start("r", turn)
  set_timer()
  return function() return poll:is_closing() end
end

return require "realtimekit.loop" (loop)
