#!/bin/bash
# A boot in which yesterday's files were applied, by the stock script, before the hook ran.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

begin 2
vpc install "$1"
up eth1 >"$seen"
vpc settle
check 'yesterday: both answer' elastic_ips_answer
check 'yesterday: IPv6 is there as well' eventually host grep -q 2001:db8:1 /etc/sysconfig/network-scripts/rule6-eth1
vpc settle
rules=$(host sh -c 'ip rule; ip -6 rule') kept=$(times)

install_stock_script
vpc reboot
vpc settle
check 'the stock script ran' prints 'pre-up.d/10-ifcfg-rh-routes.sh.*complete' vpc log dispatcher
check 'both answer' elastic_ips_answer
check 'every rule is there once' eventually unchanged "$rules" host sh -c 'ip rule; ip -6 rule'
check 'nothing is left to do' nothing_to_do
check 'no file was written' unchanged "$kept" times

down eth1 >"$seen"
vpc settle
check 'down leaves no rule of its' same '' host ip rule show table eth1
up eth1 >"$seen"
vpc settle
check 'up again: every rule once' eventually unchanged "$rules" host sh -c 'ip rule; ip -6 rule'
check 'both answer' elastic_ips_answer

# With the program away, the files alone do for a boot. The stock script runs at pre-up only: where IPv6 was there
# before IPv4 it comes too early for the routes, and nothing but the hook puts that right.
host nmcli connection modify eth1 ipv4.may-fail no
host sh -c 'rm /usr/libexec/eni-routes-event'
vpc reboot
vpc settle
check "without the hook: the second Elastic IP answers by yesterday's files" elastic_ips_answer
done_testing
