-- What spec/torture/secrets.c runs: calls with known credentials, then a look at memory.
--   memory.watch(needle...)   memory.freed()   memory.live()

-- luacheck: globals memory unpack

local url, tls_url, ca_file, refusing_url, proxy_url, tls_proxy_url = ...

local realtimekit = require "realtimekit"
local remote = require "spec.support.remote" -- the I/O thread's calls are made as well
local station = remote.station()

-- Each in a text that is long enough to make every buffer grow.
local padding = ("x"):rep(700)
local needles = {
  "api-token-in-memory", "api-key-in-memory", "email@in.memory", "service-key-in-memory",
  "proxy-password-in-memory", "dXNlcjpwcm94eS1wYXNzd29yZC1pbi1tZW1vcnk=",
}
local token = padding .. needles[1]
local pair = { api_token = false, api_email = needles[3], api_key = padding .. needles[2] }
local service = { api_token = false, user_service_key = padding .. needles[4] }

local function options(...)
  local opts = { account_id = "account", api_token = token, base_url = url, max_retries = 0,
    timeout = 5 }
  for _, more in ipairs { ... } do
    for name, value in pairs(more) do opts[name] = value end
  end
  if not opts.api_token then opts.api_token = nil end
  return opts
end

local function call(client, id, opts)
  return client:participant("app", "session", id or "ok", opts)
end

-- One call of a client of its own, which is closed then.
local function once(id, ...)
  local opts = options(...)
  return function()
    local client = realtimekit.new(opts)
    call(client, id)
    client:close()
  end
end

local tls = { base_url = tls_url, ca_file = ca_file }
local plain_client = { account_id = "account", base_url = url, api_token = "another", timeout = 5 }

local scenarios = {
  ["a client that is not used"] = function() realtimekit.new(options()):close() end,
  ["a client that is collected"] = function()
    call(realtimekit.new(options()))
    collectgarbage()
    collectgarbage()
  end,
  ["a token"] = once(),
  ["a pair"] = once("ok", pair),
  ["a service key"] = once("ok", service),
  ["over TLS"] = once("ok", tls),
  ["over TLS that fails"] = once("ok", { base_url = tls_url }),
  ["refused"] = once("ok", { base_url = refusing_url }),
  ["retries"] = once("retry", { max_retries = 2 }),
  ["a timeout"] = once("stall", { timeout = 0.05 }),
  ["an error"] = once("status-401"),
  ["too large"] = once("ok", { max_response_bytes = 10 }),
  ["more headers"] = once("ok", { headers = { ["X-A"] = padding, ["X-B"] = padding } }),
  ["a plain proxy"] = once("ok", { proxy = proxy_url }),
  ["a proxy before TLS"] = once("ok", tls, { proxy = proxy_url }),
  ["a TLS proxy before TLS"] = once("ok", tls, { proxy = tls_proxy_url }),
  ["a credential that is refused"] = once("ok", { api_token = token .. "\r\nX-A: 1" }),
  ["half a pair"] = once("ok", { api_token = false, api_key = padding .. needles[2] }),
  ["options with a mistake"] = function()
    pcall(realtimekit.new, options(pair, { nonsense = 1 }))
    pcall(realtimekit.new, options { [token] = 1 })
    collectgarbage()
    collectgarbage()
  end,
}

-- The other client goes on, and only its own credentials stay.
local function beside(run)
  return function()
    local other = realtimekit.new(plain_client)
    call(other)
    run(other)
    return other
  end
end

scenarios["a call's own token"] = beside(function(other)
  call(other, "ok", { api_token = token })
end)
scenarios["a call's own token, over TLS"] = beside(function(other)
  call(other, "ok", { api_token = token, base_url = tls_url, ca_file = ca_file })
end)
scenarios["a call's own token, and an error of its logger"] = beside(function(other)
  pcall(call, other, "ok", { api_token = token, logger = error })
  collectgarbage()
  collectgarbage()
end)
scenarios["a derived client's token"] = beside(function(other)
  local derived = other:with { api_token = token }
  call(derived)
  call(derived, "status-401")
  derived:close()
end)
scenarios["a derived client that closes within its call"] = beside(function(other)
  local derived
  derived = other:with { api_token = token, logger = function() derived:close() end }
  call(derived)
end)
scenarios["a derived client that is collected"] = beside(function(other)
  call(other:with { api_token = token })
  collectgarbage()
  collectgarbage()
end)

