#!/bin/bash
# check, explain and status, against real packets: before installation and after it, in each fault made by hand,
# and with what may stand around. A fault is named, and nothing but it.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"
build=$(readlink -f "$1")
hooks=/etc/NetworkManager/dispatcher.d

checker=$build/src/eni-routes # before it is installed as well
check_command() { host "$checker" check; }
explain() { host "$checker" explain "$@"; }
second_is_lost() { prints '198.51.100.11 .*LOST' vpc ping; }

# ---- Before and after -----------------------------------------------------------------------------

begin 2
untouched() { policy && disk && host sh -c 'ls -d /run/eni-routes || :'; }
before=$(untouched)
check 'before installation: the second Elastic IP is lost' second_is_lost
check 'check is exit 1' exits 1 check_command
check 'it names what there is to do, and nothing but it' found 'broken not-installed host -'
check 'and by which command' same 'yum install eni-routes && eni-routes regenerate' findings fix
lost_by_main() { # for IPv4: main alone decides
    prints "replies from 10.0.2.37 to .*the internet.* leave by eth0" findings consequences &&
        prints "replies from 10.0.0.29 to neighbours in 10.0.2.0/24 leave by eth1" findings consequences &&
        prints 'requests are dropped on arrival: rp_filter is strict on eth1' findings consequences
}
check 'what is lost follows from it' lost_by_main
check 'and in words its address is not ok' prints '^eth1 *10\.0\.2\.37 .*BROKEN' check_command
check 'it needs no root' prints '^not-installed$' host sh -c "install -m 755 $checker /var/tmp
    setpriv --reuid 65534 --regid 65534 --clear-groups /var/tmp/eni-routes check --json |
        sed -n 's/.*\"code\": \"\(.*\)\".*/\1/p'"
check 'it changes nothing, and leaves nothing behind' unchanged "$before" untouched
check 'explain shows the rule' prints '^> 32766: from all lookup main  finds "default via 10.0.0.1 dev eth0' \
    explain --from 10.0.2.37 192.0.2.1
check 'and what rp_filter does' prints '^rp_filter  drops it: the answer would leave by eth0' \
    explain --from 192.0.2.1 --in eth1 10.0.2.37
check 'the picture is well-formed, with something in red' prints '^[1-9]' red "$checker"

vpc install "$build"
up eth1 >"$seen"
vpc settle
check 'after installation: nothing is found, exit 0' eventually found
ipv6_answers() { vpc client ping -c 1 -W 1 2001:db8::29 && vpc client ping -c 1 -W 1 2001:db8:1::37; }
check 'and so are the packets' elastic_ips_answer
check "and IPv6's" eventually ipv6_answers
vpc settle
check 'quiet says nothing' same '' host eni-routes check --quiet
check 'in words: which address answers, by which Elastic IP' \
    prints '^eth1 *10\.0\.2\.37 .*198\.51\.100\.11  *ok$' check_command
check 'and what of the host was looked at' prints '^host *hook, NetworkManager *ok$' check_command
check 'explain finds the own table' prints '^> 20101: from 10.0.2.0/24 iif lo lookup eth1  *finds "default via 10.0.2.1 dev eth1' \
    explain --from 10.0.2.37 192.0.2.1
check 'and the kernel agrees' prints '^kernel     by eth1 via 10.0.2.1; it agrees' explain --from 10.0.2.37 192.0.2.1
check 'what comes in is accepted' prints '^rp_filter  accepts it' explain --from 192.0.2.1 --in eth1 10.0.2.37
check 'explain without a source' prints '^source     10.0.0.29, chosen by the kernel' explain 192.0.2.1

# Recorded facts say the same, wherever they are read; the versions of the host and its configuration are in them.
host sh -c 'eni-routes facts >/var/tmp/facts.json'
recorded() { host eni-routes "$@" --facts /var/tmp/facts.json; }
check 'recorded facts: check says the same' differ "$(check_command)" "$(recorded check)"
check 'they say with what they were recorded' prints "\"kernel_release\": \"$(uname -r)\"" host cat /var/tmp/facts.json
check 'and by which NetworkManager' prints '"networkmanager": "1\.' host cat /var/tmp/facts.json

