#!/bin/bash
# A host on which the recipe was followed by hand, with NetworkManager's stock script: what installing beside it is like,
# `eni-routes adopt`, and the way back.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

scripts=/etc/sysconfig/network-scripts
kept="before-eni-routes.bak"
every_flow() { vpc matrix; }
lost() { vpc matrix | grep -c LOST; }
down_and_up() {
    down "$1" >"$seen"
    vpc settle
    up "$1" >"$seen"
    vpc settle
}
rules_by_hand() { host sh -c '{ ip rule; ip -6 rule; } | grep -v -e "^0:" -e "^32766:" -e "^32767:" -e "^2[0-9]*:"'; }
by_hand() { host sh -c 'cd /etc/sysconfig/network-scripts && md5sum rule*-* route*-* && stat -c "%n %a %U %y" rule*-* route*-*'; }
names() { host sh -c 'cd /etc/sysconfig/network-scripts && ls -A | grep -e rule -e route'; }

export VPC_IPV6=no
begin 2
build=$1
# As the recipe has it, with a number of the administrator's.
host sh -c 'printf "500 eth0\n501 eth1\n" >>/etc/iproute2/rt_tables
    cd /etc/sysconfig/network-scripts
    printf "from 10.0.0.0/24 table eth0\nto 10.0.0.0/24 table eth0\n" >rule-eth0
    printf "default via 10.0.0.1 dev eth0 table eth0\n" >route-eth0
    printf "# by hand\nfrom 10.0.2.0/24 table eth1\nto 10.0.2.0/24 table eth1\n" >rule-eth1
    printf "default via 10.0.2.1 dev eth1 table eth1" >route-eth1
    chmod 640 rule-eth1 && touch -d "2015-03-04 05:06:07" rule-eth1'
install_stock_script
vpc reboot
vpc settle
files=$(by_hand)
before=$(lost)
check 'the recipe alone: both Elastic IPs answer' elastic_ips_answer
check 'the recipe alone: not every flow' test "$before" -gt 0

# ---- Beside it, without adopt -----------------------------------------------------------------------

vpc install "$build"
not_worse() { [ "$(lost)" -le "$before" ]; }
down_and_up eth1
check 'beside it: both answer' elastic_ips_answer
check 'beside it: no more is lost than before' not_worse
down_and_up eth0
check 'beside it, the other as well: no more is lost' not_worse
check 'rules by hand stay behind' test "$(rules_by_hand | wc -l)" -gt 4
check 'the files are what they were' unchanged "$files" by_hand
by_hand_says() { { findings "$@" || :; } | grep -e file-by-hand -e 'made by hand' -e 'eni-routes adopt' | sort -u; }
# The rules of both are mixed up when an interface goes down and up; that nothing more is lost by now was seen above.
check 'check names each interface' same 'warning file-by-hand eth0 -
warning file-by-hand eth1 -' by_hand_says
check 'the files' same "$scripts/route-eth0 and $scripts/rule-eth0 are made by hand and do what eni-routes does itself
$scripts/route-eth1 and $scripts/rule-eth1 are made by hand and do what eni-routes does itself" by_hand_says text
check 'and the command' same 'eni-routes adopt eth0
eni-routes adopt eth1' by_hand_says fix

# ---- A dry run, and disks that cannot be written ----------------------------------------------------

state=$(policy_and_disk; rules_by_hand)
now() { policy_and_disk; rules_by_hand; }
check 'a dry run shows the files as a diff' prints '^-from 10.0.2.0/24 table eth1$' host eni-routes adopt --dry-run
check 'and what becomes of the kernel' prints '^ip rule del from 10.0.2.0/24 table eth1 priority' host eni-routes adopt -n eth1
check 'quiet, it still tells that there is something' prints "keep $scripts/rule-eth1 as rule-eth1.$kept" \
    host eni-routes adopt --dry-run --quiet
check 'and changes nothing' unchanged "$state" now
check 'an interface that there is none of is exit 1' exits 1 host eni-routes adopt eth7
check 'what is no name is exit 2' exits 2 host eni-routes adopt 'eth1;id'

host sh -c "mount --bind $scripts $scripts && mount -o remount,bind,ro $scripts"
check 'read-only: exit 1' exits 1 host eni-routes adopt
check 'it says which file and why' prints "cannot keep $scripts/rule.*: Read-only file system" host eni-routes adopt
check 'nothing was changed' unchanged "$state" now
host umount "$scripts"
# Room for the second names, and for none of the new files.
host sh -c "cp -a $scripts /tmp/scripts.\$\$ && mount -t tmpfs -o size=32k,mode=755 full $scripts && cp -a /tmp/scripts.\$\$/. $scripts
    rm -r /tmp/scripts.\$\$; head -c 65536 /dev/zero >$scripts/fill 2>/dev/null"
full=$(host sh -c "cd $scripts && md5sum * && stat -c '%n %a %y' *")
check 'a full disk: exit 1' exits 1 host eni-routes adopt
check 'it says so' prints "cannot write $scripts/.*: No space left on device" host eni-routes adopt
check 'all files are what they were, and no other is there' unchanged "$full" \
    host sh -c "cd $scripts && md5sum * && stat -c '%n %a %y' * && ls -A | grep '^[.]' || :"
host umount "$scripts"
check 'nothing was changed' unchanged "$state" now

# ---- adopt ------------------------------------------------------------------------------------------

