-- The results as a table, as JSON and as a bar chart.

local cjson = require "cjson"
local process = require "spec.support.process"

local report = {}

local function number(x, digits)
  if not x then return "" end
  return ("%." .. (digits or (x >= 100 and 0 or 1)) .. "f"):format(x)
end

local function ratio(r) return r and ("%.2f"):format(r.median) or "" end

local function mib(kib) return kib and kib >= 0 and ("%.1f"):format(kib / 1024) or "" end

local columns = {
  { "client", function(row) return row.label end, left = true },
  { "calls/s", function(row) return number(row.rate, 0) end },
  { "wall us", function(row) return number(row.wall) end },
  { "CPU us", function(row) return number(row.cpu) end },
  { "p50 us", function(row) return number(row.p50) end },
  { "p99 us", function(row) return number(row.p99) end },
  { "alone p50", function(row) return number(row.alone) end },
  { "idle MiB", function(row) return mib(row.idle) end },
  { "now MiB", function(row) return mib(row.resident) end },
  { "peak MiB", function(row) return mib(row.peak) end },
  { "connections", function(row) return number(row.connections, 0) end },
  { "wall x", function(row) return ratio(row.wall_ratio) end },
  { "CPU x", function(row) return ratio(row.cpu_ratio) end },
  { "x bare+cjson", function(row) return ratio(row.bare_ratio) end },
}

-- The columns that have something to say of these rows.
local function columns_of(rows)
  local list = {}
  for _, column in ipairs(columns) do
    local said = false
    for _, row in ipairs(rows) do said = said or column[2](row) ~= "" end
    if said then list[#list + 1] = column end
  end
  return list
end

local function pad(text, width, left)
  local space = (" "):rep(width - utf8.len(text))
  return left and text .. space or space .. text
end

-- In Markdown, which reads well as it is.
function report.table_of(result)
  local list, lines = columns_of(result.rows), {}
  local widths = {}
  for i, column in ipairs(list) do
    widths[i] = #column[1]
    for _, row in ipairs(result.rows) do widths[i] = math.max(widths[i], #column[2](row)) end
  end
  local function line(get)
    local cells = {}
    for i, column in ipairs(list) do cells[i] = pad(get(column, i), widths[i], column.left) end
    lines[#lines + 1] = "| " .. table.concat(cells, " | ") .. " |"
  end
  lines[1] = ("%s (%d rounds)\n"):format(result.title, result.rounds)
  line(function(column) return column[1] end)
  line(function(column, i) return ("-"):rep(widths[i] - (column.left and 0 or 1))
    .. (column.left and "" or ":") end)
  for _, row in ipairs(result.rows) do
    line(function(column) return column[2](row) end)
  end
  return table.concat(lines, "\n") .. "\n"
end

-- {==== The chart ====

local BAR, LEFT, WIDTH = 16, 260, 900

local function escape(text) return (text:gsub("[<>&]", { ["<"] = "&lt;", [">"] = "&gt;",
  ["&"] = "&amp;" })) end

local function text(x, y, what, style)
  return ('<text x="%d" y="%d" %s>%s</text>'):format(x, y, style or "", escape(what))
end

-- CPU per call as bars, on a logarithmic scale from a tenth of the limit's on.
local function chart_of(result, y, lines)
  local least, most = math.huge, 0
  for _, row in ipairs(result.rows) do
    least, most = math.min(least, row.cpu), math.max(most, row.cpu)
  end
  least = least / 3
  lines[#lines + 1] = text(10, y, result.title .. ": CPU us per call", 'font-weight="bold"')
  for _, row in ipairs(result.rows) do
    y = y + BAR + 4
    local width = (WIDTH - LEFT - 150) * math.log(row.cpu / least) / math.log(most / least)
    local ours = row.label:find("^lua%-realtimekit")
    lines[#lines + 1] = text(LEFT - 8, y, row.label, 'text-anchor="end"')
    lines[#lines + 1] = ('<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>'):format(
      LEFT, y - BAR + 4, width, BAR, ours and "#1f6feb" or "#9aa4b2")
    lines[#lines + 1] = text(math.floor(LEFT + width + 6), y, number(row.cpu)
      .. (row.cpu_ratio and (" (%.2f x)"):format(row.cpu_ratio.median) or ""))
  end
  return y + BAR + 24
end

local function svg_of(results)
  local lines, y = {}, 24
  for _, result in ipairs(results) do y = chart_of(result, y, lines) end
  return ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" '
    .. 'font-size="12">\n<rect width="100%%" height="100%%" fill="white"/>\n'
    .. '%s\n%s\n</svg>\n'):format(WIDTH, y + 10, table.concat(lines, "\n"),
    text(10, y, "Logarithmic scale; x: times the first client of each chart, same rounds."))
end

-- }====

local function first_line(command)
  local output, status = process.run(command)
  return status == 0 and output:match("^[^\n]*") or "none"
end

local function machine()
  return {
    processor = first_line("sed -n 's/^model name[^:]*: //p' /proc/cpuinfo"),
    cores = tonumber(first_line("nproc")),
    system = first_line(". /etc/os-release && echo \"$PRETTY_NAME\""),
    kernel = first_line("uname -r"),
    date = os.date("!%Y-%m-%d"),
    commit = first_line("git rev-parse --short HEAD"),
    libcurl = first_line("curl --version"),
    nginx = first_line("nginx -v 2>&1"),
    node = first_line("node --version"),
    ["lua5.4"] = first_line("lua5.4 -v"),
    luajit = first_line("luajit -v"),
    packages = first_line("dpkg-query -W -f '${Package} ${Version}; ' lua-cjson lua-curl lua-http "
      .. "lua-sec"),
  }
end

function report.write(directory, results, rounds)
  process.check("mkdir -p " .. process.quote(directory))
  local tables = {}
  for i, result in ipairs(results) do tables[i] = report.table_of(result) end
  process.write_file(directory .. "/results.json", cjson.encode {
    machine = machine(), rounds = rounds, scenarios = results,
  } .. "\n")
  process.write_file(directory .. "/tables.md", table.concat(tables, "\n"))
  process.write_file(directory .. "/cpu.svg", svg_of(results))
  print("written to " .. directory .. ": results.json, tables.md, cpu.svg")
end

return report
