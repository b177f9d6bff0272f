#!/bin/bash
# usage: compile.sh ROOT STAGE
# Compiles eni-routes for a machine whose Debian is not this machine's, and installs it into STAGE; ROOT is that Debian
# (compiler.sh), the build directory is ROOT/build, and is kept for the next time. Run by tools/vm in mount and PID
# namespaces that end with it; it must not write anywhere but to ROOT and STAGE.
set -euo pipefail

root=$1 stage=$2
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/vm.d/enter.sh
. "$here/enter.sh"

mkdir -p "$stage"
enter "$root" build
mount --bind "$stage" "$root/stage"
[ -e "$root/build/build.ninja" ] || in_root meson setup -Dtests=false -Dstrip=true /build /source
in_root ninja -C /build
in_root env DESTDIR=/stage meson install -C /build --no-rebuild --quiet
