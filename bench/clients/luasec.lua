-- LuaSec's https.request and lua-cjson: a connection for each call, as it knows no other.
--   lua5.4 luasec.lua url=BASE ca=FILE calls=100 warm=2

local cjson = require "cjson"
local ltn12 = require "ltn12"
local https = require "ssl.https"
local common = require "bench.clients.common"

local decode, concat = cjson.decode, table.concat

common.sequential(function(number)
  local pieces = {}
  local ok, status = https.request {
    url = common.url(number),
    headers = { authorization = "Bearer " .. common.token, accept = "application/json" },
    sink = ltn12.sink.table(pieces),
    protocol = "any", options = { "all", "no_sslv2", "no_sslv3", "no_tlsv1", "no_tlsv1_1" },
    verify = "peer", cafile = common.arguments.ca,
  }
  if not ok or status ~= 200 then error(tostring(status)) end
  common.check(decode(concat(pieces)).data.participant)
end)
