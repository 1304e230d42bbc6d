-- Lists that are gone through page by page, whatever a server says of its pages.

local fixture = require "spec.support.fixture"
local pages = require "realtimekit.pages"
local realtimekit = require "realtimekit"

local unpack = table.unpack or unpack -- luacheck: globals unpack

-- A page of items with these ids, and a paging object as JSON.
local function page(ids, paging, kind)
  local items = {}
  for i, id in ipairs(ids) do items[i] = ('{"id":"%s"}'):format(id) end
  return ('{"success":true,"data":{"%s":[%s]}%s}'):format(kind or "sessions",
    table.concat(items, ","), paging and ',"paging":' .. paging or "")
end

local function offsets(from, to, total)
  return ('{"start_offset":%d,"end_offset":%d,"total_count":%d}'):format(from, to, total)
end

-- What a list of these pages says of itself, page by page, in one way or another.
local shapes = {
  ["the reference's paging"] = function(first, last, total) return offsets(first, last, total) end,
  ["offsets from 0"] = function(first, last, total) return offsets(first - 1, last, total) end,
  ["a count alone"] = function(_, _, total) return ('{"total_count":%d}'):format(total) end,
  ["no paging"] = function() return nil end,
  ["paging that is null"] = function() return "null" end,
  ["paging that is empty"] = function() return "{}" end,
  ["paging that is a list"] = function() return "[1,2]" end,
  ["paging that is text"] = function() return '"2 of 3"' end,
  ["a count of nothing"] = function() return offsets(0, 0, 0) end,
  ["a count that is too small"] = function() return '{"total_count":1}' end,
  ["a count that is too large"] = function(first, last) return offsets(first, last, 12) end,
  ["numbers as text"] = function(_, last)
    return ('{"start_offset":"1","end_offset":"%d","total_count":"3"}'):format(last)
  end,
  ["nulls"] = function()
    return '{"start_offset":null,"end_offset":null,"total_count":null}'
  end,
  ["other words"] = function(_, _, total) return ('{"page":1,"total":%d}'):format(total) end,
  ["the same offsets on every page"] = function() return offsets(1, 2, 12) end,
}

