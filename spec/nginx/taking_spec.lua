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

  it("is not lost by an error of a finalizer while it is taken", function()
    local front = start { init = AT_ONCE, server = content("calls", [[
      local logging = client:with { logger = function() end }
      local at, raised = tonumber(ngx.var.arg_at), false
      local ends, taking = { n = 0 }, 0
      for i = 1, 10 do
        ngx.thread.spawn(function()
          local own = i % 2 == 0 and logging or client
          pcall(own.participant, own, "app", "s", "x") -- it raises what comes up in the logger
          ends.n = ends.n + 1
        end)
      end
      local until_then = os.clock() + 0.05
      repeat until os.clock() > until_then -- most are back then, and none is taken
      with_litter(function()
        if not debug.traceback():find("in function 'take'", 1, true) then return end
        taking = taking + 1
        if taking ~= at then return end
        raised = true
        error "of a finalizer"
      end, function() client:step(0) end)
      ngx.say(count_ends(ends, 10), " ", tostring(raised))
      ngx.exit(200)
    ]]) }
    local seen = {}
    for at = 1, 4 do
      local ended, raised = front:get("/calls?at=" .. at):match "^(%d+) (%a+)"
      assert.equal("10", ended, "at " .. at)
      seen[raised] = true
    end
    assert.is_true(seen["true"])
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
