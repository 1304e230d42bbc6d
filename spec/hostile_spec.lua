-- A process that does what it should not: the library neither breaks nor breaks anything.

local certificates = require "spec.support.certificates"
local fixture = require "spec.support.fixture"
local process_info = require "spec.support.process_info"

local ok = { json = fixture.envelope() }

-- Runs `source` in a process of its own, after `client` has been made for `url`; all it writes.
local function run(url, source)
  return fixture.run(([[
    local fixture = require "spec.support.fixture"
    local internals = require "rtk_internals"
    local client = fixture.client(%q, { ca_file = %q })
    local function call(id) return client:participant("app", "session", id) end
    %s
  ]]):format(url, certificates.ca_file, source))
end

local function both(api)
  return { http = api.url, https = api:https() }
end

describe("hostile: a process that forks", function()
  local api = fixture.server()

  before_each(function() api:answer { echo = true } end)

  -- The connection of each request by the id it asked for; each request is whole.
  local function connections()
    local seen, found = api:seen(), {}
    for _, request in ipairs(seen.requests) do
      assert.is_nil(request.malformed)
      found[request.target:match "([^/]*)$"] = request.connection
    end
    return found, seen
  end

  local ends = {
    ["closes its client"] = "client:close() internals.exit(7)",
    ["ends at once"] = "internals.exit(7)",
    ["collects all it has"] = "client = nil collectgarbage() collectgarbage() internals.exit(7)",
    ["closes its Lua state"] = "os.exit(7, true)",
  }
  for how, ending in pairs(ends) do
    it("after a call shares no connection with its child, which " .. how, function()
      if os.getenv("PRELOAD") and ending:find("os.exit", 1, true) then
        pending("what the child leaves to its parent is a leak for a sanitizer")
      end
      for _, url in pairs(both(api)) do
        api:answer { echo = true }
        local output = run(url, ([[
          assert(call("parent-1"))
          local child = internals.fork()
          if child == 0 then
            for i = 1, 3 do assert(call("child-" .. i).id == "child-" .. i) end
            %s
          end
          for i = 2, 4 do assert(call("parent-" .. i).id == "parent-" .. i) end
          local status = internals.wait(child)
          for i = 5, 6 do assert(call("parent-" .. i).id == "parent-" .. i) end
          io.write("status ", status)
        ]]):format(ending))
        -- Lua 5.1 knows nothing of closing the state at os.exit; its status is the same.
        assert.matches("^status 7%.?0?$", output)
        local of, seen = connections()
        for i = 2, 6 do assert.equal(of["parent-1"], of["parent-" .. i]) end
        for i = 2, 3 do assert.equal(of["child-1"], of["child-" .. i]) end
        assert.not_equal(of["parent-1"], of["child-1"])
        assert.equal(2, seen.connections)
        assert.equal(9, seen.request_count)
      end
    end)
  end

  it("after `new` shares no connection with its child", function()
    for _, url in pairs(both(api)) do
      api:answer { echo = true }
      local output = run(url, [[
        local child = internals.fork()
        local name = child == 0 and "child" or "parent"
        for i = 1, 3 do assert(call(name .. i).id == name .. i) end
        if child == 0 then internals.exit(7) end
        io.write("status ", internals.wait(child))
      ]])
      assert.matches("^status 7%.?0?$", output)
      local of = connections()
      assert.not_equal(of.parent1, of.child1)
      assert.equal(of.parent1, of.parent3)
      assert.equal(2, api:seen().connections)
    end
  end)

  for _, event in ipairs { "request", "response", "retry" } do
    it("within a call shares no connection with its child either: at " .. event, function()
      for _, url in pairs(both(api)) do
        api:answer({ echo = true }, event == "retry" and { status = 503,
          headers = { "Retry-After: 0" } } or { echo = true }, { echo = true })
        local output = run(url, ([[
          local child
          local derived = client:with { max_retries = 1, logger = function(_, message)
            if message == %q and not child then child = internals.fork() end
          end }
          assert(call("before"))
          local participant, err = derived:participant("app", "session", "both")
          if child == 0 then
            local found = participant and participant.id == "both" and call("child").id == "child"
            internals.exit(found and 7 or 1)
          end
          io.write("status ", internals.wait(child), " ", assert(participant, err).id, " ",
            assert(call("parent")).id)
        ]]):format(event))
        assert.matches("^status 7%.?0? both parent$", output)
        local of, seen = connections()
        assert.not_equal(of.parent, of.child)
        assert.equal(of.before, of.parent)
        assert.equal(2, seen.connections)
      end
    end)
  end
end)

