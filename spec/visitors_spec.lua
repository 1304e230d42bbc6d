-- Connections to the I/O thread: what they say, and what they are told.

local fixture = require "spec.support.fixture"
local remote = require "spec.support.remote"

describe("a visitor of the I/O thread", function()
  local api = fixture.server()
  local station, client

  before_each(function()
    station = remote.station()
    client = fixture.client(api.url)
  end)

  local function receive(connection, seconds)
    connection:settimeout(seconds or 10)
    return connection:receive(1)
  end

  it("that reads is told that something is back, once for all of it", function()
    api:answer { echo = true }
    local reader = remote.visit(station, station:reader_word())
    local calls = {}
    for i = 1, 20 do calls[i] = station:start(client, "participant", "app", "session", "p" .. i) end
    local seen, bytes = 0, 0
    while seen < 20 do
      local byte = assert(receive(reader))
      if byte == "b" then bytes = bytes + 1 end
      seen = seen + #station:take()
    end
    assert.is_true(bytes <= 20)
    assert.is_true(calls[20]:done())
  end)

  it("that reads is told of what was back before it came", function()
    api:answer { echo = true }
    local _, id = station:start(client, "participant", "app", "session", "x")
    assert(receive(remote.visit(station, station:waiter_word(id))))
    assert.equal("b", receive(remote.visit(station, station:reader_word())))
    assert.same({ id }, station:take())
  end)

  it("that reads is reminded while something is away, and told when nothing has been", function()
    api:answer { hold = true, echo = true }
    local reader = remote.visit(station, station:reader_word())
    local call, id = station:start(client, "participant", "app", "session", "x")
    assert.equal("t", receive(reader))
    assert.equal("t", receive(reader))
    api:wait_seen(1)
    api:release()
    remote.wait(station, call, id)
    local byte
    repeat byte = assert(receive(reader)) until byte == "i"
    local _, why = receive(reader, 0.3)
    assert.equal("timeout", why)
  end)

  it("that reads is told so when it is poked", function()
    local reader = remote.visit(station, station:reader_word())
    local _, why = receive(reader, 0.05)
    assert.equal("timeout", why)
    station:poke()
    assert.equal("i", receive(reader))
  end)

  it("waits for one call after the other on one connection, also for what is done", function()
    api:answer { echo = true }
    local _, id = station:start(client, "participant", "app", "session", "x")
    local connection = remote.visit(station, station:waiter_word(id))
    assert.equal("b", receive(connection))
    assert(connection:send(station:waiter_word(id)))
    assert.equal("b", receive(connection))
    assert(connection:send(station:heard_word()))
    assert.equal("closed", select(2, receive(connection)))
  end)

  local function start_three()
    local calls, ids = {}, {}
    for i = 1, 3 do
      calls[i], ids[i] = station:start(client, "participant", "app", "session", "p" .. i)
    end
    return calls, ids
  end

  local function words_of(ids)
    return station:waiter_word(ids[1], true) .. station:waiter_word(ids[2], true)
      .. station:waiter_word(ids[3])
  end

  it("waits for the first of several calls, and is told once", function()
    api:answer({ hold = true, echo = true }, { echo = true }, { hold = true, echo = true })
    local calls, ids = start_three()
    local connection = remote.visit(station, words_of(ids))
    assert.equal("b", receive(connection))
    station:take()
    local done = 0
    for i = 1, 3 do done = done + (calls[i]:done() and 1 or 0) end
    assert.equal(1, done)
    api:wait_seen(3)
    api:release()
    for i = 1, 3 do remote.wait(station, calls[i], ids[i]) end
    local _, why = receive(connection, 0.05)
    assert.equal("timeout", why)
    assert(connection:send(words_of(ids)))
    assert.equal("b", receive(connection))
  end)

  it("that waits for several and leaves has all of them cancelled", function()
    api:answer { stall_after = 0 }
    local calls, ids = start_three()
    local connection = remote.visit(station, words_of(ids))
    api:wait_seen(3)
    connection:close()
    for i = 1, 3 do -- without a visit: that would be one more who waits
      assert.equal("cancelled", select(3, remote.wait(station, calls[i]):result()).kind)
    end
  end)

  it("that leaves cancels nothing that another one waits for", function()
    api:answer { hold = true, echo = true }
    local calls, ids = start_three()
    local connection = remote.visit(station, words_of(ids))
    local other = remote.visit(station, station:waiter_word(ids[2]))
    api:wait_seen(3)
    receive(other, 0.1)
    connection:close()
    for _, i in ipairs { 1, 3 } do
      assert.equal("cancelled", select(3, remote.wait(station, calls[i]):result()).kind)
    end
    api:release()
    assert.equal("b", receive(other))
    assert.equal("p2", assert(remote.wait(station, calls[2], ids[2]):result()).id)
  end)

  it("that was told and leaves without a word has the others cancelled", function()
    api:answer({ echo = true }, { stall_after = 0 }, { stall_after = 0 })
    local calls, ids = start_three()
    local connection = remote.visit(station, words_of(ids))
    assert.equal("b", receive(connection))
    api:wait_seen(3)
    connection:close()
    local cancelled = 0
    for i = 1, 3 do
      local _, _, failure = remote.wait(station, calls[i]):result()
      if failure and failure.kind == "cancelled" then cancelled = cancelled + 1 end
    end
    assert.equal(2, cancelled)
  end)

  -- The logger's report is what it was told of; when that has been made, the call does not go on.
  it("that was told of a report and leaves without a word has the call cancelled", function()
    api:answer({ status = 503, json = "{}", headers = { ["Retry-After"] = "0" } }, { echo = true })
    local reports = 0
    client = fixture.client(api.url, { max_retries = 1, logger = function(_, _, fields)
      if fields.wait then reports = reports + 1 end
    end })
    local call, id = station:start(client, "participant", "app", "session", "x")
    local connection = remote.visit(station, station:waiter_word(id))
    assert.equal("b", receive(connection)) -- of the request that is to be sent
    station:take()
    assert(connection:send(station:waiter_word(id)))
    assert.equal("b", receive(connection)) -- of the next attempt
    connection:close()
    -- Who comes later is answered after that one was seen off.
    local no_call = station:waiter_word(id + 1e9)
    assert.equal("b", receive(remote.visit(station, no_call)))
    assert.equal("cancelled", select(3, remote.wait(station, call):result()).kind)
    assert.equal(1, reports)
    assert.equal(1, #api:seen().requests)
    call = station:start(client, "participant", "app", "session", "y")
    assert(remote.wait(station, call):result())
  end)

  it("that leaves cancels nothing of another one that was told and has not gone on yet", function()
    api:answer { echo = true }
    client = fixture.client(api.url, { logger = function() end })
    local call, id = station:start(client, "participant", "app", "session", "x")
    local one = remote.visit(station, station:waiter_word(id))
    local other = remote.visit(station, station:waiter_word(id))
    assert.equal("b", receive(one))
    assert.equal("b", receive(other))
    one:close()
    local no_call = station:waiter_word(id + 1e9)
    assert.equal("b", receive(remote.visit(station, no_call))) -- after that one was seen off
    assert(other:send(station:heard_word()))
    assert.equal("x", assert(remote.wait(station, call):result()).id)
  end)

  it("that waits no longer may say so, too", function()
    api:answer { hold = true, echo = true }
    local call, id = station:start(client, "participant", "app", "session", "x")
    local connection = remote.visit(station, station:waiter_word(id))
    api:wait_seen(1)
    assert(connection:send(station:heard_word()))
    assert.equal("closed", select(2, receive(connection)))
    api:release()
    assert.equal("x", assert(remote.wait(station, call, id):result()).id)
  end)

  it("that goes on, or has not said all of them, cancels nothing when it leaves", function()
    api:answer({ echo = true }, { hold = true, echo = true }, { hold = true, echo = true })
    local calls, ids = start_three()
    local connection = remote.visit(station, words_of(ids))
    local other = remote.visit(station, words_of(ids):sub(1, -2))
    assert.equal("b", receive(connection))
    assert(connection:send(station:heard_word()))
    connection:close()
    other:close()
    api:wait_seen(3)
    api:release()
    for i = 1, 3 do
      assert.equal("p" .. i, assert(remote.wait(station, calls[i], ids[i]):result()).id)
    end
  end)

  it("that was told waits anew, for what it says then and for nothing else", function()
    api:answer({ echo = true }, { hold = true, echo = true })
    local calls, ids = {}, {}
    local function start(name)
      calls[name], ids[name] = station:start(client, "participant", "app", "session", name)
    end
    start "first"
    remote.wait(station, calls.first)
    for _, name in ipairs { "kept", "left", "too" } do start(name) end
    local connection = remote.visit(station, station:waiter_word(ids.first, true)
      .. station:waiter_word(ids.kept))
    assert.equal("b", receive(connection))
    assert(connection:send(station:waiter_word(ids.left, true)
      .. station:waiter_word(ids.too)))
    api:wait_seen(4)
    connection:close()
    for _, name in ipairs { "left", "too" } do
      assert.equal("cancelled", select(3, remote.wait(station, calls[name]):result()).kind)
    end
    api:release()
    assert.equal("kept", assert(remote.wait(station, calls.kept):result()).id)
  end)

  it("may say its word in pieces", function()
    api:answer { echo = true }
    local _, id = station:start(client, "participant", "app", "session", "x")
    local word = station:waiter_word(id)
    local connection = remote.visit(station, word:sub(1, 5))
    local _, why = receive(connection, 0.05)
    assert.equal("timeout", why)
    assert(connection:send(word:sub(6)))
    assert.equal("b", receive(connection))
  end)

  it("is sent away for any other word", function()
    for _, word in ipairs { "GET / HTTP/1.1\r\n", ("\0"):rep(16), "R000000000000000",
      "Wzzzzzzzzzzzzzzz", "A000000000000000", station:heard_word() } do
      local _, why = receive(remote.visit(station, word))
      assert.equal("closed", why)
    end
    api:answer { echo = true }
    assert(remote.wait(station, station:start(client, "participant", "a", "b", "c")):result())
  end)

  it("that reads, or has not said who it is, may leave at any time", function()
    api:answer { echo = true }
    for i = 1, 50 do
      local call = station:start(client, "participant", "app", "session", "p" .. i)
      for _, word in ipairs { station:reader_word(), "R0", "" } do
        remote.visit(station, word):close()
      end
      assert.equal("p" .. i, assert(remote.wait(station, call):result()).id)
    end
  end)

  it("that waits for a call and leaves is who wanted it: the call is cancelled", function()
    api:answer { stall_after = 0 }
    local call, id = station:start(client, "participant", "app", "session", "x")
    local connection = remote.visit(station, station:waiter_word(id))
    api:wait_seen(1)
    connection:close()
    assert.equal("cancelled", select(3, remote.wait(station, call):result()).kind)
  end)
end)
