-- A busted output handler that says what is wrong and what was skipped, and nothing of what is
-- well. The counts go into the file named by -Xoutput, for whoever adds them up, and what is wrong
-- once more into one beside it, with .failed to its name. With TIMES in the environment it says of
-- each file how many seconds it took.

return function(options)
  local busted = require "busted"
  local handler = require "busted.outputHandlers.base"()
  local lua = jit and "luajit" or _VERSION

  local function describe(word, entry)
    local trace = entry.trace or {}
    local message = type(entry.message) == "string" and entry.message
      or trace.message or tostring(entry.message)
    return ("%s: %s: %s\n  %s:%s\n  %s\n"):format(lua, word, entry.name or "?",
      trace.short_src or "?", trace.currentline or "?", (tostring(message):gsub("\n", "\n  ")))
  end

  local function describe_all()
    local list = {}
    for _, entry in ipairs(handler.failures) do list[#list + 1] = describe("failed", entry) end
    for _, entry in ipairs(handler.errors) do list[#list + 1] = describe("error", entry) end
    return table.concat(list)
  end

  local function write(path, text)
    local file = assert(io.open(path, "w"))
    file:write(text)
    file:close()
  end

  -- Many tests may be skipped for one reason; each reason is told once, with its count. What has no
  -- body has its reason for a name.
  local function tell_skipped()
    local counts, reasons = {}, {}
    for _, entry in ipairs(handler.pendings) do
      local reason = (entry.message or entry.name):gsub("^%S+:%d+: ", "")
      if not counts[reason] then reasons[#reasons + 1] = reason end
      counts[reason] = (counts[reason] or 0) + 1
    end
    for _, reason in ipairs(reasons) do
      io.write(("%s: skipped %d: %s\n"):format(lua, counts[reason], reason))
    end
  end

  local began
  if os.getenv("TIMES") then
    local now = require("socket").gettime
    busted.subscribe({ "file", "start" }, function()
      began = now()
      return nil, true
    end)
    busted.subscribe({ "file", "end" }, function(file)
      io.write(("%s: %6.1f s: %s\n"):format(lua, now() - began, file.name))
      return nil, true
    end)
  end

  handler.suite_end = function()
    local wrong = describe_all()
    io.write(wrong)
    tell_skipped()
    local path = options.arguments[1]
    if path then
      write(path, ("%d %d %d\n"):format(handler.successesCount,
        handler.failuresCount + handler.errorsCount, handler.pendingsCount))
      write(path .. ".failed", wrong)
    end
    return nil, true
  end

  busted.subscribe({ "suite", "end" }, handler.suite_end)
  return handler
end
