#!/bin/bash
# Fetches a participant from a sandbox API on this machine and prints it.
#   tools/demo.sh lua5.4 build/lua5.4
set -eu
lua=$1 build=$2
folder=$(mktemp -d)
mkfifo "$folder/out"
"$lua" examples/sandbox.lua --ids >"$folder/out" &
sandbox=$!
trap 'kill "$sandbox" 2>/dev/null || true; wait "$sandbox" || true; rm -rf "$folder"' EXIT

# "sandbox listening on URL", then lines of a name and an id: of each name the first counts.
exec 3<"$folder/out"
read -r line <&3 || { echo "the sandbox did not start" >&2; exit 1; }
declare -A id=()
while [ -z "${id[participant]:-}" ] && read -r name value _ <&3; do
  [ -z "$name" ] || id[$name]=${id[$name]:-$value}
done

echo "$line"
echo "\$ $lua examples/participant.lua ${id[app]} ${id[session]} ${id[participant]}"
echo
LUA_CPATH="$build/?.so;;" CLOUDFLARE_BASE_URL=${line##* } CLOUDFLARE_API_TOKEN=sandbox \
  CLOUDFLARE_ACCOUNT_ID=${id[account]} \
  "$lua" examples/participant.lua "${id[app]}" "${id[session]}" "${id[participant]}"
