-- The socket of the I/O thread: nobody else reaches it, and nothing of it is left.

local fixture = require "spec.support.fixture"
local process = require "spec.support.process"
local remote = require "spec.support.remote"

local has_proc = io.open("/proc/self/stat") ~= nil

describe("the gate of the I/O thread", function()
  local prelude = [[
    local remote = require "spec.support.remote"
    local station = remote.station()
  ]]

  it("leaves nothing in the file system, not even while it is open", function()
    if not has_proc then pending("no /proc here") end
    local folder, keeper = process.temporary_directory()
    local output = fixture.run(prelude .. ([[
      print(io.popen("find %s -mindepth 1 | wc -l"):read("*n") == 0)
      assert(remote.visit(station, station:reader_word()))
      print "connected"
    ]]):format(folder), { TMPDIR = folder })
    assert.equal("true\nconnected\n", output)
    assert.equal("", process.check("ls -A " .. process.quote(folder)))
    keeper:close()
  end)

  it("is not reached by another process", function()
    if not has_proc then pending("no /proc here") end
    local station = remote.station()
    local pid = io.open("/proc/self/stat"):read("*n")
    local path = station:path():gsub("self", ("%d"):format(pid))
    local output = fixture.run(([[
      local unix = require "socket.unix"
      local connection = (unix.stream or unix)()
      local reached = connection:connect(%q) and connection:send(%q)
      connection:settimeout(10)
      print((select(2, connection:receive(1))))
    ]]):format(path, station:reader_word()))
    assert.equal("closed\n", output)
  end)
end)
