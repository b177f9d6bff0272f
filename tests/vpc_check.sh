#!/bin/bash
# check, explain, status and report, against real packets: before installation and after it, in each fault made by hand,
# and with what may stand around. A fault is named, and nothing but it.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"
build=$(readlink -f "$1")
hooks=/etc/NetworkManager/dispatcher.d

check_command() { host "$build/src/eni-routes" check "$@"; }
explain() { host "$build/src/eni-routes" explain "$@"; }
second_is_lost() { prints '198.51.100.11 .*LOST' vpc ping; }

# found LINE...: what is wrong by check, and just that; its exit status is 1, or 5 where all are warnings.
found() {
    local wanted status=0 got
    printf -v wanted '%s\n' "$@"
    got=$(check_command --quiet) || status=$?
    case $wanted in
        BROKEN*) [ "$status" = 1 ] ;;
        warning*) [ "$status" = 5 ] ;;
        *) [ "$status" = 0 ] ;;
    esac || { echo "exit status $status" && return 1; }
    differ "${wanted%$'\n'}" "$(sed 's/ \+/ /g' <<<"$got")"
}

# red ENI-ROUTES: how many boxes and lines of the picture are in red.
red() {
    host "$1" status --svg >"$seen.svg" || return 1
    /usr/bin/python3 -Ic 'import sys, xml.etree.ElementTree as etree
shapes = [shape for shape in etree.parse(sys.argv[1]).iter() if shape.get("stroke")]
assert len(shapes) > 10, len(shapes)
print(sum(shape.get("stroke") == "#cf222e" for shape in shapes))' "$seen.svg"
}

# ---- Before and after -----------------------------------------------------------------------------

begin 2
dropped() { echo "; requests are dropped on arrival, rp_filter is strict on $1; fix: $fix"; }
main='rule "32766: from all lookup main"'
way0='"default via 10.0.0.1 dev eth0 table main metric 100 src 10.0.0.29"'
net0='"10.0.0.0/24 dev eth0 table main metric 100 scope link src 10.0.0.29"'
net1='"10.0.2.0/24 dev eth1 table main metric 101 scope link src 10.0.2.37"'
# lost_by_main INTERFACE...: the verdicts where main alone decides, for IPv4.
lost_by_main() {
    echo "BROKEN eth0 answers from 10.0.0.29 to neighbours in 10.0.2.0/24 leave by eth1 ($main finds $net1)$(dropped eth0)"
    echo "BROKEN eth1 answers from 10.0.2.37 to the internet and the rest of the VPC's 10.0.0.0/16 leave by eth0 ($main finds $way0)$(dropped eth1)"
    echo "BROKEN eth1 answers from 10.0.2.37 to neighbours in 10.0.0.0/24 leave by eth0 ($main finds $net0)$(dropped eth1)"
}

untouched() { policy && disk && host sh -c 'ls -d /run/eni-routes || :'; }
before=$(untouched)
check 'before installation: the second Elastic IP is lost' second_is_lost
check 'check is exit 1' exits 1 check_command
fix='install eni-routes, then: eni-routes regenerate'
check 'it names what is lost, why, and what to do' same "$(lost_by_main)" \
    host sh -c "$build/src/eni-routes check --quiet | grep '10\.0\.[02]\.'"
check 'and that nothing is installed' prints 'BROKEN .*the hook is not installed.*fix: install eni-routes' check_command
check 'it needs no root' same "$(lost_by_main)" host sh -c "install -m 755 $build/src/eni-routes /var/tmp
    setpriv --reuid 65534 --regid 65534 --clear-groups /var/tmp/eni-routes check --quiet | grep '10\.0\.[02]\.'"
check 'it changes nothing, and leaves nothing behind' unchanged "$before" untouched
check 'explain shows the rule' prints '^> 32766: from all lookup main  finds "default via 10.0.0.1 dev eth0' \
    explain --from 10.0.2.37 192.0.2.1
check 'and what rp_filter does' prints '^rp_filter  drops it: the answer would leave by eth0' \
    explain --from 192.0.2.1 --in eth1 10.0.2.37
check 'the picture is well-formed, with something in red' prints '^[1-9]' red "$build/src/eni-routes"

vpc install "$build"
up eth1 >"$seen"
vpc settle
all_good() { check_command && ! check_command | grep -v '^ok ' | grep -vx 'all is right'; }
check 'after installation: every line is good, exit 0' eventually all_good
ipv6_answers() { vpc client ping -c 1 -W 1 2001:db8::29 && vpc client ping -c 1 -W 1 2001:db8:1::37; }
check 'and so are the packets' elastic_ips_answer
check "and IPv6's" eventually ipv6_answers
vpc settle
check 'quiet says nothing' found ''
check 'explain finds the own table' prints '^> 20101: from 10.0.2.0/24 iif lo lookup eth1  *finds "default via 10.0.2.1 dev eth1' \
    explain --from 10.0.2.37 192.0.2.1
