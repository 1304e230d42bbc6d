--[[
Bytes that a server sends behind an answer, without being asked. Sent after a pause, the answer's
body is read for itself, and what is behind it stays unread: in the socket, or in a TLS session
where it came in one record with the body. The server has written it all when it says what it has
seen.
]]

local assert = require "luassert"
local fixture = require "spec.support.fixture"

local stray = {}

local function answer_of(body)
  return fixture.raw({ "HTTP/1.1 200 OK", "Content-Length: " .. #body }, body)
end

local forged = answer_of(fixture.envelope '{"id":"forged"}')

stray.kinds = {
  ["a whole answer"] = forged, ["half an answer"] = forged:sub(1, 20), ["garbage"] = "\0\1",
}

-- One call that gets an answer with a body of so many bytes and `rest` behind it, then three more
-- of the same client, each of which has to get its own at the first attempt.
function stray.check(api, url, opts, size, rest)
  local empty = fixture.envelope '{"id":"first","x":""}'
  local body = empty:gsub('""', function() return '"' .. ("x"):rep(size - #empty) .. '"' end)
  api:answer({ raw = answer_of(body) .. rest, delay_after_head = 0.05 }, { echo = true })
  local client = fixture.client(url, opts)
  assert.equal("first", assert(client:participant(fixture.ids())).id)
  for _ = 1, 3 do
    api:seen()
    local participant, err, response = client:participant("app", "session", "mine")
    assert.is_nil(err)
    assert.equal("mine", participant.id)
    assert.equal(1, response.attempts)
  end
  local seen = api:seen()
  assert.equal(2, seen.connections + seen.proxy.connections) -- the first and its successor
  assert.equal(4, seen.request_count)
  client:close()
end

return stray
