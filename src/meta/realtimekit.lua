---@meta realtimekit
-- luacheck: no unused

-- Type annotations for the Lua language server: everything public, and all that the API is known to
-- say of a participant. Loaded by editors, never by a program.
--
-- The participant's fields are those of the API reference,
-- https://developers.cloudflare.com/api/resources/realtime_kit/subresources/sessions/,
-- in its OpenAPI form: those of getSessionParticipantDetails and the components/schemas it names.
-- Every one of them may be missing: the API leaves out what it does not know, and a JSON null is
-- left out too unless the option `null` says otherwise. Fields unknown here are passed on as they
-- come. Times are strings such as "2025-06-03T09:15:02.004Z". Units are given where they are known.

-- ==== The module ====

---@class realtimekit
---@field _VERSION string the version of this module
local realtimekit = {}

---Fetches one participant of a session, through a client that is made at the first call and shared
---by all of them.
---
---Raises an error for misuse: a wrong type, an unknown option, a value out of its range. What the
---world does comes back as a failure, and so does a string that would make an impossible or unsafe
---request.
---@param app_id string
---@param session_id string
---@param participant_id string the peer's id, not the custom_participant_id
---@param opts realtimekit.ParticipantOptions?
---@return realtimekit.Participant? participant nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function realtimekit.participant(app_id, session_id, participant_id, opts) end

---Makes a client with defaults and connections of its own. Raises an error for misuse; options that
---make every request impossible are a failure of each call.
---@param opts realtimekit.Options?
---@return realtimekit.Client
function realtimekit.new(opts) end

---Fetches many participants of a session at once, `concurrency` of them at a time, and gives each
---as its call ends. To be used in a generic `for`; a loop that is left early cancels the rest.
---
---Raises an error for misuse, an id that is not a string included; any other failure is told for
---its id, and the loop goes on.
---@param app_id string
---@param session_id string
---@param ids string[]|fun(): string? participant ids, or a function that gives one at a time
---@param opts realtimekit.ParticipantOptions?
---@return fun(batch: userdata): string?, realtimekit.Participant?, string?, table
---@return userdata batch
---@return nil
---@return userdata batch
function realtimekit.each_participant(app_id, session_id, ids, opts) end

---Starts a call and returns at once. It moves whenever somebody waits for a call or steps.
---
---Raises an error for misuse, as realtimekit.participant does.
---@param app_id string
---@param session_id string
---@param participant_id string the peer's id, not the custom_participant_id
---@param opts realtimekit.ParticipantOptions?
---@return realtimekit.Call
function realtimekit.start(app_id, session_id, participant_id, opts) end

---Fetches a page of the sessions of an app.
---
---See realtimekit.participant for what raises and what fails.
---@param app_id string
---@param opts realtimekit.SessionsOptions?
---@return realtimekit.Session[]? sessions nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function realtimekit.sessions(app_id, opts) end

---Fetches one session.
---
---See realtimekit.participant for what raises and what fails.
---@param app_id string
---@param session_id string
---@param opts realtimekit.SessionOptions?
---@return realtimekit.Session? session nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function realtimekit.session(app_id, session_id, opts) end

---Fetches a page of a session's participants.
---
---See realtimekit.participant for what raises and what fails.
---@param app_id string
---@param session_id string
---@param opts realtimekit.ParticipantsOptions?
---@return realtimekit.Participant[]? participants nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function realtimekit.participants(app_id, session_id, opts) end

---Fetches the report about a peer: a participant, with its `peer_report`.
---
---See realtimekit.participant for what raises and what fails.
---@param app_id string
---@param peer_id string
---@param opts realtimekit.PeerReportOptions?
---@return realtimekit.Participant? participant nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function realtimekit.peer_report(app_id, peer_id, opts) end

---Starts a call of realtimekit.participant, as realtimekit.start does of realtimekit.participant.
---@param app_id string
---@param session_id string
---@param participant_id string
---@param opts realtimekit.ParticipantOptions?
---@return realtimekit.Call
function realtimekit.start_participant(app_id, session_id, participant_id, opts) end

---Starts a call of realtimekit.sessions, as realtimekit.start does of realtimekit.participant.
---@param app_id string
---@param opts realtimekit.SessionsOptions?
---@return realtimekit.Call
function realtimekit.start_sessions(app_id, opts) end

---Starts a call of realtimekit.session, as realtimekit.start does of realtimekit.participant.
---@param app_id string
---@param session_id string
---@param opts realtimekit.SessionOptions?
---@return realtimekit.Call
function realtimekit.start_session(app_id, session_id, opts) end

---Starts a call of realtimekit.participants, as realtimekit.start does of realtimekit.participant.
---@param app_id string
---@param session_id string
---@param opts realtimekit.ParticipantsOptions?
---@return realtimekit.Call
function realtimekit.start_participants(app_id, session_id, opts) end

