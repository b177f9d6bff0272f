#!/bin/bash
# eni-routes-watch in failures: what it survives, how soon it tries again, how much it says, how soon it ends, and what valgrind
# finds in it. In a network and a mount namespace of its own, without NetworkManager.
# usage: watch_test.sh BUILDDIR
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
needs_namespaces "$@"
build=$(readlink -f "$1")
watch=$build/src/eni-routes-watch
log=$scratch/log
patience=10 # seconds

finish() {
    exec 9>&-
    [ -z "${pid-}" ] || kill -KILL "$pid" 2>/dev/null
    [ -z "${holder-}" ] || kill -KILL "$holder" 2>/dev/null
    umount -l /run /etc 2>/dev/null
    rm -rf "$scratch"
}
trap finish EXIT

# ---- A host of two interfaces ----------------------------------------------------------------------------------------------

mkdir "$scratch/etc"
cp -a /etc/iproute2 /etc/passwd /etc/group "$scratch/etc/"
mount --bind "$scratch/etc" /etc && mount -t tmpfs -o mode=755 tmpfs /run &&
    mkdir -p /etc/eni-routes /etc/sysconfig/network-scripts && : >/etc/eni-routes/config.yaml || exit 1
ip link set lo up
for i in 0 1; do
    ip link add eth$i type veth peer name peer$i
    ip link set peer$i up
    ip link set eth$i up
    ip address add 10.0.$i.10/24 dev eth$i
    ip route add default via 10.0.$i.1 dev eth$i metric $((100 + i))
done

# ---- Its life ----------------------------------------------------------------------------------------------------------------

# begin_watch [COMMAND...]: by way of COMMAND.
begin_watch() {
    : >"$log"
    "$@" "$watch" >>"$log" 2>&1 &
    pid=$!
}
eventually() {
    local end=$((SECONDS + patience))
    until "$@" >/dev/null 2>&1; do
        if [ "$SECONDS" -ge "$end" ]; then
            "$@"
            cat "$log"
            return 1
        fi
        sleep 0.02
    done
}
lives() { kill -0 "$pid"; }
said() { grep -q -- "$1" "$log"; }
lines() { wc -l <"$log"; }
milliseconds() { echo $(($(date +%s%N) / 1000000)); }
rule_is_there() { ip rule | grep -q '^20101:'; }
take_rule_off() { ip rule del priority 20101; }
# takes_at_most MS CMD...: until CMD succeeds.
takes_at_most() {
    local limit=$1 begin
    shift
    begin=$(milliseconds)
    eventually "$@" || return 1
    echo "$(($(milliseconds) - begin)) ms"
    [ $(($(milliseconds) - begin)) -le "$limit" ]
}
is_gone() { ! kill -0 "$pid" 2>/dev/null; }
# ends_within MS: on SIGTERM, well.
ends_within() {
    local status=0
    kill -TERM "$pid"
    takes_at_most "$1" is_gone || return 1
    wait "$pid" || status=$?
    echo "exit status $status"
    [ "$status" = 0 ]
}
files() { prlimit --pid "$pid" --nofile="$1:1024"; }
woken() { sed -n 's/^voluntary_ctxt_switches:[[:space:]]*//p' "/proc/$pid/status"; }
# at_most N CMD...: CMD prints a number that is no larger.
at_most() {
    local limit=$1 number
    shift
    number=$("$@")
    echo "$number, at most $limit"
    [ "$number" -le "$limit" ]
}

# ---- It starts whatever fails ------------------------------------------------------------------------------------------------

# Libraries are loaded with the one descriptor that there is; it has use for more.
begin_watch prlimit --nofile=4:1024
check 'what fails while it starts is told' eventually said '; tried again'
sleep 1
check 'it lives on' lives
check 'a second later it has said so once' at_most 3 lines
files 1024
check 'when it can it begins' eventually rule_is_there
check 'and says that it works' eventually said 'works again, after'
check 'SIGTERM ends it' ends_within 1000

begin_watch prlimit --nofile=4:1024
eventually said 'tried again' >/dev/null
check 'SIGTERM ends it while it cannot start' ends_within 1000

