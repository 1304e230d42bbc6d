--[[
Other programs and temporary directories, the same on every Lua.

Every program runs without what this process has open beyond the standard streams (a connection kept
open by a bystander never looks closed) and without LD_PRELOAD (a sanitizer's runtime is for the
module under test alone).
]]

local socket = require "socket"

local process = {}

local CLOSE_INHERITED = [[
for fd in /dev/fd/*; do
  fd=${fd##*/}
  if [ "$fd" -gt 2 ]; then eval "exec $fd>&-"; fi
done
]]

-- The command that runs the Lua of these specs, with a sanitizer's runtime if they run with one.
process.lua = (os.getenv("PRELOAD") and "env LD_PRELOAD=" .. os.getenv("PRELOAD") .. " " or "")
  .. (os.getenv("LUA") or "lua5.4")

function process.quote(word)
  return "'" .. word:gsub("'", [['\'']]) .. "'"
end

local WITHOUT_PRELOAD = os.getenv("LD_PRELOAD") and "unset LD_PRELOAD; " or ""

local function bash(script)
  return WITHOUT_PRELOAD .. "exec bash -c " .. process.quote(CLOSE_INHERITED .. script)
end

-- Runs a bash script to its end. Returns what it wrote (both streams) and its exit status.
function process.run(script)
  local stream = assert(io.popen(bash("{ " .. script .. "\n} 2>&1 </dev/null; echo :$?"), "r"))
  local output = stream:read("*a")
  stream:close()
  local text, status = output:match("^(.*):(%d+)\n$")
  if not text then error("cannot run: " .. script .. "\n" .. output, 2) end
  return text, tonumber(status)
end

-- The same for a script that has to succeed: returns its output alone.
function process.check(script)
  local output, status = process.run(script)
  if status ~= 0 then
    error(("failed with status %d: %s\n%s"):format(status, script, output), 2)
  end
  return output
end

-- Starts a program (a simple command) in the background and returns a stream of its standard
-- output, after the line with its process id has been read from it, and that id. To close the
-- stream is to wait for the end of the program.
function process.start(command)
  local stream = assert(io.popen(bash("echo $$; exec " .. command .. " </dev/null"), "r"))
  local pid = tonumber(stream:read("*l"))
  if not pid then error("cannot start: " .. command, 2) end
  return stream, pid
end

-- Starts a bash script that reads its standard input to know how long this process lives and
-- wants it: at the end of that stream it has to tidy up and end. To close the stream is to wait.
-- It has no output: nobody who reads ours has to wait for a companion.
function process.companion(script)
  return assert(io.popen(bash("exec >/dev/null 2>&1; trap '' INT TERM HUP\n" .. script), "w"))
end

function process.kill(pid, signal)
  process.run(("kill -%s %d 2>/dev/null"):format(signal, pid))
end

-- A new directory that is removed with the stream that is returned beside it, or at the end of
-- this process, however that comes.
function process.temporary_directory()
  local directory = process.check("mktemp -d"):gsub("\n$", "")
  local keeper = process.companion(
    ("while read -r; do :; done; rm -rf %s"):format(process.quote(directory)))
  return directory, keeper
end

function process.read_file(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

function process.write_file(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

-- A port of 127.0.0.1 where nobody listens, below those that Linux gives to who asks for any and to
-- connections: only who chooses like this may take it meanwhile, by the same chance.
function process.unused_port()
  local random = assert(io.open("/dev/urandom", "rb"))
  local port, probe
  for _ = 1, 100 do
    local a, b = random:read(2):byte(1, 2)
    port = 20000 + (a * 256 + b) % 12000
    probe = socket.bind("127.0.0.1", port)
    if probe then break end
  end
  random:close()
  assert(probe, "no unused port"):close()
  return port
end

-- Asks until `question` returns something true, and returns that; nil after so many seconds.
-- For what cannot be waited for in any better way.
function process.wait_until(question, seconds)
  local deadline = socket.gettime() + (seconds or 10)
  while true do
    local answer = question()
    if answer or socket.gettime() >= deadline then return answer or nil end
    socket.sleep(0.005)
  end
end

return process
