--[[
Lists whose pages are fetched as they are needed: each_session, each_session_participant. The next
page is under way while one is gone through.

  for i, item, err, response in pages.each_session(client, app_id, opts) do

`client` is whatever has the methods that are called here. A failure is the last step of the loop,
without an item.

The API does not say whether its pages count from 0 or from 1. The first is asked for without a
number. After it comes 2, if that goes on where the first one ended, as the API tells; else 1 comes
after it, and what has been there before is left out.
]]

local pages = {}

-- ==== What is on a page ====

local function is_same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, value in pairs(a) do
    if not is_same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

-- A null, which may be any value, is no id.
local function id_of(item)
  local id = type(item) == "table" and item.id or nil
  return (type(id) == "string" or type(id) == "number") and id or nil
end

-- The items of a page that no earlier page had. One without an id is known by all that it has.
local function take_new(state, page)
  local fresh, ids, repeated = {}, {}, is_same(page, state.page)
  for i = 1, #page do
    local id = id_of(page[i])
    if id == nil and not repeated or id ~= nil and not state.seen[id] then
      fresh[#fresh + 1] = page[i]
      if id ~= nil then ids[#ids + 1] = id end
    end
  end
  for _, id in ipairs(ids) do state.seen[id] = true end
  return fresh
end

-- The paging object, if it has numbers that can be.
local function offsets(paging)
  local from, to = paging and paging.start_offset, paging and paging.end_offset
  if type(from) == "number" and type(to) == "number" and from <= to then return from, to end
end

-- Whether the paging object says that there is no more. Nothing has to be true of it.
local function is_last(state, paging)
  local total = paging and paging.total_count
  if type(total) ~= "number" or total < 1 or state.received > total then return false end
  local _, to = offsets(paging)
  return state.received == total or to ~= nil and to >= total
end

-- ==== Which page comes next ====

local function with_page(opts, page_no)
  local copy = {}
  for key, value in next, opts or {} do copy[key] = value end
  copy.page_no = page_no
  return copy
end

local function ask(state, page_no)
  state.page_no, state.call = page_no, state.start(with_page(state.opts, page_no))
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
  return from ~= nil and from > state.from and from == state.from + #state.page
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

-- Takes a page that has come. What is new on it is what follows.
local function turn(state, page, response)
  local paging = response.paging
  if state.guessing and state.page_no == 2 then
    if not is_second(state, nil, paging) then return end
  end
  local fresh = take_new(state, page)
  if state.guessing and not is_second(state, fresh, paging) then return end
  state.items, state.at, state.response, state.page = fresh, 0, response, page
  state.received = state.received + #fresh
  if #fresh == 0 or is_last(state, paging) then
    state.ended = true
  elseif state.page_no then
    ask(state, state.page_no + 1)
  else
    ask_for_second(state, paging)
  end
end

local function give(state)
  state.at, state.i = state.at + 1, state.i + 1
  if state.call then state.call:wait(0) end -- which moves it, and waits for nothing
  return state.i, state.items[state.at], nil, state.response
end

local function step(state)
  while state.at == #state.items do
    local call = state.call
    if state.ended or not call then return nil end
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
end }

-- The position that an error of the C module has when it is called from here.
local HERE = "^" .. debug.getinfo(1, "S").short_src:gsub("%p", "%%%0") .. ":%d+: "

-- `start(opts)` starts the call for a page. Misuse is raised in the name of `as`, two levels up.
local function each(as, start, opts, ...)
  if select("#", ...) > 0 then error("too many arguments: " .. as .. " takes no more", 4) end
  local state = setmetatable({
    start = start, items = {}, at = 0, i = 0, received = 0, seen = {},
  }, metatable)
  local page_no = type(opts) == "table" and rawget(opts, "page_no") or false
  local first = (opts == nil or type(opts) == "table") and with_page(opts, page_no) or opts
  local ok, call = pcall(start, first)
  if not ok then
    if type(call) ~= "string" then error(call, 0) end
    error(call:gsub(HERE, ""):gsub("'start_%l+'", "'" .. as .. "'"), 4)
  end
  state.opts = with_page(opts, nil) -- the caller may change them meanwhile
  state.call, state.page_no = call, page_no or nil
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
