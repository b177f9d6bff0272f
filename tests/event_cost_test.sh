#!/bin/bash
# What an event costs before it does anything, which NetworkManager may be waiting for: the libraries that it loads, and the
# instructions of a run that changes nothing. Instructions are the same on a slow machine and on a busy one.
# usage: event_cost_test.sh EVENT_PROGRAM COMMAND_PROGRAM yes|no CEILING PERCENT
#        (whether libstdc++ is linked in; for a small host; of what `ip` takes to print many rules and routes)
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
needs_root
if [ "$1" != --inside ]; then
    exec unshare --mount --net --propagation private -- "$0" --inside "$(readlink -f "$1")" "$(readlink -f "$2")" "${@:3}"
fi
event=$2 command=$3 has_static_runtime=$4 ceiling=$5 percent=$6

# prints PATTERN CMD...: whatever its exit status.
prints() {
    local said
    said=$("${@:2}") || :
    grep -E -- "$1" <<<"$said"
}

# ---- Libraries ------------------------------------------------------------------------------------------------------------

# glibc before 2.34 has threads in a library of their own.
allowed='libnl-3\.so\.200|libc\.so\.6|ld-linux[-a-z0-9_]*\.so\.[12]|libpthread\.so\.0'
[ "$has_static_runtime" = yes ] || allowed="$allowed|libstdc\\+\\+\\.so\\.6|libgcc_s\\.so\\.1|libm\\.so\\.6"
needed() { readelf --dynamic "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p'; }
others_of() { needed "$1" | grep -vE "^($allowed)$"; }
only_allowed() { ! others_of "$event"; }
check 'the hook program loads libnl and the C library alone' only_allowed
check 'and is shown to load something' test "$(needed "$event" | wc -l)" -ge 2
would_be_found() { others_of "$command" | grep -q '^libglib-2\.0\.so\.0$'; }
check 'another library would be found' would_be_found
loads_none_later() { ! nm --dynamic --undefined-only "$event" | grep -w dlopen; }
check 'nor does it load one later' loads_none_later

# ---- Instructions ---------------------------------------------------------------------------------------------------------

mount -t tmpfs tmpfs /run
cp -a /etc /run/etc
mount --bind /run/etc /etc
scripts=/etc/sysconfig/network-scripts
rm -rf /etc/eni-routes /etc/iproute2/rt_tables.d "$scripts"
mkdir -p /etc/eni-routes /etc/iproute2/rt_tables.d "$scripts"
cp "$source_dir/data/config.yaml" /etc/eni-routes
ip link set lo up
echo 0 >/proc/sys/net/ipv6/conf/default/dad_transmits
for number in 0 1; do
    ip link add "eth$number" type veth peer name "peer$number"
    ip link set "peer$number" addrgenmode none up
    ip link set "eth$number" addrgenmode none up
    ip address add "10.$number.0.10/16" dev "eth$number"
    ip address add "2001:db8:$number::10/64" dev "eth$number" nodad
    ip route add default via "10.$number.0.1" dev "eth$number" metric "$((100 + number))"
    echo "DEVICE=eth$number" >"$scripts/ifcfg-eth$number"
done

# instructions PROGRAM [ARG...]: how many a run takes, all of the loader's too; its standard error is none of ours. Meson has
# malloc fill what it gives (MALLOC_PERTURB_), which is as much again.
instructions() {
    env -u MALLOC_PERTURB_ valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null | sed -n 's/^.*Collected : \([0-9]*\)$/\1/p'
}
"$event" eth1 up 2>/dev/null
check 'the first run did it' prints 'from 10\.1\.0\.0/16 iif lo lookup eth1' ip rule
says_nothing() { [ -z "$("$event" eth1 up 2>&1)" ]; }
check 'the second says nothing' says_nothing
count=$(instructions "$event" eth1 up)
echo "# an event that changes nothing: $count instructions, at most $ceiling; ip rule: $(instructions ip rule)"
is_below() { [ "$count" -gt 100000 ] && [ "$count" -le "$ceiling" ]; }
check 'a run that changes nothing takes no more instructions than it may' is_below

# By a configuration that says something the same, once it is known.
echo 'table_base: 20000' >/etc/eni-routes/config.yaml
"$event" eth1 up 2>/dev/null
check 'a configuration that is new is read' prints 'lookup eth1' ip rule
check 'with its tables' prints '^default via 10\.1\.0\.1' ip route show table 20001
count=$(instructions "$event" eth1 up)
echo "# by a configuration that is known: $count instructions"
check 'and a known one costs little more' is_below
echo 'table_base: perhaps' >/etc/eni-routes/config.yaml
refused() { "$event" eth1 up 2>&1; }
check 'a wrong one is refused, with its place' prints "config.yaml:1:13: table_base must be a whole number" refused
status_of_wrong() { "$event" eth1 up 2>/dev/null; [ $? = 3 ]; }
check 'and with the exit status for it' status_of_wrong

# ---- With many rules ------------------------------------------------------------------------------------------------------

# addresses VERB: 370 more of each interface.
addresses() {
    for number in 0 1; do
        for ((i = 0; i < 370; i++)); do echo "address $1 10.$number.$((i / 200 + 1)).$((i % 200 + 1))/16 dev eth$number"; done
    done | ip -batch -
}
printf 'match: address\nfiles: none\n' >/etc/eni-routes/config.yaml
addresses add
"$event" eth1 up 2>/dev/null
check 'each address has a rule' test "$(ip rule | grep -c 'from 10\.[01]\.[0-9.]* iif lo lookup')" = 742
check 'and a second run nothing to do' says_nothing
count=$(instructions "$event" eth1 up)
printed=$(($(instructions ip rule) + $(instructions ip route show table all)))
echo "# with 742 rules: $count instructions, at most $percent % of what \`ip rule; ip route show table all\` takes: $printed"
costs_no_more() { [ "$count" -gt 1000000 ] && [ "$count" -le "$((printed * percent / 100))" ]; }
check 'it costs hardly more than to print what is there' costs_no_more
addresses del

# ---- Beside many routes of others -----------------------------------------------------------------------------------------

cp "$source_dir/data/config.yaml" /etc/eni-routes
for number in 0 1; do ip route add default via "fe80::$number" dev "eth$number" metric "$((100 + number))"; done
"$event" eth1 up 2>/dev/null
count=$(instructions "$event" eth1 up)
for ((i = 0; i < 20000; i++)); do echo "route add 172.16.$((i / 250)).$((i % 250)) dev eth0 table 77"; done | ip -batch -
"$event" eth1 up 2>/dev/null
check 'that there are many routes which it does not need is remembered' prints '^unneeded_routes=16384$' \
    cat /run/eni-routes/state
beside=$(instructions "$event" eth1 up)
echo "# beside 20,000 routes of others: $beside instructions; without them: $count"
costs_little_more() { [ "$beside" -le "$((count * 3 / 2))" ]; }
# Where the kernel tells of one table alone (4.20) it says of one that is not there that it is not.
[[ $(ip route show table 78 2>&1) != *'does not exist'* ]] || check 'and then they are not read' costs_little_more
ip rule add to 172.16.1.1 lookup 77 priority 30000
"$event" eth1 up 2>/dev/null
check 'those that a rule leads to are heeded' prints 'to 172\.16\.1\.1 goto 30000' ip rule
ip rule del to 172.16.1.1 lookup 77 priority 30000
"$event" eth1 up 2>/dev/null
ip route add 172.17.0.0/16 dev eth0 table 10002
ip link add eth2 type veth peer name peer2
ip link set peer2 addrgenmode none up
ip link set eth2 addrgenmode none up
ip address add 10.2.0.10/16 dev eth2
ip route add default via 10.2.0.1 dev eth2 metric 102
"$event" eth2 up 2>/dev/null
check 'a new interface gets no table that another uses' prints '^default via 10\.2\.0\.1' ip route show table 10003
check 'nor is that one touched' test "$(ip route show table 10002)" = '172.17.0.0/16 dev eth0 scope link '
check 'after which nothing is left to do' says_nothing
done_testing
