--[[
each_participant and the like inside nginx: so many calls under way at once, each handed out as it
ends. nginx.lua gives what they are started and waited for with.
]]

local misuse = require "realtimekit.misuse"
local options = require "realtimekit.options"
local semaphore = require "ngx.semaphore"

--- What makes a batch. `remote` is of the C module; `worker` has what nginx.lua does for any call:
--- `start`, `take`, `tell`, `take_results`, `wait`, `wake`, `refuse`, `waiter_word`, and `pending`,
--- who waits for which call.
return function(remote, worker)
  local Batch = {}
  Batch.__index = Batch

  function Batch:is_done()
    return #self.ready > 0 or self.away == 0
  end

  function Batch:call_of(id)
    return self.started[id].call
  end

  function Batch:words()
    local ids, words = {}, {}
    for id in pairs(self.started) do ids[#ids + 1] = id end
    for i, id in ipairs(ids) do words[i] = worker.waiter_word(id, i < #ids) end
    return table.concat(words)
  end

  function Batch:on_done(id)
    local entry = self.started[id]
    if entry then
      self.ready[#self.ready + 1] = entry
      self.started[id] = nil
      self.away = self.away - 1
    end
    worker.wake(self)
  end

  function Batch:on_killed(id)
    self.started[id].call:cancel()
  end

  function Batch:next_id()
    self.taken = self.taken + 1
    local id
    if type(self.ids) == "function" then id = self.ids() else id = rawget(self.ids, self.taken) end
    if id ~= nil and type(id) ~= "string" then
      misuse.raise(("%s id %d: string expected, got %s"):format(self.of, self.taken, type(id)))
    end
    self.ended = id == nil
    return id
  end

  function Batch:start(id)
    local given = { unpack(self.given) }
    given[self.id_at], given[self.id_at + 1] = id, self.opts
    return worker.start(self.method, self.client, self.endpoint, unpack(given, 1, self.id_at + 1))
  end

  -- Of a closed client what was started is told first. Returns whether calls can be started.
  function Batch:can_start()
    if pcall(remote.concurrency, self.client) then return true end -- else it is closed
    if self.away == 0 and #self.ready == 0 then misuse.raise "the client is closed" end
    return false
  end

  function Batch:fill()
    while not self.ended and self.away < self.concurrency and self:can_start() do
      local id = self:next_id()
      if not id or not self:can_start() then return end -- a function of the ids may have closed it
      local call, number = self:start(id)
      local entry = { id = id, call = call }
      if number then
        self.away = self.away + 1
        self.started[number] = entry
        worker.pending[number] = self
        if call:done() then worker.tell(number) end -- taken before it was known who waits
      else
        self.ready[#self.ready + 1] = entry
      end
    end
  end

  function Batch:next()
    local what, why = worker.refuse()
    if what then
      local id = self:next_id()
      if not id then return nil end
      return id, remote.unsent(what, why)
    end
    self:fill()
    if self.away > 0 then worker.take() end
    while #self.ready == 0 do
      if self.away == 0 then return nil end
      worker.wait(self)
    end
    local entry = table.remove(self.ready, 1)
    return entry.id, worker.take_results(entry.call)
  end

  -- Nobody wants what is under way any more.
  function Batch:__close()
    for id, entry in pairs(self.started) do
      worker.pending[id] = nil
      entry.call:cancel()
    end
    self.ended, self.away, self.started, self.ready = true, 0, {}, {}
    worker.wake(self)
  end

  -- Of the arguments of the endpoint's method: ids, of which the last is a list of such, or a
  -- function, and options.
  return function(client, method, endpoint, given)
    local opts = given[endpoint.ids + 1] and options.copy(given[endpoint.ids + 1])
    return setmetatable({
      client = client, method = method, endpoint = endpoint.name, of = endpoint.each,
      given = given, id_at = endpoint.ids,
      ids = given[endpoint.ids], opts = opts, semaphore = semaphore.new(0),
      concurrency = opts and opts.concurrency or remote.concurrency(client),
      away = 0, taken = 0, started = {}, ready = {},
    }, Batch)
  end
end
