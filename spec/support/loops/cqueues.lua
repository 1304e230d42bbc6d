-- Runs spec functions in a cqueues controller; see spec/support/loops.lua.

local found, cqueues = pcall(require, "cqueues")
if not found then return { missing = cqueues } end

local loop = { can_be_collected = true }
local controller

function loop.open()
  controller = cqueues.new()
  return require "realtimekit.cqueues"
end

function loop.go(f) controller:wrap(f) end

loop.sleep = cqueues.sleep

-- What a coroutine raised that nobody catches.
function loop.run(seconds)
  local done, err = controller:loop(seconds)
  if not done then return err end
end

function loop.has_ended() return controller:empty() end

function loop.abandon() controller = nil end

return loop
