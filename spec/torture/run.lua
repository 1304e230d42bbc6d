-- Starts a server with an answer for every scenario, and runs the harness against it.
--   lua5.4 spec/torture/run.lua build/lua5.4/torture [SCENARIO]
--   lua5.4 spec/torture/run.lua "lua5.4 spec/torture/collect.lua"
--   lua5.4 spec/torture/run.lua build/lua5.4/secrets secrets     for spec/torture/secrets.lua

local bodies = require "spec.support.bodies"
local certificates = require "spec.support.certificates"
local fixture_error = [[{"success":false,"errors":[{"code":7,"message":"no"}],"messages":[]}]]
local process = require "spec.support.process"
local server = require "spec.support.server"

local json = [[{"success":true,"errors":[],"messages":[],"data":{"participant":{"id":"p",
"display_name":"Zoë","left_at":null,"duration":41.5,"peer_events":[{"minutes_consumed":0},
{"minutes_consumed":7,"session_id":null}]}}}]]

local api = server.start()
local answers = {
  { match = "participants/ok", json = json, headers = { "cf-ray: 8c", "Ratelimit: a;r=1;t=2" } },
  { match = "participants/close", json = json, close = true },
  { match = "participants/gzip", body = bodies.gzip(json), chunked = { 100 }, encoding = "gzip" },
  { match = "participants/retry", any_of = {
    { status = 503, headers = { "Retry-After: 0" }, json = fixture_error, weight = 1 },
    { json = json, weight = 1 },
  } },
  { match = "participants/cut", json = json, cut_after = { body = 50 } },
  { match = "participants/stall", json = json, stall_after = 0 },
  { match = "participants/stray", delay_after_head = 0.002,
    raw = ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%sHTTP/1.1 200"):format(#json, json) },
  { match = "participants/html", status = 502, body = "<html>" .. ("x"):rep(1000) },
  { match = "participants/api_error", json = fixture_error },
  { match = "participants/bad_response", json = '{"success":true,"data":{"participant":[1]}}' },
  { match = "participants/not_json", body = "hello" },
}
local function data(content)
  return ('{"success":true,"errors":[],"messages":[],"data":%s,"paging":{"total_count":2}}')
    :format(content)
end
local list = [=[[{"id":"a","left_at":null},{"id":"b"}]]=]
for _, answer in ipairs {
  { match = "kit/none/sessions", json = data '{"sessions":{"a":1}}' },
  { match = "/peer-report/", json = data '{"participant":{"id":"a","peer_report":{}}}' },
  { match = "sessions/s/participants", json = data('{"participants":' .. list .. "}") },
  { match = "kit/list/sessions/s", json = data '{"id":"s","ended_at":null}' },
  { match = "kit/list/sessions", json = data('{"sessions":' .. list .. "}") },
  { match = "/any", json = data '{"id":"any"}' },
} do answers[#answers + 1] = answer end
for _, status in ipairs { 302, 400, 401, 403, 404, 409, 422, 429, 500 } do
  answers[#answers + 1] = { match = "participants/status-" .. status, status = status,
    headers = { "Retry-After: 0" }, json = fixture_error }
end
api:answer((table.unpack or unpack)(answers)) -- luacheck: globals unpack
api:record(false)

local secrets = arg[2] == "secrets"
local words
if secrets then
  local password = "proxy-password-in-memory"
  words = { arg[1], "spec/torture/secrets.lua", api.url, api:https(), certificates.ca_file,
    server.refusing_url(), api:proxy_url("user", password),
    api:proxy_url("user", password, "trusted") }
  for i = 3, #words do words[i] = process.quote(words[i]) end
else
  words = { arg[1], "spec/torture/scenarios.lua", process.quote(api.url),
    process.quote(api:https("self_signed")), process.quote(server.refusing_url()) }
  if arg[2] then words[#words + 1] = process.quote(arg[2]) end
end
local status = os.execute(table.concat(words, " "))
api:stop()
os.exit((status == true or status == 0) and 0 or 1)
