-- What is kept of many calls at once: few of their libcurl handles.

local fixture = require "spec.support.fixture"
local process_info = require "spec.support.process_info"

describe("a fleet of flights", function()
  local api = fixture.server()

  it("is used again and again: its memory does not grow", function()
    api:answer { echo = true }
    api:record(false)
    if not process_info.resident() then pending("no figures of memory here") end
    local output = fixture.run(([[
      local fixture = require "spec.support.fixture"
      local process_info = require "spec.support.process_info"
      local client = fixture.client(%q)
      local function use(calls)
        local list = {}
        for i = 1, calls do list[i] = client:start("a", "b", "c") end
        for i = 1, calls do assert(list[i]:result()) end
      end
      local function size()
        collectgarbage()
        collectgarbage() -- what had finalizers
        return process_info.resident()
      end
      use(300)
      for _ = 1, 40 do use(100) end
      local before = size()
      for _ = 1, 50 do use(100) end
      print(size() - before)
    ]]):format(api.url))
    assert.is_true(tonumber(output) < 2048, output .. " KiB")
  end)
end)