describe("pages", function()
  local api = fixture.server()

  -- Serves pages of these ids, the first as number `base`; after the last come empty ones.
  local function serve(all, base, shape, kind)
    local total, before, answers = 0, 0, {}
    for _, ids in ipairs(all) do total = total + #ids end
    for i, ids in ipairs(all) do
      local json = page(ids, shape(before + 1, before + #ids, total), kind)
      before = before + #ids
      answers[#answers + 1] = { match = ("page_no=%d&"):format(base + i - 1), json = json }
    end
    local beyond = { match = "page_no=", json = page({}, shape(0, 0, total), kind) }
    answers[#answers + 1] = beyond
    answers[#answers + 1] = { json = answers[1].json } -- the first one, for want of a number
    api:answer(unpack(answers))
  end

  local function ids_of(...)
    local ids, last_i = {}, 0
    for i, item, err, response in ... do
      assert.is_nil(err)
      assert.equal(last_i + 1, i)
      assert.equal(200, response.status)
      ids[i], last_i = item.id, i
    end
    return ids
  end

  local function page_numbers()
    local numbers = {}
    for i, request in ipairs(api:seen().requests) do
      numbers[i] = request.target:match "page_no=(%d+)" or "none"
    end
    return table.concat(numbers, " ")
  end

  local three = { { "a", "b" }, { "c", "d" }, { "e" } }
  local names = { "a", "b", "c", "d", "e" }

  for base = 0, 1 do
    for what, shape in pairs(shapes) do
      it(("counting from %d, with %s, are each gone through once"):format(base, what), function()
        local client = fixture.client(api.url)
        serve(three, base, shape)
        assert.same(names, ids_of(client:each_session("app", { per_page = 2 })))
        serve(three, base, shape, "participants")
        assert.same(names,
          ids_of(client:each_session_participant("app", "session", { per_page = 2 })))
      end)

      it(("counting from %d, with %s, may be one, or none"):format(base, what), function()
        local client = fixture.client(api.url)
        serve({ { "a" } }, base, shape)
        assert.same({ "a" }, ids_of(client:each_session("app", { per_page = 2 })))
        serve({ {} }, base, shape)
        assert.same({}, ids_of(client:each_session("app", { per_page = 2 })))
        assert.equal(1, api:seen().request_count)
      end)
    end
  end

  it("take no request more than there are pages where the API tells", function()
    local client = fixture.client(api.url)
    serve(three, 1, shapes["the reference's paging"])
    assert.same(names, ids_of(client:each_session("app", { per_page = 2 })))
    assert.equal("none 2 3", page_numbers())
    serve({ { "a", "b" } }, 1, shapes["the reference's paging"])
    assert.same({ "a", "b" }, ids_of(client:each_session("app", { per_page = 2 })))
    assert.equal("none", page_numbers())
  end)

  it("are found where they count from 0", function()
    local client = fixture.client(api.url)
    serve(three, 0, shapes["no paging"])
    assert.same(names, ids_of(client:each_session("app", { per_page = 2 })))
    assert.equal("none 1 2 3", page_numbers())
  end)

  it("begin where the call says, not where the client does", function()
    local client = fixture.client(api.url, { page_no = 3, per_page = 2 })
    serve(three, 1, shapes["the reference's paging"])
    assert.same(names, ids_of(client:each_session "app"))
    assert.equal("none 2 3", page_numbers())
    serve(three, 1, shapes["the reference's paging"])
    assert.same({ "c", "d", "e" }, ids_of(client:each_session("app", { page_no = 2 })))
    assert.equal("2 3", page_numbers())
    serve(three, 0, shapes["no paging"])
    assert.same({ "c", "d", "e" }, ids_of(client:each_session("app", { page_no = 1 })))
    assert.equal("1 2 3", page_numbers())
  end)

  it("end with a server that has one page for every number", function()
    local client = fixture.client(api.url)
    for _, shape in pairs(shapes) do
      api:answer { json = page({ "a", "b" }, shape(1, 2, 1000)) }
      assert.same({ "a", "b" }, ids_of(client:each_session "app"))
      assert.is_true(api:seen().request_count <= 4)
      api:answer { json = page({ "a", "b" }, shape(1, 2, 1000)) }
      assert.same({ "a", "b" }, ids_of(client:each_session("app", { page_no = 7 })))
      assert.is_true(api:seen().request_count <= 2)
    end
  end)

  it("end with a server that repeats items without ids", function()
    local client = fixture.client(api.url)
    api:answer { json = '{"success":true,"data":{"sessions":[{"status":"LIVE"},{"n":[1,{}]}]}}' }
    local count = 0
    for _, session in client:each_session "app" do
      assert.is_table(session)
      count = count + 1
    end
    assert.equal(2, count)
    assert.is_true(api:seen().request_count <= 4)
  end)

  it("of one item each are found where they count from 0, and so do their offsets", function()
    local client = fixture.client(api.url)
    serve({ { "a" }, { "b" }, { "c" }, { "d" } }, 0, shapes["offsets from 0"])
    assert.same({ "a", "b", "c", "d" }, ids_of(client:each_session("app", { per_page = 1 })))
  end)

  it("may have items whose ids are null, with the option `null` or without", function()
    local function nameless(n) return ('{"id":null,"n":%d}'):format(n) end
    local function list(...)
      return ('{"success":true,"data":{"sessions":[%s]}}'):format(table.concat({ ... }, ","))
    end
    for _, null in ipairs { require("cjson").null, {}, false } do
      api:answer({ match = "page_no=1", json = list(nameless(3)) },
        { match = "page_no=", json = list() }, { json = list(nameless(1), nameless(2)) })
      local numbers = {}
      for i, session in fixture.client(api.url):each_session("app", { null = null or nil }) do
        numbers[i] = session.n
      end
      assert.same({ 1, 2, 3 }, numbers)
    end
  end)

  it("leave out what has moved on from an earlier page", function()
    local client = fixture.client(api.url)
    serve({ { "a", "b" }, { "b", "c" }, { "d" } }, 1, shapes["no paging"])
    assert.same({ "a", "b", "c", "d" }, ids_of(client:each_session("app", { per_page = 2 })))
  end)

  it("send the call's options with every page", function()
    local client = fixture.client(api.url)
    serve(three, 1, shapes["the reference's paging"])
    local opts = { per_page = 2, status = "ENDED", headers = { ["X-A"] = "1" } }
    assert.same(names, ids_of(client:each_session("app", opts)))
    for _, request in ipairs(api:seen().requests) do
      assert.matches("?status=ENDED&", request.target, 1, true)
      assert.matches("per_page=2", request.target, 1, true)
      assert.equal("1", request.headers["x-a"])
    end
    assert.same({ per_page = 2, status = "ENDED", headers = { ["X-A"] = "1" } }, opts)
  end)

  it("are asked for with the options that there were when the loop began", function()
    local client = fixture.client(api.url)
    serve(three, 1, shapes["the reference's paging"])
    local opts = { per_page = 2, status = "ENDED" }
    local next_session, state = client:each_session("app", opts)
    opts.status, opts.per_page = "LIVE", nil
    assert.same(names, ids_of(next_session, state))
    for _, request in ipairs(api:seen().requests) do
      assert.matches("?status=ENDED&", request.target, 1, true)
    end
  end)

  it("fetch the next one while one is gone through", function()
    local client = fixture.client(api.url)
    serve(three, 1, shapes["the reference's paging"])
    for i in client:each_session("app", { per_page = 2 }) do
      if i == 1 then assert.equal(2, api:wait_seen(2).request_count) end
      if i == 2 then break end
    end
    assert.equal("none 2", page_numbers())
  end)

  it("leave what the caller's own steps have to tell alone", function()
    local client = fixture.client(api.url)
    api:answer({ match = "/sessions/s", json = '{"success":true,"data":{"id":"s"}}' },
      { json = page({ "a", "b" }, shapes["the reference's paging"](1, 2, 2)) })
    local call = client:start_session("app", "s")
    for _ in client:each_session "app" do call:wait() end
    assert.is_true(call:done())
    assert.equal(2, (client:step()))
  end)

  it("give a failure as the last step, without an item", function()
    local client = fixture.client(api.url)
    for when, expected in pairs { ["page_no=2"] = 2, ["per_page"] = 0 } do
      api:answer({ match = when, status = 403, json = fixture.error_envelope(9, "not yours") },
        { json = page({ "a", "b" }, shapes["the reference's paging"](1, 2, 5)) })
      local opts, steps, last = { per_page = 2 }, 0
      if expected > 0 then opts = nil end
      for i, session, err, outcome in client:each_session("app", opts) do
        steps = steps + 1
        assert.equal(steps, i)
        assert.is_nil(last)
        if not session then
          last = outcome
          assert.matches("^403 permission_denied: not yours", err)
        end
      end
      assert.equal(expected + 1, steps)
      assert.equal("permission_denied", last.kind)
    end
  end)

  it("give a refusal in the same way", function()
    local client = fixture.client(api.url)
    local steps = {}
    for i, session, err, failure in client:each_session_participant("app", "..") do
      steps[#steps + 1] = { i, session, err, failure.kind }
    end
    assert.equal(1, #steps)
    assert.equal(1, steps[1][1])
    assert.matches("session_id is", steps[1][3], 1, true)
    assert.equal("invalid_request", steps[1][4])
  end)

  it("raise for misuse where the loop begins, in their own name", function()
    local client = fixture.client(api.url)
    local function message_of(work)
      local ok, message = pcall(work)
      assert.is_false(ok)
      return message
    end
    local here = "^spec/pages_spec.lua:%d+: "
    for _, take in ipairs {
      function() return (client:each_session()) end,
      function() return (realtimekit.each_session()) end,
    } do
      assert.matches(here .. "bad argument #1 to 'each_session' %(string expected, got n",
        message_of(take))
    end
    assert.matches(here .. "bad argument #2 to 'each_session_participant' %(string expected",
      message_of(function() client:each_session_participant("a", 5) end))
    assert.matches(here .. "bad argument #2 to 'each_session' %(unknown option 'view'",
      message_of(function() client:each_session("a", { view = "raw" }) end))
    assert.matches(here .. "bad argument #2 to 'each_session' %(table expected, got string",
      message_of(function() client:each_session("a", "b") end))
    assert.matches("too many arguments",
      message_of(function() client:each_session("a", {}, 3) end))
    assert.equal(0, api:seen().connections)
  end)

  it("are those of the default client, too", function()
    serve(three, 1, shapes["the reference's paging"])
    assert.same(names,
      ids_of(realtimekit.each_session("app", fixture.options(api.url, { per_page = 2 }))))
    serve(three, 1, shapes["no paging"], "participants")
    assert.same(names, ids_of(realtimekit.each_session_participant("app", "session",
      fixture.options(api.url, { per_page = 2 }))))
  end)

  it("that are not waited for any more are cancelled when the loop is left", function()
    if _VERSION ~= "Lua 5.4" then pending "this Lua has no to-be-closed variables" end
    local client = fixture.client(api.url)
    api:answer({ match = "page_no=2", stall_after = 0 },
      { json = page({ "a", "b" }, shapes["the reference's paging"](1, 2, 5)) })
    for i in client:each_session "app" do
      if i == 1 then break end
    end
    assert.equal(0, select(2, client:step()))
  end)

  it("are passed over where they are null, and what follows them is not", function()
    local list = '{"success":true,"data":{"sessions":[%s]},"paging":%s}'
    local client = fixture.client(api.url)
    local holes = { '{"id":"a"},null,{"id":"b"}', 'null,{"id":"a"},null,null,null,{"id":"b"},null' }
    for _, items in ipairs(holes) do
      for _, paging in ipairs { "null", offsets(1, 3, 3) } do
        api:answer({ match = "page_no=2", json = list:format("", paging) },
          { json = list:format(items, paging) })
        assert.same({ "a", "b" }, ids_of(client:each_session "app"))
      end
    end
  end)

  it("that begin at 0 go on where the server has one page for 0 and 1", function()
    local client = fixture.client(api.url)
    for _, shape in ipairs { shapes["no paging"], shapes["a count alone"] } do
      serve(three, 1, shape)
      -- Number 0 is the first page, too.
      local first = page(three[1], shape(1, 2, 5))
      api:answer({ match = "page_no=0", json = first }, { match = "page_no=1", json = first },
        { match = "page_no=2", json = page(three[2], shape(3, 4, 5)) },
        { match = "page_no=3", json = page(three[3], shape(5, 5, 5)) }, { json = page({}) })
      assert.same(names, ids_of(client:each_session("app", { page_no = 0, per_page = 2 })))
    end
    serve(three, 0, shapes["no paging"])
    assert.same(names, ids_of(client:each_session("app", { page_no = 0, per_page = 2 })))
    api:answer { json = page { "a" } }
    assert.same({ "a" }, ids_of(client:each_session("app", { page_no = 0 })))
    assert.equal("0 1 2", page_numbers())
  end)

  it("go on after an empty one while the API says that more follow", function()
    local client = fixture.client(api.url)
    for base = 0, 1 do
      for _, name in ipairs { "a count alone", "the reference's paging" } do
        serve({ { "a", "b" }, {}, {}, { "c", "d" }, {}, { "e" } }, base, function(first, last)
          return shapes[name](first, last, 11)
        end)
        assert.same(names, ids_of(client:each_session("app", { per_page = 2 })))
        assert.is_true(api:seen().request_count <= 9)
      end
    end
  end)

  it("of a closed client are none", function()
    local client = fixture.client(api.url)
    client:close()
    assert.error_matches(function() client:each_session "app" end, "the client is closed")
  end)
end)

-- Lists of a server that has a page for every number, made here: there are many of them.
describe("a list without an end", function()
  -- A client whose page number n (nil: none was asked for) has these items and this paging.
  local function client_of(items_of, paging)
    local client = { asked = 0 }
    function client.start_sessions(_, _, opts)
      client.asked = client.asked + 1
      assert(client.asked < 20000, "there is no end")
      local call = { wait = function() end, cancel = function() end }
      function call.result()
        return items_of(opts.page_no or 1), nil,
          { status = 200, headers = {}, messages = {}, attempts = 1, elapsed = 0, paging = paging }
      end
      return call
    end
    return client
  end

  local function count(client, opts)
    local items, last_err, last_failure = 0, nil, nil
    for _, item, err, failure in pages.each_session(client, "app", opts) do
      if item then items = items + 1 else last_err, last_failure = err, failure end
    end
    return items, last_err, last_failure
  end

  it("ends where pages without ids come in turns", function()
    for _, turns in ipairs { 2, 3 } do
      local client = client_of(function(n) return { { n = n % turns }, { n = n % turns } } end)
      assert.equal(2 * turns, (count(client)))
      assert.is_true(client.asked <= turns + 3)
    end
    local client = client_of(function(n) return { { id = n % 2 }, { id = -n % 2 + 2 } } end)
    assert.equal(4, (count(client)))
  end)

  it("ends where the count of items without ids is reached", function()
    local made = 0
    local client = client_of(function()
      made = made + 1
      return { { n = made }, { n = -made } }
    end, { total_count = 7 })
    assert.equal(8, (count(client)))
    assert.is_true(client.asked <= 5)
  end)

  it("ends with a failure after 10,000 pages, and keeps little of them", function()
    local made = 0
    for _, key in ipairs { "n", "id" } do
      local client = client_of(function()
        made = made + 1
        return { { [key] = made } }
      end)
      local items, err, failure = count(client)
      assert.equal(10000, items)
      assert.equal(10000, client.asked)
      assert.matches("^200 bad_response: .*10000 pages", err)
      assert.equal("bad_response", failure.kind)
      for _, name in ipairs { "errors", "messages", "headers" } do
        assert.is_table(failure[name])
      end
      assert.is_nil(failure.data)
    end
  end)

  it("tells pages apart whatever is in them", function()
    local null = {}
    null.itself = null
    local different = { { {} }, { { {} } }, { { a = 1 } }, { { a = "x" } }, { { b = 1 } },
      { { a = 1, b = 1 } }, { { a = { 1, 2 } } }, { { a = { 2, 1 } } }, { { a = null } }, { true } }
    local client = client_of(function(n) return different[n] or different[1] end)
    assert.equal(#different, (count(client, { page_no = 1 })))
  end)
end)

describe("a client that is closed while its list is gone through", function()
  local api = fixture.server()

  it("has what came told first, then raises by the caller's own line", function()
    local second = page({ "c", "d" }, offsets(3, 4, 6))
    api:answer({ match = "page_no=2", json = second },
      { json = page({ "a", "b" }, offsets(1, 2, 6)) })
    local client, got = fixture.client(api.url), {}
    local ok, err = pcall(function()
      for i, session in client:each_session "app" do
        got[i] = session.id
        if i == 2 then
          for _ = 1, 20 do client:step(0.02) end -- until the second page is there
          client:close()
        end
      end
    end)
    assert.is_false(ok)
    assert.matches("^spec/pages_spec.lua:%d+: the client is closed$", err)
    assert.same({ "a", "b", "c", "d" }, got)
  end)

  it("gives a failure where the next page was under way", function()
    api:answer({ match = "page_no=2", hold = true }, { json = page({ "a" }, offsets(1, 1, 6)) })
    local client, kinds = fixture.client(api.url), {}
    for _, session, _, outcome in client:each_session "app" do
      if session then client:close() else kinds[#kinds + 1] = outcome.kind end
    end
    assert.same({ "cancelled" }, kinds)
  end)
end)
