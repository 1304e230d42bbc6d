-- TLS contexts for listeners.

local context = require "openssl.ssl.context"
local pkey = require "openssl.pkey"
local x509 = require "openssl.x509"

local tls = {}

local protocols = {
  ["1.0"] = "TLSv1", ["1.1"] = "TLSv1_1", ["1.2"] = "TLSv1_2",
}

local function read_file(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

-- HTTP/1.1 for whoever asks for a protocol by name: there is no other here.
local function select_protocol(_, offered)
  for _, name in ipairs(offered) do
    if name == "http/1.1" then return name end
  end
end

-- `version` is the only one spoken ("1.0", "1.1", "1.2"); without it, the modern ones.
function tls.context(certificate_file, key_file, version)
  local protocol = "TLS"
  if version then protocol = assert(protocols[version], "TLS version: 1.0, 1.1 or 1.2") end
  local made = context.new(protocol, true)
  if version == "1.0" or version == "1.1" then made:setCipherList("ALL:@SECLEVEL=0") end
  made:setCertificate(x509.new(read_file(certificate_file)))
  made:setPrivateKey(pkey.new(read_file(key_file)))
  made:setAlpnSelect(select_protocol)
  return made
end

-- What was agreed, for the record.
function tls.describe(ssl)
  local minor = ssl:getVersion() & 0xff -- 3.4 on the wire is TLS 1.3
  return {
    version = ("1.%d"):format(minor - 1), server_name = ssl:getHostName(),
    protocol = ssl:getAlpnSelected(),
  }
end

return tls
