--[[
nginx as an HTTP/2 and TLS server on a free port of 127.0.0.1, with a folder of its own and without
root. Every request gets the same JSON, or its own participant id back.

  local upstream = nginx.start { body = '{"success":true}' }
  ... calls to upstream.url ...
  local requests = upstream:wait_requests(3)
  upstream:stop()

It ends with this process at the latest, however that ends.
]]

local certificates = require "spec.support.certificates"
local json = require "spec.support.json"
local process = require "spec.support.process"

local nginx = {}

local START_SECONDS = 10
local ATTEMPTS = 5 -- to get a port that nobody else takes meanwhile

local Nginx = {}
Nginx.__index = Nginx

local configuration = [[
daemon off;
master_process off;
pid nginx.pid;
error_log error.log warn;
events { worker_connections 4096; }
http {
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  log_format spec escape=json '{"protocol":"$server_protocol","connection":$connection,'
    '"number":$connection_requests,"method":"$request_method","target":"$request_uri",'
    '"status":$status,"tls":"$ssl_protocol","user_agent":"$http_user_agent",'
    '"authorization":"$http_authorization","time":$msec}';
  access_log access.log spec;
  keepalive_requests 1000000;
  http2_max_concurrent_streams %d;
  types {}
  default_type application/json;
  server {
    listen 127.0.0.1:%d ssl%s backlog=1024;
    ssl_certificate %s;
    ssl_certificate_key %s;
    ssl_protocols TLSv1.2 TLSv1.3;
    %s
  }
}
]]

local constant = [[root .; location / { try_files /body.json =500; }]]

local echo = [[location ~ "/(?<id>[^/]*)$" {
      return 200 '{"success":true,"errors":[],"messages":[],"data":{"participant":{"id":"$id"}}}';
    }]]

local function configure(directory, port, options)
  process.write_file(directory .. "/body.json", options.body or "{}")
  process.write_file(directory .. "/nginx.conf", configuration:format(
    options.max_streams or 128, port, options.http2 == false and "" or " http2",
    certificates.pem(options.certificate or "trusted"), certificates.key,
    options.echo and echo or constant))
end

-- The content of a file, or nothing when it is not there.
local function text_of(directory, name)
  local ok, text = pcall(process.read_file, directory .. "/" .. name)
  return ok and text or ""
end

-- nginx writes its process id when its port is its own and accepts connections.
local function wait_for_start(directory)
  return process.wait_until(function()
    if text_of(directory, "ended") ~= "" then return "ended" end
    return text_of(directory, "nginx.pid"):find("\n", 1, true) and "up"
  end, START_SECONDS) == "up"
end

-- The companion of an nginx: stops it, and removes its folder, when this process wants it or ends.
-- A gentler signal can be lost on an nginx without a master that has just started.
local companion = [[
cd %s
{
  nginx -p "$PWD/" -e error.log -c nginx.conf >output 2>&1 </dev/null &
  echo $! >started
  wait $!
  echo $? >ended
} &
while read -r; do :; done
while [ ! -s started ]; do sleep 0.01; done
[ -s ended ] || kill -KILL "$(cat started)" 2>/dev/null
wait
rm -rf "$PWD"
]]

local function try_to_start(options)
  local directory = process.check("mktemp -d"):gsub("\n$", "")
  local port = process.unused_port()
  configure(directory, port, options)
  local keeper = process.companion(companion:format(process.quote(directory)))
  if wait_for_start(directory) then
    return { directory = directory, port = port, keeper = keeper }
  end
  local why = text_of(directory, "output") .. text_of(directory, "error.log")
  keeper:close()
  return nil, why
end

-- Options: `body` (the JSON of every answer) or `echo = true` (the last segment of the path as the
-- participant's id), `certificate` ("trusted"), `http2 = false`, `max_streams` (128).
function nginx.start(options)
  options = options or {}
  local why
  for _ = 1, ATTEMPTS do
    local started
    started, why = try_to_start(options)
    if started then
      started.url = ("https://%s:%d"):format(options.host or "127.0.0.1", started.port)
      return setmetatable(started, Nginx)
    end
  end
  error("nginx does not start: " .. why, 2)
end

-- The requests that were answered, in that order: a list of { protocol = "HTTP/2.0", connection =
-- serial, number = of the request in its connection, method =, target =, status =, tls =,
-- user_agent =, authorization =, time = seconds }.
function Nginx:requests()
  local list = {}
  for line in process.read_file(self.directory .. "/access.log"):gmatch("([^\n]*)\n") do
    list[#list + 1] = json.decode(line)
  end
  return list
end

-- The same, when they are so many: nginx writes its log after the client has its answer.
function Nginx:wait_requests(count, seconds)
  local list
  local enough = process.wait_until(function()
    list = self:requests()
    return #list >= count
  end, seconds or 5)
  if not enough then error(("%d of %d requests were seen"):format(#list, count), 2) end
  return list
end

-- How many connections the requests came on.
function nginx.connections(requests)
  local seen, count = {}, 0
  for _, request in ipairs(requests) do
    if not seen[request.connection] then count = count + 1 end
    seen[request.connection] = true
  end
  return count
end

-- Ends the process and removes its folder. To stop twice does no harm.
function Nginx:stop()
  if self.keeper then self.keeper:close() end
  self.keeper = nil
end

return nginx
