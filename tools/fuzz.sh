#!/bin/bash
# Fuzzes each target for a number of seconds (20), starting from the specs' shapes, two at a time.
#   tools/fuzz.sh              every target
#   tools/fuzz.sh 3600 url     one of them, for an hour
# What is found stays in build/fuzz; each becomes a test in spec/regress.
set -u
seconds=${1:-20}
only=${2:-*}
lua=lua5.4
build=build/fuzz
mkdir -p "$build"
"$lua" spec/fuzz/seeds.lua "$build/corpus"

sanitizers="address,undefined -fno-sanitize-recover=undefined"
objects=$(for f in src/*.c; do echo "$build/library/$(basename "$f" .c).o"; done)
# shellcheck disable=SC2086
make --no-print-directory -j2 CC=clang LUA="$lua" BUILD="$build/library" \
  CFLAGS="-g -O1 -fsanitize=fuzzer-no-link,$sanitizers" $objects >"$build/library.log" 2>&1 ||
  { cat "$build/library.log"; exit 1; }

fuzz() {
  local target=$1
  # shellcheck disable=SC2046,SC2086
  clang -std=c11 -D_POSIX_C_SOURCE=200809L -g -O1 -fsanitize=fuzzer,$sanitizers -pthread -Isrc \
    $(pkg-config --cflags "$lua" libcurl) -o "$build/$target" "spec/fuzz/$target.c" $objects \
    $(pkg-config --libs "$lua" libcurl) -lm -Wl,-E || return
  # lua-cjson loses memory when Lua runs out of it only; here every leak is a finding.
  ASAN_OPTIONS=detect_leaks=1 "$build/$target" -max_total_time="$seconds" -max_len=65536 \
    -timeout=5 -print_final_stats=1 -artifact_prefix="$build/$target-" \
    "$build/corpus/$target" >"$build/$target.log" 2>&1 && touch "$build/$target.well"
}

# shellcheck disable=SC2086
targets=$(cd spec/fuzz && basename -s .c fuzz_$only.c)
for target in $targets; do
  rm -f "$build/$target.well"
  while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
  fuzz "$target" &
done
wait

executions=0 findings=0
for target in $targets; do
  if [ ! -e "$build/$target.well" ]; then
    findings=$((findings + 1))
    tail -n 40 "$build/$target.log"
  fi
  n=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$target.log")
  executions=$((executions + ${n:-0}))
done
echo "fuzz: $executions executions, $findings findings"
[ "$findings" -eq 0 ] && [ "$executions" -gt 0 ]
