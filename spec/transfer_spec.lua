-- One attempt, against a real socket: what each thing that a server can do comes to. TLS has a file
-- of its own, transfer_tls_spec.lua.

local bodies = require "spec.support.bodies"
local fixture = require "spec.support.fixture"
local server = require "spec.support.server"

local EARLY = 0.001 -- seconds; libcurl counts whole milliseconds

local envelope = fixture.envelope()
local ok = { json = envelope }
local raw, fails = fixture.raw, fixture.fails

describe("transfer: a connection that is lost or not HTTP", function()
  local api = fixture.server()

  local chunked_head = { "HTTP/1.1 200 OK", "Transfer-Encoding: chunked" }
  local lost = {
    ["closed at once"] = { on_accept = "close" },
    ["reset at once"] = { on_accept = "reset" },
    ["closed without an answer"] = { cut_after = 0 },
    ["reset before the answer"] = { reset_after = 0 },
    ["closed in the status line"] = { cut_after = 7, json = envelope },
    ["closed in the header"] = { cut_after = 30, json = envelope },
    ["reset in the header"] = { reset_after = 30, json = envelope },
    ["closed after an informational answer"] = {
      raw = raw { "HTTP/1.1 103 Early Hints" }, close = true },
    ["closed after an offer to switch protocols"] = {
      raw = raw { "HTTP/1.1 101 Switching Protocols", "Upgrade: x", "Connection: Upgrade" },
      close = true },
    ["closed in the body"] = { cut_after = { body = 10 }, json = envelope },
    ["closed before the body"] = { cut_after = { body = 0 }, json = envelope },
    ["closed one byte before the body's end"] = {
      cut_after = { body = #envelope - 1 }, json = envelope },
    ["reset in the body"] = { reset_after = { body = 10 }, json = envelope },
    ["closed in a chunk"] = { cut_after = { body = 10 }, json = envelope, chunked = true },
    ["closed between chunks"] = {
      raw = raw(chunked_head, ("%x\r\n%s\r\n"):format(#envelope, envelope)), close = true },
    ["reset in a chunk"] = { reset_after = { body = 10 }, json = envelope, chunked = true },
    ["garbage instead of HTTP"] = { on_accept = "garbage" },
    ["garbage as an answer"] = { raw = "garbage\r\n\r\n", close = true },
    ["a bare body, as in HTTP/0.9"] = { raw = envelope, close = true },
    ["a version of HTTP that there is not"] = {
      raw = raw({ "HTTP/9.9 200 OK" }, envelope), close = true },
    ["a status of two digits"] = { raw = raw({ "HTTP/1.1 20 OK" }, envelope), close = true },
    ["a status of four digits"] = { raw = raw({ "HTTP/1.1 2000 OK" }, envelope), close = true },
    ["a NUL byte in the header"] = { headers = { "X-A: a\0b" }, json = envelope },
    ["a negative length"] = {
      raw = raw({ "HTTP/1.1 200 OK", "Content-Length: -1" }, envelope), close = true },
    ["a length that is no number"] = {
      raw = raw({ "HTTP/1.1 200 OK", "Content-Length: many" }, envelope), close = true },
    ["a chunk without a length"] = { raw = raw(chunked_head, "zz\r\n" .. envelope), close = true },
    ["a chunk of an impossible length"] = {
      raw = raw(chunked_head, ("f"):rep(40) .. "\r\n" .. envelope), close = true },
  }
  for what, answer in pairs(lost) do
    it("is a connection failure: " .. what, function()
      fails(api, "connection", answer)
    end)
  end

  it("says in err what happened, and does not pretend to have a status", function()
    local err, failure = fails(api, "connection", { reset_after = 0 })
    assert.matches("^connection: .*reset", err)
    assert.is_nil(failure.status)
    assert.is_nil(failure.http_version)
  end)

  it("of which half an answer came does not put its status before the kind", function()
    local err = fails(api, "connection", { cut_after = { body = 10 }, json = envelope })
    assert.matches("^connection: ", err)
  end)

  it("that never was HTTP is given up as such, at the first bytes", function()
    local err = fails(api, "connection", { raw = envelope, stall_after = #envelope })
    assert.matches("HTTP/0.9", err, 1, true)
  end)

  it("is a connection failure: refused", function()
    local client = fixture.client(server.refusing_url())
    local _, err, failure = client:participant(fixture.ids())
    assert.equal("connection", failure.kind)
    assert.equal(1, failure.attempts)
    assert.matches("connect to 127.0.0.1", err, 1, true)
  end)

  it("is a connection failure: a host name that nobody can have", function()
    local host = ("a"):rep(64) .. ".invalid" -- a label too long to be asked for
    local _, err, failure = fixture.client("https://" .. host):participant(fixture.ids())
    assert.equal("connection", failure.kind)
    assert.matches("resolve host", err, 1, true)
  end)
end)

describe("transfer: time", function()
  local api = fixture.server()

  local slow = {
    ["an answer that never begins"] = { stall_after = 0 },
    ["a status line that stops"] = { stall_after = 7, json = envelope },
    ["a header that stops"] = { stall_after = 30, json = envelope },
    ["a body that does not begin"] = { stall_after = { body = 0 }, json = envelope },
    ["a body that stops"] = { stall_after = { body = 10 }, json = envelope },
    ["a body that stops within a chunk"] = {
      stall_after = { body = 10 }, json = envelope, chunked = true },
    ["an error's body that stops"] = { status = 404, stall_after = { body = 10 }, json = envelope },
    ["a header that drips for ever"] = { endless = "headers", drip = { bytes = 16, every = 0.02 } },
    ["a body that drips for ever"] = { endless = "body", drip = { bytes = 64, every = 0.02 } },
    ["informational answers that drip for ever"] = {
      endless = "informational", drip = { bytes = 64, every = 0.02 } },
    ["a body that drips for longer than that"] = {
      json = envelope .. (" "):rep(6400), drip = { bytes = 64, every = 0.02 } },
  }
  for what, answer in pairs(slow) do
    it("of one attempt ends at its timeout: " .. what, function()
      local err, failure = fails(api, "timeout", answer, { timeout = 0.2 })
      assert.is_true(failure.elapsed >= 0.2 - EARLY)
      assert.matches("within 0.2 s (option timeout)", err, 1, true)
    end)
  end

  it("of each attempt is counted anew", function()
    api:answer { endless = "body", drip = { bytes = 64, every = 0.02 } }
    local _, err, failure = fixture.client(api.url, { timeout = 0.2, max_retries = 1 })
      :participant(fixture.ids())
    assert.equal("timeout", failure.kind)
    assert.equal(2, failure.attempts)
    assert.is_true(failure.elapsed >= 0.4 - 2 * EARLY)
    assert.matches("within 0.2 s (option timeout)", err, 1, true)
  end)

  it("is left to a body that drips and ends before the timeout", function()
    local participant, err = fixture.fetch(api,
      { json = envelope, drip = { bytes = 32, every = 0.01 } }, { timeout = 5 })
    assert.is_nil(err)
    assert.equal(fixture.participant, participant.id)
  end)

  it("that is up takes its late answer along: the next call gets its own", function()
    api:answer({ echo = true, delay = 0.2 }, { echo = true })
    local client = fixture.client(api.url)
    local _, _, failure = client:participant("app", "session", "late", { timeout = 0.1 })
    assert.equal("timeout", failure.kind)
    assert.equal("next", client:participant("app", "session", "next").id)
  end)

  describe("for a connection", function()
    local url, silence
    lazy_setup(function() url, silence = server.silent_url() end)
    lazy_teardown(function() silence:close() end)

    it("that is never made ends at connect_timeout", function()
      local _, err, failure = fixture.client(url, { connect_timeout = 0.25 })
        :participant(fixture.ids())
      assert.equal("timeout", failure.kind)
      assert.equal(1, failure.attempts)
      assert.is_true(failure.elapsed >= 0.25 - EARLY and failure.elapsed < 2)
      assert.matches("within 0.25 s (option connect_timeout)", err, 1, true)
    end)

    it("ends at timeout where that is shorter", function()
      local _, err, failure = fixture.client(url, { connect_timeout = 4, timeout = 0.2 })
        :participant(fixture.ids())
      assert.equal("timeout", failure.kind)
      assert.is_true(failure.elapsed >= 0.2 - EARLY and failure.elapsed < 4)
      assert.matches("within 0.2 s (option timeout)", err, 1, true)
    end)
  end)

  it("for a connection is not the answer's: connect_timeout does not end a slow answer", function()
    local participant, err = fixture.fetch(api, { json = envelope, delay = 0.3 },
      { connect_timeout = 0.1 })
    assert.is_nil(err)
    assert.equal(fixture.participant, participant.id)
  end)
end)

describe("transfer: an encoded body", function()
  local api = fixture.server()

  for _, encoding in ipairs { "gzip", "deflate", "brotli" } do
    local name = encoding == "brotli" and "br" or encoding

    it("is asked for and decoded: " .. encoding, function()
      local participant, err = fixture.fetch(api,
        { encoding = name, body = bodies[encoding](fixture.envelope('{"id":"decoded"}')) })
      assert.is_nil(err)
      assert.equal("decoded", participant.id)
      assert.matches(name, api:seen().requests[1].headers["accept-encoding"], 1, true)
    end)

    it("is decoded in chunks and in drips: " .. encoding, function()
      local body = bodies[encoding](envelope)
      assert(fixture.fetch(api, { encoding = name, body = body, chunked = { 1, 1, 1, 9 } }))
      assert(fixture.fetch(api, { encoding = name, body = body,
        drip = { bytes = 40, every = 0.005 } }))
    end)

    it("is decoded in an error, too: " .. encoding, function()
      local _, failure = fails(api, "not_found", { status = 404, encoding = name,
        body = bodies[encoding](fixture.error_envelope(1404, "none such")) })
      assert.equal("none such", failure.errors[1].message)
    end)

    it("that is cut short is a bad_response: " .. encoding, function()
      local body = bodies[encoding](envelope)
      local _, failure = fails(api, "bad_response", { encoding = name, body = body:sub(1, -20) })
      assert.equal(200, failure.status)
      fails(api, "bad_response", { encoding = name, body = body:sub(1, 2) })
      fails(api, "bad_response", { encoding = name, body = "" })
    end)

    it("that is nothing of the kind is a bad_response: " .. encoding, function()
      local err, failure = fails(api, "bad_response", { encoding = name, body = ("\255"):rep(99) })
      assert.equal(200, failure.status)
      assert.matches("does not decode", err)
    end)
  end

  for what, make in pairs {
    ["its blocks"] = bodies.corrupt_gzip, ["its checksum"] = bodies.gzip_with_wrong_checksum,
  } do
    it("that is corrupt is a bad_response, and is not asked for again: " .. what, function()
      api:answer { encoding = "gzip", body = make(envelope) }
      local _, err, failure = fixture.client(api.url, { max_retries = 2 })
        :participant(fixture.ids())
      assert.equal("bad_response", failure.kind)
      assert.equal(1, failure.attempts)
      assert.matches("200 bad_response: the body does not decode", err, 1, true)
    end)
  end

  it("with something after its end is a bad_response", function()
    fails(api, "bad_response", { encoding = "gzip", body = bodies.gzip(envelope) .. "garbage" })
  end)

  it("in an encoding that nobody asked for is a bad_response", function()
    fails(api, "bad_response", { encoding = "snappy", body = "x" })
  end)

  it("in a hundred encodings, one over the other, is a bad_response", function()
    fails(api, "bad_response",
      { encoding = ("gzip, "):rep(99) .. "gzip", body = bodies.gzip(envelope) })
  end)

  it("that is corrupt does not hide an error's status", function()
    local _, failure = fails(api, "server_error",
      { status = 503, encoding = "gzip", body = "this is not gzip" })
    assert.equal(503, failure.status)
  end)
end)

describe("transfer: a header", function()
  local api = fixture.server()

  local large = {
    ["of 2,000 lines"] = { repeat_headers = { line = "X-A: a", times = 2000 }, json = envelope },
    ["of 40 lines of 10,000 bytes"] = {
      repeat_headers = { line = "X-A: " .. ("a"):rep(10000), times = 40 }, json = envelope },
    ["of one endless line"] = { endless = "header" },
    ["of endless lines"] = { endless = "headers" },
    ["of endless informational answers"] = { endless = "informational" },
    ["of 2,000 lines and an error"] = { status = 503,
      repeat_headers = { line = "X-A: a", times = 2000 } },
  }
  for what, answer in pairs(large) do
    it("is too_large, and is not asked for again: " .. what, function()
      local err = fails(api, "too_large", answer, { max_retries = 2 })
      assert.matches("too_large: the answer's header is over 1000 lines, 256 KiB in all", err, 1,
        true)
    end)
  end

  local large_enough = {
    ["of 900 lines"] = { line = "X-A: a", times = 900 },
    ["of 200 KiB"] = { line = "X-A: " .. ("a"):rep(10000), times = 20 },
    ["with a line of 90,000 bytes"] = { line = "X-A: " .. ("a"):rep(90000), times = 1 },
  }
  for what, again in pairs(large_enough) do
    it("is taken whole: " .. what, function()
      local participant, err, response = fixture.fetch(api,
        { repeat_headers = again, json = envelope })
      assert.is_nil(err)
      assert.equal(fixture.participant, participant.id)
      local value = again.line:match("^X%-A: (.*)$")
      assert.equal(value .. (", " .. value):rep(again.times - 1), response.headers["x-a"])
    end)
  end

  it("of an informational answer is passed over, and the real answer taken", function()
    local participant, err, response = fixture.fetch(api, {
      informational = { raw { "HTTP/1.1 100 Continue" },
        raw { "HTTP/1.1 103 Early Hints", "Link: </x>", "Cf-Ray: hint" } },
      headers = { "Cf-Ray: real" }, json = envelope,
    })
    assert.is_nil(err)
    assert.equal(fixture.participant, participant.id)
    assert.equal(200, response.status)
    assert.equal("real", response.request_id)
    assert.is_nil(response.headers.link)
  end)

  local trailers = { "X-Trailer: 1", "Cf-Ray: trailer", "Retry-After: 30", "X-Should-Retry: true",
    "HTTP/1.1: field", "HTTP/1.1 404: Not Found" }

  it("is not what comes after the body: trailers are passed over", function()
    local _, err, response = fixture.fetch(api,
      { headers = { "Cf-Ray: real" }, json = envelope, chunked = true, trailers = trailers })
    assert.is_nil(err)
    assert.equal("real", response.headers["cf-ray"])
    assert.equal("real", response.request_id)
    assert.is_nil(response.headers["x-trailer"])
  end)

  it("is not what comes after an empty body: trailers are passed over", function()
    local _, failure = fails(api, "not_found",
      { status = 404, headers = { "Cf-Ray: real" }, chunked = true, trailers = trailers },
      { max_retries = 2 })
    assert.equal("real", failure.headers["cf-ray"])
    assert.is_nil(failure.headers["x-trailer"])
    assert.is_nil(failure.retry_after)
  end)
end)

describe("transfer: an answer and what follows it", function()
  local api = fixture.server()

  local forged = raw({ "HTTP/1.1 200 OK", "Content-Length: " .. #envelope }, envelope)
  local answers = {
    ["a body of a known length"] = forged,
    ["a body in chunks"] = raw({ "HTTP/1.1 200 OK", "Transfer-Encoding: chunked" },
      ("%x\r\n%s\r\n0\r\n\r\n"):format(#envelope, envelope)),
    ["an error without a body"] = raw { "HTTP/1.1 404 Not Found", "Content-Length: 0" },
    ["a 204"] = raw { "HTTP/1.1 204 No Content" },
    ["a 304"] = raw { "HTTP/1.1 304 Not Modified" },
  }
  for what, answer in pairs(answers) do
    it("more bytes after it are never the next call's answer: " .. what, function()
      api:answer({ raw = answer .. forged }, { echo = true })
      local client = fixture.client(api.url)
      client:participant(fixture.ids())
      assert.equal("mine", assert(client:participant("app", "session", "mine")).id)
    end)
  end
end)

describe("transfer: a redirect", function()
  local api, elsewhere = fixture.server(), fixture.server()

  for _, status in ipairs { 300, 301, 302, 303, 307, 308 } do
    it("is never followed, and nothing is sent to where it leads: " .. status, function()
      elsewhere:answer(ok)
      local err, failure = fails(api, "http_error",
        { status = status, headers = { "Location: " .. elsewhere.url .. "/x" }, body = "moved" },
        { max_retries = 2 })
      assert.equal(status, failure.status)
      assert.equal(elsewhere.url .. "/x", failure.headers.location)
      assert.matches(status .. " http_error: a redirect, which is never followed", err, 1, true)
      assert.equal(0, elsewhere:seen().connections)
      assert.equal(2, #api:seen().requests) -- this one, and the one after it
    end)
  end

  it("is not followed within its own host either", function()
    local _, failure = fails(api, "http_error",
      { status = 302, headers = { "Location: /elsewhere" } })
    assert.equal(302, failure.status)
    for _, request in ipairs(api:seen().requests) do
      assert.equal("/client/v4" .. fixture.path, request.target)
    end
  end)

  it("by Refresh or by Link is none", function()
    elsewhere:answer(ok)
    assert(fixture.fetch(api, { json = envelope,
      headers = { "Refresh: 0; url=" .. elsewhere.url, "Link: <" .. elsewhere.url .. ">; rel=x",
        "Alt-Svc: h2=\"" .. elsewhere.url:match("127.*") .. "\"" } }))
    assert.equal(0, elsewhere:seen().connections)
  end)
end)

describe("transfer: a status", function()
  local api = fixture.server()

  local kinds = {
    [400] = "bad_request", [401] = "authentication", [403] = "permission_denied",
    [404] = "not_found", [409] = "conflict", [422] = "unprocessable", [429] = "rate_limited",
    [500] = "server_error", [501] = "server_error", [502] = "server_error",
    [503] = "server_error", [504] = "server_error", [520] = "server_error",
    [530] = "server_error", [599] = "server_error", [600] = "server_error",
    [999] = "server_error", [402] = "http_error", [405] = "http_error", [406] = "http_error",
    [408] = "http_error", [410] = "http_error", [418] = "http_error", [451] = "http_error",
    [305] = "http_error", [399] = "http_error", [499] = "http_error",
  }
  for status, kind in pairs(kinds) do
    it(("%d is the failure kind %s, whatever the body"):format(status, kind), function()
      for _, body in ipairs { "", "<html>Sorry</html>", envelope } do
        local err, failure = fails(api, kind, { status = status, body = body })
        assert.equal(status, failure.status)
        assert.matches(("^%d %s: "):format(status, kind), err)
      end
    end)
  end

  for _, status in ipairs { 200, 201, 202, 203, 206, 299 } do
    it(status .. " is a success when the body is", function()
      local participant, err, response = fixture.fetch(api, { status = status, json = envelope })
      assert.is_nil(err)
      assert.equal(fixture.participant, participant.id)
      assert.equal(status, response.status)
    end)
  end

  it("that never has a body ends with its header, and keeps the connection: 204, 304", function()
    for status, kind in pairs { [204] = "bad_response", [304] = "http_error" } do
      local _, failure = fails(api, kind, { status = status })
      assert.equal(status, failure.status)
      assert.equal(1, api:seen().connections)
    end
  end)
end)

describe("transfer: the version of HTTP", function()
  local api = fixture.server()

  it("is 1.1 in the request and, as it is answered so, in the response", function()
    local _, _, response = fixture.fetch(api, ok)
    assert.equal("1.1", response.http_version)
    assert.equal("1.1", api:seen().requests[1].version)
  end)

  it("is in a failure, too", function()
    local _, failure = fails(api, "not_found", { status = 404 })
    assert.equal("1.1", failure.http_version)
  end)

  it("is 1.0 where the server says so: with a length", function()
    local participant, _, response = fixture.fetch(api,
      { raw = raw({ "HTTP/1.0 200 OK", "Content-Length: " .. #envelope }, envelope) })
    assert.equal(fixture.participant, participant.id)
    assert.equal("1.0", response.http_version)
  end)

  it("is 1.0 where the server says so: up to the end of the connection", function()
    local participant, _, response = fixture.fetch(api,
      { raw = raw({ "HTTP/1.0 200 OK" }, envelope), close = true })
    assert.equal(fixture.participant, participant.id)
    assert.equal("1.0", response.http_version)
  end)

  it("2 is not asked for without TLS: plain http stays 1.1, with no attempt to upgrade", function()
    local _, _, response = fixture.fetch(api, ok, { http_version = "2" })
    assert.equal("1.1", response.http_version)
    local headers = api:seen().requests[1].headers
    assert.is_nil(headers.upgrade)
    assert.is_nil(headers["http2-settings"])
  end)
end)
