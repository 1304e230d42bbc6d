--[[
What the library costs an nginx worker, beside clients in pure Lua on cosockets and beside a client
that blocks. Each has an nginx of its own with one worker; the upstream is that of the other
benchmarks, with TLS, and wrk asks.
  lua5.4 bench/nginx/run.lua [rounds=7] [seconds=3] [smoke] [out=bench/results]

Of the worker's CPU its first thread's is compared, which serves the requests; that of the I/O
thread is in "all threads". lua-resty-http is measured, too, where RESTY_HTTP names the folder that
has resty/http.lua: with a pool for all connections, and as it comes, with nginx's pool of 30.
]]

local bodies = require "bench.bodies"
local certificates = require "spec.support.certificates"
local json = require "spec.support.json"
local openresty = require "spec.support.openresty"
local process = require "spec.support.process"
local upstream = require "bench.upstream"

local options = { rounds = 7, seconds = 3, out = "bench/results" }
for _, word in ipairs(arg) do
  local name, value = word:match("^(%w+)=(.*)$")
  options[name or word] = value and (tonumber(value) or value) or true
end
if options.smoke then options.rounds, options.seconds = 1, 1 end

local IN_FLIGHT = options.smoke and 8 or 256 -- of calls that take 100 ms

local PERSON = "/accounts/0123456789abcdef0123456789abcdef/realtime/kit"
  .. "/fedcba98-7654-3210-fedc-ba9876543210/sessions/0b9f8f6e-5d0a-4a51-8c1e-7b0f3c2a9d44"
  .. "/participants/6f1a1f0e-3c1b-4f7e-9a52-000000000001"

local SERVER = [[
location = /call { content_by_lua_block { ngx.print(call "small") } }
location = /late { content_by_lua_block { ngx.print(call "small100") } }
location = /decode {
  content_by_lua_block { ngx.print(require("cjson").decode(small).data.participant.id) }
}
]]

-- The library, with a client for each of the upstream's answers.
local OURS = [[
local clients = {}
for _, name in ipairs { "small", "small100" } do
  clients[name] = rtk.new {
    account_id = "0123456789abcdef0123456789abcdef", api_token = ("0"):rep(40), max_retries = 0,
    base_url = ("https://127.0.0.1:%d/%%s/client/v4"):format(name), ca_file = "%s", proxy = false,
    timeout = 60,
  }
end
function call(name)
  return assert(clients[name]:participant("fedcba98-7654-3210-fedc-ba9876543210",
    "0b9f8f6e-5d0a-4a51-8c1e-7b0f3c2a9d44", "6f1a1f0e-3c1b-4f7e-9a52-000000000001")).id
end
]]

local COSOCKET = [[
local get = require("bench.nginx.cosocket").client {
  host = "127.0.0.1", port = %d, token = ("0"):rep(40) }
function call(name) return get("/" .. name .. "/client/v4%s").id end
]]

local RESTY = [[
package.path = "%s/?.lua;" .. package.path
local http, cjson = require "resty.http", require "cjson"
function call(name)
  local answer = assert(http.new():request_uri(
    "https://127.0.0.1:%d/" .. name .. "/client/v4%s", {
      headers = { Authorization = "Bearer " .. ("0"):rep(40), Accept = "application/json" },
      ssl_verify = false%s }))
  assert(answer.status == 200, answer.status)
  return cjson.decode(answer.body).data.participant.id
end
]]

-- Outside nginx the library blocks: it is required by who does not see that it is in nginx.
local BLOCKING = [[(function()
  local hidden = ngx
  ngx = nil
  local library = require "realtimekit"
  ngx = hidden
  return library
end)()]]

-- Nanoseconds of CPU of a worker: of its first thread, and of all.
local function cpu(pid)
  local first, all = 0, 0
  local list = process.check(("cd /proc/%d/task && grep -H . */schedstat"):format(pid))
  for thread, spent in list:gmatch("(%d+)/schedstat:(%d+)") do
    all = all + tonumber(spent)
    if tonumber(thread) == pid then first = tonumber(spent) end
  end
  return first, all
end

local function wrk(front, path, connections, seconds, pause)
  return ("wrk -t1 -c%d -d%ds --timeout 60s -s bench/nginx/wrk.lua http://127.0.0.1:%d%s -- %s")
    :format(connections, seconds, front.port, path, pause or "")
