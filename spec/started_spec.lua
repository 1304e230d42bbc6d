-- Calls that were started: what they return, how they are waited for, how they end.

local fixture = require "spec.support.fixture"
local internals = require "rtk_internals"
local realtimekit = require "realtimekit"
local server = require "spec.support.server"
local socket = require "socket"

local ok = { json = fixture.envelope() }

local function collect()
  collectgarbage()
  collectgarbage()
end

-- Without what differs from call to call.
local function comparable(outcome)
  outcome.elapsed = nil
  return outcome
end

describe("start", function()
  local api = fixture.server()

  it("returns a call at once, and sends nothing before somebody waits or steps", function()
    api:answer(ok)
    local client = fixture.client(api.url)
    local call = client:start(fixture.ids())
    assert.is_false(call:done())
    assert.equal(0, api:seen().request_count)
    client:step(0)
    assert.equal(1, api:wait_seen(1).request_count)
  end)

  it("is there for the default client, too", function()
    api:answer { echo = true }
    local output = fixture.run([[
      local realtimekit = require "realtimekit"
      local call = realtimekit.start("app", "session", "me")
      repeat local ended, under_way = realtimekit.step(1) until under_way == 0
      print(call:done(), call:result().id)
    ]], {
      CLOUDFLARE_ACCOUNT_ID = fixture.account, CLOUDFLARE_API_TOKEN = fixture.token,
      CLOUDFLARE_BASE_URL = api.url,
    })
    assert.equal("true\tme\n", output)
  end)

  for what, case in pairs {
    ["a participant"] = { ok },
    ["nulls, as an option says"] = { { json = fixture.envelope('{"id":"x","a":null,"b":2.0}') },
      { null = false } },
    ["a gzipped answer of an older form"] = { { json = fixture.envelope(), chunked = true } },
    ["404"] = { { status = 404, json = fixture.error_envelope(1404, "none") } },
    ["an answer that is no JSON"] = { { body = "hello" } },
    ["success: false"] = { { json = fixture.error_envelope(7, "no") } },
    ["a body that is too large"] = { ok, { max_response_bytes = 5 } },
    ["500 after three attempts"] = { { status = 500, headers = { "Retry-After: 0" } },
      { max_retries = 2 } },
    ["a connection cut short"] = { { json = "{}", cut_after = 5 } },
  } do
    it("comes to what the plain call comes to: " .. what, function()
      api:answer(case[1])
      local client = fixture.client(api.url, case[2])
      local expected, expected_err, expected_outcome = client:participant(fixture.ids())
      local got, err, outcome = client:start(fixture.ids()):result()
      assert.same(expected, got)
      assert.equal(expected_err, err)
      assert.same(comparable(expected_outcome), comparable(outcome))
    end)
  end

  it("takes options of the call over the client's", function()
    api:answer(ok)
    local call = fixture.client(api.url):start(fixture.ids {
      include_peer_events = true, headers = { ["X-Mine"] = "1" },
    })
    assert(call:result())
    local request = api:seen().requests[1]
    assert.matches("include_peer_events=true", request.target, 1, true)
    assert.equal("1", request.headers["x-mine"])
  end)

  it("refuses impossible ids and settings as a failure of the call, which is done", function()
    local client = fixture.client(api.url)
    for _, call in ipairs {
      client:start("a", "b", ".."),
      client:start("a", "b", "c", { base_url = "nonsense" }),
    } do
      assert.is_true(call:done())
      local participant, err, failure = call:result()
      assert.is_nil(participant)
      assert.matches("^invalid_request: ", err)
      assert.equal("invalid_request", failure.kind)
      assert.is_nil(call:pollfd())
    end
  end)

  it("raises for misuse in its caller", function()
    local client = fixture.client(api.url)
    assert.has_error(function() client:start("a", "b") end)
    assert.has_error(function() client:start("a", "b", 3) end)
    assert.has_error(function() client:start("a", "b", "c", { timeout = "1" }) end)
    local ok_, message = pcall(client.start, client, "a", "b", "c", {}, 1)
    assert.is_false(ok_)
    assert.matches("too many arguments: three ids and one table of options", message, 1, true)
    assert.has_error(function() realtimekit.start("a", 2, "c") end)
    client:close()
    assert.has_error(function() client:start("a", "b", "c") end, "the client is closed")
  end)

  it("may be done a thousand times at once", function()
    api:answer { echo = true }
    local client, calls = fixture.client(api.url, { max_connections = 16 }), {}
    for i = 1, 1000 do calls[i] = client:start("app", "session", "p" .. i) end
    for i = 1000, 1, -1 do assert.equal("p" .. i, assert(calls[i]:result()).id) end
    assert.is_true(api:seen().connections <= 16)
  end)
end)

