-- Starts a server and runs the threads against it.
--   lua5.4 spec/threads/run.lua build/lua5.4/threads THREADS CALLS

local server = require "spec.support.server"

local api = server.start()
api:answer({ match = "/sessions/missing/", status = 404, json = "{}" },
  { match = "/sessions/busy/", status = 503, headers = { "Retry-After: 0" }, json = "{}" },
  { match = "/participants/", echo = true })
api:record(false)
local status = os.execute(("%s spec/threads/calls.lua %s %s %s"):format(arg[1], api.url, arg[2],
  arg[3]))
api:stop()
os.exit((status == true or status == 0) and 0 or 1)
