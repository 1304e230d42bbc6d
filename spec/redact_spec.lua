local internals = require "rtk_internals"

local secret = [[to%k/"e\n-8]]

local function encoded(text, pattern, form)
  return (text:gsub(pattern, function(c) return form:format(c:byte()) end))
end

local spellings = {
  ["as it is"] = secret,
  ["percent-encoded, where it has to be"] = encoded(secret, "[^%w%-._~]", "%%%02X"),
  ["percent-encoded, all of it"] = encoded(secret, ".", "%%%02x"),
  ["with JSON's short escapes"] = [[to%k\/\"e\\n-8]],
  ["with JSON's long escapes"] = encoded(secret, '[/"\\]', "\\u%04x"),
  ["with JSON's long escapes, all of it"] = encoded(secret, ".", "\\u%04X"),
  ["with one escape"] = "%74" .. secret:sub(2),
}

describe("redact", function()
  for what, spelt in pairs(spellings) do
    it("overwrites a secret wherever it stands: " .. what, function()
      local stars = ("*"):rep(#spelt)
      for _, form in ipairs { "@", "a @", "@ b", "@@", "to@,to%@;", "%2@", "%u@" } do
        local text = form:gsub("@", function() return spelt end)
        local expected = form:gsub("@", function() return stars end)
        local redacted, found = internals.redact(secret, text)
        assert.equal(expected, redacted)
        assert.is_true(found)
        assert.same({ redacted, false }, { internals.redact(secret, redacted) })
      end
    end)
  end

  it("leaves alone what is not the secret", function()
    for _, text in ipairs { "", "to%k", secret:sub(2), secret:upper(), "%", "%7", "\\", "\\u",
      "\\u007", "%zz%zz", encoded(secret:sub(2), ".", "%%%02x"), "\\u0174" .. secret:sub(2),
      "x" .. secret:sub(1, 7) } do
      assert.same({ text, false }, { internals.redact(secret, text) })
    end
  end)

  it("takes no secret of less than 8 bytes for one", function()
    assert.equal("1234567", (internals.redact("1234567", "1234567")))
    assert.equal("********", (internals.redact("12345678", "12345678")))
    assert.equal("a", (internals.redact("", "a")))
  end)

  it("overwrites what of a secret begins at the end, where the text may have been cut", function()
    assert.equal("x********", (internals.redact("0123456789", "x01234567")))
    assert.equal("*********", (internals.redact("0123456789", "012345678")))
    assert.equal("x0123456", (internals.redact("0123456789", "x0123456")))
  end)

  it("comes to an end with a secret of asterisks", function()
    assert.equal(("*"):rep(30), (internals.redact(("*"):rep(9), ("*"):rep(30))))
  end)

  it("finds one without anything to escape behind what begins like it", function()
    local plain = "abcdefgh12"
    assert.equal("a abcdefgh1a **********", (internals.redact(plain, "a abcdefgh1a " .. plain)))
    local spelt = plain:gsub("h", "%%68")
    assert.equal("a%20ab" .. ("*"):rep(#spelt), (internals.redact(plain, "a%20ab" .. spelt)))
  end)

  it("overwrites repeated ones", function()
    assert.equal(("*"):rep(24), (internals.redact("abababab", ("ab"):rep(12))))
  end)

  -- To look for escapes again behind each secret takes some hundred times as long.
  it("looks once whether there are escapes, however many secrets a text has", function()
    local function seconds_of(text)
      local quickest = math.huge
      for _ = 1, 3 do
        local before = os.clock()
        internals.redact("abcdefgh", text)
        quickest = math.min(quickest, os.clock() - before)
      end
      return quickest
    end
    for _, last in ipairs { "", "%", "\\" } do
      local none, many = ("abcdefgi"):rep(163840) .. last, ("abcdefgh"):rep(163840) .. last
      assert.is_true(seconds_of(many) < 8 * seconds_of(none))
    end
  end)
end)
