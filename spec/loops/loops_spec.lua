-- The adapters for event loops: one body of tests for all of them.

local fixture = require "spec.support.fixture"
local loops = require "spec.support.loops"
local process_info = require "spec.support.process_info"
local realtimekit = require "realtimekit"
local socket = require "socket"

local APP, SESSION = fixture.app, fixture.session
local SECONDS = 20 -- that a loop may take to end
local TICK = 0.005 -- seconds
local SLACK = 10 -- so much slower may a ticker be on a busy machine; a blocked one ticks once

-- What a userdata keeps is free after the cycle that finalizes it; that may keep a userdata itself.
-- LuaJIT's traces keep objects, too.
local function collect()
  if rawget(_G, "jit") then require("jit").flush() end
  for _ = 1, 3 do collectgarbage() end
end

-- An answer for the participant with this id.
local function to(id, answer)
  answer.match = "/participants/" .. id
  return answer
end

-- What does not depend on when and how often something was asked.
local function timeless(participant, err, outcome)
  local kept = {}
  for name, value in pairs(outcome) do kept[name] = value end
  for _, name in ipairs { "elapsed", "http_version", "headers" } do kept[name] = nil end
  return { participant or false, err or false, kept }
end

-- What a generic for would do, but for the closing value; in Lua 5.1 that cannot wait.
local function each(body, next, batch)
  local id, participant, err, outcome = next(batch)
  while id do
    body(id, participant, err, outcome)
    id, participant, err, outcome = next(batch)
  end
end