check 'and the kernel agrees' prints '^kernel     by eth1 via 10.0.2.1; it agrees' explain --from 10.0.2.37 192.0.2.1
check 'what comes in is accepted' prints '^rp_filter  accepts it' explain --from 192.0.2.1 --in eth1 10.0.2.37
check 'explain without a source' prints '^source     10.0.0.29, chosen by the kernel' explain 192.0.2.1

# Recorded facts say the same, wherever they are read; the versions of the host and its configuration are in them.
host sh -c 'eni-routes facts >/var/tmp/facts.json'
recorded() { host eni-routes "$@" --facts /var/tmp/facts.json; }
check 'recorded facts: check says the same' differ "$(check_command)" "$(recorded check)"
healthy_report() { recorded report - >"$seen" && ! grep -q 'class="grade broken"' "$seen"; }
check 'recorded facts: nothing in the report is broken' healthy_report
check 'they say with what they were recorded' prints "\"kernel_release\": \"$(uname -r)\"" host cat /var/tmp/facts.json
check 'and by which NetworkManager' prints '"networkmanager": "1\.' host cat /var/tmp/facts.json

# ---- Faults made by hand ----------------------------------------------------------------------------

# fault NAME COMMAND VERDICT EXPLAINED: the second Elastic IP is lost; check names it, explain shows the rule.
fault() {
    host sh -c "$2"
    check "$1: the second Elastic IP is lost" second_is_lost
    check "$1: check names it, and only it" found "$3"
    check "$1: explain shows the rule" prints "$4" explain --from 10.0.2.37 192.0.2.1
}
mended() {
    regenerate >"$seen"
    check "$1: mended by what it said" found ''
}

fix='eni-routes regenerate'
lost="BROKEN eth1 answers from 10.0.2.37 to the internet, neighbours in 10.0.0.0/24 and the rest of the VPC's 10.0.0.0/16 leave by eth0"
rule='rule "20101: from 10.0.2.0/24 iif lo lookup eth1"'
by_main='^> 32766: from all lookup main  *finds "default via 10.0.0.1 dev eth0'

fault 'rule deleted' 'ip rule del priority 20101' \
    "$lost ($rule is missing, so that $main decides)$(dropped eth1)" "$by_main"
mended 'rule deleted'

fault 'table emptied' 'ip route flush table eth1' \
    "$lost (table eth1 is empty, so that $main decides)$(dropped eth1)" \
    '^  20101: from 10.0.2.0/24 iif lo lookup eth1  *nothing in table eth1'
mended 'table emptied'

wanted='"default via 10.0.2.1 dev eth1 table eth1 src 10.0.2.37"'
fault 'wrong gateway' 'ip route replace default via 10.0.2.99 dev eth1 table eth1' \
    "${lost% leave by eth0} go to 10.0.2.99, which is not eth1's gateway ($rule finds \
\"default via 10.0.2.99 dev eth1 table eth1\" instead of $wanted); fix: $fix" \
    '^> 20101: from 10.0.2.0/24 iif lo lookup eth1  *finds "default via 10.0.2.99'
mended 'wrong gateway'

fix="find out who made the first of them, which is not eni-routes' and says that it is for these packets"
fault 'foreign rule before ours' 'ip rule add from 10.0.2.37 lookup main priority 100' \
    "$lost (rule \"100: from 10.0.2.37 lookup main\" decides before $rule is asked)$(dropped eth1)" \
    '^> 100: from 10.0.2.37 lookup main  *finds "default via 10.0.0.1 dev eth0'
host ip rule del from 10.0.2.37/32 table main priority 100
mended 'foreign rule before ours'

fix='eni-routes regenerate'
fault 'policy gone, rp_filter strict' \
    'ip rule flush; ip rule add lookup main priority 32766; ip rule add lookup default priority 32767' \
    "BROKEN host none of eni-routes' rules for IPv4 is in the kernel; fix: $fix
$(lost_by_main)" "$by_main"
mended 'policy gone, rp_filter strict'

# Not by the kernel's answers: the packets still get through.
quiet_fault() {
    host sh -c "$2"
    check "$1: check names it, and only it" found "$3"
}

for hook in "$hooks/30-eni-routes" "$hooks/pre-up.d/30-eni-routes"; do
    quiet_fault "$hook without its run bit" "chmod a-x $hook" "BROKEN host $hook is not executable: NetworkManager does not \
run it; fix: chown root $hook && chmod 755 $hook"
    host chmod 755 "$hook"
