#!/bin/bash
# No advice of check's makes any flow worse. Each kind of `fix:` is got by a fault, and done: a command as it is printed, words
# as a person would who does so. Each time the flows that worked before work after it, and what was found is gone. At the end
# each text of advice that the sources have must have been among them.
# shellcheck disable=SC2016  # what a situation is made of is expanded where it is used
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"
build=$(readlink -f "$1")
hooks=/etc/NetworkManager/dispatcher.d
scripts=/etc/sysconfig/network-scripts
config=/etc/eni-routes/config.yaml
followed=$scratch/followed # every advice that was

# ---- What a host needs beside the VPC's

# There is no systemd, no SELinux and nothing to install from: each of these does what the real one would do to what check
# looks at.
stand_ins() {
    host tee /usr/bin/systemctl >"$seen" <<'END'
#!/bin/sh
case "$*" in
    'enable --now NetworkManager-dispatcher.service')
        ln -sf /usr/lib/systemd/system/NetworkManager-dispatcher.service /etc/systemd/system/dbus-org.freedesktop.nm-dispatcher.service ;;
    'restart eni-routes-watch') setsid eni-routes watch </dev/null >/run/watch.log 2>&1 & ;;
    'disable --now nm-cloud-setup.timer nm-cloud-setup.service' | 'disable --now cloud-netconfig.timer') ;;
    *) exit 1 ;;
esac
END
    host tee /usr/bin/yum >"$seen" <<'END'
#!/bin/sh
[ "$*" = 'install NetworkManager-dispatcher-routing-rules' ] || exit 1
cd /etc/NetworkManager/dispatcher.d && install -m 755 /var/tmp/stock_script.sh 10-ifcfg-rh-routes.sh && ln -s ../10-ifcfg-rh-routes.sh pre-up.d
END
    host tee /usr/bin/restorecon >"$seen" <<'END'
#!/bin/sh
case "$*" in
    '-Rv /etc/iproute2 '*) exec label_as net_conf_t /etc/iproute2/rt_tables.d ;;
    '-Rv /etc/NetworkManager '*) exec label_as NetworkManager_dispatcher_script_t /etc/NetworkManager/dispatcher.d/30-eni-routes ;;
    *) exit 1 ;;
esac
END
    host tee /usr/bin/label_as >"$seen" <<'END'
#!/usr/bin/python3 -I
import os, sys
os.setxattr(sys.argv[2], "security.selinux", f"system_u:object_r:{sys.argv[1]}:s0\0".encode())
END
    host sh -c 'printf "#!/bin/sh\n[ \"\$1 \$2 \$3\" = \"-m avc -c\" ]\n" >/usr/bin/ausearch
        chmod 755 /usr/bin/systemctl /usr/bin/yum /usr/bin/restorecon /usr/bin/label_as /usr/bin/ausearch'
    host cp -p "$config" /var/tmp
    host tee /var/tmp/stock_script.sh <"$source_dir/tests/stock_script.sh" >"$seen"
}

# denied TARGET CLASS: SELinux enforces, and auditd has logged what it denied.
denied() {
    host sh -c 'mount -t tmpfs tmpfs /sys/fs && mkdir -p /sys/fs/selinux /var/log/audit && echo 1 >/sys/fs/selinux/enforce
        echo "type=AVC msg=audit($(date +%s).123:1): avc:  denied  { write } for  pid=9 comm=\"eni-routes-even\" $1 scontext=system_u:system_r:NetworkManager_dispatcher_custom_t:s0 tcontext=system_u:object_r:tmp_t:s0 tclass=$2 permissive=0" >/var/log/audit/audit.log' \
        denied "$@"
}
no_selinux() { host sh -c 'umount /sys/fs; rm -r /var/log/audit'; }

