-- What is fit to be sent and what is not; header lines, credentials, proxies, as the server and the
-- proxy see them.

local certificates = require "spec.support.certificates"
local fixture = require "spec.support.fixture"
local process = require "spec.support.process"
local realtimekit = require "realtimekit"

local ok = { json = fixture.envelope() }

-- Whether any string in `value`, at any depth, has `text` in it.
local function holds(value, text)
  if type(value) == "string" then return value:find(text, 1, true) ~= nil end
  if type(value) ~= "table" then return false end
  for key, element in pairs(value) do
    if holds(key, text) or holds(element, text) then return true end
  end
  return false
end

-- A refusal that is complete in itself: its kind, no attempt, and `err` begins as expected.
local function assert_refusal(complaint, participant, err, failure)
  assert.is_nil(participant)
  assert.equal("invalid_request", failure.kind)
  assert.equal("invalid_request: ", err:sub(1, 17))
  assert.matches(complaint, err, 1, true)
  assert.is_nil(err:find("%c"))
  assert.is_nil(failure.status)
  assert.equal(0, failure.attempts)
  assert.same({}, failure.errors)
end

describe("wire: nothing is sent", function()
  local api = fixture.server()

  before_each(function() api:answer(ok) end)

  -- With the options in a client and in a call. Returns what the first of them came to.
  local function refuses(opts, complaint)
    local with_option = fixture.options(api.url, opts)
    -- A token beside them would win, and nothing be wrong.
    if opts.api_email or opts.api_key or opts.user_service_key then with_option.api_token = nil end
    local client = realtimekit.new(with_option)
    local participant, err, failure = client:participant(fixture.ids())
    assert_refusal(complaint, participant, err, failure)
    assert_refusal(complaint, fixture.client(api.url):participant(fixture.ids(opts)))
    local seen = api:seen()
    assert.equal(0, seen.request_count)
    assert.equal(0, seen.connections)
    assert.equal(0, seen.proxy.connections)
    return { err, failure }
  end

  it("of an option that is too long, and the bound is named", function()
    local long = ("x"):rep(2 ^ 21)
    for name, bound in pairs { api_token = 8192, user_service_key = 8192, user_agent = 1024,
      account_id = 255 } do
      refuses({ [name] = long }, ("%s is longer than %d bytes"):format(name, bound))
      refuses({ [name] = ("x"):rep(bound + 1) },
        ("%s is longer than %d bytes"):format(name, bound))
    end
    refuses({ api_email = long, api_key = "key" }, "api_email is longer than 8192 bytes")
    refuses({ api_email = "a@b.c", api_key = long }, "api_key is longer than 8192 bytes")
    refuses({ base_url = "https://localhost/" .. long }, "base_url is longer than 2048 bytes")
    refuses({ proxy = "http://localhost/" .. long }, "proxy is longer than 2048 bytes")
    refuses({ ca_file = long }, "ca_file is not a file that can be read")
    refuses({ ca_path = long }, "ca_path is not a folder")
    local complaint = "headers come to more than 16384 bytes"
    refuses({ headers = { A = ("x"):rep(16384) } }, complaint)
    refuses({ headers = { [long] = "x" } }, complaint)
    refuses({ headers = { [long] = false } }, complaint)
    refuses({ headers = { A = ("x"):rep(8192), B = ("x"):rep(8192) } }, complaint)
  end)

  -- ==== credentials ====

  it("without credentials", function()
    local output = fixture.run(([[
      local _, err, failure = require("realtimekit").participant("a", "b", "c", {
        account_id = "abc", base_url = %q,
      })
      print(failure.kind, failure.attempts == 0, err)
    ]]):format(api.url))
    assert.equal("invalid_request\ttrue\tinvalid_request: no credentials: set api_token (or "
      .. "CLOUDFLARE_API_TOKEN), or api_email and api_key\n", output)
    assert.equal(0, api:seen().connections)
  end)

  it("with half a pair", function()
    refuses({ api_email = "a@example.com" }, "api_email is half of a pair")
    refuses({ api_key = "key" }, "api_key is half of a pair")
  end)

  local spoilt = {
    ["a CR"] = "hunter2\rX: y", ["a LF"] = "hunter2\nX: y", ["a CR LF"] = "hunter2\r\nX: y",
    ["a LF at its end"] = "hunter2\n", ["a NUL byte"] = "hunter2\0", ["a space"] = "hunter2 x",
    ["a space before it"] = " hunter2", ["a tab"] = "hunter2\tx", ["a DEL"] = "hunter2\127",
    ["an escape"] = "\27hunter2",
  }
  local pair = { api_email = "a@example.com", api_key = "key" }
  for _, name in ipairs { "api_token", "api_email", "api_key", "user_service_key" } do
    local function credentials(value)
      local opts = {}
      if pair[name] then opts.api_email, opts.api_key = pair.api_email, pair.api_key end
      opts[name] = value
      return opts
    end

    for what, value in pairs(spoilt) do
      it(("with %s that has %s, which is not quoted"):format(name, what), function()
        assert.is_false(holds(refuses(credentials(value),
          name .. " has a space, a line break or another control character"), "hunter2"))
      end)
    end

    it(("with %s that is empty"):format(name), function()
      refuses(credentials "", name .. " is empty")
    end)
  end

  -- ==== headers ====

  local bad_names = {
    "", " ", "X A", "X-A ", " X-A", "X-A:", "X:A", "X\nA", "X-A\r\n", "X\0A", "X\tA", "X-A\127",
    "X(A)", "X/A", "X@A", "X[A]", "X{A}", 'X"A"', "X,A", "X;A", "X=A", "X?A", "X\\A", "X<A>",
    "Ünï", "X-A\128",
  }
  for _, name in ipairs(bad_names) do
    it(("with a header name like %q"):format(name), function()
      refuses({ headers = { [name] = "hunter2" } }, "headers: '...' is not a header name")
      refuses({ headers = { [name] = false } }, "headers: '...' is not a header name")
    end)
  end

  for _, value in ipairs { "hunter2\r", "hunter2\n", "hunter2\r\nX-B: 1", "\nhunter2", "hunter2\0",
    "hunter2\127", "\27[31mhunter2" } do
    it(("with a header value like %q, which is not quoted"):format(value), function()
      assert.is_false(holds(refuses({ headers = { ["X-A"] = value } },
        "headers: 'X-A' has a value with a control character"), "hunter2"))
    end)
  end

  it("with two spellings of one header", function()
    local complaint = "headers: one name is spelt in two ways"
    refuses({ headers = { ["X-A"] = "1", ["x-a"] = "2" } }, complaint)
    refuses({ headers = { ["X-A"] = "1", ["X-a"] = "1" } }, complaint)
    refuses({ headers = { ["X-A"] = "1", ["x-A"] = false } }, complaint)
    refuses({ headers = { accept = "a/b", Accept = false } }, complaint)
  end)

  for _, name in ipairs { "Authorization", "X-Auth-Email", "X-Auth-Key", "X-Auth-User-Service-Key",
    "Proxy-Authorization" } do
    it("with a header that is the credentials' own: " .. name, function()
      for _, spelling in ipairs { name, name:lower(), name:upper() } do
        local complaint = ("headers: '%s' is a credentials' header"):format(spelling)
        refuses({ headers = { [spelling] = "x" } }, complaint)
        refuses({ headers = { [spelling] = false } }, complaint)
      end
    end)
  end

  for _, name in ipairs { "Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade",
    "TE", "Trailer", "Expect", "Keep-Alive", "Proxy-Connection", "HTTP2-Settings" } do
    it("with a header that is the connection's own: " .. name, function()
      for _, spelling in ipairs { name, name:lower() } do
        local complaint = ("headers: '%s' is a header that the connection itself sets")
          :format(spelling)
        refuses({ headers = { [spelling] = "1" } }, complaint)
        refuses({ headers = { [spelling] = false } }, complaint)
      end
    end)
  end

  for _, value in ipairs { "a\rb", "a\nX-B: 1", "a\0", "\127" } do
    it(("with a user_agent like %q"):format(value), function()
      refuses({ user_agent = value }, "user_agent has a control character in it")
    end)
  end

  -- ==== URLs ====

  local bases = { -- each would find its way to the scripted server, were it tried
    ["127.0.0.1:%d/v4"] = "base_url has no scheme",
    ["//127.0.0.1:%d/v4"] = "base_url has no scheme",
    ["ftp://127.0.0.1:%d/v4"] = "base_url has a scheme other than https",
    ["ws://127.0.0.1:%d/v4"] = "base_url has a scheme other than https",
    ["http://hunter2@127.0.0.1:%d/v4"] = "base_url has user information",
    ["http://user:hunter2@127.0.0.1:%d/v4"] = "base_url has user information",
    ["http://127.0.0.1:%d/v4?hunter2=1"] = "base_url has a query or a fragment",
    ["http://127.0.0.1:%d?"] = "base_url has a query or a fragment",
    ["http://127.0.0.1:%d/v4#hunter2"] = "base_url has a query or a fragment",
    ["http://127.0.0.1:%d/a b"] = "base_url is not of the form",
    ["http://127.0.0.1:%d/a/../b"] = "base_url is not of the form",
    ["http://127.0.0.1:%d/%%2E%%2e/b"] = "base_url is not of the form",
    [" http://127.0.0.1:%d"] = "base_url has no scheme",
    ["http://127.0.0.1:%d "] = "base_url is not of the form",
    ["http://127.0.0.1:%d\r\n"] = "base_url has a control character",
    ["http://127.0.0.1:%d/\0"] = "base_url has a control character",
    ["http://127.1:%d"] = "base_url is plain http to another machine",
    ["http://2130706433:%d"] = "base_url is plain http to another machine",
    ["http://0.0.0.0:%d"] = "base_url is plain http to another machine",
    ["http://[::ffff:127.0.0.1]:%d"] = "base_url is plain http to another machine",
    ["http://localhost.:%d"] = "base_url is plain http to another machine",
  }
  for url, complaint in pairs(bases) do
    it(("with a base_url like %q, which is not quoted"):format(url), function()
      local said = refuses({ base_url = url:format(api.port) }, complaint)
      assert.is_false(holds(said, "hunter2"))
      assert.is_false(holds(said, tostring(api.port)))
    end)
  end

  it("with an empty or an endless base_url, nor in plain http to the API", function()
    refuses({ base_url = "" }, "base_url has no scheme")
    refuses({ base_url = api.url .. "/" .. ("a"):rep(2048) }, "base_url is longer than 2048 bytes")
    refuses({ base_url = "http://api.cloudflare.com/client/v4" },
      "base_url is plain http to another machine: use https")
  end)

  local proxies = { -- each where the proxy listens, were it tried
    ["ftp://user:hunter2@127.0.0.1:%d"] = "proxy has a scheme other than http, https, socks4",
    ["file:///hunter2/%d"] = "proxy has a scheme other than",
    ["http://user:hunter2@@127.0.0.1:%d"] = "proxy is not of the form",
    ["http://user:hunter2/x@127.0.0.1:%d"] = "proxy is not of the form",
    ["http://127.0.0.1:%d/hunter2"] = "proxy is not of the form",
    ["http://127.0.0.1:%d\n"] = "proxy has a control character",
    ["http://user:hunter2\0@127.0.0.1:%d"] = "proxy has a control character",
    ["http://127.0.0.1:%d000"] = "proxy is not of the form",
    [""] = "proxy is not of the form",
    ["http://user:hunter2@proxy.example:%d"] = "proxy would carry a plain http request to another",
    ["socks5h://proxy.example:%d"] = "proxy would carry a plain http request to another machine",
    ["http://127.1:%d"] = "proxy would carry a plain http request to another machine",
    ["http://127.0.0.1@proxy.example:%d"] = "proxy would carry a plain http request to another",
    -- Another parser sees another host than the one after the '@' ...
    ["http://127.0.0.1:%d/@localhost:1"] = "proxy is not of the form",
    ["http://127.0.0.1:%d/hunter2@localhost:1"] = "proxy is not of the form",
    ["http://127.0.0.1:%d?@localhost:1"] = "proxy is not of the form",
    ["http://127.0.0.1:%d#@localhost:1"] = "proxy is not of the form",
    ["http://127.0.0.1:%d\\@localhost:1"] = "proxy is not of the form",
    ["http://us er:hunter2@127.0.0.1:%d"] = "proxy is not of the form",
    -- ... or, as with these, goes without the proxy.
    ["http://user:hunter2%%00@127.0.0.1:%d"] = "proxy ",
    ["http://user%%0a:hunter2@127.0.0.1:%d"] = "proxy ",
  }
  for url, complaint in pairs(proxies) do
    it(("with a proxy like %q, which is not quoted"):format(url), function()
      local port = api:proxy_url():match ":(%d+)$"
      assert.is_false(holds(refuses({ proxy = url:format(port) }, complaint), "hunter2"))
    end)
  end

  -- ==== files ====

  describe("with a", function()
    local directory, keeper

    lazy_setup(function()
      directory, keeper = process.temporary_directory()
      process.write_file(directory .. "/text", "no certificate\n")
      process.write_file(directory .. "/empty", "")
    end)

    lazy_teardown(function() keeper:close() end)

    it("ca_file that is not there", function()
      refuses({ ca_file = directory .. "/none" }, "ca_file is not a file that can be read")
      refuses({ ca_file = directory .. "/none/text" }, "ca_file is not a file that can be read")
      refuses({ ca_file = "" }, "ca_file is not a file that can be read")
    end)

    it("ca_file that has a NUL byte in its name", function()
      refuses({ ca_file = certificates.ca_file .. "\0x" }, "ca_file is not a file that can be read")
    end)

    it("ca_file that is a folder", function()
      refuses({ ca_file = directory }, "ca_file is not a file that can be read")
    end)

    -- In a process of its own, which would wait for ever otherwise.
    it("ca_file that is no file but a pipe, a device or a socket", function()
      process.check(([[mkfifo %s/pipe && ln -s pipe %s/link]]):format(directory, directory))
      local source = ([[
        local fixture = require "spec.support.fixture"
        for _, path in ipairs { "%s/pipe", "%s/link", "/dev/zero", "/dev/tty" } do
          local _, err, failure = fixture.client("https://127.0.0.1", { ca_file = path })
            :participant(fixture.ids())
          print(failure.kind, err:match("ca_file .* read:"))
        end
      ]]):format(directory, directory)
      local output = process.run(("timeout 20 %s -e %s"):format(process.lua,
        process.quote(source)))
      assert.equal(("invalid_request\tca_file is not a file that can be read:\n"):rep(4), output)
    end)

    it("ca_file without a certificate in it", function()
      local complaint = "ca_file holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
      refuses({ ca_file = directory .. "/text" }, complaint)
      refuses({ ca_file = directory .. "/empty" }, complaint)
      refuses({ ca_file = certificates.key }, complaint)
    end)

    it("ca_path that is a pipe", function()
      process.check(("mkfifo %s/pipe2"):format(directory))
      refuses({ ca_path = directory .. "/pipe2" }, "ca_path is not a folder that can be read")
    end)

    it("ca_path that is not there", function()
      refuses({ ca_path = directory .. "/none" }, "ca_path is not a folder that can be read")
      refuses({ ca_path = "" }, "ca_path is not a folder that can be read")
    end)

    it("ca_path that is a file", function()
      refuses({ ca_path = certificates.ca_file }, "ca_path is not a folder that can be read")
    end)

    it("ca_path that has a NUL byte in its name", function()
      refuses({ ca_path = certificates.ca_path .. "\0x" }, "ca_path is not a folder")
    end)
  end)

  it("by a client that was refused, until a call puts it right", function()
    local client = fixture.client(api.url, { user_agent = "a\nb" })
    assert_refusal("user_agent", client:participant(fixture.ids()))
    assert_refusal("user_agent", client:participant(fixture.ids { timeout = 5 }))
    assert_refusal("user_agent", client:with({ timeout = 5 }):participant(fixture.ids()))
    assert.equal(0, api:seen().connections)
    assert(client:participant(fixture.ids { user_agent = "ab" }))
    assert_refusal("user_agent", client:participant(fixture.ids()))
    assert.equal(1, api:seen().request_count)
  end)
end)

