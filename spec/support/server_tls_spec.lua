local certificates = require "spec.support.certificates"
local once = require "spec.support.once"
local process = require "spec.support.process"
local raw_client = require "spec.support.raw_client"
local server = require "spec.support.server"

if once.elsewhere then
  pending(once.elsewhere)
  return
end

local REQUEST = "GET /tls HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

-- What openssl's client makes of one request: its output, with the answer in it.
local function openssl(url, options)
  return (process.run(("printf '%s' | openssl s_client -connect %s -CAfile %s %s"):format(
    REQUEST, url:match("//(.*)"), certificates.ca_file,
    options or "-quiet -ign_eof -verify_return_error -verify_ip 127.0.0.1")))
end

describe("the scripted server's TLS", function()
  local api

  setup(function() api = server.start() end)
  teardown(function()
    api:stop()
    certificates.remove()
  end)

  it("serves who trusts the root", function()
    api:answer { body = "over TLS" }
    assert.truthy(openssl(api:https("trusted")):find("over TLS", 1, true))
    local seen = api:seen()
    assert.equal("https:trusted", seen.requests[1].listener)
    assert.equal("1.3", seen.requests[1].tls.version)
    assert.same({ 1, 1, 0 }, { seen.connections, seen.request_count, seen.handshake_failures })
  end)

  it("serves who trusts the hashed directory", function()
    api:answer { body = "over TLS" }
    local output = openssl(api:https(), ("-quiet -ign_eof -verify_return_error -CApath %s"):format(
      process.quote(certificates.ca_path)))
    assert.truthy(output:find("over TLS", 1, true))
  end)

  it("keeps one port for one certificate", function()
    assert.equal(api:https("trusted"), api:https("trusted"))
    assert.not_equal(api:https("trusted"), api:https("expired"))
    assert.equal(api:https("trusted"):gsub("127.0.0.1", "localhost"),
      (api:https("trusted", { host = "localhost" })))
  end)

  it("remembers the name and the protocol that the client asked for", function()
    api:answer { body = "x" }
    openssl(api:https(), "-quiet -ign_eof -servername localhost -alpn h2,http/1.1")
    assert.same({ version = "1.3", server_name = "localhost", protocol = "http/1.1" },
      api:seen().requests[1].tls)
  end)

  local complaints = {
    expired = "certificate has expired",
    not_yet_valid = "certificate is not yet valid",
    self_signed = "self%-signed certificate",
    untrusted_root = "unable to get local issuer certificate",
    missing_intermediate = "unable to get local issuer certificate",
    wrong_host = "IP address mismatch",
    name_only = "IP address mismatch",
  }

  for name, complaint in pairs(complaints) do
    it("shows a certificate that is refused: " .. name, function()
      api:answer { body = "never" }
      local output = openssl(api:https(name))
      assert.truthy(output:find(complaint))
      assert.falsy(output:find("never", 1, true))
      local seen = api:wait_seen { handshake_failures = 1 }
      assert.same({ 0, 1 }, { seen.request_count, #seen.handshake_errors })
    end)
  end

  it("shows a certificate for the address alone", function()
    api:answer { body = "reached" }
    assert.truthy(openssl(api:https("address_only")):find("reached", 1, true))
    local by_name = "-quiet -ign_eof -verify_return_error -verify_hostname localhost"
    assert.truthy(openssl(api:https("address_only"), by_name):find("ostname mismatch", 1, true))
  end)

  it("knows no other certificates", function()
    assert.error_matches(function() api:https("golden") end, "no certificate is called golden")
  end)

  it("speaks only the version that it is told to", function()
    api:answer { body = "old" }
    local url = api:https("trusted", { tls_version = "1.1" })
    local old = "-quiet -ign_eof -tls1_1 -cipher ALL:@SECLEVEL=0"
    assert.truthy(openssl(url, old):find("old", 1, true))
    assert.equal("1.1", api:seen().requests[1].tls.version)
    assert.truthy(openssl(url, "-quiet -ign_eof -min_protocol TLSv1.2")
      :find("alert protocol version", 1, true))
    openssl(api:https("trusted", { tls_version = "1.2" }))
    assert.equal("1.2", api:seen().requests[2].tls.version)
  end)

  describe("in the middle of the handshake", function()
    local HELLO = "\22\3\1\0\100 the beginning of what could be a ClientHello"

    local function client_after(way)
      api:answer { tls = way }
      local client = raw_client.connect(api:https())
      client:send(HELLO)
      return client
    end

    it("closes, resets or answers with garbage", function()
      for way, ending in pairs { close = "end", reset = "reset", garbage = "bytes" } do
        local client = client_after(way)
        assert.equal(ending, client:ending())
        client:close()
      end
    end)

    it("falls silent", function()
      local client = client_after("stall")
      assert.truthy(client:is_silent(0.05))
      client:close()
      api:wait_closed()
    end)

    it("waits for the first bytes before that", function()
      api:answer { tls = "close" }
      local client = raw_client.connect(api:https())
      assert.truthy(client:is_silent(0.05))
      client:send(HELLO)
      assert.equal("end", client:ending())
      client:close()
    end)

    it("can end before it, too", function()
      api:answer { on_accept = "reset" }
      local client = raw_client.connect(api:https())
      assert.equal("reset", client:ending())
      client:close()
    end)
  end)

  it("counts who does not speak it", function()
    api:answer { body = "x" }
    local client = raw_client.connect(api:https())
    client:send(REQUEST)
    assert.equal(1, api:wait_seen({ handshake_failures = 1 }).handshake_failures)
    client:close()
  end)

  it("cuts and resets an answer like any other", function()
    api:answer({ body = "abcdef", cut_after = { body = 3 } },
      { body = "abcdef", reset_after = { body = 3 } })
    local cut, reset = openssl(api:https()), openssl(api:https())
    assert.truthy(cut:find("\r\n\r\nabc", 1, true) and not cut:find("abcd", 1, true))
    assert.truthy(cut:find("unexpected eof", 1, true))
    assert.truthy(reset:find("errno=104", 1, true))
  end)
end)

describe("the certificates of a process of its own", function()
  local function run(source)
    return (process.run("env -u SPEC_CERTIFICATES " .. (os.getenv("LUA") or "lua5.4") .. " -e "
      .. process.quote([[
        package.path = "./?.lua;" .. package.path
        local certificates = require "spec.support.certificates"
        ]] .. source)))
  end

  it("are made when they are asked for, and gone when they are removed", function()
    local output = run [[
      local path = certificates.pem("trusted")
      local function begins(file)
        return io.open(file):read("*a"):find("BEGIN CERTIFICATE") ~= nil
      end
      io.write(tostring(begins(path)), " ", tostring(begins(certificates.ca_file)), " ")
      certificates.remove()
      io.write(tostring(io.open(path) == nil))
    ]]
    assert.equal("true true true", output)
  end)

  it("are gone at the end of the process, too", function()
    local output = run [[
      io.write(certificates.directory)
      io.flush()
      os.execute("kill -9 $PPID")
    ]]
    local directory = output:match("^[%w/._-]+")
    local gone = process.wait_until(function() return not io.open(directory .. "/root.pem") end)
    assert.truthy(gone)
  end)
end)
