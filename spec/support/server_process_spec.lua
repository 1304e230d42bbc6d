local once = require "spec.support.once"
local process = require "spec.support.process"
local raw_client = require "spec.support.raw_client"
local server = require "spec.support.server"
local socket = require "socket"

if once.elsewhere then
  pending(once.elsewhere)
  return
end

describe("the process of a scripted server", function()
  local function is_running(pid)
    return select(2, process.run("kill -0 " .. pid)) == 0
  end

  it("ends when it is stopped, which can be done twice", function()
    local api = server.start()
    assert.truthy(is_running(api.pid))
    api:stop()
    api:stop()
    assert.falsy(is_running(api.pid))
    assert.has_error(function() api:seen() end, "the scripted server was stopped")
  end)

  it("ends when the process of the test dies", function()
    local script = [[
      package.path = "./?.lua;" .. package.path
      io.write(require "spec.support.server".start().port, "\n")
      io.flush()
      os.execute("kill -9 $PPID")]]
    local lua = os.getenv("LUA") or "lua5.4"
    local output = process.run(lua .. " -e " .. process.quote(script))
    local port = assert(tonumber(output:match("^(%d+)")))
    local gone = process.wait_until(function()
      local connection = socket.connect("127.0.0.1", port)
      if connection then connection:close() end
      return not connection
    end)
    assert.truthy(gone)
  end)

  it("ends at the end of its life at the latest", function()
    local api = server.start { lifetime = 0.2 }
    assert.equal("", api.link.output:read("*a"))
    assert.error_matches(function() api:seen() end, "does not answer")
    api:stop()
  end)

  it("tells on stop what went wrong and was not asked for", function()
    local api = server.start()
    local client = raw_client.connect(api.url)
    client:request("/unscripted")
    client:response()
    client:close()
    assert.error_matches(function() api:stop() end, "no answer is scripted for /unscripted")
    assert.falsy(is_running(api.pid))
  end)

  it("does not keep open what this process had open when it started", function()
    local api = server.start()
    api:answer { body = "x" }
    local client = raw_client.connect(api.url)
    local other = server.start()
    client:close()
    api:wait_closed()
    other:stop()
    api:stop()
  end)

  it("is not needed for addresses that refuse, or never answer", function()
    local _, why = socket.connect("127.0.0.1", tonumber(server.refusing_url():match("%d+$")))
    assert.equal("connection refused", why)
    local url, silence = server.silent_url()
    local client = socket.tcp()
    client:settimeout(0.1)
    _, why = client:connect("127.0.0.1", tonumber(url:match("%d+$")))
    assert.equal("timeout", why)
    client:close()
    silence:close()
  end)
end)
