#!/bin/bash
# Runs the specs with the library built for sanitizers of gcc, on the Luas named.
#   tools/sanitize.sh address lua5.4 luajit
#   tools/sanitize.sh undefined lua5.4
#   tools/sanitize.sh address,undefined lua5.4
# A finding, or a test that fails, makes it exit with 1. Ends with one line of figures.
set -u
sanitizer=$1
shift

case $sanitizer in
  address) runtimes=libasan.so name=asan ;;
  undefined) runtimes=libubsan.so name=ubsan ;;
  address,undefined) runtimes="libasan.so libubsan.so" name=asan-ubsan ;;
  *) echo "tools/sanitize.sh: address, undefined or address,undefined" >&2; exit 2 ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export BUILD_ROOT=build/$name
# What is undefined ends the process: beside the other sanitizer it has no report of its own.
flags="-O1 -g -fno-omit-frame-pointer -fsanitize=$sanitizer -fno-sanitize-recover=undefined"
export MAKE_FLAGS="CFLAGS=$flags"
PRELOAD=
for runtime in $runtimes; do PRELOAD="${PRELOAD:+$PRELOAD:}$(gcc -print-file-name="$runtime")"; done
export PRELOAD
# Reports go to files, one for each process, so that a child's is not lost.
export ASAN_OPTIONS="log_path=$work/report:detect_leaks=1:exitcode=99"
export LSAN_OPTIONS="log_path=$work/report:exitcode=99"
export UBSAN_OPTIONS="log_path=$work/report:print_stacktrace=1"

# A mistake on purpose has to be seen, or the rest proves nothing.
self_test() {
  local lua=$1 mistake
  make --no-print-directory LUA="$lua" BUILD="$BUILD_ROOT/$lua" "$MAKE_FLAGS" internals \
    >"$work/log" 2>&1 || { cat "$work/log"; return 1; }
  for mistake in ${sanitizer//,/ }; do
    LD_PRELOAD=$PRELOAD LUA_CPATH="$BUILD_ROOT/$lua/?.so;;" \
      "$lua" -e "require('rtk_internals').err('$mistake')" >"$work/seen" 2>&1
    cat "$work"/report* >>"$work/seen" 2>/dev/null
    rm -f "$work"/report*
    case $mistake in
      address) grep -q 'LeakSanitizer: detected' "$work/seen" || return 1 ;;
      undefined) grep -q 'runtime error: left shift' "$work/seen" || return 1 ;;
    esac
  done
}

for lua in "$@"; do
  self_test "$lua" || { echo "$name: a mistake on purpose is not seen on $lua"; exit 1; }
done

tools/test.sh "$@" | tee "$work/tests"
failed=${PIPESTATUS[0]}
reports=$(find "$work" -name 'report*' | wc -l)
cat "$work"/report* 2>/dev/null
echo "$name: $(tail -n 1 "$work/tests"), $reports processes with findings"
[ "$failed" -eq 0 ] && [ "$reports" -eq 0 ]
