-- What nginx.conf serves: validates, looks into the cache, calls, answers JSON.

local cjson = require "cjson.safe"
local lrucache = require "resty.lrucache"
local realtimekit = require "realtimekit"
local nginx = require "realtimekit.nginx"
local semaphore = require "ngx.semaphore"

local participants = {}

local CACHED_SECONDS, CACHED = 60, 10000 -- of who has left: nothing about them changes any more
local LONGEST_ID = 64
local DEADLINE_SECONDS, WAIT_SECONDS = 10, 12 -- of a call; of who waits for one

-- One of each for a worker. The cache is resty.lrucache's, which is in Debian; resty.lock is not.
local cache = assert(lrucache.new(CACHED))
local calling = {} -- key -> { semaphore =, waiting =, answer = } of a call that is being made
local client

-- A client is made by the worker that uses it: in init_by_lua it would see the whole environment.
local function get_client()
  client = client or realtimekit.new {
    deadline = DEADLINE_SECONDS, max_retries = 1, max_retry_after = 2, logger = function(level, ...)
      if level == "warn" then nginx.logger(level, ...) end -- retries; failures are logged below
    end,
  }
  return client
end

-- What a failure is to who asks us. Of the others the fault is ours, or the API's: 502.
local statuses = {
  invalid_request = 500, not_found = 404, rate_limited = 429, timeout = 504,
}

local function answer_failure(err, failure)
  local status = statuses[failure.kind] or 502
  local headers = {}
  if failure.retry_after then headers["Retry-After"] = math.ceil(failure.retry_after) end
  if status >= 500 then ngx.log(ngx.ERR, err) end
  return status, { error = failure.kind }, headers
end

local function describe(participant)
  return { id = participant.id, name = participant.display_name,
    joined_at = participant.joined_at, left_at = participant.left_at,
    duration = participant.duration }
end

local function app_id()
  return os.getenv("REALTIMEKIT_APP_ID") or ""
end

local function fetch(session, id)
  local participant, err, failure = get_client():participant(app_id(), session, id)
  if not participant then return answer_failure(err, failure) end
  return 200, describe(participant), {}
end

-- Everybody who was in the session, all pages of the list.
local function fetch_all(session)
  local list = {}
  for i, participant, err, failure in get_client():each_session_participant(app_id(), session) do
    if err then return answer_failure(err, failure) end
    list[i] = describe(participant)
  end
  return 200, list, {}
end

-- Makes the call, for all who wait for it. A timer does, as no request owns it: that of the first
-- may end before the others.
local function run(_, key, call, fetch_it, ...)
  call.answer = { fetch_it(...) }
  calling[key] = nil
  if call.answer[1] == 200 and call.answer[2].left_at then
    cache:set(key, call.answer, CACHED_SECONDS)
  end
  call.semaphore:post(call.waiting)
end

-- Of many that ask for the same at once, one makes the call; the others wait for what came of it.
local function fetch_once(key, fetch_it, ...)
  local call = calling[key]
  if not call then
    call = { semaphore = semaphore.new(0), waiting = 0 }
    if not ngx.timer.at(0, run, key, call, fetch_it, ...) then return fetch_it(...) end
    calling[key] = call
  end
  call.waiting = call.waiting + 1
  if call.semaphore:wait(WAIT_SECONDS) then return unpack(call.answer) end
  return 504, { error = "timeout" }, {}
end

local function is_id(text)
  return #text <= LONGEST_ID and text:find("^[%w_-]+$") ~= nil
end

local function answer(status, body, headers)
  ngx.status = status
  for name, value in pairs(headers or {}) do ngx.header[name] = value end
  ngx.say(next(body) and cjson.encode(body) or "[]") -- which lua-cjson takes for an object
end

--- One participant.
function participants.serve(session, id)
  if not is_id(session) or not is_id(id) then return answer(400, { error = "invalid_request" }) end
  local key = session .. "/" .. id
  local cached = cache:get(key)
  if cached then
    ngx.header["X-Cache"] = "hit"
    return answer(unpack(cached))
  end
  answer(fetch_once(key, fetch, session, id))
end

--- The list of those who were in a session.
function participants.serve_all(session)
  if not is_id(session) then return answer(400, { error = "invalid_request" }) end
  answer(fetch_once(session, fetch_all, session))
end

return participants
