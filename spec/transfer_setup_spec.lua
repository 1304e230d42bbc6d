-- One handle for calls of which each has other settings: nothing of one is left in the next.

local fixture = require "spec.support.fixture"
local realtimekit = require "realtimekit"

local LIBRARY = "lua-realtimekit/" .. realtimekit._VERSION

describe("transfer: a handle that is set up anew", function()
  local api = fixture.server()
  local client

  before_each(function()
    api:answer { json = fixture.envelope() }
    client = fixture.client(api.url)
  end)

  -- The headers of the last of these calls, made one after the other.
  local function headers_after(...)
    for _, opts in ipairs { ... } do assert(client:participant(fixture.ids(opts))) end
    local seen = api:seen()
    assert.equal(1, seen.connections)
    return seen.requests[#seen.requests].headers
  end

  it("has the built-in headers again after they were another's", function()
    local headers = headers_after({ headers = { ["User-Agent"] = "a", ["Accept-Encoding"] = "b" } },
      {})
    assert.equal(LIBRARY, headers["user-agent"])
    assert.matches("gzip", headers["accept-encoding"], 1, true)
  end)

  it("has the built-in headers again after they were dropped", function()
    local headers = headers_after({ headers = { ["User-Agent"] = false,
      ["Accept-Encoding"] = false, Accept = false } }, {})
    assert.equal(LIBRARY, headers["user-agent"])
    assert.matches("gzip", headers["accept-encoding"], 1, true)
    assert.equal("application/json", headers.accept)
  end)

  it("has another user agent for each call", function()
    assert.equal(LIBRARY .. " b", headers_after({ user_agent = "a" }, { user_agent = "b" })
      ["user-agent"])
    assert.equal(LIBRARY, headers_after({ user_agent = "a" }, {})["user-agent"])
  end)

  it("goes to another origin and back", function()
    local other = api.url:gsub("127%.0%.0%.1", "localhost") .. "/client/v4"
    assert(client:participant(fixture.ids()))
    assert(client:participant(fixture.ids { base_url = other }))
    assert(client:participant(fixture.ids()))
    local hosts = {}
    for i, request in ipairs(api:seen().requests) do hosts[i] = request.headers.host end
    assert.same({ "127.0.0.1:" .. api.port, "localhost:" .. api.port, "127.0.0.1:" .. api.port },
      hosts)
  end)

  it("has the type of a body only where there is one, beside the headers of all", function()
    assert(client:request("POST", "/x", nil, { body = { a = 1 } }))
    assert(client:request("POST", "/x"))
    assert(client:request("GET", "/x"))
    local types = {}
    for i, request in ipairs(api:seen().requests) do
      types[i] = request.headers["content-type"] or "none"
      assert.matches("gzip", request.headers["accept-encoding"], 1, true)
      assert.equal(LIBRARY, request.headers["user-agent"])
    end
    assert.same({ "application/json", "none", "none" }, types)
  end)

  it("still decodes an answer that is encoded though it was not asked to be", function()
    local bodies = require "spec.support.bodies"
    api:answer { encoding = "gzip", body = bodies.gzip(fixture.envelope()) }
    assert(client:participant(fixture.ids { headers = { ["Accept-Encoding"] = false } }))
  end)
end)
