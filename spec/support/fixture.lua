-- What the specs share: ids, credentials, envelopes, a client for a scripted server, and child
-- processes of the same Lua with an environment of their own.

local cjson = require "cjson"
local realtimekit = require "realtimekit"
local server = require "spec.support.server"

local fixture = {
  account = "0123456789abcdef0123456789abcdef",
  app = "fedcba98-7654-3210-fedc-ba9876543210",
  session = "0b9f8f6e-5d0a-4a51-8c1e-7b0f3c2a9d44",
  participant = "6f1a1f0e-3c1b-4f7e-9a52-2f4c1b9d7e10",
  token = "token-for-tests-0123456789abcdefghijkl",
}

fixture.path = ("/accounts/%s/realtime/kit/%s/sessions/%s/participants/%s"):format(
  fixture.account, fixture.app, fixture.session, fixture.participant)

-- The v4 envelope around a participant given as JSON text.
function fixture.envelope(participant)
  return ('{"success":true,"errors":[],"messages":[],"data":{"participant":%s}}'):format(
    participant or ('{"id":"%s"}'):format(fixture.participant))
end

-- The v4 envelope of a failure.
function fixture.error_envelope(code, message)
  return ('{"success":false,"errors":[{"code":%d,"message":%s}],"messages":[],"result":null}')
    :format(code, cjson.encode(message))
end

-- Options for a server at `url`, with `more` over them. No retries unless they are asked for.
function fixture.options(url, more)
  local opts = {
    account_id = fixture.account, api_token = fixture.token, base_url = url .. "/client/v4",
    max_retries = 0, timeout = 10,
  }
  for name, value in pairs(more or {}) do opts[name] = value end
  return opts
end

function fixture.client(url, more)
  return realtimekit.new(fixture.options(url, more))
end

-- The three ids, and `opts` after them.
function fixture.ids(opts)
  return fixture.app, fixture.session, fixture.participant, opts
end

-- One call against one scripted answer, with a client of its own.
function fixture.fetch(api, answer, opts)
  api:answer(answer)
  local client = fixture.client(api.url, opts)
  local participant, err, response = client:participant(fixture.ids())
  client:close()
  return participant, err, response
end

local PROMPT = 5 -- seconds that a failure should not take, unless it hangs

-- Fetches from `answer`, which has to fail as `kind` at the first attempt, in no great time; the
-- same client then gets a good answer. Returns err and failure.
function fixture.fails(api, kind, answer, opts)
  local assert = require "luassert"
  local client = fixture.client(api.url, opts)
  api:answer(answer, { json = fixture.envelope() })
  local participant, err, failure = client:participant(fixture.ids())
  assert.is_nil(participant)
  assert.equal(kind, failure.kind)
  assert.equal(1, failure.attempts)
  assert.is_true(failure.elapsed < PROMPT)
  assert.matches(kind .. ": .", err)
  local good, err_then = client:participant(fixture.ids { timeout = PROMPT })
  assert.is_nil(err_then)
  assert.equal(fixture.participant, good.id)
  client:close()
  return err, failure
end

-- The bytes of an answer: status line and header lines, then the body.
function fixture.raw(head, body)
  return table.concat(head, "\r\n") .. "\r\n\r\n" .. (body or "")
end

-- A server for all tests of the describe block that is being defined.
function fixture.server()
  local busted = require "busted"
  local api = {}
  busted.lazy_setup(function()
    local started = server.start()
    setmetatable(api, { __index = started })
  end)
  busted.lazy_teardown(function() getmetatable(api).__index:stop() end)
  return api
end

local function quote(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

local variables = {
  "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_EMAIL", "CLOUDFLARE_API_KEY",
  "CLOUDFLARE_API_USER_SERVICE_KEY", "CLOUDFLARE_BASE_URL", "https_proxy", "http_proxy",
  "all_proxy", "no_proxy", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY",
}

-- Runs Lua source in a process of the same Lua, with `environment` and none other of the variables
-- that this library or libcurl reads. Returns all it writes, to stdout and stderr.
function fixture.run(source, environment)
  local parts = { "env" }
  for _, name in ipairs(variables) do parts[#parts + 1] = "-u " .. name end
  for name, value in pairs(environment or {}) do
    parts[#parts + 1] = name .. "=" .. quote(value)
  end
  parts[#parts + 1] = os.getenv("LUA") or "lua5.4"
  parts[#parts + 1] = "-e " .. quote(source) .. " 2>&1"
  local pipe = assert(io.popen(table.concat(parts, " ")))
  local output = pipe:read("*a")
  pipe:close()
  return output
end

return fixture
