-- Where in nginx a call waits, and where it is refused.

local certificates = require "spec.support.certificates"
local fixture = require "spec.support.fixture"
local openresty = require "spec.support.openresty"
local process = require "spec.support.process"

if openresty.missing then
  pending(openresty.missing)
  return
end

local CALL = [[local participant, err, failure = rtk.participant("app", "session", "p1") ]]
local NOTE = CALL .. [[
  note(ngx.get_phase() .. " " .. (participant and participant.id or failure.kind .. " " .. err)) ]]
-- A header tells of the phases before the answer.
local SET = CALL .. [[ngx.header["X-Call"] = participant and participant.id or err ]]

local function location(name, text)
  return ("location = /%s { %s }\n"):format(name, text)
end

local OK = [[content_by_lua_block { ngx.say("served") } ]]

local phases = {
  rewrite = "rewrite_by_lua_block { " .. SET .. "} " .. OK,
  access = "access_by_lua_block { " .. SET .. "} " .. OK,
  content = "content_by_lua_block { " .. SET .. [[ngx.say("served")}]],
}

-- TLS at a port of its own, with a phase of the handshake.
local function tls_server(port, phase, code)
  return ([[server {
    listen 127.0.0.1:%d ssl;
    ssl_certificate %s; ssl_certificate_key %s;
    %s_by_lua_block { %s }
    location / { content_by_lua_block { ngx.say("served") } }
  }]]):format(port, certificates.pem("trusted"), certificates.key, phase, code)
end

local function https_command(port)
  return ("printf 'GET / HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' | "
    .. "openssl s_client -connect 127.0.0.1:%d -servername localhost -CAfile %s "
    .. "-verify_return_error -quiet -ign_eof 2>/dev/null"):format(port, certificates.ca_file)
end

describe("in a phase of nginx that can wait", function()
  local api = fixture.server()
  local start = openresty.starter(api)

  teardown(function() certificates.remove() end)

  for name, code in pairs(phases) do
    it(name .. " suspends its own request and no other", function()
      local front = start { server = location("call", code) }
      api:answer { hold = true, echo = true }
      local request = front:ask("/call")
      api:wait_seen(1)
      for _ = 1, 20 do assert.equal("pong\n", front:get("/ping", 1)) end
      api:release()
      local body, status, head = request:answer()
      assert.same({ "served\n", 200 }, { body, status })
      assert.matches("X-Call: p1\r\n", head, 1, true)
      assert.equal("", front:errors())
    end)
  end

  it("server_rewrite suspends its own request", function()
    local front = start {
      server = [[server_rewrite_by_lua_block {
        if ngx.var.uri == "/call" then ]] .. SET .. [[ end }]] .. location("call", OK),
    }
    api:answer { hold = true, echo = true }
    local request = front:ask("/call")
    api:wait_seen(1)
    assert.equal("pong\n", front:get("/ping", 1))
    api:release()
    local body, _, head = request:answer()
    assert.equal("served\n", body)
    assert.matches("X-Call: p1\r\n", head, 1, true)
  end)

  it("a timer waits", function()
    local front = start {
      server = location("call", "content_by_lua_block { ngx.timer.at(0, function() " .. NOTE
        .. [[ end) ngx.say("served") }]]),
    }
    api:answer { hold = true, echo = true }
    assert.equal("served\n", front:get("/call"))
    api:wait_seen(1)
    assert.equal("pong\n", front:get("/ping", 1))
    api:release()
    assert.same({ "timer p1" }, front:wait_notes(1))
    assert.equal("", front:errors())
  end)

  it("ssl_certificate suspends its own handshake", function()
    local port = process.unused_port()
    local front = start { http = tls_server(port, "ssl_certificate", NOTE) }
    api:answer { hold = true, echo = true }
    local client = process.start(("bash -c %s"):format(process.quote(https_command(port))))
    api:wait_seen(1)
    assert.equal("pong\n", front:get("/ping", 1))
    api:release()
    assert.matches("served", client:read("*a"), 1, true)
    client:close()
    assert.same({ "ssl_cert p1" }, front:notes())
    assert.equal("", front:errors())
  end)

  it("coroutines of its own wait as well", function()
    local front = start {
      server = location("call", [[content_by_lua_block {
        local co = coroutine.wrap(function() ]] .. CALL .. [[
          coroutine.yield(participant and participant.id or err) end)
        ngx.say(co()) }]]),
    }
    api:answer { echo = true }
    assert.equal("p1\n", front:get("/call"))
  end)
end)

