--[[
An HTTP/1.1 and TLS server for the specs, on 127.0.0.1, that answers as a test tells it to and
remembers what it was asked:

  lua5.4 spec/support/scripted_server.lua [LIFETIME]

The first line on standard output is JSON: { "control": PORT, "http": PORT }. It ends when the first
control connection does (see scripted/control.lua), when nobody has opened one within ten seconds,
and at the latest after LIFETIME seconds (600). Specs use it through spec/support/server.lua.

What a client does never ends it. What goes wrong in the server itself, or in the script, is told to
the test with its next question.
]]

local here = arg[0]:match("^.*/") or "./"
package.path = here .. "?.lua;" .. package.path

local cjson = require "cjson"
local cqueues = require "cqueues"
local signal = require "cqueues.signal"
local socket = require "cqueues.socket"
local Connection = require "scripted.connection"
local Record = require "scripted.record"
local Script = require "scripted.script"
local control = require "scripted.control"
local deliver = require "scripted.deliver"
local http = require "scripted.http"
local proxy = require "scripted.proxy"
local tls = require "scripted.tls"

local LIFETIME = tonumber(arg[1]) or 600
local CONTROL_SECONDS = 10

-- Errors of sockets are return values.
socket.onerror(function(_, _, why) return why end)
signal.ignore(signal.SIGPIPE)

local server = {
  loop = cqueues.new(),
  record = Record.new(),
  gate = deliver.new_gate(),
  script = Script.new {},
  stopping = false,
}

-- Runs a function of its own; whatever it raises is the test's to know.
function server:start(run, ...)
  local arguments = table.pack(...)
  self.loop:wrap(function()
    local ok, message = xpcall(run, debug.traceback, table.unpack(arguments, 1, arguments.n))
    if not ok then self.record:fail(message) end
  end)
end

local function open_listener()
  local listener = socket.listen {
    host = "127.0.0.1", port = 0, nodelay = true, reuseaddr = true,
  }
  assert(listener:listen(), "cannot listen on 127.0.0.1")
  local _, _, port = listener:localname()
  return listener, port
end

-- One accepted connection, from its first byte to its end.
local function serve(self, accepted, name, side, handle)
  local connection = Connection.new(accepted)
  connection.serial, connection.listener = self.record:accepted(side()), name
  local ok, message = xpcall(handle, debug.traceback, connection)
  accepted:close()
  self.record:closed()
  if not ok then self.record:fail(message) end
end

-- Accepts for ever. `side` gives what the connections count for at that time.
function server:accept(listener, name, side, handle)
  while true do
    local accepted, why = listener:accept { nodelay = true }
    if accepted then
      self:start(serve, self, accepted, name, side, handle)
    else
      self.record:fail("accept on " .. name .. ": " .. tostring(why))
      cqueues.sleep(0.05)
    end
  end
end

local function origin_side() return server.record end
local function proxy_side() return server.record.proxy end

local kinds = {}

function kinds.http()
  return "http", origin_side, function(connection) http.accepted(server, connection) end
end

function kinds.https(options)
  local context = tls.context(options.certificate, options.key, options.tls_version)
  return options.name, origin_side, function(connection)
    http.accepted(server, connection, context)
  end
end

function kinds.proxy(options)
  local context = options.certificate and tls.context(options.certificate, options.key)
  return "proxy", proxy_side, function(connection)
    proxy.accepted(server, connection, options.authorization, context)
  end
end

-- Opens a listener of a kind ("http", "https", "proxy") and returns its port.
function server:listen(options)
  local name, side, handle = kinds[options.kind](options)
  local listener, port = open_listener()
  self:start(self.accept, self, listener, name, side, handle)
  return port
end

local function accept_control(listener)
  local accepted = listener:accept(CONTROL_SECONDS)
  listener:close()
  local ok, message = true, nil
  if accepted then ok, message = pcall(control.serve, server, accepted) end
  server.stopping = true
  if not ok then error(message, 0) end
end

local function main()
  local listener, control_port = open_listener()
  server:start(accept_control, listener)
  print(cjson.encode { control = control_port, http = server:listen { kind = "http" } })
  io.stdout:flush()
  local deadline = cqueues.monotime() + LIFETIME
  while not server.stopping and cqueues.monotime() < deadline do
    local ok, message = server.loop:step(math.max(0, deadline - cqueues.monotime()))
    if not ok then server.record:fail(message) end
  end
end

main()
os.exit(true, false)