scenarios["calls at once of a derived client"] = beside(function(other)
  local derived = other:with { api_token = token }
  for _ in derived:each_participant("app", "session", { "ok", "ok-2", "ok-3" }) do end
  derived:close()
end)
scenarios["started calls of a derived client"] = beside(function(other)
  local derived, calls = other:with { api_token = token }, {}
  for i = 1, 3 do calls[i] = derived:start("app", "session", "ok") end
  for i = 1, 3 do calls[i]:result() end
  derived:close()
end)
scenarios["a started call whose client its logger closes"] = beside(function(other)
  local derived, started
  derived = other:with {
    api_token = token, max_retries = 1,
    logger = function() derived:close() end,
  }
  started = derived:start("app", "session", "retry")
  started:result()
end)

scenarios["started calls of a closed client"] = beside(function(other)
  local derived, calls = other:with { api_token = token }, {}
  for i = 1, 3 do calls[i] = derived:start("app", "session", "ok") end
  for i = 1, 3 do calls[i]:wait() end
  derived:close()
  for i = 1, 3 do calls[i]:result() end
end)
scenarios["calls at once whose client is closed"] = beside(function(other)
  local derived = other:with { api_token = token }
  for _ in derived:each_participant("app", "session", { "ok", "ok-2", "ok-3" }) do
    derived:close()
  end
end)
scenarios["a started call that its logger ends"] = beside(function(other)
  local derived, started
  derived = other:with {
    api_token = token, max_retries = 1,
    logger = function(_, _, fields)
      if not fields.wait then return end
      derived:close()
      started:result()
    end,
  }
  for _ in derived:each_participant("app", "session", { "ok", "ok-2" }) do end
  started = derived:start("app", "session", "retry")
  started:wait()
end)

scenarios["a call that its logger ends, in the handle of a closed client"] = beside(function(other)
  local derived, started = other:with { api_token = token }, nil
  derived:start("app", "session", "ok"):result()
  started = other:start("app", "session", "ok", {
    logger = function()
      started:cancel()
      started:result()
    end,
  })
  derived:close()
  started:wait()
end)

-- So many calls of a client are made by the I/O thread, and come home.
local function by_thread(client, count)
  local calls = {}
  for i = 1, count do
    calls[i] = station:start(client, "participant", "app", "session", "ok")
  end
  while station:away() > 0 do station:take() end
  station:take()
  return calls
end

scenarios["the I/O thread's calls of a derived client"] = beside(function(other)
  local derived = other:with { api_token = token }
  for _, started in ipairs(by_thread(derived, 3)) do started:result() end
  derived:close()
end)
scenarios["the I/O thread's calls of a closed client"] = beside(function(other)
  local derived = other:with { api_token = token }
  local calls = by_thread(derived, 3)
  derived:close()
  for _, started in ipairs(calls) do started:result() end
end)
for what, use in pairs {
  ["a call here and one"] = function(derived) call(derived) end,
  ["calls at once here and one"] = function(derived)
    for _ in derived:each_participant("app", "session", { "ok", "ok-2" }) do end
  end,
} do
  scenarios[what .. " by the I/O thread, of a closed client"] = beside(function(other)
    local derived = other:with { api_token = token }
    use(derived)
    local calls = by_thread(derived, 1)
    derived:close()
    calls[1]:result()
  end)
end
scenarios["calls that are closed before the I/O thread has them"] = beside(function(other)
  local derived = other:with { api_token = token }
  for _, started in ipairs(by_thread(derived, 3)) do started:result() end
  by_thread(other, 1)
  local started = station:start(derived, "participant", "app", "session", "ok")
  started:cancel()
  derived:close()
  while station:away() > 0 do station:take() end
  station:take()
  started:result()
end)

local names = {}
for name in pairs(scenarios) do names[#names + 1] = name end
table.sort(names)

local findings, blocks = 0, 0

local function finding(name, what, counts)
  for needle, count in pairs(counts) do
    print(("secrets: %s: %s: %s in %d blocks"):format(name, what, needle, count))
    findings = findings + 1
  end
end

for _, name in ipairs(names) do
  memory.watch((table.unpack or unpack)(needles))
  local other = scenarios[name]()
  local freed, live = memory.freed(), memory.live()
  finding(name, "not wiped by the library", freed.library)
  finding(name, "kept by the library", live.library)
  finding(name, "kept by libcurl", live.libcurl)
  for _, count in pairs(freed.libcurl) do blocks = blocks + count end
  if other then other:close() end
end

-- The measure itself: a client that is open has its token in memory.
memory.watch(needles[1])
local open = realtimekit.new(options())
call(open)
if not memory.live().library[needles[1]] then finding("an open client", "not found", { x = 0 }) end
open:close()

print(("secrets: beside it, libcurl freed %d blocks that it did not wipe"):format(blocks))
print(("secrets: %d scenarios, %d findings"):format(#names, findings))
return findings == 0
