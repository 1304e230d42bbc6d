-- Runs spec functions in luv's loop; see spec/support/loops.lua.

local found, uv = pcall(require, "luv")
if not found then return { missing = uv } end

local loop = {
  is_one = true,
  raises_to = "the process", -- an error in a callback ends it
}

function loop.open()
  return require "realtimekit.luv"
end

function loop.go(f)
  local timer = uv.new_timer()
  timer:start(0, 0, function()
    timer:close()
    coroutine.wrap(f)()
  end)
end

function loop.sleep(seconds)
  local thread, timer = coroutine.running(), uv.new_timer()
  timer:start(math.floor(seconds * 1000), 0, function()
    timer:close()
    assert(coroutine.resume(thread))
  end)
  coroutine.yield()
end

function loop.run(seconds)
  local guard = uv.new_timer()
  uv.update_time() -- the loop may not have run for longer than the guard gives it
  guard:start(math.floor(seconds * 1000), 0, uv.stop)
  guard:unref()
  uv.run()
  guard:close()
  uv.run "nowait"
end

function loop.has_ended() return not uv.loop_alive() end

function loop.abandon()
  uv.walk(function(handle)
    if not handle:is_closing() then handle:close() end
  end)
  uv.run()
end

return loop
