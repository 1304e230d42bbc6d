-- Calls within requests: many, large, cancelled, told of; and what is left of them.

local certificates = require "spec.support.certificates"
local fixture = require "spec.support.fixture"
local openresty = require "spec.support.openresty"
local process = require "spec.support.process"
local socket = require "socket"

if openresty.missing then
  pending(openresty.missing)
  return
end

local CLIENT = [[
  client = rtk.new { http_version = "1.1", max_connections = 1000 }
  function told() end
]]

local function content(name, code)
  return ("location = /%s { content_by_lua_block { %s } }\n"):format(name, code)
end

local FETCH = [[location ~ ^/fetch/(.*)$ { content_by_lua_block {
  local participant, err = client:participant("app", "session", ngx.var[1])
  ngx.say(participant and participant.id or err)
} }]]

local function expect_ids(count, bodies)
  local expected = {}
  for i = 1, count do expected[i] = "p" .. i .. "\n" end
  assert.same(expected, bodies)
end

describe("a call in nginx that nobody waits for any more", function()
  local api = fixture.server()
  local start = openresty.starter(api)

  -- The upstream's connections are gone within half a second.
  local function expect_cancelled(open)
    local from = socket.gettime()
    api:wait_seen({ open = open or 0 }, 5)
    local seconds = socket.gettime() - from
    assert.is_true(seconds < 0.5, seconds .. " seconds")
  end

  before_each(function() api:answer { hold = true, echo = true } end)

  local ABORT = "lua_check_client_abort on;"

  it("is cancelled within 0.5 s when the client of its request hangs up", function()
    local front = start { init = CLIENT, http = ABORT, server = FETCH }
    local gone, there = front:ask("/fetch/p1"), front:ask("/fetch/p2")
    api:wait_seen(2)
    gone:hang_up()
    expect_cancelled(1)
    api:release()
    assert.equal("p2\n", (there:answer()))
    assert.equal("", front:errors())
  end)

  it("is cancelled within 0.5 s by ngx.thread.kill, and nobody else notices", function()
    local front = start { init = CLIENT, server = FETCH .. content("kill", [[
      local thread = ngx.thread.spawn(function() client:participant("app", "session", "p1") end)
      ngx.sleep(0.01)
      while not state.go do ngx.sleep(0.01) end
      ngx.say(ngx.thread.kill(thread))
    ]]) .. content("go", "state.go = true ngx.say('yes')") }
    local request, other = front:ask("/kill"), front:ask("/fetch/p2")
    api:wait_seen(2)
    front:get("/go")
    assert.equal("1\n", (request:answer()))
    expect_cancelled(1)
    api:release()
    assert.equal("p2\n", (other:answer()))
    assert.equal("", front:errors())
  end)

  it("is cancelled within 0.5 s when its request ends otherwise", function()
    local front = start { init = CLIENT, server = content("ends", [[
      ngx.thread.spawn(function() client:participant("app", "session", "p1") end)
      while not state.go do ngx.sleep(0.01) end
      ngx.say("ended")
      ngx.exit(200)
    ]]) .. content("go", "state.go = true ngx.say('yes')") }
    local request = front:ask("/ends")
    api:wait_seen(1)
    front:get("/go")
    assert.equal("ended\n", (request:answer()))
    expect_cancelled()
    assert.equal("", front:errors())
  end)

  local EACH = content("each", [[
    local ids = {}
    for i = 1, 20 do ids[i] = "p" .. i end
    for _ in client:each_participant("app", "session", ids, { concurrency = 20 }) do end
  ]])

  it("is cancelled within 0.5 s with all of its each_participant", function()
    local front = start { init = CLIENT, http = ABORT, server = EACH }
    local request = front:ask("/each")
    api:wait_seen(20)
    request:hang_up()
    expect_cancelled()
    assert.equal("", front:errors())
  end)

  for what, use in pairs {
    ["a call"] = { path = "/fetch/p1", calls = 1 },
    ["all of each_participant"] = { path = "/each", calls = 20 },
  } do
    it("is cancelled within 0.5 s where no timer can be had: " .. what, function()
      local front = start {
        init = CLIENT, http = ABORT .. "lua_max_running_timers 1;", level = "error",
        server = FETCH .. EACH .. content("use", [[ngx.timer.at(0, function() ngx.sleep(60) end)]]),
      }
      front:get("/use")
      local request = front:ask(use.path)
      api:wait_seen(use.calls)
      socket.sleep(0.2) -- until it has given up on a reader
      request:hang_up()
      expect_cancelled()
    end)
  end

  -- The worker is busy while it comes back, so that who waits has been told and has not gone on.
  for what, answer in pairs {
    ["an answer"] = { delay = 0.3, echo = true },
    ["a report"] = { delay = 0.3, status = 503, json = "{}" },
  } do
    it("is cancelled within 0.5 s where no timer can be had, when it is killed as one of its "
      .. "each_participant has " .. what, function()
      api:answer(answer, { hold = true, echo = true })
      local front = start {
        init = CLIENT, http = "lua_max_running_timers 1;", level = "error",
        server = content("use", [[ngx.timer.at(0, function() ngx.sleep(60) end)]])
          .. content("busy", [[
            collectgarbage("stop")
            local thread = ngx.thread.spawn(function()
              local ids, opts = { "p1", "p2", "p3" }, { concurrency = 3, logger = told }
              for _ in client:each_participant("app", "session", ids, opts) do end
            end)
            ngx.sleep(0.2)
            local ends = os.clock() + 0.5
            repeat until os.clock() > ends
            ngx.say(ngx.thread.kill(thread))
          ]]),
      }
      front:get("/use")
      local request = front:ask("/busy")
      api:wait_seen(3)
      assert.equal("1\n", (request:answer()))
      expect_cancelled(1)
    end)
  end

  local TWO = content("two", [[
    local call = client:start("app", "session", "p1")
    local other = ngx.thread.spawn(function() return call:result() end)
    local thread = ngx.thread.spawn(function() call:wait() end)
    while not state.go do ngx.sleep(0.01) end
    ngx.thread.kill(thread)
    thread = nil
    collectgarbage() collectgarbage()
    state.killed = true
    local _, participant, err = ngx.thread.wait(other)
    ngx.say(participant and participant.id or err)
  ]]) .. content("go",
    "state.go = true while not state.killed do ngx.sleep(0.01) end ngx.sleep(0.6)")

  it("goes on when one of two that wait for it is killed", function()
    local front = start { init = CLIENT, server = TWO }
    local request = front:ask("/two")
    api:wait_seen(1)
    front:get("/go") -- two reminders later
    api:release()
    assert.equal("p1\n", (request:answer()))
  end)

  it("goes on when one of two is killed where no timer can be had", function()
    local front = start {
      init = CLIENT, http = "lua_max_running_timers 1;", level = "error",
      server = TWO .. content("use", [[ngx.timer.at(0, function() ngx.sleep(60) end)]]),
    }
    front:get("/use")
    local request = front:ask("/two")
    api:wait_seen(1)
    socket.sleep(0.3) -- until both have given up on a reader
    front:get("/go")
    api:release()
    assert.equal("p1\n", (request:answer()))
  end)

  -- Two threads wait for one call where no timer can be had, and `thread` is killed.
  local function start_siblings(others, more)
    local front = start {
      init = CLIENT, http = "lua_max_running_timers 1;", level = "error",
      server = content("use", ("ngx.timer.at(0, function() ngx.sleep(%g) end)"):format(more.timer
        or 60)) .. content("go", [[
          state.go = true
          while not state.killed do ngx.sleep(0.01) end
          ngx.sleep(0.3)
        ]]) .. content("two", [[
          local call = client:start("app", "session", "p1", { max_retries = 2, logger = told })
          ]] .. others .. [[
          ngx.thread.kill(thread)
          state.killed = true
          local _, participant, err = ngx.thread.wait(other)
          ngx.say(participant and participant.id or err)
        ]]),
    }
    front:get("/use")
    return front
  end

  local GO = "while not state.go do ngx.sleep(0.01) end "

  it("goes on for one that waits for some seconds when another is killed", function()
    local front = start_siblings([[
      local other = ngx.thread.spawn(function() call:wait(8) return call:result() end)
      local thread = ngx.thread.spawn(function() call:wait() end)
    ]] .. GO, {})
    local request = front:ask("/two")
    api:wait_seen(1)
    socket.sleep(0.2) -- until both have given up on a reader
    front:get("/go")
    api:release()
    assert.equal("p1\n", (request:answer()))
  end)

  it("goes on for one for whom there is a reader when another, without, is killed", function()
    local front = start_siblings([[
      local thread = ngx.thread.spawn(function() call:wait() end)
      ngx.sleep(5.5) -- the next reader is tried after 5 seconds
      local other = ngx.thread.spawn(function() return call:result() end)
    ]] .. GO, { timer = 1 })
    local request = front:ask("/two")
    api:wait_seen(1)
    front:get("/go", 30)
    api:release()
    assert.equal("p1\n", (request:answer()))
  end)

  it("goes on for one that waits for a reader yet when another, without, is killed", function()
    local front = start_siblings([[
      local thread = ngx.thread.spawn(function() call:wait() end)
      ngx.sleep(0.07)
      local other = ngx.thread.spawn(function() return call:result() end)
      ngx.sleep(0.05) -- a reader is waited for a tenth of a second
      ngx.sleep(0.01) -- where all that comes late: a turn of its own for who was woken
    ]], {})
    local request = front:ask("/two")
    api:wait_seen(1)
    front:get("/go")
    api:release()
    assert.equal("p1\n", (request:answer()))
  end)

  it("goes on when one of two is killed as both have been told of a report", function()
    api:answer({ delay = 0.3, status = 503, json = "{}", headers = { "Retry-After: 0" } },
      { echo = true })
    local front = start_siblings([[
      local other = ngx.thread.spawn(function() return call:result() end)
      local thread = ngx.thread.spawn(function() call:wait() end)
      ngx.sleep(0.25)
      local ends = os.clock() + 0.6
      repeat until os.clock() > ends
    ]], {})
    assert.equal("p1\n", (front:ask("/two"):answer()))
  end)

  it("is cancelled when it was waited for some seconds where no timer can be had", function()
    local front = start {
      init = CLIENT, http = "lua_max_running_timers 1;", level = "error",
      server = content("use", [[ngx.timer.at(0, function() ngx.sleep(60) end)]])
        .. content("some", [[
          collectgarbage("stop")
          local thread = ngx.thread.spawn(function()
            client:start("app", "session", "p1"):wait(20)
          end)
          ngx.sleep(0.4)
          ngx.thread.kill(thread)
          ngx.say("killed")
        ]]),
    }
    front:get("/use")
    local request = front:ask("/some")
    api:wait_seen(1)
    assert.equal("killed\n", (request:answer()))
    expect_cancelled()
  end)

  it("goes on after some seconds of waiting, and as another of its loop is done, where no timer "
    .. "can be had", function()
    api:answer({ match = "/participants/p2", echo = true }, { hold = true, echo = true })
    local front = start {
      init = CLIENT, http = "lua_max_running_timers 1;", level = "error",
      server = content("use", [[ngx.timer.at(0, function() ngx.sleep(60) end)]])
        .. content("some", [[
          local call = client:start("app", "session", "p1", { logger = told })
          local done = call:wait(0.3) -- the last 0.2 on a connection
          local ids, got = { "p2", "p3" }, {}
          for id, participant, err in client:each_participant("app", "session", ids) do
            got[#got + 1] = participant and id or err
            state.go = true
          end
          local participant, err = call:result()
          ngx.say(done, " ", table.concat(got, " "), " ", participant and participant.id or err)
        ]]) .. content("go", "while not state.go do ngx.sleep(0.01) end ngx.sleep(0.1)"),
    }
    front:get("/use")
    local request = front:ask("/some")
    front:get("/go")
    api:release()
    assert.equal("false p2 p3 p1\n", (request:answer()))
  end)

  it("is cancelled by call:cancel at once, and by closing its client", function()
    local front = start { init = CLIENT, server = content("cancel", [[
      local call = client:start("app", "session", "p1")
      while not state.go do ngx.sleep(0.01) end
      call:cancel()
      local _, err, failure = call:result()
      ngx.say(failure.kind)
    ]]) .. content("close", [[
      local own = rtk.new()
      local call = own:start("app", "session", "p2")
      local plain = ngx.thread.spawn(function()
        return (select(3, own:participant("app", "session", "p3")))
      end)
      while not state.go do ngx.sleep(0.01) end
      own:close()
      ngx.say(select(3, call:result()).kind)
      local _, failure = ngx.thread.wait(plain)
      ngx.say(failure.kind)
      ngx.say(pcall(own.participant, own, "app", "session", "p4"))
      ngx.say(pcall(own.step, own))
    ]]) .. content("go", "state.go = true ngx.say('yes')") }
    local cancel, close = front:ask("/cancel"), front:ask("/close")
    api:wait_seen(3)
    front:get("/go")
    assert.equal("cancelled\n", (cancel:answer()))
    local body = close:answer()
    assert.matches("^cancelled\ncancelled\nfalse.-closed\nfalse.-closed\n$", body)
    expect_cancelled()
    assert.equal("", front:errors())
  end)
end)

describe("calls in nginx", function()
  local api = fixture.server()
  local start = openresty.starter(api)

  teardown(function() certificates.remove() end)

  before_each(function() api:answer { echo = true } end)

  it("of several threads of a request are made at once", function()
    local front = start { init = CLIENT, server = content("spawn", [[
      local threads, got = {}, {}
      for i = 1, 10 do
        threads[i] = ngx.thread.spawn(function()
          return client:participant("app", "session", "p" .. i)
        end)
      end
      for i, thread in ipairs(threads) do
        local _, participant, err = ngx.thread.wait(thread)
        got[i] = participant and participant.id or err
      end
      ngx.say(table.concat(got, " "))
    ]]) }
    api:answer { hold = true, echo = true }
    local request = front:ask("/spawn")
    api:wait_seen(10)
    api:release()
    assert.equal("p1 p2 p3 p4 p5 p6 p7 p8 p9 p10\n", (request:answer()))
    assert.equal("", front:errors())
  end)

  it("are started, looked at, waited for by several, and give the same results again", function()
    local front = start { init = CLIENT, server = content("start", [[
      local call = client:start("app", "session", "p1")
      ngx.say(call:done(), " ", call:wait(0.05), " ", tostring(call):match("%((.-)%)$"))
      local first = ngx.thread.spawn(function() return (call:result()) end)
      local second = ngx.thread.spawn(function() return (call:result()) end)
      state.go = true
      local _, one = ngx.thread.wait(first)
      local _, two = ngx.thread.wait(second)
      ngx.say(one.id, " ", one == two, " ", call:done(), " ", call:wait(), " ",
        one == call:result(), " ", (select(2, client:step())))
      ngx.say(pcall(call.wait, call, -1))
    ]]) .. content("go", "while not state.go do ngx.sleep(0.01) end ngx.say('yes')") }
    api:answer { hold = true, echo = true }
    local request = front:ask("/start")
    front:get("/go")
    api:wait_seen(1)
    local from = socket.gettime()
    api:release()
    local body = request:answer()
    assert.is_true(socket.gettime() - from < 1)
    assert.matches("^false false under way\np1 true true true true 0\nfalse.-seconds expected",
      body)
    assert.equal("", front:errors())
  end)

  it("of each_participant are answered whole, others of the worker served meanwhile", function()
    local front = start { init = CLIENT, server = content("each", [[
      local ids, count, seen = {}, 0, {}
      for i = 1, 300 do ids[i] = "p" .. i end
      for id, p, err in client:each_participant("app", "session", ids, { concurrency = 16 }) do
        if p and p.id == id and not seen[id] then count = count + 1 end
        seen[id] = true
        if not p then ngx.say(id, " ", err) end
      end
      ngx.say(count)
    ]]) .. content("mixed", [[
      local ids, n, told = { "a", "", "b" }, 0, {}
      local function next_id() n = n + 1 return ids[n] end
      for id, p, err, outcome in client:each_participant("app", "session", next_id) do
        told[#told + 1] = ("%s=%s"):format(id, p and p.id or outcome.kind)
      end
      table.sort(told)
      ngx.say(table.concat(told, " "))
      ngx.say(pcall(function()
        for _ in client:each_participant("app", "session", { 1 }) do end
      end))
    ]]) }
    -- Answers come by and by, for longer than a few reminders of the I/O thread.
    api:answer { echo = true, delay = 0.05 }
    local request = front:ask("/each")
    local pings = 0
    while api:seen().request_count < 280 do
      local from = socket.gettime()
      assert.equal("pong\n", (front:get("/ping")))
      assert.is_true(socket.gettime() - from < 0.5)
      pings = pings + 1
    end
    assert.equal("300\n", (request:answer()))
    assert.is_true(pings > 10)
    assert.matches("^=invalid_request a=a b=b\nfalse.-participant id 1: string expected, got numb",
      (front:get("/mixed")))
    assert.equal("", front:errors())
  end)

  it("raise for misuse by the caller's own line, in the words of the blocking call", function()
    local misuse = [==[ return {
      function(c) c:participant("app", 5, "a") end,
      function(c) c:participant("app", "s", "a", { tiemout = 1 }) end,
      function(c) c:participant("app", "s", "a", {}, 1) end,
      function(_, m) m.participant("app", "s") end,
      function(_, m) m.sessions("app", { page_no = -1 }) end,
      function(c) c:start("app", "s", "a", 5) end,
      function(c) c:start_sessions(5) end,
      function(c) c:start_sessions("app", {}, 1) end,
      function(c) c:each_participant("app", "s", 5) end,
      function(c) c:each_peer_report("app", {}, { concurrency = 0 }) end,
      function(c) for _ in c:each_peer_report("app", { 5 }) do end end,
      function(c) c:each_session(5) end,
      function(c) c:each_session("app", { veiw = 1 }) end,
      function(c) c:each_session("app", {}, 1) end,
      function(_, m) m.each_session_participant("app", 5) end,
      function(c) c:session_report("app", "s", { filterz = 1 }) end,
      function(c) c:session_report("app", "s", {}, 1) end,
      function(c) c:request("GET", 5) end,
      function(c) c:start("app", "s", ".."):wait(-1) end,
      function(c) c:step(-1) end,
      function(c) c:step("soon") end,
      function(c) c:close() c:participant("app", "s", "a") end,
    } ]==]
    local front = start { init = CLIENT .. [[ json = require("cjson").encode ]],
      server = content("misuse", ([[
        local got, own, other = {}, rtk.new(), rtk.new()
        for i, f in ipairs(assert(loadstring(%q, "=own"))()) do
          local first = select(2, pcall(f, own, rtk))
          other:participant("app", "s", "..") -- which leaves what the next call uses again
          got[i] = { first, select(2, pcall(f, own, rtk)) }
        end
        ngx.say(json(got))
      ]]):format(misuse)) }
    local body, _, status = front:get("/misuse")
    assert.equal("[", body:sub(1, 1), status)
    local got, own = require("cjson").decode(body), fixture.client(api.url)
    for i, f in ipairs(assert(loadstring(misuse, "=own"))()) do -- luacheck: ignore
      local _, expected = pcall(f, own, require "realtimekit")
      assert.matches("^own:%d+: ", expected)
      assert.same({ expected, expected }, got[i])
    end
    assert.equal(0, api:seen().request_count)
  end)

  it("of each_participant are told when the client is closed, and then it raises", function()
    api:answer({ match = "/participants/a", echo = true }, { hold = true })
    local front = start { server = content("close", [[
      local ids, got, own = { "a", "b", "c", "d", "e" }, {}, rtk.new()
      local function next_id() return table.remove(ids, 1) end
      local ok, err = pcall(function()
        local opts = { concurrency = 3 }
        for id, p, _, outcome in own:each_participant("app", "session", next_id, opts) do
          got[#got + 1] = p and id or id .. " " .. outcome.kind
          own:close()
        end
      end)
      table.sort(got)
      ngx.say(table.concat(got, ", "), ": ", ok, " ", (err:gsub("^content.-:%d+: ", "own: ")))
    ]]) }
    assert.equal("a, b cancelled, c cancelled: false own: the client is closed\n",
      (front:get("/close")))
  end)

  it("of each_participant have the options that there were when it began", function()
    local front = start { init = CLIENT, server = content("options", [[
      local opts = { query = { a = 1 }, concurrency = 1 }
      for _ in client:each_participant("app", "session", { "a", "b", "c" }, opts) do
        opts.query.a, opts.user_agent = 2, "changed"
      end
      ngx.say("done")
    ]]) }
    assert.equal("done\n", (front:get("/options")))
    local requests = api:seen().requests
    assert.equal(3, #requests)
    for _, request in ipairs(requests) do
      assert.matches("a=1", request.target, 1, true)
      assert.is_nil(request.headers["user-agent"]:find("changed", 1, true))
    end
  end)

  it("of a session_report are cancelled when its list fails", function()
    local list = '{"success":true,"data":{"participants":[{"id":"a"},{"id":"b"}]},'
      .. '"paging":{"start_offset":1,"end_offset":2,"total_count":4}}'
    api:answer({ match = "/peer-report/", hold = true },
      { match = "page_no=2", delay = 0.5, status = 403,
        json = fixture.error_envelope(9, "not yours") },
      { match = "/participants", json = list },
      { json = '{"success":true,"data":{"id":"s"}}' })
    local front = start { init = CLIENT, server = content("report", [[
      local _, _, failure = client:session_report("app", "s")
      ngx.say(failure.kind)
      ngx.flush(true)
      collectgarbage("stop")
      state.wanted = true
      while state.wanted do ngx.sleep(0.01) end
    ]]) .. content("go", "state.wanted = false ngx.say('yes')") }
    local request = front:ask("/report")
    assert.is_true(process.wait_until(function() return api:seen().request_count >= 5 end, 5))
    local open = api:seen().open
    api:wait_seen({ open = open - 2 }, 5) -- those of the reports are gone
    front:get("/go")
    assert.equal("permission_denied\n", (request:answer()))
  end)

  it("hand over large answers", function()
    local front = start { init = CLIENT, server = content("large", [[
      local p, err = client:participant("app", "session", "p1", { include_peer_events = true })
      ngx.say(p and #p.text or err)
    ]]) }
    local bytes = 1536 * 1024
    api:answer { headers = { "Content-Type: application/json" },
      body = '{"success":true,"data":{"participant":{"text":"',
      repeat_body = { bytes = "x", times = bytes, after = '"}}}' } }
    local requests = {}
    for i = 1, 8 do requests[i] = front:ask("/large") end
    for _, request in ipairs(requests) do assert.equal(bytes .. "\n", (request:answer())) end
    assert.equal("", front:errors())
  end)

  it("take options, derived clients and ones of their own, and fail as values", function()
    local front = start { init = CLIENT, server = content("options", [[
      local derived = client:with { user_agent = "derived", max_retries = 0 }
      ngx.say(derived:participant("app", "session", "p1", { filters = "events" }).id)
      ngx.say(rtk.participant("app", "session", "p2", { query = { a = 1 } }).id)
      for _, id in ipairs { "missing", "" } do
        local p, err, failure = derived:participant("app", "session", id)
        ngx.say(tostring(p), " ", failure.kind, " ", err:match("%w+") ~= nil)
      end
      ngx.say(pcall(derived.participant, derived, "app", "session", "p", { tiemout = 1 }))
      local _, _, refused = rtk.new { base_url = refusing, max_retries = 0 }
        :participant("app", "session", "p")
      ngx.say(refused.kind)
      local _, _, late = derived:participant("app", "session", "late", { timeout = 0.2 })
      ngx.say(late.kind)
    ]]):gsub("refusing", "'" .. require("spec.support.server").refusing_url() .. "'") }
    api:answer({ match = "/missing", status = 404, json = fixture.error_envelope(1404, "No") },
      { match = "/late", hold = true, echo = true }, { echo = true })
    local body = front:get("/options")
    assert.matches("^p1\np2\nnil not_found true\nnil invalid_request true\n"
      .. "false.-tiemout.-timeout.-\nconnection\ntimeout\n$", body)
    local requests = api:seen().requests
    assert.matches("derived$", requests[1].headers["user-agent"])
    assert.matches("filters=events", requests[1].target, 1, true)
    assert.matches("a=1", requests[2].target, 1, true)
    assert.equal("Bearer " .. fixture.token, requests[2].headers.authorization)
    assert.equal("", front:errors())
  end)

  it("have no credentials where nginx hands on no environment", function()
    local front = start { hands_on = false, server = content("fetch", [[
      ngx.say((select(2, rtk.participant("app", "session", "p1"))))
    ]]) }
    assert.matches("^invalid_request: .*credentials", (front:get("/fetch")))
    assert.equal("", front:errors())
  end)

  it("of two servers of one nginx share the worker's thread", function()
    local port = process.unused_port()
    local front = start { init = CLIENT, server = FETCH,
      http = ("server { listen 127.0.0.1:%d; %s }"):format(port, FETCH) }
    expect_ids(10, front:get_all(10, "/fetch/p%"))
    local body = require("socket.http").request(("http://127.0.0.1:%d/fetch/p1"):format(port))
    assert.equal("p1\n", body)
    assert.equal(2, openresty.figures(front:workers()[1]).threads)
  end)

  it("are retried as anywhere, without holding up others", function()
    local front = start { init = CLIENT, server = FETCH }
    api:answer({ status = 503, headers = { "Retry-After: 0.3" } }, { echo = true })
    local from = socket.gettime()
    local request = front:ask("/fetch/p1")
    api:wait_seen(1)
    assert.equal("pong\n", (front:get("/ping", 0.2)))
    assert.equal("p1\n", (request:answer()))
    assert.is_true(socket.gettime() - from >= 0.3)
    assert.equal(2, api:seen().request_count)
  end)

  -- ==== Where something is scarce ====

  it("are made by workers without privileges", function()
    local front = start { init = CLIENT, user = "nobody nogroup", server = FETCH, workers = 2 }
    local uid = process.check("ps -o uid= -p " .. front:workers()[1])
    if process.check("id -u") == "0\n" then assert.is_true(tonumber(uid) > 0) end
    expect_ids(20, front:get_all(20, "/fetch/p%"))
    process.kill(front.pid, "QUIT")
    assert.equal(0, front:status())
    assert.equal("", front:errors())
  end)

  it("are made with lua_code_cache off", function()
    local front = start { init = CLIENT, http = "lua_code_cache off;", server = FETCH }
    expect_ids(40, front:get_all(40, "/fetch/p%"))
    for _ = 1, 10 do assert.equal("p1\n", (front:get("/fetch/p1"))) end
    for line in front:errors():gmatch("[^\n]+") do
      assert.matches("lua_code_cache is off", line, 1, true)
    end
  end)

  it("take one of the worker's connections in all", function()
    local front = start { init = CLIENT, connections = 64, server = FETCH }
    api:answer { hold = true, echo = true }
    local requests = {}
    for i = 1, 50 do requests[i] = front:ask("/fetch/p" .. i) end
    api:wait_seen(50)
    api:release()
    local bodies = {}
    for i, request in ipairs(requests) do bodies[i] = request:answer() end
    expect_ids(50, bodies)
    assert.equal("", front:errors())
  end)

  it("are made when lua_max_running_timers is used up, and hardly slower", function()
    local front = start {
      init = CLIENT, http = "lua_max_running_timers 1;",
      server = FETCH .. content("use", "ngx.timer.at(0, function() ngx.sleep(60) end)")
        .. content("short", [[
          local call = client:start("app", "session", "p1")
          ngx.say(call:wait(0.05), " ", call:result().id)
        ]]),
    }
    front:get("/use")
    expect_ids(20, front:get_all(20, "/fetch/p%"))
    local from = socket.gettime()
    for _ = 1, 20 do assert.equal("p1\n", (front:get("/fetch/p1"))) end
    assert.is_true(socket.gettime() - from < 1)
    api:answer { echo = true, delay = 0.2 }
    assert.equal("false p1\n", (front:get("/short")))
    local alerts = select(2, front:errors():gsub("lua_max_running_timers are not enough", ""))
    local lines = select(2, front:errors():gsub("\n", ""))
    assert.equal(lines, alerts, front:errors())
    assert.is_true(alerts <= 4, front:errors())
  end)

  it("are answered when the reader's connection breaks", function()
    local front = start { init = CLIENT, master = false, server = FETCH .. content("break", [[
      local ffi = require "ffi"
      ffi.cdef "int shutdown(int, int); int getsockname(int, void *, int *);"
      ffi.cdef "int getsockopt(int, int, int, void *, int *);"
      local address, size = ffi.new("unsigned short[64]"), ffi.new("int[1]")
      local listens, four, broken = ffi.new("int[1]"), ffi.new("int[1]", 4), 0
      for fd = 3, 200 do -- of the unix sockets with a name, those that are connected
        size[0] = 128
        if ffi.C.getsockname(fd, address, size) == 0 and address[0] == 1 and size[0] > 2
          and ffi.C.getsockopt(fd, 1, 30, listens, four) == 0 and listens[0] == 0
          and ffi.C.shutdown(fd, 2) == 0 then broken = broken + 1 end
      end
      ngx.say(broken)
    ]]) }
    assert.equal("p1\n", (front:get("/fetch/p1"))) -- from here on there is one
    api:answer { hold = true, echo = true }
    local requests = {}
    for i = 1, 10 do requests[i] = front:ask("/fetch/p" .. i) end
    api:wait_seen(10)
    assert.equal("1\n", (front:get("/break")))
    local from = socket.gettime()
    api:release()
    local bodies = {}
    for i, request in ipairs(requests) do bodies[i] = request:answer() end
    expect_ids(10, bodies)
    assert.is_true(socket.gettime() - from < 2)
  end)

  it("block a thread of a pool, which is there to be blocked", function()
    local front = start {
      main = "thread_pool calls threads=2;", init = CLIENT,
      server = content("thread", [[
        local ok, id, err = ngx.run_worker_thread("calls", "thread", "fetch")
        ngx.say(tostring(ok), " ", tostring(id), " ", tostring(err))
      ]]),
      http = "",
    }
    process.write_file(front.directory .. "/thread.lua", [[return { fetch = function()
      local p, err = require("realtimekit").participant("app", "session", "p1")
      return p and p.id, err
    end }]])
    assert.matches("^true p1", (front:get("/thread")))
  end)

  -- ==== What is written, and what is left ====

  it("write nothing to the error log, nor does an idle worker, nor its end", function()
    local front = start { init = CLIENT, server = FETCH, level = "info" }
    expect_ids(20, front:get_all(20, "/fetch/p%"))
    local worker = front:workers()[1]
    -- The reader ends when it is idle: then the worker has no connection of its own left.
    local function sockets()
      local output = process.run(("ls -l /proc/%d/fd"):format(worker))
      return (select(2, output:gsub("socket:", "")))
    end
    local before = sockets()
    assert(process.wait_until(function() return sockets() <= before - 2 end, 5))
    front:get("/ping")
    process.kill(front.pid, "QUIT")
    assert.equal(0, front:status())
    for line in front:errors():gmatch("[^\n]+") do
      assert.is_nil(line:find("%[%l+%] %d+#%d+: %*%d+ .*lua"), line)
      assert.is_nil(line:find("%[warn%]") or line:find("%[error%]") or line:find("%[crit%]")
        or line:find("%[alert%]") or line:find("realtimekit"), line)
    end
  end)

  it("leave nothing of a TLS failure for the worker's own connections", function()
    local port = process.unused_port()
    local front = start {
      init = CLIENT, level = "info", server = FETCH,
      environment = { CLOUDFLARE_BASE_URL = api:https("self_signed") .. "/client/v4" },
      http = ("server { listen 127.0.0.1:%d ssl; ssl_certificate %s; ssl_certificate_key %s; }")
        :format(port, certificates.pem("trusted"), certificates.key),
    }
    for _ = 1, 5 do
      assert.matches("^tls: ", (front:get("/fetch/p1")))
      process.run(("echo | openssl s_client -connect 127.0.0.1:%d"):format(port))
    end
    assert.is_nil(front:errors():find("SSL error", 1, true))
  end)

  it("use no more memory and no more descriptors after many", function()
    local front = start { init = CLIENT, server = content("many", [[
      local threads = {}
      for i = 1, 20 do
        threads[i] = ngx.thread.spawn(function()
          for j = 1, tonumber(ngx.var.arg_each) do
            local p, err = client:participant("app", "session", "p" .. j)
            if not p or p.id ~= "p" .. j then ngx.say(err) end
          end
        end)
      end
      for _, thread in ipairs(threads) do ngx.thread.wait(thread) end
      collectgarbage() collectgarbage()
      ngx.say("done")
    ]]) }
    local many = tonumber(os.getenv("NGINX_CALLS")) or 10000
    local pid = front:workers()[1]
    api:record(false)
    finally(function() api:record(true) end)
    local function round(count)
      assert.equal("done\n", (front:get("/many?each=" .. math.ceil(count / 20), 600)))
      return openresty.figures(pid)
    end
    round(many / 4)
    local before = round(many / 4)
    local after = round(many / 2)
    assert.is_true(after.descriptors <= before.descriptors)
    assert.is_true(after.memory - before.memory < 1024,
      ("%d KiB, then %d"):format(before.memory, after.memory))
    assert.equal("", front:errors())
  end)
end)

describe("a logger in nginx", function()
  local api = fixture.server()
  local start = openresty.starter(api)

  it("that is realtimekit.nginx.logger writes to the error log at nginx's levels", function()
    local front = start { level = "debug", server = content("fetch", [[
      local logger = require("realtimekit.nginx").logger
      ngx.say(tostring((rtk.participant("app", "session", ngx.var.arg_id,
        { logger = logger, max_retries = 1 }))) ~= "nil")
    ]]) }
    api:answer({ match = "/missing", status = 404, json = fixture.error_envelope(1404, "No") },
      { status = 503, headers = { "Retry-After: 0" } }, { echo = true })
    assert.equal("true\n", (front:get("/fetch?id=p1")))
    assert.equal("false\n", (front:get("/fetch?id=missing")))
    local seen = {}
    for line in front:errors():gmatch("[^\n]+") do
      local level, message = line:match("%[(%l+)%].*realtimekit: (%l+), .*attempt=")
      if level then seen[#seen + 1] = level .. " " .. message end
      if message then assert.is_nil(line:find(fixture.token, 1, true)) end
    end
    assert.same({ "debug request", "warn retry", "debug request", "debug response",
      "debug request", "error failure" }, seen)
  end)

  it("that raises an error ends its call with it, and no other", function()
    local front = start { init = CLIENT, server = FETCH .. content("raise", [[
      local at = ngx.var.arg_at
      local function logger(_, message) if message == at then error("mine", 0) end end
      ngx.say(pcall(client.participant, client, "app", "session", "p1", { logger = logger }))
      ngx.say(pcall(function()
        for id, p in client:each_participant("app", "session", { "p1" }, { logger = logger }) do
          ngx.say(id, p.id)
        end
      end))
    ]]) }
    api:answer { echo = true }
    for _, at in ipairs { "request", "response" } do
      assert.equal("falsemine\nfalsemine\n", (front:get("/raise?at=" .. at)))
    end
    assert.equal("p1\n", (front:get("/fetch/p1")))
    assert.equal("", front:errors())
  end)

  it("that makes a call gets a failure, as it cannot wait", function()
    local front = start { init = CLIENT, server = content("nested", [[
      local told
      local function logger()
        local _, err = client:participant("app", "session", "inner")
        told = told or err
      end
      ngx.say(client:participant("app", "session", "outer", { logger = logger }).id)
      ngx.say(told)
    ]]) }
    api:answer { echo = true }
    assert.matches("^outer\ninvalid_request: .*ngx%.timer%.at", (front:get("/nested")))
    assert.equal("", front:errors())
  end)
end)
