#!/bin/bash
# Whatever changes while the host lives, one thing after the other: NetworkManager's events, or a `regenerate` where
# it sends none, leave nothing to do, and every flow is in order. Four interfaces, two of them in one subnet; all of
# it with the suppress rule, and again in basic mode.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

router() { vpc router bash "$source_dir/tools/vpc.d/router.sh" "$@"; }
nm() { host nmcli -w 20 "$@"; }
every_flow() { vpc matrix; }
# NetworkManager may put main's routes back a moment after an address, and tells nobody: until that is seen as well.
looked() { eventually regenerated_and_nothing_left; }
regenerated_and_nothing_left() { regenerate && nothing_left; }
has_every_address() {
    [ "$VPC_IPV6" = no ] || host sh -c 'for i in 0 1 2 3; do
        ip -6 -o address show dev eth$i scope global -tentative | grep -q . || exit; done'
}
rules() { host sh -c 'ip rule; ip -6 rule'; }

# answer ELASTIC...
answer() {
    local elastic
    for elastic; do
        vpc client ping -n -q -c 1 -W 1 "198.51.100.$elastic" || return 1
    done
}

# in_order WHAT: the events were enough.
in_order() {
    vpc settle
    check "$mode: $1: every flow" eventually every_flow
    check "$mode: $1: the events left nothing to do" eventually nothing_left
}

# in_order_after_a_look WHAT: no event comes, or not with every release of NetworkManager.
in_order_after_a_look() {
    vpc settle
    eventually has_every_address
    check "$mode: $1: regenerate" looked
    check "$mode: $1: every flow" eventually every_flow
    check "$mode: $1: nothing left to do" nothing_left
}

# ---- The cloud's side: eth1's address, its lease ----------------------------------------------------

restart_dhcp() {
    vpc router sh -c 'pid=$(cat "$VPC_STATE/dnsmasq.pid"); kill "$pid"
        while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
        dnsmasq --conf-file="$VPC_STATE/dhcp.conf" --conf-dir='
}

lease_names_router() {
    vpc router sed -i "s/^\(dhcp-option=tag:subnet1,option:router\),.*/\1,10.0.2.$1/" "$state/dhcp.conf"
    restart_dhcp
}

# lease_names_address LAST: for the interface that has the lease now.
lease_names_address() {
    local mac
    mac=$(host cat /sys/class/net/eth1/address)
    vpc router sh -c "rm '$state'/leases.d/10.0.2.*; echo '$mac,10.0.2.$1,[2001:db8:1::37]' >'$state/leases.d/10.0.2.$1'"
    restart_dhcp
}

# eth1_becomes OLD NEW [NEW6]: the address's last number, for the source check, ARP, the Elastic IP, and `matrix`.
eth1_becomes() {
    vpc router nft -f - <<END
delete element bridge vpc own4 { "host.eth1" . 10.0.2.$1 }
delete element bridge vpc primary { "host.eth1" : 10.0.2.$1 }
add element bridge vpc own4 { "host.eth1" . 10.0.2.$2 }
add element bridge vpc primary { "host.eth1" : 10.0.2.$2 }
delete element ip vpc private { 198.51.100.11 }
delete element ip vpc elastic { 10.0.2.$1 }
delete element ip vpc elastic_sources { 10.0.2.$1 }
END
    router give_elastic "10.0.2.$2" 198.51.100.11
    sed -i "s/^eth1 .*/eth1 10.0.2.$2 198.51.100.11 1 ${3:-$2}/" "$state/interfaces"
}

has_address() { host ip -o address show dev eth1 | grep -q "10.0.2.$1/"; }
main_goes_by() { host ip route show default dev eth1 | grep -q "via 10.0.2.$1 "; }

# ---- What changes ---------------------------------------------------------------------------------

addresses() {
    host ip address del 10.0.2.37/24 dev eth1
    check "$mode: an address removed: regenerate" looked
    check "$mode: an address removed: nothing left to do" nothing_left
    check "$mode: an address removed: the other interfaces" answer 10 12 13
    host ip address add 10.0.2.37/24 dev eth1
    eventually main_goes_by 1 # NetworkManager puts its default back, some time later
    in_order_after_a_look 'and added again'

    second_addresses +
    vpc settle
    check "$mode: second addresses by reapply: they answer" eventually answer 20 21
    check "$mode: in the shared subnet by a rule of its own" prints 'from 10.0.3.40 .*lookup eth2' host ip rule
    in_order 'second addresses by reapply'
    second_addresses -
    vpc settle
    check "$mode: and removed: its rule as well" eventually same '' host sh -c 'ip rule | grep 10.0.3.40'
    in_order 'and removed'
}

