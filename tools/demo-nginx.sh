#!/bin/bash
# Runs examples/nginx against a sandbox API on this machine and asks it for everybody in a session,
# for one of them, for one that there is not, and for nonsense. With an argument it goes on until it
# is interrupted.
#   tools/demo-nginx.sh [port]
set -eu
folder=$(mktemp -d)
mkfifo "$folder/out"
luajit examples/sandbox.lua --ids >"$folder/out" &
sandbox=$!
nginx=
stop() {
  [ -z "$nginx" ] || { kill -QUIT "$nginx" 2>/dev/null && wait "$nginx"; } || true
  kill "$sandbox" 2>/dev/null || true
  wait "$sandbox" || true
  rm -rf "$folder"
}
trap stop EXIT

exec 3<"$folder/out"
read -r line <&3 || { echo "the sandbox did not start" >&2; exit 1; }
declare -A id=()
while [ -z "${id[participant]:-}" ] && read -r name value _ <&3; do
  [ -z "$name" ] || id[$name]=${id[$name]:-$value}
done

# A copy of the example, as it writes to its folder, at a port that is asked for, or free.
port=${1:-$(luajit -e '
  local server = require("socket").bind("127.0.0.1", 0)
  print((select(2, server:getsockname())))')}
cp examples/nginx/* "$folder"
sed -i "s|listen 127.0.0.1:8080|listen 127.0.0.1:$port|; s|\$prefix\.\./\.\./|$PWD/|" \
  "$folder/nginx.conf"

CLOUDFLARE_BASE_URL=${line##* } CLOUDFLARE_ACCOUNT_ID=${id[account]} CLOUDFLARE_API_TOKEN=sandbox \
  REALTIMEKIT_APP_ID=${id[app]} nginx -p "$folder/" -e stderr -c nginx.conf &
nginx=$!
for _ in $(seq 200); do
  [ ! -s "$folder/nginx.pid" ] || break
  kill -0 "$nginx" 2>/dev/null || exit 1
  sleep 0.05
done

ask() {
  echo "GET $1"
  URL="http://127.0.0.1:$port$1" luajit -e '
    local body, status, headers = require("socket.http").request(os.getenv("URL"))
    print(status .. (headers["x-cache"] and " from the cache" or ""))
    print(body)'
}
echo "$line; nginx on http://127.0.0.1:$port"
ask "/participants/${id[session]}"
ask "/participants/${id[session]}/${id[participant]}"
ask "/participants/${id[session]}/${id[participant]}"
ask "/participants/${id[session]}/nobody"
ask "/participants/${id[session]}/no.id"
[ $# -eq 0 ] || wait "$nginx"
