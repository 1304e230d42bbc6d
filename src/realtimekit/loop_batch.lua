--[[
Many calls at once whose ids come from a function that may wait itself, which one that C calls could
not. For realtimekit.loop, whose `wait` and `relay` these are.
]]

local misuse = require "realtimekit.misuse"
local options = require "realtimekit.options"

local unpack = table.unpack or unpack -- luacheck: ignore

return function(loop, wait, relay)
  local Batch = {}
  local batch_metatable = { __index = Batch, __name = loop.name .. " batch" }

  function Batch:take_done()
    local i = 1
    while self.away[i] do
      if self.away[i].call:done() then
        table.insert(self.ready, table.remove(self.away, i))
      else
        i = i + 1
      end
    end
    return #self.ready > 0
  end

  function Batch:done()
    return self:take_done() or #self.away == 0
  end

  function Batch:timeout()
    for _, entry in ipairs(self.away) do
      if entry.call:done() then return 0 end
    end
  end

  -- Misuse is told in the words of the C module.
  function Batch:next_id(level)
    local id = self.ids()
    self.taken = self.taken + 1
    if id == nil then
      self.ended = true
    elseif type(id) ~= "string" then
      local next_done, of_one = self.each({ id })
      local _, err = pcall(next_done, of_one)
      error((err:gsub("^.-(%a+ id )1:", "%1" .. self.taken .. ":")), level + 1)
    end
    return id
  end

  -- Of a closed client what was started is told first. Returns whether calls can be started.
  function Batch:can_start()
    if not self.client.closed then return true end
    if #self.away + #self.ready == 0 then misuse.raise "the client is closed" end
    return false
  end

  function Batch:fill(level)
    while not self.ended and #self.away + #self.ready < self.concurrency and self:can_start() do
      local id = self:next_id(level + 1)
      if id and self:can_start() then -- the function may have closed it
        table.insert(self.away, { id = id, call = relay(level + 1, nil, pcall(self.start, id)) })
      end
    end
  end

  local function next_of_batch(self)
    local here = loop.here()
    self:fill(2)
    while not self:take_done() do -- somebody else may have taken what was waited for
      if #self.away == 0 then return nil end
      wait(self.client, here, self, 2)
    end
    local entry = table.remove(self.ready, 1)
    return entry.id, entry.call:result()
  end

  function batch_metatable:__close()
    self.ended = true
    for _, entry in ipairs(self.away) do entry.call:cancel() end
  end

  -- With `value` for the list of ids, which is the argument at `at`; options follow.
  local function with_ids(f, client, value, at, given)
    local arguments = { unpack(given, 1, at + 1) }
    arguments[at] = value
    return f(client, unpack(arguments, 1, at + 1))
  end

  -- The first argument that is no string is the function that gives ids.
  local function copy_arguments(...)
    local given, at = { ... }, 1
    while type(given[at]) == "string" do at = at + 1 end
    if given[at + 1] then given[at + 1] = options.copy(given[at + 1]) end
    return given, at
  end

  local function new_batch(client, endpoint, ids, concurrency, ...)
    local given, at = copy_arguments(...)
    return setmetatable({
      client = client, ids = ids, concurrency = concurrency, taken = 0, away = {}, ready = {},
      start = function(id)
        local call = with_ids(endpoint.start, client.client, id, at, given)
        return call
      end,
      each = function(list) return with_ids(endpoint.each, client.client, list, at, given) end,
    }, batch_metatable)
  end

  return new_batch, next_of_batch
end
