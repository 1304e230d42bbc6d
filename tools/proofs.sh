#!/bin/bash
# The quick form of every proof. Each is one line of figures; what a failing one says comes before
# it. Exits with 1 if any has a finding.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# $1: a name; the rest: what to make. The last line of its output is its figures.
prove() {
  local name=$1
  shift
  if make --no-print-directory "$@" >"$work/$name" 2>&1; then
    tail -n 1 "$work/$name"
  else
    cat "$work/$name"
    status=1
  fi
}

make --no-print-directory all internals >"$work/build" 2>&1 || { cat "$work/build"; exit 1; }

# The specs of what Lua collects.
objects="spec/batch_spec.lua spec/client_spec.lua spec/fetch_spec.lua spec/hostile_spec.lua
  spec/pages_spec.lua spec/participant_spec.lua spec/pool_spec.lua spec/remote_spec.lua
  spec/request_spec.lua spec/response_spec.lua spec/started_spec.lua spec/loops spec/regress"

# These two wait more than they compute: the others run beside them.
beside() {
  prove "$@" >"$work/$1-line"
  [ "$status" -eq 0 ] || touch "$work/failed"
}
beside soak soak SOAK_SECONDS="${SOAK_SECONDS:-120}" &
soak=$!
beside torture torture &
torture=$!
prove secrets secrets
prove asan-ubsan asan-ubsan
prove gc gc SPECS="$objects"
prove tsan tsan
prove twin twin
prove valgrind valgrind
prove fuzz fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-10}"
wait "$soak" "$torture"
cat "$work/soak-line" "$work/torture-line"
[ ! -e "$work/failed" ] || status=1
exit $status
