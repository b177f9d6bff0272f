#!/bin/bash
# eni-routes watch: each kind of drift is repaired at once, with the hook and without it; what it costs while nothing
# happens and in a storm; fights; and that neither its own end nor NetworkManager's loses anything.
# ROUNDS=20 is what the figures in docs/performance.md were taken with.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"
rounds=${ROUNDS:-3}
log=$seen.watch

# With the one capability that its unit leaves it.
begin_watch() { host setpriv --bounding-set=-all,+net_admin --no-new-privs /usr/libexec/eni-routes-watch >>"$log" 2>&1 & }
start_watch() {
    begin_watch
    eventually is_running
}
is_running() { prints '^ *watch  *runs, process' host eni-routes status; }
# By its number in the host: `status` says it.
number() { host eni-routes status | sed -n 's/.*watch *runs, process \([0-9]*\).*/\1/p'; }
end_watch() {
    local status=0
    host kill -"$1" "$(number)"
    wait %1 || status=$?
    echo "exit status $status"
    eventually fails is_running
    [ "$1" = KILL ] || [ "$status" = 0 ]
}
all_is_right() { host eni-routes check --quiet && nothing_left; }
drift() { host /usr/bin/python3 -I "$source_dir/tests/drift.py" "$rounds" "$1"; }
# told NAME CMD...: a check that shows what it saw also where it passes.
told() {
    check "$@"
    sed 's/^/# /' "$seen"
}

begin 3 eth2=eth1
vpc install "$1"
# NetworkManager would take off what is added to these by hand.
host sh -c 'printf "[keyfile]\nunmanaged-devices=interface-name:eth5,interface-name:eth6\n" >/etc/NetworkManager/conf.d/by-hand.conf
    nmcli general reload conf'
host nmcli connection modify eth1 ipv4.method manual ipv4.addresses 10.0.2.37/24 ipv4.gateway 10.0.2.1
up eth1 >"$seen"
up eth2 >"$seen"
vpc settle
ipv6_is_there() { [ "$(host ip -6 -o addr show scope global | grep -c ' eth')" = 3 ]; }
eventually ipv6_is_there
vpc settle

check 'status: it does not run' prints '^ *watch  *does not run' host eni-routes status
start_watch
check 'status: it runs' is_running
check 'a second one is refused, and says who runs' exits 1 host timeout 5 /usr/libexec/eni-routes-watch
check 'check: nothing undoes what it does' eventually prints '^host .*watch  *ok$' host eni-routes check
check 'all is right' eventually all_is_right

# ---- Drift

told 'each kind of drift is repaired: median under 100 ms, none over 1 s' drift suppress
check 'nothing is left to do' eventually all_is_right
check 'every flow' eventually vpc matrix
hooks() { host chmod "$1" /etc/NetworkManager/dispatcher.d/30-eni-routes /etc/NetworkManager/dispatcher.d/pre-up.d/30-eni-routes; }
hooks a-x
host sh -c 'echo "suppress: off" >/etc/eni-routes/config.yaml'
host kill -HUP "$(number)"
check 'SIGHUP: the configuration is read again' eventually same '' host sh -c 'ip rule | grep suppress_prefixlength'
told 'without the hook, in basic mode: each kind of drift is repaired' drift basic
check 'every flow' eventually vpc matrix
pid=$(number)
host sh -c 'echo "suppress: of" >/etc/eni-routes/config.yaml'
host kill -HUP "$pid"
check 'a broken configuration is told' eventually prints 'config.yaml:1:11: suppress must be auto or off' cat "$log"
host ip rule flush table 10000
check 'and the old one stays in force' eventually prints 'from 10.0.0.0/24 lookup eth0' host ip rule
host sh -c ': >/etc/eni-routes/config.yaml'
host kill -HUP "$pid"
check 'mended: the new one' eventually prints suppress_prefixlength host ip rule
# No SIGHUP: what regenerate has done by a changed configuration must not be undone by the one before.
rules() { host sh -c 'ip rule | grep -v -e "^0:" -e "^3276[67]:"'; }
host sh -c 'echo "enabled: false" >/etc/eni-routes/config.yaml'
host eni-routes regenerate >"$seen"
check 'switched off in the configuration: regenerate takes all off' same '' rules
host ip route add 10.250.0.0/24 via 10.0.0.50
sleep 1
check 'and the watch, which has been woken, does not bring it back' same '' rules
host ip route del 10.250.0.0/24
# A wrong one at the start is waited out, not died of.
end_watch TERM >"$seen"
host sh -c 'echo "suppress: of" >/etc/eni-routes/config.yaml'
begin_watch
check 'started with a wrong configuration: it says so, and waits' \
    eventually prints 'is wrong, nothing is done until it is right' cat "$log"
