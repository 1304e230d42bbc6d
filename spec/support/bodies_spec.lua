local bodies = require "spec.support.bodies"
local once = require "spec.support.once"
local process = require "spec.support.process"

if once.elsewhere then
  pending(once.elsewhere)
  return
end

local long = ("a participant of a session, "):rep(8000)

-- What a command makes of bytes: its output and its exit status.
local function through(command, bytes)
  local directory, keeper = process.temporary_directory()
  process.write_file(directory .. "/in", bytes)
  local output, status = process.run(("<%s/in %s"):format(directory, command))
  keeper:close()
  return output, status
end

describe("the encoded bodies", function()
  local texts = { "", "a", "a\0b\255", ("y"):rep(65535), ("y"):rep(65536), long }

  it("are what gzip itself decodes", function()
    for _, text in ipairs(texts) do
      assert.same({ text, 0 }, { through("gzip -dc", bodies.gzip(text)) })
    end
  end)

  -- With the head and the end of a gzip around it, deflate is something that gzip can check.
  it("are deflate, with a zlib wrapping and without", function()
    for _, text in ipairs(texts) do
      local deflate = bodies.raw_deflate(text)
      local gzip = bodies.gzip(text)
      assert.same({ text, 0 }, { through("gzip -dc", gzip:sub(1, 10) .. deflate .. gzip:sub(-8)) })
      local wrapped = bodies.deflate(text)
      assert.equal("\120\1" .. deflate, wrapped:sub(1, -5))
    end
    assert.equal("\17\230\3\152", bodies.deflate("Wikipedia"):sub(-4))
  end)

  it("are brotli", function()
    if select(2, process.run("command -v brotli")) ~= 0 then
      pending("the command brotli is not installed")
      return
    end
    for _, text in ipairs(texts) do
      assert.same({ text, 0 }, { through("brotli -dc", bodies.brotli(text)) })
    end
  end)

  it("are made once", function()
    assert.equal(bodies.gzip(long), bodies.gzip(long))
  end)

  it("are wrong where they should be", function()
    for _, name in ipairs { "corrupt_gzip", "gzip_with_wrong_checksum", "truncated_gzip" } do
      local _, status = through("gzip -dc >/dev/null", bodies[name](long))
      assert.not_equal(0, status)
    end
  end)

  it("can be 64 KiB that become 64 MiB", function()
    local bomb = bodies.gzip_bomb()
    assert.truthy(#bomb > 60000 and #bomb < 70000)
    assert.equal("67108864\n", (through("gzip -dc | wc -c", bomb)))
  end)
end)
