-- What either kind of poller has to do. Called within a describe block.

local assert = require "luassert"
local busted = require "busted"
local internals = require "rtk_internals"
local socket = require "socket"

-- What luasocket's select can wait for.
local function selectable(fd)
  return { getfd = function() return fd end, dirty = function() return false end }
end

local function is_readable(poller, seconds)
  return #socket.select({ selectable(poller:descriptor()) }, nil, seconds or 0) > 0
end

return function()
  local it = busted.it
  local listener, one, other

  busted.before_each(function()
    listener = assert(socket.bind("127.0.0.1", 0))
    one = assert(socket.connect("127.0.0.1", (select(2, listener:getsockname()))))
    other = assert(listener:accept())
  end)

  busted.after_each(function()
    for _, open in ipairs { listener, one, other } do open:close() end
  end)

  it("reports a socket that is readable, with its tag, and not before", function()
    local poller = internals.poller()
    poller:watch(one:getfd(), "r", 7)
    assert.same({}, poller:wait(0))
    assert(other:send("x"))
    assert.same({ { fd = one:getfd(), tag = 7, readable = true, writable = false,
      broken = false } }, poller:wait(5))
    assert.equal(1, #poller:wait(0)) -- as long as it is
    assert(one:receive(1))
    assert.same({}, poller:wait(0))
  end)

  it("reports one that is writable", function()
    local poller = internals.poller()
    poller:watch(one:getfd(), "w", 0)
    local ready = poller:wait(5)
    assert.is_true(ready[1].writable)
    assert.is_false(ready[1].readable)
  end)

  it("watches for what it was last told", function()
    local poller = internals.poller()
    poller:watch(one:getfd(), "r", 0)
    poller:watch(one:getfd(), "rw", 3)
    assert(other:send("x"))
    socket.select({ one }, nil, 5)
    assert.same({ { fd = one:getfd(), tag = 3, readable = true, writable = true,
      broken = false } }, poller:wait(5))
    poller:watch(one:getfd(), "", 0)
    assert.same({}, poller:wait(0))
    poller:watch(one:getfd(), "", 0) -- twice does no harm
    poller:watch(one:getfd(), "r", 4)
    assert.equal(4, poller:wait(5)[1].tag)
  end)

  it("reports the end of a connection", function()
    local poller = internals.poller()
    poller:watch(one:getfd(), "r", 0)
    other:close()
    assert.is_true(poller:wait(5)[1].readable)
  end)

  it("reports no more than it is asked for, and the others later", function()
    local poller = internals.poller()
    local open = {}
    for i = 1, 40 do
      open[i] = assert(socket.udp4())
      poller:watch(open[i]:getfd(), "w", i)
    end
    assert.equal(16, #poller:wait(5))
    local seen, count = {}, 0
    for i = 1, 40 do
      local ready = poller:wait(0, 1)[1]
      if not seen[ready.tag] then count = count + 1 end
      seen[ready.tag] = true
      poller:watch(ready.fd, "", 0)
      open[ready.tag]:close()
      assert.equal(i, count)
    end
    assert.same({}, poller:wait(0))
  end)

  it("waits no longer than it is told", function()
    local poller = internals.poller()
    local before = internals.now()
    assert.same({}, poller:wait(0.05))
    local took = internals.now() - before
    assert.is_true(took >= 0.05 and took < 5, tostring(took))
  end)

  it("ends a wait at a signal", function()
    local poller = internals.poller()
    internals.alarm(0.05)
    local ready = poller:wait(30)
    internals.alarm(0)
    assert.is_nil(ready)
  end)

  it("has a descriptor that is readable from the time of the alarm on, until another", function()
    local poller = internals.poller()
    assert.is_false(is_readable(poller))
    poller:alarm(internals.now() - 1)
    assert.is_true(is_readable(poller, 5))
    assert.is_true(is_readable(poller))
    poller:alarm(internals.now() + 1000)
    assert.is_false(is_readable(poller))
    poller:alarm(0)
    assert.is_true(is_readable(poller, 5))
    poller:alarm(math.huge)
    assert.is_false(is_readable(poller))
  end)

  it("reports no socket for an alarm", function()
    local poller = internals.poller()
    poller:alarm(0)
    assert.same({}, poller:wait(0.01))
  end)

  if not internals.poller_tells_all() then return end -- poll tells of alarms alone

  it("has a descriptor that is readable with its sockets, and at the time of the alarm", function()
    local poller = internals.poller()
    poller:watch(one:getfd(), "r", 0)
    assert.is_false(is_readable(poller))
    other:send("x")
    assert.is_true(is_readable(poller, 5))
    one:receive(1)
    poller:alarm(internals.now() + 0.05)
    assert.is_false(is_readable(poller))
    assert.is_true(is_readable(poller, 5))
  end)
end
