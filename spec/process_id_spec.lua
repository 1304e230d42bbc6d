local fixture = require "spec.support.fixture"

describe("the id of the process", function()
  it("is the child's in a child, though it was asked for before", function()
    local output = fixture.run [[
      local internals = require "rtk_internals"
      local before = internals.process_id()
      local child = internals.fork()
      if child == 0 then
        io.write(("%d "):format(internals.process_id()))
        io.flush()
        internals.exit(0)
      end
      internals.wait(child)
      io.write(("%d %d %d"):format(child, before, internals.process_id()))
    ]]
    local in_child, child, before, after = output:match "^(%d+) (%d+) (%d+) (%d+)$"
    assert.equal(child, in_child)
    assert.equal(before, after)
    assert.not_equal(child, before)
  end)
end)
