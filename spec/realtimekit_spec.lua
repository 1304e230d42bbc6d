-- The module as a thing to load and to install.

local fixture = require "spec.support.fixture"
local process = require "spec.support.process"
local realtimekit = require "realtimekit"

local lua = os.getenv("LUA") or "lua5.4"
local lua_version = lua == "luajit" and "5.1" or lua:match("^lua(.+)$")
local quote = process.quote

local function has(command)
  local _, status = process.run("command -v " .. command)
  return status == 0
end

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

-- The file that `require "realtimekit"` loads.
local function module_path()
  for template in package.cpath:gmatch("[^;]+") do
    local path = template:gsub("%?", "realtimekit")
    if exists(path) then return path end
  end
  error "the module is nowhere on package.cpath"
end

-- Runs a script of bash without what a make above this process tells its like.
local function run(script)
  return process.check("unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES\n" .. script)
end

-- All files below a folder, in order, one a line.
local function files_below(directory)
  return process.check(("cd %s && find . ! -type d | LC_ALL=C sort"):format(quote(directory)))
end

-- What a fresh Lua says of the module in the file at `path`, and of that alone.
local function try_module(path)
  return fixture.run(([[
    local open = assert(package.loadlib(%q, "luaopen_realtimekit"))
    local realtimekit = open("realtimekit")
    local _, err = realtimekit.participant("a", "b", "c")
    print(realtimekit._VERSION, (err:match("^[%%w_]+")))
  ]]):format(path))
end

-- The same for a module in Lua that needs the C one, both below a directory such as /usr/local.
local function try_loop(prefix)
  return fixture.run(([[
    package.cpath = %q
    package.path = %q .. package.path:gsub("[^;]*src/[^;]*;", "")
    print(type(require("realtimekit.cqueues").participant))
  ]]):format(("%s/lib/lua/%s/?.so;"):format(prefix, lua_version) .. package.cpath,
    ("%s/share/lua/%s/?.lua;"):format(prefix, lua_version)))
end

