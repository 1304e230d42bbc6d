rockspec_format = "3.0"
package = "realtimekit"
version = "0.1.0-1"

-- `luarocks make`, in a checkout of the tag, builds what stands there and fetches nothing.
source = { url = ".", tag = "v0.1.0" }

description = {
  summary = "Cloudflare RealtimeKit session participants as native Lua tables",
  detailed = [[
    A C module on libcurl and lua-cjson that fetches what Cloudflare RealtimeKit knows about a
    participant of a session, with retries, deadlines and failures that say what to do.]],
  license = "MIT",
}

dependencies = {
  "lua >= 5.1",
  "lua-cjson",
}

-- libcurl (7.85 or later) is found by pkg-config, or below CURL_DIR:
-- luarocks make CURL_DIR=/usr/local
build = {
  type = "make",
  build_variables = {
    BUILD = "build/luarocks/$(LUA_INCDIR)",
    CFLAGS = "$(CFLAGS)",
    LUA_INCDIR = "$(LUA_INCDIR)",
    CURL_DIR = "$(CURL_DIR)",
  },
  install_variables = {
    BUILD = "build/luarocks/$(LUA_INCDIR)",
    LUA_INCDIR = "$(LUA_INCDIR)",
    CURL_DIR = "$(CURL_DIR)",
    CMODULES = "$(LIBDIR)",
    LMODULES = "$(LUADIR)",
  },
}
