---@meta realtimekit.nginx

---What there is for nginx besides the functions of `realtimekit`, which are the same there.
---@class realtimekit.nginx
local nginx = {}

---A `logger` that writes to nginx's error log: `debug`, `warn` and `error` at nginx's level of that
---name. `fields` are written behind the message, sorted by name.
---@param level realtimekit.LogLevel
---@param message string
---@param fields realtimekit.LogFields
function nginx.logger(level, message, fields) end

return nginx
