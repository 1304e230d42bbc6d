--[[
Waiting inside nginx (OpenResty, lua-nginx-module): a call suspends the coroutine that makes it,
but no worker. The I/O thread of the worker makes the calls; here is how a coroutine learns that its
call is done, by public functions of nginx's Lua alone.

One light thread, the reader, has one connection to the I/O thread. It is told that something is
back, takes it, and posts the semaphore on which each caller waits. It starts with the first call
and ends when nothing has been under way for a second; whoever waits when it ends early starts
another. A caller that finds no reader after READER_SECONDS (no timer could be had) waits on a
connection of its own, and so do those that come in the next RETRY_SECONDS.

realtimekit.c requires this where there is an `ngx`, and calls `enter`.
]]

local misuse = require "realtimekit.misuse"

local nginx = {}

local HERE = misuse.position_in_this_file()
local READER_SECONDS = 0.1 -- after which a caller goes without a reader
local RETRY_SECONDS = 5 -- before another reader is tried: nginx logs what it has no timer for
local POLL_SECONDS = 0.02 -- where there is neither a reader nor a connection
local WAIT_SECONDS = 60 -- of one wait; its timer keeps a worker that is to exit alive
local MOST_SPARE = 256 -- waiters, and calls, that are kept to be used again
local FOR_EVER = 86400 -- seconds: nginx takes 24 days at most

-- nginx has one Lua state for http and one for stream, but with lua_code_cache off one for each
-- request: there a reader would outlive its request.
local MOST_STATES = 2

-- Where a coroutine can be suspended.
local can_wait = {
  server_rewrite = true, rewrite = true, access = true, content = true, timer = true,
  ssl_cert = true,
}

-- No tail call: an error has the position of this file then.
local function run(f, ...)
  local a, b, c, d = f(...)
  return a, b, c, d
end

-- What a method of the C module returns of these arguments, the first of them what it is of.
-- Misuse is raised as by who called the function `as`.
local function ask(as, method, ...)
  return misuse.pass(HERE, as, 1, pcall(run, method, ...))
end

