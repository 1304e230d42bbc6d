local cjson = require "cjson"
local fixture = require "spec.support.fixture"

local integers = math.type ~= nil -- Lua 5.3 and later

describe("response: nulls", function()
  local api = fixture.server()

  local function fetch(json, opts)
    local participant, err = fixture.fetch(api, { json = fixture.envelope(json) }, opts)
    assert.is_nil(err)
    return participant
  end

  local nested = '{"id":"x","a":null,"b":{"c":null,"d":1},"e":[1,null,"three",null,{"f":null}]}'

  it("leave the key out, at any depth", function()
    local participant = fetch(nested)
    assert.is_nil(participant.a)
    assert.is_nil(participant.b.c)
    assert.is_nil(participant.e[5].f)
    assert.is_nil(next(participant.e[5]))
    assert.equal(1, participant.b.d)
  end)

  it("in an array leave the other elements in place", function()
    local e = fetch(nested).e
    assert.equal(1, e[1])
    assert.is_nil(e[2])
    assert.equal("three", e[3])
    assert.is_nil(e[4])
    assert.equal("table", type(e[5]))
  end)

  it("are kept with null = cjson.null", function()
    local participant = fetch(nested, { null = cjson.null })
    assert.equal(cjson.null, participant.a)
    assert.equal(cjson.null, participant.b.c)
    assert.equal(cjson.null, participant.e[2])
    assert.equal(cjson.null, participant.e[5].f)
  end)

  for _, value in ipairs { false, 0, "none", {} } do
    it("become the value of the option: a " .. type(value), function()
      local participant = fetch(nested, { null = value })
      assert.equal(value, participant.a)
      assert.equal(value, participant.b.c)
      assert.equal(value, participant.e[2])
      assert.equal(value, participant.e[4])
      assert.equal(value, participant.e[5].f)
    end)
  end

  it("are told from the word null in a string", function()
    local participant = fetch('{"id":"null","a":"is null"}')
    assert.equal("null", participant.id)
    assert.equal("is null", participant.a)
    participant = fetch('{"id":"null","a":null,"b":"nullnull","c":[null,"null"]}', { null = 0 })
    assert.same({ id = "null", a = 0, b = "nullnull", c = { 0, "null" } }, participant)
  end)

  it("are told from false and from 0", function()
    local participant = fetch('{"id":"x","a":false,"b":0,"c":null}')
    assert.is_false(participant.a)
    assert.equal(0, participant.b)
    assert.is_nil(participant.c)
  end)

  it("in large numbers are all settled", function()
    local participant = fetch('{"id":"x","e":[' .. ("null,1,"):rep(5000) .. '2]}')
    assert.equal(1, participant.e[10000])
    assert.equal(2, participant.e[10001])
    assert.is_nil(participant.e[9999])
  end)

  it("elsewhere in data are settled, too", function()
    local _, _, response = fixture.fetch(api,
      { json = '{"success":true,"data":{"participant":{"id":"x"},"more":{"a":null,"b":2}}}' })
    assert.is_nil(response.data.more.a)
    assert.equal(2, response.data.more.b)
  end)
end)

describe("response: numbers", function()
  local api = fixture.server()

  local function number(text)
    local participant, err = fixture.fetch(api,
      { json = fixture.envelope('{"id":"x","n":' .. text .. ',"list":[{"n":' .. text .. "}]}") })
    assert.is_nil(err)
    assert.equal(participant.n, participant.list[1].n)
    return participant.n
  end

  local whole = {
    ["0"] = 0, ["12"] = 12, ["-7"] = -7, ["1e3"] = 1000, ["2.0"] = 2,
    ["9007199254740992"] = 2 ^ 53, ["-9007199254740992"] = -2 ^ 53,
  }
  for text, value in pairs(whole) do
    it("whole within 53 bits is an integer where Lua has them: " .. text, function()
      local got = number(text)
      assert.is_true(got == value)
      if not integers then
        pending("this Lua has no integers")
      end
      assert.equal("integer", math.type(got))
    end)
  end

  it("that prints as an integer has no point and no exponent", function()
    assert.equal("1748942098120", tostring(number("1748942098120")))
  end)

  for _, text in ipairs { "41.5", "-0.25", "1e-3", "1e300", "9007199254740994", "-1e17" } do
    it("otherwise stays what cjson made of it: " .. text, function()
      local got = number(text)
      assert.is_true(got == cjson.decode("[" .. text .. "]")[1])
      if integers then assert.equal("float", math.type(got)) end
    end)
  end

  it("of ten thousand digits do no harm", function()
    local participant, _, failure = fixture.fetch(api,
      { json = fixture.envelope('{"id":"x","n":' .. ("9"):rep(10000) .. "}") })
    assert.is_true(participant ~= nil and participant.n == math.huge
      or failure ~= nil and failure.kind == "bad_response")
  end)
end)

describe("response: strings and containers", function()
  local api = fixture.server()

  it("keep their bytes, invalid UTF-8 included", function()
    local name = "Zoë \255\254\192\128 李"
    local participant = fixture.fetch(api,
      { json = fixture.envelope('{"id":"x","display_name":"' .. name .. '"}') })
    assert.equal(name, participant.display_name)
  end)

  it("may hold an escaped NUL", function()
    local participant = fixture.fetch(api,
      { json = fixture.envelope([[{"id":"x","a":"b\u0000c"}]]) })
    assert.equal("b\0c", participant.a)
  end)

  it("an empty array is an empty table", function()
    local participant = fixture.fetch(api,
      { json = fixture.envelope('{"id":"x","peer_events":[]}') })
    assert.same({}, participant.peer_events)
  end)

  it("of two fields of one name the last wins", function()
    local participant = fixture.fetch(api, { json = fixture.envelope('{"id":"x","id":"y"}') })
    assert.equal("y", participant.id)
  end)

  it("fields that nobody knows pass through, whatever they are", function()
    local participant = fixture.fetch(api,
      { json = fixture.envelope('{"id":"x","new":{"a":[true,{"b":[[]]}]}}') })
    assert.same({ a = { true, { b = { {} } } } }, participant.new)
  end)

  it("900 levels of nesting are decoded and settled", function()
    local participant, err = fixture.fetch(api,
      { json = fixture.envelope('{"id":"x","a":' .. ("["):rep(900) .. "null,7" .. ("]"):rep(900)
        .. "}") })
    assert.is_nil(err)
    local depth, at = 0, participant.a
    while type(at[1]) == "table" do depth, at = depth + 1, at[1] end
    assert.equal(899, depth)
    assert.is_nil(at[1])
    assert.equal(7, at[2])
  end)
end)

