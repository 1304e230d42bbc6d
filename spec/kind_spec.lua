local internals = require "rtk_internals"

describe("kind", function()
  local expected = {
    [199] = "http_error", [200] = "ok", [204] = "ok", [299] = "ok", [300] = "http_error",
    [302] = "http_error", [400] = "bad_request", [401] = "authentication", [402] = "http_error",
    [403] = "permission_denied", [404] = "not_found", [405] = "http_error", [408] = "http_error",
    [409] = "conflict", [418] = "http_error", [422] = "unprocessable", [429] = "rate_limited",
    [499] = "http_error", [500] = "server_error", [503] = "server_error", [599] = "server_error",
    [600] = "server_error", [999] = "server_error",
  }
  for status, kind in pairs(expected) do
    it(("of a %d is %s"):format(status, kind), function()
      assert.equal(kind, internals.kind_of_status(status))
    end)
  end

  it("is one of the documented names", function()
    assert.same({ "invalid_request", "connection", "tls", "timeout", "bad_request",
      "authentication", "permission_denied", "not_found", "conflict", "unprocessable",
      "rate_limited", "server_error",
      "http_error", "api_error", "bad_response", "too_large", "cancelled" }, internals.kinds())
  end)
end)
