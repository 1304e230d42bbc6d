-- What a programmer is told of wrong arguments: the same for every way to make a call.

local fixture = require "spec.support.fixture"
local realtimekit = require "realtimekit"

local client = fixture.client("http://127.0.0.1:1")

-- What the call raises. A tail call, or pcall itself, would leave it without a name.
local function message_of(call, ...)
  local arguments, n = { ... }, select("#", ...)
  local passed, message = pcall(function()
    local result = call((table.unpack or unpack)(arguments, 1, n)) -- luacheck: globals unpack
    return result
  end)
  assert.is_false(passed)
  return message
end

for name, call in pairs {
  participant = function(...)
    local result = client:participant(...)
    return result
  end,
  start = function(...)
    local result = client:start(...)
    return result
  end,
  ["module's participant"] = realtimekit.participant,
  ["module's start"] = realtimekit.start,
} do
  describe("arguments of " .. name, function()
    it("are three strings: none may be missing, none a number", function()
      assert.matches("#1.*string expected, got n", message_of(call))
      assert.matches("#2.*string expected, got nil", message_of(call, "a", nil, "c"))
      assert.matches("#3.*string expected, got number", message_of(call, "a", "b", 3))
    end)

    it("end with a table of options", function()
      assert.matches("#4.*table expected, got string", message_of(call, "a", "b", "c", "d"))
      assert.matches("too many arguments: three ids and one table of options expected",
        message_of(call, "a", "b", "c", {}, nil), 1, true)
    end)

    it("may be given with nil for the options", function()
      local participant, _, outcome = client:participant("a", "b", "c", nil)
      assert.is_nil(participant)
      assert.equal("connection", outcome.kind)
    end)
  end)
end

for name, call in pairs {
  each_participant = function(...)
    local result = client:each_participant(...)
    return result
  end,
  ["module's each_participant"] = realtimekit.each_participant,
} do
  describe("arguments of " .. name, function()
    it("are two strings, a list or function, and a table of options", function()
      assert.matches("#1.*string expected, got n", message_of(call))
      assert.matches("#2.*string expected, got number", message_of(call, "a", 2, {}))
      assert.matches("#3.*a list of participant ids, or a function", message_of(call, "a", "b"))
      assert.matches("#3.*a list of participant ids, or a function",
        message_of(call, "a", "b", "c"))
      assert.matches("#4.*table expected, got boolean", message_of(call, "a", "b", {}, true))
      assert.matches("too many arguments: two ids, a list of ids and one table of options",
        message_of(call, "a", "b", {}, {}, {}), 1, true)
    end)
  end)
end

describe("ids that are no path segments", function()
  it("are refused by name", function()
    for i, name in ipairs { "app_id", "session_id", "participant_id" } do
      local ids = { "a", "b", "c" }
      ids[i] = "a\nb"
      local _, err = client:participant(ids[1], ids[2], ids[3])
      assert.matches("^invalid_request: " .. name .. " ", err)
    end
  end)
end)
