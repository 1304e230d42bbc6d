-- Runs spec functions in threads of Copas; see spec/support/loops.lua. For each test Copas is
-- loaded anew, as it is one loop and can forget nothing. This is for Copas 1 (no timers, a loop
-- without end) and later ones.

-- Copas is pure Lua; Debian has it for 5.1 and 5.2 only, but it runs on all.
local DEBIAN = "/usr/share/lua/5.1/?.lua"
if not package.path:find(DEBIAN, 1, true) then package.path = package.path .. ";" .. DEBIAN end

local found, why = pcall(require, "copas")
if not found then return { missing = why } end

local socket = require "socket"

local STEP = 0.002

local loop = { is_one = true, can_be_collected = true, path = DEBIAN }
local copas, under_way, watched, raised

local select = socket.select

function socket.select(reading, writing, timeout)
  watched = #(reading or {}) + #(writing or {})
  return select(reading, writing, timeout)
end

local function forget()
  for _, name in ipairs { "copas", "realtimekit.copas" } do package.loaded[name] = nil end
end

function loop.open()
  forget()
  copas, under_way, raised = require "copas", 0, nil
  return require "realtimekit.copas"
end

-- f starts within loop.run, as in the other loops.
function loop.go(f)
  under_way = under_way + 1
  copas.addthread(function()
    loop.sleep(0)
    copas.setErrorHandler(function(err)
      under_way = under_way - 1
      raised = err
    end)
    f()
    under_way = under_way - 1
  end)
end

function loop.sleep(seconds)
  local due = socket.gettime() + seconds
  local timer = { close = function() end }
  function timer.dirty() return socket.gettime() >= due end
  function timer.getfd() return timer.dirty() and 0 or -1 end
  function timer.receive()
    if timer.dirty() then return true end
    return nil, "timeout"
  end
  repeat copas.receive(timer) until timer.dirty()
end

function loop.run(seconds)
  local deadline = socket.gettime() + seconds
  repeat copas.step(STEP) until loop.has_ended() or socket.gettime() > deadline
  return raised
end

function loop.has_ended() return under_way == 0 and watched == 0 end

function loop.abandon()
  forget()
  copas = nil
end

return loop
