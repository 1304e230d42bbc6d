--[[
What is measured: the clients, and the scenarios that they take part in.

A scenario: `name`, `title`; `limit`, the client that the others are compared with, in the same
round; `fresh`, whether each round has new processes; `entries`, each with its `client`, `calls` in
a round and what else it is told; `meet`: it knows the server when it begins. `connections` names
requests whose connections are counted.
]]

local scenarios = {}

local function lua(name, file, words)
  return ("%s bench/clients/%s.lua %s"):format(name, file, words or "")
end

local function lua_environment(name)
  return ("LUA_PATH='./?.lua;;' LUA_CPATH='build/%s/?.so;build/bench/%s/?.so;;'"):format(name, name)
end

local SDK = "node build/bench/node/sdk.mjs"

-- `needs` is a command that succeeds where the client can be had; `package` is what has it.
scenarios.clients = {
  easy = { label = "C, libcurl easy", command = "build/bench/easy" },
  ["easy-default"] = {
    label = "C, libcurl easy, roots by default", command = "build/bench/easy roots=default",
  },
  multi = { label = "C, curl_multi", command = "build/bench/multi" },
  curl = { label = "curl command", command = "build/bench/spawn", spawns = true },
}

for _, name in ipairs { "lua5.4", "luajit" } do
  local title = name == "luajit" and "LuaJIT" or "Lua 5.4"
  local function add(key, label, file, words, needs)
    scenarios.clients[key .. "-" .. name] = {
      label = label .. ", " .. title, command = lua(name, file, words),
      environment = lua_environment(name),
      needs = needs and ("%s %s -e 'require %q'"):format(lua_environment(name), name, needs),
      package = needs,
    }
  end
  add("bare", "C, libcurl easy + cjson.decode", "bare")
  add("ours", "lua-realtimekit", "ours", "mode=sequential")
  add("batch", "lua-realtimekit, each_participant", "ours", "mode=batch")
  add("flight", "lua-realtimekit, start", "ours", "mode=flight")
  add("beside", "lua-realtimekit, start", "ours", "mode=beside")
  add("luacurl", "lua-curl + cjson", "luacurl", nil, "curl")
  add("luahttp", "lua-http + cjson, connection kept", "luahttp", "way=kept", "http.client")
  add("luahttp-readme", "lua-http + cjson, as its README", "luahttp", "way=readme", "http.client")
  add("luasec", "LuaSec + cjson", "luasec", nil, "ssl.https")
  scenarios.clients["once-" .. name] = {
    label = "lua-realtimekit, " .. title, command = "build/bench/spawn", spawns = true,
    environment = lua_environment(name),
  }
end

scenarios.clients.sdk = {
  label = "cloudflare package, Node", command = SDK .. " mode=sequential", node = true,
  needs = "test -e build/bench/node/node_modules/cloudflare", package = "npm",
}
scenarios.clients["sdk-batch"] = {
  label = "cloudflare package, Node", command = SDK .. " mode=batch", node = true,
  needs = "test -e build/bench/node/node_modules/cloudflare", package = "npm",
}
scenarios.clients["once-sdk"] = {
  label = "cloudflare package, Node", command = "build/bench/spawn", spawns = true, node = true,
  needs = "test -e build/bench/node/node_modules/cloudflare", package = "npm",
}