# udp_server ADDRESS...: a server on each of these, until end_server; '' is every address.
udp_server() {
    coproc SERVER { host /usr/bin/python3 -Ic 'import socket, sys
servers = []
for address in sys.argv[1:]:
    servers.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    servers[-1].bind((address, 514))
print("ready", flush=True)
sys.stdin.read()' "$@"; }
    read -r _ <&"${SERVER[0]}"
}
end_server() {
    eval "exec ${SERVER[1]}>&-"
    wait "$SERVER_PID"
}

end_watch() {
    host sh -c 'pid=$(eni-routes status | sed -n "s/.*runs, process \([0-9]*\).*/\1/p"); [ -z "$pid" ] || kill "$pid"'
    eventually fails prints 'runs, process' host eni-routes status
}
# A program that deletes a rule as often as the watch brings it back.
fought_over() {
    host systemctl restart eni-routes-watch
    eventually prints 'runs, process' host eni-routes status
    host sh -c 'for i in $(seq 100); do
        ip rule del priority 20101 2>/dev/null
        ! grep -q "was undone three times" /run/watch.log || exit 0
        sleep 0.1
    done'
}

state() { policy_and_disk; host ip route show table main | sed 's/ metric [0-9]*//' | sort; host ip -4 -o address show | sed 's/ *valid_lft.*//'; }
shipped() { host cp -p /var/tmp/config.yaml "$config"; }
configure() { host sh -c 'printf "%s\n" "$@" >/etc/eni-routes/config.yaml' configure "$@"; }
carrier() { vpc router ip link set host.eth1 "$1"; }

# ---- A situation

# Without NetworkManager nothing comes to rest.
settle() { ! host nmcli general >"$seen" 2>&1 || vpc settle; }
working() { { vpc matrix; vpc ping --all; } | sed -n 's/ *\(ok\|answered in .*\)$//p' | sort; }
count() { grep -c . <<<"$1"; }
fixes() {
    { host "$build/src/eni-routes" check --json 2>"$seen.stderr" || :; } | /usr/bin/python3 -Ic 'import json, sys
print(*dict.fromkeys(finding["fix"] for finding in json.load(sys.stdin)["findings"] if finding["fix"]), sep="\n")' | grep .
}
# not_worse BEFORE: what worked before does so now.
not_worse() {
    now=$(working)
    comm -23 <(echo "$1") <(echo "$now") | all_in ''
}
found_no_more() { ! fixes | grep -xF -e "$1"; }

# A word that is a program's name does not make a sentence a command.
is_command() { [[ $1 =~ ^(eni-routes|nmcli|systemctl|chown|restorecon|ausearch|yum|rm)' ' && $1 != *...* ]]; }

# carry_out ADVICE BY-HAND: "COMMAND", "WORDS", "COMMAND; what else there is to know", "COMMAND or WORDS, then: COMMAND".
carry_out() {
    local first=${1%%; *} next=''
    [[ $first != *', then: '* ]] || next=${first#*, then: } first=${first%%, then: *}
    if is_command "$first"; then
        echo "# $first"
        host sh -c "$first" || return
    elif [ -n "$2" ]; then
        eval "$2" || return
    else
        echo "nothing is known of how a person does that: $first"
        return 1
    fi
    case $next in
        '') ;;
        reboot) vpc reboot ;;
        *) host sh -c "$next" ;;
    esac
}

# follow NAME ADVICE BY-HAND STAYS
follow() {
    local before now=''
    before=$(working)
    echo "$2" >>"$followed"
    check "$1: '$2' can be done" carry_out "$2" "$3"
    settle
    eventually not_worse "$before"
    check "$1: '$2': of $(count "$before") flows none is lost, $(count "$now") work" differ '' "$(comm -23 <(echo "$before") <(echo "$now"))"
    [ "$4" = stays ] || check "$1: '$2': what was found is gone" eventually found_no_more "$2"
}

# situation NAME FAULT ADVICE BACK [BY-HAND [stays]]: FAULT, BACK and BY-HAND are commands of this script, BY-HAND is what a
# person does who reads ADVICE, where that is in words. ADVICE is among what check prints then; whatever it prints is
# followed, and what it says after that, until it is content ("stays": the advice is to look, which mends nothing).
situation() {
    local name=$1 fault=$2 advice=$3 back=$4 by_hand=${5:-} stays=${6:-} fix hand
    eval "$fault" >"$seen.fault" 2>&1
    fixes >"$scratch/fixes"
    check "$name: the advice is '$advice'" grep -xF -e "$advice" "$scratch/fixes"
    for _ in 1 2 3; do
        while read -r -u 3 fix; do
            hand=''
            [ "${fix%%, then: *}" != "${advice%%, then: *}" ] || hand=$by_hand
            follow "$name" "$fix" "$hand" "$stays"
        done 3<"$scratch/fixes"
        fixes >"$scratch/fixes" || break
        [ -z "$stays" ] || break
    done
    [ -n "$stays" ] || check "$name: then there is nothing left to do" fails grep . "$scratch/fixes"
    check "$name: and all flows are there" eventually not_worse "$at_first"
    eval "$back" >"$seen.back" 2>&1
    settle
    regenerate >"$seen.back" 2>&1
    [ -z "$state_at_first" ] || check "$name: all is put back" eventually unchanged "$state_at_first" state
}

