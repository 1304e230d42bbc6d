-- The I/O thread: one for a process, deaf to signals, gone at the end.

local fixture = require "spec.support.fixture"
local internals = require "rtk_internals"
local process = require "spec.support.process"
local remote = require "spec.support.remote"
local socket = require "socket"

local prelude = [[
  local fixture = require "spec.support.fixture"
  local internals = require "rtk_internals"
  local remote = require "spec.support.remote"
  local client = fixture.client(%q)
  local function threads()
    return tonumber((io.open("/proc/self/status"):read("*a"):match("Threads:%%s*(%%d+)")))
  end
]]

describe("the pump", function()
  local api = fixture.server()

  local function run(source) return fixture.run(prelude:format(api.url) .. source) end

  it("is one thread for all stations of a process, and none before the first", function()
    if not io.open("/proc/self/status") then pending("no /proc here") end
    api:answer { echo = true }
    local output = run [[
      assert(client:participant("a", "b", "c"))
      io.write(threads(), " ")
      local stations = {}
      for i = 1, 5 do
        stations[i] = remote.station()
        assert(remote.wait(stations[i],
          stations[i]:start(client, "participant", "a", "b", "c")):result())
      end
      io.write(threads())
    ]]
    assert.equal("1 2", output)
  end)

  it("takes no signal of its host's", function()
    api:answer { delay = 0.3, echo = true }
    local station = remote.station()
    local call, id = station:start(fixture.client(api.url), "participant", "a", "b", "c")
    internals.alarm(0.01)
    local ends = socket.gettime() + 0.2
    while socket.gettime() < ends do end -- busy: the signals come to this thread
    local signals = internals.alarm(0)
    assert.is_true(signals >= 5, tostring(signals))
    assert.equal("c", remote.wait(station, call, id):result().id)
  end)

  for how, ending in pairs {
    ["by os.exit"] = "os.exit(0)",
    ["with its Lua state closed"] = "os.exit(0, true)",
    ["at the end of the script"] = "",
  } do
    it("ends at once with the process, " .. how .. ", whatever is away", function()
      if os.getenv("PRELOAD") then
        pending("what is away at the end of a process is a leak for a sanitizer")
      end
      api:answer { stall_after = 0 }
      local before = socket.gettime()
      local output = run([[
        local station = remote.station()
        local calls = {}
        for i = 1, 20 do calls[i] = station:start(client, "participant", "a", "b", "c" .. i) end
        io.write "ends"
      ]] .. ending)
      assert.equal("ends", output)
      assert.is_true(socket.gettime() - before < 5)
    end)
  end

  it("has ended before what was registered earlier for the end is done", function()
    if not io.open("/proc/self/status") then pending("no /proc here") end
    if os.getenv("PRELOAD") then pending("a sanitizer has its own order at the end") end
    api:answer { stall_after = 0 }
    local output = run [[
      internals.threads_at_end()
      local station = remote.station()
      local call = station:start(client, "participant", "a", "b", "c")
      io.write(threads(), " ")
      io.flush()
      os.exit(0)
    ]]
    assert.equal("2 Threads:\t1\n", output)
  end)

  it("is left to its parent by a process that forks, which starts its own", function()
    if os.getenv("PRELOAD") then
      pending("a sanitizer's allocator may be locked by the thread that a child does not have")
    end
    api:answer({ match = "/slow", delay = 0.2, echo = true }, { echo = true })
    local output = run [[
      local station = remote.station()
      local call, id = station:start(client, "participant", "a", "b", "slow")
      local child = internals.fork()
      if child == 0 then
        assert(not station:is_ours())
        local own, found = remote.station(), 0
        for i, of in ipairs { own, station } do -- the second is made anew
          local mine = of:start(client, "participant", "a", "b", "child" .. i)
          if remote.wait(of, mine):result().id == "child" .. i then found = found + 1 end
        end
        internals.exit(found == 2 and station:is_ours() and 7 or 1)
      end
      io.write("status ", internals.wait(child), " ", remote.wait(station, call, id):result().id)
    ]]
    assert.matches("^status 7%.?0? slow$", output)
    assert.equal(2, api:seen().connections)
  end)

  it("is killed with its process, and leaves nothing", function()
    api:answer { stall_after = 0 }
    local folder, keeper = process.temporary_directory()
    fixture.run(prelude:format(api.url) .. [[
      local station = remote.station()
      local call = station:start(client, "participant", "a", "b", "c")
      internals.kill()
    ]], { TMPDIR = folder })
    assert.equal("", process.check("ls -A " .. process.quote(folder)))
    keeper:close()
  end)
end)
