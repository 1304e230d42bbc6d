--[[
Waiting inside nginx (OpenResty, lua-nginx-module): a call suspends the coroutine that makes it, and
no worker. The I/O thread of the worker makes the calls; here is how a coroutine learns that its
call is done, by public functions of nginx's Lua alone.

One light thread, the reader, has one connection to the I/O thread. It is told that something is
back, takes it, and posts the semaphore on which each caller waits. It starts with the first call
and ends when nothing has been under way for a second. A caller that finds no reader after
READER_SECONDS (no timer could be had) waits on a connection of its own.

realtimekit.c requires this where there is an `ngx`, and calls `enter`.
]]

local nginx = {}

local READER_SECONDS = 0.1 -- after which a caller goes without a reader
local WAIT_SECONDS = 60 -- of one wait; its timer keeps a worker that is to exit alive
local FOR_EVER = 86400 -- seconds: nginx takes 24 days at most

-- nginx has one Lua state for http and one for stream, but with lua_code_cache off one for each
-- request: there a reader would outlive its request.
local MOST_STATES = 2

-- Where a coroutine can be suspended.
local can_wait = {
  server_rewrite = true, rewrite = true, access = true, content = true, timer = true,
  ssl_cert = true,
}

-- Replaces what waits in the module and in its types' methods.
function nginx.enter(module, remote)
  local semaphore = require "ngx.semaphore"
  local call_methods, client_methods = remote.methods("call"), remote.methods("client")
  local blocking = { result = call_methods.result, wait = call_methods.wait }
  for name, method in pairs(client_methods) do blocking[name] = method end

  local station -- of this process; made in a worker, never before the fork
  local pending = setmetatable({}, { __mode = "v" }) -- id of a call -> who waits for it
  local ids = setmetatable({}, { __mode = "k" }) -- call -> id
  local reader = { alive = false, starting = false, watched = false }

  -- Why the running code cannot wait; nil when it can.
  local function refuse()
    local phase = ngx.get_phase()
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

  local function get_station()
    if not station or not station:is_ours() then station = assert(remote.station()) end
    return station
  end

  -- Takes all that is back, and wakes who waits for it.
  local function take()
    for _, id in ipairs(station:take()) do
      local waiter = pending[id]
      pending[id] = nil
      if waiter then waiter:on_done(id) end
    end
  end

  -- A waiter whose request or thread was ended from outside waits on no semaphore any more.
  local function sweep()
    for id, waiter in pairs(pending) do
      if waiter.waiting and waiter.semaphore:count() >= 0 then
        pending[id] = nil
        waiter:on_killed(id)
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

  local function read()
    local connection = ngx.socket.tcp()
    connection:settimeouts(1000, 1000, FOR_EVER * 1000)
    reader.starting = false
    if connection:connect("unix:" .. station:path()) and connection:send(station:reader_word()) then
      reader.alive = true
      pcall(listen, connection)
      reader.alive = false
    end
    connection:close()
    take()
  end

  -- At the end of the worker nginx ends its timers early: the reader goes when nothing is away.
  local function watch_exit(premature)
    if premature then station:poke() end
  end

  local function start_reader()
    if reader.alive or reader.starting or station:number() > MOST_STATES then return end
    reader.starting = ngx.timer.at(0, read) ~= nil
    if reader.starting and not reader.watched then
      reader.watched = ngx.timer.at(FOR_EVER, watch_exit) ~= nil
    end
  end

  -- ==== Waiting ====

  local function wait_on_own_connection(id, seconds)
    local connection = ngx.socket.tcp()
    connection:settimeouts(1000, 1000, seconds * 1000)
    if connection:connect("unix:" .. station:path())
      and connection:send(station:waiter_word(id)) then
      connection:receive(1)
    else
      ngx.sleep(0.01)
    end
    connection:close()
    take()
  end

  -- Waits until the waiter has what it waits for, which `is_done` says, or the time has passed.
  local function wait(waiter, id, is_done, seconds)
    local ends = ngx.now() + seconds
    while not is_done() do
      local left = math.min(ends - ngx.now(), WAIT_SECONDS)
      if left <= 0 then return end
      start_reader()
      if reader.alive or reader.starting then
        waiter.waiting = true
        waiter.semaphore:wait(reader.alive and left or math.min(left, READER_SECONDS))
        waiter.waiting = false
        if not is_done() and not reader.alive then
          reader.starting = false
          if pending[id] then wait_on_own_connection(id, left) end
        end
      else
        wait_on_own_connection(id, left)
      end
      ngx.update_time()
    end
  end

  local Waiter = {}
  Waiter.__index = Waiter

  function Waiter:on_done()
    self.semaphore:post(1)
  end

  function Waiter:on_killed()
    self.call:cancel()
  end

  local function wait_for(call, seconds)
    local id = ids[call]
    if not id or call:done() then return end
    local waiter = setmetatable({ semaphore = semaphore.new(0), call = call }, Waiter)
    pending[id] = waiter
    take()
    wait(waiter, id, function() return call:done() end, seconds)
    if pending[id] == waiter then pending[id] = nil end
  end

  local function start(client, endpoint, ...)
    local call, id = get_station():start(client, endpoint, ...)
    if id then ids[call] = id end
    return call
  end

  -- ==== What a client does, for each endpoint ====

  local function set_plain(name)
    client_methods[name] = function(client, ...)
      if ngx.get_phase() == "init" then return blocking[name](client, ...) end
      local what, why = refuse()
      if what then return remote.unsent(what, why) end
      local call = start(client, name, ...)
      wait_for(call, FOR_EVER)
      return blocking.result(call)
    end
  end

  -- A call that is started where nothing can wait can be waited for elsewhere.
  local function set_start(method, name)
    client_methods[method] = function(client, ...)
      if ngx.get_phase() == "init" then return blocking[method](client, ...) end
      return start(client, name, ...)
    end
  end

  function call_methods.wait(call, seconds)
    if not ids[call] then return blocking.wait(call, seconds) end
    if not refuse() then wait_for(call, seconds or FOR_EVER) end
    return call:done()
  end

  function call_methods.result(call)
    if ids[call] and not call:done() then
      local what, why = refuse()
      if what then return remote.unsent(what, why) end
      wait_for(call, FOR_EVER)
    end
    return blocking.result(call)
  end

  function client_methods.step()
    if not station then return 0, 0 end
    take()
    return 0, station:away()
  end

  -- ==== Many at once ====

  local Batch = {}
  Batch.__index = Batch

  function Batch:on_done(id)
    self.away = self.away - 1
    self.ready[#self.ready + 1] = self.started[id]
    self.started[id] = nil
    if self.waiting then self.semaphore:post(1) end
  end

  function Batch:on_killed(id)
    self.started[id].call:cancel()
  end

  function Batch:next_id()
    self.taken = self.taken + 1
    local id
    if type(self.ids) == "function" then id = self.ids() else id = self.ids[self.taken] end
    if id ~= nil and type(id) ~= "string" then
      error(("participant id %d: string expected, got %s"):format(self.taken, type(id)), 3)
    end
    self.ended = id == nil
    return id
  end

  function Batch:start(id)
    local given = { unpack(self.given) }
    given[self.id_at], given[self.id_at + 1] = id, self.opts
    return start(self.client, self.endpoint, unpack(given, 1, self.id_at + 1))
  end

  function Batch:fill()
    while not self.ended and self.away < self.concurrency do
      local id = self:next_id()
      if not id then return end
      local call = self:start(id)
      local entry = { id = id, call = call }
      if ids[call] then
        self.away = self.away + 1
        self.started[ids[call]] = entry
        pending[ids[call]] = self
      else
        self.ready[#self.ready + 1] = entry
      end
    end
  end

  function Batch:next()
    local what, why = refuse()
    if what then
      local id = self:next_id()
      if not id then return nil end
      return id, remote.unsent(what, why)
    end
    self:fill()
    if self.away > 0 then take() end
    while #self.ready == 0 do
      if self.away == 0 then return nil end
      wait(self, next(self.started), function() return #self.ready > 0 end, FOR_EVER)
    end
    local entry = table.remove(self.ready, 1)
    return entry.id, blocking.result(entry.call)
  end

  -- The last of the endpoint's ids is a list of such, or a function; options follow.
  local function set_each(method, endpoint)
    client_methods[method] = function(client, ...)
      local next_one, state, start_value, closing = blocking[method](client, ...)
      if ngx.get_phase() == "init" then return next_one, state, start_value, closing end
      local given = { ... }
      local opts = given[endpoint.ids + 1]
      return Batch.next, setmetatable({
        client = client, endpoint = endpoint.name, given = given, id_at = endpoint.ids,
        ids = given[endpoint.ids], opts = opts, semaphore = semaphore.new(0),
        concurrency = opts and opts.concurrency or remote.concurrency(client),
        away = 0, taken = 0, started = {}, ready = {},
      }, Batch)
    end
  end

  for _, endpoint in ipairs(remote.endpoints()) do
    set_plain(endpoint.name)
    set_start("start_" .. endpoint.name, endpoint.name)
    if endpoint.each then set_each("each_" .. endpoint.name, endpoint) end
  end
  set_start("start", "participant")

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
