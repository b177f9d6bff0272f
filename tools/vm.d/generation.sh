#!/bin/bash
# usage: generation.sh ROOT
# Compiles eni-routes with its tests in another Debian (compiler.sh), and runs those that a package's build runs. Its last
# line has the versions and the counts. The build directory is ROOT/tests. Run by tools/generations in mount and PID
# namespaces that end with it; it must not write anywhere but to ROOT.
set -euo pipefail

root=$1
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/vm.d/enter.sh
. "$here/enter.sh"

versions() {
    in_root sh -c 'printf "gcc %s" "$(g++ -dumpfullversion)"
        for module in glib-2.0 libnm libnl-3.0 libcurl yaml-cpp; do
            printf ", %s %s" "$module" "$(pkg-config --modversion "$module")"
        done
        printf ", json %s, meson %s" "$(dpkg-query -W -f "\${Version}" nlohmann-json3-dev)" "$(meson --version)"'
}

# Not optimised, and with what the processor has to spare, as other tests that run beside it are in a hurry.
enter "$root" tests
[ -e "$root/tests/build.ninja" ] || in_root meson setup --buildtype=plain /tests /source
in_root nice -n 10 ninja -C /tests
failed=no
in_root meson test -C /tests --no-rebuild --suite offline --timeout-multiplier 3 --print-errorlogs || failed=yes
counts=$(/usr/bin/python3 -I "$here/../count_tests.py" "$root/tests/meson-logs/testlog.junit.xml" "$failed" no) ||
    { echo "$counts" && exit 1; }
echo "$counts"
echo "$(versions): ${counts##*$'\n'}"
