-- How many calls to one server run at once, beside calls to another.

local certificates = require "spec.support.certificates"
local fixture = require "spec.support.fixture"
local nginx = require "spec.support.nginx"
local socket = require "socket"

local function start(client, n)
  local calls = {}
  for i = 1, n do calls[i] = client:start("app", "session", "p" .. i) end
  client:step(0)
  return calls
end

-- Goes on until the server has seen so many requests, and could have seen more.
local function step_until_seen(client, api, count)
  local from = socket.gettime()
  while api:seen().request_count < count and socket.gettime() < from + 10 do client:step(0.01) end
  client:step(0.05)
  assert.equal(count, api:seen().request_count)
end

-- Ends the calls, which the servers hold.
local function finish(client, calls, ...)
  local under_way
  repeat
    for _, api in ipairs { ... } do api:release() end
    under_way = select(2, client:step(0.02))
  until under_way == 0
  for i, call in ipairs(calls) do assert.equal("p" .. i, call:result().id) end
end

describe("calls at once to one origin", function()
  local api, other = fixture.server(), fixture.server()

  before_each(function()
    api:answer { hold = true, echo = true }
    other:answer { hold = true, echo = true }
  end)

  it("leave those to another their own connections", function()
    local client = fixture.client(api.url, { max_connections = 2 })
    local calls = start(client, 5)
    local calls_to_other = start(client:with { base_url = other.url }, 5)
    step_until_seen(client, api, 2)
    step_until_seen(client, other, 2)
    finish(client, calls, api, other)
    finish(client, calls_to_other, api, other)
    assert.equal(2, api:seen().connections)
    assert.equal(2, other:seen().connections)
  end)

  it("are as many as there are connections, whatever a server of another origin speaks", function()
    local upstream = nginx.start { echo = true }
    finally(function() upstream:stop() end)
    local client = fixture.client(upstream.url, { ca_file = certificates.ca_file,
      max_connections = 2 })
    local of_upstream = start(client, 1)
    finish(client, of_upstream)
    local _, _, response = of_upstream[1]:result()
    assert.equal("2", response.http_version)
    local calls = start(client:with { base_url = api:https() }, 5)
    step_until_seen(client, api, 2)
    finish(client, calls, api)
    assert.equal(2, api:seen().connections)
  end)
end)