done
quiet_fault 'the hook hidden by a file of the same name' \
    "mkdir -p /usr/lib/NetworkManager/dispatcher.d; mv $hooks/30-eni-routes /usr/lib/NetworkManager/dispatcher.d
    : >$hooks/30-eni-routes; chmod 755 $hooks/30-eni-routes" \
    "BROKEN host $hooks/30-eni-routes is not eni-routes' hook, and hides the one in /usr/lib: nothing is done when an \
interface comes up; fix: move it away"
host mv "/usr/lib/NetworkManager/dispatcher.d/30-eni-routes" "$hooks/30-eni-routes"
# shellcheck disable=SC2016
quiet_fault 'the dispatcher is not enabled' \
    'mkdir -p /run/systemd/system; for dir in /etc /usr/lib; do
        rm -f $dir/systemd/system/dbus-org.freedesktop.nm-dispatcher.service; done' \
    'BROKEN host NetworkManager-dispatcher is not enabled: no hook runs; fix: systemctl enable --now NetworkManager-dispatcher.service'
host ln -s /usr/lib/systemd/system/NetworkManager-dispatcher.service \
    /etc/systemd/system/dbus-org.freedesktop.nm-dispatcher.service
check 'the dispatcher is enabled: good' found ''
check 'status: a watch that is not enabled' prints '^ *watch  *does not run$' host eni-routes status
quiet_fault 'an enabled watch does not run' 'mkdir -p /etc/systemd/system/multi-user.target.wants
    ln -s /usr/lib/systemd/system/eni-routes-watch.service /etc/systemd/system/multi-user.target.wants' \
    'warning host eni-routes-watch is enabled and does not run: what NetworkManager sends no event for is not repaired; fix: systemctl restart eni-routes-watch; why it ended: journalctl -u eni-routes-watch'
check 'status says so as well' prints '^ *watch  *enabled, and does not run' host eni-routes status
host ln -s /dev/null /etc/systemd/system/eni-routes-watch.service
check 'a masked one is meant not to run' found ''
host rm -r /run/systemd/system /etc/systemd/system/multi-user.target.wants/eni-routes-watch.service /etc/systemd/system/eni-routes-watch.service
quiet_fault "the recipe's second line is missing" 'ip rule del priority 25101' \
    "warning eth1 rule \"25101: from all to 10.0.2.0/24 lookup eth1\" (its neighbours) is missing; fix: $fix"
mended "the recipe's second line is missing"
quiet_fault 'a file is gone' 'rm /etc/sysconfig/network-scripts/rule-eth1' \
    "warning eth1 /etc/sysconfig/network-scripts/rule-eth1 is missing: a boot starts with what the files say; fix: $fix"
