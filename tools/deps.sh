#!/bin/sh
# Installs the Debian packages that building, running and testing need, if any is missing.
#   tools/deps.sh          those
#   tools/deps.sh bench    what the benchmarks compare with
set -e

build="gcc make pkg-config libcurl4-openssl-dev
  lua5.4 liblua5.4-dev lua5.3 liblua5.3-dev lua5.2 liblua5.2-dev lua5.1 liblua5.1-0-dev
  luajit2 libluajit2-5.1-dev"
run="lua-cjson ca-certificates"
test="lua-busted lua-check lua-socket lua-cqueues lua-luv lua-copas lua-luaossl openssl brotli
  nginx libnginx-mod-http-lua lua-resty-core lua-resty-lrucache
  luarocks clang libclang-rt-14-dev clang-format clang-tidy cppcheck valgrind binutils
  procps build-essential dpkg-dev debhelper fakeroot wrk"
bench="curl lua-curl lua-http lua-sec"

wanted="$build $run $test"
[ "$1" != bench ] || wanted=$bench
missing=""
if command -v dpkg-query >/dev/null; then
  for package in $wanted; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
  done
  [ -n "$missing" ] || exit 0
fi

if ! command -v apt-get >/dev/null; then
  echo "make deps knows Debian and its like only. Elsewhere, install the equivalents of:" >&2
  echo "  to build: a C11 compiler, make, pkg-config, libcurl 7.85 or later, Lua with headers" >&2
  echo "  to run:   lua-cjson" >&2
  echo "  to test:  busted, luacheck, luasocket, cqueues, luaossl, openssl, luarocks," >&2
  echo "            nginx with lua-nginx-module; luv and copas, where they are to be had" >&2
  exit 1
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "make deps needs root to install:$missing" >&2
    exit 1
  fi
  as_root=sudo
fi

echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { $as_root apt-get update && $as_root apt-get install -y --no-install-recommends $missing; } \
    >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
