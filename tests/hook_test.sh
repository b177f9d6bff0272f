#!/bin/sh
# The dispatcher's hook against a stub in the place of the program: which actions reach it, and how.
# usage: hook_test.sh HOOK.in
set -u

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
hook=$dir/30-eni-routes
sed "s|@EVENT_PROGRAM@|$dir/event|g" "$1" >"$hook"
chmod +x "$hook"

stub() {
    printf '#!/bin/sh\nprintf "%%s|" "$#" "$@" >>%s/calls\nexit %s\n' "$dir" "$1" >"$dir/event"
    chmod +x "$dir/event"
}

number=0
failures=0
# expect NAME EXIT CALLS IFACE ACTION
expect() {
    name=$1 want_exit=$2 want_calls=$3
    shift 3
    number=$((number + 1))
    : >"$dir/calls"
    (cd / && env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$hook" "$@")
    got_exit=$?
    if [ "$got_exit" = "$want_exit" ] && [ "$(cat "$dir/calls")" = "$want_calls" ]; then
        echo "ok $number - $name"
    else
        failures=$((failures + 1))
        echo "not ok $number - $name: exit $got_exit, calls '$(cat "$dir/calls")'"
    fi
}

stub 0
for action in pre-up up down dhcp4-change dhcp6-change reapply; do
    expect "$action reaches the program" 0 "2|eth1|$action|" eth1 $action
done
for action in pre-down vpn-up vpn-down hostname connectivity-change device-add dns-change ''; do
    expect "'$action' does not" 0 '' eth1 "$action"
done
expect 'connectivity-change comes without an interface' 0 '' '' connectivity-change
expect 'a name with spaces stays one word' 0 '2|eth1 $(reboot);|up|' 'eth1 $(reboot);' up
stub 1
expect 'its failure is passed on' 1 '2|eth1|up|' eth1 up
rm "$dir/event"
expect 'no program, no failure: it was just uninstalled' 0 '' eth1 up
echo "1..$number"
[ "$failures" = 0 ]
