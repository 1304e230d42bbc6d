-- examples/quality_report.lua: what its document holds, and that it is one that nothing can break.

package.path = "examples/?.lua;" .. package.path

local cjson = require "cjson"
local examples = require "spec.support.examples"
local fixture = require "spec.support.fixture"
local markup = require "spec.support.markup"
local process = require "spec.support.process"
local data = require "sandbox_data"

local records = data.sessions[1].participants
local folder, keeper, count

-- Runs the example into a file; returns the document (nil where there is none), the output and the
-- exit status.
local function run(url, arguments, more)
  count = (count or 0) + 1
  local path = ("%s/%d.html"):format(folder, count)
  local output, status = examples.run(("quality_report.lua %s %s"):format(arguments, path),
    examples.environment(url, more))
  local file = io.open(path, "rb")
  if not file then return nil, output, status end
  local document = file:read("*a")
  file:close()
  return document, output, status
end

-- ==== What is so of every document ====

local refused = {} -- what could run, or fetch something
for name in ([[script link img iframe frame object embed base form input button audio video source
  use image foreignObject animate set]]):gmatch("%a+") do refused[name] = true end

local function check_attributes(node, ids)
  for name, value in pairs(node.attributes) do
    assert.is_nil(name:lower():find("^on"), name)
    assert.is_nil(({ src = 1, srcset = 1, action = 1, style = 1, data = 1 })[name], name)
    assert.is_nil(value:find("url(", 1, true), value)
    if name == "href" then assert.is_true(ids[value:match("^#(.+)$")], value) end
  end
end

-- A place on an axis of a drawing: within the view, or so many percent.
local function check_place(text, size)
  local number, percent = tostring(text):match("^(%d+%.?%d*)(%%?)$")
  assert.is_string(number, "not a place: " .. tostring(text))
  assert.is_true(tonumber(number) <= (percent == "%" and 100 or size), text)
end

local function check_shape(node)
  local at, view = node.attributes, node.svg.attributes.viewBox or "0 0 1e9 20"
  local width, height = view:match("^0 0 (%S+) (%S+)$")
  width, height = tonumber(width), tonumber(height)
  for name, value in pairs(at) do
    if name:find("^x[12]?$") then check_place(value, width) end
    if name:find("^y[12]?$") then check_place(value, height) end
  end
  if node.name == "rect" then
    check_place(at.x + at.width, width + 0.1)
    check_place(at.y + at.height, height + 0.1)
  elseif node.name == "polyline" then
    for point in at.points:gmatch("%S+") do
      local x, y = point:match("^([^,]+),([^,]+)$")
      check_place(x, width)
      check_place(y, height)
    end
  end
end

-- Reads a document and checks all that has to be so of any; returns its tree.
local function check(document)
  local root, ids = markup.parse(document), {}
  for _, node in ipairs(markup.nodes(root)) do
    local id = node.attributes.id
    if id then
      assert.is_nil(ids[id], "an id twice")
      ids[id] = true
    end
  end
  for _, node in ipairs(markup.nodes(root)) do
    assert.is_nil(refused[node.name], node.name)
    check_attributes(node, ids)
    if node.svg and node ~= node.svg then check_shape(node) end
  end
  local style = markup.text(markup.find(root, "style")[1])
  for _, loads in ipairs { "url(", "@import", "@font-face", "//" } do
    assert.is_nil(style:find(loads, 1, true), loads)
  end
  return root
end

local function has(root, ...)
  local text = markup.text(root)
  for _, wanted in ipairs { ... } do assert.matches(wanted, text, 1, true) end
end

