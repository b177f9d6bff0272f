#!/bin/bash
# usage: compiler.sh SUITE ROOT
# Makes ROOT, a Debian SUITE with what a build of this tree needs, whole or not at all. Run by ensure_compiler (images.sh)
# in mount and PID namespaces that end with it; it must not write anywhere but to ROOT.
set -euo pipefail

suite=$1 root=$2
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/lib.sh
. "$here/../lib.sh"
# shellcheck source=tools/vm.d/debian.sh
. "$here/debian.sh"

rm -rf "$root.new"
# shellcheck disable=SC2046  # one word for each
make_debian "$suite" "$root.new" $(packages_of 1 build)
mkdir "$root.new/source" "$root.new/stage"
mv "$root.new" "$root"