describe("in a phase of nginx that cannot wait", function()
  local api = fixture.server()
  local start = openresty.starter(api)

  teardown(function() certificates.remove() end)

  local function check(front, phase, note)
    assert.matches("^" .. phase .. " invalid_request ", note)
    assert.matches("phase " .. phase .. ";", note, 1, true)
    assert.matches("ngx.timer.at", note, 1, true)
    assert.equal("", front:errors())
    assert.equal(0, api:seen().request_count)
  end

  before_each(function() api:answer { echo = true } end)

  for phase, text in pairs {
    set = "set_by_lua_block $x { " .. NOTE .. "return 1 } " .. OK,
    header_filter = OK .. "header_filter_by_lua_block { " .. NOTE .. "}",
    body_filter = OK .. "body_filter_by_lua_block { if not ngx.ctx.told then "
      .. "ngx.ctx.told = true " .. NOTE .. " end }",
    log = OK .. "log_by_lua_block { " .. NOTE .. "}",
  } do
    it(phase .. " gets a failure that names ngx.timer.at, and the request goes on", function()
      local front = start { server = location("call", text) }
      local body, status = front:get("/call")
      assert.same({ "served\n", 200 }, { body, status })
      check(front, phase, front:wait_notes(1)[1])
    end)
  end

  it("balancer gets a failure that names ngx.timer.at, and the request goes on", function()
    local front = start {
      http = [[upstream peers { server 127.0.0.1:1; balancer_by_lua_block {
        ]] .. NOTE .. [[
        require("ngx.balancer").set_current_peer("127.0.0.1", tonumber(ngx.var.server_port)) } }]],
      server = location("call", "proxy_pass http://peers/ping;"),
    }
    assert.equal("pong\n", front:get("/call"))
    check(front, "balancer", front:notes()[1])
  end)

  it("init_worker gets a failure that names ngx.timer.at, and the worker starts", function()
    local front = start { http = "init_worker_by_lua_block { " .. NOTE .. "}" }
    assert.equal("pong\n", front:get("/ping"))
    check(front, "init_worker", front:notes()[1])
  end)

  it("exit_worker gets a failure that names ngx.timer.at, and the worker ends", function()
    local front = start { http = "exit_worker_by_lua_block { " .. NOTE .. "}" }
    process.kill(front.pid, "QUIT")
    check(front, "exit_worker", front:wait_notes(1)[1])
    assert.equal(0, front:status())
  end)

  it("ssl_client_hello gets a failure that names ngx.timer.at, and the handshake goes on",
    function()
      local port = process.unused_port()
      local front = start { http = tls_server(port, "ssl_client_hello", NOTE) }
      assert.matches("served", process.run(https_command(port)), 1, true)
      check(front, "ssl_client_hello", front:notes()[1])
    end)

  it("a timer that is started there makes the call", function()
    local front = start {
      server = location("call", OK .. "log_by_lua_block { ngx.timer.at(0, function() " .. NOTE
        .. "end) }"),
    }
    front:get("/call")
    assert.same({ "timer p1" }, front:wait_notes(1))
  end)

  it("each_participant and result give the same failure; start and wait do not wait", function()
    local front = start {
      http = "lua_shared_dict told 1m;",
      server = location("call", OK .. [[log_by_lua_block {
        local seen = {}
        for id, p, err, failure in rtk.each_participant("app", "session", { "p1", "p2" }) do
          seen[#seen + 1] = id .. " " .. tostring(p) .. " " .. failure.kind .. " " .. err
        end
        note(table.concat(seen, "|"))
        local call = rtk.start("app", "session", "p1")
        local p, err, failure = call:result()
        note(tostring(p) .. " " .. failure.kind .. " " .. err)
        note(tostring(call:wait(1)))
        kept = call
      }]]) .. location("fetch", [[content_by_lua_block { ngx.say(kept:result().id) }]]),
    }
    front:get("/call")
    local notes = front:wait_notes(3)
    local each = "nil invalid_request .*ngx%.timer%.at"
    assert.matches("^p1 " .. each .. ".*|p2 " .. each, notes[1])
    assert.matches("^nil invalid_request .*ngx%.timer%.at", notes[2])
    assert.equal("false", notes[3])
    assert.equal("p1\n", front:get("/fetch"))
  end)
end)

describe("where LuaJIT cannot suspend a coroutine", function()
  local api = fixture.server()
  local start = openresty.starter(api)

  for what, code in pairs {
    ["a metamethod"] = [[local t = setmetatable({}, { __tostring = function() return call() end })
      string.format("%s", t) ]],
    ["a callback of table.sort"] = [[table.sort({ 2, 1 }, function(a, b) call() return a < b end)]],
    ["a callback of string.gsub"] = [[string.gsub("a", "a", function() call() end)]],
  } do
    it(what .. " gets a failure that names ngx.timer.at, and the request goes on", function()
      local front = start {
        server = location("call", [[content_by_lua_block {
          local told
          local function call() ]] .. CALL .. [[told = participant and "a call" or
            failure.kind .. " " .. err return "text" end
          ]] .. code .. [[
          ngx.say(told)
          ngx.sleep(0.01)
          local p = rtk.participant("app", "session", "p2")
          ngx.say(p.id)
        }]]),
      }
      api:answer { echo = true }
      for _ = 1, 3 do
        assert.matches("^invalid_request .*ngx%.timer%.at.*\np2\n$", (front:get("/call")))
      end
      assert.equal("", front:errors())
      assert.equal(3, api:seen().request_count)
    end)
  end

  it("an iterator of each_participant that cannot be suspended is refused call by call", function()
    local front = start {
      server = location("call", [[content_by_lua_block {
        local told = {}
        string.gsub("a", "a", function()
          for id, _, err in rtk.each_participant("app", "session", { "p1", "p2" }) do
            told[#told + 1] = id .. " " .. err
          end
        end)
        ngx.say(table.concat(told, "\n"))
      }]]),
    }
    api:answer { echo = true }
    assert.matches("^p1 .*ngx%.timer%.at.*\np2 .*ngx%.timer%.at", (front:get("/call")))
  end)

  it("a metamethod that it can suspend waits", function()
    local front = start {
      server = location("call", [[content_by_lua_block {
        local t = setmetatable({}, { __index = function(_, id)
          return rtk.participant("app", "session", id).id end })
        ngx.say(t.p1) }]]),
    }
    api:answer { echo = true }
    assert.equal("p1\n", front:get("/call"))
    assert.equal("", front:errors())
  end)
end)
