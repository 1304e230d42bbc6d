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
---@param opts realtimekit.Options?
---@return realtimekit.Participant? participant nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopModule.participant(app_id, session_id, participant_id, opts) end

---As realtimekit.each_participant, but that only the running coroutine waits. In Lua 5.1 a generic
---`for` cannot wait: there the function is to be called in a `while`, with the batch.
---@param app_id string
---@param session_id string
---@param ids string[]|fun(): string? participant ids, or a function that gives one at a time
---@param opts realtimekit.Options?
---@return fun(batch: userdata): string?, realtimekit.Participant?, string?, table
---@return userdata batch
---@return nil
---@return userdata batch
function LoopModule.each_participant(app_id, session_id, ids, opts) end

---Makes a client for coroutines of the loop. Raises an error for misuse, inside the loop or not.
---@param opts realtimekit.Options?
---@return realtimekit.LoopClient
function LoopModule.new(opts) end

---@class realtimekit.LoopClient
local LoopClient = {}

---@param app_id string
---@param session_id string
---@param participant_id string the peer's id, not the custom_participant_id
---@param opts realtimekit.Options?
---@return realtimekit.Participant? participant nil when the call failed
---@return string? err what went wrong, in one line; nil exactly when the call succeeded
---@return realtimekit.Response|realtimekit.Failure outcome the failure when the call failed
function LoopClient:participant(app_id, session_id, participant_id, opts) end

---@param app_id string
---@param session_id string
---@param ids string[]|fun(): string? participant ids, or a function that gives one at a time
---@param opts realtimekit.Options?
---@return fun(batch: userdata): string?, realtimekit.Participant?, string?, table
---@return userdata batch
---@return nil
---@return userdata batch
function LoopClient:each_participant(app_id, session_id, ids, opts) end

---As realtimekit.start. To wait for the call that is returned blocks the loop.
---@param app_id string
---@param session_id string
---@param participant_id string the peer's id, not the custom_participant_id
---@param opts realtimekit.Options?
---@return realtimekit.Call
function LoopClient:start(app_id, session_id, participant_id, opts) end

---@param opts realtimekit.Options
---@return realtimekit.LoopClient
function LoopClient:with(opts) end

---Ends what waits for calls of the client as `cancelled`.
function LoopClient:close() end
