#!/bin/bash
# Runs some specs under valgrind: no error, no definite loss. Ends with one line of figures.
#   tools/valgrind.sh lua5.4 spec/participant_spec.lua ...
set -u
lua=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make --no-print-directory LUA="$lua" all internals >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }

# What the specs start (shells, servers) is not what is under test.
LUA=$lua LUA_PATH="./?.lua;src/?.lua;;" LUA_CPATH="build/$lua/?.so;;" \
  valgrind --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
  --show-leak-kinds=definite --trace-children=no --child-silent-after-fork=yes \
  --log-file="$work/valgrind" \
  "$lua" spec/support/busted.lua -o spec.support.report -Xoutput "$work/counts" "$@"
status=$?
[ "$status" -eq 0 ] || cat "$work/valgrind"
read -r passed failed skipped <"$work/counts"
errors=$(sed -n 's/.*ERROR SUMMARY: \([0-9]*\) errors.*/\1/p' "$work/valgrind" | tail -n 1)
echo "valgrind: $passed passed, $failed failed, $skipped skipped, ${errors:-no} errors"
[ "$status" -eq 0 ]
