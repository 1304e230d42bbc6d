--[[
A strict reader of HTML that is written as XML would have it: every element closed, every attribute
quoted, no `<` or `&` that means nothing. Not of HTML in general.

  local root = markup.parse(document)   -- raises what is wrong and where
  markup.find(root, "svg", "chart")     -- list of the elements of that name, and of that class
  markup.text(root)                     -- what is written in it, without markup
]]

local markup = {}

local entities = { amp = "&", lt = "<", gt = ">", quot = '"', ["#39"] = "'" }

-- HTML knows no other element that is empty, and SVG's may all be.
local void = { meta = true }

local function fail(what, document, place)
  error(("%s at byte %d: ...%s"):format(what, place, document:sub(place, place + 60)), 0)
end

local function decode(raw, document, place)
  if raw:find("[%z\1-\9\11-\31\127]") then fail("a control character", document, place) end
  return (raw:gsub("&([^;&]*);?", function(name)
    return entities[name] or fail("a stray & (" .. name .. ")", document, place)
  end))
end

local function parse_attributes(raw, document, place)
  local attributes, rest = {}, raw
  while rest ~= "" do
    local name, value, after = rest:match('^ ([%a][%w-]*)="([^"<]*)"(.*)$')
    if not name then fail("a malformed attribute", document, place) end
    if attributes[name] then fail("an attribute twice", document, place) end
    attributes[name], rest = decode(value, document, place), after
  end
  return attributes
end

-- Whether the element, or one that it is in, is an <svg>.
local function in_svg(stack, name)
  if name == "svg" then return true end
  for _, node in ipairs(stack) do
    if node.name == "svg" then return true end
  end
  return false
end

local function check_utf8(document)
  local rest = document:gsub("[\194-\223][\128-\191]", "")
    :gsub("[\224-\239][\128-\191][\128-\191]", "")
    :gsub("[\240-\244][\128-\191][\128-\191][\128-\191]", "")
  local place = rest:find("[\128-\255]")
  if place then fail("bytes that are not UTF-8", rest, place) end
end

-- Reads the tag at `place` into the tree; returns where it ends.
local function parse_tag(document, place, stack)
  local closing = document:match("^</([%a][%w]*)>", place)
  if closing then
    if closing ~= stack[#stack].name then fail("an end without a start", document, place) end
    stack[#stack] = nil
    return place + #closing + 3
  end
  local name, raw, finish = document:match('^<([%a][%w]*)([^<>]*)>()', place)
  if not name then fail("a stray <", document, place) end
  local is_empty = raw:sub(-1) == "/"
  if is_empty then raw = raw:sub(1, -2) end
  if void[name] ~= nil and not is_empty or is_empty and not void[name]
    and not in_svg(stack, name) then
    fail("an element that HTML closes otherwise", document, place)
  end
  local node = { name = name, attributes = parse_attributes(raw, document, place), children = {} }
  table.insert(stack[#stack].children, node)
  if not is_empty then stack[#stack + 1] = node end
  return finish
end

--- The tree of a document: nodes {name, attributes, children}, a child being a node or a string.
function markup.parse(document)
  check_utf8(document)
  local head = "<!DOCTYPE html>\n"
  if document:sub(1, #head) ~= head then fail("no doctype", document, 1) end
  local root = { name = "", attributes = {}, children = {} }
  local stack, place = { root }, #head + 1
  while place <= #document do
    if document:sub(place, place) == "<" then
      place = parse_tag(document, place, stack)
    else
      local text = document:match("^[^<]+", place)
      if stack[#stack].name ~= "style" then
        text = decode(text, document, place)
      end
      table.insert(stack[#stack].children, text)
      place = document:find("<", place, true) or #document + 1
    end
  end
  if #stack > 1 then fail("no end of <" .. stack[#stack].name .. ">", document, place) end
  return root
end

--- All nodes in it, in order, with itself first; each with the <svg> that it is in.
function markup.nodes(node, list, svg)
  list = list or {}
  svg = node.name == "svg" and node or svg
  list[#list + 1], node.svg = node, svg
  for _, child in ipairs(node.children) do
    if type(child) == "table" then markup.nodes(child, list, svg) end
  end
  return list
end

function markup.find(root, name, class)
  local found = {}
  for _, node in ipairs(markup.nodes(root)) do
    local classes = " " .. (node.attributes.class or "") .. " "
    if node.name == name and (not class or classes:find(" " .. class .. " ", 1, true)) then
      found[#found + 1] = node
    end
  end
  return found
end

function markup.text(node)
  local parts = {}
  for i, child in ipairs(node.children) do
    parts[i] = type(child) == "table" and markup.text(child) or child
  end
  return table.concat(parts)
end

return markup
