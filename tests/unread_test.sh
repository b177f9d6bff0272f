#!/bin/bash
# Files that cannot be read or written, against a kernel: what hangs on them stays, all else is done, and the exit status
# says so. In a network namespace with directories of its own: this machine's are not touched.
# usage: unread_test.sh ENI-ROUTES ENI-ROUTES-EVENT
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
needs_root
if [ "${1-}" != --inside ]; then
    exec unshare --net --mount -- "$0" --inside "$(readlink -f "$1")" "$(readlink -f "$2")"
fi
program=$2
event=$3

mount --make-rprivate /
for directory in /run /etc /var/lib; do mount -t tmpfs tmpfs "$directory"; done
scripts=/etc/sysconfig/network-scripts
state=/run/eni-routes/state
names=/etc/iproute2/rt_tables.d/eni-routes.conf

# fresh: a host with two interfaces and the policy.
fresh() {
    local link
    for link in eth0 eth1; do ip link delete "$link" 2>/dev/null; done
    ip rule flush
    ip rule add priority 32766 table main
    ip rule add priority 32767 table default
    rm -rf /run/eni-routes /etc/eni-routes /etc/iproute2 /etc/sysconfig /var/lib/eni-routes
    mkdir -p "$scripts" /etc/iproute2/rt_tables.d /etc/eni-routes
    echo 'imds: off' >/etc/eni-routes/config.yaml
    ip link set lo up
    for link in eth0 eth1; do
        ip link add "$link" type veth peer name "peer${link#eth}"
        ip link set "peer${link#eth}" up
        ip address add "10.0.${link#eth}.37/24" dev "$link"
        ip link set "$link" up
        ip route add default via "10.0.${link#eth}.1" metric "10${link#eth}"
        echo "DEVICE=$link" >"$scripts/ifcfg-$link"
    done
    "$event" eth1 up
}
# ends STATUS TEXT CMD...: the exit status, and what is said on the way.
ends() {
    local status=$1 text=$2 got_status=0 got
    shift 2
    got=$(timeout 10 "$@" 2>&1) || got_status=$?
    echo "$got" && echo "exit status $got_status"
    [ "$got_status" = "$status" ] && grep -qF -- "$text" <<<"$got"
}
ours() { ip rule | grep -c -e '10.0.[01].0/24' -e suppress; }
silent() { ! "$@" 2>&1 | grep -F 'nothing to do'; }
circle() { rm -f "$1" && ln -s "${1##*/}" "$1"; }
circles='Too many levels of symbolic links'

check 'the policy is there' fresh
all=$(ours)
check 'with rules of its own' test "$all" -ge 3
check 'and files' test -f "$scripts/rule-eth1" -a -f "$names" -a -f "$state"
check 'it is left in peace' ends 0 'nothing to do' "$program" regenerate

# ---- What was known before ---------------------------------------------------------------------

circle "$state"
ip rule delete pref 20101
check 'an unread state is told' ends 1 "cannot read $state: $circles" "$event" eth1 up
check 'what is missing is added' differ "$all" "$(ours)"
check 'the file is not replaced' test -L "$state"
check 'clean says why it does nothing' ends 1 "cannot read $state: $circles" "$program" clean
check 'and not that there is nothing to do' silent "$program" clean
check 'and not as a dry run' ends 1 "cannot read $state" "$program" clean --dry-run
check 'disable fails too' ends 1 "cannot read $state" "$program" disable
check 'nothing went' differ "$all" "$(ours)"
check 'nor a file' test -f "$scripts/rule-eth1" -a -f "$names"
check 'status says so' ends 1 "cannot read $state" "$program" status
check 'facts have it' ends 1 '"kind": "state"' "$program" facts
rm "$state"
check 'once it can be read all goes' ends 0 'rules deleted' "$program" clean
check 'all' differ 0 "$(ours)"

fresh
rm "$state"
mkdir "$state"
check 'a directory in its place is not absence' ends 1 "cannot read $state: it is not a regular file" "$program" clean
check 'nothing went then, either' differ "$all" "$(ours)"

# ---- Files of others, and ours -----------------------------------------------------------------

check 'again' fresh
head -c 1100000 /dev/zero >"$scripts/route-eth1"
ip rule delete pref 20101
check 'a file that is too large is told' ends 1 "$scripts/route-eth1: it is larger than 1 MiB" "$event" eth1 up
check 'the kernel is done' differ "$all" "$(ours)"
check 'the file is as it was' differ 1100000 "$(stat -c %s "$scripts/route-eth1")"
check 'check names it' ends 5 'file-unread' "$program" check --json

check 'again' fresh
circle "$scripts/ifcfg-eth1"
ip rule delete pref 20101
check 'a profile in a circle is told' ends 1 "$scripts/ifcfg-eth1: $circles" "$event" eth1 up
check 'the kernel is done' differ "$all" "$(ours)"
check 'the files of the interface stay' test -f "$scripts/rule-eth1" -a -f "$scripts/route-eth1"

check 'again' fresh
perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un($ARGV[0])) or die' "$scripts/ifcfg-x"
mkfifo "$scripts/ifcfg-y"
check 'a socket and a FIFO are no profiles' ends 0 '' "$event" eth1 up

# ---- The tables' names -------------------------------------------------------------------------

