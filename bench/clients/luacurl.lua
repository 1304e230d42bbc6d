-- Debian's lua-curl with one handle for all calls, and lua-cjson.
--   luajit luacurl.lua url=BASE ca=FILE calls=1000 warm=50

local cjson = require "cjson"
local curl = require "curl"
local common = require "bench.clients.common"

local decode, concat = cjson.decode, table.concat
local handle, pieces = curl.easy_init(), {}

handle:setopt(curl.OPT_HTTPHEADER,
  { "Authorization: Bearer " .. common.token, "Accept: application/json" })
handle:setopt(curl.OPT_USERAGENT, "lua-realtimekit/bench")
handle:setopt(curl.OPT_ACCEPT_ENCODING, "")
handle:setopt(curl.OPT_CAINFO, common.arguments.ca)
handle:setopt(curl.OPT_PROXY, "")
handle:setopt(curl.OPT_WRITEFUNCTION, function(piece)
  pieces[#pieces + 1] = piece
  return #piece
end)

common.sequential(function(number)
  pieces = {}
  handle:setopt(curl.OPT_URL, common.url(number))
  local code, message = handle:perform()
  if code ~= 0 then error(message) end
  common.check(decode(concat(pieces)).data.participant)
end)
