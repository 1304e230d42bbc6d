-- What a reading of the code found, each as it showed itself.

local fixture = require "spec.support.fixture"
local internals = require "rtk_internals"

describe("a finalizer that closes the client while a call is set up", function()
  local api = fixture.server()

  -- Many objects whose finalizers close it, so that one runs at each allocation there is. In a
  -- process of its own, as each allocation there goes through all that there is.
  local source = [[
    local fixture = require "spec.support.fixture"
    local url, use = %q, %s
    collectgarbage("setpause", 10)
    collectgarbage("setstepmul", 100000)
    for _ = 1, 300 do
      local client = fixture.client(url)
      local function trap() client:close() end
      if newproxy then
        getmetatable(newproxy(true)).__gc = trap
      else
        setmetatable({}, { __gc = trap })
      end
      local ok, message = pcall(use, client)
      if not ok and not message:find("closed") then print(message) end
    end
    print "end"
  ]]

  local uses = {
    ["by a plain call"] = [[function(client) client:participant("a", "b", "c") end]],
    ["by a call with options"] = [[function(client)
      client:participant("a", "b", "c", { query = { a = "b" } })
    end]],
    ["by with"] = [[function(client) client:with { query = { a = "b" } } end]],
  }
  for what, use in pairs(uses) do
    it("does no harm: " .. what, function()
      api:answer { json = fixture.envelope() }
      assert.equal("end\n", fixture.run(source:format(api.url, use)))
    end)
  end
end)

describe("an error that a hook raises", function()
  local api = fixture.server()

  it("in the decoder is not taken for bad JSON", function()
    api:answer { json = fixture.envelope('{"id":"x","e":[' .. ("1,"):rep(2000) .. "1]}") }
    local client = fixture.client(api.url)
    local seen = 0
    for count = 1, 12 do
      local ok, participant, err = pcall(function()
        local calls, inside = 0, true
        debug.sethook(function()
          calls = calls + 1
          if inside and calls > count then
            debug.sethook()
            error("from the hook", 0)
          end
        end, "c")
        local found, why = client:participant("a", "b", "c")
        inside = false
        debug.sethook()
        return found, why
      end)
      if not ok then
        seen = seen + 1
        assert.equal("from the hook", participant)
      else
        assert.is_nil(err)
      end
    end
    assert.is_true(seen > 0)
  end)

  it("during a wait ends the call at the next signal", function()
    api:answer { status = 503, headers = { "Retry-After: 30" } }
    local client = fixture.client(api.url, { max_retries = 1 })
    local hooked = client:with {
      logger = function(_, message)
        if message ~= "retry" then return end
        internals.alarm(0.05)
        debug.sethook(function()
          debug.sethook()
          error("interrupted!", 0)
        end, "c")
      end,
    }
    local ok, message = pcall(hooked.participant, hooked, fixture.ids())
    debug.sethook()
    internals.alarm(0)
    assert.is_false(ok)
    assert.matches("interrupted!", message)
  end)
end)

describe("a failure", function()
  local api = fixture.server()

  it("does not decode a body that was refused already", function()
    local _, _, failure = fixture.fetch(api,
      { body = '{"errors":[{"message":"decoded"}],"x":"' .. ("x"):rep(1000) .. '"}' },
      { max_response_bytes = 900 })
    assert.equal("too_large", failure.kind)
    assert.same({}, failure.errors)
  end)

  it("has at most 64 errors", function()
    local _, _, failure = fixture.fetch(api,
      { status = 400, json = '{"errors":[' .. ("{},"):rep(999) .. "{}]}" })
    assert.equal(64, #failure.errors)
  end)

  it("has no credential in it that the server spelt with JSON's escapes", function()
    local token = "tok/abcdefgh-SECRET-1234"
    local _, err, failure = fixture.fetch(api, { status = 401, json =
      [[{"errors":[{"message":"bad \u0074ok\/abcdefgh-SECRET-1234"}],
        "messages":[{"tok\/abcdefgh-SECRET-1234":1,"m":"tok\/abcdefgh-SECRET-1234"}]}]] },
      { api_token = token })
    assert.is_nil(err:find("SECRET", 1, true))
    assert.is_nil(failure.errors[1].message:find("SECRET", 1, true))
    for key in pairs(failure.messages[1]) do assert.is_nil(key:find("SECRET", 1, true)) end
    assert.is_nil(failure.messages[1].m:find("SECRET", 1, true))
  end)
end)

describe("a header that echoes a credential", function()
  local api = fixture.server()

  it("is overwritten in a success, and for the logger", function()
    local told = {}
    local _, _, response = fixture.fetch(api, { json = fixture.envelope(),
      headers = { "X-Echo: Bearer " .. fixture.token, "CF-Ray: " .. fixture.token } },
      { logger = function(_, _, fields) told[#told + 1] = tostring(fields.request_id) end })
    assert.is_nil(response.headers["x-echo"]:find(fixture.token, 1, true))
    assert.is_nil(response.request_id:find(fixture.token, 1, true))
    assert.is_nil(table.concat(told):find(fixture.token, 1, true))
  end)
end)

describe("the logger", function()
  local api = fixture.server()

  local failing = {
    api_error = { json = fixture.error_envelope(1, "no") },
    bad_response = { json = "[]" },
  }
  for kind, answer in pairs(failing) do
    it("is told of a failure that only the body shows: " .. kind, function()
      local last
      fixture.fetch(api, answer, { logger = function(level, message, fields)
        last = ("%s %s %s"):format(level, message, tostring(fields.kind))
      end })
      assert.equal("error failure " .. kind, last)
    end)
  end
end)

describe("http_version", function()
  local api = fixture.server()

  it("1.1 is the default's own connection", function()
    api:answer { json = fixture.envelope() }
    local client = fixture.client(api.url)
    for i = 1, 6 do
      assert(client:participant(fixture.ids(i % 2 == 0 and { http_version = "1.1" } or nil)))
    end
    assert.equal(1, api:seen().connections)
  end)
end)
