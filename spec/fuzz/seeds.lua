-- Writes a first corpus for each fuzz target into a folder: the shapes that the specs try.
--   lua5.4 spec/fuzz/seeds.lua build/fuzz/corpus

local folder = arg[1]

local function write(target, seeds)
  os.execute(("mkdir -p '%s/%s'"):format(folder, target))
  for i, bytes in ipairs(seeds) do
    local file = assert(io.open(("%s/%s/seed-%03d"):format(folder, target, i), "wb"))
    file:write(bytes)
    file:close()
  end
end

local policy = "\2\60\0\4\78\128\0\0"

local headers = {}
for _, line in ipairs {
  "Retry-After: 7", "Retry-After: 1.25", "retry-after-ms: 250", "Retry-After: -1",
  "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sunday, 06-Nov-94 08:49:37 GMT",
  "Retry-After: Sun Nov  6 08:49:37 1994", 'Ratelimit: "default";r=50;t=30',
  'Ratelimit: "burst";r=50;t=30, "day";r=3;t=900', "X-Should-Retry: true", "cf-ray: 8c1f-AMS",
  "HTTP/1.1 100 Continue", "Folded: a\r\n  b", "no colon", ": no name", "X: \0\255", "",
} do
  headers[#headers + 1] = policy .. line .. "\r\n"
  headers[#headers + 1] = policy .. "HTTP/1.1 429\r\n" .. line .. "\r\nRetry-After: 3\r\n\r\n"
end
write("fuzz_headers", headers)

local urls = {}
for _, base in ipairs {
  "https://api.cloudflare.com/client/v4", "https://[2001:db8::1]:443/x/", "http://127.0.0.1:8080",
  "http://localhost", "http://[::1]:9/a%20b", "https://user:secret@example.org",
  "https://example.org\\@evil.example/", "https://example.org:80@evil.example", "https://127.1",
  "socks5h://u:p@127.0.0.1:1080", "https://example.org/a@b?c#d", "HTTPS://Example.ORG//",
} do
  urls[#urls + 1] = base .. "\naccount\napp\nsession\nvalue"
  urls[#urls + 1] = base .. "\na/b\n%2e%2e\n..\n?&=#"
  urls[#urls + 1] = base .. "\n\255\n \nünï\n\0"
end
write("fuzz_url", urls)

local responses = {}
local bodies = {
  '{"success":true,"data":{"participant":{"id":"x","a":null,"n":12,"e":[1,null,2.5]}}}',
  '{"success":false,"errors":[{"code":1000,"message":"no\\n"}],"messages":[{"code":1}]}',
  '{"message":"wrong","code":9}', '{"error":{"code":"E","message":"x"}}', '{"errors":["a",null]}',
  '{"success":true,"data":{"participant":[]}}', "[1,2]", '"x"', "null", "{", "<html>", "\0",
  '{"success":true,"data":{"participant":{"a":[[[[[[{}]]]]]],"b":1e999,"c":-0.0}}}',
  '{"success":false,"errors":[{"message":"token-for-fuzzing"}]}',
}
for _, body in ipairs(bodies) do
  for _, status in ipairs { "\100\0", "\48\1", "\73\1", "\147\1", "\202\0" } do
    responses[#responses + 1] = status .. "\1cf-ray: 8c\nRatelimit: a;r=1;t=2\n\n" .. body
  end
end
write("fuzz_response", responses)

local redactions = {}
for _, text in ipairs {
  "Bearer secret/1 secret%2f1 secret\\/1 \\u0073ecret/1 secret/", "secret/", "%", "\\u", "********",
  "%73%65%63%72%65%74%2F%31", "<html>secret/1</html>", "secret/secret/1",
} do
  redactions[#redactions + 1] = "\8secret/1" .. text
  redactions[#redactions + 1] = "\12%secret\\\"%2f1" .. text
end
write("fuzz_redact", redactions)
