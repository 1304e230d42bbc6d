--[[
The certificates of the specs: in the folder SPEC_CERTIFICATES, where certificates.sh has been, or
made by openssl when the first of them is asked for, in a temporary directory that goes with this
process. All are for an elliptic-curve key.

  certificates.ca_file           the root in PEM, to be trusted
  certificates.ca_path           the same as a directory with hashed names
  certificates.directory         where they are
  certificates.pem(name)         the path of a certificate
  certificates.key               the path of the key of them all

  trusted                signed by the root, for localhost, 127.0.0.1 and ::1
  name_only              the same, for localhost alone
  address_only           the same, for 127.0.0.1 alone
  wrong_host             the same, for example.invalid
  expired                was good until yesterday
  not_yet_valid          will be good from tomorrow
  self_signed            by itself
  untrusted_root         signed by another root
  missing_intermediate   signed by an authority that the root has signed and that is not sent
]]

local process = require "spec.support.process"

local certificates = {}

local directory, keeper = os.getenv("SPEC_CERTIFICATES"), nil

local names = {
  trusted = true, name_only = true, address_only = true, wrong_host = true, expired = true,
  not_yet_valid = true, self_signed = true, untrusted_root = true, missing_intermediate = true,
}

local here = debug.getinfo(1, "S").source:match("^@(.*)[/\\]") or "."

local function made()
  if not directory then
    directory, keeper = process.temporary_directory()
    process.check(("bash %s %s"):format(
      process.quote(here .. "/certificates.sh"), process.quote(directory)))
  end
  return directory
end

function certificates.pem(name)
  if not names[name] then error("no certificate is called " .. tostring(name), 2) end
  return made() .. "/" .. name .. ".pem"
end

local fields = {
  directory = made,
  ca_file = function() return made() .. "/root.pem" end,
  ca_path = function() return made() .. "/hashed" end,
  key = function() return made() .. "/server.key" end,
}

-- Removes them now, unless others use them; the next question makes others.
function certificates.remove()
  if not keeper then return end
  keeper:close()
  directory, keeper = nil, nil
end

return setmetatable(certificates, {
  __index = function(_, name) return fields[name] and fields[name]() end,
})
