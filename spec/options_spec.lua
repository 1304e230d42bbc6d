-- Which value is in force: the environment's, a client's, a derived client's or a call's.

local certificates = require "spec.support.certificates"
local fixture = require "spec.support.fixture"
local process = require "spec.support.process"
local realtimekit = require "realtimekit"
local server = require "spec.support.server"

local ok = { json = fixture.envelope() }

-- The credentials that a request has.
local function credentials_of(request)
  local found = {}
  for name, header in pairs {
    token = "authorization", email = "x-auth-email", key = "x-auth-key",
    service = "x-auth-user-service-key",
  } do
    found[name] = request.headers[header]
  end
  return found
end

describe("options: the environment", function()
  local api = fixture.server()

  -- A plain call in a process with these variables, and with account and server unless they are
  -- among them; `opts` is Lua source. Returns what the process wrote.
  local function run(variables, opts)
    local environment = {
      CLOUDFLARE_ACCOUNT_ID = fixture.account, CLOUDFLARE_BASE_URL = api.url .. "/client/v4",
    }
    for name, value in pairs(variables) do environment[name] = value end
    return fixture.run(([[
      local realtimekit = require "realtimekit"
      local participant, err = realtimekit.participant("app", "session", "me", %s)
      print(participant and "fetched" or err)
    ]]):format(opts or "{ max_retries = 0 }"), environment)
  end

  -- The one request of such a call, which has to succeed.
  local function request_of(variables, opts)
    api:answer(ok)
    assert.equal("fetched\n", run(variables, opts))
    local seen = api:seen()
    assert.equal(1, seen.request_count)
    return seen.requests[1]
  end

  -- The complaint of a call that is refused before anything is sent.
  local function refusal_of(variables, opts)
    api:answer(ok)
    local output = run(variables, opts)
    assert.matches("^invalid_request: ", output)
    assert.equal(0, api:seen().request_count)
    return output
  end

  local spaces = { { " ", " " }, { "\t\n", "\r\n" }, { "\v\f", " \t" } }

  it("gives the account, without the white space around it", function()
    for _, space in ipairs(spaces) do
      local request = request_of {
        CLOUDFLARE_ACCOUNT_ID = space[1] .. "abc" .. space[2], CLOUDFLARE_API_TOKEN = "token",
      }
      assert.equal("/client/v4/accounts/abc/realtime/kit/app/sessions/session/participants/me",
        request.target)
    end
  end)

  it("gives the token, without the white space around it", function()
    for _, space in ipairs(spaces) do
      local request = request_of { CLOUDFLARE_API_TOKEN = space[1] .. "token" .. space[2] }
      assert.same({ token = "Bearer token" }, credentials_of(request))
    end
  end)

  it("gives e-mail and key, without the white space around them", function()
    local request = request_of {
      CLOUDFLARE_EMAIL = " a@example.com\n", CLOUDFLARE_API_KEY = "\tkey ",
    }
    assert.same({ email = "a@example.com", key = "key" }, credentials_of(request))
  end)

  it("gives the service key, without the white space around it", function()
    local request = request_of { CLOUDFLARE_API_USER_SERVICE_KEY = "\n service\n" }
    assert.same({ service = "service" }, credentials_of(request))
  end)

  it("gives the base URL, without the white space around it", function()
    local request = request_of {
      CLOUDFLARE_BASE_URL = " " .. api.url .. "/elsewhere\n", CLOUDFLARE_API_TOKEN = "token",
    }
    assert.matches("^/elsewhere/accounts/", request.target)
  end)

  it("is trimmed, not cleaned: white space within a value is refused", function()
    assert.matches("api_token has a space", refusal_of { CLOUDFLARE_API_TOKEN = "to ken" })
    assert.matches("api_token has a space", refusal_of { CLOUDFLARE_API_TOKEN = "to\nken" })
  end)

  it("that is blank is unset: the account", function()
    for _, blank in ipairs { "", " ", "\t\r\n" } do
      assert.matches("account_id is missing", refusal_of {
        CLOUDFLARE_ACCOUNT_ID = blank, CLOUDFLARE_API_TOKEN = "token",
      })
    end
  end)

  it("that is blank is unset: the token", function()
    local request = request_of {
      CLOUDFLARE_API_TOKEN = " ", CLOUDFLARE_EMAIL = "a@example.com", CLOUDFLARE_API_KEY = "key",
    }
    assert.same({ email = "a@example.com", key = "key" }, credentials_of(request))
  end)

  it("that is blank is unset: e-mail and key", function()
    local request = request_of {
      CLOUDFLARE_EMAIL = "", CLOUDFLARE_API_KEY = "\n",
      CLOUDFLARE_API_USER_SERVICE_KEY = "service",
    }
    assert.same({ service = "service" }, credentials_of(request))
  end)

  it("that is blank is unset: all of it", function()
    assert.matches("no credentials: set api_token (or CLOUDFLARE_API_TOKEN)", refusal_of {
      CLOUDFLARE_API_TOKEN = "", CLOUDFLARE_EMAIL = " ", CLOUDFLARE_API_KEY = "",
      CLOUDFLARE_API_USER_SERVICE_KEY = "\t",
    }, 1, true)
  end)

  it("that is blank is unset: the base URL, which is the API's then", function()
    api:answer(ok)
    local output
    for _, blank in ipairs { "", " \n" } do
      api:answer_proxy { status = 403 }
      output = run({
        CLOUDFLARE_BASE_URL = blank, CLOUDFLARE_API_TOKEN = "token", https_proxy = api:proxy_url(),
      })
      assert.matches("^connection: ", output)
    end
    local seen = api:seen()
    assert.equal(2, seen.proxy.request_count)
    for _, request in ipairs(seen.proxy.requests) do
      assert.equal("api.cloudflare.com:443", request.target)
    end
  end)

  it("gives way to every option", function()
    local request = request_of({
      CLOUDFLARE_ACCOUNT_ID = "a", CLOUDFLARE_API_TOKEN = "b", CLOUDFLARE_BASE_URL = "c",
    }, ([[{ account_id = "other", api_token = "another", base_url = "%s/third" }]]):format(api.url))
    assert.equal("/third/accounts/other/realtime/kit/app/sessions/session/participants/me",
      request.target)
    assert.same({ token = "Bearer another" }, credentials_of(request))
  end)

  it("serves a client as it does a plain call", function()
    api:answer(ok)
    local output = fixture.run([[
      local client = require("realtimekit").new()
      assert(client:participant("a", "b", "c"))
      assert(client:with({ include_peer_events = true }):participant("a", "b", "c"))
    ]], {
      CLOUDFLARE_ACCOUNT_ID = "abc", CLOUDFLARE_BASE_URL = api.url, CLOUDFLARE_API_TOKEN = "token",
    })
    assert.equal("", output)
    local requests = api:seen().requests
    assert.equal(2, #requests)
    for _, request in ipairs(requests) do
      assert.matches("^/accounts/abc/realtime/kit/a/sessions/b/participants/c", request.target)
      assert.same({ token = "Bearer token" }, credentials_of(request))
    end
  end)

  local token = { CLOUDFLARE_API_TOKEN = "token" }
  local pair = { CLOUDFLARE_EMAIL = "a@example.com", CLOUDFLARE_API_KEY = "key" }
  local service = { CLOUDFLARE_API_USER_SERVICE_KEY = "service" }

  local function all_of(...)
    local variables = {}
    for _, some in ipairs { ... } do
      for name, value in pairs(some) do variables[name] = value end
    end
    return variables
  end

  local only_token = { token = "Bearer token" }
  local only_pair = { email = "a@example.com", key = "key" }
  local only_service = { service = "service" }

  local schemes = {
    ["token, pair and service key: the token"] = { all_of(token, pair, service), only_token },
    ["token and pair: the token"] = { all_of(token, pair), only_token },
    ["token and service key: the token"] = { all_of(token, service), only_token },
    ["pair and service key: the pair"] = { all_of(pair, service), only_pair },
    ["token and an e-mail: the token"] = {
      all_of(token, { CLOUDFLARE_EMAIL = "a@example.com" }), only_token,
    },
    ["service key and a key: the service key"] = {
      all_of(service, { CLOUDFLARE_API_KEY = "key" }), only_service,
    },
  }
  for what, case in pairs(schemes) do
    it("sends one scheme alone, of " .. what, function()
      assert.same(case[2], credentials_of(request_of(case[1])))
    end)
  end

  local given = {
    ["a pair over a token"] = {
      token, [[{ api_email = "b@example.com", api_key = "other" }]],
      { email = "b@example.com", key = "other" },
    },
    ["a token over a pair and a service key"] = {
      all_of(pair, service), [[{ api_token = "other" }]], { token = "Bearer other" },
    },
    ["a token over a token and a pair"] = {
      all_of(token, pair), [[{ api_token = "other" }]], { token = "Bearer other" },
    },
    ["a service key over everything"] = {
      all_of(token, pair, service), [[{ user_service_key = "other" }]], { service = "other" },
    },
    ["a pair over half a pair"] = {
      { CLOUDFLARE_EMAIL = "a@example.com" },
      [[{ api_email = "b@example.com", api_key = "other" }]],
      { email = "b@example.com", key = "other" },
    },
  }
  for what, case in pairs(given) do
    it("gives way to credentials in options, as a group: " .. what, function()
      assert.same(case[3], credentials_of(request_of(case[1], case[2])))
    end)
  end

  local halves = {
    ["CLOUDFLARE_EMAIL alone"] = { { CLOUDFLARE_EMAIL = "a@example.com" }, nil, "api_email" },
    ["CLOUDFLARE_API_KEY alone"] = { { CLOUDFLARE_API_KEY = "key" }, nil, "api_key" },
    ["api_email, with a token in the environment"] = {
      token, [[{ api_email = "a@example.com" }]], "api_email",
    },
    ["api_email, with the key in the environment"] = {
      pair, [[{ api_email = "b@example.com" }]], "api_email",
    },
    ["api_key, with the e-mail in the environment"] = { pair, [[{ api_key = "k" }]], "api_key" },
  }
  for what, case in pairs(halves) do
    it("does not complete half a pair: " .. what, function()
      assert.matches("invalid_request: " .. case[3] .. " is half of a pair",
        refusal_of(case[1], case[2]), 1, true)
    end)
  end
end)

describe("options: credentials", function()
  local api = fixture.server()

  before_each(function() api:answer(ok) end)

  local function new(credentials)
    local opts = { account_id = fixture.account, base_url = api.url, max_retries = 0 }
    for name, value in pairs(credentials) do opts[name] = value end
    return realtimekit.new(opts)
  end

  local token, other_token = { api_token = "token" }, { api_token = "other" }
  local pair = { api_email = "a@example.com", api_key = "key" }
  local service = { user_service_key = "service" }
  local everything = {
    api_token = "token", api_email = "a@example.com", api_key = "key", user_service_key = "service",
  }

  local layers = {
    ["a token over a token"] = { token, other_token, { token = "Bearer other" } },
    ["a token over a pair"] = { pair, token, { token = "Bearer token" } },
    ["a token over a service key"] = { service, token, { token = "Bearer token" } },
    ["a pair over a token"] = { token, pair, { email = "a@example.com", key = "key" } },
    ["a pair over a service key"] = { service, pair, { email = "a@example.com", key = "key" } },
    ["a service key over a token"] = { token, service, { service = "service" } },
    ["a service key over a pair"] = { pair, service, { service = "service" } },
    ["a key keeps the e-mail"] = {
      pair, { api_key = "new" }, { email = "a@example.com", key = "new" },
    },
    ["an e-mail keeps the key"] = {
      pair, { api_email = "b@example.com" }, { email = "b@example.com", key = "key" },
    },
    ["a key completes an e-mail"] = {
      { api_email = "a@example.com" }, { api_key = "key" },
      { email = "a@example.com", key = "key" },
    },
    ["a token repairs half a pair"] = { { api_key = "key" }, token, { token = "Bearer token" } },
  }
  for what, case in pairs(layers) do
    it("of a call win over its client's: " .. what, function()
      assert(new(case[1]):participant(fixture.ids(case[2])))
      assert.same(case[3], credentials_of(api:seen().requests[1]))
    end)

    it("of a derived client win over its parent's: " .. what, function()
      assert(new(case[1]):with(case[2]):participant(fixture.ids()))
      assert.same(case[3], credentials_of(api:seen().requests[1]))
    end)
  end

  it("in one table: the token wins over the pair, the pair over the service key", function()
    assert(new(everything):participant(fixture.ids()))
    everything.api_token = nil
    assert(new(everything):participant(fixture.ids()))
    local requests = api:seen().requests
    assert.same({ token = "Bearer token" }, credentials_of(requests[1]))
    assert.same({ email = "a@example.com", key = "key" }, credentials_of(requests[2]))
  end)

  it("of a call are for that call only", function()
    local client = new(token)
    assert(client:participant(fixture.ids(pair)))
    assert(client:participant(fixture.ids()))
    assert(client:participant(fixture.ids(service)))
    assert(client:participant(fixture.ids { timeout = 5 }))
    local requests = api:seen().requests
    assert.same({ email = "a@example.com", key = "key" }, credentials_of(requests[1]))
    assert.same({ token = "Bearer token" }, credentials_of(requests[2]))
    assert.same({ service = "service" }, credentials_of(requests[3]))
    assert.same({ token = "Bearer token" }, credentials_of(requests[4]))
  end)

  it("pass through three levels, the last of them in force", function()
    assert(new(token):with(service):participant(fixture.ids(pair)))
    assert(new(pair):with({ api_key = "new" }):participant(fixture.ids { timeout = 5 }))
    local requests = api:seen().requests
    assert.same({ email = "a@example.com", key = "key" }, credentials_of(requests[1]))
    assert.same({ email = "a@example.com", key = "new" }, credentials_of(requests[2]))
  end)

  local halves = {
    ["an e-mail beside a token"] = { { api_token = "token", api_email = "a@example.com" } },
    ["a key beside a service key"] = { { user_service_key = "service", api_key = "key" } },
    ["an e-mail over a token"] = { token, { api_email = "a@example.com" } },
    ["a key over a service key"] = { service, { api_key = "key" } },
  }
  for what, case in pairs(halves) do
    it("are refused when half a pair is among them: " .. what, function()
      local participant, err, failure = new(case[1]):participant(fixture.ids(case[2]))
      assert.is_nil(participant)
      assert.equal("invalid_request", failure.kind)
      assert.matches("is half of a pair", err, 1, true)
      assert.equal(0, api:seen().request_count)
    end)
  end
end)

describe("options: a call's value wins over a derived client's, that over its parent's", function()
  local api = fixture.server()

  local function target(pattern)
    return function(call)
      assert(call())
      return api:seen().requests[1].target:match(pattern)
    end
  end

  local function header(name)
    return function(call)
      assert(call())
      return api:seen().requests[1].headers[name]
    end
  end

  local function complaint(pattern)
    return function(call)
      local _, err = call()
      return err:match(pattern)
    end
  end

  local function attempts(call)
    local _, _, failure = call()
    return failure.attempts
  end

  local unavailable = { status = 503, headers = { "Retry-After: 0.01" } }

  -- For each option three values and what is seen of each.
  local cases = {
    account_id = { { "a", "b", "c" }, { "a", "b", "c" }, target "/accounts/(%w)/" },
    api_token = { { "a", "b", "c" }, { "Bearer a", "Bearer b", "Bearer c" },
      header "authorization" },
    user_agent = { { "a", "b", "c" }, { "a", "b", "c" }, function(call)
      return header "user-agent"(call):match " (%w)$"
    end },
    filters = { { "events", {}, { "device_info", "events" } },
      { "?filters=events", "", "?filters=device_info,events" }, target "[^?]*(.*)" },
    include_peer_events = { { true, false, true }, { "true", "false", "true" },
      target "include_peer_events=(.*)" },
    max_retries = { { 0, 2, 1 }, { 1, 3, 2 }, attempts, unavailable },
    max_retry_after = { { 0, 60, 0.005 }, { 1, 2, 1 }, attempts, unavailable, { max_retries = 1 } },
    max_response_bytes = { { 10, 20, 30 }, { "10", "20", "30" },
      complaint "over (%d+) bytes %(option max_response_bytes" },
    timeout = { { 0.05, 0.07, 0.06 }, { "0.05", "0.07", "0.06" },
      complaint "within (%S+) s %(option timeout", { stall_after = 0 } },
    deadline = { { 0.05, 0.07, 0.06 }, { "0.05", "0.07", "0.06" },
      complaint "within (%S+) s %(option deadline", { stall_after = 0 } },
  }

  for name, case in pairs(cases) do
    it(name, function()
      local opts = { account_id = fixture.account, base_url = api.url, max_retries = 0 }
      if name ~= "api_token" then opts.api_token = fixture.token end
      for key, value in pairs(case[5] or {}) do opts[key] = value end
      opts[name] = case[1][1]
      local client = realtimekit.new(opts)
      local derived = client:with { [name] = case[1][2] }
      local function see(of, call_opts)
        api:answer(case[4] or ok)
        return case[3](function() return of:participant(fixture.ids(call_opts)) end)
      end
      assert.equal(case[2][3], see(derived, { [name] = case[1][3] }))
      assert.equal(case[2][2], see(derived))
      assert.equal(case[2][3], see(client, { [name] = case[1][3] }))
      assert.equal(case[2][1], see(client))
      -- Options of a call that are none of its business: one that shapes the connection, one not.
      assert.equal(case[2][1], see(client, { headers = { ["X-A"] = "1" } }))
      assert.equal(case[2][1], see(client, { null = 0 }))
    end)
  end

  it("base_url", function()
    api:answer(ok)
    local client = fixture.client(api.url, { base_url = api.url .. "/a" })
    local derived = client:with { base_url = api.url .. "/b" }
    assert(derived:participant(fixture.ids { base_url = api.url .. "/c" }))
    assert(derived:participant(fixture.ids()))
    assert(client:participant(fixture.ids()))
    assert(client:participant(fixture.ids { user_agent = "a" }))
    local seen = {}
    for i, request in ipairs(api:seen().requests) do seen[i] = request.target:match "^/%w+/" end
    assert.same({ "/c/", "/b/", "/a/", "/a/" }, seen)
  end)

  it("proxy", function()
    api:answer(ok)
    local proxy = api:proxy_url()
    local client = fixture.client(api.url, { proxy = proxy })
    local derived = client:with { proxy = false }
    assert(client:participant(fixture.ids()))
    assert(derived:participant(fixture.ids()))
    assert(derived:participant(fixture.ids { proxy = proxy }))
    assert(client:participant(fixture.ids { proxy = false }))
    assert(client:participant(fixture.ids { user_agent = "a" }))
    local seen = {}
    for i, request in ipairs(api:seen().requests) do seen[i] = request.listener end
    assert.same({ "proxy", "http", "proxy", "http", "proxy" }, seen)
  end)

  it("ca_file and ca_path", function()
    api:answer(ok)
    local url = api:https()
    local client = fixture.client(url, { proxy = false })
    local derived = client:with { ca_file = certificates.ca_file }
    local stranger = certificates.directory .. "/other_root.pem"
    local function kind(of, opts)
      local _, _, response = of:participant(fixture.ids(opts))
      return response.kind or "fetched"
    end
    assert.equal("tls", kind(client))
    assert.equal("fetched", kind(derived))
    assert.equal("fetched", kind(derived, { user_agent = "a" }))
    assert.equal("tls", kind(derived, { ca_file = stranger }))
    local other = client:with { ca_path = certificates.ca_path }
    assert.equal("fetched", kind(other))
    assert.equal("fetched", kind(other, { user_agent = "a" }))
    assert.equal("fetched", kind(other, { ca_file = stranger }))
    assert.equal("tls", kind(client))
  end)

  it("connect_timeout", function()
    local url, keeper = server.silent_url()
    local client = fixture.client(url, { connect_timeout = 0.05 })
    local derived = client:with { connect_timeout = 0.07 }
    local function limit(of, opts)
      local _, err = of:participant(fixture.ids(opts))
      return err:match "no connection within (%S+) s %(option connect_timeout"
    end
    assert.equal("0.05", limit(client))
    assert.equal("0.07", limit(derived))
    assert.equal("0.07", limit(derived, { user_agent = "a" }))
    assert.equal("0.06", limit(derived, { connect_timeout = 0.06 }))
    keeper:close()
  end)

  it("logger", function()
    api:answer(ok)
    local calls = {}
    local function logger(name)
      return function(_, message)
        if message == "request" then calls[#calls + 1] = name end
      end
    end
    local client = fixture.client(api.url, { logger = logger "client" })
    local derived = client:with { logger = logger "derived" }
    assert(client:participant(fixture.ids()))
    assert(derived:participant(fixture.ids()))
    assert(derived:participant(fixture.ids { logger = logger "call" }))
    assert(client:with({ timeout = 5 }):participant(fixture.ids { timeout = 6 }))
    assert.same({ "client", "derived", "call", "client" }, calls)
  end)
end)

describe("options: by default", function()
  local api = fixture.server()

  local function fetch(answer)
    api:answer(answer)
    return realtimekit.new({
      account_id = fixture.account, api_token = fixture.token, base_url = api.url,
    }):participant(fixture.ids())
  end

  it("a server may not ask for a wait of more than 60 seconds", function()
    local _, _, failure = fetch { status = 503, headers = { "Retry-After: 60.001" } }
    assert.equal(60.001, failure.retry_after)
    assert.equal(1, failure.attempts)
  end)

  -- This many NUL bytes, as gzip.
  local function zeros(count)
    local directory, keeper = process.temporary_directory()
    local path = directory .. "/zeros.gz"
    process.check(("head -c %d /dev/zero | gzip -1nc >%s"):format(count, process.quote(path)))
    local bytes = process.read_file(path)
    keeper:close()
    return bytes
  end

  it("a body has at most 64 MiB", function()
    local _, _, failure = fetch { body = zeros(67108864), encoding = "gzip" }
    assert.equal("bad_response", failure.kind)
    local _, err, too_large = fetch { body = zeros(67108865), encoding = "gzip" }
    assert.equal("too_large", too_large.kind)
    assert.matches("over 67108864 bytes", err, 1, true)
  end)

  it("a request has neither a query nor headers but its own", function()
    assert(fetch(ok))
    local request = api:seen().requests[1]
    assert.equal(fixture.path, request.target)
    assert.equal("lua-realtimekit/" .. realtimekit._VERSION, request.headers["user-agent"])
    local names = {}
    for name in pairs(request.headers) do names[#names + 1] = name end
    table.sort(names)
    assert.same({ "accept", "accept-encoding", "authorization", "host", "user-agent" }, names)
  end)
end)

describe("options: headers", function()
  local api = fixture.server()

  before_each(function() api:answer(ok) end)

  -- The header lines of the last request whose names begin with "x-" in any case, sorted.
  local function extra_lines()
    local lines, requests = {}, api:seen().requests
    for _, line in ipairs(requests[#requests].header_lines) do
      if line:find "^[Xx]%-" then lines[#lines + 1] = line end
    end
    table.sort(lines)
    return lines
  end

  it("of client, derived client and call are merged", function()
    local client = fixture.client(api.url, { headers = { ["X-A"] = "1", ["X-B"] = "2" } })
    local derived = client:with { headers = { ["X-B"] = "3", ["X-C"] = "4" } }
    assert(derived:participant(fixture.ids { headers = { ["X-C"] = "5", ["X-D"] = "6" } }))
    assert.same({ "X-A: 1", "X-B: 3", "X-C: 5", "X-D: 6" }, extra_lines())
    assert(derived:participant(fixture.ids()))
    assert.same({ "X-A: 1", "X-B: 3", "X-C: 4" }, extra_lines())
    assert(client:participant(fixture.ids()))
    assert.same({ "X-A: 1", "X-B: 2" }, extra_lines())
  end)

  it("are the same in any spelling: one line is sent, spelt as it was last", function()
    local client = fixture.client(api.url, { headers = { ["X-Trace-Id"] = "1" } })
    assert(client:participant(fixture.ids { headers = { ["x-trace-ID"] = "2" } }))
    assert.same({ "x-trace-ID: 2" }, extra_lines())
  end)

  it("that are false are dropped, in any spelling, for as long as they are false", function()
    local client = fixture.client(api.url, { headers = { ["X-A"] = "1", ["X-B"] = "2" } })
    local derived = client:with { headers = { ["x-a"] = false } }
    assert(derived:participant(fixture.ids()))
    assert.same({ "X-B: 2" }, extra_lines())
    assert(derived:participant(fixture.ids { headers = { ["X-B"] = false } }))
    assert.same({}, extra_lines())
    assert(derived:participant(fixture.ids { headers = { ["X-A"] = "3" } }))
    assert.same({ "X-A: 3", "X-B: 2" }, extra_lines())
  end)

  it("that a client dropped come back with a call's value", function()
    local client = fixture.client(api.url, { headers = { Accept = false } })
    assert(client:participant(fixture.ids()))
    assert(client:participant(fixture.ids { headers = { accept = "text/plain" } }))
    local requests = api:seen().requests
    assert.is_nil(requests[1].headers.accept)
    assert.equal("text/plain", requests[2].headers.accept)
  end)

  it("that a call dropped are there for the next", function()
    local client = fixture.client(api.url)
    assert(client:participant(fixture.ids { headers = { Accept = false } }))
    assert(client:participant(fixture.ids()))
    local requests = api:seen().requests
    assert.is_nil(requests[1].headers.accept)
    assert.equal("application/json", requests[2].headers.accept)
  end)
end)

describe("options: query", function()
  local api = fixture.server()

  before_each(function() api:answer(ok) end)

  local function queries()
    local list = {}
    for i, request in ipairs(api:seen().requests) do list[i] = request.target:match "%?(.*)" end
    return list
  end

  it("of client, derived client and call is merged", function()
    local client = fixture.client(api.url, { query = { a = 1, b = 2 } })
    local derived = client:with { query = { b = "x", c = true } }
    assert(derived:participant(fixture.ids { query = { c = false, d = 4 } }))
    assert(derived:participant(fixture.ids()))
    assert(client:participant(fixture.ids()))
    assert.same({ "a=1&b=x&c=false&d=4", "a=1&b=x&c=true", "a=1&b=2" }, queries())
  end)

  it("has names with case: a and A are two parameters", function()
    local client = fixture.client(api.url, { query = { a = 1 } })
    assert(client:participant(fixture.ids { query = { A = 2 } }))
    assert.same({ "A=2&a=1" }, queries())
  end)
end)