# An answer each 10 ms, before, meanwhile and after: the session in which it is typed is one by eth1.
vpc client ping -q -i 0.01 -W 1 -w 4 198.51.100.11 >"$seen.ping" &
sleep 1
check 'adopt' host eni-routes adopt
wait "$!"
check 'not one packet is lost meanwhile' prints ' 0% packet loss' cat "$seen.ping"
check 'no rule by hand is left' same '' rules_by_hand
check 'every flow' every_flow
check 'nothing is left to do' nothing_to_do
check 'eth1 has our files, eth0 none' same "route-eth0.$kept
route-eth1
route-eth1.$kept
rule-eth0.$kept
rule-eth1
rule-eth1.$kept" names
check "eth1's is ours" same '# eni-routes: eth1' host head -n 1 "$scripts/rule-eth1"
check 'with the mode that it had' same 640 host stat -c %a "$scripts/rule-eth1"
check 'the tables hold nothing else' same 'default via 10.0.2.1 dev eth1 proto eni-routes src 10.0.2.37
10.0.2.0/24 dev eth1 proto eni-routes scope link src 10.0.2.37' host ip route show table 501
check 'check has nothing to say of them' fails by_hand_says
state=$(now)
check 'a second time there is nothing to do' same 'nothing to do' host eni-routes adopt
check 'and nothing is changed' unchanged "$state" now
check 'quietly: not a word' same '' host eni-routes adopt --quiet --dry-run
down_and_up eth1
check 'eth1 down and up: every flow' eventually every_flow
check 'eth1 down and up: no rule by hand' same '' rules_by_hand
down_and_up eth0
check 'eth0 down and up: every flow' eventually every_flow
check 'eth0 down and up: no rule by hand' same '' rules_by_hand
vpc reboot
vpc settle
check 'a reboot: every flow' eventually every_flow
check 'a reboot: no rule by hand' same '' rules_by_hand
check 'a reboot: nothing is left to do' eventually nothing_to_do

# ---- The way back -----------------------------------------------------------------------------------

check 'undo of eth1' host eni-routes adopt --undo eth1
of_eth1() { grep -v eth0; }
check 'its files are back, bytes, modes and times' differ "$(of_eth1 <<<"$files")" "$(by_hand | of_eth1)"
check 'undo of the rest' host eni-routes adopt --undo
check 'all are, and no other' unchanged "$files" by_hand
check 'a second time there is nothing to do' same 'nothing to do' host eni-routes adopt --undo
check 'eni-routes goes on beside them' prints 'nothing to do' regenerate

# ---- Lines that say more ----------------------------------------------------------------------------

host sh -c 'cd /etc/sysconfig/network-scripts
    printf "to 10.99.0.0/24 table 300\nfwmark 7 table 300\n" >>rule-eth1
    printf "\nblackhole 10.99.0.0/24 table 300\n10.97.0.0/16 via 10.0.2.9 dev eth1 table eth1\n" >>route-eth1'
files=$(by_hand)
vpc reboot
vpc settle
check 'with more, beside it: no more is lost' not_worse
own_route() { host ip route get 10.99.0.1 2>&1; host ip route show table 501 10.97.0.0/16; }
own=$(own_route)
check 'each line is named, and why it stays' prints \
    "^$scripts/rule-eth1:4: to 10.99.0.0/24 table 300   # does more than eni-routes: table 300 is not eth1's own; it stays yours" \
    host eni-routes adopt
more="19000: from all to 10.99.0.0/24 lookup 300
18999: from all fwmark 0x7 lookup 300"
# in_order STAGE
in_order() {
    check "$1: every flow" eventually every_flow
    check "$1: of the rules by hand these alone" eventually same "$(sort <<<"$more")" rules_by_hand
    check "$1: what they say is so" unchanged "$own" own_route
    check "$1: nothing is left to do" eventually nothing_to_do
}
in_order 'the rest'
check 'what stays of the rule file' same 'to 10.99.0.0/24 table 300 priority 19000
fwmark 7 table 300 priority 18999' host grep -v '^#' "$scripts/rule-eth1"
check 'and of the route file' same 'blackhole 10.99.0.0/24 table 300
10.97.0.0/16 via 10.0.2.9 dev eth1 table eth1' host grep -v '^#' "$scripts/route-eth1"
check 'its mode is what it was' same 640 host stat -c %a "$scripts/rule-eth1"
check 'a second time there is nothing to do' prints '^nothing to do$' host eni-routes adopt
check 'check has nothing to say of them' fails by_hand_says
down_and_up eth1
in_order 'the rest, down and up'
vpc reboot
vpc settle
in_order 'the rest, a reboot'
host sh -c "echo 'to 10.96.0.0/24 table 300' >>$scripts/rule-eth1"
check 'what was written since then is not lost by undo' exits 1 host eni-routes adopt --undo eth1
host sed -i '$d' "$scripts/rule-eth1"
check 'undo' host eni-routes adopt --undo
check 'all files are what they were' unchanged "$files" by_hand

# What cannot be read: nothing of that interface, all of the other.
host sh -c "echo 'from 10.0.2.0/24 tabel eth1' >>$scripts/rule-eth1"
check 'a line that cannot be read is exit 1' exits 1 host eni-routes adopt
check 'it is named by its number' prints "rule-eth1:6: 'from 10.0.2.0/24 tabel eth1': 'tabel' is no word of ip-rule(8); nothing of eth1's is adopted" \
    host eni-routes adopt
check 'its file stays' prints tabel host cat "$scripts/rule-eth1"
check 'and of eth0 all is adopted' same "route-eth0.$kept
route-eth1
rule-eth0.$kept
rule-eth1" names
done_testing
