#!/bin/bash
# The quick form of every proof. Each is one line of figures; what a failing one says comes before
# it. Exits with 1 if any has a finding.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# $1: a name; the rest: what to make. The last line of its output is its figures.
prove() {
  local name=$1
  shift
  local began=$SECONDS
  make --no-print-directory "$@" >"$work/$name" 2>&1 || touch "$work/$name.failed"
  echo $((SECONDS - began)) >"$work/$name.seconds"
}

# Four at a time: most of them wait more than they compute. What takes longest begins.
begin() {
  while [ "$(jobs -rp | wc -l)" -ge 4 ]; do wait -n; done
  names="${names:-} $1"
  prove "$@" &
}

# What several of them are of is built before.
build() {
  make --no-print-directory -j2 "$@" all internals >"$work/build" 2>&1 && return
  cat "$work/build"
  exit 1
}
build
for lua in lua5.4 luajit; do
  build LUA="$lua" BUILD="build/asan-ubsan/$lua" SANITIZE=address,undefined
done

# The specs of what Lua collects.
objects="spec/batch_spec.lua spec/client_spec.lua spec/fetch_spec.lua spec/hostile_spec.lua
  spec/pages_spec.lua spec/participant_spec.lua spec/pool_spec.lua spec/remote_spec.lua
  spec/request_spec.lua spec/response_spec.lua spec/started_spec.lua spec/loops spec/regress"

# All but those of what runs the library from far away: the examples, the documents, the package.
library=$(find spec -name '*_spec.lua' |
  grep -vE '/(docs|docs_code|examples|packaging|quality_report|session_quality)_spec' | tr '\n' ' ')

begin asan-ubsan asan-ubsan SANITIZED=lua5.4 SPECS="$library"
begin soak soak SOAK_SECONDS="${SOAK_SECONDS:-120}"
begin torture torture
begin asan-ubsan-luajit asan-ubsan SANITIZED=luajit SPECS="$objects"
begin gc gc SPECS="$objects"
begin twin twin TWINS=lua5.4
begin valgrind valgrind
begin fuzz fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-6}"
begin secrets secrets
begin tsan tsan
wait

status=0
for name in $names; do
  if [ -e "$work/$name.failed" ]; then
    cat "$work/$name"
    status=1
  else
    echo "$(tail -n 1 "$work/$name") ($(cat "$work/$name.seconds") s)"
  fi
done
exit $status
