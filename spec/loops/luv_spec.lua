-- What only luv has: a loop that resumes coroutines itself.

local fixture = require "spec.support.fixture"
local found, uv = pcall(require, "luv")

describe("realtimekit.luv", function()
  local api = fixture.server()
  local client

  before_each(function()
    if not found then pending("no luv: " .. uv) end
    client = require("realtimekit.luv").new(fixture.options(api.url))
    api:answer { delay = 0.1, echo = true }
  end)

  after_each(function()
    if not found then return end
    client:close()
    collectgarbage() -- a watcher that was done away with
    collectgarbage()
    api:wait_closed()
  end)

  -- Starts a call in a coroutine; its id comes to be in `got`.
  local function ask(got, id)
    coroutine.wrap(function()
      local participant = client:participant("app", "session", id)
      got[#got + 1] = participant.id
    end)()
  end

  it("goes on after the loop was stopped", function()
    local got, timer = {}, uv.new_timer()
    ask(got, "a")
    timer:start(10, 0, function()
      timer:close()
      uv.stop()
    end)
    uv.run()
    assert.same({}, got)
    uv.run()
    assert.same({ "a" }, got)
  end)

  it("goes on after every handle was closed, with the next call", function()
    local got = {}
    ask(got, "a")
    uv.walk(function(handle) handle:close() end)
    uv.run()
    assert.same({}, got)
    ask(got, "b")
    uv.run()
    table.sort(got)
    assert.same({ "a", "b" }, got)
  end)

  it("resumes no coroutine that could not wait and now waits elsewhere", function()
    local passed, err, resumed
    local thread = coroutine.create(function()
      passed, err = pcall(string.gsub, "x", "x", function()
        client:participant("app", "session", "a")
      end)
      coroutine.yield()
      resumed = true
    end)
    coroutine.resume(thread)
    assert.is_false(passed)
    assert.matches("attempt to yield", err)
    local got = {}
    ask(got, "b")
    uv.run()
    assert.is_nil(resumed)
    assert.same({ "b" }, got)
  end)

  it("tells an error in a coroutine as luv does, with its traceback", function()
    local output = fixture.run(([[
      local fixture = require "spec.support.fixture"
      local client = require("realtimekit.luv").new(fixture.options(%q))
      local function fail() error("oops") end
      coroutine.wrap(function()
        client:participant("app", "session", "a")
        fail()
        print "not reached"
      end)()
      require("luv").run()
    ]]):format(api.url), { ASAN_OPTIONS = "detect_leaks=0" }) -- luv ends it: nothing is freed
    assert.matches("Uncaught Error: .*oops", output)
    assert.matches("in .*fail", output)
    assert.is_nil(output:find("not reached", 1, true))
  end)
end)
