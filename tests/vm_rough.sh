#!/bin/bash
# What goes wrong on a real machine: a wrong configuration, a full disk, an /etc that is read-only, no DHCP, interfaces that
# vanish, and power that is cut while files are written. By hand or weekly (tools/test --machines).
# usage: vm_rough.sh BUILDDIR [SUITE]    (Debian's, default: bookworm)
# shellcheck source=tests/vm_lib.sh
. "$(dirname "$0")/vm_lib.sh"

watch_state() { show ActiveState; }
configure() { host sh -c 'echo "$1" >/etc/eni-routes/config.yaml' sh "$1"; }
logged_since() { host journalctl --quiet --boot --unit eni-routes-watch.service --output cat --since "@$1"; }
now() { host date +%s; }
rules_of_ours() { host sh -c 'ip rule | sed -n "/^[12][0-9]\{4\}:/p"'; }
priorities() { host sh -c 'ip rule show | cut -d: -f1 | tr "\n" " "'; }
every_rule='0 20000 20100 20101 25101 32766 32767'

begin_machine "${2:-}"
check 'installation' vm install "$1"
host nmcli -w 60 connection up eth1 >"$seen"
host systemctl start eni-routes-watch.service
check 'both answer' eventually all_answer
check 'every rule is there' eventually same "$every_rule" priorities
host cp /etc/eni-routes/config.yaml /run/config.yaml

# ---- The configuration is changed beside the watch ------------------------------------------------------

configure 'enabled: false'
check 'regenerate with enabled: false' host eni-routes regenerate
sleep 6
check 'the watch has not put anything back' same '' rules_of_ours
configure 'table_base: 11000'
check 'regenerate with another table_base' host eni-routes regenerate
sleep 6
check 'the watch has put nothing of the former back' same "$every_rule" priorities
check 'the rules are of the new tables' prints '^20101:' host ip rule show table 11001
host cp /run/config.yaml /etc/eni-routes/config.yaml
check 'regenerate with the configuration as shipped' host eni-routes regenerate
check 'one rule each' same "$every_rule" priorities

# ---- The watch ends, and ends again -----------------------------------------------------------------------

before=$(now)
configure 'table_bse: 1'
host systemctl restart eni-routes-watch.service
host ip rule del priority 20101
check 'with a wrong configuration it starts, and says what is wrong' \
    eventually prints "config.yaml:1:1: unknown key 'table_bse'" logged_since "$before"
sleep 3
check_not 'and changes nothing' prints '^20101:' rule_of_eth1
host cp /run/config.yaml /etc/eni-routes/config.yaml
check 'the configuration is right again: it repairs by itself' eventually prints '^20101:' rule_of_eth1
for kill in 1 2 3 4 5 6; do
    pid=$(show MainPID)
    host systemctl kill --signal=KILL eni-routes-watch.service
    check "killed $kill times in a row, it comes back" eventually comes_back
done
check 'and repairs' repairs 20101

# ---- The disk ---------------------------------------------------------------------------------------------

before=$(now)
host sh -c 'mount --bind /etc /etc && mount -o remount,bind,ro /etc && systemctl restart eni-routes-watch.service &&
    ip rule del priority 20101'
check '/etc is read-only: the rule is repaired all the same' eventually prints '^20101:' rule_of_eth1
host sh -c 'umount /etc && rm /etc/sysconfig/network-scripts/rule-eth1 &&
    mount --bind /etc /etc && mount -o remount,bind,ro /etc && systemctl restart eni-routes-watch.service'
sleep 25
said=$(logged_since "$before" | grep -c 'rule-eth1.*[Rr]ead-only')
check 'a file that cannot be written: said once in 25 s' same 1 echo "$said"
host umount /etc
host systemctl restart eni-routes-watch.service
rule_file() { host cat /etc/sysconfig/network-scripts/rule-eth1; }
check '/etc is writable again: it is written' eventually prints 'priority 20101' rule_file

host sh -c 'dd if=/dev/zero of=/full bs=1M 2>/dev/null; dd if=/dev/zero of=/fuller bs=1 2>/dev/null; df --output=avail / | grep -qx "0"'
kept=$(disk)
check 'the disk is full: the machine boots' vm reboot
check 'every Elastic IP answers' eventually all_answer
check 'no file is torn' unchanged "$kept" disk
host rm -f /full /fuller
# Until then systemd may not be able to make its sandbox, which needs /tmp, and tries again and again.
check 'there is room again: the watch runs' eventually same active watch_state
check 'and repairs' repairs 20101
check 'nothing is left to do' eventually nothing_to_do

# ---- Interfaces that have a profile, and go ---------------------------------------------------------------------

host nmcli connection add type ethernet ifname eth2 con-name eth2 >"$seen"
before=$(policy_and_disk)
for round in 1 2 3 4 5 6; do
    vm attach eth2
    check "eth2 comes, $round: it answers" eventually answers 198.51.100.12
    vm detach eth2
    check "eth2 goes, $round: nothing of it is left" eventually same '' traces_of eth2 10002
done
check 'all is as it was' eventually unchanged "$before" policy_and_disk
host nmcli connection delete eth2 >"$seen"

# ---- DHCP is late ---------------------------------------------------------------------------------------------

vm vpc router nft 'add table inet late; add chain inet late in { type filter hook input priority -300; };
    add rule inet late in udp dport 67 drop'
host systemctl --no-block reboot
sleep 100
check 'no DHCP when the machine boots: it has no address of IPv4' same '' host ip -4 -o address show scope global
vm vpc router nft delete table inet late
patience=400 check 'there is DHCP at last: every Elastic IP answers' eventually all_answer
check 'nothing is left to do' eventually nothing_to_do

# ---- The power is cut ----------------------------------------------------------------------------------------------

kept=$(disk)
for round in 1 2 3 4 5 6 7 8 9 10; do
    host sh -c 'while :; do
        nmcli -w 60 connection down eth1; eni-routes clean; nmcli -w 60 connection up eth1; eni-routes regenerate
    done >/dev/null 2>&1 &'
    sleep "$((1 + RANDOM % 8)).$((RANDOM % 10))"
    vm power-cut
    check "power cut $round: it boots" vm start
    host nmcli -w 60 connection up eth1 >"$seen"
    check "power cut $round: every Elastic IP answers" eventually all_answer
    check "power cut $round: no file is torn, none is left over" eventually unchanged "$kept" disk
done
check 'no unit failed' same '' failed_units
done_testing
