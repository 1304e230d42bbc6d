--[[
Reads the documents of this repository, so that specs can compare what they say with what there is.

  local readme = require("spec.support.markdown").read("README.md")

  readme.lines             --> its lines; those of code blocks too
  readme.headings          --> { { text = "Calls under way", anchor = "calls-under-way" } }
  readme.blocks            --> { { info = "lua", code = "...", heading = "Options", line = 9 } }
  readme.links             --> { { target = "docs/errors.md#kinds", line = 12 } }
  readme.words             --> { { text = "max_retries", line = 9 } }, what stands in backquotes
  readme:section("Options")      --> what is below that heading, up to the next of its rank or above
  readme:table_of("Functions")   --> the rows of the first table there: lists of trimmed cells

An anchor is what GitHub makes of a heading: lower case, no punctuation, hyphens for spaces.
]]

local process = require "spec.support.process"

local markdown = {}

local Document = {}
Document.__index = Document

local function anchor_of(text, taken)
  local anchor = text:lower():gsub("[^%w _\128-\255-]", ""):gsub(" ", "-")
  local count = taken[anchor] or 0
  taken[anchor] = count + 1
  return count == 0 and anchor or anchor .. "-" .. count
end

-- What stands between single backticks is no link.
local function add_links(document, line, number)
  for target in line:gsub("`[^`]*`", "`"):gmatch("%]%(([^)%s]+)%)") do
    table.insert(document.links, { target = target, line = number })
  end
end

local function add_words(document, line, number)
  for text in line:gmatch("`([^`]+)`") do
    table.insert(document.words, { text = text, line = number })
  end
end

local function read_line(document, line, number, taken)
  local rank, text = line:match("^(#+) (.*)$")
  if rank then
    table.insert(document.headings,
      { text = text, rank = #rank, line = number, anchor = anchor_of(text, taken) })
  end
  add_links(document, line, number)
  add_words(document, line, number)
end

--- Parses a document given as text.
function markdown.parse(text)
  local document = setmetatable(
    { lines = {}, headings = {}, blocks = {}, links = {}, words = {} }, Document)
  local taken, block = {}, nil
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    local number = #document.lines + 1
    document.lines[number] = line
    local info = line:match("^%s*```(.*)$")
    if info and block then
      block.code = table.concat(block, "\n") .. "\n"
      block = nil
    elseif info then
      local heading = document.headings[#document.headings]
      block = { info = info, line = number, heading = heading and heading.text }
      table.insert(document.blocks, block)
    elseif block then
      block[#block + 1] = line
    else
      read_line(document, line, number, taken)
    end
  end
  assert(not block, "a code block is not closed")
  return document
end

--- Parses the file of that name.
function markdown.read(path)
  return markdown.parse(process.read_file(path))
end

--- The documents of this repository: their paths, sorted.
function markdown.paths()
  local list = {}
  for path in process.check("find . -name '*.md' -not -path './build/*' "
    .. "-not -path './.*/*' -printf '%P\\n'"):gmatch("[^\n]+") do
    list[#list + 1] = path
  end
  table.sort(list)
  return list
end

--- The lines below a heading, as text.
function Document:section(heading)
  local from, rank, to
  for _, known in ipairs(self.headings) do
    if from and not to and known.rank <= rank then to = known.line - 1 end
    if known.text == heading then from, rank = known.line + 1, known.rank end
  end
  assert(from, "no section " .. heading)
  return table.concat(self.lines, "\n", from, to or #self.lines) .. "\n"
end

--- The rows of the first table below a heading, without its head.
function Document:table_of(heading)
  local rows, found = {}, 0
  for line in self:section(heading):gmatch("([^\n]*)\n") do
    if line:find("^|") then
      found = found + 1
      local cells = {}
      for cell in line:gsub("\\|", "\0"):gmatch("|([^|]+)") do
        cells[#cells + 1] = cell:gsub("%z", "|"):match("^%s*(.-)%s*$")
      end
      if found > 2 then rows[#rows + 1] = cells end
    elseif found > 0 then
      break
    end
  end
  assert(found > 2, "no table below " .. heading)
  return rows
end

return markdown