# ---- A failure that passes, and one that does not ----------------------------------------------------------------------------

begin_watch
eventually rule_is_there
sleep 1
files 3
take_rule_off
check 'a failure at work is told' eventually said 'error: '
files 1024
check 'one that passes: repaired within a second' takes_at_most 1000 rule_is_there
check 'and told' eventually said 'works again, after'
sleep 1.2
files 3
: >"$log"
before=$(woken)
take_rule_off
sleep 8
tries() { echo $(($(woken) - before)); }
check 'one that lasts: some tries in 8 s' at_most 60 tries
check 'and some lines' at_most 4 lines
check 'it lives on' lives
check 'SIGTERM ends it between two tries' ends_within 1000
pid=

# ---- The lock ----------------------------------------------------------------------------------------------------------------

take_rule_off 2>/dev/null
mkdir -p /run/eni-routes
flock /run/eni-routes/lock sleep 60 &
holder=$!
sleep 0.3
begin_watch
sleep 0.7
check 'it waits for the lock that another holds' lives
check 'SIGTERM ends it while it waits' ends_within 1000
kill "$holder" $(pgrep -P "$holder")
wait "$holder" 2>/dev/null
holder=

# ---- Thousands of rules that are not ours, and of routes ---------------------------------------------------------------------

begin_watch
eventually rule_is_there
for i in $(seq 0 1499); do
    echo "rule add from 10.77.$((i / 256)).$((i % 256)) lookup 7700 priority $((22000 + i))"
done >"$scratch/rules"
ip -batch "$scratch/rules"
sleep 1
: >"$log"
ip route flush table 10001
repaired() { ip route show table 10001 | grep -q default && said 'ip route add default'; }
check 'with 1,500 rules of others a change is repaired' eventually repaired
sleep 1
check 'and told in some lines' at_most 60 lines
: >"$log"
ip route flush table 10001
check 'another change as well' eventually repaired
sleep 1
check 'and what has not changed is not told again' at_most 8 lines
event() { "$build/src/eni-routes-event" eth1 up 2>&1 | wc -l; }
kill -STOP "$pid"
ip route flush table 10001
check 'so is what the hook does' at_most 60 event
kill -CONT "$pid"
for i in $(seq 0 2999); do
    echo "route add 10.88.$((i / 256)).$((i % 256)) dev eth1 table 10001 protocol 206"
done >"$scratch/routes"
sleep 1
: >"$log"
ip -batch "$scratch/routes"
left_over() { ip route show table 10001 | grep -c '^10\.88\.'; }
none_left() { [ "$(left_over)" = 0 ]; }
check '3,000 routes that are left over are deleted' eventually none_left
sleep 1
check 'and told in some lines' at_most 300 lines
check 'with their number' said 'more changes; in all [0-9]* routes deleted'
check 'SIGTERM ends it' ends_within 1000
ip rule | sed -n 's/^\(22[0-9]*\):.*/rule del priority \1/p' >"$scratch/rules"
ip -batch "$scratch/rules"

# ---- Its memory --------------------------------------------------------------------------------------------------------------

if command -v valgrind >/dev/null; then
    patience=60
    begin_watch valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite
    eventually rule_is_there
    at_work() {
        local i
        for i in 1 2 3; do
            take_rule_off && eventually rule_is_there || return 1
            ip route flush table 10001
            eventually repaired || return 1
        done
        echo 'suppress: of' >/etc/eni-routes/config.yaml
        kill -HUP "$pid"
        eventually said 'the configuration is wrong' || return 1
        : >/etc/eni-routes/config.yaml
        kill -HUP "$pid"
        ip link del eth1
        eventually fails rule_is_there
    }
    check 'under valgrind it repairs, reloads, and sees an interface go' at_work
    check 'SIGTERM ends it, without an error and without a leak' ends_within 30000
    sed 's/^/# /' "$log" | grep '==' || true
else
    check 'valgrind is there: see tools/packages' false
fi
pid=
done_testing