describe("hostile: a process that forks with calls under way", function()
  local api = fixture.server()

  local ends = {
    ["closes its client"] = "client:close() internals.exit(7)",
    ["ends at once"] = "internals.exit(7)",
    ["collects all it has"] = "client, calls = nil, nil collectgarbage() collectgarbage() "
      .. "internals.exit(7)",
  }
  for how, ending in pairs(ends) do
    it("ends them as cancelled in the child, which " .. how .. ", and only there", function()
      for _, url in pairs(both(api)) do
        api:answer({ match = "/slow", delay = 0.3, echo = true }, { echo = true })
        local output = run(url, ([[
          local calls = {}
          assert(client:start("app", "session", "first"):result())
          for i = 1, 4 do calls[i] = client:start("app", "session", "slow-" .. i) end
          client:step(0)
          client:pollfd()
          calls[5] = client:start("app", "session", "queued")
          local child = internals.fork()
          if child == 0 then
            for i = 1, 5 do
              local _, err, failure = calls[i]:result()
              assert(failure.kind == "cancelled" and err:find("forked", 1, true), err)
            end
            assert(client:start("app", "session", "child"):result().id == "child")
            for id, participant in client:each_participant("app", "session",
              { "child-a", "child-b" }) do
              assert(participant.id == id)
            end
            %s
          end
          local status = internals.wait(child)
          for i = 1, 4 do assert(calls[i]:result().id == "slow-" .. i) end
          assert(calls[5]:result().id == "queued")
          io.write("status ", status)
        ]]):format(ending))
        assert.matches("^status 7%.?0?$", output)
        local of = {}
        for _, request in ipairs(api:seen().requests) do
          assert.is_nil(request.malformed)
          of[request.connection] = (of[request.connection] or "")
            .. (request.target:match "/child" and "child" or "parent")
        end
        for _, whose in pairs(of) do
          assert.is_nil(whose:find("child", 1, true) and whose:find("parent", 1, true))
        end
      end
    end)
  end

  it("ends a loop in the child, and goes on with it in the parent", function()
    api:answer({ match = "/p1?", echo = true }, { delay = 0.1, echo = true })
    local output = run(api.url, [[
      local child, kinds, count = nil, {}, 0
      for id, participant, err, outcome in client:each_participant("app", "session",
        { "p1", "p2", "p3", "p4", "p5" }, { concurrency = 3, query = { x = 1 } }) do
        if child == 0 then kinds[#kinds + 1] = outcome.kind end
        if not child then child = internals.fork() end
        count = count + 1
      end
      if child == 0 then
        assert(table.concat(kinds, " ") == "cancelled cancelled", table.concat(kinds, " "))
        internals.exit(7)
      end
      io.write("status ", internals.wait(child), " ", count)
    ]])
    assert.matches("^status 7%.?0? 5$", output)
  end)
end)

describe("hostile: a process in which SIGPIPE has its default action", function()
  local api = fixture.server()

  for _, scheme in ipairs { "http", "https" } do
    it("outlives a server that resets or closes: " .. scheme, function()
      api:answer({ reset_after = 0 }, ok, { json = ok.json, close = true }, ok,
        { reset_after = { body = 5 }, json = ok.json }, { cut_after = 10 }, { reset_after = 20 })
      local output = run(both(api)[scheme], [[
        internals.default_sigpipe()
        for _ = 1, 12 do
          client:participant("app", "session", ("x"):rep(200), { query = { a = ("y"):rep(9000) } })
        end
        client:close()
        io.write("alive")
      ]])
      assert.equal("alive", output)
    end)
  end
end)

describe("hostile: a process without file descriptors", function()
  local api = fixture.server()

  for _, scheme in ipairs { "http", "https" } do
    it("gets a failure with a kind, and goes on when there are some again: " .. scheme, function()
      api:answer(ok)
      local output = run(both(api)[scheme], [[
        internals.limit("descriptors", 32)
        local files = {}
        repeat
          local file = io.open("/dev/null")
          files[#files + 1] = file
        until not file
        for left = 0, 4 do
          local participant, err, failure = call("me")
          print(left, participant and "ok" or failure.kind, type(err))
          assert(participant or (failure.kind == "connection" or failure.kind == "tls"), err)
          local another, _, refusal = fixture.client("https://127.0.0.1:1",
            { ca_file = "/etc/hostname" }):participant("a", "b", "c")
          assert(not another and refusal.kind == "invalid_request")
          table.remove(files):close()
        end
        for _, file in ipairs(files) do file:close() end
        print(call("me") and "recovered")
        client:close()
      ]])
      assert.matches("^0%s+[ct]%l+\tstring\n", output)
      assert.matches("\nrecovered\n$", output)
    end)
  end
end)

describe("hostile: a process without memory", function()
  local api = fixture.server()

  it("raises or fails, and goes on when there is some again", function()
    if os.getenv("PRELOAD") then pending("a sanitizer needs more memory than any limit leaves") end
    local before, after = fixture.envelope('{"id":"big","x":[@1]}'):match "^(.*)@(.*)$"
    api:answer({ match = "/big", json = before,
      repeat_body = { bytes = '"xxxxxxxx",', times = 1000000, after = after } }, ok)
    local output = run(api.url, [[
      local process_info = require "spec.support.process_info"
      local function big() return call("big") end
      assert(call("me"))
      for mib = 1, 40, 3 do
        collectgarbage()
        collectgarbage()
        local size = tonumber(io.open("/proc/self/statm"):read("*n")) * 4096
        internals.limit("memory", size + mib * 2^20)
        local done, participant, err = pcall(big)
        internals.limit("memory", 2^40)
        if not done then
          assert(tostring(participant):find("not enough memory", 1, true), participant)
          participant = nil
        elseif not participant then
          assert(type(err) == "string", "no err")
        else
          assert(participant.id == "big" and #participant.x == 1000001, "false success")
        end
        participant = nil
        assert(call("me"))
      end
      io.write("alive")
    ]])
    assert.equal("alive", output)
  end)
end)

describe("hostile: a program", function()
  local api = fixture.server()

  before_each(function() api:answer(ok) end)

  local function works(client)
    local participant, err = client:participant(fixture.ids())
    assert.is_nil(err)
    assert.equal(fixture.participant, participant.id)
  end

  it("that requires the module 1,000 times anew costs no memory and no descriptor", function()
    local output = run(api.url, ([[
      local process_info = require "spec.support.process_info"
      local first = client
      local function work(times)
        for _ = 1, times do
          package.loaded.realtimekit = nil
          local realtimekit = require "realtimekit"
          local made = realtimekit.new(fixture.options(%q))
          assert(made:participant("a", "b", "c"))
        end
        collectgarbage()
        collectgarbage()
        return process_info.resident() or 0, process_info.descriptors() or 0
      end
      work(100)
      local memory, descriptors = work(1)
      local memory_then, descriptors_then = work(1000)
      assert(first:participant("a", "b", "c"))
      print(memory_then - memory, descriptors_then - descriptors)
    ]]):format(api.url))
    local kib, descriptors = output:match "^(%-?%d+)%.?0?\t(%-?%d+)%.?0?\n$"
    assert.is_truthy(kib, output)
    assert.is_true(tonumber(kib) < 1024, output)
    assert.equal(0, tonumber(descriptors))
  end)

  it("whose coroutine ends in an error in the middle of a call loses nothing", function()
    local client = fixture.client(api.url)
    for _, event in ipairs { "request", "response" } do
      for _ = 1, 20 do
        local thread = coroutine.create(function()
          client:participant(fixture.ids { logger = function(_, message)
            if message == event then error({ "an object" }) end
          end })
        end)
        local done, message = coroutine.resume(thread)
        assert.is_false(done)
        assert.same({ "an object" }, message)
      end
    end
    local thread = coroutine.wrap(function()
      coroutine.yield((client:participant(fixture.ids())))
      error("after the call")
    end)
    assert.equal(fixture.participant, thread().id)
    assert.has_error(thread)
    collectgarbage()
    works(client)
    assert.equal(1, api:seen().open)
    client:close()
    api:wait_closed()
  end)

  it("whose coroutine is dropped between its calls loses nothing", function()
    local client = fixture.client(api.url)
    for _ = 1, 20 do
      local thread = coroutine.wrap(function()
        while true do coroutine.yield(client:participant(fixture.ids())) end
      end)
      assert.equal(fixture.participant, thread().id)
    end
    collectgarbage()
    works(client)
    client:close()
    api:wait_closed()
  end)

  for what, mask in pairs { calls = "c", returns = "r", lines = "l", instructions = "" } do
    it("whose debug hook raises gets that error or its result: " .. what, function()
      local client = fixture.client(api.url, { logger = function() end, max_retries = 1 })
      local raised, passed = 0, 0
      for count = 1, 60 do
        local events, inside = 0, false
        local done, participant = pcall(function()
          local function hook()
            events = events + 1
            if inside and events >= count then
              debug.sethook()
              error("from the hook", 0)
            end
          end
          if mask == "" then debug.sethook(hook, "", 1) else debug.sethook(hook, mask) end
          inside = true
          local found = client:participant(fixture.ids { query = { a = count } })
          inside = false
          debug.sethook()
          return found
        end)
        debug.sethook()
        if done then
          passed = passed + 1
          assert.equal(fixture.participant, participant.id)
        else
          raised = raised + 1
          assert.equal("from the hook", participant)
        end
        works(client)
      end
      assert.is_true(raised > 0, "the hook never raised")
      client:close()
      collectgarbage()
      collectgarbage()
      api:wait_closed()
    end)
  end

  it("that puts a raising metatable on its strings gets its result all the same", function()
    local client = fixture.client(api.url, { logger = function() end })
    local meta = getmetatable("")
    local saved = {}
    for name, value in pairs(meta) do saved[name] = value end
    local function raise() error("from the metatable of strings", 0) end
    for _, name in ipairs { "__index", "__newindex", "__concat", "__len", "__eq", "__lt", "__call",
      "__add", "__unm", "__tostring", "__gc", "__mode", "__name", "__metatable" } do
      meta[name] = raise
    end
    local results = { pcall(client.participant, client, "a", "b", "c",
      { query = { a = "b" }, filters = { "events" }, headers = { ["X-A"] = "1" } }) }
    local made = { pcall(client.with, client, { nonsense = 1 }) }
    for name in pairs(meta) do meta[name] = nil end
    for name, value in pairs(saved) do meta[name] = value end
    assert.is_true(results[1])
    assert.equal(fixture.participant, results[2].id)
    assert.is_false(made[1])
    assert.matches("unknown option 'nonsense'", made[2], 1, true)
    client:close()
  end)

  it("that puts a raising metatable on its options has them read raw", function()
    local function raise() error("from the metatable of the options", 0) end
    local meta = { __index = raise, __newindex = raise, __pairs = raise, __ipairs = raise,
      __len = raise, __call = raise, __tostring = raise, __eq = raise, __metatable = raise }
    local opts = setmetatable(fixture.options(api.url, {
      filters = setmetatable({ "events" }, meta), query = setmetatable({ a = 1 }, meta),
      headers = setmetatable({ ["X-A"] = "1" }, meta),
    }), meta)
    local client = require("realtimekit").new(opts)
    works(client)
    local derived = client:with(setmetatable({ query = setmetatable({ b = 2 }, meta) }, meta))
    works(derived)
    assert(client:participant(fixture.ids(setmetatable({ timeout = 5 }, meta))))
    assert.matches("?filters=events&a=1", api:seen().requests[1].target, 1, true)
    client:close()
    derived:close()
  end)

  it("whose finalizers call the client back, in the middle of its calls, is served", function()
    api:answer { echo = true }
    local client = fixture.client(api.url)
    local finalized, wrong = 0, nil
    local function trap()
      local function finalize()
        finalized = finalized + 1
        local participant, err = client:participant("app", "session", "inner")
        if not participant or participant.id ~= "inner" then wrong = err or participant.id end
      end
      if newproxy then -- luacheck: globals newproxy
        getmetatable(newproxy(true)).__gc = finalize
      else
        setmetatable({}, { __gc = finalize })
      end
    end
    collectgarbage("setpause", 10)
    collectgarbage("setstepmul", 100000)
    for i = 1, 200 do
      trap()
      local participant, err = client:participant("app", "session", "outer" .. i,
        setmetatable({ query = { a = i } }, { __gc = function() client:with {} end }))
      assert.is_nil(err)
      assert.equal("outer" .. i, participant.id)
    end
    collectgarbage("setpause", 200)
    collectgarbage("setstepmul", 200)
    collectgarbage()
    assert.is_nil(wrong)
    assert.is_true(finalized > 100)
    client:close()
  end)
end)

describe("hostile: a logger", function()
  local api = fixture.server()

  before_each(function()
    collectgarbage() -- what errors have left behind
    collectgarbage()
    api:answer(ok)
  end)

  local events = {
    request = { ok }, response = { ok }, failure = { { status = 404, json = "{}" } },
    retry = { { status = 503, headers = { "Retry-After: 0" } }, ok },
  }

  -- A call whose logger does `act` at `event`: what pcall says of it.
  local function call_with(event, act, client)
    api:answer((table.unpack or unpack)(events[event])) -- luacheck: globals unpack
    return pcall(client.participant, client, fixture.ids {
      max_retries = 1, logger = function(_, message) if message == event then act() end end,
    })
  end

  for event in pairs(events) do
    it("that raises ends the call with that very error: at " .. event, function()
      local client = fixture.client(api.url)
      local object = setmetatable({}, { __tostring = error })
      for _, value in ipairs { "a string", object, false, 42 } do
        local done, err = call_with(event, function() error(value, 0) end, client)
        assert.is_false(done)
        assert.equal(value, err)
      end
      api:answer(ok)
      assert(client:participant(fixture.ids()))
      client:close()
    end)

    it("that yields raises, in a coroutine and out of it: at " .. event, function()
      local client = fixture.client(api.url)
      local done, err = call_with(event, coroutine.yield, client)
      assert.is_false(done)
      assert.matches("yield", tostring(err))
      local thread = coroutine.create(function()
        return call_with(event, coroutine.yield, client)
      end)
      local alive, inner_done, inner_err = coroutine.resume(thread)
      assert.is_true(alive)
      assert.equal("dead", coroutine.status(thread))
      assert.is_false(inner_done)
      assert.matches("yield", tostring(inner_err))
      api:answer(ok)
      assert(client:participant(fixture.ids()))
      client:close()
    end)

    it("that calls the client again gets its answer, and the call its own: at " .. event, function()
      local client = fixture.client(api.url)
      local inner
      local done, participant, err = call_with(event, function()
        inner = { client:participant("app", "session", "inner") }
      end, client)
      assert.is_true(done)
      assert.equal(event == "failure", participant == nil)
      assert.is_true(inner[1] ~= nil or type(inner[2]) == "string")
      assert.is_true(participant ~= nil or type(err) == "string")
      client:close()
    end)

    it("that closes the client lets the call come to its end: at " .. event, function()
      local client = fixture.client(api.url)
      local done, participant = call_with(event, function() client:close() end, client)
      assert.is_true(done)
      assert.equal(event == "failure", participant == nil)
      assert.error_matches(function() client:participant(fixture.ids()) end, "closed")
      api:wait_closed()
    end)
  end

  it("is not told of a call that is refused, or that raises", function()
    local told = 0
    local client = fixture.client(api.url, { logger = function() told = told + 1 end })
    client:participant("", "b", "c")
    pcall(client.participant, client, 1, 2, 3)
    assert.equal(0, told)
    client:close()
  end)
end)

describe("hostile: the specs' own measures", function()
  it("know a process that dies of a signal", function()
    local output = run("http://127.0.0.1:1", [[
      local child = internals.fork()
      if child == 0 then
        internals.default_sigpipe()
        local pipe = io.popen("exec true", "w")
        pipe:setvbuf("no")
        for _ = 1, 1000 do pipe:write(("x"):rep(100000)) end
        internals.exit(0)
      end
      io.write(internals.wait(child))
    ]])
    assert.equal(128 + 13, tonumber(output))
  end)

  it("see descriptors", function()
    if not process_info.descriptors() then pending("no /proc here to count descriptors in") end
    local before = process_info.descriptors()
    local file = io.open("/dev/null")
    assert.equal(before + 1, process_info.descriptors())
    file:close()
  end)
end)
