--[[
What realtimekit.cqueues, realtimekit.luv and realtimekit.copas have in common: clients whose calls
suspend the coroutine that makes them, and no other. The modules differ in how a coroutine waits:

  loop.here()             where the running coroutine waits (a key); raises when it cannot
  loop.waiter()           a table for waits of the running coroutine
  loop.suspend(waiter)    suspends that coroutine; may end sooner than it is woken
  loop.wake(waiter)       lets that coroutine go on; raises nothing
  loop.watch(here, watch) makes a watcher that the loop owns: it calls watch:turn() when the
                          descriptor of watch.client is readable or its timeout over, but not yet;
                          once watch:wanted() is false it calls watch:stop() and ends. What is
                          returned, if anything, says whether somebody did away with the watcher
  loop.raise(here, err)   raises in the loop itself, to be seen by whoever runs it
  loop.keeps_waiting      whether the loop keeps the coroutines that wait; else they are kept here

All that wait in one place for calls of one family (a client and those derived from it) share a
watcher. It is nobody's in particular: a coroutine that is given up stops none of the others.

What watchers call is no closure over a client: a trace of LuaJIT would keep it.
]]

local realtimekit = require "realtimekit"

-- In PUC Lua 5.1 the iterator of a for loop cannot yield.
local FOR_CANNOT_WAIT = _VERSION == "Lua 5.1" and not rawget(_G, "jit")

local weak_keys = { __mode = "k" }

-- ==== Errors ====

-- The position that the C module puts before a message when it is called from this file.
local HERE = "^" .. debug.getinfo(1, "S").short_src:gsub("%p", "%%%0") .. ":%d+: "

-- Passes results on. An error is raised as if the function at that level had called the C module
-- itself, and its function `as` rather than "start".
local function relay(level, as, ok, ...)
  if ok then return ... end
  local err, ours = ..., 0
  if type(err) == "string" then err, ours = err:gsub(HERE, "") end
  if ours == 0 then error(err, 0) end
  error(as and err:gsub("^(bad argument #%d+ to )'start'", "%1'" .. as .. "'") or err, level + 1)
end

local function make(...)
  local client = realtimekit.new(...)
  return client
end

local function derive(client, ...)
  local derived = client:with(...)
  return derived
end

local function start(client, ...)
  local call = client:start(...)
  return call
end

local function each(client, ...)
  local next, batch = client:each_participant(...)
  return next, batch
end

local function ask(thing)
  local done = thing:done()
  return done
end

local function step(client)
  local ended = client:step(0)
  return ended
end

-- ==== Waiting ====

-- All that wait, anywhere, for what has ended. A batch is not asked whether it is done: that runs
-- code of its loop's. Its timeout is 0 when it is; who is woken for less waits again.
local function find_ended(family)
  local ended = {}
  for _, place in pairs(family) do
    for waiter in pairs(place.waiting) do
      if waiter.thing:timeout() == 0 then ended[#ended + 1] = waiter end
    end
  end
  return ended
end

return function(loop)
  -- After the search: who goes on may wait again, or end what others wait for.
  local function wake_ended(family)
    for _, waiter in ipairs(find_ended(family)) do
      if waiter.waiting[waiter] then
        waiter.waiting[waiter] = nil
        loop.wake(waiter)
      end
    end
  end

  local Watch = {}
  Watch.__index = Watch

  function Watch:turn()
    local ok, ended = pcall(step, self.client)
    if not ok then loop.raise(self.here, ended) end
    if not ok or ended > 0 then wake_ended(self.family) end
  end

  function Watch:wanted()
    return next(self.place.waiting) ~= nil
  end

  function Watch:stop()
    self.place.watched = false
    self.client:close()
  end

  -- The watcher has a client of its own, which nobody else closes.
  local function watch(here, family, place, client)
    if place.watched and not (place.is_gone and place.is_gone()) then return end
    place.is_gone = loop.watch(here, setmetatable({
      here = here, family = family, place = place, client = client:with({}),
    }, Watch))
    place.watched = true
  end

  local function place_in(family, here)
    family[here] = family[here] or
      { waiting = setmetatable({}, loop.keeps_waiting and weak_keys or nil) }
    return family[here]
  end

  -- Suspends the running coroutine until `thing`, a call or a batch, is done.
  local function wait(self, here, thing, level)
    if relay(level + 1, nil, pcall(ask, thing)) then return end
    local place, waiter = place_in(self.family, here), loop.waiter()
    waiter.waiting = place.waiting
    repeat
      watch(here, self.family, place, self.client)
      waiter.thing, place.waiting[waiter] = thing, true
      loop.suspend(waiter)
      waiter.thing, place.waiting[waiter] = nil, nil -- who wakes us may still have the waiter
    until relay(level + 1, nil, pcall(ask, thing))
  end

  -- ==== Clients ====

  local Client = {}
  local metatable = { __index = Client, __name = loop.name .. " client" }

  local function wrap(client, family)
    return setmetatable({ client = client, family = family }, metatable)
  end

  local function new(...)
    return wrap(relay(3, nil, pcall(make, ...)), setmetatable({}, weak_keys))
  end

  function Client:participant(...)
    local here = loop.here()
    local call = relay(2, "participant", pcall(start, self.client, ...))
    wait(self, here, call, 2)
    return call:result()
  end

  function Client:each_participant(...)
    loop.here()
    local next_done, of_all = relay(2, nil, pcall(each, self.client, ...))
    local function next_waiting(batch)
      if FOR_CANNOT_WAIT and debug.getinfo(1, "n").name == "(for generator)" then
        error("a for loop of Lua 5.1 cannot wait for its iterator: call it in a while loop", 2)
      end
      wait(self, loop.here(), batch, 2)
      return next_done(batch)
    end
    return next_waiting, of_all, nil, of_all
  end

  function Client:with(...)
    return wrap(relay(2, nil, pcall(derive, self.client, ...)), self.family)
  end

  function Client:start(...)
    return (relay(2, nil, pcall(start, self.client, ...)))
  end

  function Client:close()
    self.client:close()
  end

  metatable.__close = Client.close

  function metatable:__tostring()
    return (tostring(self.client):gsub("^realtimekit%.", loop.name .. " "))
  end

  -- ==== The module ====

  local default -- made when it is first asked for

  local function of_default(name)
    return function(...)
      default = default or new()
      return default[name](default, ...)
    end
  end

  local function new_client(...)
    local client = new(...)
    return client
  end

  return {
    new = new_client,
    participant = of_default "participant",
    each_participant = of_default "each_participant",
  }
end
