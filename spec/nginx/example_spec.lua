-- examples/nginx, as it is but for its port and where the library is.

local fixture = require "spec.support.fixture"
local openresty = require "spec.support.openresty"
local process = require "spec.support.process"
local cjson = require "cjson"

if openresty.missing then
  pending(openresty.missing)
  return
end

describe("examples/nginx", function()
  local api = fixture.server()
  local start = openresty.starter(api)
  local front

  before_each(function()
    front = start { environment = { REALTIMEKIT_APP_ID = fixture.app },
      configuration = function(directory, port)
        local code = process.read_file("examples/nginx/participants.lua")
          :gsub("WAIT_SECONDS = 10", "WAIT_SECONDS = 1")
        process.write_file(directory .. "/participants.lua", code)
        local here = process.check("pwd"):gsub("\n", "")
        return (process.read_file("examples/nginx/nginx.conf")
          :gsub("127%.0%.0%.1:8080", "127.0.0.1:" .. port)
          :gsub("worker_processes 2", "worker_processes 1")
          :gsub("error_log stderr", "error_log error.log")
          :gsub("%$prefix%.%./%.%./build/luajit", here .. "/" .. (os.getenv("BUILD") or ""))
          :gsub("%$prefix%.%./%.%.", here))
      end }
  end)

  local function ask(path)
    local body, status, head = front:get("/participants/" .. path)
    return status, cjson.decode(body), head
  end

  local PARTICIPANT = '{"id":"p1","display_name":"Ada","joined_at":"2025-06-03T09:15:02Z",'
    .. '"left_at":%s,"duration":41}'

  it("answers a participant, and keeps one who has left", function()
    api:answer { json = fixture.envelope(PARTICIPANT:format('"2025-06-03T09:56:32Z"')) }
    for i = 1, 3 do
      local status, body, head = ask("session/p1")
      assert.same({ 200, "Ada", 41 }, { status, body.name, body.duration })
      assert.equal(i > 1, head:find("X-Cache: hit", 1, true) ~= nil)
    end
    assert.equal(1, api:seen().request_count)
    assert.matches("/" .. fixture.app .. "/sessions/session/participants/p1",
      api:seen().requests[1].target, 1, true)
  end)

  it("lists everybody who was in a session, all pages, and says what the API says", function()
    local function page(first, second, from)
      return { success = true, data = { participants = { { id = first, display_name = first },
        { id = second, left_at = cjson.null } } },
        paging = { total_count = 4, start_offset = from, end_offset = from + 1 } }
    end
    api:answer({ match = "/none/", status = 404, json = fixture.error_envelope(1404, "No") },
      { match = "/empty/", json = '{"success":true,"data":{"participants":[]}}' },
      { match = "page_no=2", json = cjson.encode(page("c", "d", 3)) },
      { json = cjson.encode(page("a", "b", 1)) })
    local status, body = ask("session")
    assert.same({ 200, { { id = "a", name = "a" }, { id = "b" }, { id = "c", name = "c" },
      { id = "d" } } }, { status, body })
    status, body = ask("none")
    assert.same({ 404, { error = "not_found" } }, { status, body })
    assert.equal("[]\n", (front:get("/participants/empty")))
    assert.equal(400, (ask("a.b")))
  end)

  it("does not keep one who is there", function()
    api:answer { json = fixture.envelope(PARTICIPANT:format("null")) }
    for _ = 1, 2 do assert.equal(200, (ask("session/p1"))) end
    assert.equal(2, api:seen().request_count)
  end)

  it("makes one call for many that ask for the same, also when the first hangs up", function()
    api:answer { hold = true, json = fixture.envelope(PARTICIPANT:format("null")) }
    local first = front:ask("/participants/session/p1")
    api:wait_seen(1)
    local requests = {}
    for i = 1, 20 do requests[i] = front:ask("/participants/session/p1") end
    assert.equal(400, (ask("session/no.id"))) -- after them
    first:hang_up()
    api:release()
    for _, request in ipairs(requests) do assert.equal(200, (select(2, request:answer()))) end
    assert.equal(1, api:seen().request_count)
  end)

  it("refuses what is no id, without a call", function()
    api:answer { echo = true }
    for _, path in ipairs { "session/a.b", "session/" .. ("a"):rep(65), "%20/p1" } do
      local status, body = ask(path)
      assert.same({ 400, "invalid_request" }, { status, body.error })
    end
    assert.equal(404, (select(2, front:get("/elsewhere"))))
    assert.equal(0, api:seen().request_count)
  end)

  it("says 404, 502, 504, and 429 with Retry-After, as the API does", function()
    api:answer({ match = "/missing", status = 404, json = fixture.error_envelope(1404, "No") },
      { match = "/busy", status = 429, headers = { "Retry-After: 90" } },
      { match = "/slow", hold = true }, { match = "/broken", json = "nonsense" })
    local status, body = ask("session/missing")
    assert.same({ 404, { error = "not_found" } }, { status, body })
    status, body = ask("session/broken")
    assert.same({ 502, { error = "bad_response" } }, { status, body })
    status, body = ask("session/slow")
    assert.same({ 504, { error = "timeout" } }, { status, body })
    local head
    status, body, head = ask("session/busy") -- the last: it holds back the others
    assert.same({ 429, { error = "rate_limited" } }, { status, body })
    assert.matches("Retry-After: 90\r\n", head, 1, true)
    assert.is_nil(front:errors():find(fixture.token, 1, true))
  end)
end)
