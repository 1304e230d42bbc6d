---@meta realtimekit.cqueues

---@class realtimekit.cqueues : realtimekit.LoopModule
local cqueues = {}

return cqueues
