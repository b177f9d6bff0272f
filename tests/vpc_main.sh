#!/bin/bash
# The main job, end to end: an interface comes up, and its Elastic IP answers.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

begin 2
check 'without it, the first Elastic IP answers' prints '198.51.100.10 .*answered' vpc ping
check 'without it, the second is lost' prints '198.51.100.11 .*LOST' vpc ping

vpc install "$1"
before=$(policy)
check 'nmcli con up' up eth1
check 'both Elastic IPs answer as soon as nmcli returns' elastic_ips_answer
check 'rp_filter is strict' same 1 host cat /proc/sys/net/ipv4/conf/all/rp_filter
vpc settle

check 'ip rule reads like the policy' same '0: from all lookup local
20000: from all lookup main suppress_prefixlength 1 suppress_ifgroup 10000
20100: from 10.0.0.0/24 iif lo lookup eth0
20101: from 10.0.2.0/24 iif lo lookup eth1
25101: from all to 10.0.2.0/24 lookup eth1
32766: from all lookup main
32767: from all lookup default' host ip rule
check 'ip route list table eth1 reads like the recipe' same \
    'default via 10.0.2.1 dev eth1 proto eni-routes src 10.0.2.37
10.0.2.0/24 dev eth1 proto eni-routes scope link src 10.0.2.37' host ip route list table eth1
check 'so does rule-eth1' same '# eni-routes: eth1
# Written by eni-routes; a change made here is lost: change /etc/eni-routes/config.yaml instead.
from 10.0.2.0/24 iif lo table eth1 priority 20101
to 10.0.2.0/24 table eth1 priority 25101' host cat /etc/sysconfig/network-scripts/rule-eth1
check 'so does route-eth1' same '# eni-routes: eth1
# Written by eni-routes; a change made here is lost: change /etc/eni-routes/config.yaml instead.
10.0.2.0/24 dev eth1 table eth1 scope link src 10.0.2.37
default via 10.0.2.1 dev eth1 table eth1 src 10.0.2.37' host cat /etc/sysconfig/network-scripts/route-eth1
check 'the primary has no files' exits 2 host ls /etc/sysconfig/network-scripts/rule-eth0
check 'IPv6 follows, by an event of its own' eventually prints 'from 2001:db8:1::/64 iif lo lookup eth1' host ip -6 rule
vpc settle

kept=$(times)
check 'regenerate finds nothing to do' nothing_to_do
check 'and touches no file' unchanged "$kept" times
check 'a second look at the same event changes nothing' same '' host eni-routes event eth1 up
check 'and touches no file either' unchanged "$kept" times

check 'nmcli con down' down eth1
vpc settle
check 'its rules are gone' same '' host ip rule show table eth1
check 'its files stay' host ls /etc/sysconfig/network-scripts/rule-eth1
check 'eth0 answers meanwhile' vpc client ping -c 1 -W 1 198.51.100.10
check 'nothing is left to do' nothing_to_do
check 'and up again' up eth1
check 'both answer again' elastic_ips_answer
vpc settle

ipv6_answers() { vpc client ping -c 1 -W 1 2001:db8::29 && vpc client ping -c 1 -W 1 2001:db8:1::37; }
check 'both IPv6 addresses answer' eventually ipv6_answers
vpc settle
for change in + -; do
    host nmcli connection modify eth1 "${change}ipv4.routes" '10.99.1.0/24 10.0.2.200'
    host nmcli device reapply eth1 >"$seen"
    vpc settle
    check "reapply ($change), which takes IPv6 down and up: nothing is left to do" eventually nothing_left
    check "reapply ($change): both IPv6 addresses answer" eventually ipv6_answers
done

vpc nm restart
vpc settle
check 'both answer after a restart of NetworkManager' elastic_ips_answer
check 'and nothing is left to do' nothing_to_do

vpc nm stop
host sh -c 'ip rule flush table eth1; ip route flush table eth1; ip link set dev eth1 group 0'
check 'regenerate works with NetworkManager stopped' prints 'ip rule add from 10.0.2.0/24' regenerate
check 'both answer' elastic_ips_answer
# NetworkManager leaves the link up. A look takes some milliseconds, the wait that it must not make 100.
down_is_believed_at_once() {
    host sh -c 'for try in 1 2 3; do
        ip address replace 10.0.2.37/24 dev eth1 && /usr/libexec/eni-routes-event eth1 up
        ip address flush dev eth1 && timeout 0.09 /usr/libexec/eni-routes-event eth1 down && exit
    done; exit 1'
}
check 'down is believed at once' down_is_believed_at_once
check 'its rules are gone by then' same '' host ip rule show table eth1
check 'clean' prints 'The next event' host eni-routes clean
check 'leaves the kernel as it was' unchanged "$before" policy
check 'and the disk' exits 2 host ls /etc/sysconfig/network-scripts/rule-eth1 /etc/iproute2/rt_tables.d/eni-routes.conf
check 'and no state' exits 2 host ls /run/eni-routes/state
vpc nm start
vpc settle

check 'disable' host eni-routes disable
up eth1 >"$seen"
vpc settle
check 'outlives an event' unchanged "$before" policy
vpc reboot
vpc settle
check 'outlives a reboot' same '' host ip rule show table 10001
check 'enable' host eni-routes enable
check 'both answer' elastic_ips_answer
check 'disable one' host eni-routes disable eth1
check 'leaves nothing to separate' unchanged "$before" policy
host eni-routes enable eth1 >"$seen"
check 'the list is gone' exits 2 host ls /etc/eni-routes/disabled
done_testing
