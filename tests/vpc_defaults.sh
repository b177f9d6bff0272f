#!/bin/bash
# Defaults in other clothes, and links in a group of their own: where the suppress rule cannot say it, or must not, table
# eni-others stands for it. With the watch and without, after a reboot; what was there before is there afterwards.
# (That no flow is lost then is vpc_flows' part.)
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

begin_at_work "$1"
vpc add tunnel # NetworkManager sends an event for it, and none for routes
vpc settle
regenerate >"$seen"
ours_alone=$(policy)
first_rule() { host sh -c 'ip rule | sed -n 2p'; }
suppress_rule=$'20000: from all lookup main suppress_prefixlength 1 suppress_ifgroup 10000'
others_rule=$'20000: from all lookup eni-others'
group_of() { host sh -c 'ip -o link show "$1" | sed -n "s/.* group \([^ ]*\) .*/\1/p"' group_of "$1"; }

# ---- A tunnel that takes all in parts -------------------------------------------------------------------

vpc add tunnel-public
check 'without a look the Elastic IPs are lost: the bed is right' fails elastic_ips_answer
check 'check says so: main has them' prints '^broken main-route ' findings
check 'and how to mend it' same 'eni-routes regenerate' findings fix
check 'the fix' prints 'note: main has a default that the suppress rule cannot pass over' regenerate
check 'every Elastic IP answers' elastic_ips_answer
check 'IPv4 is asked by table eni-others' same "$others_rule" first_rule
check 'IPv6 as before' prints 'suppress_ifgroup 10000' host ip -6 rule
check 'status says which' prints 'of the other family table eni-others (10900) stands for it$' \
    host eni-routes status
check 'check finds nothing' exits 0 host eni-routes check --quiet
check 'nothing is left to do' nothing_to_do
vpc remove tunnel-public
regenerate >"$seen"
check 'the tunnel is gone: all is as it was' unchanged "$ours_alone" policy
check 'and so is the name in rt_tables' fails host grep -rq eni-others /etc/iproute2

# ---- With the watch -------------------------------------------------------------------------------------

host eni-routes watch >"$seen.watch" 2>&1 &
check 'the watch runs' eventually prints 'runs, process' host eni-routes status
for thing in tunnel-parts kill-switch tunnel6; do
    vpc add "$thing"
    check "with the watch, $thing: every Elastic IP answers" eventually elastic_ips_answer
    check "with the watch, $thing: no flow is lost" eventually vpc matrix --without published
    vpc remove "$thing"
    check "with the watch, $thing is gone: all is as it was" eventually unchanged "$ours_alone" policy
done

# ---- A group of its own ---------------------------------------------------------------------------------

host ip link set dev eth1 group 42
check 'a link in a group of its own: the watch leaves it there' eventually same "$others_rule" first_rule
check 'it is in that group still' same 42 group_of eth1
check 'every flow' vpc matrix --without published
host pkill -TERM eni-routes-watc || true
check 'regenerate says why' prints 'eth1: its link is in group 42, which a firewall may match: it stays there' regenerate
check 'nothing is left to do' nothing_to_do
host ip link set dev eth1 group default
regenerate >"$seen"
check 'it has none: the suppress rule is back' same "$suppress_rule" first_rule
check 'all is as it was' unchanged "$ours_alone" policy

# ---- A reboot -------------------------------------------------------------------------------------------

# add_parts: as a VPN that is started at boot.
host sh -c 'cat >/etc/parts' <<'END'
ip tuntap add dev tun0 mode tun; ip link set tun0 up
for part in 0.0.0.0/2 64.0.0.0/2 128.0.0.0/2 192.0.0.0/2; do ip route add $part dev tun0; done
ip link set dev eth0 group 7
END
vpc reboot sh /etc/parts
up eth1 >"$seen"
vpc settle
check 'a boot with such a tunnel: every Elastic IP answers' eventually elastic_ips_answer
check 'by table eni-others' same "$others_rule" first_rule
check 'eth0 is in its group' same 7 group_of eth0
host eni-routes clean >"$seen"
check 'clean leaves nothing of it' same '' traces_of eni-others 10900
done_testing
