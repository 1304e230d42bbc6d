-- Runs the examples, and the sandbox that they ask.

local fixture = require "spec.support.fixture"
local process = require "spec.support.process"

local examples = {}

function examples.start_sandbox()
  local stream, pid = process.start(process.lua .. " examples/sandbox.lua")
  local url = stream:read("*l"):match("^sandbox listening on (http://127%.0%.0%.1:%d+/client/v4)$")
  return { stream = stream, pid = pid, url = url }
end

function examples.stop_sandbox(sandbox)
  process.kill(sandbox.pid, "TERM")
  sandbox.stream:close()
end

-- What an example has to know to ask the API at `url`, with `more` over it.
function examples.environment(url, more)
  local variables = {
    CLOUDFLARE_API_TOKEN = "sandbox", CLOUDFLARE_ACCOUNT_ID = fixture.account,
    CLOUDFLARE_BASE_URL = url,
  }
  for name, value in pairs(more or {}) do variables[name] = value end
  return variables
end

-- A shell command that runs an example: its file name, and arguments after it.
function examples.command(example, environment)
  -- A script that leaves by os.exit frees nothing, and need not: no sanitizer looks for leaks.
  local words = { "env -u CLOUDFLARE_API_TOKEN -u CLOUDFLARE_ACCOUNT_ID -u CLOUDFLARE_BASE_URL",
    "ASAN_OPTIONS=detect_leaks=0" }
  for name, value in pairs(environment or {}) do
    words[#words + 1] = name .. "=" .. process.quote(value)
  end
  words[#words + 1] = process.lua .. " examples/" .. example
  return table.concat(words, " ")
end

-- Returns what the example wrote (both streams), and its exit status.
function examples.run(example, environment)
  return process.run(examples.command(example, environment))
end

return examples
