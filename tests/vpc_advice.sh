#!/bin/bash
# No advice of check's makes any flow worse. Each `fix` is got by a fault, and followed to the letter: a command, or a
# line of the configuration. Each time the flows that worked before work after it, and what was found is gone. What no
# command mends has no fix: there a person does what is to be done. At the end each text of a fix that the sources have
# must have been among them.
# shellcheck disable=SC2016  # what a situation is made of is expanded where it is used
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"
# shellcheck source=tests/vpc_hands.sh
. "$(dirname "$0")/vpc_hands.sh"
build=$(readlink -f "$1")
checker=$build/src/eni-routes
followed=$scratch/followed # every fix that was

state() {
    policy_and_disk
    host ip route show table main | sed 's/ metric [0-9]*//' | sort
    host ip -4 -o address show | sed 's/ *valid_lft.*//'
}

# ---- A situation

working() { { vpc matrix; vpc ping --all; } | sed -n 's/ *\(ok\|answered in .*\)$//p' | sort; }
count() { grep -c . <<<"$1"; }
fixes() { { findings fix || :; } | awk '!known[$0]++' | grep .; }
finds() { prints "^[a-z]* $1 " findings; }
# has_fix CODE FIX: the last findings have one of these.
has_fix() {
    /usr/bin/python3 -Ic 'import json, sys
fixes = [finding["fix"] or "" for finding in json.load(open(sys.argv[1]))["findings"] if finding["code"] == sys.argv[2]]
print(*fixes, sep="\n")
sys.exit(sys.argv[3] not in fixes)' "$seen.json" "$@"
}
# not_worse BEFORE: what worked before does so now.
not_worse() {
    now=$(working)
    comm -23 <(echo "$1") <(echo "$now") | all_in ''
}
found_no_more() { ! fixes | grep -xF -e "$1"; }
nothing_wrong() { exits 0 findings; }

# does NAME WHAT CMD...: of what worked nothing is lost by it.
does() {
    local before now=''
    before=$(working)
    check "$1: '$2' can be done" "${@:3}"
    settle
    eventually not_worse "$before"
    check "$1: '$2': of $(count "$before") flows none is lost, $(count "$now") work" \
        differ '' "$(comm -23 <(echo "$before") <(echo "$now"))"
}

# situation NAME FAULT CODE FIX BACK [BY-HAND]: FAULT, BACK and BY-HAND are commands of this script. By FAULT check
# finds CODE, and FIX is what it says to that; '': it says nothing. Whatever it says is followed, and what it says after
# that, until it is content; BY-HAND is what a person does where there is no fix, or what remains to be done.
situation() {
    local name=$1 fault=$2 code=$3 wanted=$4 back=$5 by_hand=${6:-} fix
    eval "$fault" >"$seen.fault" 2>&1
    check "$name: check finds $code" eventually finds "$code"
    check "$name: its fix is '$wanted'" has_fix "$code" "$wanted"
    [ -n "$wanted" ] || does "$name" "$by_hand" eval "$by_hand"
    for _ in 1 2 3; do
        fixes >"$scratch/fixes" || break
        while read -r -u 3 fix; do
            echo "$fix" >>"$followed"
            does "$name" "$fix" carry_out_fix "$fix"
            check "$name: '$fix': what was found is gone" eventually found_no_more "$fix"
        done 3<"$scratch/fixes"
    done
    [ -z "$wanted" ] || [ -z "$by_hand" ] || does "$name" "$by_hand" eval "$by_hand"
    check "$name: then there is nothing left to do" eventually nothing_wrong
    check "$name: and all flows are there" eventually not_worse "$at_first"
    eval "$back" >"$seen.back" 2>&1
    settle
    regenerate >"$seen.back" 2>&1
    [ -z "$state_at_first" ] || check "$name: all is put back" eventually unchanged "$state_at_first" state
}

