--[[
The event loops that there are adapters for, as a list and by name, each behind the same few
functions:

  loop.missing           why there is none for this Lua; the rest is nil then
  loop.open()            a new loop where there can be one; returns realtimekit's module for it
  loop.go(f)             starts f in a coroutine of the loop
  loop.sleep(seconds)    suspends the running coroutine
  loop.run(seconds)      runs the loop until it has ended, at most so long; returns what a coroutine
                         raised
  loop.has_ended()       whether nothing is left in it
  loop.abandon()         does away with the loop, whatever is in it
  loop.is_one            whether there is only one in a process
  loop.can_be_collected  whether a waiting coroutine that its loop does not know of is collected
  loop.path              where else Lua has to look for its library
  loop.raises_to         who learns of what a coroutine raises, if not loop.run
]]

local loops = {}

loops.cannot_wait_in_for = _VERSION == "Lua 5.1" and not rawget(_G, "jit")

for _, name in ipairs { "cqueues", "luv", "copas" } do
  local loop = require("spec.support.loops." .. name)
  loop.name = name
  loops[#loops + 1] = loop
  loops[name] = loop
end

-- pcall, for functions that suspend: Lua 5.1 has none.
function loops.try(f, ...)
  if not loops.cannot_wait_in_for then return pcall(f, ...) end
  local thread = coroutine.create(f)
  local function pass(ok, ...)
    if not ok or coroutine.status(thread) == "dead" then return ok, ... end
    return pass(coroutine.resume(thread, coroutine.yield(...)))
  end
  return pass(coroutine.resume(thread, ...))
end

return loops
