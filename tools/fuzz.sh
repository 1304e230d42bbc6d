#!/bin/bash
# Fuzzes each target for a number of seconds (20), starting from the specs' shapes.
#   tools/fuzz.sh              every target
#   tools/fuzz.sh 3600 url     one of them, for an hour
# What is found stays in build/fuzz; each becomes a test in spec/regress.
set -u
seconds=${1:-20}
only=${2:-}
lua=lua5.4
build=build/fuzz
mkdir -p "$build"
"$lua" spec/fuzz/seeds.lua "$build/corpus"

flags="-std=c11 -D_POSIX_C_SOURCE=200809L -g -O1 -fsanitize=fuzzer,address,undefined
  -fno-sanitize-recover=undefined -pthread -Isrc $(pkg-config --cflags $lua libcurl)"
libraries="$(pkg-config --libs $lua libcurl) -lm -Wl,-E"

fuzz() {
  local target=$1
  # shellcheck disable=SC2046,SC2086
  clang $flags -o "$build/$target" "spec/fuzz/$target.c" $(ls src/*.c) $libraries || return
  # lua-cjson loses memory when Lua runs out of it only; here every leak is a finding.
  ASAN_OPTIONS=detect_leaks=1 "$build/$target" -max_total_time="$seconds" -max_len=65536 \
    -timeout=5 -print_final_stats=1 -artifact_prefix="$build/$target-" \
    "$build/corpus/$target" >"$build/$target.log" 2>&1
}

executions=0 findings=0
for source in spec/fuzz/fuzz_*.c; do
  target=$(basename "$source" .c)
  [ -z "$only" ] || [ "fuzz_$only" = "$target" ] || continue
  if ! fuzz "$target"; then
    findings=$((findings + 1))
    tail -n 40 "$build/$target.log"
  fi
  n=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$target.log")
  executions=$((executions + ${n:-0}))
done
echo "fuzz: $executions executions, $findings findings"
[ "$findings" -eq 0 ] && [ "$executions" -gt 0 ]
