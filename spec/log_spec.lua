local fixture = require "spec.support.fixture"

describe("logger", function()
  local api = fixture.server()

  -- The records of one call, each "level message", and their fields.
  local function record(answers, opts)
    local lines, all = {}, {}
    opts = opts or {}
    opts.logger = function(level, message, fields)
      lines[#lines + 1] = level .. " " .. message
      all[#all + 1] = fields
    end
    api:answer((table.unpack or unpack)(answers)) -- luacheck: globals unpack
    local client = fixture.client(api.url, opts)
    client:participant(fixture.ids())
    client:close()
    return lines, all
  end

  it("is told of the request and of its answer", function()
    local lines, fields = record { { json = fixture.envelope(), headers = { "cf-ray: 8c" } } }
    assert.same({ "debug request", "debug response" }, lines)
    assert.equal("GET", fields[1].method)
    assert.equal(api.url .. "/client/v4" .. fixture.path, fields[1].url)
    assert.equal(1, fields[1].attempt)
    assert.is_nil(fields[1].status)
    assert.equal(200, fields[2].status)
    assert.equal("ok", fields[2].kind)
    assert.equal("8c", fields[2].request_id)
    assert.is_true(fields[2].elapsed >= fields[1].elapsed)
  end)

  it("is told of each retry, and how long the wait is", function()
    local lines, fields = record({ { status = 503, headers = { "Retry-After: 0.1" } },
      { json = fixture.envelope() } }, { max_retries = 1 })
    assert.same({ "debug request", "warn retry", "debug request", "debug response" }, lines)
    assert.equal(503, fields[2].status)
    assert.equal("server_error", fields[2].kind)
    assert.is_true(fields[2].wait > 0.05 and fields[2].wait <= 0.1)
    assert.equal(2, fields[3].attempt)
  end)

  it("is told of a failure, and why when there was no answer", function()
    local lines, fields = record { { cut_after = 0 } }
    assert.same({ "debug request", "error failure" }, lines)
    assert.equal("connection", fields[2].kind)
    assert.is_nil(fields[2].status)
    assert.equal("string", type(fields[2].reason))
  end)

  it("gets no credential in any field", function()
    local _, all = record({ { status = 503, headers = { "Retry-After: 0",
      "X-Echo: " .. fixture.token } }, { status = 401 } }, { max_retries = 1 })
    for _, fields in ipairs(all) do
      for name, value in pairs(fields) do
        assert.is_nil(name:find(fixture.token, 1, true))
        assert.is_nil(tostring(value):find(fixture.token, 1, true))
      end
    end
  end)

  it("of the call goes before that of its client", function()
    local told = {}
    api:answer { json = fixture.envelope() }
    local client = fixture.client(api.url, { logger = function() told[#told + 1] = "client" end })
    client:participant(fixture.ids { logger = function() told[#told + 1] = "call" end })
    assert.same({ "call", "call" }, told)
  end)

  it("is not told of what is refused here: nothing happened", function()
    local told = 0
    local client = fixture.client(api.url, { logger = function() told = told + 1 end })
    client:participant("", "b", "c")
    assert.equal(0, told)
  end)
end)

describe("logger: an error that it raises", function()
  local api = fixture.server()

  for _, at in ipairs { "request", "retry", "response" } do
    it("at the " .. at .. " ends the call, reaches its caller and does no harm", function()
      api:answer({ status = 503, headers = { "Retry-After: 0" } }, { json = fixture.envelope() })
      local client = fixture.client(api.url, { max_retries = 1 })
      local logging = client:with {
        logger = function(_, message) if message == at then error("from the logger") end end,
      }
      assert.error_matches(function() logging:participant(fixture.ids()) end, "from the logger")
      api:answer { json = fixture.envelope() }
      assert(client:participant(fixture.ids()))
      assert.has_error(function()
        logging:participant(fixture.ids { logger = function() error({}) end })
      end)
      assert(client:participant(fixture.ids()))
    end)
  end
end)
