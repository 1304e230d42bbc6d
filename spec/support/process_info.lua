--[[
What the system says of this very process. Each is nil where there is no /proc to ask (Linux has
one), the memory also under a sanitizer.

  process_info.resident()      KiB of memory in use
  process_info.peak()          KiB of memory, the most there ever was
  process_info.descriptors()   how many files and sockets are open
  process_info.bytes_read()    read from files so far; what comes from sockets by recv is not in it
]]

local process = require "spec.support.process"

local process_info = {}

local function field_of(path, pattern)
  local file = io.open(path, "r")
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return tonumber(text:match(pattern))
end

-- A sanitizer keeps what is freed for a while, so that its figures say nothing.
function process_info.resident()
  if os.getenv("PRELOAD") then return nil end
  return field_of("/proc/self/status", "VmRSS:%s*(%d+)")
end

function process_info.peak()
  return field_of("/proc/self/status", "VmHWM:%s*(%d+)")
end

function process_info.bytes_read()
  return field_of("/proc/self/io", "rchar:%s*(%d+)")
end

function process_info.descriptors()
  local pid = field_of("/proc/self/stat", "^(%d+)")
  return pid and tonumber((process.check(("ls /proc/%d/fd | wc -l"):format(pid))))
end

return process_info