-- Of the sequential scenarios; the slow ones make few calls.
local function sequential(size, scale)
  local function entry(name, calls, words)
    return { client = name, calls = math.max(2, calls // scale), words = words }
  end
  local list = {
    entry("easy", 3000), entry("bare-lua5.4", 2000), entry("bare-luajit", 2000),
    entry("ours-lua5.4", 2000), entry("ours-luajit", 2000), entry("luacurl-luajit", 1000),
    entry("luahttp-luajit", 300), entry("luasec-lua5.4", 10),
    entry("sdk", 300), entry("curl", 10),
  }
  if size == "small" then list[#list + 1] = entry("luahttp-readme-luajit", 40) end
  return list
end

local ONE_BY_ONE = "one after the other, TLS, warm"

scenarios.list = {
  { name = "sequential-small", title = "SMALL, " .. ONE_BY_ONE, limit = "easy",
    url = { "tls", "small" }, entries = sequential("small", 1) },
  { name = "sequential-medium", title = "MEDIUM, " .. ONE_BY_ONE, limit = "easy",
    url = { "tls", "medium" }, entries = sequential("medium", 8) },
  { name = "sequential-large", title = "LARGE, " .. ONE_BY_ONE, limit = "easy",
    url = { "tls", "large" }, entries = sequential("large", 200) },
  { name = "handshake", title = "SMALL, a whole TLS handshake for each call, the system's roots",
    limit = "easy", url = { "closing", "small" }, bundle = true, entries = {
      { client = "easy", calls = 100 },
      { client = "ours-lua5.4", calls = 100, ca = "file" },
      { client = "ours-luajit", calls = 100, ca = "folder" },
      { client = "easy-default", calls = 10 },
      { client = "luacurl-luajit", calls = 10 },
      { client = "luasec-lua5.4", calls = 10 },
    } },
  { name = "batch", title = "1,000 SMALL, 32 at once, TLS, HTTP/2, warm", limit = "multi",
    url = { "tls", "small" }, entries = {
      { client = "multi", calls = 1000, concurrency = 32 },
      { client = "batch-lua5.4", calls = 1000, concurrency = 32 },
      { client = "batch-luajit", calls = 1000, concurrency = 32 },
      { client = "sdk-batch", calls = 1000, concurrency = 32 },
    } },
  { name = "batch-20ms", title = "1,000 SMALL, 32 at once, a server that takes 20 ms",
    limit = "multi", url = { "tls", "small20" }, entries = {
      { client = "multi", calls = 1000, concurrency = 32 },
      { client = "batch-lua5.4", calls = 1000, concurrency = 32 },
      { client = "batch-luajit", calls = 1000, concurrency = 32 },
      { client = "sdk-batch", calls = 1000, concurrency = 32 },
    } },
  { name = "batch-20ms-250", title = "1,000 SMALL, 250 at once, a server that takes 20 ms",
    limit = "multi", url = { "tls", "small20" }, entries = {
      { client = "multi", calls = 1000, concurrency = 250, warm = 500 },
      { client = "batch-lua5.4", calls = 1000, concurrency = 250, warm = 500 },
      { client = "batch-luajit", calls = 1000, concurrency = 250, warm = 500 },
    } },
  { name = "flight", title = "1,000 calls in flight on one slow HTTP/2 server", limit = "multi",
    url = { "tls", "slow" }, connections = "slow", fresh = true, rounds = 3, entries = {
      { client = "multi", calls = 1000, concurrency = 1000, warm = 0 },
      { client = "flight-lua5.4", calls = 1000, warm = 0, meet = true },
      { client = "flight-luajit", calls = 1000, warm = 0, meet = true },
    } },
  { name = "beside", title = "a fast call alone, and beside 1,000 slow ones",
    url = { "tls", "small" }, fresh = true, rounds = 5, entries = {
      { client = "beside-lua5.4", calls = 500, warm = 50, slow = 1000 },
      { client = "beside-luajit", calls = 500, warm = 50, slow = 1000 },
    } },
  { name = "cold", title = "SMALL, a fresh process: from its start to its end, TLS", limit = "curl",
    url = { "tls", "small" }, entries = {
      { client = "curl", calls = 10, warm = 1 },
      { client = "once-lua5.4", calls = 10, warm = 1 },
      { client = "once-luajit", calls = 10, warm = 1 },
      { client = "once-sdk", calls = 1, warm = 0 },
    } },
  { name = "memory", title = "10,000 SMALL, 32 at once: memory", fresh = true, rounds = 3,
    url = { "tls", "small" }, limit = "multi", entries = {
      { client = "multi", calls = 10000, warm = 0, concurrency = 32 },
      { client = "batch-lua5.4", calls = 10000, warm = 0, concurrency = 32 },
      { client = "batch-luajit", calls = 10000, warm = 0, concurrency = 32 },
    } },
  { name = "resident", title = "1,000 SMALL, TLS: memory of a fresh process", fresh = true,
    rounds = 3, url = { "tls", "small" }, limit = "easy", entries = {
      { client = "easy", calls = 1000, warm = 0 },
      { client = "bare-lua5.4", calls = 1000, warm = 0 },
      { client = "ours-lua5.4", calls = 1000, warm = 0 },
      { client = "ours-luajit", calls = 1000, warm = 0 },
      { client = "sdk", calls = 1000, warm = 0 },
    } },
  { name = "large-memory", title = "LARGE, TLS: memory of a fresh process",
    fresh = true, rounds = 3, url = { "tls", "large" }, limit = "easy", entries = {
      { client = "easy", calls = 5, warm = 0 },
      { client = "bare-lua5.4", calls = 5, warm = 0 },
      { client = "bare-luajit", calls = 5, warm = 0 },
      { client = "ours-lua5.4", calls = 5, warm = 0 },
      { client = "ours-luajit", calls = 5, warm = 0 },
    } },
}

local CALL = "/accounts/0123456789abcdef0123456789abcdef/realtime/kit/"
  .. "fedcba98-7654-3210-fedc-ba9876543210/sessions/0b9f8f6e-5d0a-4a51-8c1e-7b0f3c2a9d44/"
  .. "participants/6f1a1f0e-3c1b-4f7e-9a52-000000000001"

-- What the clients that start a process each time are to start.
local function spawned(name, url, ca)
  if name == "curl" then
    return ("curl -sSf --compressed --cacert %s -H 'Authorization: Bearer 0123456789abcdef' "
      .. "-H 'Accept: application/json' -o /dev/null %s%s"):format(ca, url, CALL)
  end
  if name == "once-sdk" then return SDK .. " mode=once url=" .. url end
  local which = name:match("^once%-(.+)$")
  return lua(which, "ours", ("mode=once url=%s ca=%s"):format(url, ca))
end

-- The command of an entry and the environment that it needs. `trust` has the paths `ca`, `bundle`
-- and `folder`.
function scenarios.command(scenario, entry, url, trust)
  local client = scenarios.clients[entry.client]
  local words = { client.command, "calls=" .. entry.calls }
  local function add(name, value)
    if value then words[#words + 1] = name .. "=" .. value end
  end
  add("url", url)
  add("warm", entry.warm or math.max(1, entry.calls // 10))
  add("concurrency", entry.concurrency)
  add("slow", entry.slow)
  add("slow_url", entry.slow_url)
  add("fast_url", entry.fast_url)
  if entry.ca == "folder" then
    add("ca_path", trust.folder)
  else
    add("ca", scenario.bundle and entry.ca ~= "file" and trust.bundle or trust.ca)
  end
  if client.spawns then words[#words + 1] = "-- " .. spawned(entry.client, url, trust.ca) end
  local environment = client.environment or ""
  if client.node then environment = environment .. " NODE_EXTRA_CA_CERTS=" .. trust.ca end
  return table.concat(words, " "), environment
end

return scenarios
