-- One attempt over TLS: whom it trusts, what it speaks, what it costs.

local certificates = require "spec.support.certificates"
local fixture = require "spec.support.fixture"
local nginx = require "spec.support.nginx"
local process = require "spec.support.process"
local process_info = require "spec.support.process_info"

local PROMPT = 5 -- seconds that nothing here should take, unless it hangs
local EARLY = 0.001 -- seconds; libcurl counts whole milliseconds

local ok = { json = fixture.envelope() }

local function trusting(more)
  local opts = { ca_file = certificates.ca_file }
  for name, value in pairs(more or {}) do opts[name] = value end
  return opts
end

-- One call to `url`, with a client of its own.
local function fetch(api, url, answer, opts)
  api:answer(answer)
  local client = fixture.client(url, opts)
  local participant, err, response = client:participant(fixture.ids())
  client:close()
  return participant, err, response
end

-- The same; has to succeed.
local function passes(api, url, opts)
  local participant, err, response = fetch(api, url, ok, opts)
  assert.is_nil(err)
  assert.equal(fixture.participant, participant.id)
  assert.equal(1, response.attempts)
  return response
end

-- The same; has to fail as `kind` at the first attempt, however many more there may be, without a
-- request. Returns err and failure.
local function fails(api, kind, url, answer, opts)
  opts = opts or {}
  if opts.max_retries == nil then opts.max_retries = 2 end
  local participant, err, failure = fetch(api, url, answer, opts)
  assert.is_nil(participant)
  assert.equal(kind, failure.kind)
  assert.equal(1, failure.attempts)
  assert.is_nil(failure.status)
  assert.is_true(failure.elapsed < PROMPT)
  local seen = api:seen()
  assert.equal(0, #seen.requests)
  assert.equal(1, seen.connections)
  return err, failure
end

-- Runs `run` with an empty folder.
local function with_folder(run)
  local directory, keeper = process.temporary_directory()
  local passed, message = pcall(run, directory)
  keeper:close()
  if not passed then error(message, 0) end
end

describe("transfer over TLS: a server", function()
  local api = fixture.server()

  for _, host in ipairs { "127.0.0.1", "localhost" } do
    local options = { host = host }

    it("is trusted by a root in ca_file: " .. host, function()
      passes(api, api:https("trusted", options), trusting())
      local request = api:seen().requests[1]
      assert.equal("https:trusted", request.listener)
      assert.equal("Bearer " .. fixture.token, request.headers.authorization)
    end)

    it("is trusted by a root in ca_path, a hashed folder: " .. host, function()
      passes(api, api:https("trusted", options), { ca_path = certificates.ca_path })
    end)

    it("is not trusted by the system's roots alone: " .. host, function()
      local err = fails(api, "tls", api:https("trusted", options), ok)
      assert.matches("^tls: .*certificate", err)
      assert.matches("ca_file", err, 1, true) -- what to do
      assert.matches("never switched off", err, 1, true)
    end)
  end

  it("is trusted for the names in its certificate alone", function()
    passes(api, api:https("name_only", { host = "localhost" }), trusting())
    passes(api, api:https("address_only", { host = "127.0.0.1" }), trusting())
    local advice = "check the host of base_url (or of proxy) against the names in the server's"
    local err = fails(api, "tls", api:https("name_only", { host = "127.0.0.1" }), ok, trusting())
    assert.matches(advice, err, 1, true)
    err = fails(api, "tls", api:https("address_only", { host = "localhost" }), ok, trusting())
    assert.matches(advice, err, 1, true)
  end)

  -- What libcurl says, and what this library adds: what to do about it.
  local refused = {
    wrong_host = { "name", "check the host of base_url (or of proxy) against the names" },
    expired = { "expired", "has to be renewed, or this machine's clock is wrong" },
    not_yet_valid = { "not yet valid", "check this machine's clock, then the server's" },
    self_signed = { "self%-signed", "a root of your own is named with ca_file or ca_path" },
    untrusted_root = { "issuer", "a root of your own is named with ca_file or ca_path" },
    missing_intermediate = { "issuer", "the server has to send its intermediate certificates" },
  }
  local function says(case, err)
    assert.matches("^tls: .*" .. case[1], err)
    assert.matches(case[2], err, 1, true)
    local named = case[2]:find("ca_file", 1, true) or case[2]:find("intermediate", 1, true)
    assert.equal(named ~= nil, err:find("ca_file", 1, true) ~= nil, err)
  end
  for certificate, case in pairs(refused) do
    it("is refused, whatever roots are added, and not asked again: " .. certificate, function()
      for _, trust in ipairs { "ca_file", "ca_path" } do
        says(case,
          fails(api, "tls", api:https(certificate), ok, { [trust] = certificates[trust] }))
      end
    end)

    it("is refused by the system's roots, too: " .. certificate, function()
      fails(api, "tls", api:https(certificate, { host = "localhost" }), ok)
    end)
  end

  it("with a certificate of its own making is trusted when that is named", function()
    passes(api, api:https("self_signed"), { ca_file = certificates.pem("self_signed") })
  end)

  it("is refused for the reason of this call, not of an earlier one", function()
    local client = fixture.client(api:https("expired"), trusting())
    api:answer(ok)
    for _, certificate in ipairs { "expired", "wrong_host", "untrusted_root", "wrong_host" } do
      local _, err = client:participant(fixture.ids {
        base_url = api:https(certificate) .. "/client/v4",
      })
      says(refused[certificate], err)
    end
  end)

  local root = "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n"
  for what, make in pairs {
    ["whose PEM is no certificate"] = function() return root:format("bm90IGEgY2VydGlmaWNhdGU=") end,
    ["whose PEM is no base64"] = function() return root:format("{}") end,
    ["that is cut short"] = function()
      return process.read_file(certificates.ca_file):sub(1, 200)
    end,
    ["that is good but for its end"] = function()
      return process.read_file(certificates.ca_file) .. root:format("bm90IGEgY2VydGlmaWNhdGU=")
    end,
  } do
    it("is not trusted by a ca_file " .. what .. ", and that is named", function()
      with_folder(function(directory)
        local path = directory .. "/bad.pem"
        process.write_file(path, make())
        local _, err, failure = fetch(api, api:https(), ok, { ca_file = path, max_retries = 2 })
        assert.equal("tls", failure.kind)
        assert.equal(1, failure.attempts)
        assert.matches(path, err, 1, true)
        assert.matches("check that ca_file and ca_path hold whole certificates", err, 1, true)
      end)
    end)
  end

  it("is trusted by a root that ca_file leads to by a link", function()
    with_folder(function(directory)
      process.check(("ln -s %s %s/link"):format(process.quote(certificates.ca_file), directory))
      passes(api, api:https(), { ca_file = directory .. "/link" })
    end)
  end)

  it("is trusted by roots of ca_file and of ca_path together", function()
    local other = certificates.pem("self_signed")
    passes(api, api:https("trusted"), { ca_file = other, ca_path = certificates.ca_path })
    passes(api, api:https("self_signed"), { ca_file = other, ca_path = certificates.ca_path })
    with_folder(function(empty)
      passes(api, api:https("trusted"), trusting { ca_path = empty })
    end)
  end)

  it("is trusted by the call's roots, not by those of an earlier call", function()
    local client = fixture.client(api:https("trusted"))
    api:answer { json = ok.json, close = true }
    assert(client:participant(fixture.ids(trusting())))
    local _, _, failure = client:participant(fixture.ids())
    assert.equal("tls", failure.kind)
    assert(client:participant(fixture.ids { ca_path = certificates.ca_path }))
  end)

  it("is not trusted on a connection that an earlier call's roots opened", function()
    local client = fixture.client(api:https("trusted"))
    api:answer(ok)
    assert(client:participant(fixture.ids(trusting())))
    local _, _, failure = client:participant(fixture.ids())
    assert.equal("tls", failure.kind)
    assert.equal(1, #api:seen().requests)
  end)
end)

describe("transfer over TLS: a proxy that is spoken to over TLS, too", function()
  local api = fixture.server()
  local password = "proxy-password-for-tests"

  local function through(proxy, opts)
    opts = trusting(opts)
    opts.proxy = proxy
    return fetch(api, api:https(), ok, opts)
  end

  it("is trusted by the roots of ca_file and of ca_path", function()
    local proxy = api:proxy_url("user", password, "trusted")
    for _, opts in ipairs { {}, { ca_path = certificates.ca_path },
      { ca_path = certificates.directory } } do
      local participant, err = through(proxy, opts)
      assert.is_nil(err)
      assert.equal(fixture.participant, participant.id)
      local seen = api:seen()
      assert.equal(1, seen.proxy.request_count)
      assert.is_nil(seen.proxy.requests[1].raw_head:find(fixture.token, 1, true))
      assert.is_nil(seen.requests[1].raw_head:find("Proxy", 1, true))
    end
    api:answer(ok)
    assert(fixture.client(api:https(), { ca_path = certificates.ca_path, proxy = proxy })
      :participant(fixture.ids()))
  end)

  it("and that no root vouches for is refused, and nothing reaches the server", function()
    for certificate, advice in pairs {
      untrusted_root = "a root of your own is named with ca_file or ca_path",
      self_signed = "a root of your own is named with ca_file or ca_path",
      expired = "has to be renewed, or this machine's clock is wrong",
      wrong_host = "check the host of base_url (or of proxy) against the names",
    } do
      local participant, err, failure =
        through(api:proxy_url("user", password, certificate), { max_retries = 2 })
      assert.is_nil(participant)
      assert.equal("tls", failure.kind)
      assert.equal(1, failure.attempts)
      assert.matches(advice, err, 1, true)
      assert.is_nil(err:find(password, 1, true))
      local seen = api:seen()
      assert.equal(0, seen.proxy.request_count)
      assert.equal(0, seen.connections)
    end
  end)
end)

describe("transfer over TLS: a handshake", function()
  local api = fixture.server()

  it("of TLS 1.0 or 1.1 is refused", function()
    for _, version in ipairs { "1.0", "1.1" } do
      local url = api:https("trusted", { tls_version = version })
      local err = fails(api, "tls", url, ok, trusting())
      assert.matches("TLS 1.2 is the least, and the server has to speak it", err, 1, true)
    end
  end)

  it("of TLS 1.0 or 1.1 is refused, also where the system's policy would let it pass", function()
    api:answer(ok)
    with_folder(function(directory)
      process.write_file(directory .. "/openssl.cnf", table.concat({
        "openssl_conf = all", "[all]", "ssl_conf = ssl", "[ssl]", "system_default = lax", "[lax]",
        "MinProtocol = TLSv1", "CipherString = DEFAULT@SECLEVEL=0", "",
      }, "\n"))
      for version, outcome in pairs { ["1.0"] = "tls", ["1.1"] = "tls", ["1.2"] = "ok" } do
        local output = fixture.run(([[
          local fixture = require "spec.support.fixture"
          local client = fixture.client(%q, { ca_file = %q })
          local _, _, failure = client:participant(fixture.ids())
          io.write(failure.kind or "ok")
        ]]):format(api:https("trusted", { tls_version = version }), certificates.ca_file),
          { OPENSSL_CONF = directory .. "/openssl.cnf" })
        assert.equal(outcome, output)
      end
    end)
  end)

  it("of TLS 1.2 is accepted", function()
    passes(api, api:https("trusted", { tls_version = "1.2" }), trusting())
    assert.equal("1.2", api:seen().requests[1].tls.version)
  end)

  it("is of TLS 1.3 where the server has that", function()
    passes(api, api:https(), trusting())
    assert.equal("1.3", api:seen().requests[1].tls.version)
  end)

  it("names the host that is asked for", function()
    passes(api, api:https("trusted", { host = "localhost" }), trusting())
    assert.equal("localhost", api:seen().requests[1].tls.server_name)
  end)

  local endings = {
    close = "closed within the handshake: look at proxies and firewalls between",
    reset = "reset within the handshake: look at proxies and firewalls between",
    garbage = "that is no TLS: check base_url's host and port",
  }
  for way, advice in pairs(endings) do
    it("that the server ends is a tls failure: " .. way, function()
      local err = fails(api, "tls", api:https(), { tls = way }, trusting())
      assert.matches(advice, err, 1, true)
    end)
  end

  it("with a server that speaks plain http is a tls failure", function()
    -- What such a server says to a handshake; it says so when the client hangs up at the latest.
    local _, failure = fails(api, "tls", api:https(), { on_accept = "garbage" }, trusting())
    assert.is_nil(failure.http_version)
  end)

  it("with the port of a plain http server is a tls failure, and its answer nobody's", function()
    local url = api.url:gsub("^http:", "https:")
    api:answer(ok)
    local _, err, failure = fixture.client(url, trusting { max_retries = 2 })
      :participant(fixture.ids())
    assert.equal("tls", failure.kind)
    assert.equal(1, failure.attempts)
    assert.is_nil(failure.status)
    assert.is_nil(failure.body)
    assert.matches("that is no TLS: check base_url's host and port", err, 1, true)
    local seen = api:seen()
    assert.equal(1, seen.connections)
    for _, request in ipairs(seen.requests) do
      assert.is_nil(request.raw_head:find(fixture.token, 1, true))
    end
  end)

  for what, answer in pairs {
    ["before a byte of the server's"] = { on_accept = "stall" },
    ["after the client's hello"] = { tls = "stall" },
  } do
    it("that stalls ends at connect_timeout: " .. what, function()
      local err, failure = fails(api, "timeout", api:https(), answer,
        trusting { connect_timeout = 0.2, max_retries = 0 })
      assert.is_true(failure.elapsed >= 0.2 - EARLY)
      assert.matches("within 0.2 s (option connect_timeout)", err, 1, true)
    end)

    it("that stalls ends at timeout where that is shorter: " .. what, function()
      local err, failure = fails(api, "timeout", api:https(), answer,
        trusting { connect_timeout = 4, timeout = 0.2, max_retries = 0 })
      assert.is_true(failure.elapsed >= 0.2 - EARLY)
      assert.matches("within 0.2 s (option timeout)", err, 1, true)
    end)
  end
end)

describe("transfer over TLS: an answer", function()
  local api = fixture.server()

  local function cut(answer, opts)
    return fetch(api, api:https("trusted", { tls_version = "1.2" }), answer, trusting(opts))
  end

  for what, answer in pairs {
    ["closed without an answer"] = { cut_after = 0 },
    ["closed in the header"] = { cut_after = 30, json = ok.json },
    ["closed in the body"] = { cut_after = { body = 10 }, json = ok.json },
    ["reset in the body"] = { reset_after = { body = 10 }, json = ok.json },
    ["reset without an answer"] = { reset_after = 0 },
  } do
    it("that is lost is a connection failure, as without TLS: " .. what, function()
      local _, _, failure = cut(answer)
      assert.equal("connection", failure.kind)
    end)
  end

  it("that is lost is asked for again, as without TLS", function()
    api:answer({ cut_after = { body = 10 }, json = ok.json }, ok)
    local client = fixture.client(api:https("trusted", { tls_version = "1.2" }),
      trusting { max_retries = 1 })
    local participant, _, response = client:participant(fixture.ids())
    assert.equal(fixture.participant, participant.id)
    assert.equal(2, response.attempts)
  end)

  it("that stalls ends at timeout, not at connect_timeout", function()
    local _, err, failure = cut({ stall_after = { body = 10 }, json = ok.json },
      { timeout = 0.3, connect_timeout = 0.2 })
    assert.equal("timeout", failure.kind)
    assert.is_true(failure.elapsed >= 0.3 - EARLY)
    assert.matches("within 0.3 s (option timeout)", err, 1, true)
  end)

  it("that redirects to plain http is not followed", function()
    local _, _, failure = cut { status = 301, headers = { "Location: " .. api.url .. "/x" } }
    assert.equal("http_error", failure.kind)
    assert.equal(1, #api:seen().requests)
  end)
end)

describe("transfer over TLS: the version of HTTP", function()
  local api = fixture.server()
  local both -- an nginx that speaks HTTP/1.1 and HTTP/2

  lazy_setup(function() both = nginx.start { echo = true } end)
  lazy_teardown(function() both:stop() end)

  -- The response to one call, and nginx's record of the request, which is its last.
  local function call(opts)
    local before = #both:requests()
    local client = fixture.client(both.url, trusting(opts))
    local participant, err, response = client:participant(fixture.ids())
    client:close()
    assert.is_nil(err)
    assert.equal(fixture.participant, participant.id)
    local requests = both:wait_requests(before + 1)
    return response, requests[#requests]
  end

  it("is 1.1 by default, also with a server that has 2", function()
    local response, request = call()
    assert.equal("1.1", response.http_version)
    assert.equal("HTTP/1.1", request.protocol)
  end)

  it("is 1.1 where that is asked for", function()
    local response, request = call { http_version = "1.1" }
    assert.equal("1.1", response.http_version)
    assert.equal("HTTP/1.1", request.protocol)
  end)

  it("is 2 where that is asked for, with the same path and credentials", function()
    local response, request = call { http_version = "2", include_peer_events = true }
    assert.equal("2", response.http_version)
    assert.equal(200, response.status)
    assert.equal("application/json", response.headers["content-type"])
    assert.equal("HTTP/2.0", request.protocol)
    assert.equal("GET", request.method)
    assert.equal("/client/v4" .. fixture.path .. "?include_peer_events=true", request.target)
    assert.equal("Bearer " .. fixture.token, request.authorization)
  end)

  it("2 keeps one connection for all calls in a row", function()
    local before = #both:requests()
    local client = fixture.client(both.url, trusting { http_version = "2" })
    for _ = 1, 50 do assert(client:participant(fixture.ids())) end
    client:close()
    local requests = both:wait_requests(before + 50)
    assert.equal(requests[before + 1].connection, requests[before + 50].connection)
    assert.equal(50, requests[before + 50].number)
  end)

  it("2 falls back to 1.1 where the server has no 2", function()
    local one = nginx.start { echo = true, http2 = false }
    local participant, err, response = fixture.client(one.url, trusting { http_version = "2" })
      :participant(fixture.ids())
    local requests = one:wait_requests(1)
    one:stop()
    assert.is_nil(err)
    assert.equal(fixture.participant, participant.id)
    assert.equal("1.1", response.http_version)
    assert.equal("HTTP/1.1", requests[1].protocol)
  end)

  it("2 falls back to 1.1 where the server chooses that", function()
    local response = passes(api, api:https(), trusting { http_version = "2" })
    assert.equal("1.1", response.http_version)
    assert.equal("http/1.1", api:seen().requests[1].tls.protocol)
  end)

  it("may be another for each call of one client", function()
    local client = fixture.client(both.url, trusting())
    for _, version in ipairs { "1.1", "2", "1.1", "2" } do
      local _, err, response = client:participant(fixture.ids { http_version = version })
      assert.is_nil(err)
      assert.equal(version, response.http_version)
    end
    client:close()
  end)

  it("2 does not change what a failure is", function()
    local plain = nginx.start { body = "this is not JSON" }
    local _, _, failure = fixture.client(plain.url, trusting { http_version = "2" })
      :participant(fixture.ids())
    plain:stop()
    assert.equal("bad_response", failure.kind)
    assert.equal("2", failure.http_version)
    assert.equal("this is not JSON", failure.body)
  end)
end)

--[[
What a new connection costs: libcurl, left to itself, parses the system's bundle of some 140 roots
for each (25 ms of CPU) as soon as it has a folder of them, too. Parsing is reading, and the system
counts what a process reads from files, to the byte. So no clock is needed.
]]
describe("transfer over TLS: a new connection", function()
  local api = fixture.server()
  local bundle = "/etc/ssl/certs/ca-certificates.crt"
  local CONNECTIONS = 10

  local function size_of(path)
    local file = io.open(path, "rb")
    if not file then return nil end
    local size = file:seek("end")
    file:close()
    return size
  end

  -- Bytes read from files by ten calls of one client, each on a connection of its own.
  local function bytes_read(certificate, opts)
    local size = size_of(bundle)
    if not size then pending("no bundle of roots at " .. bundle) end
    if not process_info.bytes_read() then pending("no /proc here to say what was read") end
    api:answer { json = ok.json, close = true }
    local client = fixture.client(api:https(certificate, { tls_version = "1.2" }), opts)
    local before = process_info.bytes_read()
    for _ = 1, CONNECTIONS do client:participant(fixture.ids()) end
    local after = process_info.bytes_read()
    client:close()
    api:wait_seen { connections = CONNECTIONS }
    return after - before, size
  end

  it("does not read the system's bundle again: with no roots added", function()
    local read, size = bytes_read("trusted", {})
    assert.is_true(read < 2 * size, read .. " bytes were read")
  end)

  it("does not read the system's bundle again: with ca_file", function()
    local read, size = bytes_read("trusted", trusting())
    assert.equal(CONNECTIONS, #api:seen().requests)
    assert.is_true(read < 2 * size, read .. " bytes were read")
  end)

  it("does not read the system's bundle again: with ca_path", function()
    local read, size = bytes_read("trusted", { ca_path = certificates.ca_path })
    assert.equal(CONNECTIONS, #api:seen().requests)
    assert.is_true(read < 2 * size, read .. " bytes were read")
  end)

  it("that does is seen by this measure", function()
    local read, size = bytes_read("trusted", { ca_file = bundle, ca_path = certificates.ca_path })
    assert.equal(CONNECTIONS, #api:seen().requests)
    assert.is_true(read > CONNECTIONS * size, read .. " bytes were read")
  end)
end)

--[[
The system's roots are where libcurl was told when it was built. A namespace of its own lets a child
process see others there, without being root; not every system allows that.
]]
describe("transfer over TLS: the system's roots", function()
  local api = fixture.server()
  local place = "/etc/ssl/certs"

  local function quoted(...)
    local words = { ... }
    for i, word in ipairs(words) do words[i] = process.quote(word) end
    return table.concat(words, " ")
  end

  local function can_replace(folder)
    local _, status = process.run(([[
      [ -e %s/ca-certificates.crt ] && unshare -rm mount --bind %s
    ]]):format(place, quoted(folder, place)))
    return status == 0
  end

  -- Runs Lua source where `folder` is the system's folder of roots. Returns what it writes.
  local function run_with(folder, source)
    if not can_replace(folder) then
      pending("no namespace can be made here, or libcurl's roots are not in " .. place)
    end
    local script = ('mount --bind "$1" %s && exec $2 -e "$3"'):format(place)
    return process.check("unset https_proxy HTTPS_PROXY all_proxy ALL_PROXY; unshare -rm bash -c "
      .. quoted(script, "bash", folder, process.lua, source))
  end

  -- What calls to `url` come to there, one for each set of options.
  local function outcomes(folder, url, list)
    local source = { 'local fixture = require "spec.support.fixture"' }
    for _, opts in ipairs(list) do
      source[#source + 1] = ([[
        print(select(3, fixture.client(%q, { %s }):participant(fixture.ids())).kind or "ok")
      ]]):format(url, opts)
    end
    return run_with(folder, table.concat(source, "\n"))
  end

  local folders = {
    ["a hashed folder"] = function() return certificates.ca_path end,
    ["a bundle alone"] = function(directory)
      process.write_file(directory .. "/ca-certificates.crt",
        process.read_file(certificates.ca_file))
      return directory
    end,
  }
  for what, make in pairs(folders) do
    it("are trusted without any option: " .. what, function()
      with_folder(function(directory)
        api:answer(ok)
        local folder = make(directory)
        assert.equal("ok\n", outcomes(folder, api:https("trusted"), { "" }))
        assert.equal("tls\n", outcomes(folder, api:https("untrusted_root"), { "" }))
        assert.equal("tls\n", outcomes(folder, api:https("wrong_host"), { "" }))
      end)
    end)

    it("are trusted beside those of ca_file and ca_path: " .. what, function()
      with_folder(function(directory)
        api:answer(ok)
        local file = ("ca_file = %q"):format(certificates.pem("self_signed"))
        local path = ("ca_path = %q"):format(certificates.directory)
        assert.equal("ok\nok\nok\n", outcomes(make(directory), api:https("trusted"),
          { file, path, file .. ", " .. path }))
      end)
    end)
  end

  it("in a bundle are read once, not for every connection", function()
    if not process_info.bytes_read() then pending("no /proc here to say what was read") end
    local system = place .. "/ca-certificates.crt"
    local present, text = pcall(process.read_file, system)
    if not present then pending("no bundle of roots at " .. system) end
    with_folder(function(directory)
      process.write_file(directory .. "/ca-certificates.crt",
        text .. process.read_file(certificates.ca_file))
      api:answer { json = ok.json, close = true }
      local output = run_with(directory, ([[
        local fixture = require "spec.support.fixture"
        local process_info = require "spec.support.process_info"
        local client = fixture.client(%q)
        local before = process_info.bytes_read()
        for _ = 1, 10 do assert(client:participant(fixture.ids())) end
        print(process_info.bytes_read() - before)
      ]]):format(api:https("trusted", { tls_version = "1.2" })))
      assert.equal(10, api:seen().connections)
      assert.is_true(tonumber(output) < 2 * #text, output)
    end)
  end)
end)
