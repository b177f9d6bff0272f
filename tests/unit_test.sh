#!/bin/bash
# The systemd units and the preset, as far as systemd-analyze can tell without a systemd that runs.
# usage: unit_test.sh WATCH-UNIT WATCH-PROGRAM REFRESH-UNIT PLUG-UNIT PROGRAM
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"

# As if they were installed where the build has them.
unit() { sed "s|^\(Exec[A-Z][a-z]*=-\?\)/[^ ]*/eni-routes[a-z-]*|\1$(readlink -f "$2")|" "$1" >"$scratch/$3"; }
unit "$1" "$2" eni-routes-watch.service
unit "$3" "$5" eni-routes-refresh.service
unit "$4" "$5" eni-routes-plug@.service
cp "$source_dir/data/eni-routes-refresh.timer" "$scratch/"

verified() { ! systemd-analyze verify "$scratch/$1" 2>&1 | grep eni-routes; }
# hardened UNIT N: exposure of at most N of 100, the lower the better; 20 and less is what systemd calls OK.
hardened() { systemd-analyze security --offline=yes --threshold="$2" "$scratch/$1"; }
# EL 7's systemd ignores what it does not know, and would read these otherwise than they are meant.
misread_by_el7() {
    grep -E '^(ProtectSystem=strict|ReadWritePaths=|RuntimeDirectory=|SystemCallFilter=[^~]|DynamicUser=)' "$scratch/$1"
}
# limits UNIT: the paths that it may write, in /etc, and its one capability.
limits() {
    grep -qx 'CapabilityBoundingSet=CAP_NET_ADMIN' "$scratch/$1" && grep -qx 'NoNewPrivileges=yes' "$scratch/$1" &&
        grep -qx 'ProtectSystem=full' "$scratch/$1" &&
        grep -qx 'ReadWriteDirectories=-/etc/iproute2 -/etc/sysconfig/network-scripts' "$scratch/$1"
}
check 'every line of the timer is known to systemd' verified eni-routes-refresh.timer
# The metadata is asked by HTTP: that costs two tenths.
for both in eni-routes-watch.service:20 eni-routes-refresh.service:22 eni-routes-plug@.service:22; do
    name=${both%:*}
    check "$name: every line is known to systemd" verified "$name"
    check "$name: exposure is at most ${both#*:} of 100" hardened "$name" "${both#*:}"
    check "$name: has one capability, and writes where it must" limits "$name"
    check "$name: nothing that EL 7 would misread" fails misread_by_el7 "$name"
done
check 'the watch cannot reach the internet' \
    grep -qx 'RestrictAddressFamilies=AF_NETLINK AF_UNIX' "$scratch/eni-routes-watch.service"
done_testing
