#!/bin/bash
# Eager collectors: the specs under Lua 5.4's generational one, and the torture's scenarios with a
# whole collection at every step, built as for `make asan-ubsan`. Ends with one line of figures.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
runtimes="$(gcc -print-file-name=libasan.so):$(gcc -print-file-name=libubsan.so)"
findings=0

eager() {
  local lua=$1 build=build/asan-ubsan/$1
  make --no-print-directory LUA="$lua" BUILD="$build" SANITIZE=address,undefined all \
    >"$work/log" 2>&1 || { cat "$work/log"; return 1; }
  LUA_PATH="./?.lua;src/?.lua;;" lua5.4 spec/torture/run.lua \
    "env LD_PRELOAD=$runtimes LUA_CPATH='$build/?.so;;' $lua spec/torture/collect.lua"
}

for lua in lua5.4 luajit; do
  eager "$lua" || findings=$((findings + 1))
done
SPEC_GC=generational tools/test.sh lua5.4 >"$work/specs" || findings=$((findings + 1))
[ "$findings" -eq 0 ] || cat "$work/specs"
echo "gc: generational: $(tail -n 1 "$work/specs"); $findings findings"
[ "$findings" -eq 0 ]