---Starts a call of realtimekit.peer_report, as realtimekit.start does of realtimekit.participant.
---@param app_id string
---@param peer_id string
---@param opts realtimekit.PeerReportOptions?
---@return realtimekit.Call
function realtimekit.start_peer_report(app_id, peer_id, opts) end

---As realtimekit.each_participant, for the reports about peers.
---@param app_id string
---@param ids string[]|fun(): string? peer ids, or a function that gives one at a time
---@param opts realtimekit.PeerReportOptions?
---@return fun(batch: userdata): string?, realtimekit.Participant?, string?, table
---@return userdata batch
---@return nil
---@return userdata batch
function realtimekit.each_peer_report(app_id, ids, opts) end

---Goes through all sessions of an app, page by page: i, session, nil, response. A failure is the
---last step: i, nil, err, failure. To be used in a generic `for`.
---@param app_id string
---@param opts realtimekit.SessionsOptions?
---@return fun(state: table): integer?, realtimekit.Session?, string?, table
---@return table state
---@return nil
---@return table state
function realtimekit.each_session(app_id, opts) end

---Goes through all participants of a session, as realtimekit.each_session does through sessions.
---@param app_id string
---@param session_id string
---@param opts realtimekit.ParticipantsOptions?
---@return fun(state: table): integer?, realtimekit.Participant?, string?, table
---@return table state
---@return nil
---@return table state
function realtimekit.each_session_participant(app_id, session_id, opts) end

---Fetches a session, its participants and the report about each, as one batch.
---@param app_id string
---@param session_id string
---@param opts realtimekit.SessionReportOptions?
---@return realtimekit.SessionReport? report nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function realtimekit.session_report(app_id, session_id, opts) end

---Asks for any other endpoint of the API.
---@param method realtimekit.Method
---@param path string below the base URL, with {names} in it
---@param params table<string,string>? for each name in the path a string
---@param opts realtimekit.RequestOptions?
---@return any content `data` of the answer, its `result`, or all; true when it is empty
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function realtimekit.request(method, path, params, opts) end

---Starts a call of realtimekit.request.
---@param method realtimekit.Method
---@param path string below the base URL, with {names} in it
---@param params table<string,string>? for each name in the path a string
---@param opts realtimekit.RequestOptions?
---@return realtimekit.Call
function realtimekit.start_request(method, path, params, opts) end

---Tells where the transcript of a session is.
---@param app_id string
---@param session_id string
---@param opts realtimekit.TranscriptOptions?
---@return realtimekit.Transcript? transcript nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function realtimekit.transcript(app_id, session_id, opts) end

---Starts a call of realtimekit.transcript.
---@param app_id string
---@param session_id string
---@param opts realtimekit.TranscriptOptions?
---@return realtimekit.Call
function realtimekit.start_transcript(app_id, session_id, opts) end

---Moves all calls under way of the default client, and waits for something to do.
---@param seconds number? at most so long; 0 by default
---@return integer ended how many calls have ended since this was last told
---@return integer under_way how many have not
function realtimekit.step(seconds) end

-- ==== A call under way ====

---@class realtimekit.Call
local Call = {}

---@return boolean # whether the call has ended
function Call:done() end

---Waits until the call has ended.
---@param seconds number? at most so long; without end by default
---@return boolean # whether the call has ended
function Call:wait(seconds) end

---Waits until the call has ended, and returns what the call itself would, the same every time.
---@return any result what was asked for; nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function Call:result() end

---Ends the call as `cancelled`, if it has not ended.
function Call:cancel() end

---@return integer? # the descriptor of all calls of the client; nil when the call has ended
function Call:pollfd() end

---@return string? # "r": to be waited for until it is readable
function Call:events() end

---@return number? # seconds after which a step is due in any case; nil for never
function Call:timeout() end

-- ==== A client ====

---@class realtimekit.Client
local Client = {}

---As realtimekit.participant, with this client's options where the call has none.
---@param app_id string
---@param session_id string
---@param participant_id string the peer's id, not the custom_participant_id
---@param opts realtimekit.ParticipantOptions?
---@return realtimekit.Participant? participant nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function Client:participant(app_id, session_id, participant_id, opts) end

---As realtimekit.each_participant, with this client's options where the call has none.
---@param app_id string
---@param session_id string
---@param ids string[]|fun(): string? participant ids, or a function that gives one at a time
---@param opts realtimekit.ParticipantOptions?
---@return fun(batch: userdata): string?, realtimekit.Participant?, string?, table
---@return userdata batch
---@return nil
---@return userdata batch
function Client:each_participant(app_id, session_id, ids, opts) end

---As realtimekit.start, with this client's options where the call has none.
---@param app_id string
---@param session_id string
---@param participant_id string the peer's id, not the custom_participant_id
---@param opts realtimekit.ParticipantOptions?
---@return realtimekit.Call
function Client:start(app_id, session_id, participant_id, opts) end

---As realtimekit.sessions, with this client's options where the call has none.
---@param app_id string
---@param opts realtimekit.SessionsOptions?
---@return realtimekit.Session[]? sessions nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function Client:sessions(app_id, opts) end

