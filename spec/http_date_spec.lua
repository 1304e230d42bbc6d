local internals = require "rtk_internals"

local wall = 784111777 -- Sun, 06 Nov 1994 08:49:37 GMT

describe("http_date", function()
  local good = {
    ["Sun, 06 Nov 1994 08:49:37 GMT"] = wall,
    ["Sunday, 06-Nov-94 08:49:37 GMT"] = wall,
    ["Sun Nov  6 08:49:37 1994"] = wall,
    ["Sun Nov 16 08:49:37 1994"] = wall + 10 * 86400,
    ["Thu, 01 Jan 1970 00:00:00 GMT"] = 0,
    ["Tue, 29 Feb 2000 12:00:00 GMT"] = 951825600,
    ["Thu, 29 Feb 2024 23:59:59 GMT"] = 1709251199,
    ["Fri, 01 Mar 2024 00:00:00 GMT"] = 1709251200,
    ["Mon, 01 Mar 2100 00:00:00 GMT"] = 4107542400,
    ["Sat, 31 Dec 2016 23:59:60 GMT"] = 1483228800,
  }
  for text, seconds in pairs(good) do
    it("reads " .. text, function()
      assert.equal(seconds, internals.http_date(text, wall))
    end)
  end

  it("agrees with the system's calendar from 1970 to 2099", function()
    for seconds = 0, 4102444799, 86400 * 97 + 3607 do
      local text = os.date("!%a, %d %b %Y %H:%M:%S GMT", seconds)
      assert.equal(seconds, internals.http_date(text, 0), text)
    end
  end)

  it("takes a two-digit year for the one nearest to now, at most 50 years ahead", function()
    local in_1994 = wall
    assert.equal(internals.http_date("Wed, 06 Nov 2044 00:00:00 GMT", 0),
      internals.http_date("Sunday, 06-Nov-44 00:00:00 GMT", in_1994))
    assert.equal(internals.http_date("Mon, 06 Nov 1945 00:00:00 GMT", 0),
      internals.http_date("Sunday, 06-Nov-45 00:00:00 GMT", in_1994))
  end)

  local bad = {
    "", "x", "06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
    "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ",
    ", 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 19x4 08:49:37 GMT", "Sun Nov  6 08:49:37",
    "Sun, 06 No",
  }
  for _, text in ipairs(bad) do
    it(("does not read %q"):format(text), function()
      assert.is_nil(internals.http_date(text, wall))
    end)
  end
end)