# An address for a moment somewhere else, as by a mistyped command.
address_moves() { host sh -c 'ip address add 10.0.2.37/24 dev eth0; ip address del 10.0.2.37/24 dev eth1'; }
profile() { host nmcli connection modify "$@"; }
# A server of another group, until end_server.
join_multicast() {
    background 'import socket, sys
member = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
member.bind(("239.1.2.3", 5000))
group, interface = map(socket.inet_aton, ("239.1.2.3", "10.0.2.37"))
member.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group + interface)
print("ready", flush=True)
sys.stdin.read()'
}
# Into a directory that NetworkManager does not read, and back.
without_profile() {
    host sh -c 'mkdir -p /var/tmp/profiles
        mv /etc/NetworkManager/system-connections/eth1* "$1"/ifcfg-eth1 /var/tmp/profiles
        nmcli connection reload; nmcli device disconnect eth1' without_profile "$scripts"
}
with_profile() {
    host sh -c 'nmcli -t -f UUID,DEVICE connection | sed -n "s/:eth1\$//p" | xargs -r nmcli connection delete
        mv /var/tmp/profiles/ifcfg-eth1 "$1"; mv /var/tmp/profiles/* /etc/NetworkManager/system-connections
        nmcli connection reload' with_profile "$scripts"
    up eth1
}

# ---- Nothing is installed yet

export VPC_IPV6=no
begin 2
at_first=$(working) state_at_first=''
stand_ins 2>"$seen" # there is no configuration to keep yet
situation 'not installed' : not-installed 'yum install eni-routes && eni-routes regenerate' :
stand_ins
at_first=$(working)
check 'each flow there is works' vpc matrix
check 'check finds nothing' found
state_at_first=$(state)

# ---- The hook, the watch, NetworkManager, SELinux

situation 'no hook' 'host rm "$hooks/30-eni-routes" "$hooks/pre-up.d/30-eni-routes"' not-installed \
    'yum install eni-routes && eni-routes regenerate' :
situation 'one of the hooks is gone' 'host rm "$hooks/pre-up.d/30-eni-routes"' hook-missing 'yum reinstall eni-routes' :
situation 'a hook that is not executable' 'host chmod a-x "$hooks/30-eni-routes"' hook-not-executable \
    "chown root $hooks/30-eni-routes && chmod 755 $hooks/30-eni-routes" :
situation 'a hook that anybody can write' 'host chmod 777 "$hooks/pre-up.d/30-eni-routes"' hook-not-executable \
    "chown root $hooks/pre-up.d/30-eni-routes && chmod 755 $hooks/pre-up.d/30-eni-routes" :
situation "another program's hook of that name" 'host sh -c "
    mv $hooks/30-eni-routes /usr/lib/NetworkManager/dispatcher.d
    printf \"#!/bin/sh\n\" >$hooks/30-eni-routes; chmod 755 $hooks/30-eni-routes"' \
    hook-foreign "mv $hooks/30-eni-routes /root/" \
    'host sh -c "rm /root/30-eni-routes; mv /usr/lib/NetworkManager/dispatcher.d/30-eni-routes $hooks"'
situation 'the dispatcher is not enabled' 'host bash -c "mkdir -p /run/systemd/system
    rm -f {/etc,/usr/lib}/systemd/system/dbus-org.freedesktop.nm-dispatcher.service"' \
    dispatcher-disabled 'systemctl enable --now NetworkManager-dispatcher.service' :
situation 'the watch is enabled and does not run' 'host sh -c "mkdir -p /etc/systemd/system/multi-user.target.wants
    ln -s /usr/lib/systemd/system/eni-routes-watch.service /etc/systemd/system/multi-user.target.wants"' \
    watch-stopped 'systemctl restart eni-routes-watch' end_watch
# It remembers for two minutes.
situation 'what the watch does is undone' 'fought_over 25101' watch-fight '' \
    'end_watch; host rm -r /etc/systemd/system/multi-user.target.wants /run/systemd/system' \
    'end_watch; regenerate; host systemctl restart eni-routes-watch'
situation 'NetworkManager does not run' 'vpc nm stop' networkmanager-stopped 'systemctl start NetworkManager' \
    'vpc nm restart; up eth1'
situation 'NetworkManager does not manage one' 'host nmcli device set eth1 managed no' networkmanager-unmanaged \
    'nmcli device set eth1 managed yes' 'up eth1'
situation 'nor has it an address' \
    'host sh -c "nmcli device set eth1 managed no; ip -4 address flush dev eth1 scope global"' \
    networkmanager-unmanaged \
    'nmcli device set eth1 managed yes && nmcli connection up ifname eth1' :
situation 'SELinux: a label' 'host label_as tmp_t /etc/iproute2/rt_tables.d
    denied "name=\"rt_tables.d\" dev=\"xvda1\" ino=9" dir' selinux-denied \
    'restorecon -Rv /etc/iproute2 /etc/sysconfig /etc/eni-routes /run/eni-routes /var/lib/eni-routes' no_selinux
situation "SELinux: the hook's" 'host label_as tmp_t "$hooks/30-eni-routes"
    denied "name=\"30-eni-routes\" dev=\"xvda1\" ino=9" file' selinux-denied \
    'restorecon -Rv /etc/NetworkManager /usr/lib/NetworkManager /usr/libexec/eni-routes-event' no_selinux
situation 'SELinux: no label' 'denied "" netlink_route_socket' selinux-denied '' : no_selinux

# ---- What the kernel and the disk do not have

again='eni-routes regenerate'
situation 'a rule is gone' 'host ip rule del priority 20101' rule-missing "$again" :
situation 'the rule for the neighbours is gone' 'host ip rule del priority 25101' rule-missing "$again" :
situation 'the suppress rule is gone' 'host ip rule del priority 20000' rule-missing "$again" :
situation 'all rules of eni-routes are gone' 'host sh -c "ip rule flush; ip rule add lookup main priority 32766
    ip rule add lookup default priority 32767"' policy-missing "$again" :
situation 'all rules are gone' 'host ip rule flush' kernel-rule-missing \
    "ip rule add lookup main priority 32766 && $again" 'host ip rule add lookup default priority 32767'
situation "IPv6's own rule is gone" 'host ip -6 rule del priority 32766' kernel-rule-missing \
    'ip -6 rule add lookup main priority 32766' :
situation 'a rule is left over' 'host ip rule add from 10.9.0.0/24 iif lo lookup 10001 priority 20150' rule-left-over \
    "$again" :
situation 'a table is empty' 'host ip route flush table eth1' route-missing "$again" :
situation 'a table lacks one' 'host ip route del 10.0.2.0/24 table eth1' route-missing "$again" :
situation 'a table has one more' 'host ip route add 10.98.0.0/16 via 10.0.2.1 dev eth1 table eth1 proto 206' \
    route-left-over "$again" :
situation 'another gateway in a table' 'host ip route replace default via 10.0.2.99 dev eth1 table eth1' \
    route-missing "$again" :
situation 'no local route' 'host ip route del local 10.0.2.37 dev eth1 table local' route-missing \
    'ip route add local 10.0.2.37 dev eth1 table local proto kernel scope host src 10.0.2.37' :
situation 'another link group' 'host ip link set eth1 group default' link-group "$again" :
situation 'a file is gone' 'host rm "$scripts/rule-eth1"' file-differs "$again" :
situation 'a file has something else' 'host sh -c "echo to 10.98.0.0/16 lookup 300 >>$scripts/rule-eth1"' \
    file-differs "$again" :
situation 'a file is left over' 'host sh -c "sed s/eth1/eth7/ $scripts/rule-eth1 >$scripts/rule-eth7"' \
    file-differs "$again" :

# ---- What others say

situation 'a rule for all packets' 'host sh -c "ip route add default via 10.0.0.1 dev eth0 table 52
    ip rule add from all lookup 52; ip rule add lookup main suppress_prefixlength 0"' foreign-rule "$again" \
    'host sh -c "ip rule del from all lookup 52
    ip rule del lookup main suppress_prefixlength 0; ip route flush table 52"'
situation 'a default that refuses' 'host ip route add blackhole default metric 5' route-refuses "$again" \
    : 'host ip route del blackhole default metric 5; regenerate'
situation 'a tunnel in parts' 'vpc add tunnel-parts' main-route "$again" : 'vpc remove tunnel; regenerate'
situation 'one for certain packets' 'host ip rule add from 10.0.2.37 lookup main priority 100' foreign-rule '' : \
    'host ip rule del priority 100'
situation 'one that is not understood' 'host ip rule add from 10.0.2.37 lookup main realms 5 priority 100' \
    rule-unknown '' : 'host ip rule del priority 100'
situation 'one of which nothing is known' 'host ip rule add from 10.0.2.37 to 172.31.0.0/16 lookup main priority 100' \
    rule-before-ours '' : 'host ip rule del priority 100'
# As it does it itself: in what NetworkManager has applied, not in the profile.
situation 'nm-cloud-setup' 'host sh -c "nmcli device modify eth1 \
    +ipv4.routing-rules \"priority 30201 from 10.0.2.37 table 30201\" +ipv4.routes \"10.0.2.0/24 table=30201\""
    vpc settle' \
    other-tool 'systemctl disable --now nm-cloud-setup.timer nm-cloud-setup.service, then: reboot' :
situation 'cloud-netconfig' 'host ip rule add lookup main suppress_prefixlength 0 priority 30399' other-tool \
    'systemctl disable --now cloud-netconfig.timer, then: reboot' :
situation 'amazon-ec2-net-utils' 'host sh -c "mkdir -p /etc/udev/rules.d
    : >/etc/udev/rules.d/99-vpc-policy-routes.rules; ip rule add from 10.0.2.37 lookup 10001 priority 10001"' \
    other-tool 'yum remove amazon-ec2-net-utils, then: reboot' :

# ---- Files

# A profile that no file in ifcfg's form stands beside.
host nmcli connection add type ethernet con-name lan ifname eth9 autoconnect no >"$seen"
situation 'a route file that nobody reads' 'host sh -c "echo 10.98.0.0/16 via 10.0.2.9 >$scripts/route-lan"' \
    route-file-unread "nmcli connection modify lan +ipv4.routes '10.98.0.0/16 10.0.2.9' && rm $scripts/route-lan" :
check 'the profile has it' same '10.98.0.0/16 10.0.2.9' host nmcli -g ipv4.routes connection show lan
situation "and IPv6's, of two lines" 'host sh -c "{ echo 2001:db8:98::/64 via 2001:db8:1::9
    echo 2001:db8:99::/64 via 2001:db8:1::9; } >$scripts/route6-lan"' route-file-unread \
    "nmcli connection modify lan +ipv6.routes \
'2001:db8:98::/64 2001:db8:1::9, 2001:db8:99::/64 2001:db8:1::9' && rm $scripts/route6-lan" :
situation 'one that says more than a profile is told in a line' \
    'host sh -c "echo blackhole 10.98.0.0/16 >$scripts/route-lan"' route-file-unread '' : 'host rm "$scripts/route-lan"'
host nmcli connection delete lan >"$seen"
situation 'a route file beside a rule file' 'host sh -c "
    echo to 10.98.0.0/16 table 300 priority 10000 >$scripts/rule-eth0
    echo 10.98.0.0/16 via 10.0.0.9 dev eth0 table 300 >$scripts/route-eth0"' route-file-unread \
    'yum install NetworkManager-dispatcher-routing-rules' \
    'host rm "$scripts/rule-eth0" "$scripts/route-eth0"; remove_stock_script'
situation 'the recipe by hand' 'install_stock_script; host sh -c "
    printf \"from 10.0.0.0/24 table eth0\nto 10.0.0.0/24 table eth0\n\" >$scripts/rule-eth0
    printf \"default via 10.0.0.1 dev eth0 table eth0\n\" >$scripts/route-eth0
    ip rule add from 10.0.0.0/24 table eth0; ip rule add to 10.0.0.0/24 table eth0"' file-by-hand \
    'eni-routes adopt eth0' 'host sh -c "rm $scripts/*-eth0.*"; remove_stock_script'

# ---- The interfaces, and what EC2 says of them

situation 'switched off' 'host eni-routes disable' switched-off 'eni-routes enable' :
situation 'off, and something is left' 'host sh -c "eni-routes disable
    ip rule add lookup main suppress_prefixlength 1 suppress_ifgroup 10000 priority 20000"' \
    switched-off 'eni-routes enable' :
situation 'one is switched off' 'host eni-routes disable eth1' interface-disabled 'eni-routes enable eth1' :
situation 'switched off by the configuration' 'configure "enabled: false"; regenerate' switched-off \
    "'enabled: true' in the configuration, then: $again" shipped
situation 'one by the configuration' 'configure "interface: {eth1: {enabled: false}}"; regenerate' interface-disabled \
    "'interface: {eth1: {enabled: true}}' in the configuration, then: $again" shipped
situation 'left out by its name' "configure 'interfaces: {include: [eth0]}'; regenerate" interface-unmanaged \
    "'interfaces: {include: [\"eth0\", eth1]}' in the configuration, then: $again" shipped
situation 'left out by exclude' 'configure "interfaces: {exclude: [eth1]}"; regenerate' interface-unmanaged '' shipped \
    'shipped; regenerate'
situation 'a name that nothing has' "configure 'interfaces: {primary: eth9}'; regenerate" config-unmatched '' shipped \
    'shipped; regenerate'
situation 'a link is down' 'host ip link set eth1 down; vpc settle' link-down \
    'ip link set eth1 up && nmcli connection up ifname eth1' 'up eth1; vpc settle'
situation 'no address' 'profile eth1 connection.id "System eth1"; host ip -4 address flush dev eth1 scope global' \
    no-address 'nmcli connection up ifname eth1' 'profile "System eth1" connection.id eth1'
situation 'no profile' without_profile no-address 'eni-routes plug eth1' with_profile
situation 'a wrong address in the profile' \
    'profile eth1 ipv4.method manual ipv4.addresses 10.0.2.77/24 ipv4.gateway 10.0.2.1; up eth1' address-missing \
    "nmcli connection modify eth1 ipv4.method auto ipv4.addresses '' ipv4.gateway '' && \
nmcli connection up ifname eth1" :
situation 'a wrong netmask in the profile' \
    'profile eth1 ipv4.method manual ipv4.addresses 10.0.2.37/16 ipv4.gateway 10.0.2.1; up eth1' \
    netmask-wrong 'nmcli connection modify eth1 ipv4.addresses 10.0.2.37/24 && nmcli connection up ifname eth1' \
    'profile eth1 ipv4.method auto ipv4.addresses "" ipv4.gateway ""; up eth1'
situation 'assigned in EC2' 'vpc assign 1 10.0.2.50 203.0.113.200' address-missing \
    "'addresses: imds' in the configuration, then: $again" 'shipped; vpc unassign 1 10.0.2.50'
situation 'assigned, and taken off' 'configure "addresses: imds"; vpc assign 1 10.0.2.50 203.0.113.200; regenerate
    host ip address del 10.0.2.50/32 dev eth1' address-missing "$again" 'shipped; vpc unassign 1 10.0.2.50'
situation 'assigned no longer' 'configure "addresses: imds"; vpc assign 1 10.0.2.50 203.0.113.200; regenerate
    vpc unassign 1 10.0.2.50' address-left-over "$again" shipped
situation 'one address on two' 'host ip address add 10.0.2.37/24 dev eth0' address-shared \
    "ip address del 10.0.2.37/24 dev eth0 && $again" :
situation 'one on the wrong interface' address_moves address-elsewhere \
    'ip address del 10.0.2.37/24 dev eth0 && nmcli connection up ifname eth1' :
situation 'one on two that is nowhere assigned' \
    'host ip address add 10.0.0.77/24 dev eth0; host ip address add 10.0.0.77/24 dev eth1' address-shared '' \
    'host ip address del 10.0.0.77/24 dev eth0' 'host ip address del 10.0.0.77/24 dev eth1'
situation 'a gateway that is none' "configure 'interface: {eth1: {gateway: 10.0.2.99}}'; regenerate; vpc ping" \
    gateway-silent \
    "'interface: {eth1: {gateway: 10.0.2.1}}' in the configuration, then: $again" shipped
situation 'no carrier' 'vpc nm stop; carrier down' no-carrier '' 'up eth1; vpc settle' \
    'carrier up; vpc nm start; vpc settle'

# ---- Servers

situation 'a UDP server' 'udp_server ""' udp-server '' end_server 'end_server; udp_server 10.0.0.29 10.0.2.37'
situation 'a group on a secondary' join_multicast multicast-rp-filter 'sysctl -w net.ipv4.conf.eth1.rp_filter=2' \
    'end_server; host sysctl -q -w net.ipv4.conf.eth1.rp_filter=1'
situation 'a published port' 'host sysctl -q -w net.ipv4.ip_forward=1; vpc add docker; vpc settle' published-port \
    "'forwarded: connmark' in the configuration, then: $again" \
    'vpc remove docker; host sysctl -q -w net.ipv4.ip_forward=0; shipped; regenerate'

check 'at last there is no advice' fails fixes
# What is put together of pieces is there by its pieces.
each_text_was_followed() {
    local text
    /usr/bin/python3 -I "$source_dir/tests/advice_texts.py" "$source_dir"/src/check/*.cpp >"$seen.texts" || return 1
    while IFS= read -r text; do
        grep -qF -e "$text" "$followed" || echo "in the sources, and in no situation: $text"
    done <"$seen.texts" | all_in ''
}
check 'each text of advice in the sources was in one of these situations' each_text_was_followed
done_testing
