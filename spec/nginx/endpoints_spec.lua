-- Every endpoint within requests of nginx, and what is made of several calls: none holds up others.

local cjson = require "cjson"
local fixture = require "spec.support.fixture"
local meeting = require "spec.support.meeting"
local openresty = require "spec.support.openresty"
local socket = require "socket"

if openresty.missing then
  pending(openresty.missing)
  return
end

local CLIENT = [[
  client = rtk.new { http_version = "1.1" }
  json = require("cjson").encode
]]

-- A worker may not be allowed to read where the library is.
local NO_PATH = CLIENT .. "package.path, package.cpath = '', ''"

local function content(name, code)
  return ("location = /%s { content_by_lua_block { %s } }\n"):format(name, code)
end

describe("in nginx", function()
  local api = fixture.server()
  local start = openresty.starter(api)

  before_each(function() meeting.serve(api, 0.2) end)

  -- What the location says; another request is answered meanwhile.
  local function ask(front, target)
    local request = front:ask(target)
    api:wait_seen(1)
    assert.equal("pong\n", (front:get("/ping")))
    assert.same({}, (socket.select({ request.connection }, nil, 0)))
    local body = request:answer()
    assert.equal("", front:errors())
    return cjson.decode(body)
  end

  it("each endpoint gives what it gives elsewhere", function()
    local blocking = fixture.client(api.url)
    local locations = {}
    for _, call in ipairs(meeting.calls) do
      locations[#locations + 1] = content(call[1], ([[
        local result, err, response = client:%s("%s")
        ngx.say(json { result = result or err, status = response.status })
      ]]):format(call[1], table.concat(call, '", "', 2)))
    end
    local front = start { init = CLIENT, server = table.concat(locations) }
    for _, call in ipairs(meeting.calls) do
      local expected, _, response = blocking[call[1]](blocking, unpack(call, 2))
      meeting.serve(api, 0.2)
      local got = ask(front, "/" .. call[1])
      assert.is_table(expected)
      assert.same({ result = expected, status = response.status }, got)
    end
  end)

  it("pages of a list are gone through, and nothing is loaded by a worker", function()
    local front = start { init = NO_PATH, server = content("pages", [[
      local ids = {}
      for i, participant in client:each_session_participant("app", "s") do
        ids[i] = participant.id
      end
      for _, session in client:each_session("app") do ids[#ids + 1] = session.id end
      ngx.say(json(ids))
    ]]) }
    assert.same({ "a", "b", "c", "d", "s" }, ask(front, "/pages"))
  end)

  it("a session_report is made, its reports at once", function()
    local front = start { init = NO_PATH, server = content("report", [[
      ngx.say(json((client:session_report("app", "s"))))
    ]]) }
    local report = ask(front, "/report")
    assert.equal("ENDED", report.session.status)
    for i, id in ipairs { "a", "b", "c", "d" } do
      assert.equal(id, report.participants[i].id)
      assert.same({ id = id }, report.participants[i].report)
    end
  end)

  it("many are asked for with raw ids and options, and a wrong id is told as elsewhere", function()
    local front = start { init = CLIENT, server = content("many", [[
      local raw = setmetatable({}, { __index = function() error "a metamethod ran" end })
      for _ in client:each_peer_report("app", raw, raw) do end
      local function fetch() for _ in client:each_peer_report("app", { "a", 2 }) do end end
      ngx.say((select(2, pcall(fetch)):gsub("^.-:%d+: ", "")))
    ]]) }
    local body, _, status = front:get("/many")
    assert.equal("peer id 2: string expected, got number\n", body, status)
    assert.equal("", front:errors())
  end)

  it("where nothing can wait, each is refused, and sends nothing", function()
    local front = start { init = CLIENT, server = [=[location = /header {
      return 200 pong;
      header_filter_by_lua_block {
        local kinds = {}
        for i, call in ipairs { { "sessions", "app" }, { "session_report", "app", "s" },
          { "request", "GET", "/any" } } do
          local result, err, failure = client[call[1]](client, unpack(call, 2))
          kinds[i] = result == nil and err:find("ngx.timer.at", 1, true) and failure.kind or "sent"
        end
        for _, _, err, failure in client:each_session("app") do kinds[4] = err and failure.kind end
        local next_session, state = client:each_session("app")
        next_session(state)
        kinds[5] = next_session(state) == nil and "over" or "on"
        ngx.header["X-Kinds"] = table.concat(kinds, " ")
      }
    }]=] }
    local _, _, head = front:get("/header")
    assert.equal(("invalid_request "):rep(4) .. "over", head:match("X%-Kinds: ([^\r]*)"))
    assert.equal(0, api:seen().request_count)
    assert.equal("", front:errors())
  end)
end)
