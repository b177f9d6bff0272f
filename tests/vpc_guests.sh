#!/bin/bash
# Addresses of an ENI that live behind the host: in a container, a virtual machine. What is sent from them leaves by that
# ENI, in both modes, with the watch and without, after a reboot; and nothing takes them away.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

export VPC_IPV6=no
begin 2
vpc install "$1"
configure() { host sh -c 'printf "%s\n" "$@" >/etc/eni-routes/config.yaml' configure "$@"; }
all_flows() { vpc matrix --without published; }
address_missing() { findings | grep address-missing; }
rules_of_guest() { host sh -c 'ip rule | grep "10\.0\.2\.50"'; }
guest_rule='20101: from 10.0.2.50 lookup eth1'

up eth1 >"$seen"
vpc assign 1 10.0.2.50 203.0.113.200
vpc add docker
host sysctl -q -w net.ipv4.ip_forward=1
vpc add guest
vpc settle

# ---- As EC2 says --------------------------------------------------------------------------------------

for mode in auto off; do
    configure "suppress: $mode"
    check "suppress: $mode: regenerate" regenerate
    check "suppress: $mode: every flow, those of the guest among them" all_flows
    check "suppress: $mode: its rule is for whoever sends" same "$guest_rule" rules_of_guest
    check "suppress: $mode: nothing is left to do" nothing_to_do
    check "suppress: $mode: check does not advise to take it away" \
        prints '^note address-behind-host eth1 10.0.2.50$' findings
    check "suppress: $mode: it says where it is" \
        prints '^10.0.2.50 (203.0.113.200) is assigned to it in EC2, and main leads to it behind this host$' \
        findings text
    check "suppress: $mode: nor find anything else of it" same '' address_missing
    down eth1 >"$seen"
    up eth1 >"$seen"
    vpc settle
    check "suppress: $mode: after down and up" all_flows
    vpc remove guest
    regenerate >"$seen"
    check "suppress: $mode: it is gone, and so is its rule" fails rules_of_guest
    vpc add guest
    regenerate >"$seen"
done

configure 'addresses: imds'
check 'addresses: imds does not take it' regenerate
check 'addresses: imds: every flow' all_flows
check_not 'addresses: imds: the host has not got it' prints '10\.0\.2\.50/' host ip address show dev eth1
vpc remove guest
regenerate >"$seen"
check 'without the guest it is the host itself that has it' prints '10\.0\.2\.50/32' host ip address show dev eth1
vpc add guest
regenerate >"$seen"
check 'with the guest it is given back' all_flows

# ---- The watch ----------------------------------------------------------------------------------------

configure 'suppress: auto'
vpc remove guest
regenerate >"$seen"
host eni-routes watch >"$seen.watch" 2>&1 &
check 'the watch runs' eventually prints 'runs, process' host eni-routes status
vpc add guest
check 'the watch sees the guest come' eventually rules_of_guest
check 'with the watch every flow' all_flows
host pkill -TERM eni-routes-watc || true

# ---- A reboot -----------------------------------------------------------------------------------------

vpc reboot
host sysctl -q -w net.ipv4.ip_forward=1
vpc add docker guest
up eth1 >"$seen"
vpc settle
check 'after a reboot, by what EC2 said before it' all_flows

# ---- Without EC2's word -------------------------------------------------------------------------------

for mode in auto off; do
    configure 'imds: off' "suppress: $mode" 'interface: {eth1: {sources: [10.0.2.50]}}'
    check "suppress: $mode: a configured source" regenerate
    check "suppress: $mode: every flow" all_flows
    check "suppress: $mode: its rule" same "$guest_rule" rules_of_guest
done
configure 'imds: off' 'interface: {eth1: {sources: [10.0.2.0/33]}}'
check 'what is no network is refused' exits 3 regenerate
done_testing