second_addresses() {
    nm connection modify eth1 "${1}ipv4.addresses" 10.0.2.40/32
    nm connection modify eth2 "${1}ipv4.addresses" 10.0.3.40/32
    nm device reapply eth1 >"$seen"
    nm device reapply eth2 >"$seen"
}

links() {
    host ip link set eth1 down
    check "$mode: a link down: regenerate" looked
    check "$mode: a link down: the other interfaces" answer 10 12 13
    host ip link set eth1 up
    in_order 'and up'
}

leases() {
    lease_names_router 254
    check "$mode: the lease is renewed with another gateway" eventually main_goes_by 254
    in_order_after_a_look 'another gateway'
    check "$mode: another gateway: its own table has it" prints 'default via 10.0.2.254 dev eth1' host ip route show table eth1
    lease_names_router 1
    check "$mode: and renewed with the one before" eventually main_goes_by 1
    in_order_after_a_look 'the gateway before'

    # A server's refusal does not reach a client that renews; a link that comes up asks anew, and stays activated.
    lease_names_address 38
    eth1_becomes 37 38 37
    host sh -c 'ip link set eth1 down; ip link set eth1 up'
    check "$mode: the lease names another address" eventually has_address 38
    in_order 'another address'
    lease_names_address 37
    eth1_becomes 38 37
    host sh -c 'ip link set eth1 down; ip link set eth1 up'
    check "$mode: and the one before" eventually has_address 37
    in_order 'the address before'
}

primary_away() {
    check "$mode: nmcli con down eth0" down eth0
    vpc settle
    check "$mode: without eth0: the others" answer 11 12 13
    check "$mode: without eth0: nothing left to do" nothing_left
    check "$mode: nmcli con up eth0" up eth0
    check "$mode: eth0 again: all answer as soon as nmcli returns" elastic_ips_answer
    in_order 'eth0 again'
}

interface_replaced() {
    host ip link del eth1
    vpc settle
    check "$mode: eth1 deleted: the others" answer 10 12 13
    check "$mode: eth1 deleted: regenerate" looked
    check "$mode: eth1 deleted: nothing left to do" nothing_left
    check "$mode: eth1 deleted: no rule names its table" same '' host sh -c '{ ip rule; ip -6 rule; } | grep -w -e 10001 -e eth1'
    check "$mode: eth1 deleted: it has no files" exits 2 host ls /etc/sysconfig/network-scripts/rule-eth1
    eth1_becomes 37 47
    router plug_port 1 host eth1 47
    check "$mode: a new interface of the name" eventually has_address 47
    in_order 'a new eth1'

    router unplug_port 1 host eth1 47
    vpc settle
    check "$mode: eth1 detached: regenerate" looked
    check "$mode: eth1 detached: the others" answer 10 12 13
    router plug_port 1 host eth1 47
    eth1_becomes 47 37
    router unplug_port 1 host eth1 37
    router plug_port 1 host eth1 37
    check "$mode: the first one attached again" eventually has_address 37
    in_order 'the first eth1'
}

network_manager() {
    vpc nm restart
    in_order 'NetworkManager restarted'
    vpc nm stop
    check "$mode: NetworkManager stopped: nothing left to do" nothing_left
    check "$mode: NetworkManager stopped: every flow" every_flow
    host sh -c 'ip link set eth1 down; ip link set eth1 up; ip route add default via 10.0.2.1 dev eth1 metric 101'
    check "$mode: eth1 down and up without it: regenerate" looked
    check "$mode: eth1 down and up without it: all answer" elastic_ips_answer
    check "$mode: eth1 down and up without it: nothing left to do" nothing_left
    vpc nm start
    in_order 'NetworkManager started'
}

profiles() {
    nm connection add type ethernet ifname eth1 con-name static autoconnect no ipv4.method manual \
        ipv4.addresses 10.0.2.37/24 ipv4.gateway 10.0.2.1 ipv6.method auto ipv6.addr-gen-mode eui64 >"$seen"
    check "$mode: another profile" up static
    check "$mode: another profile: all answer as soon as nmcli returns" elastic_ips_answer
    in_order 'another profile'
    # Behind NetworkManager's back: it repairs main, and tells nobody.
    host sh -c 'ip link set eth1 down; ip link set eth1 up'
    check "$mode: static, link down and up: main is repaired" eventually main_goes_by 1
    in_order_after_a_look 'static, link down and up'
    check "$mode: the first profile" up eth1
    in_order 'the first profile'
    nm connection delete static >"$seen"
}