# ---- Faults made by hand ----------------------------------------------------------------------------

# fault NAME COMMAND FINDING WHY EXPLAINED: the second Elastic IP is lost; check names it and why, explain shows the
# rule.
fault() {
    host sh -c "$2"
    check "$1: the second Elastic IP is lost" second_is_lost
    check "$1: check names it, and only it" found "$3"
    check "$1: and why" prints "$4" findings text because
    check "$1: explain shows the rule" prints "$5" explain --from 10.0.2.37 192.0.2.1
}
# mended NAME: by what check says, to the letter.
mended() {
    host sh -c "$(findings fix)" >"$seen"
    check "$1: mended by what it says" found
}

by_main='^> 32766: from all lookup main  *finds "default via 10.0.0.1 dev eth0'
rule='rule "20101: from 10.0.2.0/24 iif lo lookup eth1"'

fault 'rule deleted' 'ip rule del priority 20101' 'broken rule-missing eth1 10.0.2.37' "^$rule is missing" "$by_main"
words=$(check_command)
check 'rule deleted: in words, the address and what is lost' \
    prints '^eth1 *10\.0\.2\.37 .*198\.51\.100\.11  *BROKEN  *replies to' echo "$words"
check 'rule deleted: the cause' prints '^ *because  *rule "20101: from 10\.0\.2\.0/24' echo "$words"
check 'rule deleted: and the command' prints '^ *fix  *eni-routes regenerate$' echo "$words"
check 'rule deleted: the rule, for programs' same '20101: from 10.0.2.0/24 iif lo lookup eth1' findings rule
mended 'rule deleted'

fault 'table emptied' 'ip route flush table eth1' 'broken route-missing eth1 10.0.2.37' '^table eth1 is empty' \
    '^  20101: from 10.0.2.0/24 iif lo lookup eth1  *nothing in table eth1'
mended 'table emptied'

wanted='"default via 10.0.2.1 dev eth1 table eth1 src 10.0.2.37"'
fault 'wrong gateway' 'ip route replace default via 10.0.2.99 dev eth1 table eth1' \
    'broken route-missing eth1 10.0.2.37' \
    "^$rule finds \"default via 10.0.2.99 dev eth1 table eth1\" instead of $wanted" \
    '^> 20101: from 10.0.2.0/24 iif lo lookup eth1  *finds "default via 10.0.2.99'
check 'wrong gateway: it is named' prints "go to 10.0.2.99, which is not eth1's gateway" findings text
mended 'wrong gateway'

fault 'foreign rule before ours' 'ip rule add from 10.0.2.37 lookup main priority 100' \
    'broken foreign-rule eth1 10.0.2.37' \
    "^rule \"100: from 10.0.2.37 lookup main\" decides before $rule is asked" \
    '^> 100: from 10.0.2.37 lookup main  *finds "default via 10.0.0.1 dev eth0'
check 'foreign rule before ours: there is no command for what is not ours' same '' findings fix
host ip rule del from 10.0.2.37/32 table main priority 100
check 'foreign rule before ours: gone with it' found

fault 'policy gone, rp_filter strict' \
    'ip rule flush; ip rule add lookup main priority 32766; ip rule add lookup default priority 32767' \
    'broken policy-missing host -' "^none of eni-routes' rules for IPv4 is in the kernel$" "$by_main"
check 'policy gone: what is lost follows from it' lost_by_main
mended 'policy gone, rp_filter strict'

# The packets still get through.
# quiet_fault NAME COMMAND FINDING WORDS: the words are of its text or its cause.
quiet_fault() {
    host sh -c "$2"
    check "$1: check names it, and only it" found "$3"
    check "$1: in words" prints "$4" findings text because
}

for hook in "$hooks/30-eni-routes" "$hooks/pre-up.d/30-eni-routes"; do
    quiet_fault "$hook without its run bit" "chmod a-x $hook" 'warning hook-not-executable host -' \
        "^$hook is not executable$"
    mended "$hook without its run bit"
