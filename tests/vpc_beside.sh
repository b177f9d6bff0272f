#!/bin/bash
# Others at work on the same host. Those who read our files (NetworkManager-dispatcher-routing-rules, beside our hook
# or long after it, and initscripts): no rule is there twice, none is left over, also where the kernel lets duplicates in.
# Those with rules and tables of their own (nm-cloud-setup, ec2-net-utils, amazon-vpc-cni): both do their work, and
# theirs stays as it was.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

rules4() { host sh -c 'ip rule | sed "s/ proto [^ ]*//"'; }
rules() { host sh -c '{ ip rule; ip -6 rule; } | sed "s/ proto [^ ]*//"'; }
rules_of_eth1() { rules | grep -w -e eth1 -e 10001; }
every_flow() { vpc matrix; }

# ---- Those who read our files ---------------------------------------------------------------------

# EL7's kernel takes a rule that is there already. This one does where the protocol differs, which nobody looks at.
as_on_el7=(-e 's/rule add/& protocol 99/')
slowly=(-e 's/^interface=/sleep 1; &/')

down_and_up() {
    down eth1 >"$seen"
    vpc settle
    check "$1: down leaves no rule of its" same '' rules_of_eth1
    check "$1: nor a route" same '' host sh -c 'ip route show table eth1; ip -6 route show table eth1'
    check "$1: up again" up eth1
    check "$1: both answer as soon as nmcli returns" elastic_ips_answer
    vpc settle
    check "$1: every rule is there once" unchanged "$wanted4" rules4
    check "$1: and IPv6's" eventually unchanged "$wanted" rules
    check "$1: nothing is left to do" eventually nothing_left
}

