local internals = require "rtk_internals"

describe("the poller of this build", function()
  require "spec.support.poller"()

  it("is epoll's unless the build says otherwise", function()
    local poll = (os.getenv("MAKE_FLAGS") or ""):find("POLLER=poll", 1, true) ~= nil
    assert.equal(not poll, internals.poller_tells_all())
  end)
end)
