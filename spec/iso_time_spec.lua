-- Times as the API takes them, from what people write and from what os.time gives.

local internals = require "rtk_internals"

describe("iso_time", function()
  local texts = {
    ["2025-06-03T09:15:02Z"] = "2025-06-03T09:15:02Z",
    ["2025-06-03t09:15:02z"] = "2025-06-03T09:15:02Z",
    ["2025-06-03 09:15:02Z"] = "2025-06-03T09:15:02Z",
    ["2025-06-03T09:15Z"] = "2025-06-03T09:15:00Z",
    ["2025-06-03T09:15:02.004Z"] = "2025-06-03T09:15:02.004Z",
    ["2025-06-03T09:15:02,5Z"] = "2025-06-03T09:15:02.5Z",
    ["2025-06-03T09:15:02.1234567891Z"] = "2025-06-03T09:15:02.123456789Z",
    ["2025-06-03T11:15:02+02:00"] = "2025-06-03T09:15:02Z",
    ["2025-06-03T11:15:02.25+0200"] = "2025-06-03T09:15:02.25Z",
    ["2025-06-03T03:45:02-05:30"] = "2025-06-03T09:15:02Z",
    ["2025-01-01T00:30:00+01:00"] = "2024-12-31T23:30:00Z",
    ["2024-02-29T23:30:00-01:00"] = "2024-03-01T00:30:00Z",
    ["2000-02-29T00:00:00Z"] = "2000-02-29T00:00:00Z",
    ["2016-12-31T23:59:60Z"] = "2017-01-01T00:00:00Z",
    ["1969-12-31T23:59:59Z"] = "1969-12-31T23:59:59Z",
    ["0000-03-01T00:00:00Z"] = "0000-03-01T00:00:00Z",
    ["9999-12-31T23:59:59Z"] = "9999-12-31T23:59:59Z",
  }
  for given, sent in pairs(texts) do
    it("takes " .. given, function() assert.equal(sent, internals.iso_time(given)) end)
  end

  for _, given in ipairs {
    "", "now", "2025", "2025-06-03", "2025-06-03T09:15:02", "2025-06-03T09:15", "2025-06-03TZ",
    "2025-6-3T09:15:02Z", "25-06-03T09:15:02Z", "2025/06/03T09:15:02Z", "2025-06-03T9:15:02Z",
    "2025-13-01T00:00:00Z", "2025-00-01T00:00:00Z", "2025-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
    "2025-04-31T00:00:00Z",
    "2025-06-00T00:00:00Z", "2025-06-03T24:00:00Z", "2025-06-03T09:60:00Z",
    "2025-06-03T09:15:61Z", "2025-06-03T09:15:02.Z", "2025-06-03T09:15:02+2",
    "2025-06-03T09:15:02+",
    "2025-06-03T09:15:02+24:00", "2025-06-03T09:15:02Z ", " 2025-06-03T09:15:02Z",
    "2025-06-03T09:15:02Z\0", "2025-06-03\0T09:15:02Z", "2025-06-03T09:15:02+02:60",
    "9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00", "-2025-06-03T09:15:02Z",
    "2025-06-03T09:15:02ZZ", "2025-W23-2T09:15:02Z",
  } do
    it(("refuses %q"):format(given), function() assert.is_nil(internals.iso_time(given)) end)
  end

  for seconds, sent in pairs {
    [0] = "1970-01-01T00:00:00Z", [1748942102] = "2025-06-03T09:15:02Z",
    [1748942102.004] = "2025-06-03T09:15:02.004Z", [1748942102.9996] = "2025-06-03T09:15:03Z",
    [-0.5] = "1969-12-31T23:59:59.500Z", [-62167219200] = "0000-01-01T00:00:00Z",
    [253402300799] = "9999-12-31T23:59:59Z", [951782400] = "2000-02-29T00:00:00Z",
    [4107542400] = "2100-03-01T00:00:00Z",
  } do
    it("makes a time of " .. ("%.14g"):format(seconds) .. " seconds", function()
      assert.equal(sent, internals.iso_time(seconds))
    end)
  end

  it("refuses seconds that are no time, or of no year with four digits", function()
    for _, seconds in ipairs { 0 / 0, math.huge, -math.huge, 1e300, -1e300, 253402300800,
      253402300799.9996, -62167219201 } do
      assert.is_nil(internals.iso_time(seconds))
    end
  end)

  it("agrees with the calendar of this machine", function()
    for days = -20000, 60000, 37 do
      local seconds = days * 86400 + days % 86399
      assert.equal(os.date("!%Y-%m-%dT%H:%M:%SZ", seconds), internals.iso_time(seconds))
    end
  end)

  it("makes the same of a text and of the seconds that it means", function()
    for days = -20000, 60000, 41 do
      local text = os.date("!%Y-%m-%dT%H:%M:%SZ", days * 86400 + days % 86399)
      assert.equal(text, internals.iso_time(text))
    end
  end)
end)
