local certificates = require "spec.support.certificates"
local fixture = require "spec.support.fixture"
local nginx = require "spec.support.nginx"
local stray = require "spec.support.stray"

describe("tls_session", function()
  local api = fixture.server()
  local trust = { ca_file = certificates.ca_file }

  for what, rest in pairs(stray.kinds) do
    it("what a server sends behind an answer is nobody's, and no attempt: " .. what, function()
      for _, version in ipairs { "1.2", "1.3" } do
        local url = api:https("trusted", { tls_version = version == "1.2" and version or nil })
        -- In one record with the body, and in one of its own.
        for _, size in ipairs { 1024, 4096, 16384 } do stray.check(api, url, trust, size, rest) end
      end
    end)
  end

  it("what a server sends behind an answer is nobody's where HTTP/2 was wanted, too", function()
    for _, size in ipairs { 1024, 4096 } do
      stray.check(api, api:https(), { ca_file = certificates.ca_file, http_version = "2" }, size,
        stray.kinds.garbage)
    end
  end)

  it("keeps its connection when nothing more is sent", function()
    for _, version in ipairs { "1.2", "1.3" } do
      local url = api:https("trusted", { tls_version = version == "1.2" and version or nil })
      api:answer { json = fixture.envelope(), delay_after_head = 0.001 }
      local client = fixture.client(url, trust)
      for _ = 1, 20 do assert(client:participant(fixture.ids())) end
      assert.equal(1, api:seen().connections)
      client:close()
    end
  end)

  it("keeps its connection with nginx, in HTTP/1.1 and in HTTP/2", function()
    local both = nginx.start { echo = true }
    for _, version in ipairs { "1.1", "2" } do
      local before = #both:requests()
      local client = fixture.client(both.url,
        { ca_file = certificates.ca_file, http_version = version })
      for _ = 1, 20 do assert(client:participant(fixture.ids())) end
      client:close()
      local requests = both:wait_requests(before + 20)
      assert.equal(requests[before + 1].connection, requests[before + 20].connection)
    end
    both:stop()
  end)
end)