-- What is in Lua, and what is said of types, as make installs it below its prefix.
local function lua_files()
  local list = {}
  local found = process.check("cd src && find realtimekit meta -type f | LC_ALL=C sort")
  for name in found:gmatch("[^\n]+") do
    if name:find("^meta/") then name = "realtimekit/" .. name end
    list[#list + 1] = ("/share/lua/%s/%s"):format(lua_version, name)
  end
  table.sort(list)
  return list
end

local works = realtimekit._VERSION .. "\tinvalid_request\n" -- for want of credentials

local function in_scratch_folder(work)
  local directory, keeper = process.temporary_directory()
  local passed, message = pcall(work, directory)
  keeper:close()
  if not passed then error(message, 0) end
end

-- Functions of the module, and methods of clients.
local calls = [[
  participant sessions session participants peer_report each_participant each_peer_report
  each_session each_session_participant session_report request transcript start_transcript
  start start_participant start_sessions start_session start_participants start_peer_report
  start_request step
]]

describe("realtimekit: the module table", function()
  it("has the documented names, and no other", function()
    local types = {}
    for name, value in pairs(realtimekit) do types[name] = type(value) end
    local expected = { new = "function", _VERSION = "string" }
    for name in calls:gmatch("%a[%a_]*") do expected[name] = "function" end
    assert.same(expected, types)
    assert.is_nil(getmetatable(realtimekit))
  end)

  it("leaves no global variable behind", function()
    local output = fixture.run([[
      local before = {}
      for name in pairs(_G) do before[name] = true end
      local realtimekit = require "realtimekit"
      realtimekit.new()
      for name in pairs(_G) do if not before[name] then print(name) end end
      print(package.loaded.realtimekit == realtimekit)
    ]])
    assert.equal("true\n", output)
  end)

  it("makes clients with the documented methods, and no other", function()
    local client = realtimekit.new()
    local types = {}
    for name, value in pairs(getmetatable(client).__index) do types[name] = type(value) end
    local expected = {}
    for name in (calls .. "pollfd events timeout with close"):gmatch("%a[%a_]*") do
      expected[name] = "function"
    end
    assert.same(expected, types)
    assert.is_nil(client.nonsense)
  end)

  describe("_VERSION", function()
    local version = realtimekit._VERSION

    it("is a semantic version", function()
      assert.matches("^%d+%.%d+%.%d+$", (version:gsub("%-[%w.-]+$", "")))
    end)

    it("is that of src/version.h", function()
      local source = process.read_file("src/version.h")
      assert.equal(source:match('#define RTK_VERSION "([^"]*)"'), version)
    end)

    it("is what every request says of itself", function()
      local api = require("spec.support.server").start()
      assert(fixture.fetch(api, { json = fixture.envelope() }))
      local agent = api:seen().requests[1].headers["user-agent"]
      api:stop()
      assert.equal("lua-realtimekit/" .. version, agent)
    end)
  end)
end)

describe("realtimekit: the binary", function()
  it("exports luaopen_realtimekit alone", function()
    if not has "nm" then pending("nm is not installed") end
    local symbols = process.check("nm -D --defined-only " .. quote(module_path()))
    local names = {}
    for line in symbols:gmatch("[^\n]+") do names[#names + 1] = line:match("(%S+)$") end
    assert.same({ "luaopen_realtimekit" }, names)
  end)

  it("stays mapped until the process ends, whatever happens to the Lua state", function()
    if not has "readelf" then pending("readelf is not installed") end
    local flags = process.check("readelf -d " .. quote(module_path()))
    assert.matches("NODELETE", flags, 1, true)
  end)
end)

describe("realtimekit: loaded again", function()
  local api = fixture.server()

  before_each(function() api:answer { json = fixture.envelope() } end)

  it("100 times works, and keeps the default client and its connection", function()
    local output = fixture.run([[
      local fixture = require "spec.support.fixture"
      local first = require "realtimekit"
      assert(first.participant("app", "session", "me"))
      for _ = 1, 100 do
        package.loaded.realtimekit = nil
        local realtimekit = require "realtimekit"
        assert(realtimekit ~= first)
        assert(realtimekit.participant("app", "session", "me"))
        collectgarbage()
      end
      assert(first.participant("app", "session", "me"))
      print "done"
    ]], {
      CLOUDFLARE_ACCOUNT_ID = fixture.account, CLOUDFLARE_API_TOKEN = fixture.token,
      CLOUDFLARE_BASE_URL = api.url,
    })
    assert.equal("done\n", output)
    local seen = api:seen()
    assert.equal(102, seen.request_count)
    assert.equal(1, seen.connections)
  end)

  it("leaves the clients of before what they are", function()
    local output = fixture.run(([[
      local fixture = require "spec.support.fixture"
      local old = fixture.client(%q)
      assert(old:participant(fixture.ids()))
      package.loaded.realtimekit = nil
      local realtimekit = require "realtimekit"
      local new = realtimekit.new(fixture.options(%q))
      assert(old:participant(fixture.ids()))
      assert(new:participant(fixture.ids()))
      assert(old:with({}):participant(fixture.ids()))
      old:close()
      print(pcall(old.participant, old, fixture.ids()))
      new:close()
    ]]):format(api.url, api.url))
    assert.matches("^false\t[^\n]*closed[^\n]*\n$", output)
    assert.equal(2, api:wait_closed().connections)
  end)
end)

describe("realtimekit: installed", function()
  local make = ("make --no-print-directory LUA=%s"):format(lua)

  it("by make, is its files, which load; uninstalled, it is none", function()
    if not has "make" then pending("make is not installed") end
    in_scratch_folder(function(directory)
      local to = ("DESTDIR=%s PREFIX=/opt/rtk"):format(quote(directory))
      local path = ("/opt/rtk/lib/lua/%s/realtimekit.so"):format(lua_version)
      run(("%s install %s"):format(make, to))
      local expected = { "." .. path .. "\n" }
      for _, name in ipairs(lua_files()) do
        expected[#expected + 1] = "./opt/rtk" .. name .. "\n"
      end
      assert.equal(table.concat(expected), files_below(directory))
      assert.equal(works, try_module(directory .. path))
      assert.matches("^function\n", try_loop(directory .. "/opt/rtk"))
      run(("%s uninstall %s"):format(make, to))
      assert.equal("", files_below(directory))
      assert.is_false(exists(("%s/opt/rtk/share/lua/%s/realtimekit"):format(directory,
        lua_version)))
    end)
  end)

  it("by make, goes below /usr/local unless told otherwise", function()
    if not has "make" then pending("make is not installed") end
    local plan = run(("env -u PREFIX -u DESTDIR %s -n install"):format(make))
    assert.matches(("/usr/local/lib/lua/%s/realtimekit.so"):format(lua_version), plan, 1, true)
  end)

  it("by luarocks make, loads", function()
    if lua ~= "lua5.4" then pending("luarocks builds the same for every Lua: lua5.4 is enough") end
    if not has "luarocks" then pending("luarocks is not installed") end
    in_scratch_folder(function(directory)
      run(("cp -R Makefile src tools rockspec %s"):format(quote(directory)))
      run(("cd %s && HOME=$PWD luarocks --lua-version=5.4 --tree=tree make --deps-mode=none " ..
        "CFLAGS='-O0 -fPIC'")
        :format(quote(directory)))
      assert.equal(works, try_module(directory .. "/tree/lib/lua/5.4/realtimekit.so"))
      assert.matches("^function\n", try_loop(directory .. "/tree"))
      for _, name in ipairs(lua_files()) do assert.is_true(exists(directory .. "/tree" .. name)) end
    end)
  end)
end)
