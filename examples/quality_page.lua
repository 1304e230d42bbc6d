--[[
HTML as the quality report needs it: text that stays text, elements, and the page around them, whose
style is in it. Nothing is loaded from anywhere, and the page forbids it.
]]

local report = require "report"

local page = {}

local entities =
  { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

--- Any value as text, for an element or an attribute. Control characters, what turns the direction
-- of writing, and bytes that are not UTF-8 are spelt out.
function page.text(value)
  return (report.safe(value):gsub("[&<>\"']", entities))
end

--- An element. `attributes` is a list of name, value, name, value; the content is markup, pieces of
-- it or nil.
function page.element(name, attributes, ...)
  local parts = { "<", name }
  for i = 1, #(attributes or {}), 2 do
    parts[#parts + 1] = (' %s="%s"'):format(attributes[i], page.text(attributes[i + 1]))
  end
  if select("#", ...) == 0 then return table.concat(parts) .. "/>" end
  parts[#parts + 1] = ">"
  for i = 1, select("#", ...) do parts[#parts + 1] = select(i, ...) or "" end
  parts[#parts + 1] = "</" .. name .. ">"
  return table.concat(parts)
end

local STYLE = [[
:root { --ink: #1c2128; --soft: #59636e; --paper: #fff; --card: #f5f7f9; --rule: #d3d9e0;
  --audio: #0b62c4; --video: #b54708; --screen: #14743a; --screen-audio: #7d3fd1;
  --good: #4fae74; --fair: #b39117; --poor: #d8661c; --bad: #a3122c; --none: #c3cad2; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e8ecf1; --soft: #a3adb8; --paper: #0e1217; --card: #171d24; --rule: #333c46;
    --audio: #62adff; --video: #f3944a; --screen: #52cc73; --screen-audio: #c79bff;
    --good: #3c9160; --fair: #c9a832; --poor: #f08437; --bad: #ff5d6c; --none: #46515d; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.25rem 1rem 3rem; max-width: 62rem; color: var(--ink);
  background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 .25rem; }
h3 { font-size: 1rem; margin: 0 0 .35rem; }
p { margin: .4rem 0; }
a { color: inherit; text-underline-offset: .15em; text-decoration-color: var(--soft); }
section { margin-top: 2.25rem; }
.person { border-top: 2px solid var(--rule); padding-top: 1.25rem; }
.soft { color: var(--soft); font-size: .875rem; }
.warn { border-left: 4px solid var(--poor); padding: .35rem .75rem; background: var(--card); }
.columns { display: grid; gap: 1rem 1.5rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); }
dl { display: grid; grid-template-columns: 6.5rem 1fr; gap: .1rem .75rem; margin: 0;
  font-size: .9375rem; }
dt { color: var(--soft); }
dd { margin: 0; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
th, td { padding: .3rem .3rem; text-align: right; border-bottom: 1px solid var(--rule);
  vertical-align: top; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th { font-weight: 600; font-size: .8125rem; color: var(--soft); }
th:first-child, td:first-child { text-align: left; padding-left: 0; overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
td svg { vertical-align: middle; margin-right: .4rem; }
figure { margin: 0; break-inside: avoid; }
figcaption { font-weight: 600; font-size: .9375rem; margin-bottom: .15rem; }
figcaption span { font-weight: 400; color: var(--soft); }
.charts { margin: 1.25rem 0; }
.chart { display: block; width: 100%; height: auto; background: var(--card);
  border-radius: 6px; }
.chart text { font: 12.5px system-ui, sans-serif; fill: var(--soft); }
.axis { stroke: var(--rule); stroke-width: 1; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.received { stroke-dasharray: 1 4.5; stroke-width: 2.5; }
.audio { stroke: var(--audio); } .video { stroke: var(--video); }
.screen { stroke: var(--screen); } .screen-audio { stroke: var(--screen-audio); }
.point { stroke-width: 6; stroke-linecap: round; fill: none; stroke-dasharray: none; }
.good { fill: var(--good); } .fair { fill: var(--fair); } .poor { fill: var(--poor); }
.bad { fill: var(--bad); } .none { fill: var(--none); }
.band { opacity: .13; }
.row { display: grid; grid-template-columns: 13rem 1fr; gap: 0 1rem; align-items: center;
  padding: .3rem 0; break-inside: avoid; }
.row .soft { line-height: 1.3; font-size: .8125rem; }
.strip { display: block; width: 100%; height: 24px; background: var(--card);
  border-radius: 4px; }
.clock { display: block; width: 100%; height: 20px; overflow: visible; }
.clock text { font: 12.5px system-ui, sans-serif; fill: var(--soft); }
.keys { display: flex; flex-wrap: wrap; align-items: center; gap: .1rem 1rem; }
.key { display: inline-flex; align-items: center; gap: .35rem; }
@media (max-width: 40rem) {
  .row { grid-template-columns: 1fr; gap: .2rem 0; }
  table { font-size: .875rem; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; print-color-adjust: exact;
    -webkit-print-color-adjust: exact; }
  .columns { grid-template-columns: 1fr 1fr; }
  h2, h3, figcaption { break-after: avoid; }
  tr { break-inside: avoid; }
}
]]

--- The whole document around a body.
function page.document(title, body)
  local element = page.element
  return "<!DOCTYPE html>\n" .. element("html", { "lang", "en" },
    "\n", element("head", nil,
      "\n", element("meta", { "charset", "utf-8" }),
      "\n", element("title", nil, page.text(title)),
      "\n", element("meta",
        { "name", "viewport", "content", "width=device-width, initial-scale=1" }),
      "\n", element("meta", { "name", "color-scheme", "content", "light dark" }),
      "\n", element("meta", { "name", "robots", "content", "noindex" }),
      "\n", element("meta", { "http-equiv", "Content-Security-Policy",
        "content", "default-src 'none'; style-src 'unsafe-inline'" }),
      "\n", element("style", nil, "\n", STYLE), "\n"),
    "\n", element("body", nil, "\n", body, "\n"), "\n") .. "\n"
end

return page