---As realtimekit.session, with this client's options where the call has none.
---@param app_id string
---@param session_id string
---@param opts realtimekit.SessionOptions?
---@return realtimekit.Session? session nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function Client:session(app_id, session_id, opts) end

---As realtimekit.participants, with this client's options where the call has none.
---@param app_id string
---@param session_id string
---@param opts realtimekit.ParticipantsOptions?
---@return realtimekit.Participant[]? participants nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function Client:participants(app_id, session_id, opts) end

---As realtimekit.peer_report, with this client's options where the call has none.
---@param app_id string
---@param peer_id string
---@param opts realtimekit.PeerReportOptions?
---@return realtimekit.Participant? participant nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function Client:peer_report(app_id, peer_id, opts) end

---As realtimekit.start_participant, with this client's options where the call has none.
---@param app_id string
---@param session_id string
---@param participant_id string
---@param opts realtimekit.ParticipantOptions?
---@return realtimekit.Call
function Client:start_participant(app_id, session_id, participant_id, opts) end

---As realtimekit.start_sessions, with this client's options where the call has none.
---@param app_id string
---@param opts realtimekit.SessionsOptions?
---@return realtimekit.Call
function Client:start_sessions(app_id, opts) end

---As realtimekit.start_session, with this client's options where the call has none.
---@param app_id string
---@param session_id string
---@param opts realtimekit.SessionOptions?
---@return realtimekit.Call
function Client:start_session(app_id, session_id, opts) end

---As realtimekit.start_participants, with this client's options where the call has none.
---@param app_id string
---@param session_id string
---@param opts realtimekit.ParticipantsOptions?
---@return realtimekit.Call
function Client:start_participants(app_id, session_id, opts) end

---As realtimekit.start_peer_report, with this client's options where the call has none.
---@param app_id string
---@param peer_id string
---@param opts realtimekit.PeerReportOptions?
---@return realtimekit.Call
function Client:start_peer_report(app_id, peer_id, opts) end

---As realtimekit.each_peer_report, with this client's options where the call has none.
---@param app_id string
---@param ids string[]|fun(): string? peer ids, or a function that gives one at a time
---@param opts realtimekit.PeerReportOptions?
---@return fun(batch: userdata): string?, realtimekit.Participant?, string?, table
---@return userdata batch
---@return nil
---@return userdata batch
function Client:each_peer_report(app_id, ids, opts) end

---As realtimekit.each_session, with this client's options where the call has none.
---@param app_id string
---@param opts realtimekit.SessionsOptions?
---@return fun(state: table): integer?, realtimekit.Session?, string?, table
---@return table state
---@return nil
---@return table state
function Client:each_session(app_id, opts) end

---As realtimekit.each_session_participant, with this client's options where the call has none.
---@param app_id string
---@param session_id string
---@param opts realtimekit.ParticipantsOptions?
---@return fun(state: table): integer?, realtimekit.Participant?, string?, table
---@return table state
---@return nil
---@return table state
function Client:each_session_participant(app_id, session_id, opts) end

---As realtimekit.session_report, with this client's options where the call has none.
---@param app_id string
---@param session_id string
---@param opts realtimekit.SessionReportOptions?
---@return realtimekit.SessionReport? report nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function Client:session_report(app_id, session_id, opts) end

---As realtimekit.request, with this client's options where the call has none.
---@param method realtimekit.Method
---@param path string below the base URL, with {names} in it
---@param params table<string,string>? for each name in the path a string
---@param opts realtimekit.RequestOptions?
---@return any content `data` of the answer, its `result`, or all; true when it is empty
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function Client:request(method, path, params, opts) end

---As realtimekit.start_request, with this client's options where the call has none.
---@param method realtimekit.Method
---@param path string below the base URL, with {names} in it
---@param params table<string,string>? for each name in the path a string
---@param opts realtimekit.RequestOptions?
---@return realtimekit.Call
function Client:start_request(method, path, params, opts) end

---As realtimekit.transcript, with this client's options where the call has none.
---@param app_id string
---@param session_id string
---@param opts realtimekit.TranscriptOptions?
---@return realtimekit.Transcript? transcript nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function Client:transcript(app_id, session_id, opts) end

---As realtimekit.start_transcript, with this client's options where the call has none.
---@param app_id string
---@param session_id string
---@param opts realtimekit.TranscriptOptions?
---@return realtimekit.Call
function Client:start_transcript(app_id, session_id, opts) end

---Moves all calls under way of this client and of those derived from it, and waits for something to
---do.
---@param seconds number? at most so long; 0 by default
---@return integer ended how many calls have ended since this was last told
---@return integer under_way how many have not
function Client:step(seconds) end

---@return integer # the descriptor of all calls of this client and of those derived from it
function Client:pollfd() end

---@return string # "r": to be waited for until it is readable
function Client:events() end

---@return number? # seconds after which a step is due in any case; nil for never
function Client:timeout() end

