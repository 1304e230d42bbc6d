--[[
Lists whose pages are fetched as they are needed: each_session, each_session_participant. The next
page is under way while one is gone through.

  for i, item, err, response in pages.each_session(client, app_id, opts) do

`client` is whatever has the methods that are called here. A failure is the last step of the loop,
without an item.

The API does not say whether its pages count from 0 or from 1. The first is asked for without a
number. After it comes 2, if that goes on where the first one ended, as the API tells; else 1 comes
after it, and what has been there before is left out.

No list is endless, whatever the server says: it ends with a page of which nothing is new, and after
MOST_PAGES with a failure.
]]

local misuse = require "realtimekit.misuse"
local options = require "realtimekit.options"

local pages = {}

local MOST_PAGES = 10000

-- ==== What is on a page ====

-- A page may have holes, where the list has nulls and these are nil.
local function last_index(page)
  local last = 0
  for i in next, page do
    if type(i) == "number" and i > last then last = i end
  end
  return last
end

-- A null, which may be any value, is no id.
local function id_of(item)
  local id = type(item) == "table" and item.id or nil
  return (type(id) == "string" or type(id) == "number") and id or nil
end

-- A text that values of the same content share, in whatever order their keys come. `above` are the
-- tables around the value: a null that is a table may have itself in it.
local function text_of(value, above)
  local kind = type(value)
  if kind == "string" or kind == "number" or kind == "boolean" then return tostring(value) end
  if kind ~= "table" or above[value] then return kind end
  local parts = {}
  above[value] = true
  for key, inner in next, value do
    parts[#parts + 1] = ("%s=%s"):format(text_of(key, above), text_of(inner, above))
  end
  above[value] = nil
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end

-- A page is known again by a number, as texts would fill the memory.
local function digest(page)
  local text, sum = text_of(page, {}), 0
  for i = 1, #text do sum = (sum * 257 + text:byte(i)) % 17592186044399 end -- within 2^53
  return sum
end

-- Whether a page like this one, which has items without ids, was there before.
local function is_repeated(state, page)
  local sum = digest(page)
  local repeated = state.digests[sum]
  state.digests[sum] = true
  return repeated
end

-- The items of a page that no earlier page had. Those without ids are known by their whole page.
local function take_new(state, page)
  local fresh, ids, repeated = {}, {}, nil
  for i = 1, last_index(page) do
    local item, id = page[i], id_of(page[i])
    if id == nil and item ~= nil and repeated == nil then
      repeated = is_repeated(state, page) or false
    end
    if id == nil and item ~= nil and not repeated or id ~= nil and not state.seen[id] then
      fresh[#fresh + 1] = item
      if id ~= nil then ids[#ids + 1] = id end
    end
  end
  for _, id in ipairs(ids) do state.seen[id] = true end
  state.nameless = state.nameless or repeated ~= nil
  return fresh
end

-- The paging object, if it has numbers that can be.
local function offsets(paging)
  local from, to = paging and paging.start_offset, paging and paging.end_offset
  if type(from) == "number" and type(to) == "number" and from <= to then return from, to end
end

local function total_of(paging)
  local total = paging and paging.total_count
  return type(total) == "number" and total >= 1 and total or nil
end

-- Whether the paging object says that there is no more. Nothing has to be true of it; but items
-- that cannot be told from others are at most as many as it says.
local function is_last(state, paging)
  local total = total_of(paging)
  if not total then return false end
  if state.received > total then return state.nameless end
  local _, to = offsets(paging)
  return state.received == total or to ~= nil and to >= total
end

-- Whether pages follow an empty one: as many as the total makes, of the size of the largest.
local function expects_more(state, paging)
  local total = total_of(paging) or not paging and state.total
  return total and state.page_no and state.received < total and state.largest > 0
    and state.page_no * state.largest < total
end

-- Whether the list ends with the page that has come, on which so many items are new. Where 1 has
-- what 0 had, they are one page.
local function is_over(state, fresh, paging)
  if fresh > 0 then return is_last(state, paging) end
  if state.size > 0 then return not (state.begins_at == 0 and state.page_no == 1) end
  return not expects_more(state, paging)
end

-- ==== Which page comes next ====

local function with_page(opts, page_no)
  local copy = {}
  for key, value in next, opts or {} do copy[key] = value end
  copy.page_no = page_no
  return copy
end

-- What this raises, such as that the client was closed, is raised once all that came is given.
local function ask(state, page_no)
  local ok, call = pcall(state.start, with_page(state.opts, page_no))
  state.page_no = page_no
  if ok then state.call = call else state.raised = call end
end

-- After the first page, which may be number 0 or 1.
local function ask_for_second(state, paging)
  state.from = offsets(paging)
  state.guessing = true
  ask(state, state.from and 2 or 1)
end

-- Whether that page goes on where the first one ended, by how many were on it: of the last offset
-- nobody knows whether it is that of the last item.
local function goes_on(state, paging)
  local from = offsets(paging)
  return from ~= nil and from > state.from and from == state.from + state.size
end

-- What follows the first page has come: whether it is the second. Else another is asked for.
local function is_second(state, fresh, paging)
  state.guessing = false
  if state.page_no == 2 then
    if goes_on(state, paging) then return true end
    state.guessing = true
    ask(state, 1)
    return false
  end
  if #fresh > 0 then return true end
  ask(state, 2) -- 1 was the first
  return false
end

-- ==== The loop ====

-- What a list of too many pages ends with: no server has so many.
local function too_many(response)
  local failure = { kind = "bad_response", errors = {} }
  for name, value in pairs(response) do
    if name ~= "data" and name ~= "paging" then failure[name] = value end
  end
  return { ("%d bad_response: the list did not end within %d pages"):format(response.status,
    MOST_PAGES), failure }
end

local function go_on(state, paging, response)
  if state.count == MOST_PAGES then
    state.failure = too_many(response)
  elseif state.page_no then
    ask(state, state.page_no + 1)
  else
    ask_for_second(state, paging)
  end
end

-- Takes a page that has come. What is new on it is what follows.
local function turn(state, page, response)
  local paging = response.paging
  state.count = state.count + 1
  if state.guessing and state.page_no == 2 then
    if not is_second(state, nil, paging) then return end
  end
  local fresh = take_new(state, page)
  if state.guessing and not is_second(state, fresh, paging) then return end
  state.items, state.at, state.response, state.size = fresh, 0, response, last_index(page)
  state.received = state.received + #fresh
  state.largest = math.max(state.largest, state.size)
  state.total = total_of(paging) or state.total
  state.ended = is_over(state, #fresh, paging)
  if not state.ended then go_on(state, paging, response) end
end

local function give(state)
  state.at, state.i = state.at + 1, state.i + 1
  if state.call then state.call:wait(0) end -- which moves it, and waits for nothing
  return state.i, state.items[state.at], nil, state.response
end

-- The position that an error of the C module has when it is called from here.
local HERE = misuse.position_in_this_file()

-- What follows when all items that have come are given, and no call is under way.
local function finish(state)
  if state.raised ~= nil then misuse.pass(HERE, nil, 0, false, state.raised) end
  if state.ended or not state.failure then return nil end
  state.ended = true
  return state.i + 1, nil, state.failure[1], state.failure[2]
end

local function step(state)
  while state.at == #state.items do
    local call = state.call
    if state.ended or not call then return finish(state) end
    call:wait() -- another coroutine may go on with the loop meanwhile
    if state.call == call then
      state.call = nil
      local page, err, response = call:result()
      if err ~= nil then
        state.ended = true
        return state.i + 1, nil, err, response
      end
      turn(state, page, response)
    end
  end
  return give(state)
end

local metatable = { __close = function(state)
  if state.call then state.call:cancel() end
  state.call, state.ended, state.items, state.at = nil, true, {}, 0
  state.raised = nil
end }

-- Starts the first call. In nginx an error of its has the caller's position already, not the name.
local function begin(as, start, opts)
  local ok, call = pcall(start, opts)
  if not ok and type(call) == "string" then call = call:gsub("'start_%l+'", "'" .. as .. "'") end
  return misuse.pass(HERE, nil, 0, ok, call)
end

-- `start(opts)` starts the call for a page. Misuse is raised in the name of `as`.
local function each(as, start, opts, ...)
  if select("#", ...) > 0 then misuse.raise("too many arguments: " .. as .. " takes no more") end
  local state = setmetatable({
    start = start, items = {}, at = 0, i = 0, received = 0, seen = {}, digests = {},
    count = 0, size = 0, largest = 0,
  }, metatable)
  local page_no = type(opts) == "table" and rawget(opts, "page_no") or false
  local first = (opts == nil or type(opts) == "table") and with_page(opts, page_no) or opts
  state.call = begin(as, start, first)
  state.opts = options.copy(opts or {}) -- the caller may change them meanwhile
  state.page_no, state.begins_at = page_no or nil, page_no or nil
  return step, state
end

--- Every session of an app, page by page: i, session, nil, response; or i, nil, err, failure.
function pages.each_session(client, app_id, opts, ...)
  local next_item, state = each("each_session", function(page_opts)
    local call = client:start_sessions(app_id, page_opts)
    return call
  end, opts, ...)
  return next_item, state, nil, state
end

--- Every participant of a session, in the same way.
function pages.each_session_participant(client, app_id, session_id, opts, ...)
  local next_item, state = each("each_session_participant", function(page_opts)
    local call = client:start_participants(app_id, session_id, page_opts)
    return call
  end, opts, ...)
  return next_item, state, nil, state
end

return pages
