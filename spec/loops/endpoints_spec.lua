-- Every endpoint in each loop, and what is started there: all of it waits, and holds up nothing.

local fixture = require "spec.support.fixture"
local loops = require "spec.support.loops"
local meeting = require "spec.support.meeting"
local socket = require "socket"

local unpack = table.unpack or unpack -- luacheck: ignore

local SECONDS = 20 -- more than any loop here takes

for _, loop in ipairs(loops) do
  describe("realtimekit." .. loop.name .. ":", function()
    local api = fixture.server()
    local module

    before_each(function()
      if loop.missing then pending("no " .. loop.name .. ": " .. loop.missing) end
      module = loop.open()
      meeting.serve(api, 0.02)
    end)

    -- Runs f in a coroutine of the loop beside one that counts; returns how often it did meanwhile.
    local function run(f)
      local ticks, done, err = 0, nil, nil
      loop.go(function()
        local ok, why = true, nil
        if loops.cannot_wait_in_for and loop.name == "luv" then f() else ok, why = loops.try(f) end
        done, err = true, not ok and tostring(why) or nil
      end)
      loop.go(function()
        while not done do
          ticks = ticks + 1
          loop.sleep(0.002)
        end
      end)
      assert.is_nil(loop.run(SECONDS))
      assert.is_nil(err)
      assert.is_true(done)
      return ticks
    end

    local function client(more)
      return module.new(fixture.options(api.url, more))
    end

    it("each endpoint gives what it gives elsewhere, while others run", function()
      local blocking = fixture.client(api.url)
      for _, call in ipairs(meeting.calls) do
        local got
        local ticks = run(function()
          local c = client()
          got = { c[call[1]](c, unpack(call, 2)) }
          c:close()
        end)
        local expected = { blocking[call[1]](blocking, unpack(call, 2)) }
        assert.is_table(expected[1], call[1])
        assert.same(expected[1], got[1])
        assert.equal(expected[3].status, got[3].status)
        assert.is_true(ticks > 1, call[1])
      end
    end)

    it("pages of a list are gone through", function()
      local got, sessions = {}, {}
      local ticks = run(function()
        local c = client()
        local next_one, state = c:each_session_participant("app", "s")
        local i, participant = next_one(state)
        while i do
          got[i] = participant.id
          i, participant = next_one(state)
        end
        next_one, state = c:each_session("app")
        sessions[1], sessions[2] = next_one(state)
        c:close()
      end)
      assert.same({ "a", "b", "c", "d" }, got)
      assert.same({ 1, { id = "s" } }, sessions)
      assert.is_true(ticks > 5)
    end)

    it("pages are gone through by several coroutines at once", function()
      local got, c = {}, nil
      local function work(next_one, state)
        local i, participant = next_one(state)
        while i do
          got[i] = participant.id
          loop.sleep(0.03)
          i, participant = next_one(state)
        end
      end
      run(function()
        c = client()
        local next_one, state = c:each_session_participant("app", "s")
        local others, steps = 1, {}
        loop.go(function()
          work(function(...)
            local i, participant = next_one(...)
            steps[#steps + 1] = i
            return i, participant
          end, state)
          others = 0
        end)
        work(next_one, state)
        while others > 0 do loop.sleep(0.005) end
        assert.is_true(#steps > 0)
        c:close()
      end)
      assert.same({ "a", "b", "c", "d" }, got)
    end)

    it("a session_report is made", function()
      local report
      local ticks = run(function()
        local c = client()
        report = assert(c:session_report("app", "s", { concurrency = 2 }))
        c:close()
      end)
      assert.equal("ENDED", report.session.status)
      for i, id in ipairs { "a", "b", "c", "d" } do
        assert.equal(id, report.participants[i].id)
        assert.same({ id = id }, report.participants[i].report)
      end
      assert.is_true(ticks > 5)
    end)

    it("ids come from a function that waits itself, and reports beside it", function()
      local got = {}
      run(function()
        local c = client()
        local ids = { "a", "b", "c", "d" }
        local next_report, batch = c:each_peer_report("app", function()
          loop.sleep(0.01)
          return table.remove(ids, 1)
        end)
        local id, report = next_report(batch)
        while id do
          got[id] = report.id
          id, report = next_report(batch)
        end
        c:close()
      end)
      assert.same({ a = "a", b = "b", c = "c", d = "d" }, got)
    end)

    it("a wrong id of a function is told in the words of the blocking call", function()
      local function ask(c)
        local ids = { "a", 5 }
        local next_report, batch = c:each_peer_report("app", function()
          return table.remove(ids, 1)
        end)
        while next_report(batch) do end -- luacheck: ignore
      end
      local _, expected = pcall(ask, fixture.client(api.url))
      local got
      run(function()
        local c = client()
        got = select(2, loops.try(ask, c))
        c:close()
      end)
      assert.matches("peer id 2: string expected, got number", got, 1, true)
      assert.equal(expected:gsub("^.-:%d+: ", ""), (got:gsub("^.-:%d+: ", "")))
    end)

    it("started calls are waited for, looked at, cancelled and dropped", function()
      meeting.serve(api, 0.1) -- enough for the ticks of a busy machine
      local c, waits, results, others
      local ticks = run(function()
        c = client()
        local call = c:start_peer_report("app", "a")
        waits = { call:wait(0), call:done(), call:wait(0.005), call:wait(), call:done() }
        results = { call:result(), (call:result()) }
        local cancelled = c:start_session("app", "s")
        cancelled:cancel()
        others = { (select(3, cancelled:result())).kind, c:start("app", "s", ".."):done() }
        c:close()
      end)
      assert.same({ false, false, false, true, true }, waits)
      assert.equal("a", results[1].id)
      assert.equal(results[1], results[#results])
      assert.same({ "cancelled", true }, others)
      assert.is_true(ticks > 3)
    end)

    it("a wait for so many seconds ends then, however long the call takes", function()
      meeting.serve(api, 0.5)
      local waited
      run(function()
        local c = client()
        local call = c:start_session("app", "s")
        local from = socket.gettime()
        assert.is_false(call:wait(0.05))
        waited = socket.gettime() - from
        assert.has_error(function() call:wait(-1) end)
        call:cancel()
        c:close()
      end)
      assert.is_true(waited >= 0.04 and waited < 0.4, waited)
    end)

    it("a look at a call raises what its logger raises", function()
      local got
      run(function()
        local c = client()
        local function logger(_, message) if message == "response" then error("oops", 0) end end
        local call = c:start_session("app", "s", { logger = logger })
        repeat
          local ok, err = pcall(call.wait, call, 0)
          if not ok then got = err end
        until not ok or call:done()
        got = got or select(2, pcall(call.result, call))
        c:close()
      end)
      assert.equal("oops", got)
    end)

    it("an unsent call can be looked at outside of the loop, and waited for only within", function()
      local c = client()
      local call = c:start_session("app", "s")
      assert.is_false(call:done())
      assert.is_boolean(call:wait(0))
      local ok, err = pcall(call.result, call)
      assert.is_false(ok)
      assert.matches("realtimekit." .. loop.name .. ": not in a", err, 1, true)
      call:cancel()
      assert.equal("cancelled", select(3, call:result()).kind)
      c:close()
    end)
  end)
end
