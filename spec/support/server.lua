--[[
The scripted server, as a spec sees it. It runs in a process of its own (scripted_server.lua), so it
answers while the code under test blocks.

  local api = server.start()
  api:answer({ status = 503 }, { json = '{"success":true}' })
  ... calls to api.url ...
  local seen = api:wait_seen(2)
  api:stop()

Answers, the fields of `seen` and all that can be told to the server: see server.md.

A question that the server does not answer within ten seconds, an answer that makes no sense, and
anything that went wrong within the server raise an error: no spec hangs, none passes by accident.
]]

local mime = require "mime"
local socket = require "socket"
local certificates = require "spec.support.certificates"
local json = require "spec.support.json"
local process = require "spec.support.process"

local server = {}

local CONTROL_SECONDS = 10
local WAIT_SECONDS = 5

local here = debug.getinfo(1, "S").source:match("^@(.*)[/\\]") or "."

local Api = {}
Api.__index = Api

-- ==== the control connection ====

-- One question to the server and its answer; `level` is whose fault an error is.
local function ask(api, question, level, seconds)
  local control = api.link.control
  if not control then error("the scripted server was stopped", level + 1) end
  control:settimeout(CONTROL_SECONDS + (seconds or 0))
  local line, why = control:send(json.encode(question) .. "\n")
  if line then line, why = control:receive("*l") end
  if not line then
    api:kill()
    error("the scripted server does not answer: " .. tostring(why), level + 1)
  end
  local reply = json.decode(line)
  if reply.refused then error(reply.refused, level + 1) end
  if #reply.errors > 0 then
    error("the scripted server failed: " .. table.concat(reply.errors, "\n"), level + 1)
  end
  return reply.result
end

-- ==== starting and stopping ====

-- Starts a server. `lifetime` in seconds (600) is the longest it may live.
function server.start(options)
  local output, pid = process.start(("lua5.4 %s %g"):format(
    process.quote(here .. "/scripted_server.lua"), (options or {}).lifetime or 600))
  -- `link` holds what ends with the process: its standard output and the control connection.
  local api = setmetatable({ pid = pid, link = { output = output }, listeners = {} }, Api)
  local line = output:read("*l")
  if not line then
    api:kill()
    error("the scripted server did not start", 2)
  end
  local ports = json.decode(line)
  local control = assert(socket.connect("127.0.0.1", ports.control))
  control:setoption("tcp-nodelay", true)
  api.link.control = control
  api.port = ports.http
  api.url = ("http://127.0.0.1:%d"):format(ports.http)
  return api
end

local function forget_process(api)
  local link = api.link
  if link.control then link.control:close() end
  if link.output then link.output:close() end -- waits for the end of the process
  link.control, link.output = nil, nil
end

-- For a server that does not listen any more.
function Api:kill()
  if self.link.output then process.kill(self.pid, "KILL") end
  forget_process(self)
end

-- Stops the server; raises what went wrong in it and was not yet told. To stop twice does no harm.
function Api:stop()
  if not self.link.control then return end
  local ok, message = pcall(ask, self, { command = "stop" }, 2)
  forget_process(self)
  if not ok then error(message, 2) end
end

-- ==== listeners ====

local function port_of(api, key, question)
  if not api.listeners[key] then
    question.command = "listen"
    api.listeners[key] = ask(api, question, 3)
  end
  return api.listeners[key]
end

-- The URL of a TLS listener with one of the certificates of certificates.lua. Options:
-- `tls_version` ("1.0", "1.1", "1.2": this one only; else 1.2 and 1.3), `host` ("127.0.0.1").
function Api:https(certificate, options)
  options = options or {}
  local name = "https:" .. (certificate or "trusted")
  local port = port_of(self, name .. (options.tls_version or ""), {
    kind = "https", name = name, tls_version = options.tls_version,
    certificate = certificates.pem(certificate or "trusted"), key = certificates.key,
  })
  return ("https://%s:%d"):format(options.host or "127.0.0.1", port)
end

local function percent_encode(text)
  return (text:gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

-- The URL of a proxy, which asks for these credentials if there are any, and is spoken to over TLS
-- if a certificate is named.
function Api:proxy_url(user, password, certificate)
  local pair = user and user .. ":" .. (password or "")
  local port = port_of(self, ("proxy %s %s"):format(tostring(pair), tostring(certificate)), {
    kind = "proxy", authorization = pair and "Basic " .. mime.b64(pair),
    certificate = certificate and certificates.pem(certificate), key = certificates.key,
  })
  local user_info = user and percent_encode(user) .. ":" .. percent_encode(password or "") .. "@"
  return ("%s://%s127.0.0.1:%d"):format(certificate and "https" or "http", user_info or "", port)
end

-- ==== the script ====

-- Replaces the script, and forgets what was seen and what the proxy was told.
function Api:answer(...)
  ask(self, { command = "answer", answers = { ... } }, 2)
end

-- What proxies answer instead of being proxies; { tunnel = true } is to be one.
function Api:answer_proxy(...)
  ask(self, { command = "answer_proxy", answers = { ... } }, 2)
end

-- Lets the answers go that are held now; returns how many.
function Api:release()
  return ask(self, { command = "release" }, 2)
end

-- Whether requests are kept (true at first) or only counted.
function Api:record(on)
  ask(self, { command = "record", on = on }, 2)
end

-- ==== what was seen ====

function Api:seen()
  return ask(self, { command = "seen" }, 2)
end

-- Waits until so many requests were seen, or all of the counts in a table: requests, connections,
-- handshake_failures, proxy_requests, proxy_connections, and open (falls to it). Returns seen().
function Api:wait_seen(wanted, seconds)
  seconds = seconds or WAIT_SECONDS
  if type(wanted) == "number" then wanted = { requests = wanted } end
  local seen = ask(self, { command = "wait", wanted = wanted, timeout = seconds }, 2, seconds)
  if seen.missing then
    error(("%s, after %g seconds"):format(seen.missing, seconds), 2)
  end
  return seen
end

-- Waits until no client has a connection open.
function Api:wait_closed(seconds)
  return self:wait_seen({ open = 0 }, seconds)
end

-- ==== addresses where no server is ====

-- A URL that refuses every connection.
function server.refusing_url()
  return ("http://127.0.0.1:%d"):format(process.unused_port())
end

-- A URL where a connection is never made: nothing is refused, nothing is answered. The second
-- value has to be kept as long as that should be, and closed then.
function server.silent_url()
  local listener = assert(socket.bind("127.0.0.1", 0, 0))
  local _, port = listener:getsockname()
  local waiting = {}
  repeat -- until the backlog, which nobody accepts from, is full
    local client = assert(socket.tcp())
    client:settimeout(0.2)
    waiting[#waiting + 1] = client
    local connected = client:connect("127.0.0.1", port)
    assert(#waiting < 64, "the backlog does not fill up")
  until not connected
  return ("http://127.0.0.1:%d"):format(port), {
    close = function()
      for _, client in ipairs(waiting) do client:close() end
      listener:close()
    end,
  }
end

return server
