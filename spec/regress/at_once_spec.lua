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
