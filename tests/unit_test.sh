#!/bin/bash
# The watch's systemd unit, as far as systemd-analyze can tell without a systemd that runs.
# usage: unit_test.sh eni-routes-watch.service eni-routes-watch
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# As if it were installed where the build has it.
sed "s|^ExecStart=.*|ExecStart=$(readlink -f "$2")|" "$1" >"$dir/eni-routes-watch.service"
failures=0
check() {
    local name=$2
    if "${@:3}" >"$dir/seen" 2>&1; then
        echo "ok $1 - $name"
    else
        failures=1
        echo "not ok $1 - $name"
        sed 's/^/# /' "$dir/seen"
    fi
}
# shellcheck disable=SC2317  # called by check
verified() { ! systemd-analyze verify "$dir/eni-routes-watch.service" 2>&1 | grep eni-routes-watch; }
# Of 100, the lower the better; 20 and less is what systemd calls OK.
# shellcheck disable=SC2317
hardened() { systemd-analyze security --offline=yes --threshold=20 "$dir/eni-routes-watch.service"; }
echo 1..3
check 1 'every line is known to systemd' verified
check 2 'it is hardened: exposure at most 2.0 of 10' hardened
check 3 'and has one capability' grep -qx 'CapabilityBoundingSet=CAP_NET_ADMIN' "$1"
exit "$failures"
