--[[
The control connection: one question per line of JSON, one answer per line of JSON.

A question is { command =, ... }; its answer is { result =, errors = } or { refused = sentence }.
`errors` are the server's own, since the last question: whoever asks must fail with them. The codec
keeps every byte of a string (control characters are escaped, the others stay as they are).
]]

local cjson = require "cjson"
local Connection = require "scripted.connection"
local Script = require "scripted.script"

local control = {}

local MAX_LINE = 268435456

local commands = {}

function commands.answer(server, question)
  local script = Script.new(question.answers)
  server.script = script
  server.proxy_script = nil
  server.record:forget()
end

function commands.answer_proxy(server, question)
  server.proxy_script = Script.new(question.answers)
end

function commands.listen(server, question)
  return server:listen(question)
end

function commands.seen(server)
  return server.record:seen()
end

function commands.wait(server, question)
  local ok, missing = server.record:wait(question.wanted, question.timeout)
  if not ok then return { missing = missing } end
  return server.record:seen()
end

function commands.release(server)
  return server.gate:release()
end

function commands.record(server, question)
  server.record.recording = question.on
end

function commands.stop(server)
  server.stopping = true
end

local function reply_to(server, line)
  local ok, result = pcall(function()
    local question = cjson.decode(line)
    local command = commands[question.command]
    if not command then error("no command " .. tostring(question.command), 0) end
    return command(server, question)
  end)
  if not ok then return { refused = tostring(result) } end
  return { result = result, errors = server.record:take_errors() }
end

-- Answers questions until the test hangs up or says stop.
function control.serve(server, socket)
  local connection = Connection.new(socket)
  repeat
    local line = connection:take_through("\n", MAX_LINE)
    if not line then break end
    connection:write(cjson.encode(reply_to(server, line)) .. "\n")
  until server.stopping
  server.stopping = true
end

return control
