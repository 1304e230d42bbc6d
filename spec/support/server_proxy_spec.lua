local mime = require "mime"
local once = require "spec.support.once"
local raw_client = require "spec.support.raw_client"
local server = require "spec.support.server"

if once.elsewhere then
  pending(once.elsewhere)
  return
end

describe("the scripted server's proxy", function()
  local api, client

  setup(function() api = server.start() end)
  teardown(function() api:stop() end)
  after_each(function()
    if client then client:close() end
    api:wait_closed()
  end)

  local function address(url)
    return url:match("//(.*)")
  end

  -- Sends a CONNECT on a new connection to a proxy; its status.
  local function connect(proxy, target, lines)
    client = raw_client.connect(proxy:gsub("//.*@", "//"))
    client:send(("CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n"):format(target, target, lines or ""))
    return (client:response())
  end

  it("is a tunnel to the server, and remembers what it was asked", function()
    api:answer { body = "through" }
    local target = address(api.url)
    assert.equal(200, connect(api:proxy_url(), target, "X-For: the proxy\r\n"))
    for _ = 1, 2 do
      client:request("/origin")
      local status, body = client:response()
      assert.same({ 200, "through" }, { status, body })
    end
    local seen = api:seen()
    assert.same({ 1, 2, 1, 1 }, { seen.connections, seen.request_count, seen.proxy.connections,
      seen.proxy.request_count })
    local asked = seen.proxy.requests[1]
    assert.same({ "CONNECT", target, "the proxy" },
      { asked.method, asked.target, asked.headers["x-for"] })
    assert.is_nil(seen.requests[1].headers["x-for"])
  end)

  it("hands on what it gets, whatever its size, in both directions", function()
    api:answer { repeat_body = { bytes = ("x"):rep(1000), times = 5000 } }
    connect(api:proxy_url(), address(api.url))
    local body = ("y"):rep(500000)
    client:send(("POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n"):format(#body) .. body)
    assert.equal(5000000, #select(2, client:response()))
    assert.equal(body, api:seen().requests[1].body)
  end)

  it("ends with either end", function()
    api:answer { body = "x", close = true }
    connect(api:proxy_url(), address(api.url))
    client:request("/")
    client:response()
    assert.equal("end", client:ending())
    connect(api:proxy_url(), address(api.url))
    client:close()
    api:wait_closed()
  end)

  it("asks for credentials when it has some", function()
    api:answer { body = "x" }
    local url = api:proxy_url("user", "p@ss:word")
    assert.equal("http://user:p%40ss%3Aword@", url:match("^.*@"))
    assert.equal(407, connect(url, address(api.url)))
    client:close()
    local right = "Proxy-Authorization: Basic " .. mime.b64("user:p@ss:word") .. "\r\n"
    assert.equal(200, connect(url, address(api.url), right))
    assert.equal(2, api:seen().proxy.request_count)
  end)

  it("does not leave this machine", function()
    api:answer { body = "x" }
    assert.equal(403, connect(api:proxy_url(), "192.0.2.1:443"))
    assert.equal("192.0.2.1:443", api:seen().proxy.requests[1].target)
  end)

  it("says so when the target refuses", function()
    api:answer { body = "x" }
    assert.equal(502, connect(api:proxy_url(), address(server.refusing_url())))
  end)

  it("answers from the script when it is asked in absolute form", function()
    api:answer { body = "absolute" }
    client = raw_client.connect(api:proxy_url())
    client:request("http://192.0.2.1/path", { "Proxy-Authorization: x" })
    assert.equal("absolute", (select(2, client:response())))
    local seen = api:seen()
    assert.same({ "http://192.0.2.1/path", "proxy", 0, 1 }, { seen.requests[1].target,
      seen.requests[1].listener, seen.connections, seen.proxy.request_count })
  end)

  it("answers what it is told to in place of being a proxy", function()
    api:answer { body = "x" }
    api:answer_proxy({ status = 503, body = "busy" }, { on_accept = "reset" }, { tunnel = true })
    assert.equal(503, connect(api:proxy_url(), address(api.url)))
    client:close()
    client = raw_client.connect(api:proxy_url())
    assert.equal("reset", client:ending())
    client:close()
    assert.equal(200, connect(api:proxy_url(), address(api.url)))
  end)
end)