---Makes a client with these options over this one's. The two share their connections.
---@param opts realtimekit.Options
---@return realtimekit.Client
function Client:with(opts) end

---Ends the client; its connections close with the last client that shares them. The collector does
---so too, and on Lua 5.4 the end of a `<close>` variable's scope.
function Client:close() end

-- ==== Options ====

---@alias realtimekit.Filter
---| "device_info"
---| "ip_information"
---| "precall_network_information"
---| "events"
---| "quality_stats"

---@alias realtimekit.HttpVersion
---| "1.1"
---| "2"

---@alias realtimekit.LogLevel
---| "debug" # messages "request", "response"
---| "warn" # message "retry"
---| "error" # message "failure"

---No header and no credential is ever in it.
---@class realtimekit.LogFields
---@field method string
---@field url string
---@field attempt integer
---@field elapsed number seconds since the call began
---@field kind string? "ok", or of a failure
---@field status integer?
---@field request_id string?
---@field reason string? why there is no answer
---@field wait number? seconds until the next attempt

---A call's option wins over its client's, that over the environment. Only one way to authenticate
---is used: the token before e-mail and key, these before the service key, given ones before those
---of the environment.
---@class realtimekit.CallOptions
---@field account_id string? default: CLOUDFLARE_ACCOUNT_ID of the environment
---@field api_token string? default: CLOUDFLARE_API_TOKEN
---@field api_email string? default: CLOUDFLARE_EMAIL; needs api_key
---@field api_key string? default: CLOUDFLARE_API_KEY; needs api_email
---@field user_service_key string? default: CLOUDFLARE_API_USER_SERVICE_KEY
---@field base_url string? https, or http to a loopback host; default: CLOUDFLARE_BASE_URL, the API
---@field timeout number? seconds for one attempt, its body included; default: 60
---@field deadline number? seconds for the call with all its attempts and waits; default: none
---@field connect_timeout number? seconds; default: 10
---@field max_retries integer? attempts after the first; default: 2
---@field max_retry_after number? seconds; asked for a longer wait, a call ends; default: 60
---@field max_response_bytes integer? of the decoded body; default: 67108864, which is 64 MiB
---@field headers table<string,string|false>? more headers; false drops a built-in one
---@field query table<string,string|number|boolean>? more parameters of the query
---@field null any what a JSON null becomes; default: nil, which leaves it out
---@field ca_file string? a PEM file of certificates to trust too
---@field ca_path string? a hashed directory of certificates to trust too
---@field proxy (string|false)? a URL; false for none; default: https_proxy, all_proxy, no_proxy
---@field logger (fun(level:realtimekit.LogLevel,message:string,fields:realtimekit.LogFields))?
---@field user_agent string? added to the library's own
---@field http_version realtimekit.HttpVersion? default: "1.1"; for many at once "2"
---@field concurrency integer? for many at once: calls in flight, 1 to 1000; default: 16
---@field max_connections integer? for many at once: HTTP/1.1 connections; default: 8

---@class realtimekit.ParticipantOptions : realtimekit.CallOptions
---@field filters (realtimekit.Filter[]|string)? groups to add: a list, or names joined by commas
---@field include_peer_events boolean? adds peer_events; default: not asked for

---@class realtimekit.SessionsOptions : realtimekit.CallOptions
---@field associated_id string? of the meeting that a session is of
---@field start_time (string|number)? an ISO time with its zone, or as of os.time
---@field end_time (string|number)? an ISO time with its zone, or as of os.time
---@field status realtimekit.SessionStatus?
---@field participants string?
---@field search string?
---@field sort_by realtimekit.SessionsSortKey?
---@field sort_order realtimekit.SortOrder?
---@field page_no (integer|false)? 0 or more; false: not sent
---@field per_page (integer|false)? how many make a page; false: not sent

---@class realtimekit.SessionOptions : realtimekit.CallOptions
---@field include_breakout_rooms boolean? adds breakout_rooms; default: not asked for

---@class realtimekit.ParticipantsOptions : realtimekit.CallOptions
---@field include_peer_events boolean? adds peer_events; default: not asked for
---@field view realtimekit.ParticipantsView?
---@field search string?
---@field sort_by realtimekit.ParticipantsSortKey?
---@field sort_order realtimekit.SortOrder?
---@field page_no (integer|false)? 0 or more; false: not sent
---@field per_page (integer|false)? how many make a page; false: not sent

---@class realtimekit.PeerReportOptions : realtimekit.CallOptions
---@field filters (realtimekit.Filter[]|string)? groups to add: a list, or names joined by commas
---@field include_peer_events boolean? adds peer_events; default: not asked for

---@class realtimekit.TranscriptOptions : realtimekit.CallOptions
---@field format realtimekit.TranscriptFormat?

---@alias realtimekit.TranscriptFormat
---| "SRT"
---| "VTT"
---| "JSON"
---| "CSV"

