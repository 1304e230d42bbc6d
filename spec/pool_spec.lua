-- Connections: who shares one, how long it lives, and that nothing else is left behind.

local certificates = require "spec.support.certificates"
local fixture = require "spec.support.fixture"
local process_info = require "spec.support.process_info"
local realtimekit = require "realtimekit"

local unpack = table.unpack or unpack -- luacheck: ignore

local ok = { json = fixture.envelope() }

local function collect()
  collectgarbage()
  collectgarbage()
end

-- So many calls of one client, each of which has to succeed at its first attempt.
local function call(client, times, opts)
  for _ = 1, times or 1 do
    local participant, err, response = client:participant(fixture.ids(opts))
    assert.is_nil(err)
    assert.equal(fixture.participant, participant.id)
    assert.equal(1, response.attempts)
  end
end

describe("pool: one connection", function()
  local api = fixture.server()

  before_each(function() api:answer(ok) end)

  local function connections_of(requests)
    local seen = api:wait_seen(requests)
    assert.equal(requests, seen.request_count)
    return seen.connections
  end

  it("serves 1,000 calls in a row of a client", function()
    call(fixture.client(api.url), 1000)
    assert.equal(1, connections_of(1000))
  end)

  it("serves 1,000 plain calls with options", function()
    local opts = fixture.options(api.url)
    for _ = 1, 1000 do assert(realtimekit.participant(fixture.ids(opts))) end
    assert.equal(1, connections_of(1000))
  end)

  it("serves 1,000 plain calls with all they need in the environment", function()
    local output = fixture.run([[
      local realtimekit = require "realtimekit"
      for _ = 1, 1000 do assert(realtimekit.participant("app", "session", "me")) end
      print "done"
    ]], {
      CLOUDFLARE_ACCOUNT_ID = fixture.account, CLOUDFLARE_API_TOKEN = fixture.token,
      CLOUDFLARE_BASE_URL = api.url,
    })
    assert.equal("done\n", output)
    assert.equal(1, connections_of(1000))
  end)

  it("serves calls over TLS, with one handshake", function()
    local client = fixture.client(api:https(), { ca_file = certificates.ca_file })
    call(client, 100)
    client:close()
    assert.equal(1, connections_of(100))
  end)

  it("serves calls with options of their own", function()
    local client = fixture.client(api.url)
    for _ = 1, 5 do
      call(client)
      call(client, 1, { include_peer_events = true })
      call(client, 1, { filters = { "events", "device_info" } })
      call(client, 1, { null = false })
      call(client, 1, { timeout = 3, deadline = 8, max_retries = 1, max_response_bytes = 5000 })
      call(client, 1, { query = { a = 1 } })
      call(client, 1, { account_id = "another" })
      call(client, 1, { logger = function() end })
    end
    assert.equal(1, connections_of(40))
  end)

  it("serves calls with headers and credentials of their own, each with its own alone", function()
    local client = fixture.client(api.url)
    call(client)
    call(client, 1, { api_token = "another-token" })
    call(client, 1, { api_email = "a@example.com", api_key = "key-for-tests" })
    call(client, 1, { headers = { ["X-A"] = "1" }, user_agent = "spec/1" })
    call(client)
    assert.equal(1, connections_of(5))
    local requests = api:seen().requests
    assert.equal("Bearer another-token", requests[2].headers.authorization)
    assert.equal("a@example.com", requests[3].headers["x-auth-email"])
    assert.is_nil(requests[3].headers.authorization)
    assert.equal("1", requests[4].headers["x-a"])
    assert.matches(" spec/1$", requests[4].headers["user-agent"])
    assert.same(requests[1].header_lines, requests[5].header_lines)
  end)

  it("serves a client and those derived from it", function()
    local client = fixture.client(api.url)
    local child = client:with { include_peer_events = true }
    local grandchild = child:with { api_token = "another-token", headers = { ["X-A"] = "1" } }
    for _ = 1, 3 do
      call(client)
      call(child)
      call(grandchild)
    end
    assert.equal(1, connections_of(9))
  end)

  it("does not serve two clients", function()
    local one, other = fixture.client(api.url), fixture.client(api.url)
    for _ = 1, 3 do
      call(one)
      call(other)
    end
    assert.equal(2, connections_of(6))
    local requests = api:seen().requests
    assert.equal(requests[1].connection, requests[5].connection)
    assert.equal(requests[2].connection, requests[6].connection)
  end)

  it("serves a call after failures that the server answered", function()
    api:answer({ status = 404, json = "{}" }, { status = 500, body = "<html>" },
      { json = "nonsense" }, { status = 204 }, ok)
    local client = fixture.client(api.url)
    for _ = 1, 4 do assert.is_nil((client:participant(fixture.ids()))) end
    call(client)
    assert.equal(1, connections_of(5))
  end)

  it("is not opened for a call that is refused", function()
    local client = fixture.client(api.url)
    call(client)
    assert.is_nil((client:participant("", "b", "c")))
    assert.is_nil((client:participant("a", "b", "c", { api_token = "line\nbreak" })))
    assert.is_false(pcall(client.participant, client, "a", "b", "c", { nonsense = 1 }))
    call(client)
    assert.equal(1, connections_of(2))
  end)
end)

