#!/bin/sh
# Says in plain words what is missing before the compiler says it in many.
#   tools/check-libraries.sh lua5.4 libcurl      the pkg-config modules that the build goes by
fail() {
  echo "lua-realtimekit: $*" >&2
  exit 1
}

[ $# -eq 0 ] || command -v pkg-config >/dev/null ||
  fail "pkg-config is missing; 'make deps' installs it on Debian"
for module in "$@"; do
  pkg-config --exists "$module" ||
    fail "no headers for $module (pkg-config $module); 'make deps' installs them on Debian"
done
case " $* " in
  *" libcurl "*)
    pkg-config --atleast-version=7.85.0 libcurl ||
      fail "libcurl 7.85.0 or later is needed; found $(pkg-config --modversion libcurl)"
    ;;
esac
