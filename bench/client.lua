--[[
A client of the benchmarks as a process of its own: it has warmed up when it is started, makes its
calls when it is told to, and ends with the stream that it is told by.

  local client, why = client.start("build/bench/easy url=...", environment, directory)
  local figures = client:go()
  client:stop()
]]

local json = require "spec.support.json"
local process = require "spec.support.process"

local client = {}

local SECONDS = 200 -- a client that takes longer in all is hung

local Client = {}
Client.__index = Client

local serial = 0

function client.start(command, environment, directory)
  serial = serial + 1
  local word = ("%s/word%d"):format(directory, serial)
  local said = ("%s/said%d"):format(directory, serial)
  process.check("mkfifo " .. process.quote(word))
  local self = setmetatable({ command = command, word = word, said = said }, Client)
  self.output = assert(io.popen(("exec env %s timeout %d %s <%s 2>%s"):format(
    environment, SECONDS, command, process.quote(word), process.quote(said)), "r"))
  self.input = assert(io.open(word, "w"))
  self.ready = self.output:read("*l") == "ready"
  if self.ready then return self end
  local why = self:complaint()
  self:stop()
  return nil, why
end

-- What it wrote to its standard error first.
function Client:complaint()
  local text = process.read_file(self.said)
  return text:match("[^\n]+") or "it ended"
end

function Client:go()
  self.input:write("go\n")
  self.input:flush()
  local line = self.output:read("*l")
  if line then return json.decode(line) end
  self.ready = false
  error(("%s: %s"):format(self.command, self:complaint()))
end

-- It is told to end: later clients have its stream open, too.
function Client:stop()
  if self.ready then
    self.input:write("end\n")
    self.input:flush()
  end
  self.input:close()
  self.output:close()
  os.remove(self.word)
  os.remove(self.said)
end

return client
