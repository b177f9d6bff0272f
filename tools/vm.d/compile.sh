#!/bin/bash
# usage: compile.sh SUITE ROOT STAGE
# Compiles eni-routes for a machine whose Debian is not this machine's, and installs it into STAGE; the build directory is
# ROOT/build, and is kept for the next time. ROOT is a Debian SUITE with what a build needs, and is made where it is not
# there. Run by tools/vm in mount and PID namespaces that end with it; it must not write anywhere but to ROOT and STAGE.
set -euo pipefail

suite=$1 root=$2 stage=$3
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/lib.sh
. "$here/../lib.sh"
# shellcheck source=tools/vm.d/debian.sh
. "$here/debian.sh"

if [ ! -e "$root" ]; then
    rm -rf "$root.new"
    # shellcheck disable=SC2046  # one word for each
    make_debian "$suite" "$root.new" $(packages_of 1 build)
    mkdir "$root.new/source" "$root.new/stage"
    mv "$root.new" "$root"
fi
mkdir -p "$stage"
mount -t proc proc "$root/proc"
mount --bind "$here/../.." "$root/source"
mount -o remount,bind,ro "$root/source"
mount --bind "$stage" "$root/stage"
[ -e "$root/build/build.ninja" ] || chroot "$root" meson setup -Dtests=false -Dstrip=true /build /source
chroot "$root" ninja -C /build
chroot "$root" env DESTDIR=/stage meson install -C /build --no-rebuild --quiet