-- What is said of the chart of a measure, for those who cannot see it, of each participant.
local function said_of(root, measure)
  local list = {}
  for _, svg in ipairs(markup.find(root, "svg", "chart")) do
    local words = svg.attributes["aria-label"]
    if words:find(measure, 1, true) == 1 then list[#list + 1] = words end
  end
  return list
end

-- The lines of the chart of a measure, each a list of {x, y}.
local function lines_of(root, measure)
  local lines = {}
  for _, svg in ipairs(markup.find(root, "svg", "chart")) do
    if svg.attributes["aria-label"]:find(measure, 1, true) == 1 then
      for _, line in ipairs(markup.find(svg, "polyline")) do
        local points = {}
        for x, y in line.attributes.points:gmatch("(%S+),(%S+)") do
          points[#points + 1] = { tonumber(x), tonumber(y) }
        end
        lines[#lines + 1] = points
      end
    end
  end
  return lines
end

lazy_setup(function() folder, keeper = process.temporary_directory() end)
lazy_teardown(function() keeper:close() end)

-- ==== Against the sandbox ====

describe("examples/quality_report.lua", function()
  local sandbox
  local session = fixture.app .. " " .. fixture.session

  lazy_setup(function() sandbox = examples.start_sandbox() end)
  lazy_teardown(function() examples.stop_sandbox(sandbox) end)

  it("writes everybody in a session, the worst first", function()
    local document, output, status = run(sandbox.url, session)
    assert.equal(0, status, output)
    assert.matches("%.html: 8 participants\n$", output)
    local root, names = check(document), {}
    for _, person in ipairs(markup.find(root, "section", "person")) do
      names[#names + 1] = markup.text(markup.find(person, "h2")[1])
    end
    assert.equal(#records, #names)
    assert.equal("Ingrid Dahl-Pérez", names[1])
    assert.equal("Yusuf Demirci", names[#names])
    has(root, "Roof inspection, second part", "Zoë Łukasz 李", "田中さくら",
      "09:15:02 to 09:56:32", "2025-06-03 09:15:02 UTC", "2.87 bad", "Firefox 128.0", "Ghent",
      "udp srflx over ethernet", "* not measured in the call")
  end)

  it("draws a strip for each, and four charts for each who was measured", function()
    local root = check((run(sandbox.url, session)))
    assert.equal(#records, #markup.find(root, "svg", "strip"))
    assert.equal(7, #said_of(root, "MOS of "))
    assert.equal(7, #said_of(root, "Jitter of "))
    assert.equal(6, #said_of(root, "Round trip of ")) -- the older shape knows none
    assert.equal(6, #said_of(root, "Packet loss of ")) -- nor how many packets there were
    has(root, "Packet loss in %Nothing tells it over time.",
      "No call quality was measured, or none was kept.")
  end)

  it("writes one participant", function()
    local document, output, status = run(sandbox.url, session .. " " .. fixture.participant)
    assert.equal(0, status, output)
    assert.matches(": 1 participant\n$", output)
    local root = check(document)
    assert.equal(1, #markup.find(root, "section", "person"))
    has(root, "Call quality of Zoë Łukasz 李", "screen audio sent", "4.38 good", "41 min 30 s")
    for _, chart in ipairs(markup.find(root, "svg", "chart")) do
      assert.matches("^%a[%a ]+ of Zoë Łukasz 李, 09:15:02 to 09:56:32 UTC: from ",
        chart.attributes["aria-label"])
    end
  end)

  it("has axes with units, and room for light, dark and paper", function()
    local document = run(sandbox.url, session .. " " .. fixture.participant)
    local root, labels = check(document), {}
    for _, chart in ipairs(markup.find(root, "svg", "chart")) do
      for _, label in ipairs(markup.find(chart, "text")) do labels[markup.text(label)] = true end
    end
    for _, label in ipairs { "1", "5", "0 %", "2 %", "0 ms", "20 ms", "100 ms", "09:20",
      "09:50" } do
      assert.is_true(labels[label], label)
    end
    for _, rule in ipairs { "prefers-color-scheme: dark", "@media print", "max-width: 40rem" } do
      assert.matches(rule, document, 1, true)
    end
  end)

  it("says of a running session who is still in it", function()
    local root = check((run(sandbox.url, fixture.app .. " " .. data.sessions[2].id)))
    has(root, "since 13:31:16", "still in the session", "LIVE")
  end)

  -- ==== Failures ====

  it("says what it needs, and exits with 2", function()
    for _, arguments in ipairs { "", "app", "app session",
      "app session person out.htm more.html" } do
      local output, status = examples.run("quality_report.lua " .. arguments)
      assert.equal(2, status, arguments)
      assert.matches("usage: .*<session_id> %[participant_id%] <output.html>", output)
    end
    local output, status = examples.run("quality_report.lua app session " .. fixture.participant)
    assert.equal(2, status)
    assert.matches("^the last argument is the file to write, and ends in .html", output)
  end)

  it("writes nothing when there is nothing to be had, says why, and exits with 1", function()
    for _, arguments in ipairs { fixture.app .. " nowhere", session .. " nobody" } do
      local document, output, status = run(sandbox.url, arguments)
      assert.is_nil(document)
      assert.equal(1, status)
      assert.matches("^404 not_found: .*\nCheck CLOUDFLARE_ACCOUNT_ID and the ids", output)
    end
    local document, output, status = run(sandbox.url, session,
      { CLOUDFLARE_API_TOKEN = "invalid" })
    assert.is_nil(document)
    assert.equal(1, status)
    assert.matches("^401 authentication: .*\nCheck CLOUDFLARE_API_TOKEN", output)
  end)

  it("says what to do when it cannot write", function()
    local output, status = examples.run(
      ("quality_report.lua %s %s/nowhere/x.html"):format(session, folder),
      examples.environment(sandbox.url))
    assert.equal(1, status)
    assert.matches("^cannot write the report: .*nowhere/x.html: No such file", output)
    assert.matches("\nName a file in a folder that exists", output, 1, true)
  end)

  it("says when the disk is full", function()
    if not io.open("/dev/full", "wb") then return pending("there is no /dev/full") end
    process.check(("ln -s /dev/full %s/full.html"):format(folder))
    local output, status = examples.run(
      ("quality_report.lua %s %s/full.html"):format(session, folder),
      examples.environment(sandbox.url))
    assert.equal(1, status)
    assert.matches("^cannot write the report: No space left on device\n", output)
  end)
end)

-- ==== Against answers of every kind ====

describe("examples/quality_report.lua, where a report has", function()
  local api = fixture.server()

  -- Serves a session and one participant, JSON texts, and returns the tree of the document.
  local function one(participant, session)
    api:answer({ match = "/participants/", json = fixture.envelope(participant) },
      { json = ('{"success":true,"data":%s}'):format(session or '{"id":"s"}') })
    local document, output, status = run(api.url .. "/client/v4", "app s a")
    assert.equal(0, status, output)
    return check(document)
  end

  -- A participant with these samples, as JSON, of a track; `more` goes beside them.
  local function track(samples, name, more)
    return ([[{"id":"a","display_name":"A","joined_at":"2025-06-03T09:00:00Z",
      "left_at":"2025-06-03T09:10:00Z",%s"peer_report":{"quality":{"%s":%s}}}]]):format(more or "",
      name or "audio_producer", samples)
  end

  -- Samples a minute apart, from 09:01; `fields` are what each has besides, as JSON.
  local function samples(fields)
    local list = {}
    for i, text in ipairs(fields) do
      list[i] = text == "null" and text
        or ('{"timestamp":"2025-06-03T09:%02d:00.000Z"%s}'):format(i, text)
    end
    return "[" .. table.concat(list, ",") .. "]"
  end

  -- ==== Where points are ====

  it("scores: each is as high as its number on the axis, at its time", function()
    local root = one(track(samples { ',"mos_quality":1', ',"mos_quality":3', ',"mos_quality":5' }))
    local chart = markup.find(root, "svg", "chart")[1]
    local height, place = {}, {}
    for _, label in ipairs(markup.find(chart, "text")) do
      height[markup.text(label)] = label.attributes.y - 4
      place[markup.text(label)] = label.attributes.x
    end
    local line = lines_of(root, "MOS")[1]
    assert.equal(3, #line)
    for i, point in ipairs(line) do
      assert.is_true(math.abs(height[tostring(2 * i - 1)] - point[2]) < 0.11)
    end
    local minute = (place["09:04"] - place["09:02"]) / 2
    assert.is_true(math.abs(place["09:02"] - line[2][1]) < 0.2)
    assert.is_true(math.abs(line[3][1] - line[2][1] - minute) < 0.2)
  end)

  it("counts of packets: the loss is that of each interval", function()
    local root = one(track(samples { ',"packets_lost":1,"packets_sent":100',
      ',"packets_lost":1,"packets_sent":200', ',"packets_lost":11,"packets_sent":300' }))
    assert.equal("Packet loss of A, 09:00:00 to 09:10:00 UTC: from 0 % to 10 %",
      said_of(root, "Packet loss")[1])
    root = one(track(samples { ',"packets_lost":2,"packets_received":98',
      ',"packets_lost":6,"packets_received":194' }, "video_consumer"))
    assert.matches(": from 2 %% to 4 %%$", said_of(root, "Packet loss")[1])
  end)

  it("counts that begin anew: nothing is drawn for that interval", function()
    local root = one(track(samples { ',"packets_lost":50,"packets_sent":1000',
      ',"packets_lost":1,"packets_sent":100', ',"packets_lost":3,"packets_sent":200' }))
    local lines = lines_of(root, "Packet loss")
    assert.equal(2, #lines[1])
    assert.matches(": from 2 %% to 5 %%$", said_of(root, "Packet loss")[1])
  end)

  it("streams of several senders: each is counted for itself", function()
    local list = {}
    for i, entry in ipairs { "x,0,100", "y,90,910", "x,0,200", "y,95,1005" } do
      list[i] = ([[{"timestamp":"2025-06-03T09:%02d:00Z","consumer_id":"%s","packets_lost":%s,
        "packets_received":%s}]]):format(math.ceil(i / 2), entry:match("^(.-),(.-),(.-)$"))
    end
    local root = one(track("[" .. table.concat(list, ",") .. "]", "audio_consumer"))
    assert.matches(": from 5 %% to 9 %%$", said_of(root, "Packet loss")[1])
  end)

  it("seconds: they are drawn as milliseconds, and an axis reaches to what there is", function()
    local root = one(track(samples { ',"jitter":0.01,"rtt":0.05', ',"jitter":0.9,"rtt":45' }))
    assert.matches(": from 10 ms to 900 ms$", said_of(root, "Jitter")[1])
    assert.matches(": from 50 ms to 45 s$", said_of(root, "Round trip")[1])
  end)

  it("thousands of samples: few points are drawn, and the worst is among them", function()
    local list = {}
    for i = 0, 4999 do
      list[#list + 1] = ('{"timestamp":"2025-06-03T%02d:%02d:%02dZ","mos_quality":%s}'):format(
        9 + math.floor(i / 3600), math.floor(i / 60) % 60, i % 60, i == 2500 and 1.5 or 4.25)
    end
    local root = one(track("[" .. table.concat(list, ",") .. "]"))
    assert.is_true(#lines_of(root, "MOS")[1] <= 120)
    assert.matches(": from 1.50 to 4.25$", said_of(root, "MOS")[1])
  end)

  it("a long time without samples: the line is broken there, not for one null", function()
    local root = one(track(samples { ',"mos_quality":4', ',"mos_quality":4', "null",
      ',"mos_quality":4', ',"mos_quality":null', ',"mos_quality":4', ',"rtt":1', ',"rtt":1',
      ',"rtt":1', ',"rtt":1', ',"mos_quality":4', ',"mos_quality":3' }))
    local lines = lines_of(root, "MOS")
    assert.same({ 4, 2 }, { #lines[1], #lines[2] })
  end)

  it("joins and leaves: a bar for each time that somebody was there", function()
    local function event(name, time)
      return ('{"event_name":"PEER_%s","created_at":"2025-06-03T09:%sZ"}'):format(name, time)
    end
    local root = one(track("[]", nil, ('"peer_events":[%s],'):format(table.concat({
      event("CREATED", "00:00"), event("JOINING", "01:00"), event("LEAVING", "04:00"), "null",
      event("JOINING", "06:00"), event("LEAVING", "09:00") }, ","))))
    has(root, "09:01:00 to 09:04:00, 09:06:00 to 09:09:00")
    local bars = markup.find(markup.find(root, "svg", "strip")[1], "rect", "none")
    assert.same({ "0.0", "375.0" }, { bars[1].attributes.x, bars[1].attributes.width })
    assert.same({ "625.0", "375.0" }, { bars[2].attributes.x, bars[2].attributes.width })
  end)

  it("scores: the strip is in their colours", function()
    local root = one(track(samples { ',"mos_quality":4.4', ',"mos_quality":3.7',
      ',"mos_quality":3.2', ',"mos_quality":2' }))
    local strip, classes = markup.find(root, "svg", "strip")[1], {}
    for i, rect in ipairs(markup.find(strip, "rect")) do classes[i] = rect.attributes.class end
    assert.same({ "none", "good", "fair", "poor", "bad" }, classes)
  end)

  -- ==== What is missing or absurd ====

  it("nothing at all: it says so", function()
    local root = one('{"preset_name":"x"}', '{"status":"ENDED"}')
    has(root, "(no name)", "No call quality was measured", "Nothing tells it", "Nothing is known.")
    assert.equal(0, #markup.find(root, "svg", "chart"))
  end)

  it("nulls, empty groups and values of other types", function()
    for _, json in ipairs {
      [[{"display_name":null,"duration":null,"peer_report":null,"peer_stats":null,"id":"a",
        "quality_stats":null,"peer_events":null,"joined_at":null,"left_at":null}]],
      [[{"display_name":[],"peer_report":{"quality":null,"metadata":null},"quality_stats":[null],
        "peer_stats":{"precall_network_information":null},"peer_events":[null,7,{}]}]],
      [[{"display_name":7,"peer_report":{"quality":{"audio_producer":[],"video_producer":[null],
        "audio_consumer":"x"},"metadata":{"device_info":3,"browser_metadata":"x","events":{},
        "ip_information":[1],"pc_metadata":[null],"candidate_pairs":{"producing_transport":8},
        "selected_device_updates":{"a":1},"sdk_name":{}}},"joined_at":5,"left_at":{},
        "preset_name":{"a":1},"custom_participant_id":[1],"duration":"x"}]],
    } do
      local root = one(json, '{"meeting_display_name":[],"id":{},"status":[1],'
        .. '"associated_id":{},"started_at":{},"ended_at":1e999}')
      has(root, "No call quality was measured")
      assert.is_nil(markup.text(root):find("table: ", 1, true), json)
      assert.equal(0, #markup.find(root, "svg", "chart"))
    end
  end)

  it("one sample: it is a dot", function()
    local root = one(track(samples { ',"mos_quality":4,"rtt":0.1' }))
    local lines = lines_of(root, "MOS")
    assert.equal(1, #lines)
    assert.same(lines[1][1], lines[1][2])
    root = one [[{"peer_report":{"quality":{"audio_producer":[
      {"timestamp":"2025-06-03T09:00:00Z","jitter":0}]}}}]]
    assert.equal(1, #lines_of(root, "Jitter"))
    has(root, "no times of joining and leaving that can be read")
  end)

  it("numbers beyond all bounds, and what only looks like one: left out, and it says so", function()
    local root = one(track(samples { ',"mos_quality":4,"jitter":0.01', ',"mos_quality":1e300',
      ',"mos_quality":-4', ',"mos_quality":"NaN"', ',"jitter":1e999', ',"jitter":"Infinity"',
      ',"rtt":-1', ',"packets_lost":900,"packets_sent":100', ',"rtt":{}', ',"rtt":true' }, nil,
      '"duration":1e300,"max_concurrent_participants":1e300,'))
    has(root, "MOS: 3 values are not a number from 1 to 5.",
      "Packet loss: 1 value is not a number from 0 to 100 %.",
      "Jitter: 2 values are not a number from 0 to 60000 ms.",
      "Round trip: 3 values are not a number from 0 to 60000 ms.")
    assert.matches(": from 4.00 to 4.00$", said_of(root, "MOS")[1])
    local text = markup.text(root):lower()
    for _, word in ipairs { "nan", "inf ", "1e%+300", ("0"):rep(20) } do
      assert.is_nil(text:find("[^%a]" .. word), word)
    end
  end)

  it("times that are none, or far from all others", function()
    local root = one [[{"display_name":"A","joined_at":"yesterday","left_at":"2025-06-03T09:10:00Z",
      "peer_report":{"quality":{"audio_producer":[
      {"timestamp":"2025-06-03T09:01:00Z","rtt":0.1},
      {"timestamp":"2025-06-03T11:02:00+02:00","rtt":0.2},
      {"timestamp":"9999-12-31T23:59:59Z","rtt":0.3},{"timestamp":"2025-13-45T09:01:00Z","rtt":0.4},
      {"rtt":0.5},{"timestamp":1748941260,"rtt":0.6},{"timestamp":"","rtt":0.7}]}}}]]
    has(root, "yesterday (not a time)", "4 samples have no time that can be read.",
      "1 sample is more than a week from the others.")
    assert.equal("Round trip of A, 09:01:00 to 09:02:00 UTC: from 100 ms to 200 ms",
      said_of(root, "Round trip")[1])
    root = one [[{"display_name":"A","joined_at":"0001-01-01T00:00:00Z",
      "left_at":"9999-12-31T23:59:59Z","quality_stats":[{"audio_stats":[
      {"timestamp":"2025-06-03T09:01:00Z","jitter":0.1},
      {"timestamp":"2025-06-03T09:02:00Z","jitter":0.1}]}]}]]
    has(root, "far from all others, not drawn")
    assert.equal(2, #lines_of(root, "Jitter")[1])
    one [[{"joined_at":"2025-06-03T09:01:00Z","left_at":"2025-06-03T09:00:00Z"}]]
    one [[{"joined_at":"2025-02-28T23:59:59Z","left_at":"2025-03-05T00:00:01Z"}]]
  end)

  it("names that are markup, in every place: they stay text", function()
    local evil = '<script>alert(1)</script>" onload="x\' &amp; </title></style><!--'
    local json = cjson.encode {
      id = evil, display_name = evil, custom_participant_id = evil, preset_name = evil,
      joined_at = evil, left_at = evil, quality_stats = { { average_quality = 4 } },
      peer_events = { { event_name = evil, created_at = evil } },
      peer_report = { metadata = {
        device_info = { os = evil, os_version = evil, cpus = evil, is_mobile = evil },
        browser_metadata = { browser = evil, browser_version = evil, engine = evil },
        sdk_name = evil, sdk_version = evil,
        selected_device_updates = { { device = { kind = "audioinput", label = evil } } },
        ip_information = { asn = { asn = evil }, city = evil, country = evil, ipv4 = evil,
          org = evil, region = evil, timezone = evil },
        pc_metadata = { { effective_network_type = evil, turn_connectivity = evil } },
        candidate_pairs = { producing_transport = { { local_candidate_type = evil,
          local_candidate_network_type = evil, local_candidate_protocol = evil } } } },
        quality = { audio_producer = {
          { timestamp = "2025-06-03T09:01:00Z", mos_quality = 4 } } } },
    }
    local root = one(json, cjson.encode { id = evil, associated_id = evil, status = evil,
      meeting_display_name = evil, started_at = evil, ended_at = evil })
    assert.equal(evil, markup.text(markup.find(root, "h1")[1]))
    assert.equal(evil, markup.text(markup.find(root, "h2")[2]))
    assert.matches(evil, markup.text(markup.find(root, "title")[1]), 1, true)
    assert.matches(evil, said_of(root, "MOS")[1], 1, true)
    assert.is_nil(process.read_file(("%s/%d.html"):format(folder, count)):find("<script", 1, true))
  end)

  it("control characters, bytes that are not UTF-8, what turns the direction: spelt out", function()
    local root = one('{"display_name":"a\\u0000\\u0007\\u001b[2J\\nb\\u202etxt'
      .. '\255\192\128\237\160\128"}')
    assert.equal("a\\x00\\x07\\x1B[2J\\x0Ab\\u{202E}txt\\xFF\\xC0\\x80\\xED\\xA0\\x80",
      markup.text(markup.find(root, "h2")[2]))
  end)

  -- ==== Whole sessions ====

  -- Serves a session of these participants, by id, JSON texts; nil for a report that is not there.
  local function all(ids, reports)
    local items, answers = {}, {}
    for i, id in ipairs(ids) do
      items[i] = { id = id, display_name = "listed " .. id, joined_at = "2025-06-03T09:00:00Z" }
      answers[i] = reports[id] and { match = "/peer-report/" .. id,
        json = fixture.envelope(reports[id]) } or { match = "/peer-report/" .. id, status = 404,
        json = fixture.error_envelope(1404, "No <such> peer") }
    end
    answers[#answers + 1] = { match = "/participants",
      json = ('{"success":true,"data":{"participants":%s}}'):format(
        items[1] and cjson.encode(items) or "[]") }
    answers[#answers + 1] = { json = '{"success":true,"data":{"id":"s"}}' }
    api:answer((table.unpack or unpack)(answers)) -- luacheck: globals unpack
    return run(api.url .. "/client/v4", "app s")
  end

  it("a failure: the others are written, the document says so, and it exits with 1", function()
    local document, output, status = all({ "a", "b" },
      { a = track(samples { ',"mos_quality":4' }) })
    assert.equal(1, status)
    assert.matches("No report of b: 404 not_found: No <such> peer", output, 1, true)
    assert.matches("Check CLOUDFLARE_ACCOUNT_ID", output, 1, true)
    local root = check(document)
    has(root, "The report of this participant could not be fetched: 404 not_found: No <such> peer",
      "listed b")
    assert.equal(1, #said_of(root, "MOS of A"))
  end)

  it("nobody: it says so", function()
    local document, output, status = all({}, {})
    assert.equal(0, status, output)
    has(check(document), "Nobody was in this session")
  end)

  it("the groups that it needs asked for", function()
    all({ "a" }, { a = track "[]" })
    local targets = {}
    for i, request in ipairs(api:seen().requests) do targets[i] = request.target end
    assert.matches("/peer%-report/a%?filters=device_info,ip_information,"
      .. "precall_network_information,events,quality_stats&include_peer_events=true",
      (table.concat(targets, "\n"):gsub("%%2C", ",")))
  end)
end)
