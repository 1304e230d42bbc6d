-- What lies between the threads: nothing is lost, told twice, or waited for in vain.

local fixture = require "spec.support.fixture"
local remote = require "spec.support.remote"
local socket = require "socket"

describe("the exchange", function()
  local api = fixture.server()

  it("loses no call among many that are started, cancelled and dropped at random", function()
    api:answer { any_of = { { echo = true, weight = 8 }, { echo = true, delay = 0.01, weight = 2 },
      { reset_after = 0, weight = 1 }, { stall_after = 0, weight = 1 } }, seed = 7 }
    api:record(false)
    local station = remote.station()
    local client = fixture.client(api.url, { timeout = 0.2, max_connections = 32 })
    math.randomseed(11)
    local kept, told = {}, {}
    local function take()
      for _, id in ipairs(station:take()) do
        assert.is_nil(told[id])
        told[id] = true
      end
    end
    for i = 1, 1500 do
      local call, id = station:start(client, "participant", "app", "session", "p" .. i)
      local fate = math.random(10)
      if fate <= 2 then call:cancel() end
      if fate > 3 then kept[#kept + 1] = { call = call, id = id, name = "p" .. i } end
      if i % 50 == 0 then
        take()
        collectgarbage()
      end
    end
    collectgarbage()
    local ends = socket.gettime() + 30
    while station:away() > 0 and socket.gettime() < ends do
      take()
      socket.sleep(0.001)
    end
    take()
    assert.equal(0, station:away())
    for _, entry in ipairs(kept) do
      assert.is_true(told[entry.id])
      local participant, err, outcome = entry.call:result()
      if participant then
        assert.equal(entry.name, participant.id)
      else
        assert.is_string(err)
        assert.is_string(outcome.kind)
      end
    end
  end)

  it("reminds a reader every quarter of a second, whatever else happens", function()
    api:answer { hold = true }
    local station, client = remote.station(), fixture.client(api.url)
    local connection = remote.visit(station, station:reader_word())
    connection:settimeout(10)
    local calls = { (station:start(client, "participant", "app", "session", "one")) }
    local function next_tick()
      repeat until assert(connection:receive(1)) == "t"
      return socket.gettime()
    end
    next_tick()
    local from = next_tick()
    socket.sleep(0.2)
    calls[2] = (station:start(client, "participant", "app", "session", "two"))
    local seconds = next_tick() - from
    assert.is_true(seconds < 0.4, seconds .. " seconds")
    assert.equal(2, #calls)
    api:release()
  end)

  it("keeps the calls of two states apart", function()
    api:answer { echo = true }
    local one, other = remote.station(), remote.station()
    local client = fixture.client(api.url)
    local call, id = one:start(client, "participant", "app", "session", "one")
    local connection = remote.visit(one, one:waiter_word(id))
    connection:settimeout(10)
    assert(connection:receive(1))
    assert.same({}, other:take())
    assert.same({ id }, one:take())
    assert.equal("one", call:result().id)
    assert.is_true(other:number() > one:number())
  end)
end)
