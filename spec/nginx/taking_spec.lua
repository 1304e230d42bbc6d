-- What is back is taken by whoever comes: a reader, one who waits without it, a finalizer. Whoever
-- it is, those who wait for it learn of it.

local fixture = require "spec.support.fixture"
local openresty = require "spec.support.openresty"

if openresty.missing then
  pending(openresty.missing)
  return
end

local function content(name, code)
  return ("location = /%s { content_by_lua_block { %s } }\n"):format(name, code)
end

-- Calls of a client that are back at once, as nobody listens there. `litter` leaves garbage again
-- and again, and the collector runs at each allocation, so that its finalizer, which calls `act`,
-- runs wherever something is allocated.
local AT_ONCE = [[
  client = rtk.new { base_url = "http://127.0.0.1:1/client/v4", max_retries = 0 }

  local function litter(act)
    getmetatable(newproxy(true)).__gc = function()
      if not state.on then return end
      litter(act)
      act()
    end
  end

  function with_litter(act, work)
    collectgarbage("setpause", 0)
    collectgarbage("setstepmul", 1000000)
    collectgarbage()
    state.on = true
    litter(act)
    local ok, err = pcall(work)
    state.on = false
    collectgarbage("setpause", 200)
    collectgarbage("setstepmul", 200)
    return ok, err
  end

  -- Nothing is under way any more, for a second at most.
  function all_back()
    local ends = os.clock() + 1
    repeat until select(2, client:step(0)) == 0 or os.clock() > ends
  end

  -- How many of `most` have ended, for two seconds at most.
  function count_ends(ends, most)
    local until_then = ngx.now() + 2
    while ends.n < most and ngx.now() < until_then do ngx.sleep(0.01) end
    return ends.n
  end
]]

describe("what is back in nginx", function()
  local api = fixture.server()
  local start = openresty.starter(api)

  for _, way in ipairs { "lua_max_running_timers 1;", "lua_code_cache off;" } do
    it("is told to a logger where there is no reader: " .. way, function()
      local front = start { http = way, level = "error",
        server = content("use", "ngx.timer.at(0, function() ngx.sleep(60) end)")
          .. content("call", [[
            local told = {}
            local participant, err = require("realtimekit").participant("app", "session", "me", {
              max_retries = 1, timeout = 2,
              logger = function(_, message) told[#told + 1] = message end,
            })
            ngx.say(table.concat(told, " "), " ", participant and participant.id or err)
          ]]) }
      front:get("/use")
      for _ = 1, 4 do
        api:answer({ status = 503, headers = { "Retry-After: 0" } }, { echo = true })
        assert.equal("request retry request response me\n", (front:get("/call")))
      end
    end)
  end

  it("may be taken by a finalizer before it is known who waits", function()
    local front = start { init = AT_ONCE, server = content("calls", [[
      local ends = { n = 0 }
      client:participant("app", "s", "x") -- the thread is there
      with_litter(all_back, function()
        for _ = 1, 20 do
          ngx.thread.spawn(function()
            client:participant("app", "s", "x")
            ends.n = ends.n + 1
          end)
        end
      end)
      ngx.say(count_ends(ends, 20))
      ngx.exit(200)
    ]]) .. content("batches", [[
      local ends = { n = 0 }
      with_litter(all_back, function()
        for _ = 1, 5 do
          ngx.thread.spawn(function()
            for _ in client:each_participant("app", "s", { "a", "b", "c" }) do
              ends.n = ends.n + 1
            end
          end)
        end
      end)
      ngx.say(count_ends(ends, 15))
      ngx.exit(200)
    ]]) }
    assert.equal("20\n", (front:get("/calls")))
    assert.equal("15\n", (front:get("/batches")))
  end)

  it("is found again after an error while it is told", function()
    api:answer { echo = true }
    local front = start { server = content("calls", [[
      local class = getmetatable(require("ngx.semaphore").new(0)).__index
      local post, ends = class.post, 0
      assert(rtk.participant("app", "session", "one")) -- there is a reader
      function class.post(...)
        class.post = post
        error "not enough memory"
      end
      local call, threads = rtk.start("app", "session", "shared"), {}
      for i = 1, 3 do
        threads[i] = ngx.thread.spawn(function()
          if call:result() then ends = ends + 1 end
        end)
      end
      for i = 4, 6 do
        threads[i] = ngx.thread.spawn(function()
          if rtk.participant("app", "session", "p" .. i) then ends = ends + 1 end
        end)
      end
      for _, thread in ipairs(threads) do ngx.thread.wait(thread) end
      ngx.say(ends, " ", tostring(class.post == post))
    ]]) }
    assert.equal("6 true\n", (front:get("/calls", 10)))
  end)

  it("is of a batch that another coroutine goes on with", function()
    api:answer({ stall_after = 0 }, { stall_after = 0 }, { echo = true })
    local front = start { server = content("batch", [[
      local next_one, batch = rtk.each_participant("app", "session", { "a", "b", "c" },
        { concurrency = 2 })
      local thread = ngx.thread.spawn(next_one, batch)
      while not state.go do ngx.sleep(0.01) end
      ngx.thread.kill(thread)
      while not state.more do ngx.sleep(0.01) end
      local kinds = {}
      for _, participant, _, outcome in next_one, batch do
        kinds[#kinds + 1] = participant and participant.id or outcome.kind
      end
      table.sort(kinds)
      ngx.say(table.concat(kinds, " "))
    ]]) .. content("go", "state.go = true") .. content("more", "state.more = true") }
    local request = front:ask("/batch")
    api:wait_seen(2)
    front:get("/go")
    api:wait_seen({ open = 0 }, 5) -- both are cancelled, and nobody is told of it
    front:get("/more")
    assert.equal("c cancelled cancelled\n", (request:answer()), front:errors())
  end)

  it("is taken by call:wait itself, whose seconds may be a string", function()
    api:answer { echo = true }
    local front = start { http = "lua_max_running_timers 1;", level = "error",
      server = content("use", "ngx.timer.at(0, function() ngx.sleep(60) end)")
        .. content("call", [[
          local call = rtk.start("app", "session", "me")
          local until_then = ngx.now() + 10
          while not call:wait(0) and ngx.now() < until_then do ngx.sleep(0.01) end
          ngx.say(tostring(call:done()), " ", tostring(call:wait "0.1"), " ", call:result().id)
        ]]) .. content("string", [[
          local call = rtk.start("app", "session", "me")
          ngx.say(tostring(call:wait "5"))
        ]]) }
    front:get("/use")
    assert.equal("true true me\n", (front:get("/call")))
    assert.equal("true\n", (front:get("/string")))
  end)
end)
