local internals = require "rtk_internals"

describe("text", function()
  it("keeps plain text and UTF-8 as they are", function()
    assert.equal("Zoë Łukasz 李 🎧", internals.text(512, "Zoë Łukasz 李 🎧"))
  end)

  local escaped = {
    ["a line feed"] = { "a\nb", [[a\x0ab]] },
    ["a carriage return"] = { "a\rb", [[a\x0db]] },
    ["a terminal's escape"] = { "\27[31mred", [[\x1b[31mred]] },
    ["a NUL byte"] = { "a\0b", [[a\x00b]] },
    ["a DEL"] = { "\127", [[\x7f]] },
    ["a C1 control as a bare byte"] = { "\155[31m", [[\x9b[31m]] },
    ["a C1 control in UTF-8"] = { "\194\155[31m", [[\xc2\x9b[31m]] },
  }
  for what, case in pairs(escaped) do
    it("makes visible: " .. what, function()
      assert.equal(case[2], internals.text(512, case[1]))
    end)
  end

  it("keeps bytes that are no UTF-8, which no terminal acts on", function()
    assert.equal("\255a\195(", internals.text(512, "\255a\195("))
  end)

  it("is cut with three dots at its limit", function()
    assert.equal("abcdefg...", internals.text(10, "abcdefghijk"))
    assert.equal("abcdefg", internals.text(10, "abcdefg"))
  end)

  it("is never cut within a character or an escape", function()
    assert.equal("abcdef...", internals.text(10, "abcdef\195\169"))
    assert.equal("abcde...", internals.text(10, "abcde\nx"))
  end)

  it("adds nothing behind a cut", function()
    assert.equal("abcdef...", internals.text(10, "abcdef", "\195\169\195\169", "g"))
  end)

  it("is at most 512 bytes of anything", function()
    assert.equal(512, #internals.text(512, ("x"):rep(100000)))
  end)

  local quoted = {
    ["a http://u:p@h:1/x b"] = "a http://h:1/x b",
    ["a 'socks5://u@x:p@h' b"] = "a 'socks5://h' b",
    ["a 'u:p w@h:1' b"] = "a 'h:1' b",
    ["a u:p@h b"] = "a h b",
    ["u:p@h"] = "h",
    ["a 'x://u:it's@h' b"] = "a 'x://h' b",
  }
  for text, expected in pairs(quoted) do
    it("leaves user and password out: " .. text, function()
      assert.equal(expected, internals.text_without_user_info(512, text))
    end)
  end

  it("leaves a URL without them alone", function()
    local plain = "see 'https://a.b/c' d"
    assert.equal(plain, internals.text_without_user_info(512, plain))
  end)
end)