describe("pool: the end of a connection", function()
  local api = fixture.server()

  before_each(function()
    collect()
    api:answer(ok)
    api:wait_closed()
  end)

  it("comes with its client's close", function()
    local client = fixture.client(api.url)
    call(client)
    assert.equal(1, api:seen().open)
    client:close()
    api:wait_closed()
  end)

  it("comes with the close of the last of the clients that share it, parent or child", function()
    for _, parent_first in ipairs { true, false } do
      api:answer(ok)
      local parent = fixture.client(api.url)
      local child = parent:with {}
      call(parent)
      local first, last = parent, child
      if not parent_first then first, last = child, parent end
      first:close()
      call(last, 2)
      assert.equal(1, api:seen().connections)
      last:close()
      api:wait_closed()
    end
  end)

  it("comes with the collection of its client", function()
    local client = fixture.client(api.url)
    call(client)
    client = nil -- luacheck: ignore
    collect()
    api:wait_closed()
  end)

  it("comes with the collection of the last of the clients that share it", function()
    local client = fixture.client(api.url)
    local child = client:with {}
    call(child)
    client = nil -- luacheck: ignore
    collect()
    call(child)
    assert.equal(1, api:seen().connections)
    child = nil -- luacheck: ignore
    collect()
    api:wait_closed()
  end)

  it("comes with the end of the Lua state, with no client closed", function()
    local output = fixture.run(([[
      local fixture = require "spec.support.fixture"
      local realtimekit = require "realtimekit"
      client = fixture.client(%q)
      assert(client:participant(fixture.ids()))
      assert(realtimekit.participant(fixture.ids(fixture.options(%q))))
    ]]):format(api.url, api.url))
    assert.equal("", output)
    assert.equal(2, api:wait_closed().connections)
  end)

  it("waits for a call that closes its own client from the logger", function()
    local client
    client = fixture.client(api.url, { logger = function() client:close() end })
    local participant, err = client:participant(fixture.ids())
    assert.is_nil(err)
    assert.equal(fixture.participant, participant.id)
    assert.error_matches(function() client:participant(fixture.ids()) end, "closed")
    api:wait_closed()
  end)

  local stale = {
    ["closed after its answer"] = {
      { { json = ok.json, close = true }, ok }, { requests = 2, connections = 2 } },
    ["closed after its answer, as announced"] = {
      { { json = ok.json, close = true, headers = { "Connection: close" } }, ok },
      { requests = 2, connections = 2 } },
    ["closed when the next request comes"] = {
      { ok, { cut_after = 0 }, ok }, { requests = 3, connections = 2 } },
    ["reset when the next request comes"] = {
      { ok, { reset_after = 0 }, ok }, { requests = 3, connections = 2 } },
  }
  for what, case in pairs(stale) do
    it("by the server is no failure and no attempt, even without retries: " .. what, function()
      api:answer(unpack(case[1]))
      local client = fixture.client(api.url, { max_retries = 0 })
      call(client, 2)
      local seen = api:seen()
      assert.equal(case[2].connections, seen.connections)
      assert.equal(case[2].requests, seen.request_count)
      client:close()
    end)
  end

  it("by the server is no failure, however often it comes in the life of a client", function()
    local script = { ok }
    for _ = 1, 20 do
      script[#script + 1] = { cut_after = 0 } -- the request comes on a connection that is ending
      script[#script + 1] = ok
    end
    api:answer(unpack(script))
    local client = fixture.client(api.url, { max_retries = 0 })
    call(client, 21)
    assert.equal(21, api:seen().connections)
    client:close()
  end)

  it("by the server after each answer is no failure either", function()
    api:answer { json = ok.json, close = true }
    local client = fixture.client(api.url, { max_retries = 0 })
    call(client, 50)
    assert.equal(50, api:seen().connections)
    client:close()
  end)

  it("that came of a failure takes nothing else along: the next call opens another", function()
    api:answer({ cut_after = 20 }, ok)
    local client = fixture.client(api.url)
    assert.is_nil((client:participant(fixture.ids())))
    call(client, 3)
    assert.equal(2, api:seen().connections)
    client:close()
  end)
end)

describe("pool: calls within calls", function()
  local api = fixture.server()

  before_each(function() api:answer { echo = true } end)

  it("from the logger work, on a connection of their own that is kept, too", function()
    local client, quiet
    local inner = {}
    client = fixture.client(api.url, { logger = function(_, message)
      if message ~= "request" then return end
      local participant, err = quiet:participant("app", "session", "inner")
      inner[#inner + 1] = err or participant.id
    end })
    quiet = client:with { logger = function() end }
    for i = 1, 10 do
      assert.equal("outer" .. i, assert(client:participant("app", "session", "outer" .. i)).id)
    end
    assert.same({ "inner", "inner", "inner", "inner", "inner", "inner", "inner", "inner", "inner",
      "inner" }, inner)
    assert.equal(2, api:seen().connections)
    client:close()
    quiet:close()
    api:wait_closed()
  end)

  it("from the logger after the answer do not disturb what the outer call returns", function()
    local client, quiet
    client = fixture.client(api.url, { logger = function(_, message)
      if message == "response" then
        for i = 1, 3 do assert(quiet:participant("app", "session", "inner" .. i)) end
      end
    end })
    quiet = client:with { logger = function() end }
    local participant, _, response = client:participant("app", "session", "outer")
    assert.equal("outer", participant.id)
    assert.equal(participant, response.data.participant)
    client:close()
    quiet:close()
  end)

  it("five deep take five connections, and give them back", function()
    local client
    local depth = 0
    client = fixture.client(api.url, { logger = function(_, message)
      if message ~= "request" or depth == 4 then return end
      depth = depth + 1
      local id = "depth" .. depth
      assert.equal(id, assert(client:participant("app", "session", id)).id)
      depth = depth - 1
    end })
    for _ = 1, 3 do assert(client:participant("app", "session", "outer")) end
    assert.equal(15, api:seen().request_count)
    assert.equal(5, api:seen().connections)
    client:close()
    api:wait_closed()
  end)
end)

describe("pool: an error raised by the logger", function()
  local api = fixture.server()

  -- A client whose logger raises at `message`, and a derived one whose logger is silent.
  local function clients(message, opts)
    opts = opts or {}
    opts.logger = function(_, event) if event == message then error("from the logger", 0) end end
    local client = fixture.client(api.url, opts)
    return client, client:with { logger = function() end }
  end

  local function raises(client)
    local passed, message = pcall(client.participant, client, fixture.ids())
    assert.is_false(passed)
    assert.equal("from the logger", message)
  end

  local script = {
    request = { ok }, response = { ok },
    retry = { { status = 503, headers = { "Retry-After: 0" } } }, failure = { { status = 404 } },
  }
  for message, answers in pairs(script) do
    it("reaches the caller, and the client goes on: at '" .. message .. "'", function()
      api:answer(answers[1])
      local client, quiet = clients(message, { max_retries = 1 })
      raises(client)
      api:answer(ok)
      call(quiet)
      client:close()
      quiet:close()
      collect()
      api:wait_closed()
    end)

    it("costs no connection: at '" .. message .. "'", function()
      api:answer(answers[1])
      local client, quiet = clients(message, { max_retries = 1 })
      quiet:participant(fixture.ids())
      for _ = 1, 50 do raises(client) end
      api:answer(ok)
      call(quiet)
      assert.equal(0, api:seen().connections)
      assert.equal(1, api:seen().open)
      client:close()
      quiet:close()
      collect()
      api:wait_closed()
    end)
  end
end)

describe("pool: what is left behind", function()
  local api = fixture.server()

  before_each(function() api:answer(ok) end)

  -- Fewer where another Lua does the same: what each call leaves behind has to be seen once.
  local calls = (_VERSION == "Lua 5.4" or rawget(_G, "jit")) and 30000 or 10000

  it(("by %d calls is less than 1 MiB"):format(calls), function()
    if not process_info.resident() then pending("memory cannot be measured here") end
    api:record(false)
    local output = fixture.run(([[
      local fixture = require "spec.support.fixture"
      local process_info = require "spec.support.process_info"
      local client = fixture.client(%q)
      local function size()
        collectgarbage()
        collectgarbage()
        return process_info.resident()
      end
      for _ = 1, 1000 do assert(client:participant(fixture.ids())) end
      local before = size()
      for _ = 1, %d do assert(client:participant(fixture.ids())) end
      print(size() - before)
    ]]):format(api.url, calls))
    api:record(true)
    assert.matches("^%-?%d+\n$", output)
    assert.is_true(tonumber(output) < 1024, output)
    assert.equal(1, api:seen().connections)
    assert.equal(calls + 1000, api:seen().request_count)
  end)

  it("by 5,000 failures, refusals, derived clients and calls with options is less than 1 MiB",
    function()
      if not process_info.resident() then pending("memory cannot be measured here") end
      api:record(false)
      api:answer { status = 404, headers = { "X-A: " .. ("a"):rep(500) },
        json = fixture.error_envelope(1404, ("none such "):rep(50)) }
      local output = fixture.run(([[
        local fixture = require "spec.support.fixture"
        local process_info = require "spec.support.process_info"
        local client = fixture.client(%q)
        local function work(times)
          for i = 1, times do
            local _, err, failure = client:participant(fixture.ids())
            assert(failure.kind == "not_found", err)
            client:participant(fixture.ids { headers = { ["X-A"] = "b" }, query = { a = i } })
            client:participant("..", "b", "c")
            client:with { filters = "events" }
            pcall(client.participant, client, "a", "b", "c", { query = { a = {} } })
          end
          collectgarbage()
          collectgarbage()
          return process_info.resident()
        end
        local before = work(500)
        print(work(2500) - before)
      ]]):format(api.url))
      api:record(true)
      assert.matches("^%-?%d+\n$", output)
      assert.is_true(tonumber(output) < 1024, output)
      assert.equal(1, api:seen().connections)
    end)

  -- How many more descriptors a child process has open after `work`, a piece of Lua source.
  local function more_descriptors(work)
    if not process_info.descriptors() then pending("no /proc here to count descriptors in") end
    local output = fixture.run(([[
      local fixture = require "spec.support.fixture"
      local process_info = require "spec.support.process_info"
      local function work(times) %s end
      local function count()
        collectgarbage()
        collectgarbage()
        return process_info.descriptors()
      end
      work(1)
      local before = count()
      work(200)
      print(count() - before)
    ]]):format(work))
    return tonumber(output) or error(output)
  end

  it("by 200 clients, used and dropped, is no file descriptor", function()
    assert.equal(0, more_descriptors(([[
      for i = 1, times do
        local client = fixture.client(%q)
        assert(client:participant(fixture.ids()))
        if i %% 2 == 0 then client:close() end
      end
    ]]):format(api.url)))
    assert.equal(201, api:wait_closed().connections)
  end)

  it("by 200 calls that failed is no file descriptor either", function()
    assert.equal(0, more_descriptors(([[
      client = client or fixture.client(%q, { ca_file = %q })
      for _ = 1, times do
        local _, _, failure = client:participant(fixture.ids())
        assert(failure.kind == "tls")
      end
    ]]):format(api:https("wrong_host"), certificates.ca_file)))
    assert.equal(201, api:wait_closed().connections)
  end)
end)