describe("wire: a request", function()
  local api = fixture.server()

  it("may be as long as each option's bound lets it be", function()
    api:answer(ok)
    local headers, query = ("x"):rep(16383), ("x"):rep(16384 - #"?a=")
    local long = { headers = { A = headers }, query = { a = query }, user_agent = ("x"):rep(1024),
      api_email = ("x"):rep(8192), api_key = ("x"):rep(8192), account_id = ("/"):rep(255) }
    for name, value in pairs(fixture.options(api.url)) do
      if name ~= "api_token" then long[name] = long[name] or value end
    end
    assert(realtimekit.participant("a", "b", "c", long))
    local request = api:seen().requests[1]
    assert.equal(headers, request.headers.a)
    assert.equal(8192, #request.headers["x-auth-key"])
    assert.equal("?a=" .. query, request.target:match("%?.*"))
  end)

  local function request_of(opts)
    assert(fixture.fetch(api, ok, opts))
    local seen = api:seen()
    assert.equal(1, seen.request_count)
    return seen.requests[1]
  end

  -- Its header lines, sorted.
  local function lines_of(opts)
    local lines = request_of(opts).header_lines
    table.sort(lines)
    return lines
  end

  local function has(list, wanted)
    for _, element in ipairs(list) do
      if element == wanted then return true end
    end
    return false
  end

  it("has these header lines, each of them once", function()
    local request = request_of()
    local encodings = request.headers["accept-encoding"]
    table.sort(request.header_lines)
    assert.same({
      "Accept-Encoding: " .. encodings,
      "Accept: application/json",
      "Authorization: Bearer " .. fixture.token,
      "Host: 127.0.0.1:" .. api.port,
      "User-Agent: lua-realtimekit/" .. realtimekit._VERSION,
    }, request.header_lines)
  end)

  it("asks for the encodings that libcurl decodes", function()
    local encodings = request_of().headers["accept-encoding"]
    for _, name in ipairs { "gzip", "deflate" } do
      assert.matches(name, encodings, 1, true)
    end
  end)

  it("has user_agent after the name of this library", function()
    assert.equal("lua-realtimekit/" .. realtimekit._VERSION .. " support-tool/2.1 (+ops)",
      request_of({ user_agent = "support-tool/2.1 (+ops)" }).headers["user-agent"])
    assert.equal("lua-realtimekit/" .. realtimekit._VERSION,
      request_of({ user_agent = "" }).headers["user-agent"])
  end)

  it("has the caller's headers, byte for byte, beside the built-in ones", function()
    local lines = lines_of {
      headers = {
        ["X-Trace-Id"] = "a b\tc", ["x-utf8"] = "Zoë 李", ["X-Bytes"] = "\128\255",
        ["!#$%&'*+-.^_`|~"] = ":;,", Traceparent = "00-1-2-01",
      },
    }
    assert.equal(10, #lines)
    for _, line in ipairs { "X-Trace-Id: a b\tc", "x-utf8: Zoë 李", "X-Bytes: \128\255",
      "!#$%&'*+-.^_`|~: :;,", "Traceparent: 00-1-2-01", "Accept: application/json" } do
      assert.is_true(has(lines, line), line)
    end
  end)

  it("has a header with an empty value, and not without it", function()
    assert.is_true(has(lines_of { headers = { ["X-A"] = "" } }, "X-A:"))
  end)

  it("has a header whose value is white space", function()
    for _, value in ipairs { " ", "\t", " \t " } do
      local headers = request_of({ headers = { ["X-A"] = value } }).headers
      assert.equal("", headers["x-a"])
    end
  end)

  it("has a built-in header once where the caller sets it", function()
    local lines = lines_of {
      headers = {
        accept = "text/plain", ["USER-AGENT"] = "mine", ["Accept-encoding"] = "identity",
      },
      user_agent = "not sent",
    }
    assert.same({
      "Accept-encoding: identity",
      "Authorization: Bearer " .. fixture.token,
      "Host: 127.0.0.1:" .. api.port,
      "USER-AGENT: mine",
      "accept: text/plain",
    }, lines)
  end)

  it("has a built-in header empty, not dropped, where the caller sets it to nothing", function()
    local lines = lines_of { headers = { Accept = "", ["User-Agent"] = "" } }
    assert.is_true(has(lines, "Accept:"))
    assert.is_true(has(lines, "User-Agent:"))
    assert.equal(5, #lines)
  end)

  it("lacks the built-in headers that are false, in any spelling", function()
    assert.same({
      "Authorization: Bearer " .. fixture.token, "Host: 127.0.0.1:" .. api.port,
    }, lines_of {
      headers = { accept = false, ["User-agent"] = false, ["ACCEPT-ENCODING"] = false },
    })
  end)

  it("lacks a header that is false and that nobody set", function()
    assert.equal(5, #lines_of { headers = { ["X-A"] = false } })
  end)

  it("has each scheme's headers, and no other scheme's", function()
    local function credentials_of(opts)
      opts.account_id, opts.base_url = fixture.account, api.url
      api:answer(ok)
      local client = realtimekit.new(opts)
      assert(client:participant(fixture.ids()))
      local found = {}
      for _, line in ipairs(api:seen().requests[1].header_lines) do
        if line:find "^Auth" or line:find "^X%-Auth" then found[#found + 1] = line end
      end
      table.sort(found)
      return found
    end
    assert.same({ "Authorization: Bearer token" }, credentials_of { api_token = "token" })
    assert.same({ "X-Auth-Email: a@example.com", "X-Auth-Key: key" },
      credentials_of { api_email = "a@example.com", api_key = "key" })
    assert.same({ "X-Auth-User-Service-Key: v1.0-key" },
      credentials_of { user_service_key = "v1.0-key" })
  end)

  it("has its credentials in their headers, and nowhere else", function()
    local secrets = { "secret-token", "secret@example.com", "secret-key", "secret-service" }
    for _, opts in ipairs {
      { api_token = secrets[1] }, { api_email = secrets[2], api_key = secrets[3] },
      { user_service_key = secrets[4] },
    } do
      opts.account_id, opts.base_url = fixture.account, api.url
      api:answer(ok)
      assert(realtimekit.new(opts):participant(fixture.ids()))
      local request = api:seen().requests[1]
      assert.is_nil(request.target:find("secret", 1, true))
      local _, count = request.raw_head:gsub("secret", "")
      assert.equal(opts.api_email and 2 or 1, count)
    end
  end)

  it("takes no cookie back to the server", function()
    api:answer { json = fixture.envelope(), headers = { "Set-Cookie: session=1; Path=/" } }
    local client = fixture.client(api.url)
    for _ = 1, 2 do assert(client:participant(fixture.ids())) end
    local requests = api:seen().requests
    assert.equal(2, #requests)
    assert.is_nil(requests[2].headers.cookie)
  end)

  it("has nothing of a .netrc", function()
    local home, keeper = process.temporary_directory()
    process.write_file(home .. "/.netrc", "default login someone password hunter2\n")
    api:answer(ok)
    local output = fixture.run(([[
      assert(require("realtimekit").participant("a", "b", "c", {
        account_id = "abc", user_service_key = "service", base_url = %q,
      }))
    ]]):format(api.url), { HOME = home })
    keeper:close()
    assert.equal("", output)
    assert.is_nil(api:seen().requests[1].headers.authorization)
  end)
end)

describe("wire: a proxy", function()
  local api = fixture.server()

  local function https_options(more)
    local opts = fixture.options(api:https(), {
      ca_file = certificates.ca_file, proxy = api:proxy_url(),
    })
    for name, value in pairs(more or {}) do opts[name] = value end
    return opts
  end

  -- A call with a client of its own, and so with a connection of its own.
  local function call(opts)
    local client = realtimekit.new(opts)
    local participant, err, response = client:participant(fixture.ids())
    client:close()
    return participant, err, response
  end

  -- The CONNECT that the proxy saw and the request that came through it.
  local function through(opts)
    api:answer(ok)
    assert(call(opts))
    local seen = api:seen()
    assert.equal(1, seen.proxy.request_count)
    assert.equal(1, seen.request_count)
    return seen.proxy.requests[1], seen.requests[1]
  end

  local function names_of(request)
    local names = {}
    for name in pairs(request.headers) do names[#names + 1] = name end
    table.sort(names)
    return names
  end

  describe("before an https server", function()
    it("is asked for a tunnel, and passes the request on", function()
      local connect, request = through(https_options())
      assert.equal("CONNECT", connect.method)
      assert.equal(api:https(), "https://" .. connect.target)
      assert.equal("https:trusted", request.listener)
      assert.equal("GET", request.method)
      assert.equal("/client/v4" .. fixture.path, request.target)
    end)

    local schemes = {
      api_token = { api_token = "secret" },
      ["api_email and api_key"] = { api_email = "secret@example.com", api_key = "secret" },
      user_service_key = { user_service_key = "secret" },
    }
    for what, credentials in pairs(schemes) do
      it("sees neither credentials nor headers of the request: " .. what, function()
        local opts = https_options { headers = { ["X-A"] = "secret" } }
        opts.api_token = nil
        for name, value in pairs(credentials) do opts[name] = value end
        local connect, request = through(opts)
        assert.is_nil(connect.raw_head:find("secret", 1, true))
        assert.same({ "host", "proxy-connection", "user-agent" }, names_of(connect))
        assert.equal("secret", request.headers["x-a"])
        local _, count = request.raw_head:gsub("secret", "")
        assert.equal(what:find " and " and 3 or 2, count)
      end)
    end

    it("gets its own credentials, and the server does not", function()
      local connect, request = through(https_options {
        proxy = api:proxy_url("user", "p@ss:w/rd%"),
      })
      assert.equal("Basic dXNlcjpwQHNzOncvcmQl", connect.headers["proxy-authorization"])
      assert.is_nil(request.headers["proxy-authorization"])
      assert.is_nil(request.raw_head:find("dXNlcjpwQHNzOncvcmQl", 1, true))
    end)

    it("that refuses the credentials is a connection failure, which does not quote them", function()
      api:answer(ok)
      local proxy = api:proxy_url("user", "right"):gsub("right", "hunter2")
      local _, err, failure = call(https_options { proxy = proxy })
      assert.equal("connection", failure.kind)
      assert.matches("407", err, 1, true)
      assert.is_false(holds({ err, failure }, "hunter2"))
      assert.equal(0, api:seen().connections)
    end)

    it("that refuses the tunnel is a connection failure: nothing goes past it", function()
      api:answer(ok)
      api:answer_proxy { status = 403, body = "not here" }
      local _, err, failure = call(https_options())
      assert.equal("connection", failure.kind)
      assert.is_nil(failure.status)
      assert.matches("403", err, 1, true)
      local seen = api:seen()
      assert.equal(1, seen.proxy.request_count)
      assert.equal(0, seen.connections)
    end)

    it("that is not there is a connection failure, which does not quote its password", function()
      api:answer(ok)
      local proxy = ("http://user:hunter2@127.0.0.1:%d"):format(process.unused_port())
      local _, err, failure = call(https_options { proxy = proxy })
      assert.equal("connection", failure.kind)
      assert.is_false(holds({ err, failure }, "hunter2"))
      assert.equal(0, api:seen().connections)
    end)
  end)

  describe("before a plain http server", function()
    local function fetch(opts)
      assert(fixture.fetch(api, ok, opts))
      return api:seen()
    end

    it("on this machine gets the request, with its whole URL as the target", function()
      local seen = fetch { proxy = api:proxy_url(), include_peer_events = true }
      assert.equal(1, seen.proxy.request_count)
      local request = seen.requests[1]
      assert.equal("GET", request.method)
      assert.equal(api.url .. "/client/v4" .. fixture.path .. "?include_peer_events=true",
        request.target)
      assert.equal("127.0.0.1:" .. api.port, request.headers.host)
      assert.equal("Bearer " .. fixture.token, request.headers.authorization)
    end)

    it("may be written without its scheme, or with localhost for its address", function()
      local port = api:proxy_url():match ":(%d+)$"
      for _, proxy in ipairs { "127.0.0.1:" .. port, "localhost:" .. port,
        "HTTP://LOCALHOST:" .. port .. "/" } do
        local seen = fetch { proxy = proxy }
        assert.equal(1, seen.proxy.request_count)
        assert.equal(api.url .. "/client/v4" .. fixture.path, seen.requests[1].target)
      end
    end)

    it("gets its own credentials, and each header line once", function()
      local request = fetch({ proxy = api:proxy_url("user", "pass") }).requests[1]
      assert.equal("Basic dXNlcjpwYXNz", request.headers["proxy-authorization"])
      assert.same({ "accept", "accept-encoding", "authorization", "host", "proxy-authorization",
        "proxy-connection", "user-agent" }, names_of(request))
      assert.equal(7, #request.header_lines)
    end)

    it("has nothing to do with the next request, which goes without it", function()
      api:answer(ok)
      local client = fixture.client(api.url)
      assert(client:participant(fixture.ids { proxy = api:proxy_url() }))
      assert(client:participant(fixture.ids()))
      local seen = api:seen()
      assert.equal(1, seen.proxy.request_count)
      assert.equal("http", seen.requests[2].listener)
      assert.equal("/client/v4" .. fixture.path, seen.requests[2].target)
    end)
  end)

  describe("of the environment", function()
    -- A call in a process with these variables, which has to succeed; returns what was seen.
    local function seen_with(variables, opts, base_url)
      api:answer(ok)
      local output = fixture.run(([[
        assert(require("realtimekit").participant("a", "b", "c", {
          account_id = "abc", api_token = "token", max_retries = 0, timeout = 10,
          base_url = %q, ca_file = %q, %s
        }))
      ]]):format(base_url or api:https(), certificates.ca_file, opts or ""), variables)
      assert.equal("", output)
      local seen = api:seen()
      assert.equal(1, seen.request_count)
      return seen
    end

    for _, name in ipairs { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" } do
      it("serves https: " .. name, function()
        local seen = seen_with { [name] = api:proxy_url() }
        assert.equal(1, seen.proxy.request_count)
        assert.equal("CONNECT", seen.proxy.requests[1].method)
      end)
    end

    it("gets its own credentials", function()
      local seen = seen_with { https_proxy = api:proxy_url("user", "pass") }
      assert.equal("Basic dXNlcjpwYXNz", seen.proxy.requests[1].headers["proxy-authorization"])
      assert.is_nil(seen.proxy.requests[1].headers.authorization)
      assert.is_nil(seen.requests[1].headers["proxy-authorization"])
    end)

    for _, value in ipairs { "127.0.0.1", "example.org,127.0.0.1", "*" } do
      it("is passed by for the hosts of no_proxy: " .. value, function()
        local seen = seen_with { https_proxy = api:proxy_url(), no_proxy = value }
        assert.equal(0, seen.proxy.connections)
      end)
    end

    it("is not passed by for other hosts", function()
      local seen = seen_with { https_proxy = api:proxy_url(), no_proxy = "example.org" }
      assert.equal(1, seen.proxy.request_count)
    end)

    it("is passed by with proxy = false", function()
      local seen = seen_with({ https_proxy = api:proxy_url(), all_proxy = api:proxy_url() },
        "proxy = false")
      assert.equal(0, seen.proxy.connections)
    end)

    it("is passed by with proxy = false of a client, whatever else a call has", function()
      api:answer(ok)
      local output = fixture.run(([[
        local client = require("realtimekit").new {
          account_id = "abc", api_token = "token", base_url = %q, ca_file = %q, proxy = false,
        }
        assert(client:participant("a", "b", "c", { user_agent = "x" }))
        assert(client:with({ user_agent = "y" }):participant("a", "b", "c"))
      ]]):format(api:https(), certificates.ca_file), { https_proxy = api:proxy_url() })
      assert.equal("", output)
      local seen = api:seen()
      assert.equal(2, seen.request_count)
      assert.equal(0, seen.proxy.connections)
    end)

    it("gives way to the option", function()
      local seen = seen_with({ https_proxy = "http://127.0.0.1:1", no_proxy = "*" },
        ("proxy = %q"):format(api:proxy_url()))
      assert.equal(1, seen.proxy.request_count)
    end)

    for _, proxy in ipairs { "ftp://user:hunter2@127.0.0.1:1", "http://user:hunter2/x@127.0.0.1:1",
      "http://us er:hunter2@127.0.0.1:1", "user:hunter2@127.0.0.1 x:1", "user:hunter2@:1",
      "http://user:hunter2@127.0.0.1:99999" } do
      it(("that makes no sense is not quoted with its password: %q"):format(proxy), function()
        api:answer(ok)
        local output = fixture.run(([[
          local _, err, failure = require("realtimekit").participant("a", "b", "c", {
            account_id = "abc", api_token = "token", max_retries = 0, timeout = 10, base_url = %q,
            logger = function(level, message, fields) print(level, message, fields.reason) end,
          })
          print(failure.kind, err)
        ]]):format(api:https()), { https_proxy = proxy })
        assert.matches("\nconnection\tconnection: ", output, 1, true)
        assert.is_nil(output:find("hunter2", 1, true))
        assert.equal(0, api:seen().connections)
      end)
    end

    it("never carries plain http", function()
      local proxy = api:proxy_url()
      local seen = seen_with({
        http_proxy = proxy, HTTP_PROXY = proxy, https_proxy = proxy, all_proxy = proxy,
        ALL_PROXY = proxy,
      }, nil, api.url)
      assert.equal(0, seen.proxy.connections)
      assert.matches("^/accounts/", seen.requests[1].target)
    end)
  end)

  it("that a call over https was given is not the next call's", function()
    api:answer(ok)
    local output = fixture.run(([[
      local client = require("realtimekit").new {
        account_id = "abc", api_token = "token", base_url = %q, ca_file = %q,
      }
      assert(client:participant("a", "b", "c"))
      assert(client:participant("a", "b", "c", { proxy = %q }))
      assert(client:participant("a", "b", "c"))
    ]]):format(api:https(), certificates.ca_file, api:proxy_url()))
    assert.equal("", output)
    local seen = api:seen()
    assert.equal(3, seen.request_count)
    assert.equal(1, seen.proxy.request_count)
    assert.equal(seen.requests[1].connection, seen.requests[3].connection)
    assert.not_equal(seen.requests[1].connection, seen.requests[2].connection)
  end)

  it("that is given for plain http is used whatever no_proxy says", function()
    api:answer(ok)
    local output = fixture.run(([[
      assert(require("realtimekit").participant("a", "b", "c", {
        account_id = "abc", api_token = "token", base_url = %q, proxy = %q,
      }))
    ]]):format(api.url, api:proxy_url()), { no_proxy = "*" })
    assert.equal("", output)
    assert.equal("proxy", api:seen().requests[1].listener)
  end)
end)
