local internals = require "rtk_internals"

local options = internals.option_names()

describe("names: what a misspelt option may have meant", function()
  local meant = {
    api_tokn = "api_token", apiToken = "api_token", token = "api_token", filter = "filters",
    maxRetries = "max_retries", max_retry = "max_retries",
    includePeerEvents = "include_peer_events",
    Timeout = "timeout", time_out = "timeout", header = "headers", baseURL = "base_url",
    account = "account_id", nul = "null", proxi = "proxy",
  }
  for name, option in pairs(meant) do
    it(("%s: %s"):format(name, option), function()
      assert.equal(option, internals.nearest(name, { option }))
    end)
  end

  for _, name in ipairs { "x", "", "verify", "redirects", ("a"):rep(100), "insecure", "tls" } do
    it(("%q is near none"):format(name:sub(1, 20)), function()
      for _, option in ipairs(options) do
        assert.is_nil(internals.nearest(name, { option }))
      end
    end)
  end

  it("the nearest wins", function()
    assert.equal("api_key", internals.nearest("api_ky", { "api_token", "api_key", "ca_path" }))
  end)
end)
