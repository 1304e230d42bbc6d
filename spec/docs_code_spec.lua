-- The code in the README and in docs: every block is run. Those for nginx are in
-- spec/nginx/docs_spec.lua.

local cjson = require "cjson"
local examples = require "spec.support.examples"
local fixture = require "spec.support.fixture"
local loops = require "spec.support.loops"
local markdown = require "spec.support.markdown"
local process = require "spec.support.process"

local unpack = table.unpack or unpack -- luacheck: ignore

local documents = { ["README.md"] = markdown.read("README.md") }
for name in process.check("LC_ALL=C ls docs"):gmatch("[^\n]+%.md") do
  documents["docs/" .. name] = markdown.read("docs/" .. name)
end

local DRAWINGS = { ["docs/architecture.md"] = 3 } -- what is no code: its blocks say `text`

-- What has to be run elsewhere: in nginx.
local ELSEWHERE = { "realtimekit.nginx" }

local function is_elsewhere(block)
  for _, text in ipairs(ELSEWHERE) do
    if block.code:find(text, 1, true) then return true end
  end
  return false
end

local function blocks_of(path, info)
  local list = {}
  for _, block in ipairs(documents[path].blocks) do
    if block.info == info then list[#list + 1] = block end
  end
  return list
end

-- ==== The API that they call ====

local NAMED = { { id = "a", display_name = "Ada" }, { id = "b", display_name = "Zoë" } }
local SESSION = { id = "s1", status = "LIVE", meeting_display_name = "Roof",
  live_participants = 2, minutes_consumed = 41 }
local ONE_PAGE = { total_count = 1, start_offset = 1, end_offset = 1 }
local TWO_ON_A_PAGE = { total_count = 2, start_offset = 1, end_offset = 2 }

local function serve(api)
  local function answer(match, data, paging)
    return { match = match, json = cjson.encode { success = true, data = data, paging = paging } }
  end
  local answers = { answer("/meetings", { id = "m1" }) }
  for _, participant in ipairs(NAMED) do
    answers[#answers + 1] = answer("/participants/" .. participant.id,
      { participant = participant })
    answers[#answers + 1] = answer("/peer-report/" .. participant.id,
      { participant = { id = participant.id, duration = 41 } })
  end
  answers[#answers + 1] = answer("/participants/p1", { participant = { display_name = "Ada",
    joined_at = "2025-06-03T09:15:02Z", duration = 41.5 } })
  answers[#answers + 1] = answer("/participants", { participants = NAMED }, TWO_ON_A_PAGE)
  answers[#answers + 1] = answer("/sessions/session", SESSION)
  answers[#answers + 1] = answer("/sessions", { sessions = { SESSION } }, ONE_PAGE)
  api:answer(unpack(answers))
end

-- The requests that were seen, without what is the same in all of them; and their bodies.
local function calls_seen(api)
  local calls, bodies = {}, {}
  for i, request in ipairs(api:seen().requests) do
    local below = request.target:match("^/client/v4/accounts/" .. fixture.account
      .. "/realtime/kit/app(/.*)$")
    assert.equal("Bearer " .. fixture.token, request.headers.authorization)
    calls[i] = request.method .. " " .. assert(below, request.target)
    if request.body ~= "" then bodies[#bodies + 1] = request.body end
  end
  table.sort(calls)
  return calls, bodies
end

-- ==== Blocks of Lua ====

local PRELUDE = [[
local app_id, session_id, participant_id = "app", "session", "p1"
local ids, participant_ids = { "a", "b" }, { "a", "b" }
local realtimekit = require "realtimekit"
]]

-- What runs a block that is written for a coroutine of a loop.
local around = {
  cqueues = { [[
    local realtimekit, controller = require "realtimekit.cqueues", require("cqueues").new()
    controller:wrap(function() ]], [[ end) assert(controller:loop())]] },
  luv = { [[
    local realtimekit = require "realtimekit.luv"
    coroutine.wrap(function() ]], [[ end)() require("luv").run()]] },
  copas = { [[
    local realtimekit, copas, done = require "realtimekit.copas", require "copas", false
    copas.addthread(function() ]], [[ done = true end)
    local ends = os.time() + 10
    while not done and os.time() < ends do copas.step(0.1) end]] },
}

local END = "the block has ended"

-- Runs it against the server; returns the lines that it printed, sorted.
local function run(api, code, loop)
  local path = ";" .. (loop and loop.path or "")
  path = ("package.path = package.path .. %q "):format(path)
  local output = fixture.run(path .. PRELUDE .. code .. ("\nprint %q"):format(END), {
    CLOUDFLARE_ACCOUNT_ID = fixture.account, CLOUDFLARE_API_TOKEN = fixture.token,
    CLOUDFLARE_BASE_URL = api.url .. "/client/v4",
  })
  local lines = {}
  for line in output:gmatch("[^\n]+") do lines[#lines + 1] = line end
  assert.equal(END, table.remove(lines), output)
  table.sort(lines)
  return lines
end

local PARTICIPANTS = "/sessions/session/participants"
local two_participants = { "GET " .. PARTICIPANTS .. "/a", "GET " .. PARTICIPANTS .. "/b" }
local two_named = { "a\tAda", "b\tZoë" }

-- Of each document its blocks of Lua, in order: text that is in one (`has`), the calls that it
-- shows, what it prints, its loop if it needs one ("any": it is run in each).
local expected = {
  ["README.md"] = {
    { has = "include_peer_events = true", prints = { "Ada\t2025-06-03T09:15:02Z\t41.5" },
      calls = { "GET " .. PARTICIPANTS .. "/p1?include_peer_events=true" } },
    { has = "realtimekit.sessions(", prints = { "s1\tRoof\t2" },
      calls = { "GET /sessions?status=LIVE&per_page=50" } },
    { has = "realtimekit.each_participant(", prints = two_named, calls = two_participants },
    { has = "realtimekit.each_session(", prints = { "1\ts1\t41" },
      calls = { "GET /sessions?status=ENDED" } },
    { has = "realtimekit.session_report(", prints = { "Ada\t41", "Zoë\t41" },
      calls = { "GET /sessions/peer-report/a?filters=quality_stats",
        "GET /sessions/peer-report/b?filters=quality_stats", "GET /sessions/session",
        "GET " .. PARTICIPANTS } },
    { has = "realtimekit.request(", prints = {}, calls = { "POST /meetings" },
      bodies = { '{"title":"Roof inspection"}' } },
    { has = "realtimekit.cqueues", loop = "cqueues", prints = two_named,
      calls = two_participants },
  },
  ["docs/errors.md"] = {
    { has = "failure.retry_after", prints = { "Ada" },
      calls = { "GET " .. PARTICIPANTS .. "/p1" } },
    { has = "time_out", prints = "^false\t.*unknown option 'time_out' %(did you mean 'timeout'%?%)",
      calls = {} },
  },
  ["docs/event-loops.md"] = {
    { has = "realtimekit.cqueues", loop = "cqueues", prints = two_named,
      calls = two_participants },
    { has = "realtimekit.luv", loop = "luv", prints = two_named, calls = two_participants },
    { has = "realtimekit.copas", loop = "copas", prints = two_named, calls = two_participants },
    { has = "start_session(", loop = "any", prints = { "LIVE\t2" },
      calls = { "GET /sessions/session", "GET " .. PARTICIPANTS } },
    { has = "next(batch)", loop = "any", prints = two_named, calls = two_participants },
    { has = "client:step(0)", prints = two_named, calls = two_participants },
  },
}

describe("a block of Lua:", function()
  local api = fixture.server()

  -- Where a block of one loop is run, and around what.
  local function places(entry)
    if not entry.loop then return { {} } end
    if entry.loop ~= "any" then return { { loop = loops[entry.loop] } } end
    local list = {}
    for i, loop in ipairs(loops) do list[i] = { loop = loop, around = around[loop.name] } end
    return list
  end

  local function test(path, number, block, entry, place)
    local loop = place.loop
    local with = loop and " with " .. loop.name or ""
    it(("%s, number %d, %s%s"):format(path, number, entry.has, with),
      function()
        if loop and loop.missing then pending("no " .. loop.name .. ": " .. loop.missing) end
        serve(api)
        local first, last = unpack(place.around or { "", "" })
        local lines = run(api, first .. block.code .. last, loop)
        if type(entry.prints) == "string" then
          assert.matches(entry.prints, table.concat(lines, "\n"))
        else
          assert.same(entry.prints, lines)
        end
        local calls, bodies = calls_seen(api)
        assert.same(entry.calls, calls)
        assert.same(entry.bodies or {}, bodies)
      end)
  end

  for path, entries in pairs(expected) do
    local number = 0
    for _, block in ipairs(blocks_of(path, "lua")) do
      if not is_elsewhere(block) then
        number = number + 1
        local entry = entries[number]
        if entry then
          for _, place in ipairs(places(entry)) do test(path, number, block, entry, place) end
        end
      end
    end
  end

  it("is expected here, each of them", function()
    for path in pairs(documents) do
      local found, wanted = {}, {}
      for _, block in ipairs(blocks_of(path, "lua")) do
        if not is_elsewhere(block) then
          local entry = (expected[path] or {})[#found + 1]
          local is_known = entry and block.code:find(entry.has, 1, true)
          found[#found + 1] = is_known and entry.has or ("line %d"):format(block.line)
        end
      end
      for i, entry in ipairs(expected[path] or {}) do wanted[i] = entry.has end
      assert.same(wanted, found, path)
    end
  end)

  it("of docs/errors.md tells each outcome from the others", function()
    local code = blocks_of("docs/errors.md", "lua")[1].code
    api:answer { status = 404, json = fixture.error_envelope(1404, "No such participant") }
    assert.same({ "nobody of that id was in the session" }, run(api, code))
    api:answer { status = 503, headers = { "Retry-After: 90" } }
    assert.same({ "to be asked again in 90 seconds" }, run(api, code))
    api:answer { status = 403, json = fixture.error_envelope(10000, "Not for you") }
    assert.same({ "403 permission_denied: Not for you (code 10000)" }, run(api, code))
  end)
end)

-- ==== Other blocks ====

describe("a block of another language", function()
  it("is one that is run, or says that it is a drawing", function()
    local known = { lua = true, sh = true, console = true, nginx = true }
    for path, document in pairs(documents) do
      local drawings = 0
      for _, block in ipairs(document.blocks) do
        if block.info == "text" then drawings = drawings + 1 end
        assert(known[block.info] or block.info == "text",
          ("%s:%d: nothing runs a block of '%s'"):format(path, block.line, block.info))
      end
      assert.equal(DRAWINGS[path] or 0, drawings, path)
    end
  end)
end)

local function is_plain_5_4()
  if _VERSION ~= "Lua 5.4" then
    pending("what the documents say to a shell does not depend on the Lua: 5.4's run has it")
  elseif os.getenv("PRELOAD") then
    pending("commands of the documents run without a sanitizer")
  end
end

describe("a block for a shell", function()
  local BUILD = os.getenv("BUILD") or "build/lua5.4"

  -- `make` only says what it would do, nobody becomes root, and what is left out is filled in.
  local function run_block(code, sandbox)
    local known = { APP_ID = fixture.app, SESSION_ID = fixture.session,
      PARTICIPANT_ID = fixture.participant }
    code = code:gsub("[%u_]+", known):gsub("(CLOUDFLARE_[%u_]+)=%.%.%.", function(name)
      return name .. "=" .. (name == "CLOUDFLARE_ACCOUNT_ID" and fixture.account or "sandbox")
    end):gsub("build/lua5%.4/", BUILD .. "/")
    return process.run(("set -eu\nmake() { command make -n \"$@\" >/dev/null; }\n"
      .. "sudo() { \"$@\"; }\nexport CLOUDFLARE_BASE_URL=%s\n%s"):format(sandbox.url, code))
  end

  for path in pairs(documents) do
    for _, block in ipairs(blocks_of(path, "sh")) do
      it(("%s:%d"):format(path, block.line), function()
        is_plain_5_4()
        for line in block.code:gmatch("[^\n]+") do
          for command in (line:gsub("%s#.*", "") .. " && "):gmatch("%s*(.-)%s*&&") do
            local word = command:gsub("^[%u_]+=%S+%s+", ""):match("^%S+")
            assert(word == "make" or word == "sudo" or word == "export" or word == "lua5.4",
              "not known to be harmless: " .. command)
          end
        end
        local sandbox = examples.start_sandbox()
        local output, status = run_block(block.code, sandbox)
        examples.stop_sandbox(sandbox)
        assert.equal(0, status, output)
        if block.code:find("examples/participant.lua", 1, true) then
          assert.matches("Zoë Łukasz 李\n", output, 1, true)
        else
          assert.equal("", output)
        end
      end)
    end
  end
end)

describe("a recording", function()
  -- The lines without what differs from run to run.
  local function lines_of(text)
    local lines = {}
    for line in text:gmatch("([^\n]*)\n") do
      lines[#lines + 1] = line:gsub("127%.0%.0%.1:%d+", "127.0.0.1:PORT")
    end
    return lines
  end

  -- Whether the lines are the recorded ones, of which "..." is any number.
  local function is_as_recorded(recorded, lines, i, j)
    if i > #recorded then return j > #lines end
    if recorded[i]:find("^%s*%.%.%.$") then
      for k = j, #lines + 1 do
        if is_as_recorded(recorded, lines, i + 1, k) then return true end
      end
      return false
    end
    return recorded[i] == lines[j] and is_as_recorded(recorded, lines, i + 1, j + 1)
  end

  local count = 0
  for path in pairs(documents) do
    for _, block in ipairs(blocks_of(path, "console")) do
      count = count + 1
      it(("%s:%d"):format(path, block.line), function()
        is_plain_5_4()
        local recorded = lines_of(block.code)
        assert.equal("$ make demo", table.remove(recorded, 1))
        local output, status = process.run("tools/demo.sh lua5.4 "
          .. (os.getenv("BUILD") or "build/lua5.4"))
        assert.equal(0, status)
        assert(is_as_recorded(recorded, lines_of(output), 1, 1), output)
      end)
    end
  end

  it("is in the README", function() assert.equal(1, count) end)
end)
