--[[
The nginx that the clients of the benchmarks call, on free ports of 127.0.0.1, in a folder of its
own and without root. It ends with this process at the latest.

  local upstream = upstream.start()
  upstream:url("tls", "small")     a base URL: what is listening, and what it answers
  upstream:connections("slow")     how many connections the requests of a name came on, and forgets
  upstream:stop()

  tls      HTTP/1.1 and HTTP/2, connections kept
  plain    HTTP/1.1 without TLS
  closing  TLS, a connection and a whole handshake for each request

  small, medium, large   the bodies of bench/bodies.lua; the larger ones as gzip to who takes that
  small20, small100      small, after 20 ms and 100 ms
  slow                   small, after 5 s
]]

local bodies = require "bench.bodies"
local certificates = require "spec.support.certificates"
local process = require "spec.support.process"

local upstream = {}

local START_SECONDS = 10

local Upstream = {}
Upstream.__index = Upstream

-- nginx has no delay but this one without further modules: it answers late to whom it does not let
-- in, and here everybody gets the body instead of the refusal.
local configuration = [[
daemon off;
master_process off;
pid nginx.pid;
error_log error.log warn;
worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http {
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  log_format slow "$connection";
  access_log off;
  keepalive_requests 100000000;
  keepalive_timeout 1h;
  keepalive_time 24h;
  http2_max_concurrent_streams 1000;
  http2_recv_buffer_size 256k;
  open_file_cache max=16 inactive=24h;
  open_file_cache_valid 24h;
  tcp_nodelay on;
  types {}
  default_type application/json;
  add_header CF-RAY 8c1f2a3b4d5e6f70-BRU;
  add_header CF-Cache-Status DYNAMIC;
  add_header Strict-Transport-Security "max-age=31536000";
  add_header X-Content-Type-Options nosniff;
  ssl_certificate %s;
  ssl_certificate_key %s;
  ssl_protocols TLSv1.2 TLSv1.3;
  server {
    listen 127.0.0.1:%d ssl http2 backlog=1024;
    listen 127.0.0.1:%d backlog=1024;
    include locations.conf;
  }
  server {
    listen 127.0.0.1:%d ssl backlog=1024;
    keepalive_timeout 0;
    ssl_session_cache off;
    ssl_session_tickets off;
    include locations.conf;
  }
}
]]

local locations = [[
root .;
gzip_static on;
location /small/ { try_files /small.json =500; }
location /medium/ { try_files /medium.json =500; }
location /large/ { try_files /large.json =500; }
location /small20/ {
  auth_basic late; auth_basic_user_file nobody; auth_delay 20ms; error_page 401 =200 /small.json;
}
location /small100/ {
  auth_basic late; auth_basic_user_file nobody; auth_delay 100ms; error_page 401 =200 /small.json;
}
location /slow/ {
  auth_basic late; auth_basic_user_file nobody; auth_delay 5s; error_page 401 =200 /slow.json;
}
location = /small.json { internal; }
location = /slow.json { internal; access_log slow.log slow; }
]]

local function write(directory, ports)
  for _, name in ipairs { "small", "medium", "large" } do
    process.write_file(("%s/%s.json"):format(directory, name), bodies[name]())
  end
  process.write_file(directory .. "/slow.json", bodies.small())
  process.write_file(directory .. "/nobody", "")
  process.check(("cd %s && gzip -k6n medium.json large.json"):format(process.quote(directory)))
  process.write_file(directory .. "/locations.conf", locations)
  process.write_file(directory .. "/nginx.conf", configuration:format(
    certificates.pem "trusted", certificates.key, ports.tls, ports.plain, ports.closing))
end

local companion = [[
cd %s
nginx -p "$PWD/" -e error.log -c nginx.conf >output 2>&1 </dev/null &
pid=$!
while read -r; do :; done
kill -KILL "$pid"
wait
rm -rf "$PWD"
]]

local function text_of(directory, name)
  local ok, text = pcall(process.read_file, directory .. "/" .. name)
  return ok and text or ""
end

function upstream.start()
  local directory = process.check("mktemp -d"):gsub("\n$", "")
  local ports = {}
  for _, name in ipairs { "tls", "plain", "closing" } do ports[name] = process.unused_port() end
  write(directory, ports)
  local self = setmetatable({ directory = directory, ports = ports }, Upstream)
  self.keeper = process.companion(companion:format(process.quote(directory)))
  local up = process.wait_until(function()
    return text_of(directory, "nginx.pid"):find("\n", 1, true)
  end, START_SECONDS)
  if up then return self end
  local why = text_of(directory, "output") .. text_of(directory, "error.log")
  self:stop()
  error("nginx does not start: " .. why)
end

function Upstream:url(listener, body)
  return ("%s://127.0.0.1:%d/%s/client/v4"):format(
    listener == "plain" and "http" or "https", self.ports[listener], body)
end

function Upstream:connections(name)
  local path, seen, count = ("%s/%s.log"):format(self.directory, name), {}, 0
  for connection in text_of(self.directory, name .. ".log"):gmatch("%d+") do
    if not seen[connection] then count = count + 1 end
    seen[connection] = true
  end
  local file = io.open(path, "r+") -- nginx appends: an emptied file goes on from its beginning
  if file then
    file:close()
    process.check((": >%s"):format(process.quote(path)))
  end
  return count
end

function Upstream:stop()
  if self.keeper then self.keeper:close() end
  self.keeper = nil
end

return upstream