done
quiet_fault 'the hook hidden by a file of the same name' \
    "mkdir -p /usr/lib/NetworkManager/dispatcher.d; mv $hooks/30-eni-routes /usr/lib/NetworkManager/dispatcher.d
    : >$hooks/30-eni-routes; chmod 755 $hooks/30-eni-routes" \
    'warning hook-foreign host -' 'it hides the one in /usr/lib$'
mended 'the hook hidden by a file of the same name'
host mv "/usr/lib/NetworkManager/dispatcher.d/30-eni-routes" "$hooks/30-eni-routes"
quiet_fault 'a hook is gone' "mv $hooks/pre-up.d/30-eni-routes /var/tmp" 'warning hook-missing host -' \
    "^$hooks/pre-up.d/30-eni-routes is missing$"
host mv /var/tmp/30-eni-routes "$hooks/pre-up.d"
# shellcheck disable=SC2016
quiet_fault 'the dispatcher is not enabled' \
    'mkdir -p /run/systemd/system; for dir in /etc /usr/lib; do
        rm -f $dir/systemd/system/dbus-org.freedesktop.nm-dispatcher.service; done' \
    'warning dispatcher-disabled host -' '^NetworkManager-dispatcher is not enabled$'
check 'the dispatcher is not enabled: by which command' \
    same 'systemctl enable --now NetworkManager-dispatcher.service' findings fix
host ln -s /usr/lib/systemd/system/NetworkManager-dispatcher.service \
    /etc/systemd/system/dbus-org.freedesktop.nm-dispatcher.service
check 'the dispatcher is enabled: good' found
check 'status: a watch that is not enabled' prints '^ *watch  *does not run$' host eni-routes status
quiet_fault 'an enabled watch does not run' 'mkdir -p /etc/systemd/system/multi-user.target.wants
    ln -s /usr/lib/systemd/system/eni-routes-watch.service /etc/systemd/system/multi-user.target.wants' \
    'warning watch-stopped host -' 'journalctl -u eni-routes-watch'
check 'status says so as well' prints '^ *watch  *enabled, and does not run' host eni-routes status
host ln -s /dev/null /etc/systemd/system/eni-routes-watch.service
check 'a masked one is meant not to run' found
host rm -r /run/systemd/system /etc/systemd/system/multi-user.target.wants/eni-routes-watch.service /etc/systemd/system/eni-routes-watch.service
quiet_fault "the recipe's second line is missing" 'ip rule del priority 25101' 'warning rule-missing eth1 -' \
    '^rule "25101: from all to 10.0.2.0/24 lookup eth1" is missing$'
mended "the recipe's second line is missing"
quiet_fault 'a file is gone' 'rm /etc/sysconfig/network-scripts/rule-eth1' 'warning file-differs eth1 -' \
    '^/etc/sysconfig/network-scripts/rule-eth1 is missing$'
