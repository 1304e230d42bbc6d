local fixture = require "spec.support.fixture"
local internals = require "rtk_internals"
local socket = require "socket"
local stray = require "spec.support.stray"

describe("sockets: what a server sends behind an answer", function()
  local api = fixture.server()

  for what, rest in pairs(stray.kinds) do
    it("is nobody's, and no attempt: " .. what, function()
      stray.check(api, api.url, {}, 100, rest)
    end)

    it("is nobody's, and no attempt, through a proxy: " .. what, function()
      stray.check(api, api.url, { proxy = api:proxy_url() }, 100, rest)
    end)
  end

  it("is looked for on each of a client's connections", function()
    local other = api.url:gsub("127.0.0.1", "localhost")
    local client = fixture.client(api.url)
    api:answer { echo = true }
    for _ = 1, 3 do
      assert(client:participant(fixture.ids()))
      assert(client:participant(fixture.ids { base_url = other }))
    end
    assert.equal(2, api:seen().connections)
    client:close()
    stray.check(api, other, {}, 100, stray.kinds.garbage)
  end)
end)

describe("sockets", function()
  local function connection()
    local listener = assert(socket.bind("127.0.0.1", 0))
    local _, port = listener:getsockname()
    local client = assert(socket.connect("127.0.0.1", tonumber(port)))
    local server = assert(listener:accept())
    listener:close()
    local _, own = client:getsockname()
    return client, server, tonumber(own)
  end

  it("are found by their port, as it is now", function()
    local one, one_server, one_port = connection()
    local two, two_server, two_port = connection()
    local fds = { one:getfd(), two:getfd() }
    assert.equal(fds[1], internals.find_socket(fds, one_port))
    assert.equal(fds[2], internals.find_socket(fds, two_port))
    assert.equal(fds[2], internals.find_socket({ fds[2], fds[2], fds[1] }, two_port))
    one:close()
    assert.equal(-1, internals.find_socket(fds, one_port))
    assert.equal(-1, internals.find_socket({ 0, 1, 2, -1, 9999 }, two_port))
    for _, each in ipairs { one_server, two, two_server } do each:close() end
  end)

  it("know of bytes that are unread, and not of an end", function()
    local client, server, port = connection()
    local fds = { client:getfd() }
    assert.same({ fds[1], false }, { internals.find_socket(fds, port) })
    assert(server:send("x"))
    client:settimeout(5)
    socket.select({ client }, nil, 5)
    assert.same({ fds[1], true }, { internals.find_socket(fds, port) })
    assert.equal("x", client:receive(1))
    server:close()
    socket.select({ client }, nil, 5)
    assert.same({ fds[1], false }, { internals.find_socket(fds, port) })
    client:close()
  end)
end)
