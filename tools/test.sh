#!/bin/bash
# Runs the specs on each Lua named and ends with one line of totals over all of them.
#   tools/test.sh lua5.4 luajit                     every spec
#   SPECS=spec/url_spec.lua tools/test.sh lua5.4    only these
# BUILD_ROOT is where the builds are, MAKE_FLAGS what make is told besides, PRELOAD a library for
# the interpreter: tools/sanitize.sh uses them. LABEL stands before the total.
set -u
specs=${SPECS:-spec}
builds=${BUILD_ROOT:-build}
counts=$(mktemp -d)
trap 'rm -rf "$counts"' EXIT

run() {
  local lua=$1
  if ! make --no-print-directory LUA="$lua" BUILD="$builds/$lua" ${MAKE_FLAGS:+"$MAKE_FLAGS"} \
    all internals >"$counts/$lua.log" 2>&1; then
    cat "$counts/$lua.log"
    return
  fi
  # shellcheck disable=SC2086
  LUA="$lua" BUILD="$builds/$lua" LD_PRELOAD="${PRELOAD:-}" \
    LUA_PATH="./?.lua;src/?.lua;;" LUA_CPATH="$builds/$lua/?.so;;" \
    timeout 2400 "$lua" spec/support/busted.lua -o spec.support.report -Xoutput "$counts/$lua" \
    $specs >"$counts/$lua.log" 2>&1
  local status=$?
  cat "$counts/$lua.log"
  [ -e "$counts/$lua" ] || echo "$lua: the test run ended early (status $status)"
}

# Three at a time: the specs wait more than they compute.
for lua in "$@"; do
  while [ "$(jobs -rp | wc -l)" -ge 3 ]; do wait -n; done
  run "$lua" &
done
wait

passed=0 failed=0 skipped=0
for lua in "$@"; do
  p=0 f=1 s=0 # a run without counts is a failure
  [ -e "$counts/$lua" ] && read -r p f s <"$counts/$lua"
  [ "$p" -gt 0 ] || f=$((f > 0 ? f : 1))
  echo "$lua: $p passed, $f failed, $s skipped."
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
echo "${LABEL:+$LABEL: }$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
