#!/bin/bash
# The systemd units and the preset, as far as systemd-analyze can tell without a systemd that runs.
# usage: unit_test.sh WATCH-UNIT WATCH-PROGRAM REFRESH-UNIT PLUG-UNIT PROGRAM
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"

# As if they were installed where the build has them.
unit() { sed "s|^\(Exec[A-Za-z]*=-\?\)/[^ ]*/eni-routes[a-z-]*|\1$(readlink -f "$2")|" "$1" >"$scratch/$3"; }
unit "$1" "$2" eni-routes-watch.service
unit "$3" "$5" eni-routes-refresh.service
unit "$4" "$5" eni-routes-plug@.service
cp "$source_dir/data/eni-routes-refresh.timer" "$scratch/"

verified() { ! systemd-analyze verify "$scratch/$1" 2>&1 | grep eni-routes; }
# hardened UNIT N: exposure of at most N of 100, the lower the better; 20 and less is what systemd calls OK.
hardened() { systemd-analyze security --offline=yes --threshold="$2" "$scratch/$1"; }
# EL 7's systemd ignores what it does not know, and would read these otherwise than they are meant.
misread_by_el7() {
    grep -E '^(RuntimeDirectory=|SystemCallFilter=[^~]|DynamicUser=)' "$scratch/$1"
}
# limits UNIT: the paths that it may write, and its one capability. Of two lines EL 7 takes the first, later systemd both.
limits() {
    grep -qx 'CapabilityBoundingSet=CAP_NET_ADMIN' "$scratch/$1" && grep -qx 'NoNewPrivileges=yes' "$scratch/$1" &&
        differ 'ProtectSystem=full
ProtectSystem=strict
ReadOnlyPaths=/run
ReadWriteDirectories=-/etc/iproute2 -/etc/sysconfig/network-scripts
ReadWritePaths=-/run/eni-routes -/var/lib/eni-routes' "$(grep -E '^(Protect(System)|ReadOnly|ReadWrite)' "$scratch/$1")"
}
# Root may have systemd do anything. No EL 7 has the word: its systemd passes over it.
unreachable() { grep -qx "InaccessiblePaths=$2" "$scratch/$1"; }
# What is forbidden is refused: a library that asks for it goes on, where it would be killed (SIGSYS).
refused() { grep -qx 'SystemCallErrorNumber=EPERM' "$scratch/$1"; }
check 'every line of the timer is known to systemd' verified eni-routes-refresh.timer
# The metadata is asked by HTTP: that costs two tenths.
for both in eni-routes-watch.service:20 eni-routes-refresh.service:24 eni-routes-plug@.service:24; do
    name=${both%:*}
    check "$name: every line is known to systemd" verified "$name"
    check "$name: exposure is at most ${both#*:} of 100" hardened "$name" "${both#*:}"
    check "$name: has one capability, and writes where it must" limits "$name"
    check "$name: a system call that is forbidden is no death" refused "$name"
    check "$name: nothing that EL 7 would misread" fails misread_by_el7 "$name"
done
check 'the watch reaches neither systemd nor the bus' unreachable eni-routes-watch.service \
    '-/run/systemd/private -/run/dbus -/run/udev/control -/dev/shm'
for unit in eni-routes-refresh.service eni-routes-plug@.service; do
    check "$unit reaches the bus, and systemd not directly" unreachable "$unit" '-/run/systemd/private -/run/udev/control -/dev/shm'
done
check 'the watch is started again, however often it failed' \
    differ $'Restart=on-failure\nRestartSec=2\nStartLimitInterval=0' "$(grep -E '^(Restart|StartLimit)' "$scratch/eni-routes-watch.service")"
check 'a refresh that changes nothing leaves nothing in the journal, and what it prints is kept' \
    differ $'SyslogLevel=notice\nLogLevelMax=notice' "$(grep -E '^(Syslog|Log)Level' "$scratch/eni-routes-refresh.service")"
# By hand it ends what `regenerate --confirm` holds, and makes the change again that was undone.
by_hand() { grep -hE '^Exec[A-Za-z]*=.* regenerate' "$scratch"/*.service | grep -v -- ' --unattended'; }
check 'no unit regenerates as if by hand' fails by_hand
check 'the watch cannot reach the internet' \
    grep -qx 'RestrictAddressFamilies=AF_NETLINK AF_UNIX' "$scratch/eni-routes-watch.service"
done_testing
