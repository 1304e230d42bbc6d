--[[
Encoded bodies, for answers with a Content-Encoding.

  bodies.gzip(text)       by the gzip command
  bodies.deflate(text)    the same compressed bytes in zlib's frame, which is what HTTP means by it
  bodies.brotli(text)     a brotli stream that holds up to 64 KiB as they are
  bodies.gzip_bomb(n)     n zero bytes, compressed to about a thousandth
]]

local process = require "spec.support.process"

local bodies = {}

-- What a shell command writes about the file $1, which holds the text.
local function filter(command, text)
  local directory, keeper = process.temporary_directory()
  local path = directory .. "/text"
  process.write_file(path, text)
  local output = process.check(("set -- %s\n%s"):format(process.quote(path), command))
  keeper:close()
  return output
end

-- The header has ten bytes, as no name is kept in it.
function bodies.gzip(text)
  return filter('gzip -9 -n -c "$1"', text)
end

function bodies.gzip_bomb(length)
  return process.check(("head -c %d /dev/zero | gzip -9 -n -c"):format(length))
end

local function big_endian(number)
  return string.char(math.floor(number / 16777216), math.floor(number / 65536) % 256,
    math.floor(number / 256) % 256, number % 256)
end

local function adler32(text)
  local a, b = 1, 0
  for i = 1, #text do
    a = (a + text:byte(i)) % 65521
    b = (b + a) % 65521
  end
  return b * 65536 + a
end

function bodies.deflate(text)
  local compressed = bodies.gzip(text):sub(11, -9) -- between gzip's header and checksums
  return "\120\218" .. compressed .. big_endian(adler32(text))
end

-- One uncompressed meta-block (RFC 7932, 9.2) and the empty one that ends a stream.
function bodies.brotli(text)
  assert(#text >= 1 and #text <= 65536, "up to 64 KiB")
  local header = 1048576 + (#text - 1) * 16 -- ISUNCOMPRESSED, MLEN - 1 in four nibbles
  return string.char(header % 256, math.floor(header / 256) % 256, math.floor(header / 65536))
    .. text .. "\3"
end

return bodies