check 'again' fresh
"$program" clean >"$scratch/seen"
echo '500 eth1' >/etc/iproute2/rt_tables
check 'as people call it' ends 0 '' "$event" eth1 up
in_500() { ip -N rule | grep -F 'from 10.0.1.0/24' | grep -qF 'lookup 500'; }
check 'it is table 500' in_500
circle /etc/iproute2/rt_tables
check 'unread names are told' ends 1 "rt_tables: $circles" "$event" eth1 up
check 'and it stays table 500' in_500
mv /etc/iproute2/rt_tables.d /etc/iproute2/away
circle /etc/iproute2/rt_tables.d
check 'an unread directory is told' ends 1 "rt_tables.d: $circles" "$event" eth1 up
check 'nothing is made in its place' test -L /etc/iproute2/rt_tables.d
check 'and it stays table 500 still' in_500

# ---- What stops it -----------------------------------------------------------------------------

check 'again' fresh
circle /etc/eni-routes/disabled
ip rule delete pref 20101
check 'where it is not known whether it is off' ends 1 "/etc/eni-routes/disabled: $circles" "$event" eth1 up
check 'nothing is done' differ $((all - 1)) "$(ours)"
rm /etc/eni-routes/disabled /etc/eni-routes/config.yaml
mkfifo /etc/eni-routes/config.yaml
check 'a FIFO is no configuration' ends 1 '/etc/eni-routes/config.yaml: it is not a regular file' "$event" eth1 up
check 'nor is one by --config' ends 1 'it is not a regular file' "$program" regenerate --config /etc/eni-routes/config.yaml

# ---- A change that is to be confirmed -----------------------------------------------------------

confirmation=/run/eni-routes/confirmation
check 'again' fresh
circle "$scripts/rule-eth1"
ip rule delete pref 20101
check 'what cannot be read cannot be kept' ends 1 "cannot be kept: cannot read $scripts/rule-eth1: $circles" \
    "$program" regenerate --confirm 60
check 'nothing is changed then' differ $((all - 1)) "$(ours)"
check 'and nothing waits' fails test -e "$confirmation"

check 'again' fresh
echo 'priority_base: 12000' >>/etc/eni-routes/config.yaml
check 'a change that waits' ends 0 'unconfirmed' "$program" regenerate --confirm 2
check 'it is there' fails grep -q '^20101:' <(ip rule)
circle "$state"
undone() {
    local end=$((SECONDS + 15))
    until grep -qx 'state=undone' "$confirmation"; do
        [ "$SECONDS" -lt "$end" ] || return
        sleep 0.1
    done
}
check 'it is undone, although the state cannot be read' undone
check 'the rules are as before' grep '^20101:' <(ip rule)
check 'what is not known is told' ends 1 "but for cannot read $state: $circles" "$program" status --json

check 'again' fresh
echo 'priority_base: 12000' >>/etc/eni-routes/config.yaml
check 'another that waits' ends 0 'unconfirmed' "$program" regenerate --confirm 2
echo 'damaged' >"$confirmation"
check 'a file that is damaged is told' ends 1 "$confirmation is damaged" "$event" eth1 up
check 'and confirms nothing' undone
check 'the rules are as they were' grep '^20101:' <(ip rule)

check 'again' fresh
circle "$confirmation"
check 'status works where it is not known whether a change waits' ends 0 "cannot read $confirmation: $circles" \
    "$program" status --json
check 'but nothing is changed' ends 1 "cannot read $confirmation: $circles" "$event" eth1 up

# ---- A full disk, and a read-only one ----------------------------------------------------------

check 'again' fresh
umount -l /run
mount -t tmpfs -o nr_inodes=4 tmpfs /run # itself, the directory, the lock, and one that is taken
mkdir /run/eni-routes
: >/run/eni-routes/lock
: >/run/taken
ip rule delete pref 20101
check 'a full /run is told' ends 1 "cannot write $state: No space left on device" "$event" eth1 up
check 'and the kernel is done' differ "$all" "$(ours)"
umount -l /run
mount -t tmpfs -o ro tmpfs /run
ip rule delete pref 20101
check 'a read-only /run is told' ends 1 'Read-only file system' "$event" eth1 up
check 'and the kernel is done there' differ "$all" "$(ours)"
check 'clean takes all off' ends 1 'Read-only file system' "$program" clean
check 'from the kernel' differ 0 "$(ours)"
umount -l /run
mount -t tmpfs tmpfs /run

# ---- --root ------------------------------------------------------------------------------------

root=$scratch/root
outside=$scratch/outside
mkdir -p "$root/usr/share" "$outside/etc/iproute2" "$outside/etc/sysconfig/network-scripts" "$outside/run/eni-routes"
echo '9 outside' >"$outside/etc/iproute2/rt_tables"
echo 'locked' >"$outside/run/eni-routes/lock"
echo 'DEVICE=eth1' >"$outside/etc/sysconfig/network-scripts/ifcfg-eth1"
before=$(cd "$outside" && find . -type f -exec md5sum {} + | sort)
ln -s "$outside/etc" "$root/etc"
ln -s ../../outside/run "$root/run"
check 'a root with links out of it' ends 0 '' "$program" regenerate --root "$root"
check 'and with files' ends 0 '' "$program" disable eth1 --root "$root"
check 'they are below it' test -f "$root$outside/etc/eni-routes/disabled" -a -f "$root/outside/run/eni-routes/lock"
check 'nothing outside has changed' differ "$before" "$(cd "$outside" && find . -type f -exec md5sum {} + | sort)"

done_testing