mended 'a file is gone'
vpc nm stop # which would tell the hook
quiet_fault 'a rule of an interface that is gone' \
    'ip link add eth9 type veth peer name eth9p; ip link set eth9 up; ip address add 10.9.0.5/24 dev eth9
    eni-routes regenerate >/dev/null; ip link del eth9; rm -f /etc/sysconfig/network-scripts/*-eth9' \
    "$(for line in 'from 10.9.0.0/24 iif lo' 'from all to 10.9.0.0/24' 'from all oif eth9'; do
        case $line in *to*) p=25109 ;; *oif*) p=29109 ;; *) p=20109 ;; esac
        echo "warning host rule \"$p: $line lookup eth9\" is left over (eth9 is gone); fix: $fix"
    done)
warning host /etc/iproute2/rt_tables.d/eni-routes.conf is not what eni-routes would write: a boot starts with what the files \
say; fix: $fix"
mended 'a rule of an interface that is gone'
vpc nm start
vpc settle

# ---- What stands around -----------------------------------------------------------------------------

quiet_fault 'nm-cloud-setup is at work' 'ip rule add lookup main suppress_prefixlength 0 priority 30350' \
    'warning host nm-cloud-setup is at work on this host as well: rule "30350: from all lookup main suppress_prefixlength 0"; fix: systemctl disable --now nm-cloud-setup.timer nm-cloud-setup.service, then: reboot'
host ip rule del priority 30350
quiet_fault 'a route file that nobody reads' 'echo "10.98.0.0/16 via 10.0.2.9" >/etc/sysconfig/network-scripts/route-lan' \
    'warning lan /etc/sysconfig/network-scripts/route-lan is read by no program: there is no ifcfg-lan beside it; fix: nmcli connection modify lan +ipv4.routes ..., then: rm /etc/sysconfig/network-scripts/route-lan'
host rm /etc/sysconfig/network-scripts/route-lan

# As if SELinux enforced, and auditd logged. label TYPE: of /etc/iproute2/rt_tables.d.
label() { host /usr/bin/python3 -Ic "import os; os.setxattr('/etc/iproute2/rt_tables.d', 'security.selinux', b'system_u:object_r:$1:s0\0')"; }
denied='warning  host  SELinux denied eni-routes-event (NetworkManager_dispatcher_custom_t) { write } on dir rt_tables.d (tmp_t), '
host sh -c 'mount -t tmpfs tmpfs /sys/fs && mkdir -p /sys/fs/selinux /var/log/audit && echo 1 >/sys/fs/selinux/enforce
    echo "type=AVC msg=audit($(date +%s).123:1): avc:  denied  { write } for  pid=9 comm=\"eni-routes-even\" name=\"rt_tables.d\" dev=\"xvda1\" ino=9 scontext=system_u:system_r:NetworkManager_dispatcher_custom_t:s0 tcontext=system_u:object_r:tmp_t:s0 tclass=dir permissive=0" >/var/log/audit/audit.log'
label tmp_t
check 'SELinux denied something: check names it' prints "$denied" check_command --quiet
label net_conf_t
check 'the directory has another label by now: good' found ''
label tmp_t
host sh -c 'echo 0 >/sys/fs/selinux/enforce'
check 'SELinux does not enforce: good' found ''
host sh -c 'umount /sys/fs; rm -r /var/log/audit'

# A server on every address, until its standard input ends.
coproc SERVER { host /usr/bin/python3 -Ic 'import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", 514))
print("ready", flush=True)
sys.stdin.read()'; }
read -r _ <&"${SERVER[0]}"
check 'a UDP server on every address' found 'warning host python3 listens on UDP port 514 of every address: unless it takes care itself, it answers from the address of the interface that main prefers, whichever it was asked at; fix: let it listen on each address by itself'
eval "exec ${SERVER[1]}>&-"
wait "$SERVER_PID"

host sysctl -q -w net.ipv4.ip_forward=1
vpc add docker
vpc settle
check 'a published port' found "warning eth1 answers of 172.17.0.2 for port 8080 of 10.0.2.37 to the internet leave by eth0 \
($main finds $way0); requests are dropped on arrival, rp_filter is strict on eth1; fix: publish the port on an address of eth0, or let a proxy on this host listen on 10.0.2.37"
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

# ---- The picture and the report -----------------------------------------------------------------------

check 'the picture of the repaired host is well-formed, with nothing in red' same 0 red eni-routes

# browse PROFILE ARGUMENT...: a real browser, in a network namespace without a link.
browse() {
    local profile=$1
    shift
    unshare --net timeout 60 chromium --headless --no-sandbox --disable-gpu --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --user-data-dir="$profile" "$@" >"$seen.browser" 2>&1 || { cat "$seen.browser" && return 1; }
}

# red_pixels IMAGE.ppm: how many are in the red of what is broken.
red_pixels() {
    /usr/bin/python3 -Ic 'import sys
data = open(sys.argv[1], "rb").read()
pixels = data.split(b"\n", 3)[3]
print(sum(pixels[i:i + 3] == b"\xcf\x22\x2e" for i in range(0, len(pixels), 3)))' "$1"
}

# fetched DIRECTORY: what report.html there made the browser ask for beside itself, when it was opened. (The browser's
# own questions to its maker carry a key.)
fetched() {
    browse "$1/profile" --print-to-pdf="$1/report.pdf" --log-net-log="$1/net.json" "file://$1/report.html" || return 1
    grep -o '"url":"[^"]*"' "$1/net.json" | sort -u | grep -v -e 'cup2key=' -e "\"file://$1/report.html\""
}

# renders WORD: the host's report as it is now: laid out, and nothing asked for.
renders() {
    local dir=$seen.report number word
    rm -rf "$dir" && mkdir "$dir" && host eni-routes report - >"$dir/report.html" || return 1
    ! fetched "$dir" && [ -s "$dir/report.pdf" ] || return 1
    pdftotext -layout "$dir/report.pdf" "$dir/report.txt" && pdftoppm -r 96 "$dir/report.pdf" "$dir/page" || return 1
    for word in 'eni-routes on ip-10-0-0-29' '10.0.2.37' 'table eth1' "$1"; do
        grep -q "$word" "$dir/report.txt" || { echo "not seen: $word" && cat "$dir/report.txt" && return 1; }
    done
    number=$(for page in "$dir"/page*.ppm; do red_pixels "$page"; done | awk '{ sum += $1 } END { print sum }')
    echo "$number red pixels"
    if [ "$1" = broken ]; then [ "$number" -gt 100 ]; else [ "$number" = 0 ]; fi
}

# The same page with a picture from elsewhere, and with nothing to forbid it: the log tells.
would_be_noticed() {
    sed -i -e '/Content-Security-Policy/d' -e 's|<h1>|<img src="http://192.0.2.1/x.png">&|' "$seen.report/report.html"
    fetched "$seen.report" | grep -q 192.0.2.1
}
check 'the report of the repaired host, in a browser: rendered, nothing fetched' renders 'Every address answers'
host ip rule del priority 20101
check 'and of a broken one' renders broken
check 'what a report fetched would be noticed' would_be_noticed
done_testing
