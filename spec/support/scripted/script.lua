--[[
A script: which answer is next. Answers with `match` serve every request whose target contains it;
the others are taken one by one, in order of arrival, and the last one stays.
]]

local answers = require "scripted.answers"

local Script = {}
Script.__index = Script

function Script.new(list)
  local self = setmetatable({ queue = {}, matching = {}, position = 1 }, Script)
  for _, answer in ipairs(list) do
    local compiled = answers.compile(answer)
    local kind = compiled.match and self.matching or self.queue
    kind[#kind + 1] = compiled
  end
  return self
end

function Script:advance()
  local compiled = self.queue[self.position]
  if self.position < #self.queue then self.position = self.position + 1 end
  return compiled
end

-- The answer that a new connection gets instead of its first request, if the next one is such:
-- `on_accept`, and before a TLS handshake also `tls`.
function Script:for_connection(is_tls)
  local next_one = self.queue[self.position]
  local answer = next_one and next_one.answer
  if answer and (answer.on_accept or is_tls and answer.tls) then
    self:advance()
    return answer
  end
end

-- The plan for a request, or nil and what is wrong with the script.
function Script:for_request(target)
  for _, compiled in ipairs(self.matching) do
    if target:find(compiled.match, 1, true) then return answers.plan_for(compiled, target) end
  end
  local next_one = self.queue[self.position]
  if not next_one then return nil, "no answer is scripted for " .. target end
  if next_one.answer.on_accept or next_one.answer.tls then
    return nil, "the next answer is for a new connection, but this came on an open one: " .. target
  end
  return answers.plan_for(self:advance(), target)
end

return Script