---@class realtimekit.SessionReportOptions : realtimekit.CallOptions
---@field include_breakout_rooms boolean? adds breakout_rooms to the session
---@field view realtimekit.ParticipantsView?
---@field search string?
---@field sort_by realtimekit.ParticipantsSortKey?
---@field sort_order realtimekit.SortOrder?
---@field per_page (integer|false)? how many participants make a page
---@field filters (realtimekit.Filter[]|string)? groups of the reports
---@field include_peer_events boolean? adds peer_events to the reports

---@alias realtimekit.Method
---| "GET"
---| "POST"
---| "PUT"
---| "PATCH"
---| "DELETE"

---@class realtimekit.RequestOptions : realtimekit.CallOptions
---@field body table? sent as JSON; of POST, PUT and PATCH
---@field idempotent boolean? to do it twice is to do it once; default: of GET alone

---Those of a client: what only some calls have is a default of these.
---@class realtimekit.Options : realtimekit.CallOptions
---@field filters (realtimekit.Filter[]|string)? groups to add: a list, or names joined by commas
---@field include_peer_events boolean? adds peer_events; default: not asked for
---@field associated_id string? of the meeting that a session is of
---@field start_time (string|number)? an ISO time with its zone, or as of os.time
---@field end_time (string|number)? an ISO time with its zone, or as of os.time
---@field status realtimekit.SessionStatus?
---@field participants string?
---@field search string?
---@field sort_by (realtimekit.SessionsSortKey|realtimekit.ParticipantsSortKey)?
---@field sort_order realtimekit.SortOrder?
---@field page_no (integer|false)? 0 or more; false: not sent
---@field per_page (integer|false)? how many make a page; false: not sent
---@field include_breakout_rooms boolean? adds breakout_rooms; default: not asked for
---@field view realtimekit.ParticipantsView?
---@field format realtimekit.TranscriptFormat?

---@alias realtimekit.SessionStatus
---| "LIVE"
---| "ENDED"

---@alias realtimekit.SessionsSortKey
---| "minutesConsumed"
---| "createdAt"

---@alias realtimekit.ParticipantsSortKey
---| "joinedAt"
---| "duration"

---@alias realtimekit.SortOrder
---| "ASC"
---| "DESC"

---@alias realtimekit.ParticipantsView
---| "raw"
---| "consolidated"

-- ==== Outcomes ====

---What a response and a failure both tell.
---@class realtimekit.Outcome
---@field status integer? of HTTP; missing without an answer
---@field headers table<string,string> by lower-case name; repeated ones joined by ", "
---@field request_id string? from the header cf-ray
---@field attempts integer how many requests were sent
---@field elapsed number seconds, waits included
---@field http_version string? of the answer: "1.1", "2", of an old server "1.0"
---@field rate_limit realtimekit.RateLimit? from the header Ratelimit
---@field messages realtimekit.Message[] from the body

---@class realtimekit.Response : realtimekit.Outcome
---@field data any the whole `data` of the body; of a request nil where there is none
---@field paging realtimekit.Paging? of a list, where the API sends it

---@class realtimekit.Failure : realtimekit.Outcome
---@field kind realtimekit.FailureKind
---@field errors realtimekit.Error[] from the body
---@field retry_after number? seconds that the server asks to wait
---@field body string? of an answer that is no JSON envelope, its first 4096 bytes

---@alias realtimekit.FailureKind
---| "invalid_request" # refused before anything was sent
---| "connection" # no name, refused, reset, cut short, not HTTP
---| "tls" # certificate or handshake
---| "timeout" # timeout or deadline passed
---| "bad_request" # 400
---| "authentication" # 401
---| "permission_denied" # 403
---| "not_found" # 404
---| "conflict" # 409
---| "unprocessable" # 422
---| "rate_limited" # 429
---| "server_error" # 500 and more
---| "http_error" # any other status that is not 2xx
---| "api_error" # 2xx with success: false
---| "bad_response" # 2xx without what was asked for
---| "too_large" # more than max_response_bytes, or too many headers
---| "cancelled" # by the caller

---@class realtimekit.Error
---@field code (number|string)?
---@field message string?

---@class realtimekit.RateLimit
---@field remaining number requests left
---@field reset number seconds until there are more

---Reference: components/schemas/ErrorData.
---@class realtimekit.Message
---@field code integer?
---@field message string?
---@field documentation_url string?
---@field source realtimekit.MessageSource?

---@class realtimekit.MessageSource
---@field pointer string?

-- ==== The session ====

---Reference: getSessionDetails, data; getSessions, data.sessions.
---@class realtimekit.Session
---@field id string?
---@field associated_id string? of the meeting that it is of
---@field breakout_rooms any[]? with include_breakout_rooms
---@field created_at string?
---@field ended_at string? missing while it is live
---@field live_participants number?
---@field max_concurrent_participants number?
---@field meeting_display_name string?
---@field minutes_consumed number?
---@field organization_id string?
---@field started_at string?
---@field status realtimekit.SessionStatus?
---@field type realtimekit.SessionType?
---@field updated_at string?