host sh -c ': >/etc/eni-routes/config.yaml'
check 'until it is right' eventually prints suppress_prefixlength rules
pid=$(number)
check 'without the hook: an interface down and up' down eth2
check 'its rules are gone' eventually same '' host sh -c 'ip rule | grep eth2'
up eth2 >"$seen"
check 'and come again' eventually prints 'lookup eth2' host ip rule
hooks a+x

# ---- Its own changes

looks() { grep -c ': watch: ' "$log"; }
# runs MOST CMD...: CMD is repaired in so many runs, and then it is quiet. A router advertisement is a reason for another: at
# least one of three tries is without.
runs() {
    local before try most=$1
    shift
    for try in 1 2 3; do
        before=$(looks)
        host "$@"
        eventually nothing_left
        sleep 0.5
        echo "try $try: $(($(looks) - before)) looks"
        [ "$(looks)" -gt $((before + most)) ] || return 0
        sleep 4
    done
    return 1
}
eventually ipv6_is_there
vpc settle
host sh -c 'echo "log_level: debug" >/etc/eni-routes/config.yaml'
host kill -HUP "$pid"
eventually prints ': watch: nothing to do' cat "$log"
check 'rules of its own do not wake it again' runs 1 ip rule del priority 20101
check 'nor do routes' runs 1 ip route del default table 10001
check 'nor do link groups' runs 1 ip link set eth2 group 0
sleep 1
check 'of what is flushed the first is repaired at once, and the rest together' \
    runs 2 sh -c 'ip rule flush table 10001; ip route flush table 10001'
host sh -c ': >/etc/eni-routes/config.yaml'
host kill -HUP "$pid"

# ---- Its end

vpc settle
before=$(policy)
check 'SIGTERM ends it' end_watch TERM
check 'and takes nothing off' unchanged "$before" policy
start_watch
killed_at_work() {
    local i
    for i in 1 2 3 4 5; do
        host sh -c "ip rule flush table 10000; ip route flush table 10001; sleep 0.05$i; kill -KILL $(number)"
        wait %1
        eventually fails is_running
        start_watch
        eventually all_is_right || return 1
    done
}
check 'killed in the middle of work, started again: nothing is lost' killed_at_work
vpc nm restart
vpc settle
check 'NetworkManager restarted under it: nothing is lost' eventually all_is_right
check 'every flow' eventually vpc matrix

# ---- A fight

fight() {
    local i
    for i in 1 2 3; do
        eventually host sh -c 'ip rule | grep -q "from 10.0.0.0/24 iif lo"' || return 1
        host ip rule del from 10.0.0.0/24 iif lo table 10000
    done
    eventually prints "'ip rule add from 10.0.0.0/24 iif lo table 10000 priority 20100' was undone three times" cat "$log"
}
sleep 10 # so that what was done before does not count
check 'a rule that is deleted three times: the log tells of a fight' fight
check 'check tells' prints '^warning watch-fight eth0 -$' findings
check 'and who it was' \
    prints '20100. was undone three times in ten seconds, the last time by .*process [0-9]' findings text
host ip rule del from 10.0.0.0/24 iif lo table 10000
check 'it is left so' same '' host sh -c 'sleep 1; ip rule | grep 20100:'
host ip route flush table 10001
check 'other things are repaired meanwhile' eventually prints 'default via 10.0.2.1' host ip route show table 10001
regenerate >"$seen"

# ---- A disk that cannot be written

