#!/bin/bash
# Other programs' rules keep their say: one for certain packets comes before eni-routes', one for all packets after, whenever
# it was added and wherever the kernel put it; by packets.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

begin_at_work "$1"

rules() { host ip rule; }
ours_alone=$(policy)
# What is bound to no address goes as the rule's owner wants.
unbound() { host ping -c 1 -W 1 203.0.113.10; }
taken() { fails unbound; }
check 'what is bound to no address reaches the internet' unbound
# A VPN that is down, or swallows: whatever is sent by it is lost.
host ip route add blackhole default table 52
host ip -6 route add blackhole default table 52

# ---- For all packets ----------------------------------------------------------------------------------

fixes() { findings fix | sort -u; }
# for_all NAME RULE...: each is added as it is, by `ip rule add`, while eni-routes is at work.
for_all() {
    local name=$1 rule
    shift
    for rule; do host sh -c "ip rule add $rule"; done
    check "$name: check says whose it is" prints '^broken foreign-rule ' findings
    check "$name: and how to mend it" same 'eni-routes regenerate' fixes
    regenerate >"$seen"
    check "$name, added later: every Elastic IP answers" elastic_ips_answer
    check "$name: the rest goes as it says" taken
    check "$name: nothing is left to do" nothing_to_do
    host eni-routes clean >"$seen"
    regenerate >"$seen"
    check "$name, there before: every Elastic IP answers" elastic_ips_answer
    check "$name: its rules are as they were" same "$#" host sh -c 'ip rule | grep -v goto | grep -c -e "lookup 52" \
        -e "unreachable" -e "main suppress_prefixlength 0" -e "from 128.0.0.0/1"' 
    for rule; do host sh -c "ip rule del $rule"; done
    regenerate >"$seen"
    check "$name is gone: all is as it was" unchanged "$ours_alone" policy
}
for_all 'a rule for all' 'from all lookup 52'
for_all "a VPN's pair" 'not fwmark 0xca6c lookup 52' 'lookup main suppress_prefixlength 0'
for_all 'a kill switch' 'from all unreachable'
for_all 'one for what carries no mark' 'fwmark 0/0xff lookup 52'
for_all 'one for what this host sends' 'iif lo lookup 52 priority 300'

host ip -6 rule add from all lookup 52
regenerate >"$seen"
check 'IPv6: every Elastic IP answers' elastic_ips_answer
check 'IPv6: the flows from our addresses' vpc matrix --only '^(internet|neighbour.) -> eth. .IPv6'
host ip -6 rule del from all lookup 52
regenerate >"$seen"

# Of a tunnel's table that has only what is behind the tunnel nothing is taken away.
host sh -c 'ip route add blackhole 100.64.0.0/10 table 53; ip rule add from all lookup 53 priority 5270'
regenerate >"$seen"
check 'a rule for all that takes none of ours is left alone' unchanged '' host sh -c 'ip rule | grep goto'
check 'every Elastic IP answers' elastic_ips_answer
host sh -c 'ip route add blackhole default table 53' # an exit node
regenerate >"$seen"
check 'until there is a default in its table' prints '^5269:.from 10.0.2.0/24 iif lo goto 20000' rules
check 'every Elastic IP answers as before' elastic_ips_answer
host ip rule del priority 5270
regenerate >"$seen"
check 'all is as it was' unchanged "$ours_alone" policy

# ---- For certain packets ---------------------------------------------------------------------------------

# An appliance with a net behind it, which only table 300 knows.
vpc add appliances
way_to_appliance() {
    host sh -c 'ip route del 10.99.0.0/24; ip route add 10.99.0.0/24 via 10.0.0.200 dev eth0 table 300; eni-routes regenerate'
}
vpc settle
way_to_appliance >"$seen"
ours_alone=$(policy)
reached() { host ping -c 1 -W 1 ${1:+-I "$1"} 10.99.0.10; }
host ip rule add to 10.99.0.0/24 table 300 priority 32765
check_not "a rule for certain packets that is asked too late: what has eth0's address is lost" reached 10.0.0.29
regenerate >"$seen"
check 'eni-routes leads to it' reached 10.0.0.29
check 'and what has no address gets there as before' reached
check 'every Elastic IP answers' elastic_ips_answer
check 'nothing is left to do' nothing_to_do
host eni-routes clean >"$seen"
regenerate >"$seen"
check 'it was there before: it is led to' reached 10.0.0.29
host ip rule del to 10.99.0.0/24 table 300
check 'its owner deletes it, by its selectors: it is gone' unchanged '' host sh -c 'ip rule | grep "lookup 300"'
check 'every Elastic IP answers, before eni-routes has run' elastic_ips_answer
regenerate >"$seen"
check 'all is as it was' unchanged "$ours_alone" policy

