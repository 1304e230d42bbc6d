-- Every scenario of the torture harness, with the collector as eager as it can be made: a whole
-- collection at each of its steps, and a step at each chance to make one.
--   lua5.4 spec/torture/collect.lua spec/torture/scenarios.lua URL TLS_URL REFUSING_URL

local file, url, tls_url, refusing_url = (table.unpack or unpack)(arg) -- luacheck: globals unpack
local scenario = assert(loadfile(file))

local function make_eager()
  if _VERSION == "Lua 5.4" then
    collectgarbage("incremental", 1, 1000, 63)
  else
    collectgarbage("setpause", 0)
    collectgarbage("setstepmul", 1000000)
  end
end

-- How many collections there are: an object with a finalizer that makes another one.
local collections = 0
local function watch()
  local function again()
    collections = collections + 1
    watch()
  end
  if newproxy then -- luacheck: globals newproxy
    getmetatable(newproxy(true)).__gc = again
  else
    setmetatable({}, { __gc = again })
  end
end

local names = scenario(url, tls_url, refusing_url)
watch()
for _, name in ipairs(names) do
  local run, check = scenario(url, tls_url, refusing_url, name)
  collectgarbage("restart")
  make_eager()
  run()
  check()
end
print(("gc: %d scenarios, %d collections"):format(#names, collections))
os.exit(collections > 100 * #names and 0 or 1, true)