describe("response: what is not the documented answer", function()
  local api = fixture.server()

  local envelope = fixture.envelope()
  local bad = {
    ["not JSON"] = { "hello" },
    ["HTML"] = { "<!doctype html><title>Sorry</title>" },
    ["empty"] = { "" },
    ["white space only"] = { "  \n" },
    ["cut short"] = { envelope:sub(1, -3) },
    ["an array"] = { "[1,2]" },
    ["a string"] = { '"participant"' },
    ["a number"] = { "42" },
    ["true"] = { "true" },
    ["null"] = { "null" },
    ["trailing garbage"] = { envelope .. "x" },
    ["two documents"] = { envelope .. envelope },
    ["a NUL byte after the document"] = { envelope .. "\0" },
    ["a NUL byte and garbage after the document"] = { envelope .. "\0garbage" },
    ["a NUL byte within"] = { fixture.envelope('{"id":"a\0b"}') },
    ["NaN"] = { fixture.envelope('{"id":"x","a":NaN}') },
    ["nan"] = { fixture.envelope('{"id":"x","a":nan}') },
    ["Infinity"] = { fixture.envelope('{"id":"x","a":Infinity}') },
    ["-inf"] = { fixture.envelope('{"id":"x","a":-inf}') },
    ["hexadecimal"] = { fixture.envelope('{"id":"x","a":0x10}') },
    ["100,000 levels of arrays"] = { fixture.envelope('{"id":"x","a":' .. ("["):rep(100000)
      .. ("]"):rep(100000) .. "}") },
    ["100,000 levels of objects"] = { ('{"data":'):rep(100000) },
    ["data missing"] = { '{"success":true}', "data" },
    ["data null"] = { '{"success":true,"data":null}', "data" },
    ["data a string"] = { '{"success":true,"data":"x"}', "data" },
    ["data an array"] = { '{"success":true,"data":[{"participant":{"id":"x"}}]}', "data" },
    ["data an empty array"] = { '{"success":true,"data":[]}', "participant" },
    ["participant missing"] = { '{"success":true,"data":{}}', "participant" },
    ["participant null"] = { fixture.envelope("null"), "participant" },
    ["participant a string"] = { fixture.envelope('"x"'), "participant" },
    ["participant a number"] = { fixture.envelope("1"), "participant" },
    ["participant false"] = { fixture.envelope("false"), "participant" },
    ["participant an array"] = { fixture.envelope('[{"id":"x"}]'), "participant" },
    ["participant an array that begins with null"] = { fixture.envelope("[null,1]"),
      "participant" },
    ["participant an empty array"] = { fixture.envelope("[]"), "participant" },
    ["participant an empty object"] = { fixture.envelope("{}"), "participant" },
    ["a result instead of data"] = { '{"success":true,"result":{"participant":{"id":"x"}}}',
      "data" },
  }
  for what, case in pairs(bad) do
    it("is a bad_response: " .. what, function()
      local participant, err, failure = fixture.fetch(api, { json = case[1] }, { max_retries = 2 })
      assert.is_nil(participant)
      assert.equal("bad_response", failure.kind)
      assert.equal(200, failure.status)
      assert.equal(1, failure.attempts)
      assert.matches("^200 bad_response: ", err)
      if case[2] then assert.matches("`[%w.]*" .. case[2] .. "`", err) end
      assert.equal(case[1] ~= "" and case[1]:sub(1, 4096) or nil, failure.body)
    end)
  end

  it("is a bad_response: 204 without a body", function()
    local _, err, failure = fixture.fetch(api, { status = 204 })
    assert.equal("bad_response", failure.kind)
    assert.equal(204, failure.status)
    assert.matches("empty", err)
    assert.is_nil(failure.body)
  end)

  it("null = cjson.null does not let a null participant through", function()
    local participant, _, failure = fixture.fetch(api, { json = fixture.envelope("null") },
      { null = cjson.null })
    assert.is_nil(participant)
    assert.equal("bad_response", failure.kind)
  end)
end)

describe("response: the host's lua-cjson", function()
  it("with other settings changes nothing here, and is not changed", function()
    local output = fixture.run([=[
      local cjson = require "cjson"
      cjson.decode_max_depth(2)
      cjson.decode_invalid_numbers(true)
      local fixture = require "spec.support.fixture"
      local api = require("spec.support.server").start()
      local participant, err = fixture.fetch(api, { json = fixture.envelope('{"a":{"b":[1]}}') })
      print(participant and participant.a.b[1] == 1, err)
      local _, _, failure = fixture.fetch(api, { json = fixture.envelope('{"a":nan}') })
      print(failure and failure.kind)
      print(pcall(cjson.decode, "[[[1]]]"))
      print(#cjson.decode("[nan]"))
      api:stop()
    ]=])
    assert.matches("^true\tnil\nbad_response\nfalse\t[^\n]*\n1\n$", output)
  end)
end)