describe("a call under way", function()
  local api = fixture.server()

  it("gives the same results every time", function()
    api:answer(ok)
    local call = fixture.client(api.url):start(fixture.ids())
    local participant, _, response = call:result()
    local again, err, response_again = call:result()
    assert.is_true(rawequal(participant, again) and rawequal(response, response_again))
    assert.is_nil(err)
    assert.equal(1, #api:seen().requests)
  end)

  it("waits for a time, and says whether it is done", function()
    api:answer { hold = true, json = fixture.envelope() }
    local call = fixture.client(api.url):start(fixture.ids())
    assert.is_false(call:wait(0))
    assert.is_false(call:wait(0.05))
    assert.is_false(call:done())
    api:wait_seen(1)
    api:release()
    assert.is_true(call:wait())
    assert.is_true(call:wait(0))
    assert.equal(fixture.participant, call:result().id)
  end)

  it("raises for a time that is none", function()
    local call = fixture.client(api.url):start(fixture.ids())
    for _, seconds in ipairs { -1, "x", 0 / 0, {} } do
      assert.has_error(function() call:wait(seconds) end)
    end
  end)

  it("goes on while another one is waited for", function()
    api:answer({ match = "/slow?", hold = true, json = fixture.envelope() }, { echo = true })
    local client = fixture.client(api.url)
    local quick = client:start("a", "b", "quick")
    local slow = client:start("a", "b", "slow", { query = { x = 1 } })
    assert.equal("quick", quick:result().id)
    api:wait_seen(2)
    assert.is_false(slow:done())
    api:release()
    assert(slow:result())
  end)

  it("keeps its client, which the collector would close", function()
    api:answer(ok)
    local call = fixture.client(api.url):start(fixture.ids())
    collect()
    assert.equal(fixture.participant, assert(call:result()).id)
  end)

  it("tells its state as a string, and no secret", function()
    local call = fixture.client(api.url):start(fixture.ids())
    assert.matches("^realtimekit.call: 0?x?%x+ %(under way%)$", tostring(call))
    call:cancel()
    assert.matches("%(done%)$", tostring(call))
  end)

  it("ends at its timeout, its connect_timeout and its deadline", function()
    api:answer { stall_after = 0 }
    local silent, silence = server.silent_url()
    local client = fixture.client(api.url)
    local calls = {
      ["option timeout"] = client:start(fixture.ids { timeout = 0.05 }),
      ["option deadline"] = client:start(fixture.ids { deadline = 0.05 }),
      ["option connect_timeout"] = client:start(fixture.ids {
        base_url = silent, connect_timeout = 0.05, timeout = 20,
      }),
    }
    for what, call in pairs(calls) do
      local _, err, failure = call:result()
      assert.equal("timeout", failure.kind)
      assert.matches(what, err, 1, true)
    end
    silence:close()
  end)

  it("retries, and waits for it without keeping others waiting", function()
    api:answer(
      { match = "/again", any_of = { { status = 503, headers = { "Retry-After: 0.2" } } } },
      { echo = true })
    local client = fixture.client(api.url, { max_connections = 1 })
    local again = client:start("a", "b", "again", { max_retries = 1 })
    again:wait(0.01)
    api:wait_seen(1)
    assert.equal("b", client:start("a", "b", "b"):result().id)
    assert.is_false(again:done())
    local _, _, failure = again:result()
    assert.equal(2, failure.attempts)
    assert.is_true(failure.elapsed >= 0.2)
  end)
end)

describe("cancelling a call", function()
  local api = fixture.server()
  local client

  before_each(function()
    if client then client:close() end
    collect() -- what other tests have open
    api:wait_closed()
    client = fixture.client(api.url)
  end)

  local function assert_cancelled(call)
    assert.is_true(call:done())
    local participant, err, failure = call:result()
    assert.is_nil(participant)
    assert.equal("cancelled", failure.kind)
    assert.matches("^cancelled: ", err)
    return failure
  end

  it("ends it before it was sent", function()
    api:answer(ok)
    local call = client:start(fixture.ids())
    call:cancel()
    assert.equal(0, assert_cancelled(call).attempts)
    client:step(0)
    assert.equal(0, api:seen().request_count)
  end)

  it("ends it while its connection is made", function()
    local silent, silence = server.silent_url()
    local call = client:start(fixture.ids { base_url = silent })
    call:wait(0.05)
    call:cancel()
    assert_cancelled(call)
    silence:close()
  end)

  for what, answer in pairs {
    ["for an answer"] = { stall_after = 0 },
    ["for the rest of a body"] = { json = fixture.envelope(), stall_after = { body = 5 } },
  } do
    it("ends it while it waits " .. what .. ", and the server sees it go", function()
      api:answer(answer)
      local call = client:start(fixture.ids())
      call:wait(0.05)
      api:wait_seen(1)
      call:cancel()
      local failure = assert_cancelled(call)
      assert.is_nil(failure.status)
      assert.is_nil(failure.body)
      api:wait_closed()
    end)
  end

  it("ends it between two attempts", function()
    api:answer { status = 503, headers = { "Retry-After: 30" } }
    local call = client:start(fixture.ids { max_retries = 1 })
    call:wait(0.05)
    api:wait_seen(1)
    assert.is_false(call:done())
    call:cancel()
    assert.equal(1, assert_cancelled(call).attempts)
  end)

  it("does nothing to a call that has ended, fetched or not", function()
    api:answer(ok)
    local call = client:start(fixture.ids())
    call:wait()
    call:cancel()
    assert.equal(fixture.participant, call:result().id)
    call:cancel()
    assert.equal(fixture.participant, call:result().id)
  end)

  it("leaves the other calls of the client alone", function()
    api:answer { echo = true }
    local one, other = client:start("a", "b", "one"), client:start("a", "b", "other")
    one:cancel()
    assert.equal("other", other:result().id)
    assert_cancelled(one)
  end)

  it("is what the collector does to a call that nobody keeps", function()
    api:answer { stall_after = 0 }
    client:start(fixture.ids()):wait(0.05)
    api:wait_seen(1)
    collect()
    api:wait_closed()
  end)

  it("is what close does to the calls of a client, and of no other", function()
    api:answer { hold = true, json = fixture.envelope() }
    local derived = client:with { timeout = 20 }
    local plain, with_options = client:start(fixture.ids()), client:start(fixture.ids {
      timeout = 30,
    })
    local of_derived = derived:start(fixture.ids())
    of_derived:wait(0.05)
    api:wait_seen(3)
    client:close()
    assert_cancelled(plain)
    assert_cancelled(with_options)
    assert.is_false(of_derived:done())
    api:release()
    assert.equal(fixture.participant, of_derived:result().id)
  end)
end)

describe("the logger of a call under way", function()
  local api = fixture.server()

  local function recorder()
    local told = {}
    return told, function(level, message, fields)
      told[#told + 1] = ("%s %s %d %s"):format(level, message, fields.attempt,
        tostring(fields.kind))
    end
  end

  it("is told what that of a plain call is told", function()
    local answers = { { status = 503, headers = { "Retry-After: 0" } }, ok }
    local told, logger = recorder()
    api:answer((table.unpack or unpack)(answers)) -- luacheck: globals unpack
    local client = fixture.client(api.url, { max_retries = 1 })
    client:participant(fixture.ids { logger = logger })
    local expected = told
    told, logger = recorder()
    api:answer((table.unpack or unpack)(answers)) -- luacheck: globals unpack
    assert(client:start(fixture.ids { logger = logger }):result())
    assert.equal(4, #expected)
    assert.same(expected, told)
  end)

  it("is told of an attempt before it is sent", function()
    api:answer(ok)
    local seen
    local client = fixture.client(api.url)
    local call = client:start(fixture.ids {
      logger = function(_, message)
        if message == "request" then seen = api:seen().request_count end
      end,
    })
    assert(call:result())
    assert.equal(0, seen)
    assert.equal(1, api:seen().request_count)
  end)

  for _, when in ipairs { "request", "retry" } do
    it("ends the call with an error that it raises at a " .. when, function()
      api:answer { status = 503, headers = { "Retry-After: 0" } }
      local client = fixture.client(api.url, { max_retries = 1 })
      local call = client:start(fixture.ids {
        logger = function(_, message) if message == when then error({ "mine" }, 0) end end,
      })
      local other = client:start("a", "b", "other")
      assert.is_true(call:wait(10))
      local _, _, failure = other:result()
      assert.equal("server_error", failure.kind)
      for _ = 1, 2 do
        local passed, raised = pcall(call.result, call)
        assert.is_false(passed)
        assert.same({ "mine" }, raised)
      end
    end)
  end

  it("raises at the end, after which the results are there", function()
    api:answer(ok)
    local call = fixture.client(api.url):start(fixture.ids {
      logger = function(_, message) if message == "response" then error("late", 0) end end,
    })
    assert.has_error(function() call:result() end, "late")
    assert.equal(fixture.participant, call:result().id)
  end)

  it("cannot wait for its own call, and may for another", function()
    api:answer { echo = true }
    local client = fixture.client(api.url)
    local other, call = client:start("a", "b", "other")
    local message, id
    call = client:start("a", "b", "mine", {
      logger = function(_, event)
        if event ~= "request" then return end
        message = select(2, pcall(call.result, call))
        id = other:result().id
      end,
    })
    assert.equal("mine", call:result().id)
    assert.matches("own logger cannot wait", message, 1, true)
    assert.equal("other", id)
  end)

  it("may cancel its call, fetch it, drop it, close its client", function()
    api:answer { echo = true }
    local kinds = {}
    for _, harm in ipairs {
      function(_, call) call:cancel() end,
      function(client, call)
        client:close()
        local kind = select(3, call:result()).kind
        kinds[#kinds + 1] = kind
      end,
      function(client)
        client:close()
        collect()
      end,
    } do
      local client, call = fixture.client(api.url)
      local once = true
      call = client:start("a", "b", "c", { logger = function()
        if once then
          once = false
          harm(client, call)
        end
      end })
      local kind = select(3, call:result()).kind
      kinds[#kinds + 1] = kind
    end
    assert.same({ "cancelled", "cancelled", "cancelled", "cancelled" }, kinds)
  end)

  it("makes other calls at any time, of its own client, too", function()
    api:answer { echo = true }
    local client = fixture.client(api.url)
    local inner = {}
    local function logger()
      if #inner >= 3 then return end
      inner[#inner + 1] = true
      inner[#inner] = assert(client:participant("a", "b", "plain")).id
        .. assert(client:start("a", "b", "started"):result()).id
      client:step(0)
    end
    assert.equal("outer", client:start("a", "b", "outer", { logger = logger }):result().id)
    assert.same({ "plainstarted", "plainstarted" }, inner)
  end)
end)

describe("a call in a loop of somebody else's", function()
  local api = fixture.server()

  local function selectable(fd)
    return { getfd = function() return fd end, dirty = function() return false end }
  end

  -- Waits as an event loop does; whether there was anything to be done.
  local function turn(client)
    local timeout = client:timeout()
    if timeout ~= 0 then
      local readable = socket.select({ selectable(client:pollfd()) }, nil, timeout or 10)
      if #readable == 0 and not timeout then return false end
    end
    client:step(0)
    return true
  end

  it("is moved by waiting for its descriptor and stepping", function()
    api:answer({ status = 503, headers = { "Retry-After: 0.05" } },
      { json = fixture.envelope(), delay = 0.05 })
    local client = fixture.client(api.url, { max_retries = 1 })
    local call = client:start(fixture.ids())
    assert.equal("r", call:events())
    assert.equal(client:pollfd(), call:pollfd())
    while not call:done() do assert.is_true(turn(client), "nothing more to do") end
    assert.equal(0, call:timeout())
    assert.equal(2, select(3, call:result()).attempts)
  end)

  it("has a descriptor that alone tells when to step", function()
    if not internals.poller_tells_all() then pending("poll tells of alarms only") end
    api:answer({ status = 503, headers = { "Retry-After: 0.05" } },
      { json = fixture.envelope(), delay = 0.05 })
    local client = fixture.client(api.url, { max_retries = 1 })
    local call = client:start(fixture.ids())
    local rounds = 0
    while not call:done() do
      assert.equal(1, #socket.select({ selectable(call:pollfd()) }, nil, 10))
      client:step(0)
      rounds = rounds + 1
    end
    assert.is_true(rounds < 50, "it was readable for nothing: " .. rounds)
  end)

  it("makes it readable for a call that somebody else's wait has ended, once", function()
    api:answer { echo = true }
    local client = fixture.client(api.url)
    local fd = selectable(client:pollfd())
    local one, other = client:start("a", "b", "one"), client:start("a", "b", "other")
    assert(one:result())
    assert(other:result())
    assert.equal(1, #socket.select({ fd }, nil, 10))
    assert.equal(0, client:timeout())
    assert.equal(2, (client:step(0)))
    assert.equal(0, #socket.select({ fd }, nil, 0))
    assert.is_nil(client:timeout())
  end)

  it("is not kept from waiting by it", function()
    api:answer({ match = "/slow", echo = true, delay = 0.2 }, { echo = true })
    local client = fixture.client(api.url)
    client:pollfd()
    assert(client:start("a", "b", "quick"):result()) -- of which no step has told
    local slow = client:start("a", "b", "slow")
    local before = os.clock()
    assert(slow:result())
    assert.is_true(os.clock() - before < 0.1, "it was busy waiting")
  end)
end)

describe("step", function()
  local api = fixture.server()

  it("says how many calls have ended, and how many are under way", function()
    api:answer({ match = "/slow", hold = true, json = fixture.envelope() }, { echo = true })
    local client = fixture.client(api.url)
    assert.same({ 0, 0 }, { client:step() })
    local slow = client:start("a", "b", "slow")
    local quick = client:start("a", "b", "quick")
    local ended, under_way = 0
    repeat
      local more
      more, under_way = client:step(5)
      ended = ended + more
    until ended > 0
    assert.same({ 1, 1 }, { ended, under_way })
    assert.is_true(quick:done())
    slow:cancel()
    assert.same({ 1, 0 }, { client:step(0) })
    assert.same({ 0, 0 }, { client:step(0) })
  end)

  it("waits for as long as it is told, but not when nothing is under way", function()
    api:answer { stall_after = 0 }
    local client = fixture.client(api.url)
    assert.same({ 0, 0 }, { client:step(30) })
    local call = client:start(fixture.ids())
    call:wait(0.05)
    api:wait_seen(1)
    local before = internals.now()
    client:step(0.1)
    assert.is_true(internals.now() - before >= 0.1)
    call:cancel()
  end)

  it("raises for a time that is none", function()
    local client = fixture.client(api.url)
    for _, seconds in ipairs { -1, "x", 0 / 0 } do
      assert.has_error(function() client:step(seconds) end)
      assert.has_error(function() realtimekit.step(seconds) end)
    end
  end)
end)
