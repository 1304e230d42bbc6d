-- Of the twin without epoll: `make twin` runs the specs with it.

local internals = require "rtk_internals"

describe("the poller without epoll", function()
  if internals.poller_tells_all() then
    it("is run by make twin", function() pending("this build has epoll") end)
    return
  end

  require "spec.support.poller"()
end)
