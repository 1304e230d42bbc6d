local internals = require "rtk_internals"

local path = "/accounts/{account_id}/realtime/kit/{app_id}/sessions/{session_id}/participants/"
  .. "{participant_id}"

describe("url: an id", function()
  local refused = {
    ["an empty text"] = { "", "is empty" },
    ["'.'"] = { ".", "another place" },
    ["'..'"] = { "..", "another place" },
    ["'%2e'"] = { "%2e", "another place" },
    ["'%2E%2e'"] = { "%2E%2e", "another place" },
    ["'.%2e'"] = { ".%2e", "another place" },
    ["256 bytes"] = { ("a"):rep(256), "255 bytes" },
    ["a line feed"] = { "a\nb", "control character" },
    ["a NUL byte"] = { "a\0b", "control character" },
    ["a DEL"] = { "a\127", "control character" },
    ["a tab"] = { "\ta", "control character" },
  }
  for what, case in pairs(refused) do
    it("is refused when it is or has " .. what, function()
      assert.matches(case[2], internals.check_id(case[1]), 1, true)
    end)
  end

  for _, id in ipairs { "a", "...", "%2e%2e%2e", "..a", "%2f", "a/b", "ünï", "\255",
    ("x"):rep(255) } do
    it(("is taken as it is: %q"):format(#id < 20 and id or #id .. " bytes"), function()
      assert.is_nil(internals.check_id(id))
    end)
  end
end)

describe("url: a path", function()
  it("gets its parameters in order, each as one segment", function()
    local text, rest = internals.expand(path, "acc", "app", "ses", "par")
    assert.equal("/accounts/acc/realtime/kit/app/sessions/ses/participants/par", text)
    assert.equal("", rest)
  end)

  it("keeps unreserved characters and encodes every other byte in upper case", function()
    local text = internals.expand("/{x}", "aZ09-._~ /?#[]@!$&'()*+,;=%{}\"<>\\^`|é")
    assert.equal("/aZ09-._~%20%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D%25%7B%7D%22"
      .. "%3C%3E%5C%5E%60%7C%C3%A9", text)
  end)

  it("encodes all 256 bytes so that they decode to themselves", function()
    local bytes = {}
    for byte = 0, 255 do bytes[#bytes + 1] = string.char(byte) end
    local all = table.concat(bytes)
    local text = internals.expand("{x}", all)
    assert.is_nil(text:find("[^%w%-%._~%%]"))
    assert.equal(all, (text:gsub("%%(%x%x)", function(hex)
      return string.char(tonumber(hex, 16))
    end)))
  end)

  it("encodes the percent sign of an id that looks encoded already", function()
    assert.equal("/%252e%252e%252f", (internals.expand("/{x}", "%2e%2e%2f")))
  end)

  it("stops at the first parameter that has no value yet", function()
    local text, rest = internals.expand(path, "acc")
    assert.equal("/accounts/acc/realtime/kit/", text)
    assert.equal("{app_id}/sessions/{session_id}/participants/{participant_id}", rest)
  end)
end)

describe("url: a base URL", function()
  local good = {
    ["https://api.cloudflare.com/client/v4"] = { "api.cloudflare.com", "/client/v4" },
    ["https://api.cloudflare.com/client/v4/"] = { "api.cloudflare.com", "/client/v4" },
    ["https://api.cloudflare.com/client/v4///"] = { "api.cloudflare.com", "/client/v4" },
    ["HTTPS://Example.ORG"] = { "Example.ORG", "" },
    ["https://example.org:8443/a%20b"] = { "example.org:8443", "/a%20b" },
    ["https://[2001:db8::1]:443/x"] = { "[2001:db8::1]:443", "/x" },
    ["https://[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]"] =
      { "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]", "" },
    ["https://192.0.2.1"] = { "192.0.2.1", "" },
    ["https://example.org/a@b"] = { "example.org", "/a@b" },
  }
  for text, parts in pairs(good) do
    it("is read: " .. text, function()
      local wrong, host, base_path, tls = internals.read_base(text)
      assert.is_nil(wrong)
      assert.same(parts, { host, base_path })
      assert.is_true(tls)
    end)
  end

  for _, host in ipairs { "localhost", "LocalHost:80", "127.0.0.1", "127.255.0.9:8080",
    "[::1]:9" } do
    it("may be plain http where the host is loopback: " .. host, function()
      local wrong, _, _, tls, loopback = internals.read_base("http://" .. host .. "/v4")
      assert.is_nil(wrong)
      assert.is_false(tls)
      assert.is_true(loopback)
    end)
  end

  local not_loopback = {
    "example.org", "localhost.example.org", "127.0.0.1.example.org", "128.0.0.1", "0.0.0.0",
    "127.1", "127.0.0.01", "127.0.0.256", "127.0.0.1.1", "0x7f.0.0.1", "2130706433", "[::2]",
    "[::ffff:127.0.0.1]", "localhost.", "10.0.0.1", "127.0.0.",
  }
  for _, host in ipairs(not_loopback) do
    it("is not plain http to " .. host, function()
      assert.matches("plain http", internals.read_base("http://" .. host), 1, true)
    end)
  end

  local refused = {
    ["api.cloudflare.com/client/v4"] = "no scheme",
    ["//api.cloudflare.com"] = "no scheme",
    [""] = "no scheme",
    ["https:/example.org"] = "no scheme",
    ["ftp://example.org"] = "scheme other than https",
    ["file:///etc/passwd"] = "scheme other than https",
    ["httpss://example.org"] = "scheme other than https",
    ["https://[::::1]/"] = "not of the form",
    ["https://[1]/"] = "not of the form",
    ["https://[127.0.0.1]/"] = "not of the form",
    ["https://[1:2:3:4:5:6:7:8:9]/"] = "not of the form",
    ["https://[12345::1]/"] = "not of the form",
    ["https://[::1.2.3]/"] = "not of the form",
    ["https://[::1%25lo]/"] = "not of the form",
    ["https://[" .. ("0:"):rep(40) .. ":1]/"] = "not of the form",
    ["https://user@example.org"] = "user information",
    ["https://user:secret@example.org/x"] = "user information",
    ["https://example.org:80@evil.example"] = "user information",
    ["https://example.org\\@evil.example/"] = "user information",
    ["https://example.org/x?y=1"] = "query or a fragment",
    ["https://example.org?y"] = "query or a fragment",
    ["https://example.org/#x"] = "query or a fragment",
    ["https://example.org#x"] = "query or a fragment",
    ["https://"] = "not of the form",
    ["https:///path"] = "not of the form",
    ["https://exa mple.org"] = "not of the form",
    ["https://example.org/a b"] = "not of the form",
    ["https://example.org\\x"] = "not of the form",
    ["https://example.org:"] = "not of the form",
    ["https://example.org:0"] = "not of the form",
    ["https://example.org:65536"] = "not of the form",
    ["https://example.org:8a"] = "not of the form",
    ["https://[::1"] = "not of the form",
    ["https://[]"] = "not of the form",
    ["https://[::1]x"] = "not of the form",
    ["https://exämple.org"] = "not of the form",
    ["https://-a.org"] = "not of the form",
    ["https://.org"] = "not of the form",
    ["https://example.org/a%2"] = "not of the form",
    ["https://example.org/a%zz"] = "not of the form",
    ["https://example.org/../x"] = "not of the form",
    ["https://example.org/x/.."] = "not of the form",
    ["https://example.org/%2e%2E/x"] = "not of the form",
    ["https://example.org/<x>"] = "not of the form",
    ["https://example.org/\r\nX: y"] = "control character",
    ["https://example.org/\0"] = "control character",
  }
  for text, complaint in pairs(refused) do
    it(("is refused: %q"):format(text), function()
      assert.matches(complaint, internals.read_base(text), 1, true)
    end)
  end

  it("is refused when it is longer than 2048 bytes", function()
    assert.matches("2048", internals.read_base("https://example.org/" .. ("a"):rep(2048)), 1, true)
  end)

  it("is never quoted in the complaint, as it may hold a password", function()
    for text in pairs(refused) do
      if #text > 8 then
        assert.is_nil(internals.read_base(text):find(text, 1, true))
      end
    end
  end)
end)

describe("url: a proxy URL", function()
  local good = {
    ["http://proxy.example:3128"] = "proxy.example:3128",
    ["https://proxy.example"] = "proxy.example",
    ["socks5h://127.0.0.1:1080"] = "127.0.0.1:1080",
    ["proxy.example:3128"] = "proxy.example:3128",
    ["http://user:p%40ss@proxy.example:3128/"] = "proxy.example:3128",
    ["socks4a://[::1]:1"] = "[::1]:1",
  }
  for text, host in pairs(good) do
    it("is read: " .. text, function()
      local wrong, got = internals.read_proxy(text)
      assert.is_nil(wrong)
      assert.equal(host, got)
    end)
  end

  local refused = {
    ["ftp://proxy.example"] = "scheme other than",
    ["http://"] = "not of the form",
    [""] = "not of the form",
    ["http://proxy.example/path"] = "not of the form",
    ["http://a:b@c@proxy.example"] = "not of the form",
    ["http://proxy.example:99999"] = "not of the form",
    ["http://proxy.example\n"] = "control character",
  }
  for text, complaint in pairs(refused) do
    it(("is refused: %q"):format(text), function()
      assert.matches(complaint, internals.read_proxy(text), 1, true)
    end)
  end

  it("tells a loopback host from others", function()
    assert.is_true(select(3, internals.read_proxy("http://u:p@127.0.0.1:3128")))
    assert.is_false(select(3, internals.read_proxy("http://proxy.example:3128")))
  end)
end)

describe("url: decoding", function()
  it("undoes percent-encoding, and leaves alone what is none", function()
    for text, expected in pairs { [""] = "", a = "a", ["%41"] = "A", ["%2f%2F"] = "//",
      ["a%00b"] = "a\0b", ["%"] = "%", ["%4"] = "%4", ["%zz"] = "%zz", ["%%41"] = "%A",
      ["%2541"] = "%41" } do
      assert.equal(expected, internals.decode(text))
    end
  end)
end)
