#!/bin/bash
# Failures: a clear message, the documented exit status, nothing half done, what worked still working.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

export VPC_IPV6=no
begin 2
vpc install "$1"
up eth1 >"$seen"
vpc settle

state=$(policy)
host sh -c 'printf "enabled: maybe\ntable_bse: 7\n" >/etc/eni-routes/config.yaml'
files_broken=$(disk)
check 'a broken configuration is exit 3' exits 3 regenerate
check 'each mistake has its place' prints 'config.yaml:2:1: unknown key .table_bse., did you mean .table_base.' regenerate
check 'the event path says so as well' exits 3 host eni-routes event eth1 up
check 'nothing was changed' unchanged "$state" policy
check 'nor on the disk' unchanged "$files_broken" disk
host sh -c ': >/etc/eni-routes/config.yaml'

check 'an unknown command is exit 2' exits 2 host eni-routes regenerat
check 'an unknown option is exit 2' exits 2 host eni-routes regenerate --fast
check 'a hostile interface name is exit 2' exits 2 host eni-routes regenerate 'eth1;reboot'
check 'so it is from the dispatcher' exits 2 host eni-routes event '../eth1' up
check 'another action is none of ours' exits 0 host eni-routes event eth1 hostname
check '--facts wants --dry-run' exits 2 host eni-routes regenerate --facts /dev/null

host sh -c 'ip link add "eth7 x" type veth peer name "eth8;id" 2>/dev/null || ip link add "eth7\$x" type veth peer name "eth8;id"'
check 'links with hostile names are left alone, and it says so' prints 'left alone' regenerate
check 'they reach no file' same '' host sh -c 'grep -rl "eth8;id" /etc/iproute2 /etc/sysconfig/network-scripts'
host sh -c 'ip link del "eth8;id"'
check 'nothing to do' nothing_to_do

host sh -c 'ip rule del priority 20101; rm /etc/sysconfig/network-scripts/rule-eth1'
state=$(policy_and_disk)
check 'a dry run prints what would be done' prints 'ip rule add from 10.0.2.0/24 iif lo table eth1 priority 20101' \
    host eni-routes regenerate --dry-run --diff
check 'and in its last words' prints '^would add 1 rule, write 1 file$' host eni-routes regenerate --dry-run
check 'with the diff of the files' prints '^+from 10.0.2.0/24 iif lo table eth1' host eni-routes regenerate --dry-run --diff
check 'and changes nothing' unchanged "$state" policy_and_disk
check 'status marks what is missing' prints 'missing  rule 20101: from 10.0.2.0/24 iif lo lookup eth1' host eni-routes status
check 'so does its JSON' host sh -c 'eni-routes status --json | python3 -c "
import json, sys
status = json.load(sys.stdin)
assert status[\"version\"] == 2
assert status[\"verdict\"] == \"incomplete\"
eth1 = [i for i in status[\"interfaces\"] if i[\"ifname\"] == \"eth1\"][0]
assert [r[\"present\"] for r in eth1[\"rules\"]] == [False, True], eth1
"'
check 'recorded facts replay elsewhere, without root' host sh -c '
    eni-routes facts >/tmp/facts.$$ && chmod 644 /tmp/facts.$$
    setpriv --reuid 65534 --regid 65534 --clear-groups eni-routes regenerate --facts /tmp/facts.$$ --dry-run | grep "rule add from 10.0.2.0/24"
    result=$?; rm /tmp/facts.$$; exit $result'
check '--root writes below it only' host sh -c '
    root=/tmp/root.$$; mkdir -p $root/etc/sysconfig/network-scripts $root/etc/iproute2
    cp /etc/sysconfig/network-scripts/ifcfg-* $root/etc/sysconfig/network-scripts
    eni-routes regenerate --root $root && grep -q "from 10.0.2.0/24" $root/etc/sysconfig/network-scripts/rule-eth1
    result=$?; rm -rf $root; exit $result'
check 'and leaves the machine as it is' unchanged "$state" policy_and_disk

host sh -c 'mount -t tmpfs -o size=4k,nr_inodes=4,mode=755 full /etc/sysconfig/network-scripts && cd /etc/sysconfig/network-scripts && echo DEVICE=eth1 >ifcfg-eth1 && head -c 8192 /dev/zero >fill 2>/dev/null'
check 'a full disk is exit 1' exits 1 regenerate
check 'it says which file and why' prints 'rule-eth1: No space left on device' regenerate
check 'what was not done is not said to be' prints '^0 of [1-9] files\? written$' regenerate
check 'nor is it logged as done' same '' host sh -c 'eni-routes event eth1 up 2>&1 | grep "write .*rule-eth1   #"'
check 'no half of a file is left' same '' host sh -c 'ls -A /etc/sysconfig/network-scripts | grep -e rule- -e route- -e new'
check 'the kernel has all of it nevertheless' prints '20101:' host ip rule
check 'both answer' elastic_ips_answer
host umount /etc/sysconfig/network-scripts
check 'and once there is room it is written' prints 'write .*rule-eth1' regenerate
check 'nothing to do' nothing_to_do

check 'regenerate eth1 touches eth1 only' host sh -c '
    ip rule del priority 20100; ip rule del priority 20101
    eni-routes regenerate eth1; ip rule | grep -q 20101 && ! ip rule | grep -q 20100'
regenerate >"$seen"

lock_held_too_long() {
    local status=0 holder
    host flock /run/eni-routes/lock sleep 40 &
    holder=$!
    eventually host sh -c '! flock -n /run/eni-routes/lock true'
    exits 4 regenerate || status=1
    host pkill -P "$(host pgrep -of 'flock /run/eni-routes/lock')" sleep
    wait "$holder"
    return "$status"
}
check 'a lock that is not to be had is exit 4' lock_held_too_long
done_testing
