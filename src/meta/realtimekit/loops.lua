---@meta _
-- luacheck: no unused

-- Type annotations of realtimekit.cqueues, realtimekit.luv and realtimekit.copas, which differ in
-- what waits alone; those of the rest are in src/meta/realtimekit.lua.

---@class realtimekit.LoopModule
local LoopModule = {}

---As realtimekit.participant, but that only the running coroutine waits. Raises an error outside
---the loop.
---@param app_id string
---@param session_id string
---@param participant_id string the peer's id, not the custom_participant_id
---@param opts realtimekit.ParticipantOptions?
---@return realtimekit.Participant? participant nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopModule.participant(app_id, session_id, participant_id, opts) end

---As realtimekit.each_participant, but that only the running coroutine waits. In Lua 5.1 a generic
---`for` cannot wait: there the function is to be called in a `while`, with what comes second.
---@param app_id string
---@param session_id string
---@param ids string[]|fun(): string? participant ids, or a function that gives one at a time
---@param opts realtimekit.ParticipantOptions?
---@return fun(batch: userdata): string?, realtimekit.Participant?, string?, table
---@return userdata batch
---@return nil
---@return userdata batch
function LoopModule.each_participant(app_id, session_id, ids, opts) end

---As realtimekit.start; what is returned suspends who waits for it.
---@param app_id string
---@param session_id string
---@param participant_id string the peer's id, not the custom_participant_id
---@param opts realtimekit.ParticipantOptions?
---@return realtimekit.LoopCall
function LoopModule.start(app_id, session_id, participant_id, opts) end

---As realtimekit.sessions, but that only the running coroutine waits. Raises an error outside the
---loop.
---@param app_id string
---@param opts realtimekit.SessionsOptions?
---@return realtimekit.Session[]? sessions nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopModule.sessions(app_id, opts) end

---As realtimekit.session, but that only the running coroutine waits. Raises an error outside the
---loop.
---@param app_id string
---@param session_id string
---@param opts realtimekit.SessionOptions?
---@return realtimekit.Session? session nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopModule.session(app_id, session_id, opts) end

---As realtimekit.participants, but that only the running coroutine waits. Raises an error outside
---the loop.
---@param app_id string
---@param session_id string
---@param opts realtimekit.ParticipantsOptions?
---@return realtimekit.Participant[]? participants nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopModule.participants(app_id, session_id, opts) end

---As realtimekit.peer_report, but that only the running coroutine waits. Raises an error outside
---the loop.
---@param app_id string
---@param peer_id string
---@param opts realtimekit.PeerReportOptions?
---@return realtimekit.Participant? participant nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopModule.peer_report(app_id, peer_id, opts) end

---As realtimekit.start_participant; what is returned suspends who waits for it.
---@param app_id string
---@param session_id string
---@param participant_id string
---@param opts realtimekit.ParticipantOptions?
---@return realtimekit.LoopCall
function LoopModule.start_participant(app_id, session_id, participant_id, opts) end

---As realtimekit.start_sessions; what is returned suspends who waits for it.
---@param app_id string
---@param opts realtimekit.SessionsOptions?
---@return realtimekit.LoopCall
function LoopModule.start_sessions(app_id, opts) end

---As realtimekit.start_session; what is returned suspends who waits for it.
---@param app_id string
---@param session_id string
---@param opts realtimekit.SessionOptions?
---@return realtimekit.LoopCall
function LoopModule.start_session(app_id, session_id, opts) end

---As realtimekit.start_participants; what is returned suspends who waits for it.
---@param app_id string
---@param session_id string
---@param opts realtimekit.ParticipantsOptions?
---@return realtimekit.LoopCall
function LoopModule.start_participants(app_id, session_id, opts) end

---As realtimekit.start_peer_report; what is returned suspends who waits for it.
---@param app_id string
---@param peer_id string
---@param opts realtimekit.PeerReportOptions?
---@return realtimekit.LoopCall
function LoopModule.start_peer_report(app_id, peer_id, opts) end

---As realtimekit.each_peer_report, but that only the running coroutine waits. In Lua 5.1 a generic
---`for` cannot wait: there the function is to be called in a `while`, with what comes second.
---@param app_id string
---@param ids string[]|fun(): string? peer ids, or a function that gives one at a time
---@param opts realtimekit.PeerReportOptions?
---@return fun(batch: userdata): string?, realtimekit.Participant?, string?, table
---@return userdata batch
---@return nil
---@return userdata batch
function LoopModule.each_peer_report(app_id, ids, opts) end

