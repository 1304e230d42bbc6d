-- lua-http and lua-cjson.
--   lua5.4 luahttp.lua way=kept|readme url=BASE ca=FILE calls=1000 warm=50
-- kept: one connection, kept by hand; readme: request.new_from_uri(...):go(), as its README shows.

local cjson = require "cjson"
local http_client = require "http.client"
local http_headers = require "http.headers"
local http_request = require "http.request"
local http_tls = require "http.tls"
local common = require "bench.clients.common"
local store = require "openssl.x509.store"

local decode = cjson.decode
local host, port = common.arguments.url:match("^https://([^:/]+):(%d+)")
port = math.floor(tonumber(port))

local tls = http_tls.new_client_context()
local trusted = store.new()
trusted:add(common.arguments.ca)
tls:setStore(trusted)

local ways = {}

function ways.readme(number)
  local request = http_request.new_from_uri(common.url(number))
  request.ctx = tls
  request.headers:upsert("authorization", "Bearer " .. common.token)
  local headers, stream = assert(request:go(10))
  if headers:get(":status") ~= "200" then error("status " .. headers:get(":status")) end
  common.check(decode(stream:get_body_as_string(10)).data.participant)
  stream:shutdown()
end

local connection

function ways.kept(number)
  if not connection then
    connection = assert(http_client.connect {
      host = host, port = port, tls = true, ctx = tls, version = 1.1,
    })
  end
  local headers = http_headers.new()
  headers:append(":method", "GET")
  headers:append(":scheme", "https")
  headers:append(":authority", host .. ":" .. port)
  headers:append(":path", common.url(number):match("^https://[^/]+(.*)$"))
  headers:append("authorization", "Bearer " .. common.token)
  headers:append("accept", "application/json")
  local stream = connection:new_stream()
  assert(stream:write_headers(headers, true, 10))
  local answer = assert(stream:get_headers(10))
  if answer:get(":status") ~= "200" then error("status " .. answer:get(":status")) end
  common.check(decode(assert(stream:get_body_as_string(10))).data.participant)
end

common.sequential(ways[common.arguments.way])