---What realtimekit.session_report gives.
---@class realtimekit.SessionReport
---@field session realtimekit.Session
---@field participants realtimekit.SessionReportEntry[]

---@class realtimekit.SessionReportEntry
---@field id string?
---@field participant realtimekit.Participant as listed
---@field report realtimekit.Participant? with its peer_report
---@field err string? why there is no report
---@field failure realtimekit.Failure?

---@alias realtimekit.SessionType
---| "meeting"
---| "livestream"
---| "participant"

---Reference: getSessionTranscripts, data.
---@class realtimekit.Transcript
---@field sessionId string?
---@field transcript_download_url string?
---@field transcript_download_url_expiry string?

---Reference: getSessions, paging.
---@class realtimekit.Paging
---@field end_offset number?
---@field start_offset number?
---@field total_count number?

-- ==== The participant ====

---Reference: getSessionParticipantDetails, data.participant.
---@class realtimekit.Participant
---@field id string? the peer's id
---@field created_at string?
---@field custom_participant_id string? as given by who made the participant
---@field display_name string?
---@field duration number? minutes in the session
---@field joined_at string?
---@field left_at string? missing while in the session
---@field peer_events realtimekit.PeerEvent[]? with include_peer_events
---@field preset_name string?
---@field updated_at string?
---@field user_id string?
---@field peer_report realtimekit.PeerReport? with filters
---@field peer_stats realtimekit.LegacyPeerStats? with filters; the older form of the report
---@field quality_stats realtimekit.LegacyQualityStat[]? with filters; the older form of the report

---@alias realtimekit.PeerEventName
---| "PEER_CREATED"
---| "PEER_JOINING"
---| "PEER_LEAVING"

---@alias realtimekit.PresetViewType
---| "GROUP_CALL"
---| "WEBINAR"
---| "AUDIO_ROOM"
---| "LIVESTREAM"
---| "CHAT"

---Reference: components/schemas/PeerEvent.
---@class realtimekit.PeerEvent
---@field id string?
---@field created_at string?
---@field event_name realtimekit.PeerEventName?
---@field minutes_consumed number?
---@field participant_id string?
---@field peer_id string?
---@field preset_view_type realtimekit.PresetViewType?
---@field session_id string?
---@field socket_session_id string?
---@field updated_at string?

---Reference: components/schemas/PeerReport.
---@class realtimekit.PeerReport
---@field metadata realtimekit.ReportMetadata?
---@field quality realtimekit.ReportQuality?

-- ==== PeerReport.metadata ====

---@class realtimekit.ReportMetadata
---@field audio_devices_updates realtimekit.DeviceUpdate[]?
---@field browser_metadata realtimekit.BrowserMetadata?
---@field candidate_pairs realtimekit.CandidatePairs?
---@field device_info realtimekit.DeviceInfo?
---@field events realtimekit.ReportEvent[]?
---@field ip_information realtimekit.IpInformation?
---@field native_metadata realtimekit.NativeMetadata?
---@field pc_metadata realtimekit.PcMetadata[]?
---@field room_view_type string?
---@field sdk_name string?
---@field sdk_type string?
---@field sdk_version string?
---@field selected_device_updates realtimekit.SelectedDeviceUpdate[]?
---@field speaker_devices_updates realtimekit.DeviceUpdate[]?
---@field video_devices_updates realtimekit.DeviceUpdate[]?

---A microphone, a camera or a speaker.
---@class realtimekit.Device
---@field device_id string?
---@field kind string? such as "audioinput" or "videoinput"
---@field label string?

---@class realtimekit.DeviceUpdate
---@field added realtimekit.Device[]?
---@field removed realtimekit.Device[]?
---@field timestamp string?

---@class realtimekit.SelectedDeviceUpdate
---@field device realtimekit.Device?
---@field timestamp string?

---@class realtimekit.BrowserMetadata
---@field browser string?
---@field browser_version string?
---@field engine string?
---@field user_agent string?
---@field webgl_support boolean?

---@class realtimekit.DeviceInfo
---@field cpus number?
---@field is_mobile boolean?
---@field os string?
---@field os_version string?

---@class realtimekit.ReportEvent
---@field metadata table<string,string|number|boolean>? the names differ from event to event
---@field name string?
---@field timestamp string?

---@class realtimekit.IpInformation
---@field asn realtimekit.AutonomousSystem?
---@field city string?
---@field country string?
---@field ipv4 string?
---@field org string?
---@field region string?
---@field timezone string?

---@class realtimekit.AutonomousSystem
---@field asn string?
---@field domain string?
---@field name string?
---@field route string?
---@field type string?

---@class realtimekit.NativeMetadata
---@field audio_encoder string?
---@field video_encoder string?

---@class realtimekit.PcMetadata
---@field effective_network_type string?
---@field reflexive_connectivity boolean?
---@field relay_connectivity boolean?
---@field sdp string[]?
---@field timestamp string?
---@field turn_connectivity boolean?

