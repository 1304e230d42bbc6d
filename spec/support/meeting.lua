-- One session of four participants, at every endpoint that there is.

local cjson = require "cjson"

local unpack = table.unpack or unpack -- luacheck: ignore

local meeting = {}

-- A call of each endpoint but `participant`: the function's name and its arguments.
meeting.calls = {
  { "sessions", "app" }, { "session", "app", "s" }, { "participants", "app", "s" },
  { "peer_report", "app", "a" }, { "transcript", "app", "s" }, { "request", "GET", "/any" },
}

-- Scripts the server's answers, each `delay` seconds after its request. There are two pages of
-- participants.
function meeting.serve(api, delay)
  local function answer(match, data, paging)
    return { match = match, delay = delay,
      json = cjson.encode { success = true, data = data, paging = paging } }
  end
  local function page(first, second, from)
    return { participants = { { id = first }, { id = second } } },
      { total_count = 4, start_offset = from, end_offset = from + 1 }
  end
  local answers = {
    answer("/any", { any = "thing" }),
    answer("page_no=2", page("c", "d", 3)),
    answer("/participants", page("a", "b", 1)),
    answer("/transcript", { sessionId = "s", transcript_download_url = "https://x.example/t" }),
  }
  for _, id in ipairs { "a", "b", "c", "d" } do
    answers[#answers + 1] = answer("/peer-report/" .. id, { participant = { id = id } })
  end
  answers[#answers + 1] = answer("/sessions/s", { id = "s", status = "ENDED" })
  answers[#answers + 1] = answer("/sessions", { sessions = { { id = "s" } } },
    { total_count = 1, start_offset = 1, end_offset = 1 })
  api:answer(unpack(answers))
end

return meeting
