-- Connections of calls at once: HTTP/2 where there is TLS and the server has it, lanes, reuse.

local certificates = require "spec.support.certificates"
local fixture = require "spec.support.fixture"
local nginx = require "spec.support.nginx"
local process_info = require "spec.support.process_info"
local realtimekit = require "realtimekit"
local server = require "spec.support.server"

local function collect()
  collectgarbage()
  collectgarbage()
end

local function ids_up_to(n)
  local ids = {}
  for i = 1, n do ids[i] = "p" .. i end
  return ids
end

-- Fetches all of them and counts what the answers say of their version of HTTP.
local function fetch_all(client, ids, opts)
  local versions, n = {}, 0
  for id, participant, err, response in client:each_participant("app", "session", ids, opts) do
    assert.is_nil(err)
    assert.equal(id, participant.id)
    versions[response.http_version] = (versions[response.http_version] or 0) + 1
    n = n + 1
  end
  assert.equal(#ids, n)
  return versions
end

-- How many connections there are in nginx's record of its last requests.
local function connections_of(upstream, requests)
  local seen, count = {}, 0
  for _, request in ipairs(upstream:wait_requests(requests)) do
    if not seen[request.connection] then count = count + 1 end
    seen[request.connection] = true
  end
  return count
end

local trusting = { ca_file = certificates.ca_file }

describe("calls at once to a server with HTTP/2", function()
  it("share one connection", function()
    local upstream = nginx.start { echo = true }
    local client = fixture.client(upstream.url, trusting)
    assert.same({ ["2"] = 200 }, fetch_all(client, ids_up_to(200), { concurrency = 50 }))
    assert.same({ ["2"] = 100 }, fetch_all(client, ids_up_to(100), { concurrency = 100 }))
    assert.equal(1, connections_of(upstream, 300))
    upstream:stop()
  end)

  it("use HTTP/1.1 where that is asked for, beside those that do not ask", function()
    local upstream = nginx.start { echo = true }
    local client = fixture.client(upstream.url, trusting)
    local one, two = {}, {}
    for i = 1, 20 do
      one[i] = client:start("a", "b", "one" .. i, { http_version = "1.1" })
      two[i] = client:start("a", "b", "two" .. i)
    end
    for i = 1, 20 do
      local participant, _, response = one[i]:result()
      assert.same({ "one" .. i, "1.1" }, { participant.id, response.http_version })
      participant, _, response = two[i]:result()
      assert.same({ "two" .. i, "2" }, { participant.id, response.http_version })
    end
    assert.is_true(connections_of(upstream, 40) <= 9)
    upstream:stop()
  end)

  it("wait for streams where the server allows few", function()
    local upstream = nginx.start { echo = true, max_streams = 5 }
    local client = fixture.client(upstream.url, trusting)
    assert.same({ ["2"] = 100 }, fetch_all(client, ids_up_to(100), { concurrency = 60 }))
    upstream:stop()
  end)

  it("leave plain calls their own connection, over HTTP/1.1", function()
    local upstream = nginx.start { echo = true }
    local client = fixture.client(upstream.url, trusting)
    fetch_all(client, ids_up_to(3))
    local _, _, response = client:participant(fixture.ids())
    assert.equal("1.1", response.http_version)
    upstream:stop()
  end)
end)

describe("calls at once to a server without HTTP/2", function()
  it("share as many connections as there may be", function()
    local upstream = nginx.start { echo = true, http2 = false }
    local client = fixture.client(upstream.url, {
      ca_file = certificates.ca_file, max_connections = 5,
    })
    assert.same({ ["1.1"] = 200 }, fetch_all(client, ids_up_to(200), { concurrency = 40 }))
    assert.is_true(connections_of(upstream, 200) <= 5)
    upstream:stop()
  end)

  it("go over plain http to this machine", function()
    local api = server.start()
    api:answer { echo = true }
    local client = fixture.client(api.url, { http_version = "2", max_connections = 3 })
    assert.same({ ["1.1"] = 50 }, fetch_all(client, ids_up_to(50)))
    assert.is_true(api:seen().connections <= 3)
    api:stop()
  end)

  it("do not take a stray answer for theirs", function()
    local api = server.start()
    local stray = '{"success":true,"data":{"participant":{"id":"stray"}}}'
    local raw = "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
    local good = fixture.envelope('{"id":"good"}')
    api:answer { raw = raw:format(#good, good) .. raw:format(#stray, stray) }
    local client = fixture.client(api.url, { max_connections = 1 })
    for _ = 1, 5 do assert.equal("good", client:start(fixture.ids()):result().id) end
    api:stop()
  end)

  it("find another connection when the server has closed the kept one", function()
    local api = server.start()
    api:answer { echo = true, close = true }
    local client = fixture.client(api.url, { max_connections = 2 })
    for _ = 1, 10 do fetch_all(client, ids_up_to(8)) end
    assert.equal(80, api:seen().request_count)
    api:stop()
  end)

  it("end as tls where the certificate is not trusted, each of them", function()
    local api = server.start()
    local client = fixture.client(api:https("self_signed"), { max_retries = 2 })
    for _, participant, err, failure in client:each_participant("a", "b", ids_up_to(10)) do
      assert.is_nil(participant)
      assert.matches("^tls: ", err)
      assert.same({ "tls", 1 }, { failure.kind, failure.attempts })
    end
    api:stop()
  end)
end)

describe("an engine", function()
  it("leaves no descriptor behind, a thousand clients made and dropped", function()
    local api = server.start()
    api:answer { echo = true }
    api:record(false)
    local function use(i)
      local client = realtimekit.new(fixture.options(api.url))
      local call = client:start("a", "b", "c")
      if i % 3 == 0 then call:result() end
      if i % 3 == 1 then call:wait(0) end
      client:pollfd()
      if i % 2 == 0 then client:close() end
    end
    for i = 1, 50 do use(i) end
    collect()
    api:wait_closed()
    local before = process_info.descriptors()
    if not before then pending("no figures of descriptors here") end
    for i = 1, 1000 do
      use(i)
      if i % 100 == 0 then collect() end
    end
    collect()
    api:wait_closed()
    assert.equal(before, process_info.descriptors())
    api:stop()
  end)
end)
