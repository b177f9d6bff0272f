#!/bin/bash
# Basic mode, as on RHEL 7's kernel: the rules and the table read like the recipe, and do their work.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

export VPC_IPV6=no
begin 2
vpc install "$1"
host sh -c 'echo "suppress: off" >/etc/eni-routes/config.yaml'
up eth1 >"$seen"
check 'both Elastic IPs answer' elastic_ips_answer
vpc settle
check 'ip rule reads like the recipe' same '0: from all lookup local
20000: from all lookup eni-others
20100: from 10.0.0.0/24 lookup eth0
20101: from 10.0.2.0/24 lookup eth1
25101: from all to 10.0.2.0/24 lookup eth1
32766: from all lookup main
32767: from all lookup default' host ip rule
check "the other's table" same 'default via 10.0.2.1 dev eth1 proto eni-routes src 10.0.2.37
10.0.2.0/24 dev eth1 proto eni-routes scope link src 10.0.2.37' host ip route list table eth1
check "the holder's table" same '10.0.0.0/24 dev eth0 proto eni-routes scope link src 10.0.0.29
10.0.2.0/24 via 10.0.0.1 dev eth0 proto eni-routes' host ip route list table eth0
check 'rule-eth1 is the recipe' same 'from 10.0.2.0/24 table eth1 priority 20101
to 10.0.2.0/24 table eth1 priority 25101' host grep -v '^#' /etc/sysconfig/network-scripts/rule-eth1
check 'no link is in a group' same '' host sh -c 'ip -d link | grep -o "group 10000"'
check 'nothing to do' nothing_to_do

# ---- What comes after the last event ------------------------------------------------------------------

host sysctl -q -w net.ipv4.ip_forward=1
host eni-routes watch >"$seen.watch" 2>&1 &
check 'the watch runs' eventually prints 'runs, process' host eni-routes status
vpc add docker pod vips nat
check 'with the watch it reaches all, and all reach it' eventually vpc matrix --without published
check 'table eni-others is the suppress rule by hand' same '172.17.0.0/16 dev docker0 proto eni-routes scope link src 172.17.0.1
192.168.77.2 dev calipod proto eni-routes scope link
blackhole 192.168.77.0/26 proto eni-routes' host sh -c 'ip route show table eni-others | LC_ALL=C sort'
vpc add aggregate
check 'what leaves by an ENI is thrown out of a wider one' eventually same 'throw 10.0.0.0/24 metric 100
throw 10.0.2.0/24 metric 101' host sh -c 'ip route show table eni-others type throw | sed "s/ proto eni-routes//"'
check 'and no flow is lost' vpc matrix --without published
vpc remove aggregate pod vips nat docker
host sysctl -q -w net.ipv4.ip_forward=0
host pkill -TERM eni-routes-watc || true
regenerate >"$seen"

# ---- Another configuration ----------------------------------------------------------------------------

host sh -c 'echo "suppress: auto" >/etc/eni-routes/config.yaml'
check 'the other way is a change of the configuration' prints 'suppress_prefixlength' regenerate
check 'both answer' elastic_ips_answer
check 'nothing to do' nothing_to_do
host sh -c 'echo "{suppress: off, priority_base: 15000, table_base: 700}" >/etc/eni-routes/config.yaml'
check 'other numbers' prints 'from 10.0.2.0/24 table eth1 priority 15101' regenerate
check 'what the old ones made is gone' same '0: from all lookup local
15000: from all lookup eni-others
15100: from 10.0.0.0/24 lookup eth0
15101: from 10.0.2.0/24 lookup eth1
20101: from all to 10.0.2.0/24 lookup eth1
32766: from all lookup main
32767: from all lookup default' host ip rule
check 'nor is a table left' same '' host ip route show table 10001
check 'both answer' elastic_ips_answer
done_testing
