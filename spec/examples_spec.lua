local examples = require "spec.support.examples"
local fixture = require "spec.support.fixture"
local process = require "spec.support.process"
local socket = require "socket"

local lua = process.lua

local function run_example(arguments, environment)
  return examples.run("participant.lua " .. arguments, environment)
end

describe("examples/participant.lua", function()
  local sandbox

  lazy_setup(function() sandbox = examples.start_sandbox() end)
  lazy_teardown(function() examples.stop_sandbox(sandbox) end)

  local ids = table.concat({ fixture.app, fixture.session, fixture.participant }, " ")

  local function environment(more) return examples.environment(sandbox.url, more) end

  it("prints names, times, duration, events and call quality", function()
    local output, status = run_example(ids, environment())
    assert.equal(0, status)
    for _, text in ipairs { "Zoë Łukasz 李", "2025-06-03 09:15:02 UTC", "41 min 30 s",
      "PEER_JOINING", "PEER_LEAVING", "Ghent", "Firefox", "Call quality", "audio sent" } do
      assert.matches(text, output, 1, true)
    end
  end)

  it("prints the older shape as well, and leaves out what was never measured", function()
    local ids_of = fixture.app .. " " .. fixture.session .. " "
    local output = run_example(ids_of .. "b0c7e5a2-6d19-4f83-8a4e-1f2d3c4b5a69", environment())
    assert.matches("\n  audio and video +4%.%d good\n  audio  .- ms\n  video  .- ms\n", output)
    local status
    output, status = run_example(ids_of .. "d81f3e6c-7a05-4b9d-b2c6-5e4f9a0d1c78", environment())
    assert.equal(0, status)
    assert.matches("Yusuf Demirci", output, 1, true)
    assert.is_nil(output:find("Call quality", 1, true))
  end)

  it("fits into 80 columns", function()
    local output = run_example(ids, environment())
    for line in output:gmatch("[^\n]+") do
      local _, characters = line:gsub("[^\128-\191]", "")
      assert.is_true(characters <= 80, line)
    end
  end)

  it("says what is wrong, with a hint, and exits with 1", function()
    local output, status = run_example("app session nobody", environment())
    assert.equal(1, status)
    assert.matches("^404 not_found: ", output)
    assert.matches("CLOUDFLARE_ACCOUNT_ID", output, 1, true)
    output, status = run_example(ids, environment { CLOUDFLARE_API_TOKEN = "invalid" })
    assert.equal(1, status)
    assert.matches("^401 authentication: ", output)
  end)

  it("says what it needs when it is told nothing, and exits with 2", function()
    local output, status = run_example("", environment())
    assert.equal(2, status)
    assert.matches("participant_id", output, 1, true)
  end)
end)

describe("examples/sandbox.lua", function()
  it("stops at the end of its input when asked to", function()
    local output, status = process.run(
      "(head -c 0; read -r -t 0.1 x || true) | " .. lua .. " examples/sandbox.lua --until-eof")
    assert.equal(0, status)
    assert.matches("^sandbox listening on ", output)
  end)

  it("stops with status 0 when it is told to terminate, and frees its port", function()
    local sandbox = examples.start_sandbox()
    local port = tonumber(sandbox.url:match(":(%d+)/"))
    assert(socket.connect("127.0.0.1", port)):close()
    examples.stop_sandbox(sandbox)
    assert.is_nil((socket.connect("127.0.0.1", port)))
  end)

  it("answers as the reference does to unknown ids, methods and tokens", function()
    local sandbox = examples.start_sandbox()
    local function ask(path, opts)
      opts.base_url, opts.account_id = sandbox.url, opts.account_id or fixture.account
      local _, _, failure = require("realtimekit").participant(fixture.app, path,
        fixture.participant, opts)
      return failure.kind, failure.errors[1].code
    end
    assert.same({ "not_found", 1404 }, { ask("nowhere", { api_token = "x" }) })
    assert.same({ "not_found", 1404 },
      { ask(fixture.session, { api_token = "x", account_id = "y" }) })
    assert.same({ "authentication", 10000 }, { ask(fixture.session, { api_token = "invalid" }) })
    assert.same({ "unprocessable", 1422 },
      { ask(fixture.session, { api_token = "x", query = { filters = "nonsense" } }) })
    examples.stop_sandbox(sandbox)
  end)
end)
