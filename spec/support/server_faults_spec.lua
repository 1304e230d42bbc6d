local once = require "spec.support.once"
local raw_client = require "spec.support.raw_client"
local server = require "spec.support.server"
local socket = require "socket"

if once.elsewhere then
  pending(once.elsewhere)
  return
end

local MIB = 1048576

describe("the scripted server's faults:", function()
  local api, client

  setup(function() api = server.start() end)
  teardown(function() api:stop() end)
  after_each(function()
    if client then client:close() end
    api:wait_closed()
  end)

  -- Sends one request to a server that has this script.
  local function ask(...)
    api:answer(...)
    client = raw_client.connect(api.url)
    client:request("/")
    return client
  end

  -- Seconds that `run` takes.
  local function time(run)
    local start = socket.gettime()
    run()
    return socket.gettime() - start
  end

  describe("time", function()
    it("passes before a delayed answer", function()
      api:answer { delay = 0.1, body = "x" }
      client = raw_client.connect(api.url)
      assert.truthy(time(function()
        client:request("/")
        client:response()
      end) >= 0.1)
    end)

    it("passes between a head and a delayed body", function()
      api:answer { delay_after_head = 0.1, body = "x" }
      client = raw_client.connect(api.url)
      assert.truthy(time(function()
        client:request("/")
        client:head()
        client:take(1)
      end) >= 0.1)
    end)

    it("passes between the drops of a drip, which all arrive", function()
      api:answer { drip = { bytes = 8, every = 0.01 }, body = ("x"):rep(80) }
      client = raw_client.connect(api.url)
      assert.truthy(time(function()
        client:request("/")
        client:response()
      end) >= 0.1)
      client:request("/")
      assert.equal(200, (client:response()))
    end)

    it("brings a drip in drops", function()
      ask { raw = ("x"):rep(64), drip = { bytes = 1, every = 0.005 } }
      local drops = 0
      client.socket:settimeout(0)
      local got = 0
      while got < 64 do
        assert.falsy(client:is_silent(10))
        local bytes, _, partial = client.socket:receive(64 - got)
        got = got + #(bytes or partial)
        drops = drops + 1
      end
      assert.truthy(drops > 4)
    end)

    it("does not pass for a client that hangs up while it is delayed", function()
      ask { delay = 20 }
      api:wait_seen(1)
      client:close()
      api:wait_closed(5)
    end)
  end)

  describe("a held answer", function()
    it("waits for its release, with all others that are held", function()
      ask { hold = true, body = "x" }
      local other = raw_client.connect(api.url)
      other:request("/")
      api:wait_seen(2)
      assert.truthy(client:is_silent(0.05) and other:is_silent(0))
      assert.equal(2, api:release())
      assert.same({ 200, 200 }, { (client:response()), (other:response()) })
      other:close()
    end)

    it("is held again after a release", function()
      ask { hold = true, body = "x" }
      api:wait_seen(1)
      api:release()
      client:response()
      client:request("/")
      api:wait_seen(2)
      assert.truthy(client:is_silent(0.05))
      assert.equal(1, api:release())
      client:response()
    end)

    it("survives a change of script", function()
      ask { hold = true, body = "old" }
      api:wait_seen(1)
      api:answer { body = "new" }
      api:release()
      assert.equal("old", (select(2, client:response())))
    end)

    it("is given up when the client hangs up", function()
      ask { hold = true, body = "x" }
      api:wait_seen(1)
      client:close()
      api:wait_closed()
      assert.equal(0, api:release())
    end)
  end)

  describe("an answer that stops", function()
    it("is a prefix and then silence, on an open connection", function()
      ask { body = "hello", stall_after = 20 }
      assert.equal("HTTP/1.1 200 OK\r\nCon", client:take(20))
      assert.truthy(client:is_silent(0.05))
      assert.equal(1, api:seen().open)
    end)

    it("is silence from the start after no bytes at all", function()
      ask { body = "hello", stall_after = 0 }
      api:wait_seen(1)
      assert.truthy(client:is_silent(0.05))
    end)

    it("is a prefix and then an orderly end when it is cut", function()
      ask { body = "hello", cut_after = 20 }
      assert.equal("HTTP/1.1 200 OK\r\nCon", client:take(20))
      assert.equal("end", client:ending())
    end)

    it("is a prefix and then a reset", function()
      ask { body = "hello", reset_after = 20 }
      assert.equal("HTTP/1.1 200 OK\r\nCon", client:take(20))
      assert.equal("reset", client:ending())
    end)

    it("is a reset at once after no bytes at all", function()
      ask { body = "hello", reset_after = 0 }
      assert.equal("reset", client:ending())
    end)

    it("can be told to stop so far into its body", function()
      for _, way in ipairs { "cut_after", "reset_after" } do
        ask { informational = { "HTTP/1.1 103 Early Hints\r\n\r\n" }, body = "hello",
          [way] = { body = 2 } }
        client:head()
        client:head()
        assert.equal("he", client:take(2))
        assert.equal(way == "cut_after" and "end" or "reset", client:ending())
        client:close()
      end
    end)

    it("can be told to stop after the head of raw bytes", function()
      ask { raw = "HTTP/1.1 200 OK\r\nA: b\r\n\r\nhello", cut_after = { body = 0 } }
      assert.equal("HTTP/1.1 200 OK\r\nA: b\r\n\r\n", client:rest())
    end)

    it("stops when all is sent, where that comes first", function()
      ask { raw = "short", cut_after = 100 }
      assert.equal("short", client:rest())
      assert.equal("end", client:ending())
    end)

    it("stops within what is repeated", function()
      ask { repeat_body = { bytes = "abc", times = 100000 }, cut_after = { body = 200002 } }
      client:head()
      assert.equal(("abc"):rep(66667) .. "a", client:rest())
    end)
  end)

  describe("an endless answer", function()
    local function beginning(answer)
      ask(answer)
      local bytes = client:take(MIB)
      client:close()
      api:wait_closed()
      return bytes
    end

    it("has a header line that never ends", function()
      local bytes = beginning { endless = "header", body = "x" }
      assert.truthy(bytes:find("\r\nX%-Endless: a+$"))
    end)

    it("has header lines without end", function()
      local bytes = beginning { endless = "headers", body = "x" }
      assert.falsy(bytes:find("\r\n\r\n", 1, true))
      assert.truthy(select(2, bytes:gsub("\r\nX%-Endless: a", "")) > 60000)
    end)

    it("has a body without end, chunked or not, of given bytes", function()
      assert.truthy(beginning({ endless = "body" }):find("\r\n\r\nx+$"))
      local bytes = beginning { endless = "body", chunked = true, repeat_body = { bytes = "[[",
        times = 1 } }
      assert.equal(("2\r\n[[\r\n"):rep(10), bytes:match("\r\n\r\n(.*)$"):sub(1, 70))
    end)

    it("has informational heads without end", function()
      local bytes = beginning { endless = "informational" }
      assert.falsy(bytes:find("200 OK", 1, true))
    end)

    it("ends after 64 MiB all the same", function()
      ask { endless = "body" }
      local count = 0
      repeat
        local bytes, _, partial = client.socket:receive(MIB)
        count = count + #(bytes or partial)
      until not bytes
      assert.equal(64 * MIB, count)
    end)
  end)

  describe("a new connection", function()
    it("is closed before anything is read, and the next one answered", function()
      api:answer({ on_accept = "close" }, { body = "x" })
      client = raw_client.connect(api.url)
      assert.equal("end", client:ending())
      client:close()
      client = raw_client.connect(api.url)
      client:request("/")
      assert.equal(200, (client:response()))
      local seen = api:seen()
      assert.same({ 2, 1 }, { seen.connections, seen.request_count })
    end)

    it("is closed in order although the client has sent its request", function()
      ask { on_accept = "close" }
      assert.equal("end", client:ending())
      assert.equal(0, api:seen().request_count)
    end)

    it("is reset", function()
      api:answer { on_accept = "reset" }
      client = raw_client.connect(api.url)
      assert.equal("reset", client:ending())
    end)

    it("is met with silence", function()
      ask { on_accept = "stall" }
      api:wait_seen { connections = 1 }
      assert.truthy(client:is_silent(0.05))
    end)

    it("is met with garbage", function()
      ask { on_accept = "garbage" }
      assert.equal("\0\1\2\255", client:rest():sub(1, 4))
    end)
  end)
end)