# ---- Nothing is installed yet

export VPC_IPV6=no
begin 2
at_first=$(working) state_at_first=''
situation 'not installed' : 'install eni-routes, then: eni-routes regenerate' : 'vpc install "$build"'
stand_ins
at_first=$(working)
check 'each flow there is works' vpc matrix
check 'check has no advice' fails fixes
state_at_first=$(state)

# ---- The hook, the watch, SELinux

situation 'no hook' 'host rm "$hooks/30-eni-routes" "$hooks/pre-up.d/30-eni-routes"' 'install eni-routes' : 'vpc install "$build"'
situation 'one of the hooks is gone' 'host rm "$hooks/pre-up.d/30-eni-routes"' 'install eni-routes again' : 'vpc install "$build"'
situation 'a hook that is not executable' 'host chmod a-x "$hooks/30-eni-routes"' \
    "chown root $hooks/30-eni-routes && chmod 755 $hooks/30-eni-routes" :
situation 'a hook that anybody can write' 'host chmod 777 "$hooks/pre-up.d/30-eni-routes"' \
    "chown root $hooks/pre-up.d/30-eni-routes && chmod 755 $hooks/pre-up.d/30-eni-routes" :
situation "another program's hook of that name" 'host sh -c "mv $hooks/30-eni-routes /usr/lib/NetworkManager/dispatcher.d
    printf \"#!/bin/sh\n\" >$hooks/30-eni-routes; chmod 755 $hooks/30-eni-routes"' 'move it away' \
    'host mv /usr/lib/NetworkManager/dispatcher.d/30-eni-routes "$hooks"' 'host rm "$hooks/30-eni-routes"'
situation 'the dispatcher is not enabled' 'host sh -c "mkdir -p /run/systemd/system
    rm -f /etc/systemd/system/dbus-org.freedesktop.nm-dispatcher.service /usr/lib/systemd/system/dbus-org.freedesktop.nm-dispatcher.service"' \
    'systemctl enable --now NetworkManager-dispatcher.service' :
situation 'the watch is enabled and does not run' 'host sh -c "mkdir -p /etc/systemd/system/multi-user.target.wants
    ln -s /usr/lib/systemd/system/eni-routes-watch.service /etc/systemd/system/multi-user.target.wants"' \
    'systemctl restart eni-routes-watch; why it ended: journalctl -u eni-routes-watch' end_watch
situation 'what the watch does is undone' fought_over 'find out who undoes it; eni-routes watch tries again once a minute' \
    'end_watch; host rm -r /etc/systemd/system/multi-user.target.wants /run/systemd/system' \
    'end_watch; host systemctl restart eni-routes-watch' # it remembers for two minutes
situation 'SELinux: a label' 'host label_as tmp_t /etc/iproute2/rt_tables.d; denied "name=\"rt_tables.d\" dev=\"xvda1\" ino=9" dir' \
    'restorecon -Rv /etc/iproute2 /etc/sysconfig /etc/eni-routes /run/eni-routes /var/lib/eni-routes; denied again: ausearch -m avc -c eni-routes' \
    no_selinux
situation "SELinux: the hook's" 'host label_as tmp_t "$hooks/30-eni-routes"; denied "name=\"30-eni-routes\" dev=\"xvda1\" ino=9" file' \
    'restorecon -Rv /etc/NetworkManager /usr/lib/NetworkManager /usr/libexec/eni-routes-event; denied again: ausearch -m avc -c eni-routes' \
    no_selinux
situation 'SELinux: no label' 'denied "" netlink_route_socket' 'ausearch -m avc -c eni-routes' no_selinux '' stays

# ---- What the kernel and the disk do not have

