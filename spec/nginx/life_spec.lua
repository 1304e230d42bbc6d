-- Workers that start, reload, end and are killed, with calls and without.

local certificates = require "spec.support.certificates"
local fixture = require "spec.support.fixture"
local openresty = require "spec.support.openresty"
local process = require "spec.support.process"
local socket = require "socket"

if openresty.missing then
  pending(openresty.missing)
  return
end

local FETCH = [[location ~ ^/fetch/(.*)$ { content_by_lua_block {
  local participant, err = rtk.participant("app", "session", ngx.var[1],
    { http_version = "1.1", max_connections = 1000 })
  ngx.say(participant and participant.id or err)
} }]]

local function expect_ids(count, bodies)
  local expected = {}
  for i = 1, count do expected[i] = "p" .. i .. "\n" end
  assert.same(expected, bodies)
end

local function ask_many(front, count)
  local requests = {}
  for i = 1, count do requests[i] = front:ask("/fetch/p" .. i) end
  return requests
end

local function answers(requests)
  local bodies = {}
  for i, request in ipairs(requests) do bodies[i] = request:answer() or "no answer" end
  return bodies
end

describe("init_by_lua", function()
  local api = fixture.server()
  local start = openresty.starter(api)

  -- What spreads the retries of one client is random, of each worker's own.
  it("makes a client whose retries each worker has at times of its own", function()
    api:answer({ status = 503, json = "{}" })
    local front = start { workers = 2, init = [[
      waits = {}
      client = rtk.new { max_retries = 2, logger = function(_, message, fields)
        if message == "retry" then waits[#waits + 1] = ("%.2f"):format(fields.wait) end
      end }
    ]], server = [[location = /retry { content_by_lua_block {
      if #waits == 0 then client:participant("app", "session", "p") end
      ngx.say(ngx.worker.pid(), " ", table.concat(waits, " "))
    } }]] }
    local seen = {}
    assert(process.wait_until(function()
      local pid, waits = front:get("/retry"):match("^(%d+) (.*)\n$")
      seen[pid] = waits
      return next(seen, (next(seen)))
    end, 30), "one worker alone has answered")
    local _, one = next(seen)
    local _, other = next(seen, (next(seen)))
    assert.are_not.equal(one, other)
  end)

  teardown(function() certificates.remove() end)

  local USED = [[
    client = rtk.new()
    local participant, err = client:participant("app", "session", "in-init")
    note(participant and participant.id or err)
    for id, p in client:each_participant("app", "session", { "a", "b" },
      { concurrency = 1 }) do note(id .. p.id) end
    local call = client:start("app", "session", "started")
    while not call:done() do client:step(0.1) end
    note(call:result().id)
    unfinished = client:start("app", "session", "unfinished")
  ]]

  it("may wait: a client is used there, then two workers serve, nothing shared", function()
    local front = start { workers = 2, init = USED, server = [[
      location = /fetch { content_by_lua_block {
        local p, err = client:participant("app", "session", "p1")
        ngx.say(ngx.worker.pid(), " ", p and p.id or err)
      } }
      location = /unfinished { content_by_lua_block {
        local p, err, failure = unfinished:result()
        ngx.say(failure and failure.kind or p.id)
      } } ]] }
    api:answer { echo = true } -- what the notes tell of came before
    assert.same({ "in-init", "aa", "bb", "started" }, front:notes())
    local workers, seen, rounds = front:workers(), {}, 0
    assert.equal(2, #workers)
    for _, pid in ipairs(workers) do assert.equal(1, openresty.figures(pid).threads) end
    repeat
      local pid = assert((front:get("/fetch")):match("^(%d+) p1\n$"))
      seen[tonumber(pid)] = true
      rounds = rounds + 1
    until rounds >= 8 and seen[workers[1]] and seen[workers[2]] or rounds == 500
    for _, pid in ipairs(workers) do
      assert.is_true(seen[pid])
      assert.equal(2, openresty.figures(pid).threads)
    end
    assert.equal(1, openresty.figures(front.pid).threads)
    -- Each worker has a connection; neither of them is another's.
    local connections = {}
    for _, request in ipairs(api:seen().requests) do connections[request.connection] = true end
    local count = 0
    for _ in pairs(connections) do count = count + 1 end
    assert.equal(2, count)
    assert.equal("cancelled\n", (front:get("/unfinished")))
    assert.equal("", front:errors())
  end)

  before_each(function() api:answer { echo = true } end)

  it("leaves workers no connection of the master's", function()
    local front = start { init = USED:gsub("unfinished = [^\n]*\n", "") }
    api:wait_closed()
    assert.equal("", front:errors())
  end)

  it("leaves nothing of a TLS failure for the worker", function()
    local front = start {
      environment = { CLOUDFLARE_BASE_URL = api:https("self_signed") .. "/client/v4" },
      init = [[for _ = 1, 3 do
        local _, _, failure = rtk.participant("app", "session", "p")
        note(failure.kind)
      end]],
      level = "info",
      http = ([[server { listen 127.0.0.1:%d ssl; ssl_certificate %s; ssl_certificate_key %s; }]])
        :format(process.unused_port(), certificates.pem("trusted"), certificates.key),
    }
    assert.same({ "tls", "tls", "tls" }, front:notes())
    local port = process.read_file(front.directory .. "/nginx.conf"):match("1:(%d+) ssl;")
    for _ = 1, 3 do
      process.run(("echo | openssl s_client -connect 127.0.0.1:%s"):format(port))
      front:get("/ping")
    end
    assert.is_nil(front:errors():find("SSL error", 1, true))
  end)
end)

describe("the end of a worker", function()
  local api = fixture.server()
  local start = openresty.starter(api)

  before_each(function() api:answer { echo = true } end)

  -- 50 calls are in flight when the master gets the signal.
  local function end_with(signal)
    local front = start { server = FETCH }
    api:answer { hold = true, echo = true }
    local requests = ask_many(front, 50)
    api:wait_seen(50)
    local worker = front:workers()[1]
    process.kill(front.pid, signal)
    return front, worker, requests
  end

  local function release(front, worker, requests)
    api:release()
    expect_ids(50, answers(requests))
    local seconds = openresty.wait_gone(worker, 5)
    assert.is_true(seconds and seconds < 1, tostring(seconds) .. " seconds")
    assert.equal("", front:errors())
  end

  it("by reload comes within a second of its last answer, and all 50 are given", function()
    local front, worker, requests = end_with("HUP")
    local pid
    assert(process.wait_until(function()
      pid = tonumber((front:get("/pid")))
      return pid ~= worker
    end))
    assert.is_true(openresty.is_alive(worker))
    local other = front:ask("/fetch/other") -- by the new worker, while the old one is waiting
    api:wait_seen(51)
    release(front, worker, requests)
    assert.equal("other\n", (other:answer()))
    assert.equal(pid, tonumber((front:get("/pid"))))
  end)

  it("by quit comes within a second of its last answer, and all 50 are given", function()
    local front, worker, requests = end_with("QUIT")
    assert(process.wait_until(function() return not front:ask("/ping") end))
    release(front, worker, requests)
    assert.equal(0, front:status())
  end)

  it("by reload comes at once when it is idle after calls", function()
    local front = start { server = FETCH }
    expect_ids(20, front:get_all(20, "/fetch/p%"))
    local worker = front:workers()[1]
    process.kill(front.pid, "HUP")
    local seconds = openresty.wait_gone(worker, 5)
    assert.is_true(seconds and seconds < 0.6, tostring(seconds))
    assert.equal("p1\n", (front:get("/fetch/p1")))
    assert.equal("", front:errors())
  end)

  it("by stop comes within 0.2 s, with calls in flight", function()
    local front, worker = end_with("TERM")
    local seconds = openresty.wait_gone(worker, 5)
    assert.is_true(seconds and seconds < 0.2, tostring(seconds) .. " seconds")
    assert.equal(0, front:status())
    assert.equal("", front:errors())
  end)

  it("by stop comes within 0.2 s, while a name lookup hangs", function()
    local folder = process.check("mktemp -d"):gsub("\n$", "")
    finally(function() process.check("rm -rf " .. folder) end)
    process.write_file(folder .. "/hang.c", [[
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <fcntl.h>
      #include <netdb.h>
      #include <string.h>
      #include <stdlib.h>
      #include <unistd.h>
      int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                      struct addrinfo **res) {
        int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
        *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
        if (node == NULL || strcmp(node, "hang.invalid") != 0)
          return real(node, service, hints, res);
        close(open(getenv("HANGING"), O_CREAT | O_WRONLY, 0666));
        sleep(30);
        return EAI_AGAIN;
      }]])
    process.check(("cc -shared -fPIC -o %s/hang.so %s/hang.c -ldl"):format(folder, folder))
    local front = start {
      environment = { CLOUDFLARE_BASE_URL = "https://hang.invalid", HANGING = folder .. "/hanging",
        LD_PRELOAD = folder .. "/hang.so" },
      server = FETCH,
    }
    local request = front:ask("/fetch/p1")
    assert(process.wait_until(function() return io.open(folder .. "/hanging") end), "it is asked")
    assert.equal("pong\n", (front:get("/ping")))
    local worker = front:workers()[1]
    process.kill(front.pid, "TERM")
    local seconds = openresty.wait_gone(worker, 5)
    request:hang_up()
    assert.is_true(seconds and seconds < 0.2, tostring(seconds) .. " seconds")
    assert.equal(0, front:status())
  end)

  it("by stop is exit status 0 every time, while it is busy with TLS", function()
    local front = start { level = "notice",
      environment = { CLOUDFLARE_BASE_URL = api:https("trusted") .. "/client/v4" },
      init = ("ca_file = '%s'"):format(certificates.ca_file), server = [[
      location = /busy { content_by_lua_block {
        local client = rtk.new { ca_file = ca_file, http_version = "1.1" }
        local function work()
          for i = 1, 100000 do client:participant("app", "session", "p" .. i) end
        end
        for i = 1, 8 do ngx.thread.spawn(work) end
      } }]] }
    local count = 0
    for _ = 1, 20 do
      local worker = front:workers()[1]
      local before = api:seen().request_count
      local requests = { front:ask("/busy"), front:ask("/busy") }
      api:wait_seen(before + 50)
      process.kill(worker, "TERM")
      assert.is_truthy(openresty.wait_gone(worker, 5))
      for _, request in ipairs(requests) do request:hang_up() end
      count = count + 1
      -- A worker that exits with status 0 on its own is started anew by the master.
      assert(process.wait_until(function()
        local workers = front:workers()
        return #workers == 1 and workers[1] ~= worker and front:get("/ping")
      end))
    end
    local errors, exits = front:errors(), 0
    for status in errors:gmatch("worker process %d+ exited with code (%d+)") do
      assert.equal("0", status)
      exits = exits + 1
    end
    assert.equal(count, exits)
    assert.is_nil(errors:find("exited on signal", 1, true))
  end)

  it("by SIGKILL leaves nothing in the file system, and the next worker is as the first", function()
    local folder = process.check("mktemp -d"):gsub("\n$", "")
    finally(function() process.check("rm -rf " .. folder) end)
    local front = start { server = FETCH, environment = { TMPDIR = folder } }
    assert.equal("p1\n", (front:get("/fetch/p1")))
    api:answer { hold = true }
    local request = front:ask("/fetch/p2")
    api:wait_seen(1)
    local worker = front:workers()[1]
    process.kill(worker, "KILL")
    assert.is_truthy(openresty.wait_gone(worker, 5))
    request:hang_up()
    assert.equal("", process.check("ls -A " .. folder))
    api:answer { echo = true }
    expect_ids(20, front:get_all(20, "/fetch/p%"))
    assert.equal("", process.check("ls -A " .. folder))
    assert.equal(1, #front:workers())
  end)

  it("without a master is as any other", function()
    local front = start { server = FETCH, master = false }
    expect_ids(20, front:get_all(20, "/fetch/p%"))
    process.kill(front.pid, "QUIT")
    assert.equal(0, front:status())
    assert.equal("", front:errors())
  end)

  it("that has made no call has no thread, and is quick", function()
    local front = start { server = FETCH }
    assert.equal(1, openresty.figures(front:workers()[1]).threads)
    local from = socket.gettime()
    process.kill(front.pid, "QUIT")
    assert.equal(0, front:status())
    assert.is_true(socket.gettime() - from < 1)
    assert.equal("", front:errors())
  end)
end)
