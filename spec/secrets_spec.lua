--[[
Everything that anybody can observe of calls, searched for the credentials that they were made with.
What stays in memory is looked for by `make secrets`.
]]

local certificates = require "spec.support.certificates"
local fixture = require "spec.support.fixture"
local mime = require "mime"
local process = require "spec.support.process"
local realtimekit = require "realtimekit"
local server = require "spec.support.server"

local unpack = table.unpack or unpack -- luacheck: ignore

-- With characters that percent-encoding and JSON spell otherwise.
local secrets = {
  api_token = 'token/of"mine\\0123456789+0123456789',
  api_email = "me+somebody@mail.example",
  api_key = "key/of%mine=0123456789",
  user_service_key = "v1.0-service/key&of,mine",
  proxy_password = "proxy:pass/word+0123456789",
}

local function percent(text)
  return (text:gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local function json(text)
  return (text:gsub('[/"\\]', "\\%0"))
end

local function json_long(text)
  return (text:gsub(".", function(c) return ("\\u%04x"):format(c:byte()) end))
end

local spellings = {
  plain = function(text) return text end, percent = percent, json = json, json_long = json_long,
}

local needles = {}
for _, secret in pairs(secrets) do
  for _, spell in pairs(spellings) do needles[#needles + 1] = spell(secret) end
  needles[#needles + 1] = mime.b64(secret)
  needles[#needles + 1] = percent(secret):lower()
end
needles[#needles + 1] = mime.b64("user:" .. secrets.proxy_password)

local function find_secret(text)
  for _, needle in ipairs(needles) do
    if text:find(needle, 1, true) then return needle end
  end
end

local function assert_clean(text, where)
  local found = find_secret(text)
  if found then error(("%s holds %s:\n%s"):format(where, found, text:sub(1, 2000)), 2) end
end

-- All that is in a value, at any depth, keys too; metatables' words for it, too.
local function dump(value, into, seen)
  into, seen = into or {}, seen or {}
  into[#into + 1] = tostring(value)
  if type(value) == "table" and not seen[value] then
    seen[value] = true
    for key, field in pairs(value) do
      dump(key, into, seen)
      dump(field, into, seen)
    end
  end
  return into
end

local function dump_all(...)
  local into = {}
  for i = 1, select("#", ...) do dump((select(i, ...)), into) end
  return table.concat(into, "\n")
end

-- Runs `run` with a logger and looks at all that it returns, raises or tells.
local function observe(run)
  local told = {}
  local function logger(...) told[#told + 1] = dump_all(...) end
  local results = { pcall(run, logger) }
  local text = dump_all(unpack(results, 1, 8))
  assert_clean(text, "a result")
  for _, record in ipairs(told) do assert_clean(record, "a record of the logger") end
  return results, told
end

local schemes = {
  token = { api_token = secrets.api_token },
  pair = { api_email = secrets.api_email, api_key = secrets.api_key },
  ["service key"] = { user_service_key = secrets.user_service_key },
}

local function options(url, scheme, more)
  local opts = fixture.options(url, more)
  opts.api_token = nil
  for name, value in pairs(scheme) do opts[name] = value end
  return opts
end

describe("secrets: the measure itself", function()
  it("sees a credential in every spelling", function()
    for _, secret in pairs(secrets) do
      for _, spell in pairs(spellings) do
        assert.is_false(pcall(assert_clean, "x" .. spell(secret) .. "y", "x"))
      end
    end
    local nested = { a = { [secrets.api_key] = 1 } }
    assert.has_error(function() observe(function() return nested end) end)
    assert.has_error(function() observe(function(log) log({ b = secrets.api_token }) end) end)
    assert.has_error(function() observe(function() error(secrets.api_token, 0) end) end)
    assert.has_no.errors(function() observe(function() return fixture.ids() end) end)
  end)
end)

describe("secrets are in nothing that a call returns, raises or tells:", function()
  local api = fixture.server()

  local soon = { "Retry-After: 0" }

  local answers = {
    ["a success"] = function()
      return { json = fixture.envelope(), headers = { "Set-Cookie: a=b" } }
    end,
    ["a retry"] = function()
      return { status = 503, headers = soon }, { json = fixture.envelope() }
    end,
    ["an api_error"] = function() return { json = fixture.error_envelope(1, "no") } end,
    ["no JSON"] = function() return { body = "hello" } end,
    ["a cut answer"] = function() return { cut_after = 20, json = fixture.envelope() } end,
    ["a reset"] = function() return { reset_after = 0 } end,
    ["a timeout"] = function() return { stall_after = 0 } end,
    ["too large"] = function() return { body = ("x"):rep(200000) } end,
    ["garbage"] = function() return { on_accept = "garbage" } end,
    ["a bad encoding"] = function() return { body = "x", encoding = "gzip" } end,
    ["a redirect"] = function()
      return { status = 302, headers = { "Location: http://127.0.0.1:1/x" } }
    end,
  }
  for _, status in ipairs { 400, 401, 403, 404, 409, 422, 429, 500 } do
    answers["status " .. status] = function()
      return { status = status, json = fixture.error_envelope(1, "no"), headers = soon }
    end
  end

  -- What a server says of the credentials that it was sent, `echo`.
  local echoes = {
    ["an echo in a header"] = function(echo)
      return { json = fixture.envelope(), headers = {
        "X-Echo: " .. echo, "CF-Ray: " .. echo, "Set-Cookie: " .. echo } }
    end,
    ["an echo in an error's header"] = function(echo)
      return { status = 401, headers = { "X-Echo: " .. echo, "CF-Ray: " .. echo,
        "Location: /" .. echo } }
    end,
    ["an echo in a long body"] = function(echo)
      return { status = 401, body = ("x"):rep(4080) .. echo:rep(20) }
    end,
    ["an echo in a body that is cut"] = function(echo)
      return { status = 401, body = echo:rep(2):sub(1, -5), length = false, close = true }
    end,
  }
  for _, status in ipairs { 200, 302, 400, 401, 500 } do
    echoes["an echo in the body of a " .. status] = function(echo)
      return { status = status, body = "<html>" .. echo .. "</html>", headers = soon }
    end
  end

  local json_answers = {
    ["an echo in an error's message"] = function(echo)
      return { status = 401, json = ([[{"success":false,"errors":[{"code":"ECHO","message":"ECHO"}],
        "messages":["ECHO",{"ECHO":"ECHO"}]}]]):gsub("ECHO", (echo:gsub("%%", "%%%%"))) }
    end,
    ["an echo in an api_error"] = function(echo)
      return { json = ([[{"success":false,"errors":[{"message":"ECHO"}],
        "messages":[{"m":{"ECHO":1}}]}]]):gsub("ECHO", (echo:gsub("%%", "%%%%"))) }
    end,
    ["an echo in a bad_response"] = function(echo)
      return { json = ([[{"success":true,"messages":["ECHO"],"data":{"x":"ECHO"}}]]):gsub("ECHO",
        (echo:gsub("%%", "%%%%"))) }
    end,
    ["an echo in {error}"] = function(echo)
      return { status = 422, json = ([[{"error":"ECHO","message":"ECHO"}]]):gsub("ECHO",
        (echo:gsub("%%", "%%%%"))) }
    end,
  }

  local function check(scheme, answer, spell)
    local echo = {}
    for _, secret in pairs(schemes[scheme]) do echo[#echo + 1] = spell(secret) end
    api:answer(answer(table.concat(echo, " ")))
    local results, told = observe(function(logger)
      local client = realtimekit.new(options(api.url, schemes[scheme], {
        logger = logger, max_retries = 1, timeout = 0.3, max_response_bytes = 100000,
        headers = { ["Accept-Encoding"] = "gzip" },
      }))
      local participant, err, response = client:participant(fixture.ids())
      return client, participant, err, response, tostring(client), client:close()
    end)
    assert.is_true(results[1])
    assert.is_true(#told >= 2)
    return results
  end

  for what, answer in pairs(answers) do
    it(what, function()
      for scheme in pairs(schemes) do check(scheme, answer, spellings.plain) end
    end)
  end

  for what, answer in pairs(echoes) do
    it(what, function()
      for scheme in pairs(schemes) do
        for _, spell in pairs(spellings) do check(scheme, answer, spell) end
      end
    end)
  end

  for what, answer in pairs(json_answers) do
    it(what, function()
      for scheme in pairs(schemes) do
        for _, spell in pairs { json, json_long } do
          local results = check(scheme, answer, spell)
          assert.matches("***", results[4] .. dump_all(results[5]), 1, true)
        end
      end
    end)
  end

  it("mistakes and refusals", function()
    local mistakes = {
      { api_token = secrets.api_token .. "\n" }, { api_token = " " .. secrets.api_token },
      { api_token = { secrets.api_token } }, { api_tokn = secrets.api_token },
      { [secrets.api_token] = 1 }, { headers = { Authorization = secrets.api_token } },
      { headers = { ["X-A"] = secrets.api_token .. "\r\nX: y" } },
      { headers = { [secrets.api_token] = "x" } }, { headers = secrets.api_token },
      { filters = secrets.api_token }, { filters = { secrets.api_token } },
      { base_url = "https://user:" .. percent(secrets.api_token) .. "@127.0.0.1/" },
      { base_url = secrets.api_token }, { base_url = "https://127.0.0.1/?" .. secrets.api_token },
      { proxy = "ftp://user:" .. percent(secrets.proxy_password) .. "@127.0.0.1:1" },
      { proxy = "http://user:" .. secrets.proxy_password .. "@127.0.0.1:1" },
      { proxy = "http://user:" .. percent(secrets.proxy_password) .. "@127.0.0.1:99999" },
      { api_key = secrets.api_key }, { api_email = secrets.api_email },
      { api_email = secrets.api_email, api_key = secrets.api_key .. " x" },
      { user_service_key = secrets.user_service_key .. "\0" }, { timeout = secrets.api_token },
      { http_version = secrets.api_token }, { ca_file = "/nowhere/at/all" },
      { query = { filters = "x" }, filters = "events" }, { logger = secrets.api_token },
      { account_id = "" }, { max_retries = -1 },
    }
    api:answer { json = fixture.envelope() }
    for _, mistake in ipairs(mistakes) do
      for _, credentials in pairs(schemes) do
        observe(function(logger)
          local opts = options(api.url, credentials, { logger = logger })
          for name, value in pairs(mistake) do opts[name] = value end
          local client = realtimekit.new(opts)
          return client, client:participant(fixture.ids())
        end)
        observe(function() return realtimekit.participant(fixture.ids(mistake)) end)
      end
    end
    observe(function() return realtimekit.participant(secrets.api_token) end)
    observe(function() return realtimekit.participant("a", "b", secrets.api_token, {}, 1) end)
    observe(function() return realtimekit.new(secrets.api_token) end)
  end)

  it("connections that fail, with proxies and without", function()
    local proxy = ("http://user:%s@127.0.0.1:%d"):format(percent(secrets.proxy_password),
      process.unused_port())
    local refusing = server.refusing_url()
    for _, opts in ipairs {
      { base_url = refusing }, { base_url = refusing, proxy = proxy },
      { base_url = api:https("wrong_host"), ca_file = certificates.ca_file },
      { base_url = api:https(), ca_file = certificates.ca_file, proxy = proxy },
      { base_url = "https://name.invalid", proxy = (proxy:gsub("127.0.0.1", "name.invalid")) },
      { base_url = "https://name.invalid", proxy = (proxy:gsub("^http", "socks5h")) },
      { base_url = "https://127.0.0.1:1", proxy = (proxy:gsub("^http", "https")) },
    } do
      local results = observe(function(logger)
        local all = options(api.url, schemes.token, { logger = logger, max_retries = 1 })
        for name, value in pairs(opts) do all[name] = value end
        return realtimekit.new(all):participant(fixture.ids())
      end)
      assert.is_nil(results[2])
      assert.is_string(results[3])
    end
  end)
end)

describe("secrets: a proxy", function()
  local api = fixture.server()
  local proxied

  before_each(function()
    proxied = { proxy = api:proxy_url("user", secrets.proxy_password),
      ca_file = certificates.ca_file, max_retries = 1 }
  end)

  local function fetch(url, more)
    return observe(function(logger)
      local opts = options(url, schemes.token, proxied)
      for name, value in pairs(more or {}) do opts[name] = value end
      opts.logger = logger
      local client = realtimekit.new(opts)
      return client:participant(fixture.ids())
    end)
  end

  it("gets its own, the server gets the others, and nobody tells of either", function()
    api:answer { json = fixture.envelope() }
    assert.is_table(fetch(api:https())[2])
    local seen = api:seen()
    for _, request in ipairs(seen.proxy.requests) do
      assert.is_nil(request.raw_head:find(secrets.api_token, 1, true))
      assert.matches("Proxy-Authorization: Basic", request.raw_head, 1, true)
    end
    assert.equal("Bearer " .. secrets.api_token, seen.requests[1].headers.authorization)
    assert.is_nil(seen.requests[1].raw_head:lower():find("proxy", 1, true))
  end)

  for how, spell in pairs(spellings) do
    it("that echoes what it was sent is not passed on: " .. how, function()
      local echo = spell(secrets.proxy_password)
      for _, status in ipairs { 407, 403, 502 } do
        api:answer { json = fixture.envelope() }
        api:answer_proxy { status = status, reason = echo, headers = { "X-Echo: " .. echo },
          body = echo }
        assert.is_nil(fetch(api:https())[2])
        assert.is_nil(fetch(api.url)[2])
      end
    end)
  end
end)

describe("secrets: a redirect", function()
  local api, elsewhere = fixture.server(), fixture.server()

  it("takes none to where it leads", function()
    elsewhere:answer { json = fixture.envelope() }
    for _, status in ipairs { 301, 302, 303, 307, 308 } do
      api:answer { status = status, headers = { "Location: " .. elsewhere.url .. "/" } }
      observe(function(logger)
        return realtimekit.new(options(api.url, schemes.pair, { logger = logger }))
          :participant(fixture.ids())
      end)
    end
    assert.equal(0, elsewhere:seen().connections)
  end)
end)

describe("secrets: a process", function()
  local api = fixture.server()

  local source = [[
    local fixture = require "spec.support.fixture"
    local realtimekit = require "realtimekit"
    local url, https, ca_file, refusing = %q, %q, %q, %q
    local function call(opts)
      opts.account_id = "account"
      opts.ca_file = ca_file
      opts.max_retries = 1
      opts.logger = print
      print(pcall(realtimekit.participant, "a", "b", "c", opts))
    end
    call { base_url = url }
    call { base_url = https }
    call { base_url = refusing }
    call { base_url = https, proxy = false }
    call { base_url = https:gsub("127.0.0.1", "localhost") }
    print(pcall(realtimekit.new, { nonsense = 1 }))
    local file = io.open("/proc/self/cmdline", "rb")
    if file then print((file:read("*a"):gsub("%%z", " "))) file:close() end
    print(realtimekit.new())
    print "end"
    error(select(2, realtimekit.participant("a", "b", "c", { base_url = refusing,
      account_id = "account" })))
  ]]

  it("writes none to its standard streams, and has none in its command line", function()
    api:answer({ status = 503, headers = { "Retry-After: 0" } }, { status = 401,
      body = secrets.api_token }, { json = fixture.envelope() })
    for _, environment in ipairs {
      { CLOUDFLARE_API_TOKEN = secrets.api_token },
      { CLOUDFLARE_EMAIL = secrets.api_email, CLOUDFLARE_API_KEY = secrets.api_key },
      { CLOUDFLARE_API_USER_SERVICE_KEY = secrets.user_service_key },
    } do
      environment.https_proxy = api:proxy_url("user", secrets.proxy_password)
      local output = fixture.run(source:format(api.url, api:https(), certificates.ca_file,
        server.refusing_url()), environment)
      assert.matches("\nend\n", output)
      assert.matches("connection:", output)
      assert_clean(output, "the output")
    end
    local seen = api:seen()
    assert.is_true(seen.proxy.request_count > 0)
    for _, request in ipairs(seen.proxy.requests) do
      for name, secret in pairs(secrets) do
        if name ~= "proxy_password" then
          assert.is_nil(request.raw_head:find(secret, 1, true))
        end
      end
    end
  end)
end)
