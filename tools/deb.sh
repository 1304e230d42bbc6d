#!/bin/bash
# Builds the Debian package from packaging/debian, and says where it is.
#   tools/deb.sh build/deb    there, in a copy of the sources that is begun anew
# LUA_VERSIONS may name fewer than there are, for a trial; what else is in the environment is
# dpkg-buildpackage's (DEB_BUILD_OPTIONS).
set -eu
cd "$(dirname "$0")/.."
out=$1
version=$(dpkg-parsechangelog -l packaging/debian/changelog -S Version)
tree=$out/lua-realtimekit-${version%-*}

rm -rf "$out"
mkdir -p "$tree/tools"
cp -R Makefile README.md SECURITY.md CHANGELOG.md LICENSE docs examples src "$tree"
cp tools/check-libraries.sh "$tree/tools"
cp -R packaging/debian "$tree/debian"

log=$out/build.log
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES LUA BUILD PREFIX DESTDIR CFLAGS
if ! (cd "$tree" && dpkg-buildpackage -us -uc -b -nc) >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
ls "$out"/lua-realtimekit_*.deb