main_table() {
    nm connection modify eth1 ipv4.route-metric 50 ipv6.route-metric 50
    check "$mode: a default of lower metric by eth1" up eth1
    check "$mode: it is the one that main prefers" prints 'dev eth1' host ip route get 203.0.113.10
    in_order 'a default of lower metric by eth1'
    nm connection modify eth1 ipv4.route-metric -1 ipv6.route-metric -1
    up eth1 >"$seen"
    in_order 'and no longer'
    host ip route add default via 10.0.2.1 dev eth1 metric 5
    in_order_after_a_look 'a default of lower metric by hand'
    host ip route del default via 10.0.2.1 dev eth1 metric 5
    in_order_after_a_look 'and gone'

    vpc add docker
    in_order_after_a_look "docker's network"
    vpc remove docker
    in_order_after_a_look "docker's network gone"

    host ip route add blackhole 192.168.76.0/24
    in_order_after_a_look 'a blackhole'
    check_not "$mode: a blackhole is one for each address" host ip route get 192.168.76.1 from 10.0.2.37
    check_not "$mode: of each interface" host ip route get 192.168.76.1 from 10.0.3.39
    host ip route del blackhole 192.168.76.0/24
    in_order_after_a_look 'the blackhole gone'
}

# Everything at once, from a state in which there is something to do.
storm() {
    host sh -c '
        ip rule del priority 20101; ip rule del priority 20103; ip route flush table eth0; ip route flush table eth2
        running=""
        for round in 1 2; do
            for interface in eth0 eth1 eth2 eth3; do
                for action in down up dhcp4-change pre-up reapply; do
                    eni-routes event $interface $action & running="$running $!"
                done
            done
        done
        for one in $running; do wait $one || exit; done'
}

all_up_at_once() {
    host sh -c 'for i in 0 1 2 3; do nmcli -w 20 connection up eth$i & pids="$pids $!"; done
        for pid in $pids; do wait $pid || exit; done'
}

events() {
    local before
    check "$mode: forty events at the same time" storm
    check "$mode: forty events: nothing left to do" nothing_left
    in_order 'forty events'
    before=$(policy_and_disk)
    host eni-routes event eth1 down
    check "$mode: a down that comes late changes nothing" unchanged "$before" policy_and_disk
    host sh -c 'eni-routes event eth2 up; eni-routes event eth2 pre-up; eni-routes event eth2 up'
    check "$mode: nor does an up, thrice and in the wrong order" unchanged "$before" policy_and_disk
    down eth2 >"$seen"
    vpc settle
    before=$(policy_and_disk)
    host sh -c 'eni-routes event eth2 up; eni-routes event eth2 dhcp4-change'
    check "$mode: an up that comes late brings nothing back" unchanged "$before" policy_and_disk
    up eth2 >"$seen"
    check "$mode: four interfaces come up at the same time" all_up_at_once
    check "$mode: all answer at once" elastic_ips_answer
    in_order 'four at the same time'
}

# all_changes MODE: the VPC is there.
all_changes() {
    local at_first
    mode=$1
    vpc install "$build"
    # Leases in eth1's subnet are renewed every 3 s, the shortest that the server allows; another gateway is there.
    vpc router sh -c "echo 'dhcp-option=tag:subnet1,option:T1,3' >>'$state/dhcp.conf'
        ip address add 10.0.2.254/24 dev subnet1"
    restart_dhcp
    router give_elastic 10.0.2.40 198.51.100.20
    router give_elastic 10.0.3.40 198.51.100.21
    vpc router nft 'add element bridge vpc own4 { "host.eth1" . 10.0.2.40, "host.eth2" . 10.0.3.40 }'
    [ "$mode" = suppress ] || host sh -c 'echo "suppress: off" >/etc/eni-routes/config.yaml'
    up eth1 >"$seen"

    in_order 'at first'
    at_first=$(rules)
    for change in ${CHANGES:-addresses links leases primary_away interface_replaced network_manager profiles main_table events}; do
        "$change"
    done
    check "$mode: nothing has piled up" unchanged "$at_first" rules
}

build=$1
state=/run/eni-routes-vpc/$VPC_NAME
export VPC_IPV6=${VPC_IPV6:-yes}
begin 4 eth3=eth2
all_changes suppress
# Again, and faster: waiting for IPv6 is most of the time that this takes.
export VPC_IPV6=${BASIC_IPV6:-no}
begin 4 eth3=eth2
all_changes basic
done_testing
