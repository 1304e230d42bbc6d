local certificates = require "spec.support.certificates"
local nginx = require "spec.support.nginx"
local once = require "spec.support.once"
local process = require "spec.support.process"

if once.elsewhere then
  pending(once.elsewhere)
  return
end

-- The smallest HTTP/2 client: a preface, empty settings, and GET / in headers that are all in the
-- static table but one.
local function http2_request(authority)
  local block = "\130\135\132\65" .. string.char(#authority) .. authority
  return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" .. "\0\0\0\4\0\0\0\0\0"
    .. "\0\0" .. string.char(#block) .. "\1\5\0\0\0\1" .. block
end

local function get(url, target, options)
  local request = ("GET %s HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n"):format(target)
  return (process.run(("printf '%s' | openssl s_client -connect %s -CAfile %s -quiet -ign_eof %s")
    :format(request, url:match("//(.*)"), certificates.ca_file, options or "")))
end

describe("nginx", function()
  local upstream

  after_each(function()
    if upstream then upstream:stop() end
    upstream = nil
  end)

  teardown(function() certificates.remove() end)

  it("gives every path its JSON, and tells what it was asked", function()
    upstream = nginx.start { body = '{"a":1}' }
    for _, target in ipairs { "/one?x=y", "/two/three" } do
      local output = get(upstream.url, target, "-verify_return_error -verify_ip 127.0.0.1")
      assert.truthy(output:find('{"a":1}', 1, true))
      assert.truthy(output:find("Content-Type: application/json", 1, true))
    end
    local requests = upstream:wait_requests(2)
    assert.same({ "HTTP/1.1", "/one?x=y", 200, 1, "TLSv1.3" }, { requests[1].protocol,
      requests[1].target, requests[1].status, requests[1].number, requests[1].tls })
    assert.equal("/two/three", requests[2].target)
    assert.equal(2, nginx.connections(requests))
  end)

  it("speaks HTTP/2", function()
    upstream = nginx.start { body = '{"a":1}' }
    local authority = upstream.url:match("//(.*)")
    local client = io.popen(("exec openssl s_client -connect %s -alpn h2 -quiet >/dev/null 2>&1")
      :format(authority), "w")
    client:write(http2_request(authority))
    client:flush()
    local requests = upstream:wait_requests(1)
    upstream:stop() -- which ends the client
    client:close()
    assert.same({ "HTTP/2.0", "/" }, { requests[1].protocol, requests[1].target })
  end)

  it("offers HTTP/1.1 alone when it is told to", function()
    upstream = nginx.start { http2 = false }
    local output = process.run(("openssl s_client -connect %s -alpn h2,http/1.1 </dev/null")
      :format(upstream.url:match("//(.*)")))
    assert.truthy(output:find("ALPN protocol: http/1.1", 1, true))
  end)

  it("gives back the id that the path ends in", function()
    upstream = nginx.start { echo = true }
    local output = get(upstream.url, "/participants/some-id?filters=events")
    assert.truthy(output:find('"participant":{"id":"some-id"}', 1, true))
  end)

  it("says what is missing when requests are waited for in vain", function()
    upstream = nginx.start {}
    assert.error_matches(function() upstream:wait_requests(1, 0.02) end,
      "0 of 1 requests were seen")
  end)

  it("leaves nothing behind when it is stopped, which can be done twice", function()
    upstream = nginx.start {}
    local pid = process.read_file(upstream.directory .. "/nginx.pid")
    upstream:stop()
    upstream:stop()
    assert.not_equal(0, select(2, process.run("kill -0 " .. pid)))
    assert.falsy(io.open(upstream.directory .. "/nginx.conf"))
  end)

  it("ends when the process of the test dies", function()
    local output = process.run((os.getenv("LUA") or "lua5.4") .. " -e " .. process.quote([[
      package.path = "./?.lua;" .. package.path
      io.write(require "spec.support.nginx".start().directory)
      io.flush()
      os.execute("kill -9 $PPID")]]))
    local directory = output:match("^[%w/._-]+")
    assert.truthy(process.wait_until(function()
      return select(2, process.run("test -e " .. directory)) ~= 0
    end))
  end)
end)
