--[=[
nginx with its Lua module and the library under test: a program of its own on a free port of
127.0.0.1, in a temporary folder.

  local front = openresty.start {
    environment = { CLOUDFLARE_BASE_URL = api.url .. "/client/v4", ... },
    server = [[ location / { content_by_lua_block { ... } } ]],
  }
  assert.equal("hello\n", front:get("/"))
  front:stop()

Lua in the configuration finds the library as `rtk`, `prefix` (the folder, with a slash), `state` (a
table of the worker) and `note(text)`, which adds a line to what `front:notes()` returns, for phases
that answer nobody. It ends with this process at the latest, however that ends.

The library that it loads is the one under test when that is of LuaJIT, and none else is:
`openresty.missing` says why it cannot run, if it cannot; each file of tests is pending then.
]=]

local fixture = require "spec.support.fixture"
local process = require "spec.support.process"
local socket = require "socket"

local openresty = {}

local START_SECONDS = 10
local ATTEMPTS = 5 -- to get a port that nobody else takes meanwhile
local TAKEN = "Address already in use"

local MODULES = "/usr/lib/nginx/modules/"

local function find_missing()
  if not rawget(_G, "jit") then return "nginx's Lua is LuaJIT, whose run has these tests" end
  if os.getenv("PRELOAD") then return "nginx runs without a sanitizer" end
  local file = io.open(MODULES .. "ngx_http_lua_module.so", "rb")
  if not file then return "there is no lua-nginx-module" end
  file:close()
end

openresty.missing = find_missing()

local Front = {}
Front.__index = Front

local configuration = [[
load_module @MODULES@ndk_http_module.so;
load_module @MODULES@ngx_http_lua_module.so;
daemon off;
pid nginx.pid;
error_log error.log @LEVEL@;
@MAIN@
events { worker_connections @CONNECTIONS@; }
http {
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  access_log off;
  lua_package_path "@HERE@/src/?.lua;@HERE@/?.lua;;";
  lua_package_cpath "@HERE@/@BUILD@/?.so;;";
  init_by_lua_block {
    prefix = "@DIRECTORY@/"
    function note(text)
      local file = assert(io.open(prefix .. "notes", "a"))
      file:write(tostring(text):gsub("\n", " "), "\n")
      file:close()
    end
    rtk, state = @LIBRARY@, {}
    @INIT@
  }
  @HTTP@
  server {
    listen 127.0.0.1:@PORT@ backlog=1024;
    @SERVER@
    location = /ping { content_by_lua_block { ngx.say("pong") } }
    location = /pid { content_by_lua_block { ngx.say(ngx.worker.pid()) } }
    location = /collect {
      content_by_lua_block { collectgarbage() collectgarbage() ngx.say("done") }
    }
  }
}
]]

-- The content of a file, or nothing when it is not there.
local function text_of(directory, name)
  local ok, text = pcall(process.read_file, directory .. "/" .. name)
  return ok and text or ""
end

local is_root = process.check("id -u") == "0\n"
local here = process.check("pwd"):gsub("\n$", "")

