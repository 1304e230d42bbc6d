---@meta realtimekit.luv

---@class realtimekit.luv : realtimekit.LoopModule
local luv = {}

return luv
