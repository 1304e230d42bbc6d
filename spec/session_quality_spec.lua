-- examples/session_quality.lua, against the sandbox's own data and against every shape of a report.

package.path = "examples/?.lua;" .. package.path

local cjson = require "cjson"
local examples = require "spec.support.examples"
local fixture = require "spec.support.fixture"
local process = require "spec.support.process"
local data = require "sandbox_data"

local records = data.sessions[1].participants
local program = ("session_quality.lua %s %s "):format(fixture.app, fixture.session)

local function sandbox_ids()
  local ids = {}
  for i, record in ipairs(records) do ids[i] = record.id end
  return ids
end

local all_ids = table.concat(sandbox_ids(), " ")

-- Where the cells are that come after the id, and nothing in them is wider than its bytes.
local places = { duration = { 2, 9 }, mos = { 11, 14 }, word = { 16, 19 }, loss = { 21, 28 },
  jitter = { 30, 37 }, rtt = { 39, 46 } }

-- The rows of the table, in order: name, id (as far as it is shown) and the other cells, trimmed.
local function rows(output)
  local list, body = {}, output:match("^participant [^\n]*\n(.-)\n\n")
  for line in (body or ""):gmatch("[^\n]+") do
    local name, id, rest = line:match("^(.-) +(%S+)( +[%d:-]+ +[%d.-]+ .*)$")
    local row, filled = { name = name, id = id }, 9 - #id:gsub("…", ".")
    for cell, place in pairs(places) do
      row[cell] = rest:sub(filled + place[1], filled + place[2]):match("^ *(.-) *$")
    end
    list[#list + 1] = row
  end
  return list
end

describe("examples/session_quality.lua", function()
  local sandbox

  lazy_setup(function() sandbox = examples.start_sandbox() end)
  lazy_teardown(function() examples.stop_sandbox(sandbox) end)

  local function run(arguments, more)
    return examples.run(program .. arguments, examples.environment(sandbox.url, more))
  end

  -- ==== Against the sandbox ====

  local function mean(list, pick)
    local sum, count = 0, 0
    for _, item in ipairs(list) do
      local value = pick(item)
      if value then sum, count = sum + value, count + 1 end
    end
    return count > 0 and sum / count or nil
  end

  local function mean_of_series(series, field)
    return mean(series, function(samples)
      return mean(samples, function(sample) return sample[field] end)
    end)
  end

  -- What the example is to find in a record: the mean over the tracks.
  local function expected(record)
    local series, losses, mos_field = {}, {}, "mos_quality"
    for name, value in pairs(record.peer_report and record.peer_report.quality or {}) do
      if name:find("_cumulative$") then losses[#losses + 1] = value.packet_loss.avg
      else series[#series + 1] = value end
    end
    local older = not record.peer_report and record.quality_stats[1]
    if older then
      series, mos_field = { older.audio_stats, older.video_stats }, "quality"
      losses = { older.audio_packet_loss, older.video_packet_loss }
    end
    return { mos = mean_of_series(series, mos_field), jitter = mean_of_series(series, "jitter"),
      rtt = mean_of_series(series, "rtt"), loss = mean(losses, function(x) return x end) }
  end

  -- As the table shows it. What was not measured is from the test before the call, but for the
  -- round trip where its path is known.
  local function expected_row(record)
    local figures, test = expected(record), record.peer_stats.precall_network_information
    local paths = record.peer_report and record.peer_report.metadata.candidate_pairs
    local rtt = figures.rtt or paths and paths.producing_transport[1].current_round_trip_time
    local function cell(value, format, tested)
      return value and format:format(value) or (format .. "*"):format(tested)
    end
    return { id = record.id:sub(1, 8) .. "…",
      mos = figures.mos and ("%.2f"):format(figures.mos) or "-",
      loss = cell(figures.loss, "%.1f %%", test.fractional_loss * 100),
      jitter = cell(figures.jitter and figures.jitter * 1000, "%.0f ms", test.jitter),
      rtt = cell(rtt and rtt * 1000, "%.0f ms", test.rtt) }
  end

  local function expected_order()
    local order = {}
    for i, record in ipairs(records) do order[i] = record end
    table.sort(order, function(a, b)
      return (expected(a).mos or 6) < (expected(b).mos or 6)
    end)
    return order
  end

  it("prints everybody's figures, the worst first", function()
    local output, status = run(all_ids)
    assert.equal(0, status)
    local found = rows(output)
    assert.equal(#records, #found)
    for i, record in ipairs(expected_order()) do
      local wanted = expected_row(record)
      for name, value in pairs(wanted) do
        assert.equal(value, found[i][name], wanted.id .. " " .. name)
      end
    end
  end)

  it("prints names, words for the scores, and durations in hours", function()
    local found = rows((run(all_ids)))
    assert.equal("Ingrid Dahl-Pérez", found[1].name)
    assert.equal("bad", found[1].word)
    assert.equal("0:26:18", found[1].duration)
    assert.equal("good", found[#found - 1].word)
    assert.equal("0:41:30", found[#found - 1].duration)
    assert.equal("", found[#found].word)
  end)

  it("says what its asterisk means, where it has one", function()
    local output = run(all_ids)
    assert.matches("\n* not measured in the call", output, 1, true)
    output = run(fixture.participant)
    assert.is_nil(output:find("*", 1, true))
  end)

  it("keeps to 80 columns and to lines without spaces at the end", function()
    for line in run(all_ids):gmatch("[^\n]+") do
      local _, characters = line:gsub("[^\128-\191]", "")
      assert.is_true(characters <= 80, line)
      assert.is_nil(line:find(" $"), line)
    end
  end)

  -- ==== Ids ====

  local function run_with_input(lines, arguments)
    return process.run(("printf %s | %s"):format(process.quote(lines),
      examples.command(program .. (arguments or ""), examples.environment(sandbox.url))))
  end

  it("is of everybody in the session when it is given none", function()
    local output, status = run_with_input("somebody\\n")
    assert.equal(0, status)
    assert.equal(run(all_ids), output)
  end)

  it("says so when the list of everybody cannot be had, and exits with 1", function()
    local output, status = examples.run("session_quality.lua " .. fixture.app .. " nowhere",
      examples.environment(sandbox.url))
    assert.equal(1, status)
    assert.matches("^The list of participants could not be fetched: 404 not_found: ", output)
    assert.matches("\nCheck CLOUDFLARE_ACCOUNT_ID and the ids", output, 1, true)
  end)

  it("reads ids from standard input when it is given a -", function()
    local output, status = run_with_input(table.concat(sandbox_ids(), "\\n"), "-")
    assert.equal(0, status)
    assert.equal(run(all_ids), output)
  end)

  it("is not put off by blank lines and carriage returns there", function()
    local output, status = run_with_input("\\n " .. records[1].id .. " \\r\\n\\r\\n", "-")
    assert.equal(0, status)
    assert.equal(run(records[1].id), output)
  end)

  it("leaves standard input alone when it is given ids", function()
    local output, status = run_with_input("somebody\\n", records[1].id)
    assert.equal(0, status)
    assert.equal(run(records[1].id), output)
  end)

  it("says what it needs, and exits with 2, without any id or without a session", function()
    local output, status = run_with_input("\\n", "-")
    assert.equal(2, status)
    assert.matches("^no participant id\nusage: ", output)
    output, status = examples.run("session_quality.lua " .. fixture.app)
    assert.equal(2, status)
    assert.matches("^usage: .*<session_id>", output)
  end)

  -- ==== Failures ====

  it("tells each failure below the table, in the order asked for, and exits with 1", function()
    local output, status = run("nobody " .. all_ids .. " ..")
    assert.equal(1, status)
    assert.equal(#records, #rows(output))
    local told = output:match("\n\nNot fetched: 2 of " .. #records + 2 .. "\n(.*)$")
    assert.matches("^  nobody\n    404 not_found: [^\n]+\n  %.%.\n    invalid_request: [^\n]+\n",
      told)
    assert.matches("\nCheck CLOUDFLARE_ACCOUNT_ID and the ids", told, 1, true)
  end)

  it("prints no table when there is nobody to put in it, and a hint once", function()
    local output, status = run(all_ids, { CLOUDFLARE_API_TOKEN = "invalid" })
    assert.equal(1, status)
    assert.matches("^Not fetched: " .. #records .. " of " .. #records .. "\n", output)
    for _, id in ipairs(sandbox_ids()) do
      assert.matches("\n  " .. id .. "\n    401 authentication: ", output, 1, true)
    end
    local _, hints = output:gsub("Check CLOUDFLARE_API_TOKEN", "")
    assert.equal(1, hints)
  end)

  -- ==== Progress ====

  -- Runs it with stderr on a terminal; returns what it writes there, and to the file `stdout`.
  local function run_on_terminal(arguments, redirection)
    local folder, keeper = process.temporary_directory()
    local command = examples.command(program .. arguments, examples.environment(sandbox.url))
    command = ("%s >%s/stdout %s"):format(command, folder, redirection or "")
    local shown, status = process.run(
      "script -qec " .. process.quote(command) .. " /dev/null")
    local stdout = process.read_file(folder .. "/stdout")
    keeper:close()
    return shown, stdout, status
  end

  local function has_script()
    local _, status = process.run("script -qec true /dev/null")
    return status == 0
  end

  it("shows how far it is on a terminal, and wipes that away", function()
    if not has_script() then return pending("there is no script(1)") end
    local shown, stdout, status = run_on_terminal(all_ids .. " nobody")
    assert.equal(1, status)
    local total = #records + 1
    for ended = 0, total do
      assert.matches(("\r%d of %d"):format(ended, total), shown, 1, true)
    end
    assert.matches(("\r%d of %d, failed: 1\r +\r"):format(total, total), shown)
    assert.is_nil(shown:find("not_found", 1, true))
    assert.equal(run(all_ids .. " nobody"):gsub("ray %w+", "ray"), stdout:gsub("ray %w+", "ray"))
  end)

  it("shows none when stderr is no terminal, though stdin is one", function()
    if not has_script() then return pending("there is no script(1)") end
    local shown, stdout, status = run_on_terminal(all_ids, "2>&1")
    assert.equal(0, status)
    assert.equal("", shown)
    assert.equal(run(all_ids), stdout)
    assert.is_nil(stdout:find("\r", 1, true))
  end)

  it("asks for ids when standard input is a terminal", function()
    if not has_script() then return pending("there is no script(1)") end
    assert.matches("^Participant ids, one per line", (run_on_terminal("-")))
  end)
end)

-- ==== Every shape of a report ====

describe("examples/session_quality.lua, where a report has", function()
  local api = fixture.server()

  -- Prints participants, JSON texts by id, in the order of the ids; returns the output.
  local function print_those(participants)
    local answers, ids = {}, {}
    for id, json in pairs(participants) do
      answers[#answers + 1] = { match = "/participants/" .. id .. "?",
        json = fixture.envelope(json) }
      ids[#ids + 1] = id
    end
    table.sort(ids)
    api:answer((table.unpack or unpack)(answers)) -- luacheck: globals unpack
    local output, status = examples.run(program .. table.concat(ids, " "),
      examples.environment(api.url .. "/client/v4"))
    assert.equal(0, status, output)
    return output
  end

  local function cells(json)
    local row = rows(print_those { a = json })[1]
    return { row.mos, row.loss, row.jitter, row.rtt }
  end

  local nothing = '{"preset_name":"x"}' -- the client takes none that is empty

  it("nothing at all: no figure, and no name", function()
    assert.same({ "-", "-", "-", "-" }, cells(nothing))
    local row = rows(print_those { a = nothing })[1]
    assert.equal("(no name)", row.name)
    assert.equal("a", row.id)
    assert.equal("-", row.duration)
  end)

  it("nulls, empty groups and empty lists", function()
    for _, json in ipairs {
      [[{"display_name":null,"duration":null,"peer_report":null,"peer_stats":null,
         "quality_stats":null,"id":"a"}]],
      [[{"peer_report":{"quality":null,"metadata":null},"quality_stats":[null],
         "peer_stats":{"precall_network_information":null}}]],
      [[{"peer_report":{"quality":{"audio_producer":[],"audio_consumer":null,
         "video_producer":[null],"video_producer_cumulative":null,
         "audio_producer_cumulative":{"packet_loss":null,"quality_mos":{},"rtt":{"avg":null}}}},
         "quality_stats":[{"audio_stats":null,"video_stats":[{"quality":null}]}]}]],
    } do
      assert.same({ "-", "-", "-", "-" }, cells(json), json)
    end
  end)

  it("a null among its samples: those behind it count, too", function()
    assert.same({ "3.00", "-", "20 ms", "40 ms" }, cells [[{"peer_report":{"quality":{
      "audio_producer":[{"mos_quality":2,"jitter":0.01,"rtt":0.02},null,
        {"mos_quality":4,"jitter":0.03,"rtt":0.06}]}}}]])
  end)

  it("samples without a summary: the loss is what the packets say", function()
    assert.same({ "-", "1.5 %", "4 ms", "-" }, cells [[{"peer_report":{"quality":{
      "audio_producer":[{"packets_lost":1,"packets_sent":50,"jitter":0.004},
        {"packets_lost":2,"packets_sent":200,"jitter":0.004}],
      "audio_consumer":[{"packets_lost":2,"packets_received":98}]}}}]])
    assert.same({ "-", "-", "4 ms", "-" }, cells [[{"peer_report":{"quality":{
      "audio_producer":[{"jitter":0.004,"packets_lost":3}]}}}]])
  end)

  it("samples and a summary: the loss is what the summary says", function()
    assert.same({ "-", "7.5 %", "-", "-" }, cells [[{"peer_report":{"quality":{
      "audio_producer":[{"packets_lost":1,"packets_sent":50}],
      "audio_producer_cumulative":{"packet_loss":{"avg":7.5}}}}}]])
  end)

  it("summaries without samples", function()
    assert.same({ "4.10", "1.5 %", "-", "50 ms" }, cells [[{"peer_report":{"quality":{
      "video_producer_cumulative":{"quality_mos":{"avg":4.1},"packet_loss":{"avg":1.5},
        "rtt":{"avg":0.05}}}}}]])
  end)

  it("a round trip in none of its tracks, but on the path", function()
    assert.same({ "4.00", "-", "-", "60 ms" }, cells [[{"peer_report":{
      "quality":{"audio_consumer":[{"mos_quality":4}]},
      "metadata":{"candidate_pairs":{"producing_transport":[{"current_round_trip_time":0.05}],
        "consuming_transport":[null,{"current_round_trip_time":0.07}]}}}}]])
  end)

  it("the older list, with or without samples", function()
    assert.same({ "4.10", "0.3 %", "2 ms*", "24 ms*" }, cells [[{"quality_stats":[
      {"average_quality":4.1,"audio_packet_loss":0.2,"video_packet_loss":0.4}],
      "peer_stats":{"precall_network_information":{"rtt":24,"jitter":1.5}}}]])
    assert.same({ "3.00", "-", "9 ms", "-" }, cells [[{"quality_stats":[{"average_quality":4.1,
      "audio_stats":[{"quality":2,"jitter":0.009}],"video_stats":[{"quality":4}]}]}]])
  end)

  it("both shapes: the newer comes first, the older fills in", function()
    assert.same({ "2.00", "0.2 %", "-", "-" }, cells [[{"quality_stats":[{"average_quality":4.1,
      "audio_packet_loss":0.2,"audio_stats":[{"quality":4}]}],
      "peer_report":{"quality":{"audio_producer":[{"mos_quality":2}]}}}]])
  end)

  it("numbers that are none, or beyond all bounds", function()
    assert.same({ "-", "-", "-", "-" }, cells [[{"duration":{},"peer_report":{"quality":{
      "audio_producer":[{"mos_quality":"4","jitter":{},"rtt":true},7,"x"],
      "audio_consumer":5}},"quality_stats":"none"}]])
    local output = print_those { a = [[{"duration":1e300,"quality_stats":[
      {"average_quality":1e300,"audio_packet_loss":-1e300}]}]] }
    for line in output:gmatch("[^\n]+") do assert.is_true(#line <= 90, line) end
  end)

  it("infinite numbers", function()
    local json = [[{"duration":1e999,"peer_report":{"quality":{"audio_producer":[
      {"mos_quality":1e999,"jitter":1e999},{"mos_quality":-1e999,"jitter":0.004}]}}}]]
    assert.same({ "-", "-", "4 ms", "-" }, cells(json))
    assert.equal("-", rows(print_those { a = json })[1].duration)
  end)

  it("a name that a terminal would act on, or that is too long", function()
    local output = print_those {
      a = [[{"display_name":"\u001b[2J\u202Etxt.exe\n\u009b1m"}]],
      b = cjson.encode { display_name = ("李"):rep(40) },
    }
    local found = rows(output)
    assert.equal("\\x1B[2J\\u{202E}txt.exe\\…", found[1].name)
    assert.equal(("李"):rep(11) .. "…", found[2].name)
    assert.is_nil(output:find("[%z\1-\9\11-\31\127]"))
  end)

  it("no score: the order goes by loss, jitter, round trip, and then as asked", function()
    local function stat(loss, jitter)
      return ([[{"quality_stats":[{"audio_packet_loss":%s,"audio_stats":[{"jitter":%s}]}]}]])
        :format(loss, jitter)
    end
    local order = {}
    for i, row in ipairs(rows(print_those {
      a = nothing, b = nothing, c = stat(1, 0.01), d = stat(1, 0.02), e = stat(2, 0.01),
      f = [[{"quality_stats":[{"average_quality":4.5}]}]],
      g = [[{"peer_stats":{"precall_network_information":{"rtt":10}}}]],
    })) do
      order[i] = row.id
    end
    assert.equal("fedcgab", table.concat(order))
  end)

  it("nobody in its list, or somebody without an id", function()
    local function run_with_list(list)
      api:answer({ match = "/participants?", json = list }, { match = "/participants/a?",
        json = fixture.envelope(nothing) }, { match = "/participants", json = list })
      return examples.run(program, examples.environment(api.url .. "/client/v4"))
    end
    local output, status = run_with_list '{"success":true,"data":{"participants":[]}}'
    assert.equal("Nobody was in this session, as far as is known.\n", output)
    assert.equal(0, status)
    output, status = run_with_list [[{"success":true,"data":{"participants":[{"id":"a"},
      {"display_name":"B"}]},"paging":{"total_count":2,"start_offset":1,"end_offset":2}}]]
    assert.equal(1, status)
    assert.equal(1, #rows(output))
    assert.matches("\nNot fetched: 1 of 2\n  B\n    the participant has no id\n$", output)
  end)

  it("asks for the groups that it needs", function()
    print_those { a = nothing }
    assert.matches("filters=quality_stats,precall_network_information",
      (api:seen().requests[1].target:gsub("%%2C", ",")), 1, true)
  end)
end)

describe("examples/report.lua", function()
  it("gives the tables of a list in order, however many holes there are", function()
    local list, wanted = {}, {}
    for i = 20, 1, -1 do list[i * i * 7] = { i } end
    for i = 1, 20 do wanted[i] = { i } end
    list[3] = "no table"
    assert.same(wanted, require("report").elements(list))
    assert.same({}, require("report").elements("no list"))
  end)

  it("has no words for a duration without end, and some for a very long one", function()
    assert.is_nil(require("report").duration(math.huge))
    assert.matches("^%d+ h", require("report").duration(1e300))
  end)
end)
