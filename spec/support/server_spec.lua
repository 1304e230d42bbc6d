local once = require "spec.support.once"
local raw_client = require "spec.support.raw_client"
local server = require "spec.support.server"

if once.elsewhere then
  pending(once.elsewhere)
  return
end

local every_byte = {}
for i = 0, 255 do every_byte[i + 1] = string.char(i) end
every_byte = table.concat(every_byte)

local function envelope(id)
  return ('{"success":true,"errors":[],"messages":[],"data":{"participant":{"id":"%s"}}}')
    :format(id)
end

describe("the scripted server", function()
  local api, client

  setup(function() api = server.start() end)
  teardown(function() api:stop() end)
  before_each(function()
    api:answer {}
    client = raw_client.connect(api.url)
    api:wait_seen { connections = 1 } -- so that it does not count for the test's own script
  end)
  after_each(function() client:close() end)

  -- One request on the connection of this test; status, body, head.
  local function get(target, lines)
    client:request(target or "/", lines)
    return client:response()
  end

  describe("answers", function()
    it("with a status, a reason, header lines as they are written, and a body", function()
      api:answer { status = 418, reason = "I am a teapot", body = "short and stout",
        headers = { "x-TEA:  green ", "X-Tea: b" } }
      client:request("/")
      assert.equal("HTTP/1.1 418 I am a teapot\r\nx-TEA:  green \r\nX-Tea: b\r\n" ..
        "Content-Length: 15\r\n\r\nshort and stout", client:take(91))
    end)

    it("with the usual reason and an empty body when it is told nothing", function()
      api:answer {}
      local _, _, head = get()
      assert.equal("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", head)
    end)

    it("with JSON and its content type", function()
      api:answer { json = '{"a":1}' }
      local status, body, head = get()
      assert.same({ 200, '{"a":1}' }, { status, body })
      assert.truthy(head:find("\r\nContent-Type: application/json\r\n", 1, true))
    end)

    it("with a content type that the test gives in place of the usual one", function()
      api:answer { json = "{}", headers = { "content-type: text/html" } }
      local _, _, head = get()
      assert.equal(1, select(2, head:lower():gsub("content%-type", "")))
    end)

    it("with every byte there is, in the body and in the reason", function()
      api:answer { reason = "\1\127\255", body = every_byte }
      local _, body, head = get()
      assert.equal(every_byte, body)
      assert.equal("HTTP/1.1 200 \1\127\255\r\n", head:match("^.-\r\n"))
    end)

    it("with exactly the bytes that it is given", function()
      api:answer { raw = "HTTP/9 what\nwhatever\0\255\r\n\r\n", close = true }
      client:request("/")
      assert.equal("HTTP/9 what\nwhatever\0\255\r\n\r\n", client:rest())
    end)

    it("without a length, until the connection ends", function()
      api:answer { body = "until the end", length = false, close = true }
      client:request("/")
      assert.equal("HTTP/1.1 200 OK\r\n\r\nuntil the end", client:rest())
    end)

    it("with a length that is wrong, when it is given one", function()
      api:answer { headers = { "Content-Length: 99" }, body = "short", close = true }
      client:request("/")
      assert.equal("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort", client:rest())
    end)

    it("without a length to 204 and 304", function()
      api:answer({ status = 204 }, { status = 304 })
      local _, _, head = get()
      assert.equal("HTTP/1.1 204 No Content\r\n\r\n", head)
      _, _, head = get()
      assert.equal("HTTP/1.1 304 Not Modified\r\n\r\n", head)
    end)

    it("in one chunk, or in chunks of given sizes, with trailers", function()
      api:answer({ body = "hello", chunked = true },
        { body = "hello world", chunked = { 1, 4 }, trailers = { "X-After: 1" } })
      client:request("/")
      assert.equal("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", client:head())
      assert.equal("5\r\nhello\r\n0\r\n\r\n", client:take(15))
      client:request("/")
      client:head()
      assert.equal("1\r\nh\r\n4\r\nello\r\n6\r\n world\r\n0\r\nX-After: 1\r\n\r\n", client:take(43))
    end)

    it("with a name for the encoding of a body that is encoded already", function()
      api:answer { body = "whatever", encoding = "gzip" }
      local _, _, head = get()
      assert.truthy(head:find("\r\nContent-Encoding: gzip\r\n", 1, true))
    end)

    it("with informational heads before the real one", function()
      api:answer { informational = { "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" }, body = "x" }
      client:request("/")
      assert.equal("HTTP/1.1 100 Continue\r\n\r\n", client:head())
      assert.equal("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", client:head())
      assert.equal(200, (client:response()))
    end)

    it("with big bodies that do not cross the control connection", function()
      api:answer { json = "[", repeat_body = { bytes = "12345678,", times = 200000, after = "0]" } }
      local _, body = get()
      assert.equal(1 + 9 * 200000 + 2, #body)
      assert.equal("[" .. ("12345678,"):rep(200000) .. "0]", body)
    end)

    it("with a repeated body in chunks", function()
      local middle = { bytes = "ab", times = 3, after = ">" }
      api:answer { body = "<", chunked = true, repeat_body = middle }
      client:request("/")
      client:head()
      assert.equal("1\r\n<\r\n" .. ("2\r\nab\r\n"):rep(3) .. "1\r\n>\r\n0\r\n\r\n", client:take(38))
    end)

    it("with thousands of header lines", function()
      api:answer { repeat_headers = { line = "X-Many: 1", times = 2000 }, body = "x" }
      local _, body, head = get()
      assert.equal("x", body)
      assert.equal(2000, select(2, head:gsub("X%-Many: 1\r\n", "")))
    end)

    it("with the participant that the target names", function()
      api:answer { echo = true }
      local _, body = get("/client/v4/participants/a%20b-1?filters=x/y")
      assert.equal(envelope("a b-1"), body)
    end)
  end)

  describe("takes the script", function()
    it("one answer after the other, and stays at the last", function()
      api:answer({ body = "1" }, { body = "2" })
      local bodies = {}
      for i = 1, 4 do bodies[i] = select(2, get()) end
      assert.same({ "1", "2", "2", "2" }, bodies)
    end)

    it("over all connections, in order of arrival", function()
      api:answer({ body = "1" }, { body = "2" }, { body = "3" })
      local other = raw_client.connect(api.url)
      local _, first = get()
      other:request("/")
      local _, second = other:response()
      local _, third = get()
      other:close()
      assert.same({ "1", "2", "3" }, { first, second, third })
    end)

    it("anew when it is replaced, and forgets what it has seen", function()
      api:answer { body = "old" }
      get()
      api:answer { body = "new" }
      assert.same({ 0, {} }, { api:seen().request_count, api:seen().requests })
      assert.equal("new", (select(2, get())))
    end)

    it("by target where an answer has a match, and does not consume it", function()
      api:answer({ body = "default" }, { match = "/a", body = "A" }, { match = "x=%1", body = "X" })
      local bodies = {}
      for i, target in ipairs { "/a/1", "/?x=%1", "/b", "/a/2" } do
        bodies[i] = select(2, get(target))
      end
      assert.same({ "A", "X", "default", "A" }, bodies)
    end)

    it("at random, weighted, and the same again for the same seed", function()
      local function run()
        api:answer { seed = 7, any_of = { { body = "a", weight = 9 }, { body = "b" } } }
        local bodies = {}
        for i = 1, 200 do bodies[i] = select(2, get()) end
        return table.concat(bodies)
      end
      local first = run()
      assert.equal(first, run())
      local rare = select(2, first:gsub("b", ""))
      assert.truthy(rare > 0 and rare < 100)
    end)
  end)

  describe("remembers", function()
    it("the parts of a request", function()
      api:answer { body = "x" }
      get("/path?query=%20", { "X-One: 1", "X-Two:  two ", "x-one: 3" })
      local request = api:seen().requests[1]
      assert.equal("GET", request.method)
      assert.equal("/path?query=%20", request.target)
      assert.equal("1.1", request.version)
      assert.equal("http", request.listener)
      assert.same({ host = "localhost", ["x-one"] = "1, 3", ["x-two"] = "two" }, request.headers)
      assert.same({ "Host: localhost", "X-One: 1", "X-Two:  two ", "x-one: 3" },
        request.header_lines)
      assert.equal("GET /path?query=%20 HTTP/1.1\r\nHost: localhost\r\nX-One: 1\r\n" ..
        "X-Two:  two \r\nx-one: 3\r\n\r\n", request.raw_head)
    end)

    it("every byte of a header value and of a body", function()
      api:answer { body = "x" }
      local value = every_byte:gsub("[%z\r\n]", "")
      client:send("POST / HTTP/1.1\r\nX: ." .. value .. ".\r\nContent-Length: 256\r\n\r\n")
      client:send(every_byte)
      client:response()
      local request = api:seen().requests[1]
      assert.equal("." .. value .. ".", request.headers.x)
      assert.equal(every_byte, request.body)
    end)

    it("a connection once, however many requests it carries", function()
      api:answer { body = "x" }
      client:close()
      client = raw_client.connect(api.url)
      get("/1")
      get("/2")
      local seen = api:seen()
      assert.same({ 1, 2 }, { seen.connections, #seen.requests })
      assert.equal(seen.requests[1].connection, seen.requests[2].connection)
    end)

    it("different connections by different numbers", function()
      api:answer { body = "x" }
      get()
      client:close()
      client = raw_client.connect(api.url)
      get()
      local requests = api:seen().requests
      assert.not_equal(requests[1].connection, requests[2].connection)
    end)

    it("times that never run backwards", function()
      api:answer { delay = 0.02 }
      get()
      get()
      local requests = api:seen().requests
      assert.truthy(requests[2].time - requests[1].time >= 0.02)
    end)

    it("only the numbers of requests, when it is told to", function()
      api:answer { body = "x" }
      api:record(false)
      get()
      local seen = api:seen()
      api:record(true)
      assert.same({ 1, {} }, { seen.request_count, seen.requests })
    end)
  end)

  describe("waits", function()
    it("until a request is seen that comes later", function()
      api:answer { body = "x" }
      client:request("/late")
      assert.equal("/late", api:wait_seen(1).requests[1].target)
    end)

    it("for as long as it is told, and says what is missing", function()
      api:answer { body = "x" }
      assert.has_error(function() api:wait_seen(2, 0.05) end,
        "0 of 2 requests were seen, after 0.05 seconds")
    end)

    it("for several counts at a time", function()
      api:answer { body = "x" }
      local other = raw_client.connect(api.url)
      other:request("/")
      local seen = api:wait_seen { requests = 1, connections = 1 }
      assert.same({ 1, 1 }, { seen.request_count, seen.connections })
      other:close()
    end)

    it("until every connection is closed", function()
      api:answer { body = "x" }
      get()
      assert.has_error(function() api:wait_closed(0.05) end,
        "1 connections are open, after 0.05 seconds")
      client:close()
      assert.equal(0, api:wait_closed().open)
    end)
  end)

  describe("closes", function()
    it("after the answer when it is told to, without announcing it", function()
      api:answer { body = "x", close = true }
      client:request("/")
      assert.equal("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", client:rest())
    end)

    it("when the client asked for it", function()
      api:answer { body = "x" }
      get("/", { "Connection: close" })
      assert.equal("end", client:ending())
    end)

    it("after an answer to HTTP/1.0, and not after one to HTTP/1.1", function()
      api:answer { body = "x" }
      get()
      assert.truthy(client:is_silent(0))
      client:send("GET / HTTP/1.0\r\n\r\n")
      client:response()
      assert.equal("end", client:ending())
    end)
  end)

  describe("survives", function()
    local function still_answers()
      local other = raw_client.connect(api.url)
      other:request("/still")
      assert.equal(200, (other:response()))
      other:close()
      api:seen() -- would raise what went wrong
    end

    it("a request that is none", function()
      api:answer { body = "x" }
      client:send("\0\255 nonsense\r\n\r\n")
      assert.equal("HTTP/1.1 400 Bad Request\r\n", client:rest():match("^.-\r\n"))
      assert.truthy(api:seen().requests[1].malformed)
      still_answers()
    end)

    it("a head that never ends", function()
      api:answer { body = "x" }
      client.socket:send(("GET / HTTP/1.1\r\nX: " .. ("a"):rep(2000000)))
      assert.equal("end", client:ending())
      still_answers()
    end)

    it("clients that reset, before and during an answer", function()
      api:answer({ repeat_body = { bytes = ("x"):rep(1024), times = 16384 } }, { body = "x" })
      client:request("/")
      client:head()
      client:reset()
      local other = raw_client.connect(api.url)
      other:send("GET / HTT")
      other:reset()
      api:wait_closed()
      still_answers()
    end)

    it("hundreds of connections at once", function()
      api:answer { hold = true, echo = true }
      local clients = {}
      for i = 1, 300 do
        clients[i] = raw_client.connect(api.url)
        clients[i]:request("/" .. i)
      end
      api:wait_seen(300)
      assert.equal(300, api:release())
      for i, one in ipairs(clients) do
        assert.equal(envelope(i), (select(2, one:response())))
        one:close()
      end
    end)
  end)

  describe("tells the test", function()
    it("of a request that no answer was scripted for", function()
      api:answer { match = "/only", body = "x" }
      assert.equal(500, (get("/other")))
      assert.error_matches(function() api:seen() end, "no answer is scripted for /other")
      api:seen() -- once is enough
    end)

    it("of a request where the next answer is for a connection", function()
      api:answer { on_accept = "close" }
      assert.equal(500, (get("/other")))
      assert.error_matches(function() api:seen() end, "for a new connection")
    end)

    it("of an answer that makes no sense", function()
      local wrong = {
        [{ statsu = 200 }] = "no key 'statsu'",
        [{ status = "200" }] = "status should be a number",
        [{ drip = { bytes = 1 } }] = "drip needs every",
        [{ drip = { bytes = 1, evry = 1 } }] = "no key 'drip.evry'",
        [{ endless = "story" }] = "endless = story is not known",
        [{ cut_after = 1, reset_after = 1 }] = "one of stall_after, cut_after, reset_after",
        [{ any_of = { {} }, hold = true }] = "any_of excludes hold",
      }
      for answer, sentence in pairs(wrong) do
        assert.error_matches(function() api:answer(answer) end, sentence, 1, true)
      end
    end)
  end)
end)
