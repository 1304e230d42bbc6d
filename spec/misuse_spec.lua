-- What an error of misuse says: the argument, the option, what was expected and what was there.

local fixture = require "spec.support.fixture"

local client = fixture.client("http://127.0.0.1:1")

local function message_of(opts)
  local ok, message = pcall(function()
    local result = client:sessions("app", opts)
    return result
  end)
  assert.is_false(ok)
  return message
end

describe("misuse", function()
  it("names the argument and the option", function()
    assert.matches("bad argument #2 to ", message_of { search = 5 }, 1, true)
    assert.matches("(option 'search': a string expected, got number)", message_of { search = 5 }, 1,
      true)
  end)

  it("tells the number that is wrong", function()
    assert.matches("(option 'page_no': an integer from 0 to 2147483647 expected, got -1)",
      message_of { page_no = -1 }, 1, true)
    assert.matches("expected, got 0.5)", message_of { page_no = 0.5 }, 1, true)
  end)

  it("tells the type alone of what is no number", function()
    assert.matches("expected, got string)", message_of { page_no = "secret" }, 1, true)
    assert.matches("expected, got boolean)", message_of { page_no = true }, 1, true)
  end)

  it("suggests the nearest name, and none when there is none", function()
    assert.matches("unknown option 'page' (did you mean 'page_no'?)", message_of { page = 1 }, 1,
      true)
    assert.matches("unknown option 'zzzzzz')", message_of { zzzzzz = 1 }, 1, true)
  end)
end)
