#!/bin/bash
# Everything that is wrong without running a spec. Silent when all is well.
#   tools/check.sh lua5.4 lua5.3 ...
set -u
status=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

wrong() {
  printf '%s\n' "$*" >&2
  status=1
}

# Runs a command that is silent when all is well; shows what it says otherwise.
quietly() {
  "$@" >"$work/log" 2>&1 && return
  cat "$work/log" >&2
  wrong "failed: $*"
}

# The only symbols a module exports are its luaopen functions.
check_symbols() {
  local symbols
  symbols=$(nm -D --defined-only "$1" | awk '{print $3}' | grep -v '^luaopen_')
  [ -z "$symbols" ] || wrong "$1 exports more than luaopen_*:" $symbols
}

# $1: a compiler and how much it optimizes; $2: a Lua. Every warning is an error.
check_compiler() {
  local folder="$work/${1/ /}"
  local build="$folder/$2"
  quietly make --no-print-directory -j2 CC="${1% *}" LUA="$2" BUILD="$build" \
    COMMON="$folder/common" CFLAGS="${1#* } -Werror" all internals
  check_symbols "$build/realtimekit.so"
}

# Each compiler, each Lua. What clang sees does not depend on optimizing, nor on making code; what
# gcc sees does, but there two Luas are enough.
check_compilers() {
  local lua
  for lua in "$@"; do
    case $lua in
      lua5.4 | luajit)
        check_compiler "gcc -O2" "$lua"
        check_compiler "clang -O0" "$lua"
        ;;
      *)
        check_compiler "gcc -O0" "$lua"
        # shellcheck disable=SC2046
        quietly clang -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Wshadow \
          -Wconversion -Werror -fsyntax-only $(pkg-config --cflags "$lua" libcurl) \
          $(grep -l lua_State src/*.c)
        ;;
    esac
  done
}

# $1: a rule; the rest: the files that break it.
rule() {
  local said=$1
  shift
  [ $# -eq 0 ] || wrong "$said; see: $*"
}

# shellcheck disable=SC2046,SC2086
check_house_rules() {
  local objects
  objects=$(echo "$work"/gcc-O2/{common,lua5.4}/*.o)
  rule "libcurl's header belongs in transfer.c and engine.c alone" \
    $(grep -lE '#[[:space:]]*include[[:space:]]*<curl/' src/*.[ch] |
      grep -vE 'src/(transfer|engine)\.c$')
  rule "the version of Lua is asked for in compat.[ch] alone" \
    $(grep -l LUA_VERSION_NUM src/*.[ch] | grep -vE 'src/compat\.[ch]$')
  rule "lua-cjson is known to response.c alone" \
    $(grep -l '"cjson' src/*.[ch] | grep -v 'src/response\.c$')
  rule "a source file has at most about 400 lines" \
    $(wc -l src/*.[ch] | awk '$1 > 420 && $2 != "total" {print $2}')
  rule "every source file has a spec" \
    $(for f in src/*.c; do [ -e "spec/$(basename "$f" .c)_spec.lua" ] || echo "$f"; done)
  rule "symbols that cross files begin with rtk_" \
    $(nm -g --defined-only $objects | awk '$2 ~ /[TDBR]/ {print $3}' |
      grep -vE '^(rtk_|luaopen_)')
  rule "a function that no other file uses is static" \
    $(comm -23 <(nm -g --defined-only $objects | awk '$2 == "T" {print $3}' | sort) \
      <(nm -u $objects | awk '{print $NF}' | sort -u) | grep -v '^luaopen_')
  rule "a line has at most 100 bytes" \
    $(LC_ALL=C grep -lE '^.{101}' src/*.[ch] src/realtimekit/*.lua spec/*.lua tools/*.sh)
}

# Two commands at a time, with so many source files ($1) each as their last arguments.
quietly_each() {
  printf '%s\n' src/*.c | quietly xargs -P 2 -n "$@"
}

# What three analyzers see. What is left out stands in .clang-tidy, with its reason.
check_analyzers() {
  local language
  language="-std=c11 -D_POSIX_C_SOURCE=200809L -Isrc $(pkg-config --cflags lua5.4 libcurl)"
  quietly cppcheck -j 2 --quiet --std=c11 --enable=warning,performance,portability \
    --inline-suppr --suppress=missingIncludeSystem --error-exitcode=1 -Isrc src/*.c
  # shellcheck disable=SC2086
  quietly_each 1 gcc $language -O1 -fanalyzer -Werror -c -o /dev/null
  quietly_each 8 sh -c "clang-tidy --quiet \"\$@\" -- $language" clang-tidy
}

# What compiles with Lua 5.5 and with libcurl 8, as far as tools/later tells: in the library, and in
# the programs beside it.
check_later_versions() {
  # shellcheck disable=SC2046
  quietly gcc -std=c11 -D_POSIX_C_SOURCE=200809L -DCURL_NO_OLDIES -fsyntax-only -Werror \
    -Itools/later -Isrc $(pkg-config --cflags lua5.4 libcurl) src/*.c \
    $(grep -lE '"compat.h"|<lua|<curl/' -r spec bench --include=*.c)
}

quietly luacheck --quiet --no-color src spec examples rockspec bench
quietly clang-format --dry-run --Werror src/*.[ch] spec/support/*.c bench/clients/*.[ch]
check_compilers "$@"
check_analyzers
check_later_versions
check_house_rules
exit $status