-- Replaces what waits in the module and in its types' methods.
function nginx.enter(module, remote)
  local semaphore = require "ngx.semaphore"
  local call_methods, client_methods = remote.methods("call"), remote.methods("client")
  local blocking = { result = call_methods.result, wait = call_methods.wait }
  for name, method in pairs(client_methods) do blocking[name] = method end

  local station -- of this process; made in a worker, never before the fork
  local pending = setmetatable({}, { __mode = "v" }) -- id of a call -> who waits for it
  local ids = setmetatable({}, { __mode = "k" }) -- call that was started -> id
  local reader = { alive = false, starting = false, watched = false, not_before = 0 }

  -- Why the running code, which is in `phase`, cannot wait; nil when it can.
  local function refuse_in(phase)
    if not can_wait[phase] then
      return "a call cannot wait", ("in nginx's phase %s; make it from a timer, started there with "
        .. "ngx.timer.at"):format(phase)
    end
    if not remote.is_yieldable() then
      return "a call cannot wait", "where Lua cannot suspend a coroutine (in a metamethod, in a "
        .. "callback of table.sort or string.gsub, in require); make it outside, or from a timer, "
        .. "started there with ngx.timer.at"
    end
  end

  local function refuse()
    return refuse_in(ngx.get_phase())
  end

  local function get_station()
    station = station or assert(remote.station())
    return station
  end

  local function tell(id)
    local waiter = pending[id]
    while waiter do
      local other = waiter.other
      waiter:on_done(id)
      waiter = other
    end
    pending[id] = nil -- only now: after an error it has to be found again
  end

  local function tell_all()
    for _, id in ipairs(station:take()) do tell(id) end
  end

  -- Takes all that is back, and wakes who waits for it. What an error (out of memory, of somebody's
  -- finalizer) has left untold is found among all that there is.
  local function take()
    local ok, err = pcall(tell_all)
    if ok then return end
    for id, waiter in pairs(pending) do
      if waiter:call_of(id):done() then tell(id) end
    end
    error(err, 0)
  end

  -- A waiter whose request or thread was ended from outside waits on no semaphore any more.
  local function is_killed(waiter)
    return waiter.waiting and waiter.semaphore:count() >= (waiter.posted and 1 or 0)
  end

  local function wake(waiter)
    if not waiter.waiting or waiter.posted then return end
    waiter.semaphore:post(1)
    waiter.posted = true
  end

  -- Several coroutines may wait for one call: it is for the last of them to give it up.
  local function sweep()
    for id, first in pairs(pending) do
      local waiter, killed = first, true
      while waiter and killed do
        killed, waiter = is_killed(waiter), waiter.other
      end
      if killed then first:on_killed(id) end
    end
  end

  -- All have another look, as nobody reads for them any more.
  local function wake_all()
    for _, waiter in pairs(pending) do
      while waiter do
        wake(waiter)
        waiter = waiter.other
      end
    end
  end

  -- ==== The reader ====

  local function listen(connection)
    while true do
      local bytes, why = connection:receiveany(64)
      if not bytes and why ~= "timeout" then return end
      take()
      if bytes and bytes:find("t", 1, true) then sweep() end
      if station:away() == 0 and (ngx.worker.exiting() or bytes and bytes:find("i", 1, true)) then
        return
      end
    end
  end

  -- All go without at once: for the I/O thread, who waits on no connection does not wait.
  local function no_reader()
    reader.starting = false
    reader.not_before = ngx.now() + RETRY_SECONDS
    wake_all()
  end

  local function read()
    if reader.alive then return end
    local connection = ngx.socket.tcp()
    connection:settimeouts(1000, 1000, FOR_EVER * 1000)
    if connection:connect("unix:" .. station:path()) and connection:send(station:reader_word()) then
      reader.alive, reader.starting = true, false
      pcall(listen, connection)
      reader.alive = false
    else
      no_reader()
    end
    connection:close()
    pcall(take)
    wake_all()
  end

  -- At the end of the worker nginx ends its timers early: the reader goes when nothing is away.
  local function watch_exit(premature)
    reader.watched = false
    if premature then station:poke() end
  end

  local function start_reader()
    if reader.alive or reader.starting or station:number() > MOST_STATES
      or ngx.now() < reader.not_before then
      return
    end
    reader.starting = ngx.timer.at(0, read) ~= nil
    if reader.starting and not reader.watched then
      reader.watched = ngx.timer.at(FOR_EVER, watch_exit) ~= nil
    end
  end

  -- ==== Waiting ====

  -- Says on a connection what is waited for; nil where there is none. One that hangs up before it
  -- has said that it goes on has what it waits for cancelled.
  local function visit(connection, words)
    if not connection then
      connection = ngx.socket.tcp()
      connection:settimeouts(1000, 1000, FOR_EVER * 1000)
      if not connection:connect("unix:" .. station:path()) then return nil end
    end
    if connection:send(words) then return connection end
    connection:close()
  end

  local function leave(connection)
    connection:send(station:heard_word())
    connection:close()
  end

  -- Returns the connection, kept for as long as it is waited, or false where there is none.
  -- A read that times out would be logged: who waits for some seconds only asks again and again.
  local function wait_without_reader(waiter, seconds, connection)
    local told = false
    waiter.visits = true
    if connection == nil or seconds >= FOR_EVER then
      local words = waiter:words()
      if waiter:is_done() then return connection end
      connection = visit(connection, words) or false
    end
    if connection and seconds >= FOR_EVER then
      told = connection:receive(1)
      if not told then
        connection:close()
        connection = false
      end
    end
    if not told then
      ngx.sleep(math.max(math.min(seconds, POLL_SECONDS), 0.001)) -- of 0 nginx warns
    end
    take()
    return connection
  end

  -- Who waits on a connection would be the last one for the I/O thread, if others only read.
  local function has_visitor(waiter)
    while waiter and not waiter.visits do waiter = waiter.other end
    return waiter ~= nil
  end

  -- Waits until the waiter has what it waits for, or the time has passed. Returns a connection that
  -- it has to leave.
  local function wait_for_either(waiter, seconds)
    local ends = seconds < FOR_EVER and ngx.now() + seconds
    local connection
    while not waiter:is_done() do
      local left = ends and ends - ngx.now() or FOR_EVER
      if left <= 0 then return connection end
      start_reader()
      if waiter:is_done() then return connection end -- told just now: nobody posts any more
      if (reader.alive or reader.starting) and not has_visitor(pending[waiter.id]) then
        local most = reader.alive and WAIT_SECONDS or READER_SECONDS
        waiter.waiting, waiter.posted = true, false
        local woken = waiter.semaphore:wait(math.min(left, most))
        waiter.waiting = false
        if not woken and left >= READER_SECONDS and reader.starting then no_reader() end
      else
        connection = wait_without_reader(waiter, left, connection)
      end
      if ends then ngx.update_time() end
    end
    return connection
  end

  local function wait(waiter, seconds)
    local connection = wait_for_either(waiter, seconds)
    waiter.visits = nil
    if connection then leave(connection) end
  end

  local Waiter = {}
  Waiter.__index = Waiter

  function Waiter:is_done()
    return self.done
  end

  function Waiter:call_of()
    return self.call
  end

  -- What a connection says that waits for it.
  function Waiter:words()
    return station:waiter_word(self.id)
  end

  function Waiter:on_done()
    self.done = true
    wake(self)
  end

  function Waiter:on_killed()
    self.call:cancel()
  end

  -- Those who wait for the same call keep each other.
  local function remember(id, waiter)
    waiter.other = pending[id]
    if waiter.other then waiter.other.before = waiter end
    pending[id] = waiter
  end

  local function forget(id, waiter)
    if waiter.other then waiter.other.before = waiter.before end
    if waiter.before then
      waiter.before.other = waiter.other
    elseif pending[id] == waiter then
      pending[id] = waiter.other
    end
    waiter.other, waiter.before = nil, nil
  end

  -- Waiters are used again, as a semaphore is dear; but not that of whom nobody came back from.
  local spare = {}

  local function take_spare(call, id)
    local waiter = table.remove(spare) or setmetatable({ semaphore = semaphore.new(0) }, Waiter)
    waiter.call, waiter.id = call, id
    return waiter
  end

  local function keep_spare(waiter)
    waiter.call, waiter.id = nil, nil
    if #spare < MOST_SPARE and waiter.semaphore:count() == 0 then spare[#spare + 1] = waiter end
  end

  -- What has been taken before it is known who waits, such as by a finalizer, is told to nobody.
  local function wait_for(call, id, seconds)
    local waiter = take_spare(call, id)
    remember(id, waiter)
    waiter.done = call:done()
    wait(waiter, seconds)
    forget(id, waiter)
    keep_spare(waiter)
  end

  local function start_there(client, endpoint, ...)
    local call, id = get_station():start(client, endpoint, ...)
    return call, id
  end

  local function start_again(call, client, endpoint, ...)
    local again, id = get_station():start_again(call, client, endpoint, ...)
    return again, id
  end

  -- Returns the call and, where it is under way, its id. Misuse is that of the function `as`.
  local function start(as, client, endpoint, ...)
    return misuse.pass(HERE, as, 2, pcall(start_there, client, endpoint, ...))
  end

  -- Calls that nobody else knows of are used again, as waiters are: for the collector, one is dear.
  local spare_calls = {}

  local function start_own(as, client, endpoint, ...)
    local call = table.remove(spare_calls)
    if not call then return start(as, client, endpoint, ...) end
    return misuse.pass(HERE, as, 3, pcall(start_again, call, client, endpoint, ...))
  end

  local function keep_call(call, ...)
    if #spare_calls < MOST_SPARE then spare_calls[#spare_calls + 1] = call end
    return ...
  end

  -- What such a call came to; it is not to be used after that.
  local function take_results(call)
    return keep_call(call, remote.take_results(call))
  end

  -- ==== What a client does, for each endpoint ====

  -- In init_by_lua it waits without nginx, and leaves no connection to the workers.
  local init_clients = setmetatable({}, { __mode = "k" }) -- call -> client

  local function hang_up(client, ...)
    if client then pcall(remote.hang_up, client) end -- its logger may have closed it
    return ...
  end

  local function set_plain(name)
    client_methods[name] = function(client, ...)
      local phase = ngx.get_phase()
      if phase == "init" then
        return hang_up(client, ask(name, blocking[name], client, ...))
      end
      local what, why = refuse_in(phase)
      if what then return remote.unsent(what, why) end
      local call, id = start_own(name, client, name, ...)
      if id then wait_for(call, id, FOR_EVER) end
      return take_results(call)
    end
  end

  -- A call that is started where nothing can wait can be waited for elsewhere.
  local function set_start(method, name)
    client_methods[method] = function(client, ...)
      if ngx.get_phase() == "init" then
        local call = ask(method, blocking[method], client, ...)
        init_clients[call] = client
        return call
      end
      local call, id = start(method, client, name, ...)
      if id then ids[call] = id end
      return call
    end
  end

  -- One that was started in init_by_lua and is not done is not waited for elsewhere.
  local function is_blocking(call)
    if ids[call] then return false end
    if ngx.get_phase() ~= "init" then call:cancel() end
    return true
  end

  function call_methods.wait(call, seconds)
    local blocks = is_blocking(call)
    local done = ask("wait", blocking.wait, call, seconds) -- which raises for misuse
    seconds = tonumber(seconds)
    if blocks then return hang_up(init_clients[call], done) end
    if done or refuse() then return done end
    if seconds then take() end -- as nobody may read meanwhile
    wait_for(call, ids[call], seconds or FOR_EVER)
    return call:done()
  end

  function call_methods.result(call)
    if is_blocking(call) then return hang_up(init_clients[call], blocking.result(call)) end
    if not call:done() then
      local what, why = refuse()
      if what then return remote.unsent(what, why) end
      wait_for(call, ids[call], FOR_EVER)
    end
    return blocking.result(call)
  end

  function client_methods.step(client, seconds)
    if ngx.get_phase() == "init" then
      return hang_up(client, ask("step", blocking.step, client, seconds))
    end
    if type(seconds) == "number" and seconds >= 0 then seconds = 0 end
    ask("step", blocking.step, client, seconds) -- which raises for misuse
    if not station or not station:is_ours() then return 0, 0 end
    take()
    return 0, station:away()
  end

  -- ==== Many at once ====

  local new_batch = require "realtimekit.nginx_batch"(remote, {
    start = start_own, take = take, tell = tell, wake = wake, refuse = refuse, pending = pending,
    take_results = take_results, wait = function(batch) wait(batch, FOR_EVER) end,
    waiter_word = function(id, more) return station:waiter_word(id, more) end,
  })

  local function set_each(method, endpoint)
    client_methods[method] = function(client, ...)
      local next_one, state = ask(method, blocking[method], client, ...) -- or raises for misuse
      if ngx.get_phase() == "init" then
        return function() return hang_up(client, ask(method, next_one, state)) end
      end
      local batch = new_batch(client, method, endpoint, { ... })
      return batch.next, batch, nil, batch
    end
  end

  for _, endpoint in ipairs(remote.endpoints()) do
    set_plain(endpoint.name)
    set_start("start_" .. endpoint.name, endpoint.name)
    if endpoint.each then set_each("each_" .. endpoint.name, endpoint) end
  end
  set_start("start", "participant")

  -- What is written in Lua waits by the methods above, and not below a function of C. Where it can
  -- not wait, it starts nothing: pages have the failure as their only step.
  -- It is loaded now, as a worker's user may not be allowed to read where the master's is.
  local function set_in_lua(name, where)
    local method = require("realtimekit." .. where)[name]
    client_methods[name] = function(client, ...)
      local what, why
      if ngx.get_phase() ~= "init" then what, why = refuse() end
      if not what then return run(method, client, ...) end
      if where ~= "pages" then return remote.unsent(what, why) end
      local told = false
      return function()
        if told then return nil end
        told = true
        return 1, remote.unsent(what, why)
      end
    end
  end

  set_in_lua("each_session", "pages")
  set_in_lua("each_session_participant", "pages")
  set_in_lua("session_report", "session_report")

  for name in pairs(client_methods) do
    if type(module[name]) == "function" then
      module[name] = function(...)
        return client_methods[name](remote.default(), ...)
      end
    end
  end
  return module
end

local levels = { debug = "DEBUG", warn = "WARN", error = "ERR" }

--- A `logger` that writes to nginx's error log, at nginx's level of the same name.
function nginx.logger(level, message, fields)
  local words = {}
  for name, value in pairs(fields) do words[#words + 1] = name .. "=" .. tostring(value) end
  table.sort(words)
  ngx.log(ngx[levels[level]], "realtimekit: ", message, ", ", table.concat(words, ", "))
end

return nginx
