--[[
What the examples need to print a report that is easy to read: text that is safe for a terminal and
lines up, times and durations in words, what to do about a failure.
]]

local report = {}

local LABEL_COLUMNS = 14
local VALUE_COLUMNS = 80 - 2 - LABEL_COLUMNS

-- ==== Text ====

local utf8_forms = { -- pattern, value of the first byte's marker, smallest code point
  { "^[\194-\223][\128-\191]", 0xC0, 0x80 },
  { "^[\224-\239][\128-\191][\128-\191]", 0xE0, 0x800 },
  { "^[\240-\244][\128-\191][\128-\191][\128-\191]", 0xF0, 0x10000 },
}

-- The character at byte i and its code point; the code point is nil for a byte that is not UTF-8.
local function character(s, i)
  local first = s:byte(i)
  if first < 0x80 then return s:sub(i, i), first end
  for _, form in ipairs(utf8_forms) do
    local char = s:match(form[1], i)
    if char then
      local code = first - form[2]
      for j = 2, #char do code = code * 64 + char:byte(j) - 0x80 end
      local surrogate = code >= 0xD800 and code <= 0xDFFF
      if code >= form[3] and code <= 0x10FFFF and not surrogate then return char, code end
    end
  end
  return s:sub(i, i), nil
end

local function characters(s)
  local i = 1
  return function()
    if i > #s then return nil end
    local char, code = character(s, i)
    i = i + #char
    return char, code
  end
end

local function within(code, ranges)
  for _, range in ipairs(ranges) do
    if code >= range[1] and code <= range[2] then return true end
  end
  return false
end

-- Control characters, line separators, and what turns the direction of writing.
local unsafe = {
  { 0, 0x1F }, { 0x7F, 0x9F }, { 0x2028, 0x202E }, { 0x2066, 0x2069 },
}
-- The usual ones; Unicode's tables know more.
local combining = { { 0x300, 0x36F }, { 0x200B, 0x200D }, { 0xFE00, 0xFE0F } }
local wide = {
  { 0x1100, 0x115F }, { 0x2E80, 0xA4CF }, { 0xAC00, 0xD7A3 }, { 0xF900, 0xFAFF },
  { 0xFE30, 0xFE6F }, { 0xFF00, 0xFF60 }, { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1FAFF },
  { 0x20000, 0x3FFFD },
}

--- The value as text that a terminal only shows: what it could act on, and bytes that are not
-- UTF-8, are spelt out as \x1B or \u{202E}.
function report.safe(value)
  local parts = {}
  for char, code in characters(tostring(value)) do
    local shown = char
    if code == nil or code < 0x80 and within(code, unsafe) then
      shown = ("\\x%02X"):format(char:byte())
    elseif within(code, unsafe) then
      shown = ("\\u{%X}"):format(code)
    end
    parts[#parts + 1] = shown
  end
  return table.concat(parts)
end

local function char_width(code)
  if within(code, combining) then return 0 end
  return within(code, wide) and 2 or 1
end

--- How many columns of a terminal safe text takes.
function report.width(s)
  local columns = 0
  for _, code in characters(s) do columns = columns + char_width(code) end
  return columns
end

--- Filled up with spaces: on the right, or on the left for a negative number of columns.
function report.pad(s, columns)
  local spaces = (" "):rep(math.abs(columns) - report.width(s))
  return columns < 0 and spaces .. s or s .. spaces
end

--- Cut to a number of columns, with an ellipsis where something was cut.
function report.fit(s, columns)
  if report.width(s) <= columns then return s end
  local parts, used = {}, 1
  for char, code in characters(s) do
    used = used + char_width(code)
    if used > columns then break end
    parts[#parts + 1] = char
  end
  return table.concat(parts) .. "…"
end

-- Lines of at most `columns`, broken at spaces.
local function wrap(s, columns)
  local lines, line = {}, nil
  for word in s:gmatch("%S+") do
    local longer = line and line .. " " .. word or word
    if line and report.width(longer) > columns then
      lines[#lines + 1], line = line, word
    else
      line = longer
    end
  end
  lines[#lines + 1] = line
  return lines
end

-- ==== Printing ====

local function print_fact(label, value)
  for i, line in ipairs(wrap(report.safe(value), VALUE_COLUMNS)) do
    print("  " .. report.pad(i == 1 and label or "", LABEL_COLUMNS)
      .. report.fit(line, VALUE_COLUMNS))
  end
end

--- Prints facts, {label, value} each, under a heading if there is one. A fact without a value is
-- left out; where none has one, so is the heading.
function report.facts(heading, facts)
  for _, fact in ipairs(facts) do
    local label, value = fact[1], fact[2]
    if value ~= nil and heading then
      print("\n" .. heading)
      heading = nil
    end
    if value ~= nil then print_fact(label, value) end
  end
end

--- The values that are there, as one text; nil when none is.
function report.join(separator, ...)
  local parts = {}
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    if value ~= nil and value ~= "" then parts[#parts + 1] = tostring(value) end
  end
  return parts[1] and table.concat(parts, separator)
end

-- ==== Values ====

--- What is found in nested tables under the names; nil when one of them is not there.
function report.get(value, ...)
  for i = 1, select("#", ...) do
    if type(value) ~= "table" then return nil end
    value = value[select(i, ...)]
  end
  return value
end

--- The tables in a list, in order. A null of the API is a hole in it, where ipairs would stop.
function report.elements(list)
  local places, found = {}, {}
  for place, element in pairs(type(list) == "table" and list or {}) do
    if type(place) == "number" and type(element) == "table" then places[#places + 1] = place end
  end
  table.sort(places)
  for i, place in ipairs(places) do found[i] = list[place] end
  return found
end

--- A number written with a format, after scaling; nil for anything else.
function report.number(format, value, scale)
  return type(value) == "number" and format:format(value * (scale or 1)) or nil
end

--- The parts of a time that the API writes, date and clock; nil when it is written differently.
function report.moment(time)
  return tostring(time):match("^(%d%d%d%d%-%d%d%-%d%d)T(%d%d:%d%d:%d%d)%.?%d*Z$")
end

--- A time as people write it; one that is written differently stays as it is.
function report.time(time)
  local date, clock = report.moment(time)
  return date and ("%s %s UTC"):format(date, clock) or time
end

--- Seconds in words: "41 min 30 s".
function report.duration(seconds)
  if type(seconds) ~= "number" or seconds < 0 or seconds - seconds ~= 0 then return nil end
  local s = math.floor(seconds + 0.5)
  local parts = {}
  for _, unit in ipairs { { 3600, "h" }, { 60, "min" }, { 1, "s" } } do
    local count = math.floor(s / unit[1])
    s = s - count * unit[1]
    if count > 0 then parts[#parts + 1] = ("%.0f %s"):format(count, unit[2]) end
  end
  return parts[1] and table.concat(parts, " ") or "0 s"
end

-- ==== Failures ====

local hints = {
  authentication = "Check CLOUDFLARE_API_TOKEN.",
  permission_denied = "The token needs the permission Realtime for this account.",
  not_found = "Check CLOUDFLARE_ACCOUNT_ID and the ids: app, session, participant, in this order.",
  connection = "Check the network, and CLOUDFLARE_BASE_URL if it is set.",
}

--- What to do about a failure, in a sentence; nil for those whose message says it all.
function report.hint(failure)
  if failure.kind == "rate_limited" then
    return "Try again in " .. (report.duration(failure.retry_after) or "some minutes") .. "."
  end
  return hints[failure.kind]
end

return report
