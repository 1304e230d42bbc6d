local internals = require "rtk_internals"

-- kind and message of an end; `text` is what libcurl said.
local function outcome(of)
  of.text = of.text or "Said by libcurl"
  local kind, message = internals.outcome(of)
  return { kind, message }
end

describe("outcome", function()
  it("is the status where the attempt ran to its end", function()
    assert.same({ "ok", "" }, outcome { status = 200, head = 1 })
    assert.same({ "not_found", "" }, outcome { status = 404, head = 1 })
    assert.same({ "http_error", "" }, outcome { status = 302, head = 1 })
  end)

  it("is a lost connection where the head did not come to its end", function()
    assert.same({ "connection", "the connection was closed within the answer's header" },
      outcome { status = 200 })
  end)

  it("is the status where an error's body was read on for long enough", function()
    assert.same({ "server_error", "" }, outcome { state = "enough", status = 503,
      cause = "encoding" })
  end)

  it("is what libcurl says of a connection", function()
    assert.same({ "connection", "Said by libcurl" }, outcome { cause = "connection" })
    assert.same({ "connection", "Said by libcurl" }, outcome { cause = "connection",
      status = 200, head = 1 })
  end)

  for _, cause in ipairs { "handshake", "certificate", "roots" } do
    it("is what libcurl says of TLS, and what to do: " .. cause, function()
      local kind, message = (table.unpack or unpack)(outcome { cause = cause }) -- luacheck: ignore
      assert.equal("tls", kind)
      assert.matches("^Said by libcurl", message)
      assert.is_true(#message > #"Said by libcurl; ")
    end)
  end

  it("names the option whose time is up", function()
    local function timeout(of)
      of.cause = "timeout"
      return outcome(of)[2]
    end
    assert.equal("no connection within 2 s (option connect_timeout)",
      timeout { timeout = 3, connect_timeout = 2 })
    assert.equal("no complete answer within 2 s (option timeout)",
      timeout { timeout = 2, connect_timeout = 3 })
    assert.equal("no complete answer within 3 s (option timeout)",
      timeout { timeout = 3, connect_timeout = 2, connected = 1 })
    assert.equal("timeout", outcome { cause = "timeout", status = 200 }[1])
  end)

  it("names the limit that an answer went over, whatever libcurl says", function()
    for _, cause in ipairs { "whole", "encoding", "connection" } do
      assert.same({ "too_large", "the answer's body is over 7 bytes (option max_response_bytes)" },
        outcome { state = "too large", cause = cause, status = 200, received = 9, limit = 7 })
    end
    for _, end_ in ipairs { { state = "too large", cause = "encoding" }, { cause = "line" } } do
      assert.same({ "too_large",
        "the answer's header is over 1000 lines, 256 KiB in all or 100 KiB in one line" },
        outcome(end_))
    end
  end)

  it("is a bad response where the body does not decode, unless the status is an error", function()
    assert.same({ "bad_response", "the body does not decode: Said by libcurl" },
      outcome { cause = "encoding", status = 200, head = 1 })
    assert.same({ "unprocessable", "" }, outcome { cause = "encoding", status = 422, head = 1 })
  end)

  it("is no success when memory ran out", function()
    assert.equal("not enough memory", outcome { cause = "memory", status = 200, head = 1 }[1])
    assert.equal("not enough memory", outcome { state = "no memory", status = 200, head = 1 }[1])
  end)
end)
