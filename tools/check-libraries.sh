#!/bin/sh
# Says in plain words what is missing before the compiler says it in many.
lua=$1

fail() {
  echo "lua-realtimekit: $*" >&2
  exit 1
}

command -v pkg-config >/dev/null || fail "pkg-config is missing; 'make deps' installs it on Debian"
pkg-config --exists "$lua" ||
  fail "no headers for $lua (pkg-config $lua); 'make deps' installs them on Debian"
pkg-config --exists libcurl ||
  fail "no headers for libcurl (pkg-config libcurl); 'make deps' installs them on Debian"
pkg-config --atleast-version=7.85.0 libcurl ||
  fail "libcurl 7.85.0 or later is needed; found $(pkg-config --modversion libcurl)"
