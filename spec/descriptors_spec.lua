-- Descriptors are closed at exec: a program that this process starts keeps no connection open.

local fixture = require "spec.support.fixture"

describe("a connection", function()
  local api = fixture.server()

  -- A program that outlives what is closed here; its output is its own, or to read is to wait.
  local function bystander()
    return ("%d"):format(io.popen("sleep 30 >/dev/null & echo $!"):read("*n"))
  end

  it("of a call under way is not inherited by other programs", function()
    api:answer { stall_after = 0 }
    local client = fixture.client(api.url)
    local call = client:start(fixture.ids())
    call:wait(0.05)
    api:wait_seen(1)
    local pid = bystander()
    call:cancel()
    api:wait_closed()
    os.execute("kill " .. pid)
  end)

  it("of a plain call is not inherited by other programs", function()
    api:answer { json = fixture.envelope() }
    local client = fixture.client(api.url)
    assert(client:participant(fixture.ids()))
    local pid = bystander()
    client:close()
    api:wait_closed()
    os.execute("kill " .. pid)
  end)
end)