again='eni-routes regenerate'
situation 'a rule is gone' 'host ip rule del priority 20101' "$again" :
situation 'the rule for the neighbours is gone' 'host ip rule del priority 25101' "$again" :
situation 'the suppress rule is gone' 'host ip rule del priority 20000' "$again" :
situation 'all rules are gone' 'host sh -c "ip rule flush; ip rule add lookup main priority 32766
    ip rule add lookup default priority 32767"' "$again" :
situation 'a rule is left over' 'host ip rule add from 10.9.0.0/24 iif lo lookup 10001 priority 20150' "$again" :
situation 'a table is empty' 'host ip route flush table eth1' "$again" :
situation 'a table lacks one' 'host ip route del 10.0.2.0/24 table eth1' "$again" :
situation 'a table has one more' 'host ip route add 10.98.0.0/16 via 10.0.2.1 dev eth1 table eth1 proto 206' "$again" :
situation 'another gateway in a table' 'host ip route replace default via 10.0.2.99 dev eth1 table eth1' "$again" :
situation 'another link group' 'host ip link set eth1 group default' "$again" :
situation 'a file is gone' 'host rm "$scripts/rule-eth1"' "$again" :
situation 'a file has something else' 'host sh -c "echo to 10.98.0.0/16 lookup 300 >>$scripts/rule-eth1"' "$again" :
situation 'a file is left over' 'host sh -c "sed s/eth1/eth7/ $scripts/rule-eth1 >$scripts/rule-eth7"' "$again" :

# ---- Other programs' rules

situation 'a rule for all packets' 'host sh -c "ip route add default via 10.0.0.1 dev eth0 table 52; ip rule add from all lookup 52
    ip rule add lookup main suppress_prefixlength 0"' "$again" 'host sh -c "ip rule del from all lookup 52
    ip rule del lookup main suppress_prefixlength 0; ip route flush table 52"'
situation 'one for certain packets' 'host ip rule add from 10.0.2.37 lookup main priority 100' \
    "find out who made the first of them, which is not eni-routes' and says that it is for these packets" : \
    'host ip rule del priority 100'
situation 'one that is not understood' 'host ip rule add from 10.0.2.37 lookup main realms 5 priority 100' \
    "find out who made that rule, which is not eni-routes'" : 'host ip rule del priority 100'
situation 'one of which nothing is known' 'host ip rule add from 10.0.2.37 to 172.31.0.0/16 lookup main priority 100' \
    'find out who made it' : 'host ip rule del priority 100'
# As it does it itself: in what NetworkManager has applied, not in the profile.
situation 'nm-cloud-setup' 'host sh -c "nmcli device modify eth1 +ipv4.routing-rules \"priority 30201 from 10.0.2.37 table 30201\" \
    +ipv4.routes \"10.0.2.0/24 table=30201\""; vpc settle' \
    'systemctl disable --now nm-cloud-setup.timer nm-cloud-setup.service, then: reboot' :
situation 'cloud-netconfig' 'host ip rule add lookup main suppress_prefixlength 0 priority 30399' \
    'systemctl disable --now cloud-netconfig.timer, then: reboot' :
situation 'amazon-ec2-net-utils' 'host ip rule add from 10.0.2.37 lookup 10001 priority 10001' \
    'remove that package, or this one' : 'vpc reboot'

# ---- Files

# A profile that no file in ifcfg's form stands beside.
host nmcli connection add type ethernet con-name lan ifname eth9 autoconnect no >"$seen"
situation 'a route file that nobody reads' 'host sh -c "echo 10.98.0.0/16 via 10.0.2.9 >$scripts/route-lan"' \
    "nmcli connection modify lan +ipv4.routes ..., then: rm $scripts/route-lan" : \
    'host nmcli connection modify lan +ipv4.routes "10.98.0.0/16 10.0.2.9"'
situation "and IPv6's" 'host sh -c "echo 2001:db8:98::/64 via 2001:db8:1::9 >$scripts/route6-lan"' \
    "nmcli connection modify lan +ipv6.routes ..., then: rm $scripts/route6-lan" : \
    'host nmcli connection modify lan +ipv6.routes "2001:db8:98::/64 2001:db8:1::9"'