scripts=/etc/sysconfig/network-scripts
failure="cannot write $scripts/rule-eth1: Read-only file system"
# From now on: `said` prints what the log has of it since, without what stands behind each line's cause.
mark() { marked=$(wc -l <"$log"); }
said() { tail -n "+$((marked + 1))" "$log" | grep -F -- rule-eth1 | sed 's/^eni-routes: //; s/   #.*//; s/\. While.*//'; }
mark
host sh -c "rm $scripts/rule-eth1 && mount --bind $scripts $scripts && mount -o remount,bind,ro $scripts
    ip rule flush table 10001"
check 'a read-only disk: it is said' eventually prints "$failure" said
sleep 10 # six more tries
check 'once, whatever it tries again' same "error: $failure; tried again" said
check 'the kernel has all of it' eventually prints '^20101:' host ip rule
mark
host umount "$scripts"
patience=20
check 'it can be written again: repaired' eventually host test -e "$scripts/rule-eth1"
check 'and said, with what could not be true before' eventually same "eth1: write $scripts/rule-eth1
eth1: rule-eth1 is new
works again, after: $failure" said
check 'nothing is left to do' eventually nothing_left
patience=10

# A sandbox as its unit makes it, around another watch.
end_watch TERM >"$seen"
begin_watch_in_sandbox() {
    host unshare --mount --propagation slave sh -c 'mount -o remount,bind,ro /etc
        for dir in /etc/iproute2 /etc/sysconfig/network-scripts; do mount --bind $dir $dir && mount -o remount,bind,rw $dir; done
        exec setpriv --bounding-set=-all,+net_admin --no-new-privs /usr/libexec/eni-routes-watch' >>"$log" 2>&1 &
}
begin_watch_in_sandbox
check 'in a sandbox it runs' eventually is_running
mark
host sh -c "mv $scripts $scripts.old && cp -a $scripts.old $scripts && rm $scripts/rule-eth1 && ip rule flush table 10001"
replaced() {
    local status=0
    eventually fails is_running || return 1
    wait %1 || status=$?
    echo "exit status $status"
    [ "$status" = 1 ]
}
check 'a directory is replaced under it: it ends, and fails, for systemd to start another' replaced
check 'it says why' prints "$scripts was made anew" tail -n "+$((marked + 1))" "$log"
begin_watch_in_sandbox
check 'another one writes there' eventually host test -e "$scripts/rule-eth1"
end_watch TERM >"$seen"
start_watch
check 'nothing is left to do' eventually nothing_left

# ---- What it costs

# of_process FIELD: a line of /proc/PID/status, its number.
of_process() { host sed -n "s/^$1:[[:space:]]*\([0-9]*\).*/\1/p" "/proc/$(number)/status"; }
# In hundredths of a second.
cpu_time() { host awk '{ print $14 + $15 }' "/proc/$(number)/stat"; }

vpc settle
idle() {
    local before after
    before=$(of_process voluntary_ctxt_switches)
    sleep 3
    after=$(of_process voluntary_ctxt_switches)
    echo "woken $((after - before)) times in 3 s, resident $(of_process VmRSS) KiB"
    [ "$before" = "$after" ] && [ "$(of_process VmRSS)" -le $((6 * 1024)) ]
}
told 'idle it is not woken, and keeps at most 6 MiB' eventually idle

# 10,000 changes a second for 10 s, half of them in another table, at an even pace.
storm() {
    local cpu memory
    cpu=$(cpu_time) memory=$(of_process VmRSS)
    host /usr/bin/python3 -I "$source_dir/tests/storm.py" 10000 10 || return 1
    cpu=$(($(cpu_time) - cpu))
    echo "$cpu hundredths of a second of processor time in 10 s, resident $memory KiB before and $(of_process VmRSS) KiB after"
    [ "$cpu" -lt 100 ] && [ "$(of_process VmRSS)" -le $((memory + 512)) ]
}
told 'a storm: under 10 % of a core, and no more memory' storm
check 'the policy is right afterwards' eventually nothing_left
check 'every flow' eventually vpc matrix
check 'SIGTERM ends it' end_watch TERM
rm -f "$log"
done_testing
