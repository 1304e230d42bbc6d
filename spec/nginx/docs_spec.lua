-- The blocks of the README and of docs that are for nginx: each is run in one.

local fixture = require "spec.support.fixture"
local markdown = require "spec.support.markdown"
local openresty = require "spec.support.openresty"

if openresty.missing then
  pending(openresty.missing)
  return
end

local CALL = [[
  location = /call {
    content_by_lua_block {
      local participant, err = rtk.participant("app", "session", "p1")
      ngx.say(participant and participant.display_name or err)
    }
  }
]]

-- A block's directives, by the place where nginx wants them.
local function divide(code)
  local parts, at = { main = "", init = "", server = "" }, 1
  local kinds = {
    { "main", "^%s*(env%s+[%w_]+;)()" },
    { "init", "^%s*init_by_lua_block%s*{(.-)}%s*\n()" },
    { "server", "^%s*(location%s[^{]*%b{})()" },
  }
  while code:find("%S", at) do
    local found
    for _, kind in ipairs(kinds) do
      local text, after = code:match(kind[2], at)
      if text and not found then
        found = after
        parts[kind[1]] = parts[kind[1]] .. text .. "\n"
      end
    end
    at = assert(found, "where does this belong: " .. code:sub(at))
  end
  return parts
end

describe("a block for nginx:", function()
  local api = fixture.server()
  local start = openresty.starter(api)
  local count = 0

  for _, path in ipairs { "README.md", "docs/openresty.md" } do
    for _, block in ipairs(markdown.read(path).blocks) do
      if block.info == "nginx" then
        count = count + 1
        it(("%s:%d hands on what a call needs"):format(path, block.line), function()
          local parts = divide(block.code)
          local front = start {
            hands_on = false, main = parts.main .. "env CLOUDFLARE_BASE_URL;",
            init = 'app_id = "app" ' .. parts.init, server = parts.server .. CALL,
          }
          local page = parts.server ~= "" and "/participants/session/p1" or "/call"
          api:answer { json = fixture.envelope('{"display_name":"Ada"}') }
          assert.equal("Ada\n", front:get(page))
          local request = api:seen().requests[1]
          assert.equal("Bearer " .. fixture.token, request.headers.authorization)
          assert.matches(fixture.account .. "/realtime/kit/app/sessions/session/participants/p1$",
            request.target)
        end)
      end
    end
  end

  it("is found, all three of them", function() assert.equal(3, count) end)

  it("the logger of docs/openresty.md writes to nginx's error log", function()
    local code
    for _, block in ipairs(markdown.read("docs/openresty.md").blocks) do
      if block.info == "lua" then
        assert.is_nil(code, "a second block of Lua")
        code = block.code
      end
    end
    local front = start { server = [[ location = /call { content_by_lua_block {
      local realtimekit = rtk
      ]] .. code .. [[
      ngx.say(client:participant("app", "session", "p1").display_name)
    } } ]] }
    api:answer({ status = 503, headers = { "Retry-After: 0" } },
      { json = fixture.envelope('{"display_name":"Ada"}') })
    assert.equal("Ada\n", front:get("/call"))
    assert.matches("%[warn%].*retry", front:errors())
  end)
end)