mended 'a file is gone'
vpc nm stop # which would tell the hook
host sh -c 'ip link add eth9 type veth peer name eth9p; ip link set eth9 up; ip address add 10.9.0.5/24 dev eth9
    eni-routes regenerate >/dev/null; ip link del eth9; rm -f /etc/sysconfig/network-scripts/*-eth9'
check 'a rule of an interface that is gone, and NetworkManager does not run: two causes' \
    found 'warning rule-left-over host -' 'warning networkmanager-stopped host -'
check 'a rule of an interface that is gone: the rule, and the interface' \
    prints '^rule "20109: from 10.9.0.0/24 iif lo lookup eth9" is left over (eth9 is gone)$' findings text
for left in 'rule "25109: from all to 10.9.0.0/24 lookup eth9"' 'rule "29109: from all oif eth9 lookup eth9"' \
    '/etc/iproute2/rt_tables.d/eni-routes.conf is not what eni-routes would write'; do
    check "a rule of an interface that is gone: and $left" prints "^$left" findings consequences
done
regenerate >"$seen"
check 'a rule of an interface that is gone: mended by regenerate' found 'warning networkmanager-stopped host -'
vpc nm start
vpc settle
check 'and NetworkManager runs' eventually found

# ---- What stands around -----------------------------------------------------------------------------

quiet_fault 'nm-cloud-setup is at work' 'ip rule add lookup main suppress_prefixlength 0 priority 30350' \
    'warning other-tool host -' '^rule "30350: from all lookup main suppress_prefixlength 0" is its$'
check 'nm-cloud-setup is at work: by which command' \
    same 'systemctl disable --now nm-cloud-setup.timer nm-cloud-setup.service, then: reboot' findings fix
host ip rule del priority 30350
# Numbers that anybody may use: without its package it is somebody's own rule.
quiet_fault "a rule like amazon-ec2-net-utils', made by hand" 'ip rule add from 10.0.2.37 lookup 10001 priority 10001' \
    'note rule-before-ours host -' '^rule "10001: from 10.0.2.37 lookup eth1"'
check 'quiet hides no note' prints '"10001: from 10.0.2.37 lookup eth1"' host eni-routes check --quiet
host ip rule del priority 10001
quiet_fault 'a route file that nobody reads' \
    'echo "10.98.0.0/16 via 10.0.2.9" >/etc/sysconfig/network-scripts/route-lan' 'warning route-file-unread lan -' \
    '^/etc/sysconfig/network-scripts/route-lan is read by no program$'
host rm /etc/sysconfig/network-scripts/route-lan

# As if SELinux enforced, and auditd logged. label TYPE: of /etc/iproute2/rt_tables.d.
label() { host /usr/bin/python3 -Ic "import os; os.setxattr('/etc/iproute2/rt_tables.d', 'security.selinux', b'system_u:object_r:$1:s0\0')"; }
host sh -c 'mount -t tmpfs tmpfs /sys/fs && mkdir -p /sys/fs/selinux /var/log/audit && echo 1 >/sys/fs/selinux/enforce
    echo "type=AVC msg=audit($(date +%s).123:1): avc:  denied  { write } for  pid=9 comm=\"eni-routes-even\" name=\"rt_tables.d\" dev=\"xvda1\" ino=9 scontext=system_u:system_r:NetworkManager_dispatcher_custom_t:s0 tcontext=system_u:object_r:tmp_t:s0 tclass=dir permissive=0" >/var/log/audit/audit.log'
label tmp_t
quiet_fault 'SELinux denied something' : 'warning selinux-denied host -' \
    '^SELinux denied eni-routes-event { write } on dir rt_tables.d$'
check 'SELinux denied something: as whom, with which label' \
    prints '^NetworkManager_dispatcher_custom_t may not do so with tmp_t, ' findings because
label net_conf_t
check 'the directory has another label by now: good' found
label tmp_t
host sh -c 'echo 0 >/sys/fs/selinux/enforce'
check 'SELinux does not enforce: good' found
host sh -c 'umount /sys/fs; rm -r /var/log/audit'

# A server on every address, until its standard input ends.
coproc SERVER { host /usr/bin/python3 -Ic 'import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", 514))
print("ready", flush=True)
sys.stdin.read()'; }
read -r _ <&"${SERVER[0]}"
quiet_fault 'a UDP server on every address' : 'warning udp-server host -' \
    '^python3 listens on UDP port 514 of every address$'
eval "exec ${SERVER[1]}>&-"
wait "$SERVER_PID"

host sysctl -q -w net.ipv4.ip_forward=1
vpc add docker
vpc settle
quiet_fault 'a published port' : 'warning published-port eth1 10.0.2.37' \
    '^replies of 172.17.0.2 for port 8080 of 10.0.2.37 to the internet leave by eth0$'
check 'a published port: what would answer' \
    prints 'published on an address of eth0, or served by a proxy' findings because
check 'the packets say so too' prints 'published port by eth1 *known to be lost$' vpc matrix --only published
vpc remove docker
host sysctl -q -w net.ipv4.ip_forward=0

# ---- What programs read, and people look at -----------------------------------------------------------

check 'recorded facts give the same flows' host sh -c 'eni-routes facts >/run/facts.json
    eni-routes check --facts /run/facts.json --json >/run/recorded.json; eni-routes check --json >/run/live.json
    python3 -c "
import json
recorded, live = (json.load(open(f\"/run/{name}.json\")) for name in (\"recorded\", \"live\"))
assert recorded[\"flows\"] == live[\"flows\"] and len(live[\"flows\"]) == 24, len(live[\"flows\"])
"'
# Of each form one that matches nothing. (What a rule refers to is not there: `ip` says that beside it.)
priority=100
while read -ra form; do
    host ip rule add "${form[@]}" priority $((priority++))
done <<'END'
from 10.9.9.9 blackhole
from 10.9.9.0/24 unreachable
from 10.9.9.9 prohibit
from 10.9.9.9 nop
from 10.9.9.9 goto 20100
from 10.9.9.9 goto 15000
not from 10.0.0.0/8 lookup main
from 10.9.9.9 tos 0x10 lookup main
from 10.9.9.9 uidrange 1000-2000 lookup main
from 10.9.9.9 ipproto tcp lookup main
from 10.9.9.9 ipproto udp dport 53 lookup 500
from 10.9.9.9 sport 100-200 dport 80-90 ipproto 17 lookup 500
from 10.9.9.9 ipproto icmp lookup 500
from 10.9.9.9 ipproto gre lookup 500
from 10.9.9.9 fwmark 0x5 lookup 500
from 10.9.9.9 fwmark 0x5/0xff lookup 500
iif eth7 lookup 500
oif eth7 lookup 500
iif eth1 to 10.9.9.0/24 lookup 500
from 10.9.9.9 lookup main suppress_prefixlength 0
from 10.9.9.9 lookup main suppress_ifgroup 5
from 10.9.9.9 lookup 500 suppress_prefixlength 3 suppress_ifgroup 7
to 10.9.9.9 lookup local
from 10.9.9.9 lookup default
END
as_ip_does() { host ip rule | sed 's/[[:space:]]\+/ /g; s/ $//; s/ \[[a-z]*\]//' | awk -F: '$1 >= 100 && $1 < 200'; }
as_explained() { explain --from 10.0.2.37 192.0.2.1 | sed -n 's/^[> ] \(1[0-9][0-9]: .*\)/\1/p' | sed 's/  .*//'; }
check 'there are rules of 24 forms' same 24 sh -c 'wc -l' <<<"$(as_ip_does)"
check 'explain lists each form as ip does' same "$(as_ip_does)" as_explained
host sh -c 'for priority in $(seq 100 123); do ip rule del priority $priority; done'

