std = "max"
max_line_length = 100
files["spec/**/*_spec.lua"] = { std = "max+busted" }
files["src/realtimekit/nginx.lua"] = { std = "max+ngx_lua" }
files["bench/nginx/cosocket.lua"] = { std = "max+ngx_lua" }
files["bench/nginx/wrk.lua"] = { globals = { "init", "delay", "done" } }
files["examples/nginx"] = { std = "max+ngx_lua" }
files["src/meta"] = { ignore = { "111", "112", "113", "121", "131", "211", "212" } }