local function directives(options)
  local list = { "worker_processes " .. (options.workers or 1) .. ";" }
  if options.master == false then list[#list + 1] = "master_process off;" end
  if is_root then list[#list + 1] = ("user %s;"):format(options.user or "root") end
  for name in pairs(options.hands_on ~= false and options.environment or {}) do
    list[#list + 1] = "env " .. name .. ";"
  end
  list[#list + 1] = options.main
  return table.concat(list, "\n")
end

local function configure(directory, port, options)
  local values = {
    MODULES = MODULES, LEVEL = options.level or "warn", MAIN = directives(options),
    CONNECTIONS = options.connections or 512, HERE = here, DIRECTORY = directory,
    BUILD = options.build or os.getenv("BUILD") or "build/luajit",
    LIBRARY = options.library or 'require "realtimekit"', INIT = options.init or "",
    HTTP = options.http or "", SERVER = options.server or "", PORT = port,
  }
  process.write_file(directory .. "/nginx.conf", options.configuration
    and options.configuration(directory, port) or (configuration:gsub("@(%u+)@", values)))
end

-- The companion of an nginx: ends all its processes, and removes its folder, when this process
-- wants it or ends.
local companion = [[
cd %s
{
  setsid env %s nginx -p "$PWD/" -e error.log -c nginx.conf >output 2>&1 </dev/null &
  echo $! >started
  wait $!
  echo $? >ended
} &
while read -r; do :; done
while [ ! -s started ]; do sleep 0.01; done
kill -KILL -- "-$(cat started)" 2>/dev/null
wait
rm -rf "$PWD"
]]

-- nginx writes its process id when its port is its own; a worker answers a little later.
local function wait_for_start(front)
  return process.wait_until(function()
    if text_of(front.directory, "ended") ~= "" then return "ended" end
    return text_of(front.directory, "nginx.pid"):find("\n", 1, true)
      and front:get("/ping") and "up"
  end, START_SECONDS) == "up"
end

local function assignments(environment)
  local list = {}
  for name, value in pairs(environment or {}) do
    list[#list + 1] = name .. "=" .. process.quote(value)
  end
  return table.concat(list, " ")
end

local function try_to_start(options)
  local directory = process.check("mktemp -d"):gsub("\n$", "")
  if options.user then process.check("chmod 777 " .. process.quote(directory)) end
  local front = setmetatable({ directory = directory, port = process.unused_port() }, Front)
  configure(directory, front.port, options)
  front.keeper = process.companion(companion:format(process.quote(directory),
    assignments(options.environment)))
  local up = wait_for_start(front)
  local why = text_of(directory, "output") .. text_of(directory, "error.log")
  if up and not why:find(TAKEN, 1, true) then -- nginx tries again, but has logged it
    front.pid = tonumber(text_of(directory, "nginx.pid"))
    return front
  end
  front:stop()
  return nil, why
end

-- Options: `server`, `http`, `main`: directives of these blocks; `init`: Lua of init_by_lua, after
-- `rtk` has been required; `library`: what it is instead, as an expression; `environment`:
-- variables, which `env` hands on unless `hands_on` is false; `workers` (1), `connections` of each
-- (512); `master = false` for a single process; `user` of the workers, where that can be had;
-- `level` of the error log ("warn");
-- `configuration`: a function of the folder and the port that returns another than that above.
function openresty.start(options)
  local why
  for _ = 1, ATTEMPTS do
    local front
    front, why = try_to_start(options)
    if front then return front end
    if not why:find(TAKEN, 1, true) then break end
  end
  error("nginx does not start: " .. why, 2)
end

-- The variables of who asks the API at `url`, with `more` over them.
function openresty.environment(url, more)
  local variables = {
    CLOUDFLARE_ACCOUNT_ID = fixture.account, CLOUDFLARE_API_TOKEN = fixture.token,
    CLOUDFLARE_BASE_URL = url .. "/client/v4",
  }
  for name, value in pairs(more or {}) do variables[name] = value end
  return variables
end

-- For the describe block that is being defined: a function that starts one, which is stopped after
-- the test.
function openresty.starter(api)
  local busted = require "busted"
  local front
  busted.after_each(function()
    if front then front:stop() end
    front = nil
  end)
  return function(options)
    options.environment = openresty.environment(api.url, options.environment)
    front = openresty.start(options)
    return front
  end
end

-- Ends all of it and removes its folder. To stop twice does no harm.
function Front:stop()
  if self.keeper then self.keeper:close() end
  self.keeper = nil
end

-- ==== Requests ====

local Request = {}
Request.__index = Request

-- Sends GET `path`; what it returns has the answer later. Nil when there is no connection.
function Front:ask(path)
  local connection = socket.connect("127.0.0.1", self.port)
  if not connection then return nil end
  assert(connection:send(
    ("GET %s HTTP/1.1\r\nHost: front\r\nConnection: close\r\n\r\n"):format(path)))
  return setmetatable({ connection = connection }, Request)
end

-- Waits for it: the body, the status, the lines of the head; nil and what came when it was cut off.
function Request:answer(seconds)
  self.connection:settimeout(seconds or 30)
  local text, why, part = self.connection:receive("*a")
  self.connection:close()
  if not text then return nil, why, part end
  local head, body = text:match("^(.-\r\n)\r\n(.*)$")
  if not head then return nil, "no answer", text end
  if head:lower():find("transfer-encoding: chunked", 1, true) then
    local chunks, at = {}, 1
    repeat
      local size, from = body:match("^(%x+)\r\n()", at)
      if not size then return nil, "cut off", text end
      size = tonumber(size, 16)
      chunks[#chunks + 1] = body:sub(from, from + size - 1)
      at = from + size + 2
    until size == 0
    body = table.concat(chunks)
  end
  return body, tonumber(head:match("^HTTP/1%.1 (%d+)")), head
end

function Request:hang_up()
  self.connection:close()
end

function Front:get(path, seconds)
  local request = self:ask(path)
  if not request then return nil, "no connection" end
  return request:answer(seconds)
end

-- Many at once: the list of their answers' bodies.
function Front:get_all(count, path, seconds)
  local requests, bodies = {}, {}
  for i = 1, count do requests[i] = self:ask((path:gsub("%%", i))) end
  for i = 1, count do bodies[i] = (requests[i]:answer(seconds)) or "no answer" end
  return bodies
end

-- ==== What is known of it ====

function Front:errors()
  return text_of(self.directory, "error.log")
end

-- The lines that `note` wrote.
function Front:notes()
  local list = {}
  for line in text_of(self.directory, "notes"):gmatch("[^\n]+") do list[#list + 1] = line end
  return list
end

-- Waits for so many.
function Front:wait_notes(count, seconds)
  return process.wait_until(function()
    local list = self:notes()
    return #list >= count and list
  end, seconds or 5) or error("no such note:\n" .. self:errors(), 2)
end

-- The process ids of the workers, the oldest first.
function Front:workers()
  local list = {}
  local output = process.run("ps -o pid= --ppid " .. self.pid .. " --sort start_time,pid")
  for pid in output:gmatch("%d+") do list[#list + 1] = tonumber(pid) end
  return list
end

function openresty.is_alive(pid)
  local file = io.open("/proc/" .. pid .. "/stat")
  if not file then return false end
  local text = file:read("*a") or "" -- nothing of a process that has just gone
  file:close()
  return text ~= "" and not text:find("^%d+ %b() Z")
end

-- Waits until it is gone: the seconds that took, nil when it is there after so many.
function openresty.wait_gone(pid, seconds)
  local from = socket.gettime()
  local gone = process.wait_until(function() return not openresty.is_alive(pid) end, seconds or 10)
  return gone and socket.gettime() - from
end

-- The exit status of the first process, when it has ended.
function Front:status()
  return tonumber((process.wait_until(function()
    local text = text_of(self.directory, "ended")
    return text ~= "" and text
  end, 10)))
end

-- How many threads, files and KiB of memory a process has.
function openresty.figures(pid)
  local status = text_of("/proc/" .. pid, "status")
  return {
    threads = tonumber(status:match("Threads:%s*(%d+)")),
    memory = tonumber(status:match("VmRSS:%s*(%d+)")),
    descriptors = tonumber((process.check(("ls /proc/%d/fd | wc -l"):format(pid)))),
  }
end

return openresty
