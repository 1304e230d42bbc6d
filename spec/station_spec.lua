-- Calls that the I/O thread moves, seen from the thread that runs Lua.

local fixture = require "spec.support.fixture"
local process_info = require "spec.support.process_info"
local remote = require "spec.support.remote"
local server = require "spec.support.server"

local function collect()
  collectgarbage()
  collectgarbage()
end

describe("a station", function()
  local api = fixture.server()
  local station

  before_each(function() station = remote.station() end)

  local function start(client, id, opts)
    return station:start(client, "participant", "app", "session", id, opts)
  end

  it("makes calls without anybody's stepping, each with its own result", function()
    api:answer { echo = true }
    local client, calls = fixture.client(api.url), {}
    for i = 1, 100 do calls[i] = { start(client, "p" .. i) } end
    for i = 100, 1, -1 do
      assert.equal("p" .. i, remote.wait(station, calls[i][1], calls[i][2]):result().id)
    end
    assert.equal(0, station:away())
    assert.is_true(api:seen().connections <= 8)
  end)

  it("tells the ids of calls that are done, once", function()
    api:answer { echo = true }
    local call, id = start(fixture.client(api.url), "me")
    assert.is_number(id)
    local connection = remote.visit(station, station:waiter_word(id))
    connection:settimeout(10)
    assert(connection:receive(1))
    assert.same({ id }, station:take())
    assert.same({}, station:take())
    assert.is_true(call:done())
  end)

  it("has no id for a call that is refused, which is done", function()
    local call, id = start(fixture.client(api.url), "..")
    assert.is_nil(id)
    assert.is_true(call:done())
    assert.equal("invalid_request", select(3, call:result()).kind)
  end)

  it("comes to failures, retries and limits as any call does", function()
    api:answer({ status = 503, headers = { "Retry-After: 0" } },
      { status = 404, json = fixture.error_envelope(7, "none") })
    local _, _, failure = remote.wait(station, start(fixture.client(api.url), "x",
      { max_retries = 1 })):result()
    assert.same({ "not_found", 2 }, { failure.kind, failure.attempts })
  end)

  it("does not give the result of a call that is not done", function()
    api:answer { stall_after = 0 }
    local call = start(fixture.client(api.url), "x")
    api:wait_seen(1)
    assert.has_error(function() call:result() end)
    call:cancel()
    remote.wait(station, call)
  end)

  it("makes the reports of a logger where it is asked what is done", function()
    api:answer({ status = 503, headers = { "Retry-After: 0" } }, { echo = true })
    local told = {}
    local call = remote.wait(station, (start(fixture.client(api.url), "x", {
      max_retries = 1,
      logger = function(_, message) told[#told + 1] = message end,
    })))
    assert.equal("x", call:result().id)
    assert.same({ "request", "retry", "request", "response" }, told)
  end)

  it("ends a call whose logger raises, with that error for its result", function()
    api:answer { echo = true }
    local call = remote.wait(station, (start(fixture.client(api.url), "x", {
      logger = function() error({ "mine" }, 0) end,
    })))
    local _, raised = pcall(call.result, call)
    assert.same({ "mine" }, raised)
    assert.equal(0, api:seen().request_count)
  end)

  it("tells a call to go on that its logger has not ended, and no other in its place", function()
    api:answer { echo = true }
    local client, first = fixture.client(api.url), true
    local one, two
    one = start(client, "one", { logger = function()
      if not first then return end
      first = false
      one:cancel()
      assert.equal("cancelled", select(3, remote.wait(station, one):result()).kind)
      two = start(client, "two") -- in what the first one was made in
      error "mine"
    end })
    remote.wait(station, one)
    assert.equal("two", assert(remote.wait(station, two):result()).id)
  end)

  it("cancels a call that waits for its report", function()
    api:answer { echo = true }
    local told = 0
    local call, id = start(fixture.client(api.url), "x", {
      logger = function() told = told + 1 end,
    })
    call:cancel()
    assert.equal("cancelled", select(3, remote.wait(station, call, id):result()).kind)
    assert.equal(1, told) -- of the failure alone
  end)

  it("holds back calls of a client that was told to wait, and of no other", function()
    api:answer({ status = 429, headers = { "Retry-After: 0.3" } }, { echo = true })
    local client = fixture.client(api.url)
    remote.wait(station, start(client, "first"))
    local held, other = start(client, "held"), start(fixture.client(api.url), "other")
    assert.equal("other", remote.wait(station, other):result().id)
    assert.is_false(held:done())
    local _, _, response = remote.wait(station, held):result()
    assert.is_true(response.elapsed >= 0.2)
  end)

  it("does not grow with its calls", function()
    api:answer { echo = true }
    api:record(false)
    local client = fixture.client(api.url)
    local function use(n)
      for _ = 1, n do
        local calls = {}
        for i = 1, 50 do calls[i] = { start(client, "p" .. i) } end
        for i = 1, 50 do assert(remote.wait(station, calls[i][1], calls[i][2]):result()) end
      end
    end
    use(40)
    collect()
    local before, descriptors = process_info.resident(), process_info.descriptors()
    use(30)
    collect()
    assert.equal(descriptors, process_info.descriptors())
    if before then assert.is_true(process_info.resident() - before < 4096) end
  end)
end)

describe("a call whose results were taken", function()
  local api = fixture.server()
  local take_results = remote.functions.take_results
  local station

  before_each(function() station = remote.station() end)

  local function start(client, id, opts)
    return station:start(client, "participant", "app", "session", id, opts)
  end

  local function start_again(call, client, id, opts)
    return station:start_again(call, client, "participant", "app", "session", id, opts)
  end

  it("gave what its result is", function()
    api:answer({ echo = true }, { status = 404, json = fixture.error_envelope(7, "none") })
    local client = fixture.client(api.url)
    local participant, err, response = take_results(remote.wait(station, start(client, "me")))
    assert.same({ "me", 200 }, { participant.id, response.status })
    assert.is_nil(err)
    local _, _, failure = take_results(remote.wait(station, start(client, "x")))
    assert.equal("not_found", failure.kind)
    assert.equal("invalid_request", select(3, take_results((start(client, "..")))).kind)
  end)

  it("is started again, with whatever the next call has", function()
    local null, told = {}, {}
    api:answer({ json = fixture.envelope '{"id":"one","note":null}' },
      { json = fixture.envelope '{"id":"two","note":null}' },
      { json = fixture.envelope '{"id":"three","note":null}' })
    local call = start(fixture.client(api.url), "one", {
      null = null, logger = function(_, message) told[#told + 1] = message end,
    })
    assert.equal(null, take_results(remote.wait(station, call)).note)
    assert.same({ "request", "response" }, told)
    for _, id in ipairs { "two", "three" } do
      local again, number = start_again(call, fixture.client(api.url), id)
      assert.equal(call, again)
      local participant = take_results(remote.wait(station, again, number))
      assert.equal(id, participant.id)
      assert.is_nil(participant.note)
    end
    assert.equal(2, #told)
    assert.matches("/participants/three", api:seen().requests[3].target, 1, true)
  end)

  it("is started again after a refusal, and refused after a call", function()
    api:answer { echo = true }
    local client = fixture.client(api.url)
    local call = start(client, "..")
    take_results(call)
    assert.equal("me", take_results(remote.wait(station, start_again(call, client, "me"))).id)
    local again, id = start_again(call, client, "..")
    assert.is_nil(id)
    assert.equal("invalid_request", select(3, take_results(again)).kind)
    assert.is_nil((take_results(again)))
  end)

  it("keeps nothing: not its client, not what it came to", function()
    api:answer { echo = true }
    local kept = setmetatable({}, { __mode = "v" })
    local call
    do
      local client, null, told = fixture.client(api.url), {}, 0
      local function logger() told = told + 1 end
      call = start(client, "me", { null = null, logger = logger })
      kept.client, kept.null, kept.logger = client, null, logger
      kept.participant = take_results(remote.wait(station, call))
      assert.equal(2, told)
    end
    collect()
    assert.same({}, kept)
    assert.is_nil(call:result())
  end)

  it("is started again as one is that was asked for its result", function()
    api:answer { echo = true }
    local client = fixture.client(api.url)
    local call = remote.wait(station, start(client, "one"))
    assert.equal("one", call:result().id)
    remote.wait(station, start_again(call, client, "two"))
    assert.equal("two", call:result().id)
  end)

  it("cannot be started again before, nor have its results taken", function()
    api:answer { stall_after = 0 }
    local client = fixture.client(api.url)
    local call = start(client, "x")
    api:wait_seen(1)
    assert.has_error(function() start_again(call, client, "y") end, "the call is in use")
    assert.has_error(function() take_results(call) end, "the call is not done")
    call:cancel()
    assert.equal("cancelled", select(3, take_results(remote.wait(station, call))).kind)
  end)

  it("raised what its logger did", function()
    api:answer({ echo = true }, { echo = true })
    local client = fixture.client(api.url)
    for _, at in ipairs { "request", "response" } do
      local call = remote.wait(station, (start(client, "x", {
        logger = function(_, message) if message == at then error({ "mine" }, 0) end end,
      })))
      local _, raised = pcall(take_results, call)
      assert.same({ "mine" }, raised)
    end
  end)
end)

-- The I/O thread keeps connections for all clients: to see one go takes a server of one's own.
describe("what a station cancels", function()
  local api, station

  before_each(function()
    api = server.start()
    station = remote.station()
    api:answer { stall_after = 0 }
  end)

  after_each(function() api:stop() end)

  local function start(client, id, opts)
    return station:start(client, "participant", "app", "session", id, opts)
  end

  it("cancels a call, and the server sees it go", function()
    local call, id = start(fixture.client(api.url), "x")
    api:wait_seen(1)
    call:cancel()
    call:cancel()
    assert.equal("cancelled", select(3, remote.wait(station, call, id):result()).kind)
    api:wait_closed()
  end)

  it("cancels what a closed client has started", function()
    local client = fixture.client(api.url)
    local call, id = start(client, "x", { timeout = 20 })
    api:wait_seen(1)
    client:close()
    assert.equal("cancelled", select(3, remote.wait(station, call, id):result()).kind)
    api:wait_closed()
  end)

  it("cancels a call that the collector has taken", function()
    start(fixture.client(api.url), "x")
    api:wait_seen(1)
    collect()
    api:wait_closed()
    station:take()
    assert.equal(0, station:away())
  end)

  it("cancels what is away when it is collected itself", function()
    local call = start(fixture.client(api.url), "x")
    api:wait_seen(1)
    station = nil
    collect()
    assert.is_true(call:done())
    assert.equal("cancelled", select(3, call:result()).kind)
    api:wait_closed()
  end)
end)