for _, loop in ipairs(loops) do
  describe("realtimekit." .. loop.name, function()
    local api = fixture.server()
    local module

    -- Runs the functions, each in a coroutine of its own, until the loop has ended.
    local function run(...)
      for i = 1, select("#", ...) do loop.go((select(i, ...))) end
      assert.is_nil(loop.run(SECONDS))
      assert.is_true(loop.has_ended(), "the loop has not ended")
    end

    local function client(more)
      return module.new(fixture.options(api.url, more))
    end

    -- Waits in a coroutine until the server has seen so many requests.
    local function wait_for_requests(count)
      while api:seen().request_count < count do loop.sleep(0.01) end
    end

    before_each(function()
      if loop.missing then pending("no " .. loop.name .. ": " .. loop.missing) end
      module = loop.open()
      api:answer { echo = true }
    end)

    after_each(function() -- a connection that is left open is a client that is kept
      if loop.missing then return end
      collect()
      api:wait_closed()
    end)

    -- ==== Results ====

    it("gives what the blocking call gives", function()
      api:answer(
        to("good", { json = fixture.envelope('{"id":"good","left_at":null,"duration":3}') }),
        to("unknown", { status = 404, json = fixture.error_envelope(10006, "no such one") }),
        to("html", { body = "<html>" }),
        to("cut", { body = "{}", cut_after = { body = 1 } }))
      local opts = fixture.options(api.url)
      local blocking, waiting = realtimekit.new(opts), module.new(opts)
      local expected, got = {}, {}
      local ids = { "good", "unknown", "html", "cut", "..", "a\nb", "" }
      for i, id in ipairs(ids) do
        expected[i] = timeless(blocking:participant(APP, SESSION, id, { query = { a = 1 } }))
      end
      run(function()
        for i, id in ipairs(ids) do
          got[i] = timeless(waiting:participant(APP, SESSION, id, { query = { a = 1 } }))
        end
      end)
      assert.same(expected, got)
      assert.equal("good", got[1][1].id)
    end)

    it("gives each of several coroutines its own", function()
      local c, other = client(), client()
      local got = {}
      local function ask(which, id)
        return function() got[id] = which:participant(APP, SESSION, id).id end
      end
      run(ask(c, "a"), ask(c, "b"), ask(other, "c"), ask(c:with { timeout = 5 }, "d"))
      assert.same({ a = "a", b = "b", c = "c", d = "d" }, got)
    end)

    it("lets a ticker tick while 200 calls are under way", function()
      api:answer { delay = 0.3, echo = true }
      local c = client { max_connections = 200 }
      local answered, ticks, first, from, elapsed = 0, 0, nil, socket.gettime(), nil
      for i = 1, 200 do
        loop.go(function()
          local participant = c:participant(APP, SESSION, "p" .. i)
          first = first or ticks
          if participant.id == "p" .. i then answered = answered + 1 end
        end)
      end
      run(function()
        while answered < 200 and socket.gettime() < from + SECONDS do
          loop.sleep(TICK)
          ticks = ticks + 1
        end
        elapsed = socket.gettime() - from
      end)
      assert.equal(200, answered)
      assert.equal(200, api:seen().connections)
      assert.is_true(elapsed < 200 * 0.3 / 5, elapsed .. " s")
      assert.is_true(first > 0.3 / TICK / SLACK, first .. " ticks before the first answer")
      assert.is_true(ticks > elapsed / TICK / SLACK, ticks .. " ticks in " .. elapsed .. " s")
    end)

    it("lets a ticker tick while each_participant has 200 calls under way", function()
      api:answer { delay = 0.3, echo = true }
      local c = client { max_connections = 200, concurrency = 200 }
      local ids, got, ticks, from, elapsed = {}, {}, 0, socket.gettime(), nil
      for i = 1, 200 do ids[i] = "p" .. i end
      run(function()
        each(function(id, participant)
          got[#got + 1] = id == participant.id and id or nil
        end, c:each_participant(APP, SESSION, ids))
        elapsed = socket.gettime() - from
      end, function()
        while not elapsed and socket.gettime() < from + SECONDS do
          loop.sleep(TICK)
          ticks = ticks + 1
        end
      end)
      table.sort(got)
      table.sort(ids)
      assert.same(ids, got)
      assert.is_true(ticks > elapsed / TICK / SLACK, ticks .. " ticks in " .. elapsed .. " s")
    end)

    it("keeps a waiting coroutine that nobody else keeps", function()
      api:answer { delay = 0.1, echo = true }
      local got = {}
      for i = 1, 3 do
        loop.go(function()
          got[i] = module.new(fixture.options(api.url)):participant(APP, SESSION, "p" .. i).id
        end)
      end
      run(function()
        while #got < 3 do
          loop.sleep(0.01)
          collect()
        end
      end)
      assert.same({ "p1", "p2", "p3" }, got)
    end)

    -- ==== Many at once ====

    it("answers every id of each_participant as its call ends, while others work", function()
      api:answer(to("slow", { delay = 0.4, echo = true }),
        to("middle", { delay = 0.2, echo = true }), { echo = true })
      local c, got, others = client(), {}, 0
      run(function()
        each(function(id, participant, err, outcome)
          got[#got + 1] = { id, participant and participant.id, err and outcome.kind }
        end, c:each_participant(APP, SESSION, { "slow", "middle", "fast", "..", "fast" }))
      end, function()
        while #got < 5 and others < 1000 do
          assert(c:participant(APP, SESSION, "other"))
          others = others + 1
        end
      end)
      local refused
      for i = 1, 3 do refused = refused or (got[i][1] == ".." and table.remove(got, i)) end
      assert.same({ "..", nil, "invalid_request" }, refused)
      assert.same({ { "fast", "fast" }, { "fast", "fast" }, { "middle", "middle" },
        { "slow", "slow" } }, got)
      assert.is_true(others > 3, others .. " others")
    end)

    it("takes ids from a function, keeps to the concurrency, and ends", function()
      api:answer { delay = 0.02, echo = true }
      local taken, got, most = 0, 0, 0
      local function next_id()
        taken = taken + 1
        return taken <= 20 and "p" .. taken or nil
      end
      run(function()
        local function count()
          most = math.max(most, taken - got)
          got = got + 1
        end
        each(count, client():each_participant(APP, SESSION, next_id, { concurrency = 3 }))
        each(count, client():each_participant(APP, SESSION, {}))
      end)
      assert.equal(20, got)
      assert.equal(3, most)
    end)

    it("shares the iterator of each_participant between coroutines", function()
      api:answer { delay = 0.05, echo = true }
      local function from_list()
        local ids = { "a", "b", "c", "d" }
        return function() return table.remove(ids, 1) end
      end
      for _, ids in ipairs { { "a", "b", "c", "d" }, from_list() } do
        local got = {}
        local next, batch
        local function work()
          if not batch then
            next, batch = client():each_participant(APP, SESSION, ids)
          end
          each(function(id) got[#got + 1] = id end, next, batch)
        end
        run(work, work, work)
        table.sort(got)
        assert.same({ "a", "b", "c", "d" }, got)
      end
    end)

    it("works in a for loop, or says that this cannot be", function()
      local c, got, err = client(), {}, nil
      run(function()
        local passed
        passed, err = loops.try(function()
          for id in c:each_participant(APP, SESSION, { "a", "b" }) do got[#got + 1] = id end
        end)
        if passed then err = "for cannot wait" end
      end)
      table.sort(got)
      assert.same(loops.cannot_wait_in_for and {} or { "a", "b" }, got)
      assert.matches("for .*cannot wait", err)
    end)

    it("cancels what each_participant has under way when it is left early", function()
      api:answer(to("fast", { echo = true }), { hold = true })
      local c, open, others = client(), nil, nil
      run(function()
        local function leave_early()
          if loops.cannot_wait_in_for then
            local next, batch = c:each_participant(APP, SESSION, { "fast", "a", "b" })
            return next(batch)
          end
          for id in c:each_participant(APP, SESSION, { "fast", "a", "b" }) do
            if id == "fast" then break end
          end
        end
        leave_early()
        if _VERSION ~= "Lua 5.4" then collect() end
        open = api:wait_seen({ open = 1 }).open
        others = c:participant(APP, SESSION, "fast").id
      end)
      assert.equal(1, open) -- the one that "fast" came over
      assert.equal("fast", others)
    end)

    -- ==== Ends ====

    it("ends what waits as cancelled when the client is closed", function()
      api:answer { hold = true }
      local c, got = client(), {}
      run(function()
        local _, _, failure = c:participant(APP, SESSION, "a")
        got[#got + 1] = failure.kind
      end, function()
        local next, batch = c:each_participant(APP, SESSION, { "b", "c" }, { concurrency = 2 })
        for _ = 1, 2 do
          local _, _, _, failure = next(batch)
          got[#got + 1] = failure.kind
        end
      end, function()
        wait_for_requests(3)
        c:close()
        c:close()
      end)
      assert.same({ "cancelled", "cancelled", "cancelled" }, got)
      api:wait_closed()
      assert.has_error(function() c:start(APP, SESSION, "a") end, "the client is closed")
    end)

    it("cancels the call of a coroutine that is collected, and nobody else's", function()
      if not loop.can_be_collected then
        pending(loop.name .. " keeps every coroutine that waits")
      end
      api:answer(to("lost", { hold = true }), { delay = 0.2, echo = true })
      local c, got = client(), nil
      run(function()
        local lost = coroutine.create(function() c:participant(APP, SESSION, "lost") end)
        coroutine.resume(lost)
        wait_for_requests(1)
        lost = nil -- luacheck: ignore
        collect()
        api:wait_closed()
        got = c:participant(APP, SESSION, "kept").id
      end)
      assert.equal("kept", got)
    end)

    it("tells what each_participant has under way of a closed client, then raises", function()
      local ids_of = {
        function(ids) return ids end,
        function(ids) return function() return table.remove(ids, 1) end end,
      }
      for _, make in ipairs(ids_of) do
        api:answer(to("a", { echo = true }), { hold = true })
        local c, got, err = client(), {}, nil
        run(function()
          local next, batch = c:each_participant(APP, SESSION, make { "a", "b", "c", "d", "e" },
            { concurrency = 3 })
          local _, participant = next(batch)
          got[1] = participant.id
          c:close()
          for i = 2, 3 do
            local id, _, _, failure = next(batch)
            got[i] = id .. " " .. failure.kind
          end
          err = select(2, pcall(function() next(batch) end))
        end)
        table.sort(got)
        assert.same({ "a", "b cancelled", "c cancelled" }, got)
        assert.matches("^[^:]*spec/loops/loops_spec.lua:%d+: the client is closed$", err)
      end
    end)

    it("reads the options of each_participant once", function()
      local c, opts = client(), { query = { a = 1 }, concurrency = 1 }
      run(function()
        local ids = { "a", "b", "c" }
        each(function()
          opts.query.a, opts.user_agent = 2, "changed"
        end, c:each_participant(APP, SESSION, function() return table.remove(ids, 1) end, opts))
      end)
      local requests = api:seen().requests
      assert.equal(3, #requests)
      for _, request in ipairs(requests) do
        assert.matches("a=1", request.target, 1, true)
        assert.is_nil(request.headers["user-agent"]:find("changed", 1, true))
      end
      c:close()
    end)

    it("leaves no descriptor and no connection when the loop is dropped", function()
      api:answer { hold = true }
      local function drop()
        local c = client()
        loop.go(function() c:participant(APP, SESSION, "a") end)
        loop.go(function() each(error, c:each_participant(APP, SESSION, { "b", "c" })) end)
        local until_then = socket.gettime() + SECONDS
        loop.go(function()
          wait_for_requests(3)
          until_then = 0
        end)
        repeat loop.run(0.05) until socket.gettime() > until_then
        loop.abandon()
        return { c }
      end
      collect()
      local before = process_info.descriptors()
      local c = drop()
      module = nil
      collect()
      if not loop.is_one then api:wait_closed() end -- whoever has the client
      c[1] = nil
      collect()
      api:wait_closed()
      loop.open()
      assert.equal(before, process_info.descriptors())
    end)

    it("closes the connections of a closed client, however many came and went", function()
      run(function()
        for _ = 1, 30 do
          local c = client()
          c:participant(APP, SESSION, "a")
          c:close()
        end
      end)
      assert.equal(30, api:wait_closed().connections)
    end)

    -- ==== Errors ====

    it("says what to do outside the loop, and sends nothing", function()
      local c = client()
      for _, name in ipairs { "participant", "each_participant" } do
        local passed, err = pcall(c[name], c, APP, SESSION, "a")
        assert.is_false(passed)
        assert.matches("realtimekit." .. loop.name .. ": not in a ", err, 1, true)
        assert.matches("use ", err, 1, true)
        passed = pcall(module[name], APP, SESSION, "a")
        assert.is_false(passed)
      end
      assert.equal(0, api:seen().request_count)
    end)

    it("raises in the caller, in the words of the blocking call, for misuse", function()
      local here, blocking, got = client(), fixture.client(api.url), {}
      local misuse = {
        function(c) c:participant(APP, 5, "a") end,
        function(c) c:participant(APP, SESSION, "a", { tiemout = 1 }) end,
        function(c) c:participant(APP, SESSION, "a", {}, 1) end,
        function(c) c:each_participant(APP, SESSION, 5) end,
        function(c) c:each_participant(APP, SESSION, {}, { concurrency = 0 }) end,
        function(c) local next, batch = c:each_participant(APP, SESSION, { 5 }) next(batch) end,
        function(c) c:with { timeout = "1" } end,
        function(c) c:start(APP, SESSION) end,
        function() (module or realtimekit).new { timeout = "1" } end,
      }
      run(function()
        for i, f in ipairs(misuse) do got[i] = { pcall(f, here) } end
      end)
      module = nil
      for i, f in ipairs(misuse) do
        local expected = { pcall(f, blocking) }
        assert.matches("^[^:]*spec/loops/loops_spec.lua:%d+: ", got[i][2])
        assert.same(expected, got[i])
      end
    end)

    it("raises what a logger raises in its own caller; others go on", function()
      if loop.raises_to == "the process" and loops.cannot_wait_in_for then
        pending("Lua 5.1 cannot catch what is raised after a wait")
      end
      api:answer { delay = 0.1, echo = true }
      local c, got = client(), {}
      local oops = setmetatable({}, { __tostring = function() return "oops" end })
      local function raising(at)
        return { logger = function(_, message) if message == at then error(oops) end end }
      end
      local function ask(name, opts)
        return function()
          got[name] = { loops.try(c.participant, c, APP, SESSION, name, opts) }
        end
      end
      run(ask("a"), ask("b", raising "request"), ask("c", raising "response"), ask("d"),
        function()
          local next, batch = c:each_participant(APP, SESSION, { "e" }, raising "request")
          got.e = { loops.try(next, batch) }
        end)
      for _, name in ipairs { "b", "c", "e" } do assert.same({ false, oops }, got[name]) end
      for _, name in ipairs { "a", "d" } do assert.equal(name, got[name][2].id) end
    end)

    it("raises what a step raises in the loop; who waits goes on waiting", function()
      if loop.raises_to == "the process" then
        pending(loop.name .. " ends the process for an error in a callback")
      end
      local methods = getmetatable(realtimekit.new()).__index
      local step, got = methods.step, nil
      function methods.step()
        methods.step = step
        error("interrupted", 0)
      end
      local print_, printed = print, {}
      function _G.print(...) printed[#printed + 1] = (...) end -- what Copas does with an error
      loop.go(function() got = client():participant(APP, SESSION, "a").id end)
      local raised = loop.run(SECONDS) or printed[1]
      loop.run(SECONDS)
      _G.print, methods.step = print_, step
      assert.equal("a", got)
      assert.matches("interrupted", raised)
      assert.is_true(loop.has_ended())
    end)

    -- ==== The module ====

    it("has what it is documented to have, and loads no other loop", function()
      local output = fixture.run(([[
        local loops = require "spec.support.loops"
        for _, name in ipairs { "cqueues", "luv", "copas" } do package.loaded[name] = nil end
        local module, names = require "realtimekit.%s", {}
        for name in pairs(module) do names[#names + 1] = name end
        for _, name in ipairs { "cqueues", "luv", "copas" } do
          if package.loaded[name] then names[#names + 1] = name end
        end
        table.sort(names)
        print(table.concat(names, " "))
      ]]):format(loop.name))
      local names = { loop.name }
      for name, value in pairs(realtimekit) do
        if type(value) == "function" and name ~= "step" then names[#names + 1] = name end
      end
      table.sort(names)
      assert.equal(table.concat(names, " ") .. "\n", output)
    end)

    it("has a default client, which reads the environment", function()
      local output = fixture.run(([[
        local loops = require "spec.support.loops"
        for _, loop in ipairs(loops) do
          if loop.name == %q then
            local module = loop.open()
            loop.go(function()
              print(module.participant("app", "session", "me").id)
              local next, batch = module.each_participant("app", "session", { "you" })
              print(next(batch))
            end)
            loop.run(%d)
          end
        end
      ]]):format(loop.name, SECONDS), {
        CLOUDFLARE_ACCOUNT_ID = fixture.account, CLOUDFLARE_API_TOKEN = fixture.token,
        CLOUDFLARE_BASE_URL = api.url .. "/client/v4",
      })
      assert.matches("^me\nyou\ttable: ", output)
      assert.equal(1, api:seen().connections)
    end)

    it("names its clients and its calls", function()
      local c = client()
      local call = c:start(APP, SESSION, "a")
      assert.matches("^realtimekit." .. loop.name .. " call: ", tostring(call))
      call:cancel()
      assert.matches("^realtimekit." .. loop.name .. " client: 0x%x+$", tostring(c))
      c:close()
      assert.matches("^realtimekit." .. loop.name .. " client: 0x%x+ %(closed%)$", tostring(c))
    end)

    it("closes a client at the end of its scope, where Lua has such", function()
      if _VERSION ~= "Lua 5.4" then pending("Lua 5.4 has closing variables") end
      local c = client()
      getmetatable(c).__close(c)
      assert.matches("closed", tostring(c))
    end)
  end)
end
