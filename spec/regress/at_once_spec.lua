-- What an attack on calls under way found, each as it showed itself.

local fixture = require "spec.support.fixture"

describe("a process that forks while calls are under way", function()
  local api = fixture.server()

  local ways = {
    ["in a logger, within result"] = [[
      logging = true
      local first, second = start "a", start "b"
      first:result()
      told(second:result())
      told(first:result())
    ]],
    ["in a logger, within step"] = [[
      logging = true
      local first, second = start "a", start "b"
      repeat local _, under_way = client:step(1) until under_way == 0
      told(first:result())
      told(second:result())
    ]],
    ["in the function that gives ids"] = [[
      local ids = { "c", "b", "a" }
      local function next_id()
        if #ids == 1 then fork() end
        return table.remove(ids)
      end
      for _, participant, _, outcome in client:each_participant("app", "session", next_id) do
        told(participant, nil, outcome)
      end
    ]],
  }
  for way, use in pairs(ways) do
    for _, act in ipairs { "", "client:participant('app', 'session', 'child')" } do
      it("leaves them to the parent: " .. way .. (act ~= "" and ", and calls" or ""), function()
        api:answer { echo = true, delay = 0.05 }
        local output = fixture.run(([[
          local fixture = require "spec.support.fixture"
          local internals = require "rtk_internals"
          local client, child, logging
          local function fork()
            if child then return end
            child = internals.fork()
            if child == 0 then %s end
          end
          client = fixture.client(%q, { logger = function() if logging then fork() end end })
          local function start(id) return client:start("app", "session", id) end
          local kinds = {}
          local function told(participant, _, outcome)
            kinds[#kinds + 1] = participant and "ok" or outcome.kind
          end
          assert(start "before":result())
          %s
          for _, kind in ipairs(kinds) do
            assert(kind == (child == 0 and "cancelled" or "ok"), kind)
          end
          if child == 0 then internals.exit(7) end
          io.write("status ", internals.wait(child), " ", #kinds)
        ]]):format(act, api.url, use))
        assert.matches("^status 7%.?0? [23]$", output)
      end)
    end
  end

  it("paces the child by what it has sent itself", function()
    api:answer({ match = "/slow", hold = true }, { match = "/first", echo = true },
      { headers = { 'Ratelimit: "default";r=3;t=30' }, json = fixture.envelope() })
    local output = fixture.run(([[
      local fixture = require "spec.support.fixture"
      local internals = require "rtk_internals"
      local client = fixture.client(%q)
      local function start(id) return client:start("app", "session", id) end
      local slow = {}
      for i = 1, 5 do slow[i] = start("slow" .. i) end
      start "first":result()
      local child = internals.fork()
      if child == 0 then
        start "child":result()
        local call = start "child"
        internals.exit(call:wait(5) and 7 or 1)
      end
      io.write("status ", internals.wait(child))
    ]]):format(api.url))
    api:release()
    assert.matches("^status 7%.?0?$", output)
  end)
end)

describe("a call with a logger that nobody keeps", function()
  local api = fixture.server()

  it("is not told of once the collector has found it", function()
    api:answer { echo = true, delay = 0.001 }
    local client = fixture.client(api.url, { logger = function() end, max_connections = 2 })
    local ballast = {} -- makes the time long between finding it and calling its finalizer
    for i = 1, 100000 do ballast[i] = { i } end
    for _ = 1, 10 do
      for i = 1, 50 do client:start("app", "session", "p" .. i) end
      repeat
        for _ = 1, 2000 do local _ = {} end
        local _, under_way = client:step(0)
      until under_way == 0
    end
    assert.equal(100000, #ballast)
    assert.is_true(client:start("app", "session", "kept"):wait(5))
    client:close()
  end)
end)

describe("a finalizer", function()
  local api = fixture.server()

  -- In a process of its own, whose heap is small: the collector is through with it all the time.
  local function run(source)
    api:answer { echo = true }
    local output = fixture.run(([[
      local client = require "spec.support.fixture".client(%q)
      local function trap(finalize)
        if newproxy then
          getmetatable(newproxy(true)).__gc = function() pcall(finalize) end
        else
          setmetatable({}, { __gc = function() pcall(finalize) end })
        end
      end
      collectgarbage("setpause", 10)
      collectgarbage("setstepmul", 100000)
      %s
      io.write("done")
    ]]):format(api.url, source))
    assert.equal("done", output)
  end

  it("may ask for the results that are being made", function()
    run [[
      for i = 1, 200 do
        local call = client:start("app", "session", "p" .. i)
        call:wait()
        trap(function() call:result() end)
        local participant = call:result()
        assert(participant.id == "p" .. i)
        assert(participant == call:result())
      end
    ]]
  end)

  -- What its logger is told is made meanwhile, of the call that has ended; in some of the Luas, as
  -- each has a collector of its own.
  it("may end the call that its logger is told of", function()
    run [[
      for i = 1, 200 do
        local call, told, traps = nil, false, 0
        local logging = client:with { logger = function() told = true end }
        call = logging:start("app", "session", "p" .. i)
        local function finalize()
          traps = traps + 1
          if traps < i / 5 then
            trap(finalize)
          elseif not told then
            call:cancel()
            call:result()
          end
        end
        trap(finalize)
        call:wait()
        told = true
        collectgarbage()
      end
    ]]
  end)

  it("may go on with the loop that is being gone on with", function()
    run [[
      for _ = 1, 20 do
        local ids, told = {}, {}
        for i = 1, 20 do ids[i] = "p" .. i end
        local next_one, batch = client:each_participant("app", "session", ids, { deadline = 5 })
        local function take()
          local id, participant, err = next_one(batch)
          if not id then return false end
          assert(participant, err)
          assert(participant.id == id and not told[id])
          told[id] = true
          return true
        end
        repeat trap(take) until not take()
        for _, id in ipairs(ids) do assert(told[id]) end
      end
    ]]
  end)
end)

describe("a logger that steps its client", function()
  local api = fixture.server()

  it("does not wait for the call that it is told of", function()
    api:answer { echo = true }
    local client, steps = nil, 0
    client = fixture.client(api.url, { logger = function()
      client:step(math.huge)
      steps = steps + 1
    end })
    assert.is_true(client:start("app", "session", "a"):wait(5))
    assert.equal(1, steps)
  end)
end)

describe("a function of ids that closes the client", function()
  local api = fixture.server()

  it("has its id told as cancelled", function()
    api:answer { echo = true }
    local client, ids, kinds = fixture.client(api.url), { "c", "b", "a" }, {}
    local function next_id()
      if #ids == 1 then client:close() end
      return table.remove(ids)
    end
    assert.has_error(function()
      for id, _, _, failure in client:each_participant("app", "session", next_id) do
        kinds[id] = failure.kind
      end
    end, "the client is closed")
    assert.same({ a = "cancelled", b = "cancelled", c = "cancelled" }, kinds)
    assert.equal(0, api:seen().request_count)
  end)

  it("may go on with the loop as little as the logger", function()
    api:answer { echo = true }
    local client, message = fixture.client(api.url), nil
    local next_one, batch
    next_one, batch = client:each_participant("app", "session", function()
      message = select(2, pcall(next_one, batch))
    end)
    assert.is_nil((next_one(batch)))
    assert.matches("within itself", message, 1, true)
    client:close()
  end)
end)
