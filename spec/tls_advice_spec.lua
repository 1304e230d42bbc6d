local internals = require "rtk_internals"

-- The numbers are OpenSSL's X509_V_ERR_...
local certificates = {
  [0] = "host of base_url", [1] = "host of base_url", [62] = "host of base_url",
  [64] = "host of base_url",
  [2] = "ca_file or ca_path", [18] = "ca_file or ca_path", [19] = "ca_file or ca_path",
  [20] = "intermediate certificates", [21] = "intermediate certificates",
  [27] = "ca_file or ca_path",
  [9] = "clock", [10] = "renewed",
  [23] = "never switched off", [66] = "never switched off", [-1] = "never switched off",
}

local handshakes = {
  ["error:0A000102:SSL routines::unsupported protocol"] = "TLS 1.2 is the least",
  ["error:0A00042E:SSL routines::tlsv1 alert protocol version"] = "TLS 1.2 is the least",
  ["error:0A00010B:SSL routines::wrong version number"] = "no TLS",
  ["error:0A000126:SSL routines::unexpected eof while reading"] = "closed within the handshake",
  ["OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to a:443"] = "closed within",
  ["Recv failure: Connection reset by peer"] = "reset within the handshake",
  ["OpenSSL SSL_connect: Connection reset by peer in connection to a:443"] = "reset within",
  ["error:0A000410:SSL routines::sslv3 alert handshake failure"] = "did not agree",
  [""] = "did not agree",
}

describe("tls_advice", function()
  for number, words in pairs(certificates) do
    it(("of a certificate: %d says %s"):format(number, words), function()
      assert.matches(words, internals.tls_advice("certificate", number, ""), 1, true)
    end)
  end

  for text, words in pairs(handshakes) do
    it(("of a handshake: %q says %s"):format(text, words), function()
      assert.matches(words, internals.tls_advice("handshake", 1, text), 1, true)
    end)
  end

  it("of roots that cannot be read says where they are named", function()
    assert.matches("ca_file and ca_path", internals.tls_advice("roots", 1, ""), 1, true)
  end)

  it("goes behind what libcurl says, and is short enough to stay whole there", function()
    for number = -1, 100 do
      local advice = internals.tls_advice("certificate", number, "")
      assert.matches("^; %l", advice)
      assert.is_true(#advice < 200)
    end
  end)
end)
