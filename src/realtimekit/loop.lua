--[[
What realtimekit.cqueues, realtimekit.luv and realtimekit.copas have in common: clients whose calls
suspend the coroutine that makes them, and no other. The modules differ in how a coroutine waits:

  loop.here()             where the running coroutine waits (a key); raises when it cannot
  loop.waiter()           a table for waits of the running coroutine
  loop.suspend(waiter, s) suspends that coroutine, for s seconds at most where there is an s; may
                          end sooner than it is woken
  loop.now()              seconds since whenever
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

local loop_batch = require "realtimekit.loop_batch"
local realtimekit = require "realtimekit"

-- In PUC Lua 5.1 the iterator of a for loop cannot yield.
local FOR_CANNOT_WAIT = _VERSION == "Lua 5.1" and not rawget(_G, "jit")

local weak_keys = { __mode = "k" }

-- ==== Errors ====

-- The position that the C module puts before a message when it is called from this file.
local HERE = "^" .. debug.getinfo(1, "S").short_src:gsub("%p", "%%%0") .. ":%d+: "

-- Passes results on. An error is raised as if the function at that level had called the C module
-- itself, and its function `as` rather than another.
local function relay(level, as, ok, ...)
  if ok then return ... end
  local err, ours = ..., 0
  if type(err) == "string" then err, ours = err:gsub(HERE, "") end
  if ours == 0 then error(err, 0) end
  error(as and err:gsub("^(bad argument #%d+ to )'[%w_]+'", "%1'" .. as .. "'") or err, level + 1)
end

local function make(...)
  local client = realtimekit.new(...)
  return client
end

local function ask(thing)
  local done = thing:done()
  return done
end

local function step(client)
  local ended = client:step(0)
  return ended
end

-- f(client, ...) calls that method by its name, which an error then has, and its position is here.
local function caller_of(method)
  local source = ("return function(client, ...) local a, b = client:%s(...) return a, b end")
    :format(method)
  return (loadstring or load)(source, debug.getinfo(1, "S").source)()
end

local derive = caller_of "with"

-- The endpoints that there are: name -> { start = , each = }, which call the C module.
local function find_endpoints()
  local endpoints = {}
  for method in pairs(realtimekit) do
    local name = method:match("^start_(.+)")
    if name then
      local each = realtimekit["each_" .. name] and caller_of("each_" .. name)
      endpoints[name] = { start = caller_of(method), each = each }
    end
  end
  return endpoints
end

local endpoints = find_endpoints()

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

  -- Suspends the running coroutine until `thing`, a call or a batch, is done, or for so many
  -- seconds; says whether it is.
  local function wait(self, here, thing, level, seconds)
    if relay(level + 1, nil, pcall(ask, thing)) then return true end
    local place, waiter = place_in(self.family, here), loop.waiter()
    local ends = seconds and loop.now() + seconds
    waiter.waiting = place.waiting
    repeat
      local left = ends and ends - loop.now()
      if left and left <= 0 then return false end
      watch(here, self.family, place, self.client)
      waiter.thing, place.waiting[waiter] = thing, true
      loop.suspend(waiter, left)
      waiter.thing, place.waiting[waiter] = nil, nil -- who wakes us may still have the waiter
    until relay(level + 1, nil, pcall(ask, thing))
    return true
  end

  -- ==== Calls that are started ====

  local Call = {}
  local call_metatable = { __index = Call, __name = loop.name .. " call" }

  local function wrap_call(client, call)
    return setmetatable({ client = client, call = call }, call_metatable)
  end

  function call_metatable:__tostring()
    return (tostring(self.call):gsub("^realtimekit%.", loop.name .. " "))
  end

  function Call:done()
    return relay(2, nil, pcall(ask, self.call))
  end

  function Call:wait(seconds)
    if seconds ~= nil and not (type(seconds) == "number" and seconds >= 0) then
      error("bad argument #1 to 'wait' (seconds expected, 0 or more)", 2)
    end
    if seconds == 0 and not self:done() then relay(2, nil, pcall(step, self.client.client)) end
    if seconds == 0 then return self:done() end
    return wait(self.client, loop.here(), self.call, 2, seconds)
  end

  function Call:result()
    if not relay(2, nil, pcall(ask, self.call)) then
      wait(self.client, loop.here(), self.call, 2)
    end
    return self.call:result()
  end

  function Call:cancel()
    self.call:cancel()
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

  function Client:with(...)
    return wrap(relay(2, nil, pcall(derive, self.client, ...)), self.family)
  end

  function Client:close()
    self.closed = true
    self.client:close()
  end

  metatable.__close = Client.close

  function metatable:__tostring()
    return (tostring(self.client):gsub("^realtimekit%.", loop.name .. " "))
  end

  -- What a generic for calls: in Lua 5.1 it cannot be suspended.
  local function refuse_for()
    if FOR_CANNOT_WAIT and debug.getinfo(2, "n").name == "(for generator)" then
      error("a for loop of Lua 5.1 cannot wait for its iterator: call it in a while loop", 3)
    end
  end

  -- ==== Many at once ====

  local new_batch, next_of_batch = loop_batch(loop, wait, relay)

  local function find_function(...)
    for i = 1, select("#", ...) do
      local argument = select(i, ...)
      if type(argument) == "function" then return argument end
      if type(argument) ~= "string" then return nil end
    end
  end

  local function set_each(name, endpoint)
    Client["each_" .. name] = function(self, ...)
      loop.here()
      local next_done, of_all = relay(2, nil, pcall(endpoint.each, self.client, ...))
      local ids = find_function(...)
      if ids then
        local batch = new_batch(self, endpoint, ids, of_all:concurrency(), ...)
        local function next_waiting(...)
          refuse_for()
          return next_of_batch(...)
        end
        return next_waiting, batch, nil, batch
      end
      local function next_waiting(batch)
        refuse_for()
        wait(self, loop.here(), batch, 2)
        return next_done(batch)
      end
      return next_waiting, of_all, nil, of_all
    end
  end

  -- ==== What a client has, for each endpoint ====

  local function set_start(method, endpoint)
    Client[method] = function(self, ...)
      return wrap_call(self, relay(2, method, pcall(endpoint.start, self.client, ...)))
    end
  end

  local function set_plain(name, endpoint)
    Client[name] = function(self, ...)
      local here = loop.here()
      local call = relay(2, name, pcall(endpoint.start, self.client, ...))
      wait(self, here, call, 2)
      return call:result()
    end
  end

  for name, endpoint in pairs(endpoints) do
    set_plain(name, endpoint)
    set_start("start_" .. name, endpoint)
    if endpoint.each then set_each(name, endpoint) end
  end
  set_start("start", endpoints.participant)

  -- What is written in Lua waits by the methods above.
  for _, name in ipairs { "each_session", "each_session_participant" } do
    Client[name] = function(self, ...)
      loop.here()
      local next_item, state = require "realtimekit.pages"[name](self, ...)
      local function next_waiting(...)
        refuse_for()
        return next_item(...)
      end
      return next_waiting, state, nil, state
    end
  end

  function Client:session_report(...)
    loop.here()
    local report, err, response = require "realtimekit.session_report".session_report(self, ...)
    return report, err, response
  end

  -- ==== The module ====

  local default -- made when it is first asked for

  local function of_default(name)
    return function(...)
      default = default or new()
      return default[name](default, ...)
    end
  end

  local module = {
    new = function(...)
      local client = new(...)
      return client
    end,
  }
  for name in pairs(Client) do
    if type(realtimekit[name]) == "function" then module[name] = of_default(name) end
  end
  return module
end
