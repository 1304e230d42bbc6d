-- libcurl with nothing around it, then one cjson.decode of the body: what a client in this Lua that
-- does nothing else would cost.
--   lua5.4 bare.lua url=BASE ca=FILE calls=1000 warm=50

local cjson = require "cjson"
local common = require "bench.clients.common"
local measure = require "measure"

local decode, ca = cjson.decode, common.arguments.ca

common.sequential(function(number)
  common.check(decode(measure.get(common.url(number), ca)).data.participant)
end)
