#!/bin/sh
# The dispatcher's hook: how it hands an event on, to a stub in the place of the program, and which events the program itself
# passes over.
# usage: hook_test.sh HOOK.in EVENT_PROGRAM
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

by='' number=0
failures=0
# expect NAME EXIT CALLS IFACE ACTION
expect() {
    name=$1 want_exit=$2 want_calls=$3
    shift 3
    number=$((number + 1))
    : >"$dir/calls"
    (cd / && env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin ${by:+"$by"} "$hook" "$@")
    got_exit=$?
    if [ "$got_exit" = "$want_exit" ] && [ "$(cat "$dir/calls")" = "$want_calls" ]; then
        echo "ok $number - $name"
    else
        failures=$((failures + 1))
        echo "not ok $number - $name: exit $got_exit, calls '$(cat "$dir/calls")'"
    fi
}

stub 0
expect 'the program is run with the interface and the action' 0 "3|$hook|eth1|pre-up|" eth1 pre-up
expect 'an event without an interface' 0 "3|$hook||connectivity-change|" '' connectivity-change
expect 'a name with spaces stays one word' 0 "3|$hook|eth1 \$(reboot);|up|" 'eth1 $(reboot);' up
by=/bin/sh
expect 'by sh it is the same' 0 "3|$hook|eth1|up|" eth1 up
by=''
stub 1
expect 'its failure is passed on' 1 "3|$hook|eth1|up|" eth1 up

# The program itself, which has nothing to do with these.
ln -sf "$(readlink -f "$2")" "$dir/event"
for action in pre-down vpn-up vpn-down hostname connectivity-change device-add dns-change ''; do
    expect "'$action' is passed over" 0 '' eth1 "$action"
done
expect 'so is an event without an interface' 0 '' '' connectivity-change
expect 'a name that no interface can have is refused' 2 '' '../eth1' up
echo "1..$number"
[ "$failures" = 0 ]
