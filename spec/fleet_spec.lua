-- What is kept of many calls at once: few of their libcurl handles.

local fixture = require "spec.support.fixture"
local process_info = require "spec.support.process_info"

describe("a fleet of flights", function()
  local api = fixture.server()

  it("is used again and again: its memory does not grow", function()
    api:answer { echo = true }
    api:record(false)
    local client = fixture.client(api.url)
    local function use(calls)
      local list = {}
      for i = 1, calls do list[i] = client:start("a", "b", "c") end
      for i = 1, calls do assert(list[i]:result()) end
    end
    use(300)
    for _ = 1, 5 do use(100) end
    collectgarbage()
    local before = process_info.resident()
    if not before then pending("no figures of memory here") end
    for _ = 1, 50 do use(100) end
    collectgarbage()
    assert.is_true(process_info.resident() - before < 2048)
  end)
end)