---As realtimekit.each_session, but that only the running coroutine waits. In Lua 5.1 a generic
---`for` cannot wait: there the function is to be called in a `while`, with what comes second.
---@param app_id string
---@param opts realtimekit.SessionsOptions?
---@return fun(state: table): integer?, realtimekit.Session?, string?, table
---@return table state
---@return nil
---@return table state
function LoopModule.each_session(app_id, opts) end

---As realtimekit.each_session_participant, but that only the running coroutine waits. In Lua 5.1 a
---generic `for` cannot wait: there the function is to be called in a `while`, with what comes
---second.
---@param app_id string
---@param session_id string
---@param opts realtimekit.ParticipantsOptions?
---@return fun(state: table): integer?, realtimekit.Participant?, string?, table
---@return table state
---@return nil
---@return table state
function LoopModule.each_session_participant(app_id, session_id, opts) end

---As realtimekit.session_report, but that only the running coroutine waits. Raises an error
---outside the loop.
---@param app_id string
---@param session_id string
---@param opts realtimekit.SessionReportOptions?
---@return realtimekit.SessionReport? report nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopModule.session_report(app_id, session_id, opts) end

---As realtimekit.request, but that only the running coroutine waits. Raises an error outside the
---loop.
---@param method realtimekit.Method
---@param path string below the base URL, with {names} in it
---@param params table<string,string>? for each name in the path a string
---@param opts realtimekit.RequestOptions?
---@return any content `data` of the answer, its `result`, or all; true when it is empty
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopModule.request(method, path, params, opts) end

---As realtimekit.start_request; what is returned suspends who waits for it.
---@param method realtimekit.Method
---@param path string below the base URL, with {names} in it
---@param params table<string,string>? for each name in the path a string
---@param opts realtimekit.RequestOptions?
---@return realtimekit.LoopCall
function LoopModule.start_request(method, path, params, opts) end

---As realtimekit.transcript, but that only the running coroutine waits. Raises an error outside
---the loop.
---@param app_id string
---@param session_id string
---@param opts realtimekit.TranscriptOptions?
---@return realtimekit.Transcript? transcript nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopModule.transcript(app_id, session_id, opts) end

---As realtimekit.start_transcript; what is returned suspends who waits for it.
---@param app_id string
---@param session_id string
---@param opts realtimekit.TranscriptOptions?
---@return realtimekit.LoopCall
function LoopModule.start_transcript(app_id, session_id, opts) end

---Makes a client for coroutines of the loop. Raises an error for misuse, inside the loop or not.
---@param opts realtimekit.Options?
---@return realtimekit.LoopClient
function LoopModule.new(opts) end

---@class realtimekit.LoopClient
local LoopClient = {}

---As realtimekit.LoopModule.participant, with this client's options.
---@param app_id string
---@param session_id string
---@param participant_id string the peer's id, not the custom_participant_id
---@param opts realtimekit.ParticipantOptions?
---@return realtimekit.Participant? participant nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopClient:participant(app_id, session_id, participant_id, opts) end

---As realtimekit.LoopModule.each_participant, with this client's options.
---@param app_id string
---@param session_id string
---@param ids string[]|fun(): string? participant ids, or a function that gives one at a time
---@param opts realtimekit.ParticipantOptions?
---@return fun(batch: userdata): string?, realtimekit.Participant?, string?, table
---@return userdata batch
---@return nil
---@return userdata batch
function LoopClient:each_participant(app_id, session_id, ids, opts) end

---As realtimekit.LoopModule.start, with this client's options.
---@param app_id string
---@param session_id string
---@param participant_id string the peer's id, not the custom_participant_id
---@param opts realtimekit.ParticipantOptions?
---@return realtimekit.LoopCall
function LoopClient:start(app_id, session_id, participant_id, opts) end

---As realtimekit.LoopModule.sessions, with this client's options.
---@param app_id string
---@param opts realtimekit.SessionsOptions?
---@return realtimekit.Session[]? sessions nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopClient:sessions(app_id, opts) end

---As realtimekit.LoopModule.session, with this client's options.
---@param app_id string
---@param session_id string
---@param opts realtimekit.SessionOptions?
---@return realtimekit.Session? session nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopClient:session(app_id, session_id, opts) end

---As realtimekit.LoopModule.participants, with this client's options.
---@param app_id string
---@param session_id string
---@param opts realtimekit.ParticipantsOptions?
---@return realtimekit.Participant[]? participants nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopClient:participants(app_id, session_id, opts) end

---As realtimekit.LoopModule.peer_report, with this client's options.
---@param app_id string
---@param peer_id string
---@param opts realtimekit.PeerReportOptions?
---@return realtimekit.Participant? participant nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopClient:peer_report(app_id, peer_id, opts) end