---@class realtimekit.CandidatePairs
---@field consuming_transport realtimekit.CandidatePair[]?
---@field producing_transport realtimekit.CandidatePair[]?

---@class realtimekit.CandidatePair
---@field available_incoming_bitrate number?
---@field available_outgoing_bitrate number?
---@field bytes_discarded_on_send number?
---@field bytes_received number?
---@field bytes_sent number?
---@field current_round_trip_time number?
---@field last_packet_received_timestamp number? milliseconds since 1970
---@field last_packet_sent_timestamp number? milliseconds since 1970
---@field local_candidate_address string?
---@field local_candidate_id string?
---@field local_candidate_network_type string?
---@field local_candidate_port number?
---@field local_candidate_protocol string?
---@field local_candidate_related_address string?
---@field local_candidate_related_port number?
---@field local_candidate_type string?
---@field local_candidate_url string?
---@field nominated boolean?
---@field packets_discarded_on_send number?
---@field packets_received number?
---@field packets_sent number?
---@field remote_candidate_address string?
---@field remote_candidate_id string?
---@field remote_candidate_port number?
---@field remote_candidate_protocol string?
---@field remote_candidate_type string?
---@field remote_candidate_url string?
---@field total_round_trip_time number?

-- ==== PeerReport.quality ====

---Series of samples, and for each a summary of it. A producer is what the participant sends, a
---consumer what it receives.
---@class realtimekit.ReportQuality
---@field audio_consumer realtimekit.AudioConsumerSample[]?
---@field audio_consumer_cumulative realtimekit.AudioConsumerSummary?
---@field audio_producer realtimekit.AudioProducerSample[]?
---@field audio_producer_cumulative realtimekit.AudioProducerSummary?
---@field screenshare_audio_consumer realtimekit.AudioConsumerSample[]?
---@field screenshare_audio_consumer_cumulative realtimekit.AudioConsumerSummary?
---@field screenshare_audio_producer realtimekit.AudioProducerSample[]?
---@field screenshare_audio_producer_cumulative realtimekit.AudioProducerSummary?
---@field screenshare_video_consumer realtimekit.VideoConsumerSample[]?
---@field screenshare_video_consumer_cumulative realtimekit.VideoConsumerSummary?
---@field screenshare_video_producer realtimekit.VideoProducerSample[]?
---@field screenshare_video_producer_cumulative realtimekit.VideoProducerSummary?
---@field video_consumer realtimekit.VideoConsumerSample[]?
---@field video_consumer_cumulative realtimekit.VideoConsumerSummary?
---@field video_producer realtimekit.VideoProducerSample[]?
---@field video_producer_cumulative realtimekit.VideoProducerSummary?

---@class realtimekit.AudioProducerSample
---@field bytes_sent number?
---@field jitter number?
---@field mid string?
---@field mos_quality number? mean opinion score
---@field packets_lost number?
---@field packets_sent number?
---@field producer_id string?
---@field rtt number?
---@field ssrc number?
---@field timestamp string?

---@class realtimekit.AudioConsumerSample
---@field bytes_received number?
---@field concealment_events number?
---@field consumer_id string?
---@field jitter number?
---@field jitter_buffer_delay number?
---@field jitter_buffer_emitted_count number?
---@field mid string?
---@field mos_quality number? mean opinion score
---@field packets_lost number?
---@field packets_received number?
---@field peer_id string?
---@field producer_id string?
---@field ssrc number?
---@field timestamp string?

---@class realtimekit.VideoProducerSample
---@field bytes_sent number?
---@field fir_count number?
---@field frame_height number?
---@field frame_width number?
---@field frames_encoded number?
---@field frames_per_second number?
---@field jitter number?
---@field key_frames_encoded number?
---@field mid string?
---@field mos_quality number? mean opinion score
---@field packets_lost number?
---@field packets_sent number?
---@field pli_count number?
---@field producer_id string?
---@field quality_limitation_durations realtimekit.QualityLimitationDurations?
---@field quality_limitation_reason realtimekit.QualityLimitationReason?
---@field quality_limitation_resolution_changes number?
---@field rtt number?
---@field ssrc number?
---@field timestamp string?

---@alias realtimekit.QualityLimitationReason
---| "cpu"
---| "bandwidth"
---| "none"
---| "other"

---@class realtimekit.QualityLimitationDurations
---@field bandwidth number?
---@field cpu number?
---@field none number?
---@field other number?

---@class realtimekit.VideoConsumerSample
---@field bytes_received number?
---@field consumer_id string?
---@field fir_count number?
---@field frame_height number?
---@field frame_width number?
---@field frames_decoded number?
---@field frames_dropped number?
---@field frames_per_second number?
---@field jitter number?
---@field jitter_buffer_delay number?
---@field jitter_buffer_emitted_count number?
---@field key_frames_decoded number?
---@field mid string?
---@field mos_quality number? mean opinion score
---@field packets_lost number?
---@field packets_received number?
---@field peer_id string?
---@field producer_id string?
---@field ssrc number?
---@field timestamp string?

