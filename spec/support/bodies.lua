--[[
Bodies in the encodings of HTTP, good ones and bad ones, as strings. Each is made once.

gzip is made by the command of that name; the others are written here, as blocks that hold their
text as it is: all that a decoder needs to see.
]]

local process = require "spec.support.process"

local bodies = {}

local cache = {}

local function cached(kind, text, make)
  local key = kind .. ":" .. text
  if not cache[key] then cache[key] = make(text) end
  return cache[key]
end

-- The output of a command as bytes.
local function output_of(script)
  local directory, keeper = process.temporary_directory()
  local path = directory .. "/out"
  process.check(("(%s) >%s"):format(script, process.quote(path)))
  local bytes = process.read_file(path)
  keeper:close()
  return bytes
end

local function little_endian(number, count)
  local bytes = {}
  for i = 1, count do
    bytes[i] = string.char(number % 256)
    number = math.floor(number / 256)
  end
  return table.concat(bytes)
end

-- The pieces of a text, of at most `size` bytes; one empty piece for an empty text.
local function pieces(text, size)
  local list = {}
  for from = 1, math.max(1, #text), size do list[#list + 1] = text:sub(from, from + size - 1) end
  return list
end

local function make_gzip(text)
  local directory, keeper = process.temporary_directory()
  process.write_file(directory .. "/in", text)
  local bytes = output_of(("gzip -9nc <%s"):format(process.quote(directory .. "/in")))
  keeper:close()
  return bytes
end

local function make_raw_deflate(text)
  local list, blocks = pieces(text, 65535), {}
  for i, piece in ipairs(list) do
    blocks[i] = (i == #list and "\1" or "\0")
      .. little_endian(#piece, 2) .. little_endian(65535 - #piece, 2) .. piece
  end
  return table.concat(blocks)
end

local function adler32(text)
  local a, b = 1, 0
  for i = 1, #text do
    a = (a + text:byte(i)) % 65521
    b = (b + a) % 65521
  end
  return b * 65536 + a
end

local function make_brotli(text)
  local blocks = {}
  if text ~= "" then
    for i, piece in ipairs(pieces(text, 65536)) do
      -- not the last, four nibbles of length less one, stored; before the first, the window: 0
      local head = (#piece - 1) * 8 + 2 ^ 19
      blocks[i] = little_endian(i == 1 and head * 2 or head, 3) .. piece
    end
    blocks[#blocks + 1] = "\3"
  else
    blocks[1] = "\6"
  end
  return table.concat(blocks)
end

function bodies.gzip(text)
  return cached("gzip", text, make_gzip)
end

-- "deflate" as the standard means it: in a zlib wrapping.
function bodies.deflate(text)
  return cached("deflate", text, function()
    local sum = little_endian(adler32(text), 4):reverse()
    return "\120\1" .. make_raw_deflate(text) .. sum
  end)
end

-- "deflate" as some servers mean it.
function bodies.raw_deflate(text)
  return cached("raw_deflate", text, make_raw_deflate)
end

function bodies.brotli(text)
  return cached("brotli", text, make_brotli)
end

-- A good gzip head, then a block of a kind that does not exist.
function bodies.corrupt_gzip(text)
  local good = bodies.gzip(text)
  return good:sub(1, 10) .. "\255" .. good:sub(12)
end

-- All is well but the checksum at the end.
function bodies.gzip_with_wrong_checksum(text)
  local good = bodies.gzip(text)
  local wrong = string.char((good:byte(-8) + 1) % 256)
  return good:sub(1, -9) .. wrong .. good:sub(-7)
end

-- The first half of a gzip.
function bodies.truncated_gzip(text)
  local good = bodies.gzip(text)
  return good:sub(1, math.floor(#good / 2))
end

-- 64 KiB that become 64 MiB of spaces.
function bodies.gzip_bomb()
  return cached("bomb", "", function()
    return output_of("head -c 67108864 /dev/zero | tr '\\0' ' ' | gzip -9nc")
  end)
end

return bodies
