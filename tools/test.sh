#!/bin/bash
# Runs the specs on each Lua named and ends with one line of totals over all of them.
#   tools/test.sh lua5.4 luajit                     every spec
#   SPECS=spec/url_spec.lua tools/test.sh lua5.4    only these
#   TIMES=1 tools/test.sh lua5.4                    how long each file took, too
# BUILD_ROOT is where the builds are, MAKE_FLAGS what make is told besides, PRELOAD a library for
# the interpreter: tools/sanitize.sh uses them. LABEL stands before the total.
set -u
specs=${SPECS:-spec}
builds=${BUILD_ROOT:-build}
shares=${SHARES:-3} # of the files, each in a process of its own
jobs=${JOBS:-5}     # processes at once
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() {
  make --no-print-directory -j"$(nproc)" LUA="$1" BUILD="$builds/$1" \
    ${MAKE_FLAGS:+"$MAKE_FLAGS"} all internals
}

# $1: a Lua; $2: which share of the files it runs in this process.
run() {
  local lua=$1 files
  files=$(awk -v share="$2" -v shares="$shares" 'NR % shares == share' "$work/files")
  [ -n "$files" ] || { echo "0 0 0" >"$work/$lua.$2"; return; }
  # shellcheck disable=SC2086
  LUA="$lua" BUILD="$builds/$lua" LD_PRELOAD="${PRELOAD:-}" \
    LUA_PATH="./?.lua;src/?.lua;;" LUA_CPATH="$builds/$lua/?.so;;" \
    timeout 2400 "$lua" spec/support/busted.lua -o spec.support.report -Xoutput "$work/$lua.$2" \
    $files >"$work/log.$lua.$2" 2>&1
  local status=$?
  cat "$work/log.$lua.$2"
  [ -e "$work/$lua.$2" ] || echo "$lua: the test run ended early (status $status)"
}

# shellcheck disable=SC2086
find $specs -name '*_spec.lua' | sort >"$work/files"
for lua in "$@"; do
  build "$lua" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
done

# One set of certificates for all.
export SPEC_CERTIFICATES="$work/certificates"
mkdir "$SPEC_CERTIFICATES"
bash spec/support/certificates.sh "$SPEC_CERTIFICATES" >"$work/log" 2>&1 ||
  { cat "$work/log"; exit 1; }

# The specs wait more than they compute.
for lua in "$@"; do
  for share in $(seq 0 $((shares - 1))); do
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
    run "$lua" "$share" &
  done
done
wait

# A share without counts is a failure, and so is a Lua without a test.
add_up() {
  local lua=$1 share a b c
  p=0 f=0 s=0
  for share in $(seq 0 $((shares - 1))); do
    a=0 b=1 c=0
    [ -e "$work/$lua.$share" ] && read -r a b c <"$work/$lua.$share"
    p=$((p + a)) f=$((f + b)) s=$((s + c))
  done
  [ "$p" -gt 0 ] || f=$((f > 0 ? f : 1))
}

# Once more what failed, where the eye falls: before the totals.
cat "$work"/*.failed 2>/dev/null

passed=0 failed=0 skipped=0
for lua in "$@"; do
  add_up "$lua"
  echo "$lua: $p passed, $f failed, $s skipped."
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
echo "${LABEL:+$LABEL: }$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
