--[[
Lists as the sandbox serves them: checked, searched, sorted, and cut into pages. Pages count from 1;
0 is the first one too.
]]

local lists = {}

local DEFAULT_PER_PAGE = 20

local function whole(text)
  return text:match("^%d+$") ~= nil
end

-- A test of a parameter: one of these words.
local function one_of(...)
  local known = {}
  for _, word in ipairs { ... } do known[word] = true end
  return function(text) return known[text] == true end
end

local function any() return true end

-- Every list has these parameters.
local common = {
  page_no = whole, per_page = whole, search = any, sort_order = one_of("ASC", "DESC"),
}

local function time(text)
  return text:match("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d[%d.]*Z$") ~= nil
end

local kinds = {
  sessions = {
    associated_id = any, participants = any, start_time = time, end_time = time,
    status = one_of("LIVE", "ENDED"), sort_by = one_of("minutesConsumed", "createdAt"),
  },
  participants = {
    view = one_of("raw", "consolidated"), sort_by = one_of("joinedAt", "duration"),
    include_peer_events = one_of("true", "false"),
  },
}

-- Whether the list of that kind has each of the parameters, and knows its value.
function lists.is_valid(kind, query)
  for name, text in pairs(query) do
    local test = common[name] or kinds[kind][name]
    if not test or not test(text) then return false end
  end
  return true
end

local sort_fields = { minutesConsumed = "minutes_consumed", createdAt = "created_at",
  joinedAt = "joined_at", duration = "duration" }

-- Sorts as the query says, or by that field; equals stay as they were.
local function sort(items, query, field)
  field = sort_fields[query.sort_by] or field
  local place, down = {}, query.sort_order == "DESC"
  for i, item in ipairs(items) do place[item] = i end
  table.sort(items, function(a, b)
    local x, y = a[field], b[field]
    if x == y then return place[a] < place[b] end
    if down then return x > y end
    return x < y
  end)
end

-- The page that the query asks for, of those items of which `wanted` holds, and its paging object.
function lists.page(items, query, field, wanted)
  local found, page = {}, {}
  for _, item in ipairs(items) do
    if wanted(item) then found[#found + 1] = item end
  end
  sort(found, query, field)
  local per_page = math.max(tonumber(query.per_page or DEFAULT_PER_PAGE), 1)
  local first = (math.max(tonumber(query.page_no or 1), 1) - 1) * per_page
  for i = first + 1, math.min(first + per_page, #found) do page[#page + 1] = found[i] end
  return page, { total_count = #found, start_offset = #page > 0 and first + 1 or 0,
    end_offset = #page > 0 and first + #page or 0 }
end

-- Whether one of the texts has the other in it, whatever its case.
function lists.has(wanted, ...)
  for _, text in ipairs { ... } do
    if text:lower():find(wanted:lower(), 1, true) then return true end
  end
  return false
end

return lists