end

local function figures_of(output)
  local figures = json.decode(output:match("{.*}") or error(output))
  if figures.failed > 0 then error(figures.failed .. " requests failed:\n" .. output) end
  return figures
end

-- Warms up first: the one before had the caches, and this one's connections may have been closed.
local function load_of(front, connections, path)
  local worker = front:workers()[1]
  figures_of(process.check(wrk(front, path, connections, 1)))
  local first, all = cpu(worker)
  local figures = figures_of(process.check(wrk(front, path, connections, options.seconds)))
  local first_after, all_after = cpu(worker)
  figures.first = (first_after - first) / 1000 / figures.calls
  figures.all = (all_after - all) / 1000 / figures.calls
  figures.rate = figures.calls / figures.seconds
  return figures
end

-- What runs beside the load starts with it, and is measured when that is under way.
local function beside_load(front, count, measure)
  local late = wrk(front, "/late", count * 11 // 10, options.seconds + 2, 10)
  local load, pid = process.start(late)
  process.wait_until(function() return front:get("/pid") end, 60)
  process.check "sleep 1"
  local figures = measure()
  local calls = figures_of(load:read("*a"))
  load:close()
  process.kill(pid, "KILL")
  figures.calls_rate = calls.calls / calls.seconds
  return figures
end

local function ping(front)
  return wrk(front, "/ping", 1, options.seconds, 2)
end

-- /ping of a worker while nothing else is done.
local function ping_alone(front)
  return figures_of(process.check(ping(front)))
end

-- /ping of a worker that has some `count` calls of 100 ms under way all the time, and at the same
-- time that of one that has none. The calls begin at times of their own: each of 11 clients for 10
-- calls pauses for some 10 ms.
local function ping_beside(front, count, idle)
  return beside_load(front, count, function()
    local stream = process.start(ping(idle))
    local figures = figures_of(process.check(ping(front)))
    figures.idle = figures_of(stream:read("*a"))
    stream:close()
    return figures
  end)
end

-- How long one /ping takes that comes when so many calls have come to a worker that blocks.
local function ping_of_blocking(front, count)
  local late, pid = process.start(wrk(front, "/late", count, 1))
  process.check "sleep 0.5"
  local socket = require "socket"
  local from = socket.gettime()
  front:get("/ping", 120)
  local seconds = socket.gettime() - from
  process.kill(pid, "KILL")
  late:close()
  return seconds
end

local function median(list)
  table.sort(list)
  local n = #list
  return n % 2 == 1 and list[n // 2 + 1] or (list[n // 2] + list[n // 2 + 1]) / 2
end

local function over(rounds, get)
  local list = {}
  for i, round in ipairs(rounds) do list[i] = get(round) end
  return median(list)
end

local function start(init, library)
  return openresty.start {
    server = SERVER, init = init, library = library, connections = 4096, build = "build/luajit",
    http = "lua_ssl_trusted_certificate " .. certificates.ca_file .. ";",
  }
end

-- The clients that are compared, and what is in each of them: a request, and one decode.
local function make_peers(port)
  local folder = os.getenv("RESTY_HTTP")
  local list = {
    { name = "no call at all", path = "/ping", init = "" },
    { name = "only a decode", path = "/decode",
      init = ("small = [==[%s]==]"):format(bodies.small()) },
    { name = "cosocket", init = COSOCKET:format(port, PERSON) },
    { name = "ours", init = OURS:format(port, certificates.ca_file) },
  }
  if folder then
    local pool = ", keepalive_timeout = 60000, keepalive_pool = 512"
    table.insert(list, 4, { name = "lua-resty-http",
      init = RESTY:format(folder, port, PERSON, pool) })
    table.insert(list, 5, { name = "the same as it comes",
      init = RESTY:format(folder, port, PERSON, "") })
  end
  for _, peer in ipairs(list) do peer.front = start(peer.init) end
  return list
end

local function row(peer, rounds, connections)
  local function of(name)
    return over(rounds, function(round) return round[connections][peer.name][name] end)
  end
  return ("| %-20s | %7.0f | %9.1f | %11.1f | %8.2f | %8.2f |"):format(peer.name, of "rate",
    of "first", of "all", of "p50" / 1000, of "p99" / 1000)
end

local function load_table(peers, rounds, connections)
  local lines = {
    ("Small answers over TLS, %d clients at once (%d rounds of %d s)\n"):format(connections,
      #rounds, options.seconds),
    "| client               | calls/s | worker us | all threads | p50 ms   | p99 ms   |",
    "|----------------------|--------:|----------:|------------:|---------:|---------:|",
  }
  for _, peer in ipairs(peers) do lines[#lines + 1] = row(peer, rounds, connections) end
  lines[#lines + 1] = ""
  for _, peer in ipairs(peers) do
    local function ratio(name)
      return over(rounds, function(round)
        return round[connections].ours[name] / round[connections][peer.name][name]
      end)
    end
    local net = over(rounds, function(round)
      local of, request = round[connections], round[connections]["no call at all"].first
      return (of.ours.first - request) / (of[peer.name].first - request)
    end)
    if peer.name ~= "ours" and not peer.path then
      lines[#lines + 1] = ("Ours to %s: worker's first thread %.2f (%.2f beyond a request without "
        .. "a call), all threads %.2f, calls/s %.2f"):format(peer.name, ratio "first", net,
        ratio "all", ratio "rate")
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

local function ping_table(rounds, blocked)
  local lines = {
    ("/ping of a worker, one every 2 ms (%d rounds of %d s)\n"):format(#rounds, options.seconds),
    "| the worker                                       | p50 ms   | p99 ms   |",
    "|--------------------------------------------------|---------:|---------:|",
  }
  local function add(what, get)
    local p50 = over(rounds, function(round) return get(round).p50 end) / 1000
    local p99 = over(rounds, function(round) return get(round).p99 end) / 1000
    lines[#lines + 1] = ("| %-48s | %8.2f | %8.2f |"):format(what, p50, p99)
  end
  local many = ("has %d calls of 100 ms under way"):format(IN_FLIGHT)
  add("is idle, and so is the machine", function(round) return round.alone end)
  add(many, function(round) return round.ours end)
  add("is idle, while another has them", function(round) return round.ours.idle end)
  add(many .. ", by cosockets", function(round) return round.cosocket end)
  add("is idle, while another has those", function(round) return round.cosocket.idle end)
  lines[#lines + 1] = ("| %-48s | %8.0f |          |\n"):format(many .. ", blocking",
    blocked * 1000)
  for _, of in ipairs { "ours", "cosocket" } do
    lines[#lines + 1] = ("%s: p99 to that of the idle worker at the same time %.2f, "
      .. "to that of one alone %.2f (%.0f calls a second)"):format(of,
      over(rounds, function(round) return round[of].p99 / round[of].idle.p99 end),
      over(rounds, function(round) return round[of].p99 / round.alone.p99 end),
      over(rounds, function(round) return round[of].calls_rate end))
  end
  return table.concat(lines, "\n") .. "\n"
end

-- Each client once; who begins changes.
local function measure_loads(peers, connections, round)
  local figures = {}
  for i = 1, #peers do
    local peer = peers[(i + round - 2) % #peers + 1]
    figures[peer.name] = load_of(peer.front, connections, peer.path or "/call")
  end
  return figures
end

local function main()
  local server = upstream.start()
  local port = server.ports.tls
  local peers, rounds = make_peers(port), {}
  local ours, cosocket, idle = peers[#peers].front, peers[3].front, peers[1].front
  for i = 1, options.rounds do
    rounds[i] = { [32] = measure_loads(peers, 32, i), [256] = measure_loads(peers, 256, i),
      alone = ping_alone(ours), ours = ping_beside(ours, IN_FLIGHT, idle),
      cosocket = ping_beside(cosocket, IN_FLIGHT, idle) }
  end
  for _, peer in ipairs(peers) do peer.front:stop() end
  local blocking = start(OURS:format(port, certificates.ca_file), BLOCKING)
  local blocked = ping_of_blocking(blocking, IN_FLIGHT)
  blocking:stop()
  server:stop()
  local text = table.concat({ load_table(peers, rounds, 32), load_table(peers, rounds, 256),
    ping_table(rounds, blocked) }, "\n")
  io.write(text)
  if not options.smoke then process.write_file(options.out .. "/nginx.md", text) end
end

main()