# Its table has a way for some: the others are answered as ever.
host ip rule add from 10.0.0.0/16 table 300 priority 32765
regenerate >"$seen"
check 'what its table has a way for is led to' reached 10.0.0.29
check 'what it has none for is not: every Elastic IP answers' elastic_ips_answer
host ip rule del from 10.0.0.0/16 table 300
regenerate >"$seen"

host sh -c 'ip rule add ipproto icmp to 10.99.0.10 uidrange 0-0 table 300 priority 32765 && ip rule add from all lookup 52'
regenerate >"$seen"
check 'one for certain packets behind, one for all before: both have their say' reached 10.0.0.29
check 'every Elastic IP answers as well' elastic_ips_answer
check_not 'check finds no fault of an interface' prints '^broken .* eth' findings
host sh -c 'ip rule del priority 32765 && ip rule del from all lookup 52'
regenerate >"$seen"

# Rules that only their further selectors tell from ours, at our priority and before ours.
beside() {
    local theirs
    host sh -c "ip rule del priority 20101 && ip rule add $1 priority 20101"
    theirs=$(host ip -N rule show priority 20101)
    check "'$1' at our priority: eth1 is taken care of" exits 0 regenerate
    check "'$1': every Elastic IP answers" elastic_ips_answer
    check "'$1': nothing is left to do" nothing_to_do
    host eni-routes clean >"$seen"
    check "'$1': it stays, and only it" unchanged "$theirs" host ip -N rule show priority 20101
    host ip rule del priority 20101
    regenerate >"$seen"
}
beside 'from 10.0.2.0/24 iif lo ipproto tcp lookup 10001'
beside 'from 10.0.2.0/24 iif lo fwmark 7 lookup 10001'
beside 'from 10.0.2.0/24 iif lo tos 0x10 lookup 10001'
beside 'not from 10.0.2.0/24 iif lo lookup 10001'
beside 'from 10.0.2.0/24 iif lo lookup 10001 suppress_prefixlength 0'
check 'all is as it was' unchanged "$ours_alone" policy

# As README says, with a priority of their own.
host ip rule add to 10.99.0.0/24 lookup 300 priority 10000
host ip rule add from all lookup 52 priority 31000
regenerate >"$seen"
check 'with the priorities of README nothing has to be led anywhere' unchanged '' host sh -c 'ip rule | grep goto'
check 'the rule for certain packets has its say' reached 10.0.0.29
check 'and the one for all' taken
check 'every Elastic IP answers' elastic_ips_answer
host sh -c 'ip rule del priority 10000 && ip rule del priority 31000'
regenerate >"$seen"

# ---- By itself: an event, a boot, the watch ----------------------------------------------------------------

host ip rule add from all lookup 52
check 'an event: the interface comes up' up eth1
check 'every Elastic IP answers' eventually elastic_ips_answer
vpc reboot sh -c 'ip route add blackhole default table 52; ip rule add from all lookup 52' >"$seen"
check 'a boot at which the rule is there first' eventually elastic_ips_answer
vpc settle

watch_log=$scratch/watch
# shellcheck disable=SC2016
host sh -c 'exec eni-routes watch' >"$watch_log" 2>&1 &
watch=$!
check 'with the watch' eventually elastic_ips_answer
host ip rule add from all lookup 52
host ip rule add from all lookup 52 priority 15000
check 'two more: they are led past by themselves' eventually prints '^14999:.from 10.0.2.0/24 iif lo goto 20000' rules
check 'every Elastic IP answers' elastic_ips_answer
host sh -c 'while ip rule del from all lookup 52; do :; done 2>/dev/null'
no_goto() { fails prints goto rules; }
check 'all are gone: so is what led past them' eventually no_goto
check 'every Elastic IP answers once more' elastic_ips_answer

# A program that wants to be the first, always.
for _ in $(seq 12); do
    host sh -c 'ip rule del from all lookup 52 2>/dev/null; ip rule add from all lookup 52'
    sleep 0.5
done
check 'one that moves to the front again and again is left so' prints 'goto 20000.* was undone three times in ten seconds' cat "$watch_log"
kill "$watch"
wait "$watch"

# ---- Basic mode --------------------------------------------------------------------------------------------

host sh -c 'while ip rule del from all lookup 52; do :; done 2>/dev/null; echo "suppress: off" >/etc/eni-routes/config.yaml'
regenerate >"$seen"
way_to_appliance >"$seen"
basic=$(policy)
host ip rule add not fwmark 0xca6c lookup 52
host ip rule add to 10.99.0.0/24 table 300 priority 32765
regenerate >"$seen"
check 'basic mode: every Elastic IP answers' elastic_ips_answer
check 'the rule for certain packets is led to' reached 10.0.0.29
check 'nothing is left to do' nothing_to_do
host sh -c 'ip rule del not fwmark 0xca6c lookup 52; ip rule del priority 32765'
regenerate >"$seen"
check 'all is as it was' unchanged "$basic" policy
done_testing
