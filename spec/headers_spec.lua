local internals = require "rtk_internals"

local function fields(lines)
  local result, list = internals.headers(lines)
  assert.equal("ok", result)
  return list
end

describe("headers", function()
  it("keeps fields in order, names in lower case, values without white space around", function()
    assert.same({ { "content-type", "application/json" }, { "x-a", "b  c" } },
      fields { "Content-Type: application/json\r\n", "X-A:\t b  c \t\r\n", "\r\n" })
  end)

  it("keeps a field without a value", function()
    assert.same({ { "x-a", "" } }, fields { "X-A:\r\n" })
  end)

  it("keeps repeated fields apart", function()
    assert.same({ { "x-a", "1" }, { "x-a", "2" } }, fields { "X-A: 1\r\n", "x-a: 2\r\n" })
  end)

  it("begins anew at a status line, so that informational answers leave nothing", function()
    assert.same({ { "x-a", "2" } },
      fields { "HTTP/1.1 103 Early Hints\r\n", "Link: x\r\n", "\r\n", "HTTP/1.1 200 OK\r\n",
        "X-A: 2\r\n" })
    assert.same({ { "x-a", "2" } },
      fields { "HTTP/2 100 \r\n", "\r\n", "HTTP/2 103 \r\n", "Link: x\r\n", "\r\n",
        "HTTP/2 200 \r\n", "X-A: 2\r\n" })
  end)

  it("takes the first line of a head alone for a status line", function()
    local head = { "HTTP/1.1 200 OK\r\n", "X-A: 1\r\n", "HTTP/1.1: x\r\n", "http/ 100\r\n" }
    assert.same({ { "x-a", "1" }, { "http/1.1", "x" } }, fields(head))
  end)

  it("passes over what comes after the final head, whatever it is called", function()
    for _, trailer in ipairs { "X-B: 2", "HTTP/1.1 200 OK", "HTTP/x: y", "HTTP/1.1 100", " 2" } do
      assert.same({ { "x-a", "1" } }, fields { "HTTP/1.1 200 OK\r\n", "X-A: 1\r\n", "\r\n",
        trailer .. "\r\n", "X-C: 3\r\n", "\r\n" })
    end
  end)

  it("joins a folded line to the field before it", function()
    assert.same({ { "x-a", "1 2 3" } }, fields { "X-A: 1\r\n", "  2\r\n", "\t3 \r\n" })
  end)

  it("has no white space before a value that begins on a folded line", function()
    assert.same({ { "x-a", "1" } }, fields { "X-A:\r\n", " 1\r\n" })
    assert.same({ { "x-a", "1: 2" } }, fields { "X-A: 1:\r\n", " 2\r\n" })
  end)

  it("passes over what is no field", function()
    assert.same({ { "x-a", "1" } },
      fields { " folded into nothing\r\n", "no colon\r\n", ": no name\r\n", " : none\r\n", "",
        "X-A: 1\r\n" })
  end)

  it("keeps bytes that are not text", function()
    assert.same({ { "x-a", "\255\0\r\128" } }, fields { "X-A: \255\0\r\128\r\n" })
  end)

  it("does not let a line end within a line make another field", function()
    assert.same({ { "x-a", "1 x-b: 2" } }, fields { "X-A: 1\nx-b: 2\r\n" })
    assert.same({ { "x y", "1" } }, fields { "X\nY: 1\r\n" })
  end)

  it("takes 1,000 lines and no more", function()
    local lines = {}
    for i = 1, 1000 do lines[i] = "X-A: 1\r\n" end
    assert.equal(1000, #fields(lines))
    lines[1001] = "X-A: 1\r\n"
    assert.equal("too large", (internals.headers(lines)))
  end)

  it("takes 256 KiB and no more", function()
    local line = "X: " .. ("a"):rep(1024 * 64 - 5) .. "\r\n"
    assert.equal(4, #fields { line, line, line, line })
    assert.equal("too large", (internals.headers { line, line, line, line, "\r\n" }))
  end)

  it("counts the lines of trailers, too", function()
    local lines = { "HTTP/1.1 200 OK\r\n", "\r\n" }
    for i = 3, 1001 do lines[i] = "X-A: 1\r\n" end
    assert.equal("too large", (internals.headers(lines)))
  end)

  it("counts the lines of informational answers, too", function()
    local lines = {}
    for i = 1, 1001 do lines[i] = "HTTP/1.1 100 Continue\r\n" end
    assert.equal("too large", (internals.headers(lines)))
  end)
end)

describe("headers: Ratelimit", function()
  local function rate_limit(value)
    return { internals.rate_limit { "Ratelimit: " .. value } }
  end

  local read = {
    ['"default";r=50;t=30'] = { 50, 30 },
    ["default;r=0;t=1"] = { 0, 1 },
    ['"default"; r=50; t=30'] = { 50, 30 },
    ['"default";t=30;r=50'] = { 50, 30 },
    ['"a;r=1;t=1";r=7;t=8'] = { 7, 8 },
    ['"default";q=100;r=50;w=60;t=30;x="y"'] = { 50, 30 },
    ['"burst";r=50;t=30, "day";r=3;t=900'] = { 3, 900 },
    ['"a,b";r=5;t=6, nonsense'] = { 5, 6 },
  }
  for value, expected in pairs(read) do
    it("is read: " .. value, function()
      assert.same(expected, rate_limit(value))
    end)
  end

  for _, value in ipairs { "", '"default"', '"default";r=50', '"default";t=30',
    '"default";r=-1;t=30', '"default";r=x;t=30', '"default";r=5x;t=30',
    '"default";r=;t=30', '"default;r=50;t=30',
    '"default";r=1.5;t=30', '"default";r=' .. ("9"):rep(20) .. ";t=30", ";r", "r=50;t=" } do
    it("is not read: " .. value, function()
      assert.same({}, rate_limit(value))
    end)
  end

  it("is absent when the field is", function()
    assert.same({}, { internals.rate_limit { "X-A: 1" } })
  end)
end)