# As ifup-routes and ifdown-routes do it: initscripts add|del INTERFACE.
# shellcheck disable=SC2016
initscripts() {
    host bash -c '
        verb=$1 interface=$2 protocol=$3
        for kind in route route6 rule rule6; do
            file=/etc/sysconfig/network-scripts/$kind-$interface family=-4
            [ -e "$file" ] || continue
            [ "$kind" = "${kind%6}" ] || family=-6
            { cat "$file"; echo; } | while read -r line; do
                [[ $line =~ ^[[:space:]]*(\#.*)?$ ]] && continue
                [[ $verb-$kind = add-rule* ]] && line="$line protocol $protocol"
                ip $family ${kind%6} $verb $line
            done
        done' initscripts "$@" >"$seen" 2>&1
    return 0 # what is there already, or is gone already, is refused, and it does not care
}

# The dispatcher runs no hook that is not executable: a late event would be a look in the middle.
hook() {
    host chmod "$1" /etc/NetworkManager/dispatcher.d/30-eni-routes /etc/NetworkManager/dispatcher.d/pre-up.d/30-eni-routes
    vpc settle
}

by_initscripts() {
    local name=$1
    hook a-x
    initscripts del eth1
    host sh -c 'ip route flush table eth1; ip -6 route flush table eth1'
    check "$name: ifdown-routes leaves no rule of eth1" same '' rules_of_eth1
    initscripts add eth1 99
    check "$name: ifup-routes alone: both answer" elastic_ips_answer
    check "$name: every rule is there once" unchanged "$wanted" rules
    check "$name: a look" regenerate
    check "$name: every rule is still there once" unchanged "$wanted" rules
    initscripts add eth1 98
    check "$name: a second ifup lets duplicates in" fails unchanged "$wanted" rules
    regenerate >"$seen"
    check "$name: a look takes them off" unchanged "$wanted" rules
    check "$name: nothing is left to do" nothing_left
    initscripts add eth1 97
    initscripts del eth1
    host sh -c 'ip route flush table eth1; ip -6 route flush table eth1'
    regenerate >"$seen"
    check "$name: after ifup twice and ifdown once: each rule once" unchanged "$wanted" rules
    check "$name: all answer" elastic_ips_answer
    hook a+x
}

# Twins of all rules, the suppress rule's too.
twins() {
    host sh -c 'for family in -4 -6; do
        ip $family rule | sed -n "s/ proto .*//; s/^\(2[0-9]*\):[[:space:]]*\(.*\)/\2 priority \1/p" | while read -r rule; do
            ip $family rule add $rule protocol 99 && ip $family rule add $rule protocol 98
        done
    done'
    check 'twins of every rule are in the kernel' fails unchanged "$wanted" rules
    check 'a look takes them off' prints 'rules deleted' regenerate
    check 'and leaves one of each' unchanged "$wanted" rules
    check 'and every flow' every_flow
    twin='from 10.0.2.0/24 iif lo table eth1 priority 20101 protocol 99'
    # shellcheck disable=SC2086
    host ip rule add $twin
    host eni-routes event eth0 dhcp4-change
    check 'so does an event' unchanged "$wanted" rules
}

# ---- Those with rules and tables of their own -----------------------------------------------------

# What is not ours, in the kernel and on the disk.
theirs() {
    host sh -c 'ip rule | grep -v -e "^2[0-9]*:"; for table in 3 10001 30200 30201 30202 30400 30401 30402; do
        ip route show table $table 2>/dev/null | grep -v "proto eni-routes" | sed "s/^/$table: /"; done'
}

# Its numbers: 30200+i its subnet, 30350 main without its defaults, 30400+i its default.
nm_cloud_setup() {
    host sh -c '
        each() {
            ip route add $3 dev $2 scope link metric 10 table $((30200 + $1))
            ip route add default via $4 dev $2 metric 10 table $((30400 + $1))
            ip rule add from $5 lookup $((30200 + $1)) priority $((30200 + $1))
            ip rule add from $5 lookup $((30400 + $1)) priority $((30400 + $1))
        }
        each 0 eth0 10.0.0.0/24 10.0.0.1 10.0.0.29
        each 1 eth1 10.0.2.0/24 10.0.2.1 10.0.2.37
        each 2 eth2 10.0.3.0/24 10.0.3.1 10.0.3.38
        ip rule add lookup main suppress_prefixlength 0 priority 30350'
}

# 1.x: no priority, so the one before main's; 2.x: the table's number. Either: a default and the subnet.
ec2_net_utils() {
    host sh -c 'ip route add default via 10.0.2.1 dev eth1 table 10001
        ip route add 10.0.2.0/24 dev eth1 proto kernel scope link src 10.0.2.37 table 10001'
    host ip rule add from 10.0.2.37 lookup 10001 ${1:+priority "$1"}
}

# with_others NAME [RESTORE-CMD]: whatever is done, theirs stays, and every flow is in order. RESTORE-CMD does again
# what goes with a link that goes down.
with_others() {
    local them restore=${2:-true}
    them=$(theirs)
    check_not "$1 alone does not do for every flow" every_flow
    check "$1: a look" regenerate
    check "$1: every flow" every_flow
    check "$1: theirs is what it was" unchanged "$them" theirs
    down eth0 >"$seen"
    vpc settle
    up eth0 >"$seen"
    vpc settle
    "$restore" >"$seen" 2>&1
    check "$1, eth0 down and up: every flow" eventually every_flow
    check "$1, eth0 down and up: theirs is what it was" unchanged "$them" theirs
    check "$1, eth0 down and up: nothing is left to do" eventually nothing_left
    host eni-routes clean >"$seen"
    check "$1, clean: ours is gone" same '' host sh -c 'ip rule | grep "^2"'
    check "$1, clean: theirs is what it was" unchanged "$them" theirs
    no_others
}

no_others() {
    host sh -c 'ip rule | sed "s/:.*//" | grep -vx -e 0 -e 32766 -e 32767 | while read -r priority; do
            ip rule del priority "$priority"
        done
        for table in 3 30200 30201 30202 30400 30401 30402 10001; do ip route flush table $table; done' >"$seen" 2>&1
}

# A pod of a node: its address is the interface's in the cloud's eyes, its routes are the plug-in's. The interface's
# subnet is taken out of main.
amazon_vpc_cni() {
    host sh -c '
        ip netns add pod
        ip link add enipod type veth peer name eth0 netns pod
        ip link set enipod up
        ip -n pod address add 10.0.3.100/32 dev eth0
        ip -n pod link set eth0 up
        ip -n pod route add 169.254.1.1 dev eth0 scope link
        ip -n pod route add default via 169.254.1.1
        ip -n pod neighbour add 169.254.1.1 lladdr $(cat /sys/class/net/enipod/address) dev eth0
        sysctl -q -w net.ipv4.ip_forward=1
        ip route add 10.0.3.100 dev enipod scope link
        ip route add 10.0.3.1 dev eth2 scope link table 3
        ip route add default via 10.0.3.1 dev eth2 table 3
        ip route del 10.0.3.0/24 dev eth2
        ip rule add to 10.0.3.100 lookup main priority 512
        ip rule add fwmark 0x80/0x80 lookup main priority 1024
        ip rule add from 10.0.3.100 lookup 3 priority 1536'
    vpc router nft 'add element bridge vpc own4 { "host.eth2" . 10.0.3.100 }'
    vpc router bash "$source_dir/tools/vpc.d/router.sh" give_elastic 10.0.3.100 198.51.100.20
    vpc router ip neighbour replace 10.0.3.100 lladdr "$(host cat /sys/class/net/eth2/address)" dev subnet2
}

pod_answers() { vpc client ping -n -q -c 1 -W 1 198.51.100.20; }

# It takes the subnet out of main for IPv4; by IPv6 the neighbours there are reached by eth2, which is not ours.
every_other_flow() { vpc matrix --without 'eth2|neighbour2.*IPv6|IPv6.*neighbour2'; }

beside_the_cni() {
    local them
    regenerate >"$seen"
    check 'before the CNI: eth2 is managed' prints 'lookup eth2' host ip rule
    amazon_vpc_cni
    them=$(theirs)
    check 'CNI, before a look: its pod answers' pod_answers
    check 'CNI: a look' prints 'eth2: amazon-vpc-cni routes its pods by this interface: left to it' regenerate
    check 'CNI: no rule names eth2' same '' host sh -c '{ ip rule; ip -6 rule; } | grep -e eth2 -e 10002'
    check 'CNI: nor is it in our group' prints 'group default' host ip link show eth2
    check 'CNI: it has no files' exits 2 host ls /etc/sysconfig/network-scripts/rule-eth2
    check 'CNI: its pod answers' pod_answers
    check 'CNI: every flow of the others' every_other_flow
    check 'CNI: theirs is what it was' unchanged "$them" theirs
    down eth1 >"$seen"
    vpc settle
    up eth1 >"$seen"
    vpc settle
    check 'CNI, eth1 down and up: its pod answers' pod_answers
    check 'CNI, eth1 down and up: every flow of the others' eventually every_other_flow
    check 'CNI, eth1 down and up: theirs is what it was' unchanged "$them" theirs
    check 'CNI, eth1 down and up: nothing is left to do' eventually nothing_left
    host eni-routes clean >"$seen"
    check 'CNI, clean: theirs is what it was' unchanged "$them" theirs
}

begin 3
vpc install "$1"
up eth1 >"$seen"
up eth2 >"$seen"
vpc settle
check 'at first: every flow' eventually every_flow
check 'at first: nothing is left to do' eventually nothing_left
wanted=$(rules) wanted4=$(rules4)
install_stock_script
down_and_up 'the stock script beside the hook'
install_stock_script "${slowly[@]}"
down_and_up 'the stock script after the hook'
remove_stock_script
by_initscripts 'initscripts'
twins

host sh -c 'echo "suppress: off" >/etc/eni-routes/config.yaml'
regenerate >"$seen"
wanted=$(rules) wanted4=$(rules4)
install_stock_script "${as_on_el7[@]}"
down_and_up 'EL7, the stock script beside the hook'
down_and_up 'EL7, the same once more'
install_stock_script "${as_on_el7[@]}" "${slowly[@]}"
down_and_up 'EL7, the stock script after the hook'
down_and_up 'EL7, the same once more'
check 'the stock script did run' prints 'pre-up.d/10-ifcfg-rh-routes.sh.*complete' vpc log dispatcher
remove_stock_script
by_initscripts 'EL7, initscripts'

host sh -c ': >/etc/eni-routes/config.yaml; eni-routes clean' >"$seen"
nm_cloud_setup
with_others nm-cloud-setup nm_cloud_setup
ec2_net_utils
with_others 'ec2-net-utils 1'
ec2_net_utils 10001
with_others 'ec2-net-utils 2'
beside_the_cni
done_testing