---As realtimekit.LoopModule.start_participant, with this client's options.
---@param app_id string
---@param session_id string
---@param participant_id string
---@param opts realtimekit.ParticipantOptions?
---@return realtimekit.LoopCall
function LoopClient:start_participant(app_id, session_id, participant_id, opts) end

---As realtimekit.LoopModule.start_sessions, with this client's options.
---@param app_id string
---@param opts realtimekit.SessionsOptions?
---@return realtimekit.LoopCall
function LoopClient:start_sessions(app_id, opts) end

---As realtimekit.LoopModule.start_session, with this client's options.
---@param app_id string
---@param session_id string
---@param opts realtimekit.SessionOptions?
---@return realtimekit.LoopCall
function LoopClient:start_session(app_id, session_id, opts) end

---As realtimekit.LoopModule.start_participants, with this client's options.
---@param app_id string
---@param session_id string
---@param opts realtimekit.ParticipantsOptions?
---@return realtimekit.LoopCall
function LoopClient:start_participants(app_id, session_id, opts) end

---As realtimekit.LoopModule.start_peer_report, with this client's options.
---@param app_id string
---@param peer_id string
---@param opts realtimekit.PeerReportOptions?
---@return realtimekit.LoopCall
function LoopClient:start_peer_report(app_id, peer_id, opts) end

---As realtimekit.LoopModule.each_peer_report, with this client's options.
---@param app_id string
---@param ids string[]|fun(): string? peer ids, or a function that gives one at a time
---@param opts realtimekit.PeerReportOptions?
---@return fun(batch: userdata): string?, realtimekit.Participant?, string?, table
---@return userdata batch
---@return nil
---@return userdata batch
function LoopClient:each_peer_report(app_id, ids, opts) end

---As realtimekit.LoopModule.each_session, with this client's options.
---@param app_id string
---@param opts realtimekit.SessionsOptions?
---@return fun(state: table): integer?, realtimekit.Session?, string?, table
---@return table state
---@return nil
---@return table state
function LoopClient:each_session(app_id, opts) end

---As realtimekit.LoopModule.each_session_participant, with this client's options.
---@param app_id string
---@param session_id string
---@param opts realtimekit.ParticipantsOptions?
---@return fun(state: table): integer?, realtimekit.Participant?, string?, table
---@return table state
---@return nil
---@return table state
function LoopClient:each_session_participant(app_id, session_id, opts) end

---As realtimekit.LoopModule.session_report, with this client's options.
---@param app_id string
---@param session_id string
---@param opts realtimekit.SessionReportOptions?
---@return realtimekit.SessionReport? report nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopClient:session_report(app_id, session_id, opts) end

---As realtimekit.LoopModule.request, with this client's options.
---@param method realtimekit.Method
---@param path string below the base URL, with {names} in it
---@param params table<string,string>? for each name in the path a string
---@param opts realtimekit.RequestOptions?
---@return any content `data` of the answer, its `result`, or all; true when it is empty
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopClient:request(method, path, params, opts) end

---As realtimekit.LoopModule.start_request, with this client's options.
---@param method realtimekit.Method
---@param path string below the base URL, with {names} in it
---@param params table<string,string>? for each name in the path a string
---@param opts realtimekit.RequestOptions?
---@return realtimekit.LoopCall
function LoopClient:start_request(method, path, params, opts) end

---As realtimekit.LoopModule.transcript, with this client's options.
---@param app_id string
---@param session_id string
---@param opts realtimekit.TranscriptOptions?
---@return realtimekit.Transcript? transcript nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopClient:transcript(app_id, session_id, opts) end

---As realtimekit.LoopModule.start_transcript, with this client's options.
---@param app_id string
---@param session_id string
---@param opts realtimekit.TranscriptOptions?
---@return realtimekit.LoopCall
function LoopClient:start_transcript(app_id, session_id, opts) end

---@param opts realtimekit.Options
---@return realtimekit.LoopClient
function LoopClient:with(opts) end

---Ends what waits for calls of the client as `cancelled`.
function LoopClient:close() end

---@class realtimekit.LoopCall
local LoopCall = {}

---@return boolean # whether the call has ended
function LoopCall:done() end

---Suspends the running coroutine until the call has ended.
---@param seconds number? at most so long; without end by default
---@return boolean # whether the call has ended
function LoopCall:wait(seconds) end

---Suspends the running coroutine until the call has ended, and returns what the call itself would,
---the same every time.
---@return any result what was asked for; nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopCall:result() end

---Ends the call as `cancelled`, if it has not ended.
function LoopCall:cancel() end