host nmcli connection delete lan >"$seen"
situation 'a route file beside a rule file' 'host sh -c "echo to 10.98.0.0/16 table 300 priority 10000 >$scripts/rule-eth0
    echo 10.98.0.0/16 via 10.0.0.9 dev eth0 table 300 >$scripts/route-eth0"' 'yum install NetworkManager-dispatcher-routing-rules' \
    'host rm "$scripts/rule-eth0" "$scripts/route-eth0"'
situation 'the recipe by hand' 'host sh -c "printf \"from 10.0.0.0/24 table eth0\nto 10.0.0.0/24 table eth0\n\" >$scripts/rule-eth0
    printf \"default via 10.0.0.1 dev eth0 table eth0\n\" >$scripts/route-eth0
    ip rule add from 10.0.0.0/24 table eth0; ip rule add to 10.0.0.0/24 table eth0"' \
    'eni-routes adopt eth0' 'host sh -c "rm $scripts/*-eth0.*"; remove_stock_script'

# ---- The interfaces, and what EC2 says of them

situation 'switched off' 'host eni-routes disable' 'eni-routes enable' :
situation 'off, and something is left' 'host sh -c "eni-routes disable
    ip rule add lookup main suppress_prefixlength 1 suppress_ifgroup 10000 priority 20000"' \
    'eni-routes regenerate' 'host eni-routes enable'
situation 'one is switched off' 'host eni-routes disable eth1' 'eni-routes enable eth1' :
situation 'switched off by the configuration' 'configure "enabled: false"; regenerate' \
    "take 'enabled: false' out of the configuration, then: eni-routes regenerate" shipped 'host sed -i "/^enabled: false/d" "$config"'
situation 'no address' 'host sh -c "nmcli connection modify eth1 connection.id \"System eth1\"; ip -4 address flush dev eth1 scope global"' \
    'nmcli connection up ifname eth1' 'host nmcli connection modify "System eth1" connection.id eth1'
situation 'assigned in EC2' 'vpc assign 1 10.0.2.50 203.0.113.200' \
    "'addresses: imds' in the configuration, then: eni-routes regenerate" 'shipped; vpc unassign 1 10.0.2.50' 'configure "addresses: imds"'
situation 'assigned, and taken off' 'configure "addresses: imds"; vpc assign 1 10.0.2.50 203.0.113.200; regenerate
    host ip address del 10.0.2.50/32 dev eth1' "$again" 'shipped; vpc unassign 1 10.0.2.50'
situation 'assigned no longer' 'configure "addresses: imds"; vpc assign 1 10.0.2.50 203.0.113.200; regenerate
    vpc unassign 1 10.0.2.50' "$again" shipped
situation 'one address on two' 'host ip address add 10.0.2.37/24 dev eth0' 'take 10.0.2.37 off eth0' : \
    'host ip address del 10.0.2.37/24 dev eth0' # while it is there regenerate would take away what works
situation 'one that is nowhere assigned' 'host ip address add 10.0.0.77/24 dev eth0; host ip address add 10.0.0.77/24 dev eth1' \
    'take 10.0.0.77 off eth0 or eth1, whichever it is not assigned to' 'host ip address del 10.0.0.77/24 dev eth0' \
    'host ip address del 10.0.0.77/24 dev eth1'
situation 'a gateway that is none' 'host sh -c "ip route del default dev eth1; ip route add default via 10.0.2.99 dev eth1 metric 101
    eni-routes regenerate"' 'if that is not meant, take the default route by it out of main' 'up eth1; vpc settle' \
    'host ip route del default dev eth1'
situation 'no carrier' 'vpc nm stop; carrier down' 'check that it is still attached to the instance' 'up eth1; vpc settle' \
    'carrier up; vpc nm start'

# ---- Servers

situation 'a UDP server' 'udp_server ""' 'let it listen on each address by itself' end_server 'end_server; udp_server 10.0.0.29 10.0.2.37'
situation 'a published port' 'host sysctl -q -w net.ipv4.ip_forward=1; vpc add docker; vpc settle' \
    'publish the port on an address of eth0, or let a proxy on this host listen on 10.0.2.37' \
    'vpc remove docker; host sysctl -q -w net.ipv4.ip_forward=0' \
    'host nft -f - <<<"flush chain ip docker published
add rule ip docker published ip daddr 10.0.0.29 tcp dport 8080 dnat to 172.17.0.2:80"'

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
