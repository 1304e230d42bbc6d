-- What others install it with: the rockspecs, and the Debian package.

local process = require "spec.support.process"

local quote, read_file = process.quote, process.read_file
local lua = os.getenv("LUA") or "lua5.4"

local function has(command)
  local _, status = process.run("command -v " .. command)
  return status == 0
end

local function in_scratch_folder(work)
  local directory, keeper = process.temporary_directory()
  local passed, message = pcall(work, directory)
  keeper:close()
  if not passed then error(message, 0) end
end

-- What the pattern finds in a file.
local function find_in(path, pattern)
  return read_file(path):match(pattern)
end

local version = find_in("src/version.h", '#define RTK_VERSION "([^"]*)"')
local released = ("rockspec/realtimekit-%s-1.rockspec"):format(version)

-- The fields that a rockspec sets, as a table.
local function read_rockspec(path)
  local fields = {}
  if setfenv then
    setfenv(assert(loadfile(path)), fields)()
  else
    assert(loadfile(path, "t", fields))()
  end
  return fields
end

describe("the version", function()
  it("is that of the changelog's first release", function()
    assert.equal(version, find_in("CHANGELOG.md", "\n## %[(%d[%w.-]*)%] %- %d+%-%d%d%-%d%d\n"))
  end)

  it("is that of the release's rockspec, and of the tag that it names", function()
    local fields = read_rockspec(released)
    assert.equal(version .. "-1", fields.version)
    assert.equal("v" .. version, fields.source.tag)
  end)

  it("is that of the Debian package", function()
    assert.equal(version, find_in("packaging/debian/changelog", "^lua%-realtimekit %((.-)%-%d+%)"))
  end)
end)

describe("the release's rockspec", function()
  it("builds and needs what that of a checkout does", function()
    local release, checkout = read_rockspec(released),
      read_rockspec("rockspec/realtimekit-scm-1.rockspec")
    assert.equal(checkout.source.url, release.source.url)
    for _, fields in ipairs { release, checkout } do fields.version, fields.source = nil, nil end
    assert.same(checkout, release)
    assert.same({ "lua >= 5.1", "lua-cjson" }, release.dependencies)
  end)

  it("is one that LuaRocks takes", function()
    if not has "luarocks" then pending("luarocks is not installed") end
    process.check("HOME=/nonexistent luarocks lint " .. released)
  end)
end)

-- ==== The Debian package ====

-- What a fresh interpreter says of the module below `root`, and of one that is in Lua.
local function try_module(interpreter, of, root)
  return process.check(([[
    export LUA_PATH="%s/usr/share/lua/%s/?.lua;;"
    export LUA_CPATH="$(echo %s/usr/lib/*/lua/%s)/?.so;;"
    env -u CLOUDFLARE_ACCOUNT_ID -u CLOUDFLARE_API_TOKEN %s -e '
      local realtimekit = require "realtimekit"
      local _, err = realtimekit.participant("a", "b", "c")
      print(realtimekit._VERSION, (err:match("^[%%w_]+")))
      print(type(require("realtimekit.cqueues").participant))'
  ]]):format(root, of, root, of, interpreter))
end

-- Runs dpkg with a database of its own below `root`, which need not be root's.
local function dpkg(root, arguments)
  local as_root = process.run("id -u") == "0\n" and "" or "fakeroot "
  process.check(("%sdpkg --root=%s --log=/dev/null --force-not-root --force-bad-path %s"):format(
    as_root, root, arguments))
end

local function files_below(root)
  return process.check(("cd %s && find . -path ./var -prune -o ! -path . -print"):format(root))
end

describe("the Debian package", function()
  it("is for the Luas that make builds for", function()
    local versions = find_in("packaging/debian/control", "\nXB%-Lua%-Versions: ([%d. ]+)\n")
    assert.equal("5.1 5.2 5.3 5.4", versions)
    assert.equal(versions, find_in("packaging/debian/rules", "\nLUA_VERSIONS %?= ([%d. ]+)\n"))
    for of in versions:gmatch("%S+") do
      assert.matches("LUAS    := [^\n]*lua" .. of:gsub("%.", "%%."), read_file("Makefile"))
    end
  end)

  -- Two of the four, without optimizing, as it takes its time: those that most programs are in.
  it("is built, installs where each Lua looks, and leaves nothing when it is removed", function()
    if lua ~= "lua5.4" then pending("the package is for every Lua: on lua5.4 it is built") end
    if os.getenv("PRELOAD") or os.getenv("SPEC_GC") then
      pending("the package is built where the specs run as they are")
    end
    if not (has "dpkg-buildpackage" and has "dh" and has "fakeroot") then
      pending("dpkg-buildpackage, debhelper or fakeroot is not installed")
    end
    in_scratch_folder(function(directory)
      local package = process.check(([[
        export LUA_VERSIONS="5.1 5.4" DEB_CFLAGS_APPEND=-g0
        export DEB_BUILD_OPTIONS="nocheck noopt noautodbgsym parallel=2"
        tools/deb.sh %s/build]]):format(quote(directory))):gsub("\n$", "")
      local root = directory .. "/root"
      process.check(("mkdir -p %s/var/lib/dpkg/{info,updates}"):format(root))
      process.write_file(root .. "/var/lib/dpkg/status", "")
      dpkg(root, "--force-depends -i " .. package)
      local works = version .. "\tinvalid_request\nfunction\n" -- for want of credentials
      assert.equal(works, try_module("lua5.1", "5.1", root))
      assert.equal(works, try_module("luajit", "5.1", root))
      assert.equal(works, try_module("lua5.4", "5.4", root))
      local files = files_below(root)
      assert.matches("./usr/share/lua-realtimekit/meta/realtimekit.lua\n", files, 1, true)
      assert.matches("./usr/share/lua/5.4/realtimekit/nginx.lua\n", files, 1, true)
      assert.not_matches("%./[^u\n]", files)
      dpkg(root, "--purge lua-realtimekit")
      assert.equal("", files_below(root))
    end)
  end)
end)
