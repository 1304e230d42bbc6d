---@meta realtimekit.copas

---@class realtimekit.copas : realtimekit.LoopModule
local copas = {}

return copas
