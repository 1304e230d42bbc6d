-- docs/architecture.md against the files of src and their #include lines.

if _VERSION ~= "Lua 5.4" then
  pending("what the documents say of the sources does not depend on the Lua: 5.4's run has it")
  return
end

local markdown = require "spec.support.markdown"
local process = require "spec.support.process"

local BOX = "\n%s+|%s+(%a[%a ]-)%s+|" -- what stands in one

local page = markdown.read("docs/architecture.md")

local function sorted(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

local function names_in(directory, pattern)
  local list = {}
  for name in process.check("LC_ALL=C ls " .. directory):gmatch("[^\n]+") do
    if name:find(pattern) then list[#list + 1] = name end
  end
  return list
end

local function without_ending(name) return (name:gsub("%.[ch]$", "")) end

-- The layers from the top: { name =, allowed = set of names }, and by name.
local function read_layers()
  local layers = {}
  for i, row in ipairs(page:table_of("The drawing")) do
    local layer = { name = row[1], allowed = {}, rank = i }
    for name in (row[2] or ""):gmatch("%s*([^,]+)") do layer.allowed[name] = true end
    layers[i], layers[row[1]] = layer, layer
  end
  return layers
end

-- Each file's layer, as the page has it.
local function read_places(layers)
  local places = {}
  for _, layer in ipairs(layers) do
    for _, row in ipairs(page:table_of(layer.name)) do
      local name = row[1]:match("^`([%w_]+)`$")
      assert(not places[name], name .. " has two places")
      places[name] = layer.name
    end
  end
  return places
end

-- Calls visit(file, header) for every header that is included, "<lua.h>" as such.
local function each_include(visit)
  for _, file in ipairs(names_in("src", "%.[ch]$")) do
    local text = "\n" .. process.read_file("src/" .. file)
    for header in text:gmatch('\n%s*#%s*include%s+(["<][^">]+[">])') do
      visit(file, header:match('^"(.*)"$') or header)
    end
  end
end

describe("docs/architecture.md", function()
  local layers = read_layers()
  local places = read_places(layers)

  it("has every file of src in a layer, with its job, and no other", function()
    local there = {}
    for _, file in ipairs(names_in("src", "%.[ch]$")) do there[without_ending(file)] = true end
    assert.same(sorted(there), sorted(places))
    for _, layer in ipairs(layers) do
      for _, row in ipairs(page:table_of(layer.name)) do
        assert(row[2] and row[2] ~= "", row[1] .. " has no job")
      end
    end
  end)

  it("has every file in Lua, with its job, and no other", function()
    local there = {}
    for _, row in ipairs(page:table_of("In Lua")) do
      assert(row[2] and row[2] ~= "", row[1] .. " has no job")
      there[row[1]:match("^`(.*)`$")] = true
    end
    assert.same(names_in("src/realtimekit", "%.lua$"), sorted(there))
  end)

  it("says exactly which layers' headers a layer includes", function()
    local found = {}
    for _, layer in ipairs(layers) do found[layer.name] = {} end
    each_include(function(file, header)
      local from, to = places[without_ending(file)], places[without_ending(header)]
      if to and to ~= from then found[from][to] = file .. " includes " .. header end
    end)
    for _, layer in ipairs(layers) do
      for name, why in pairs(found[layer.name]) do
        assert(layer.allowed[name], ("%s may not include %s, but %s"):format(layer.name, name, why))
      end
      for name in pairs(layer.allowed) do
        assert(found[layer.name][name], layer.name .. " includes nothing of " .. name)
      end
    end
  end)

  it("has no layer that looks upwards, and draws them in order", function()
    for _, layer in ipairs(layers) do
      for name in pairs(layer.allowed) do
        assert.is_true(layers[name].rank > layer.rank, layer.name .. " includes " .. name)
      end
    end
    local drawn = {}
    for name in page.blocks[1].code:gmatch(BOX) do drawn[#drawn + 1] = name end
    local named = {}
    for i, layer in ipairs(layers) do named[i] = layer.name end
    assert.same(named, drawn)
  end)

  it("draws the line below which nobody knows Lua where it is", function()
    local above = page.blocks[1].code:match("^(.-)\n[ -]+%+%-+%+ %- ")
    local lowest
    for name in above:gmatch(BOX) do lowest = layers[name] end
    each_include(function(file, header)
      if header == "<lua.h>" or header == "compat.h" then
        assert.is_true(layers[places[without_ending(file)]].rank <= lowest.rank, file)
      end
    end)
    local count = 0
    for _, place in pairs(places) do
      if layers[place].rank > lowest.rank then count = count + 1 end
    end
    assert.is_true(count > 20, tostring(count))
  end)

  it("names files in its drawings of a call's way", function()
    local count = 0
    for i = 2, 3 do
      for _, pattern in ipairs { "([%w_]+)%s*%->", "%->%s*([%w_]+)" } do
        for name in page.blocks[i].code:gmatch(pattern) do
          assert(places[name], name .. " is no file")
          count = count + 1
        end
      end
    end
    assert.is_true(count > 20, tostring(count))
  end)

  it("says of make check's walls what make check looks for", function()
    local check = process.read_file("tools/check.sh")
    local walls = page:section("The drawing"):match("kept by `make check`(.*)$")
    for name in walls:gmatch("`([%w_]+%.%S-)`") do
      local pattern = name:gsub("%.%[ch%]$", "")
      assert.truthy(check:find((pattern:gsub("%.c$", "")), 1, true), name)
    end
  end)
end)