check 'what is piped has no colours' same '' host sh -c '{ eni-routes status; eni-routes check; } | grep "$(printf "\033")"'
on_terminal() { host env TERM=xterm "$@" script -qec 'eni-routes status; eni-routes check' /dev/null; }
# shellcheck disable=SC2016
check 'a terminal has' prints "$(printf '\033')\[" on_terminal
coloured_nevertheless() { on_terminal "$1" | grep "$(printf '\033')\["; }
check 'but not with NO_COLOR' fails coloured_nevertheless NO_COLOR=1
check 'nor with TERM=dumb' fails coloured_nevertheless TERM=dumb
check 'options that do not go together' exits 2 host eni-routes status --json --svg
check 'an address that is none' exits 2 explain 10.0.0.256
check 'two families' exits 2 explain --from 10.0.2.37 2001:db8::1
check '--in without --from' exits 2 explain --in eth1 10.0.2.37
check 'an interface that is none' exits 2 explain --from 192.0.2.1 --in eth7 10.0.2.37
check 'every key of the JSON is documented' host sh -c '{ eni-routes status --json; eni-routes check --json; } |
    sed -n "s/^ *\"\([a-z0-9_]*\)\":.*/\1/p" | sort -u | while read -r key; do
        grep -q "\`$key\`" '"$source_dir"'/docs/json.md || { echo "$key"; exit 1; }
    done'
done_testing
