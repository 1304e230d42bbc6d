-- What one attempt takes of an answer's body, and what it costs.

local bodies = require "spec.support.bodies"
local fixture = require "spec.support.fixture"
local process_info = require "spec.support.process_info"

local envelope = fixture.envelope()
local ok = { json = envelope }
local raw, fails = fixture.raw, fixture.fails

-- What a child process says of one call: the failure's kind, and by how many KiB its greatest size
-- grew. The call before it, of the same client, is not counted.
local function growth(api, opts)
  if not process_info.peak() then pending("no /proc here to read the memory from") end
  local output = fixture.run(([[
    local fixture = require "spec.support.fixture"
    local process_info = require "spec.support.process_info"
    local client = fixture.client(%q, { max_response_bytes = %d })
    assert(client:participant(fixture.ids()))
    local before = process_info.peak()
    local _, _, failure = client:participant(fixture.ids())
    print(failure.kind, process_info.peak() - before)
  ]]):format(api.url, opts.max_response_bytes))
  local kind, kib = output:match("^([%w_]+)\t(%d+)\n$")
  if not kind then error("the child process said: " .. output) end
  return kind, tonumber(kib)
end

describe("intake: the size of a body", function()
  local api = fixture.server()

  local function encoded(encoding)
    return { encoding = encoding, body = bodies[encoding](envelope) }
  end

  local forms = {
    plain = function() return { json = envelope } end,
    chunked = function() return { json = envelope, chunked = { 1, 2, 3 } } end,
    ["without a length"] = function()
      return { raw = raw({ "HTTP/1.1 200 OK" }, envelope), close = true }
    end,
    gzip = function() return encoded "gzip" end,
  }
  for what, make in pairs(forms) do
    it("may be exactly max_response_bytes: " .. what, function()
      local participant, err = fixture.fetch(api, make(), { max_response_bytes = #envelope })
      assert.is_nil(err)
      assert.equal(fixture.participant, participant.id)
    end)

    it("may not be one byte more: " .. what, function()
      local client = fixture.client(api.url, { max_response_bytes = #envelope - 1,
        max_retries = 2 })
      api:answer(make())
      local participant, err, failure = client:participant(fixture.ids())
      assert.is_nil(participant)
      assert.equal("too_large", failure.kind)
      assert.equal(1, failure.attempts)
      assert.equal(200, failure.status)
      assert.matches(("over %d bytes (option max_response_bytes)"):format(#envelope - 1), err, 1,
        true)
      assert.equal(1, #api:seen().requests)
    end)
  end

  it("that has no end is too_large", function()
    local _, failure = fails(api, "too_large", { endless = "body" },
      { max_response_bytes = 1048576 })
    assert.equal(200, failure.status)
  end)

  it("that has no end, in chunks, is too_large", function()
    fails(api, "too_large", { endless = "body", chunked = true }, { max_response_bytes = 100000 })
  end)

  it("of a gzip bomb of 64 MiB in 64 KiB ends at max_response_bytes, in little memory", function()
    local bomb = bodies.gzip_bomb()
    assert.is_true(#bomb < 70000)
    api:answer(ok, { encoding = "gzip", body = bomb })
    local kind, kib = growth(api, { max_response_bytes = 1048576 })
    assert.equal("too_large", kind)
    assert.is_true(kib < 4096, kib .. " KiB more")
  end)

  it("of an error does not matter: a gzip bomb with a 404 is a not_found, in little memory",
    function()
      api:answer(ok, { status = 404, encoding = "gzip", body = bodies.gzip_bomb() })
      local kind, kib = growth(api, { max_response_bytes = 67108864 })
      assert.equal("not_found", kind)
      assert.is_true(kib < 4096, kib .. " KiB more")
    end)

  it("of an error does not matter: 8 MiB with a 404 are a not_found, in little memory", function()
    api:answer(ok, { status = 404, repeat_body = { bytes = ("x"):rep(8192), times = 1024 } })
    local kind, kib = growth(api, { max_response_bytes = 67108864 })
    assert.equal("not_found", kind)
    assert.is_true(kib < 4096, kib .. " KiB more")
  end)

  for status, kind in pairs { [403] = "permission_denied", [503] = "server_error" } do
    it(("of an error ends after its first part: 8 MiB with a %d, of which 4 KiB are kept")
      :format(status), function()
      local _, failure = fails(api, kind,
        { status = status, repeat_body = { bytes = ("x"):rep(8192), times = 1024 } })
      assert.equal(status, failure.status)
      assert.equal(("x"):rep(4096), failure.body)
      assert.equal(2, api:seen().connections) -- what was left of it went with its connection
    end)
  end

  it("of an error is read up to 100 KiB, and its connection serves the next call", function()
    local _, failure = fails(api, "not_found", { status = 404, body = ("x"):rep(102400) })
    assert.equal(("x"):rep(4096), failure.body)
    assert.equal(1, api:seen().connections)
  end)

  it("of an error is not judged by max_response_bytes", function()
    local _, failure = fails(api, "not_found",
      { status = 404, json = fixture.error_envelope(1404, "none such") })
    assert.equal("none such", failure.errors[1].message)
    api:answer { status = 404, json = fixture.error_envelope(1404, "none such") }
    local _, _, cut = fixture.client(api.url, { max_response_bytes = 10 })
      :participant(fixture.ids())
    assert.equal("not_found", cut.kind)
    assert.equal('{"success"', cut.body)
  end)
end)
