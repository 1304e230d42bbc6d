-- What the examples for event loops share: sessions and their participants as arguments, and how a
-- session that has been fetched is printed.

local report = require "report"

local sessions = {}

--- The arguments of a script: the app's id, then the id of a session and that of a participant in
--- it, again and again. Returns the app's id and a list of {id, participants = list of ids}; says
--- how the script is used, and exits with 2, when they are not of that kind.
function sessions.of(arguments)
  if #arguments < 3 or #arguments % 2 == 0 then
    io.stderr:write("usage: ", arguments[0], " <app_id> <session_id> <participant_id>",
      " [<session_id> <participant_id> ...]\n")
    os.exit(2)
  end
  local list, known = {}, {}
  for i = 2, #arguments, 2 do
    local id = arguments[i]
    if not known[id] then
      known[id] = { id = id, participants = {} }
      list[#list + 1] = known[id]
    end
    table.insert(known[id].participants, arguments[i + 1])
  end
  return arguments[1], list
end

--- Prints a line for each of the entries of a session, which are {id, participant, err, failure} in
--- any order. Returns how many of them failed.
function sessions.print(session, entries)
  local failed = 0
  print("Session " .. report.safe(session.id))
  for _, entry in ipairs(entries) do
    local id, participant, err, failure = entry[1], entry[2], entry[3], entry[4]
    if participant then
      local stayed = report.duration((tonumber(participant.duration) or -1) * 60) -- minutes
      print(report.fit(("  %s %s"):format(report.pad(stayed or "-", -14),
        report.safe(participant.display_name or "(no name)")), 80))
    else
      failed = failed + 1
      print(("  %s\n    %s"):format(report.safe(id), err))
      if report.hint(failure) then print("    " .. report.hint(failure)) end
    end
  end
  return failed
end

return sessions
