-- Calls against a server that misbehaves at random. Every call ends within its deadline, with the
-- participant that was asked for or with a kind; afterwards nothing is left.
--   lua5.4 spec/soak/soak.lua CALLS SECONDS      stops at whichever comes first

local bodies = require "spec.support.bodies"
local fixture = require "spec.support.fixture"
local process_info = require "spec.support.process_info"
local server = require "spec.support.server"
local socket = require "socket"

local calls, seconds = tonumber(arg[1]), tonumber(arg[2])
local DEADLINE, SLACK = 2, 0.5 -- seconds; the slack is for the machine, not for the library
local SEED = tonumber(os.getenv("SOAK_SEED")) or os.time()

local choices = {
  { echo = true, weight = 60 },
  { echo = true, chunked = true, weight = 5 },
  { echo = true, close = true, weight = 5 },
  { echo = true, delay = 0.002, weight = 5 },
  { echo = true, drip = { bytes = 40, every = 0.001 }, weight = 3 },
  { echo = true, reset_after = 0, weight = 2 },
  { echo = true, reset_after = 100, weight = 2 },
  { echo = true, cut_after = 30, weight = 2 },
  { echo = true, cut_after = { body = 20 }, weight = 2 },
  { echo = true, stall_after = 50, weight = 1 },
  { status = 429, headers = { "Retry-After: 0.01" }, json = fixture.error_envelope(1429, "slow"),
    weight = 3 },
  { status = 500, headers = { "Retry-After: 0" }, body = "<html>", weight = 3 },
  { status = 503, headers = { "retry-after-ms: 5" }, weight = 2 },
  { status = 404, json = fixture.error_envelope(1404, "none"), weight = 2 },
  { status = 302, headers = { "Location: http://127.0.0.1:1/" }, weight = 1 },
  { encoding = "gzip", body = bodies.truncated_gzip(fixture.envelope()), weight = 2 },
  { raw = "garbage\r\n\r\n", close = true, weight = 1 },
}

local api = server.start { lifetime = seconds + 120 }
api:answer { any_of = choices, seed = SEED }
api:record(false)

-- Every tenth call retries: the waits between attempts would be most of the time otherwise.
local client = fixture.client(api.url, { max_retries = 0, timeout = 0.1, deadline = DEADLINE })
local stubborn = client:with { max_retries = 3 }
local kinds, failures, findings, slowest = {}, 0, 0, 0

local function finding(...)
  findings = findings + 1
  io.write("soak: ", string.format(...), "\n")
end

local function call(i)
  local id = ("participant-%d"):format(i)
  local before = socket.gettime()
  local caller = i % 10 == 0 and stubborn or client
  local participant, err, outcome = caller:participant(fixture.app, fixture.session, id)
  local took = socket.gettime() - before
  slowest = math.max(slowest, took)
  if took > DEADLINE + SLACK then finding("call %d took %.2f s", i, took) end
  if participant then
    if participant.id ~= id then finding("call %d got %s", i, tostring(participant.id)) end
    if err ~= nil or outcome.status ~= 200 then finding("call %d: a success with err", i) end
  else
    failures = failures + 1
    if type(err) ~= "string" or type(outcome.kind) ~= "string" then
      finding("call %d ended with neither a participant nor a kind", i)
    end
    kinds[outcome.kind] = (kinds[outcome.kind] or 0) + 1
  end
end

local function settle()
  collectgarbage()
  collectgarbage()
end

for i = 1, 500 do call(i) end
settle()
local ends, made = socket.gettime() + seconds, 0
local memory, descriptors = process_info.resident(), process_info.descriptors()
while made < calls and socket.gettime() < ends do
  made = made + 1
  call(made)
end
settle()
local grown = process_info.resident() - memory -- KiB
if grown > 1024 then finding("memory grew by %d KiB", grown) end
if process_info.descriptors() > descriptors then
  finding("%d descriptors are left", process_info.descriptors() - descriptors)
end
stubborn:close()
client:close()
api:wait_closed()
api:stop()

local list = {}
for kind, count in pairs(kinds) do list[#list + 1] = kind .. " " .. count end
table.sort(list)
io.write(("soak: seed %d, failures by kind: %s\n"):format(SEED, table.concat(list, ", ")))
io.write(("soak: %d calls, %d failures, slowest %.2f s, memory %+d KiB, %d findings\n")
  :format(made, failures, slowest, grown, findings))
os.exit(findings == 0 and 0 or 1)