---@class realtimekit.AudioProducerSummary
---@field packet_loss realtimekit.LossSummary?
---@field quality_mos realtimekit.Distribution?
---@field rtt realtimekit.LatencySummary?

---@class realtimekit.AudioConsumerSummary
---@field jitter_buffer_delay realtimekit.LatencySummary?
---@field packet_loss realtimekit.LossSummary?
---@field quality_mos realtimekit.Distribution?

---@class realtimekit.VideoProducerSummary
---@field frame_per_second realtimekit.Distribution?
---@field frame_width realtimekit.Distribution?
---@field high_negative_feedback_fraction number?
---@field issues realtimekit.VideoProducerIssues?
---@field key_frames_encoded_fraction number?
---@field packet_loss realtimekit.LossSummary?
---@field quality_mos realtimekit.Distribution?
---@field rtt realtimekit.LatencySummary?

---@class realtimekit.VideoConsumerSummary
---@field frame_per_second realtimekit.Distribution?
---@field frame_width realtimekit.Distribution?
---@field issues realtimekit.VideoConsumerIssues?
---@field jitter_buffer_delay realtimekit.LatencySummary?
---@field key_frames_decoded_fraction number?
---@field packet_loss realtimekit.LossSummary?
---@field quality_mos realtimekit.Distribution?

---@class realtimekit.VideoProducerIssues
---@field bandwidth_quality_limitation_fraction number?
---@field cpu_quality_limitation_fraction number?
---@field no_video_fraction number?
---@field poor_resolution_fraction number?
---@field quality_limitation_fraction number?

---@class realtimekit.VideoConsumerIssues
---@field lag_fraction number?
---@field no_video_fraction number?
---@field poor_resolution_fraction number?

---The mean, and percentiles.
---@class realtimekit.Distribution
---@field avg number?
---@field p50 number?
---@field p75 number?
---@field p90 number?

---The mean, and how large a part of the samples was at or over so many milliseconds.
---@class realtimekit.LatencySummary
---@field ["100ms_or_greater_event_fraction"] number?
---@field ["250ms_or_greater_event_fraction"] number?
---@field ["500ms_or_greater_event_fraction"] number?
---@field avg number?

---The mean, and how large a part of the samples was at or over so much.
---@class realtimekit.LossSummary
---@field ["5_or_greater_event_fraction"] number?
---@field ["10_or_greater_event_fraction"] number?
---@field ["25_or_greater_event_fraction"] number?
---@field ["50_or_greater_event_fraction"] number?
---@field avg number?

-- ==== The older form of the report ====

---Reference: components/schemas/LegacyPeerStats.
---@class realtimekit.LegacyPeerStats
---@field config string?
---@field status string?
---@field device_info realtimekit.LegacyDeviceInfo?
---@field events realtimekit.LegacyEvent[]?
---@field ip_information realtimekit.LegacyIpInformation?
---@field precall_network_information realtimekit.PrecallNetworkInformation?

---@class realtimekit.LegacyDeviceInfo
---@field browser string?
---@field browser_version string?
---@field cpus number?
---@field engine string?
---@field is_mobile boolean?
---@field memory number?
---@field os string?
---@field os_version string?
---@field sdk_name string?
---@field sdk_version string?
---@field user_agent string?
---@field webgl_support string?

---@class realtimekit.LegacyEvent
---@field timestamp string?
---@field type string?

---@class realtimekit.LegacyIpInformation
---@field city string?
---@field country string?
---@field ip_location string?
---@field ipv4 string?
---@field org string?
---@field portal string?
---@field region string?
---@field timezone string?

---@class realtimekit.PrecallNetworkInformation
---@field backend_rtt number?
---@field effective_networktype string?
---@field fractional_loss number?
---@field jitter number?
---@field reflexive_connectivity boolean?
---@field relay_connectivity boolean?
---@field rtt number?
---@field throughtput number? the API's own spelling
---@field turn_connectivity boolean?

---Reference: components/schemas/LegacyQualityStat.
---@class realtimekit.LegacyQualityStat
---@field peer_id string?
---@field start string?
---@field ["end"] string?
---@field average_quality number?
---@field audio_bandwidth number?
---@field audio_packet_loss number?
---@field video_bandwidth number?
---@field video_packet_loss number?
---@field audio_stats realtimekit.LegacyAudioSample[]?
---@field video_stats realtimekit.LegacyVideoSample[]?

---@class realtimekit.LegacyAudioSample
---@field concealment_events number?
---@field jitter number?
---@field packets_lost number?
---@field quality number?
---@field timestamp string?

---@class realtimekit.LegacyVideoSample
---@field frame_height number?
---@field frame_width number?
---@field frames_dropped number?
---@field frames_per_second number?
---@field jitter number?
---@field packets_lost number?
---@field quality number?
---@field timestamp string?

return realtimekit
