#!/bin/bash
# An interface goes down and comes up again and again, and no packet is lost by it: none of its own from the moment
# that `nmcli con up` returns, and at no time one of another interface. CYCLES says how often (10); what was sent and
# what came back is printed for each flow.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

cycles=${CYCLES:-10}
work='' # pings leave their figures there

# Reads what pings print, and adds it up: "SENT sent, RECEIVED received"; fails if one packet did not come back.
tally() {
    awk -v "name=$1" '/packets transmitted/ { sent += $1; received += $4 }
        /errors|duplicates|unreachable/ { strange = 1; print }
        END { printf "%s: %d sent, %d received\n", name, sent, received
              exit !sent || sent != received || strange }'
}

# One packet every 10 ms; the client waits on a pipe, so that the first leaves the moment that nmcli has returned.
first_packets() {
    local cycle waiting
    for ((cycle = 0; cycle < cycles; cycle++)); do
        { down eth1 && vpc settle; } || return
        timeout 30 "$source_dir/tools/vpc" client bash -c 'read -r _ <"$0"
            exec ping -n -q -i 0.01 -W 1 -c 25 198.51.100.11' "$work/up" >>"$work/first.$mode" &
        waiting=$!
        host bash -c 'nmcli -w 20 connection up eth1; echo >"$0"' "$work/up"
        wait "$waiting"
    done
}

# ping_until_told NAME NODE ADDRESS: each of these pings sees to its last packet, so that none is in doubt.
ping_until_told() {
    vpc at "$2" bash -c 'until [ -e "$0/stop" ]; do ping -n -q -i 0.01 -W 1 -c 50 "$1"; done' "$work" "$3" >"$work/$1.$mode" 2>&1 &
}

# IPv6 comes a second or two after nmcli has returned: every fifth time it is waited for.
cycle_eth1() {
    local cycle
    for ((cycle = 0; cycle < cycles; cycle++)); do
        down eth1 && vpc settle && up eth1 && vpc settle || return
        [ $((cycle % 5)) != 4 ] || eventually has_ipv6_rule || return
    done
}
has_ipv6_rule() { host ip -6 rule | grep -q '^20101:'; }

cycle_with_pings() {
    local status=0
    rm -f "$work/stop"
    for flow in "${flows[@]}"; do
        # shellcheck disable=SC2086
        ping_until_told $flow
    done
    eventually all_ping || status=1
    cycle_eth1 || status=1
    touch "$work/stop"
    wait
    return "$status"
}
all_ping() {
    local flow
    for flow in "${flows[@]}"; do
        grep -q transmitted "$work/${flow%% *}.$mode" || return
    done
}

try_mode() {
    local flow
    mode=$1
    check "$mode: $cycles times, eth1 comes up" first_packets
    check "$mode: it answers from the moment that nmcli returns" tally "$mode, first packets" <"$work/first.$mode"
    sed "s/^/# /" "$seen"
    check "$mode: $cycles cycles of eth1, all flows of eth0 watched" cycle_with_pings
    for flow in "${flows[@]}"; do
        flow=${flow%% *}
        check "$mode: no packet of eth0 lost: $flow" tally "$mode, $flow" <"$work/$flow.$mode"
        sed "s/^/# /" "$seen"
    done
}

begin 2
work=$(mktemp -d)
trap 'finish; rm -rf "$work"' EXIT
mkfifo "$work/up"
vpc install "$1"
vpc node neighbour0 0 200
vpc node neighbour1 1 200
up eth1 >"$seen"
vpc settle
check 'at first all answer' elastic_ips_answer

flows=('internet client 198.51.100.10' 'internet-IPv6 client 2001:db8::29'
    'subnet-of-eth0 neighbour0 10.0.0.29' 'subnet-of-eth1 neighbour1 10.0.0.29')
try_mode suppress
host sh -c 'echo "suppress: off" >/etc/eni-routes/config.yaml'
regenerate >"$seen"
unset 'flows[3]' # in basic mode this one waits for a look
try_mode basic
done_testing
