--[[
A session, everybody who was in it, and the report about each: session_report. All of it is fetched
as one batch; reports are under way while the list of participants still comes.

`client` is whatever has the methods that are called here.
]]

local misuse = require "realtimekit.misuse"
local pages = require "realtimekit.pages"

-- Options of one kind of call alone; the others are for all of them.
local only = {
  include_breakout_rooms = "session",
  view = "participants", search = "participants", sort_by = "participants",
  sort_order = "participants", per_page = "participants",
  filters = "report", include_peer_events = "report",
}

-- The options for each kind of call. What is no table of options is for the calls to refuse.
local function divide(opts)
  if type(opts) ~= "table" then return { session = opts, participants = opts, report = opts } end
  local parts = { session = {}, participants = {}, report = {} }
  for name, value in next, opts do
    for kind, part in pairs(parts) do
      if only[name] == nil or only[name] == kind then part[name] = value end
    end
  end
  return parts
end

-- An iterator over the participants' ids, each once. It adds an entry to `list` for each
-- participant, to `of_id` by its id, and sets `list.failure` where the list of the API ends so.
local function collect(client, app_id, session_id, opts, list, of_id)
  local next_item, state = pages.each_session_participant(client, app_id, session_id, opts)
  return function()
    while true do
      local i, participant, err, response = next_item(state)
      if i == nil then return nil end
      if err ~= nil then
        list.failure = { err, response }
        return nil
      end
      local id = type(participant) == "table" and participant.id or nil
      local entry = { id = id, participant = participant }
      list[#list + 1] = entry
      if type(id) ~= "string" then
        entry.err = "the participant has no id"
      elseif of_id[id] then
        table.insert(of_id[id], entry)
      else
        of_id[id] = { entry }
        return id
      end
    end
  end
end

-- The position that an error of the C module has when it is called from here.
local HERE = misuse.position_in_this_file()

local function ask_for_reports(client, app_id, ids, opts)
  local next_report, batch = client:each_peer_report(app_id, ids, opts)
  return next_report, batch
end

local function close(batch)
  local metatable = getmetatable(batch)
  if metatable.__close then metatable.__close(batch) end
end

-- A list that fails ends the batch at once, whatever reports are under way.
-- No for loop: in Lua 5.1 it could not wait where an event loop has the client's calls wait.
local function fetch_reports(client, app_id, ids, opts, list, of_id)
  local next_report, batch
  local function next_id()
    local id = ids()
    if list.failure then close(batch) end
    return id
  end
  next_report, batch =
    misuse.pass(HERE, nil, 0, pcall(ask_for_reports, client, app_id, next_id, opts))
  while true do
    local id, report, err, outcome = next_report(batch)
    if id == nil or list.failure then break end
    for _, entry in ipairs(of_id[id]) do
      entry.report, entry.err = report, err
      entry.failure = err ~= nil and outcome or nil
    end
  end
end

local function begin(client, app_id, session_id, parts)
  local list, of_id = {}, {}
  local call = client:start_session(app_id, session_id, parts.session)
  local ids = collect(client, app_id, session_id, parts.participants, list, of_id)
  client:each_peer_report(app_id, {}, parts.report) -- which checks the options
  return call, ids, list, of_id
end

-- An option that is none of any call's is told by a call that knows a name like it, if one does.
-- None of them is sent, as each has that option.
local function explain(err, client, app_id, session_id, parts)
  if type(err) ~= "string" or not err:find("unknown option", 1, true)
    or err:find("did you mean", 1, true) or err:find("which other calls have", 1, true) then
    return err
  end
  local _, of_report = pcall(ask_for_reports, client, app_id, {}, parts.report)
  local _, of_list = pcall(function()
    client:start_participants(app_id, session_id, parts.participants)
  end)
  for _, other in ipairs { of_report, of_list } do
    if type(other) == "string" and other:find("did you mean", 1, true) then return other end
  end
  return err
end

-- Raises misuse in the name of session_report, by its caller.
local function refuse(err)
  if type(err) ~= "string" then error(err, 0) end
  misuse.pass(HERE, nil, 0, false, (err:gsub("'[%l_]+' %(", "'session_report' (", 1)))
end

local report = {}

--- The session, with its participants and their reports: report, nil, response; or nil, err,
-- failure when the session or the list of its participants cannot be had.
function report.session_report(client, app_id, session_id, opts, ...)
  if select("#", ...) > 0 then misuse.raise "too many arguments: session_report takes no more" end
  local parts = divide(opts)
  local ok, call, ids, list, of_id = pcall(begin, client, app_id, session_id, parts)
  if not ok then refuse(explain(call, client, app_id, session_id, parts)) end
  fetch_reports(client, app_id, ids, parts.report, list, of_id)
  local session, err, response = call:result()
  if err ~= nil then return nil, err, response end
  if list.failure then return nil, list.failure[1], list.failure[2] end
  return { session = session, participants = list }, nil, response
end

return report
