#!/bin/bash
# A table of faults, a line each: what check calls it, how it ends, and whether packets are lost; that its `fix:` mends it, and
# that no line has lost packets of an Elastic IP that check does not call broken, nor a broken one where nothing is lost.
# usage: vpc_faults.sh BUILDDIR [PATTERN]    (PATTERN: of the faults those whose lines match it)
# shellcheck disable=SC2034,SC2016,SC2119,SC2120  # the table's lines use what seems unused
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"
# shellcheck source=tests/vpc_hands.sh
. "$(dirname "$0")/vpc_hands.sh"
build=$(readlink -f "$1")
only=${2:-}
fewest=60 # lines that the table has

# CODE INTERFACE EXIT PACKETS | NAME | FAULT | MENDED BY | UNDONE BY
# CODE: the first finding's; -: there is none. INTERFACE: the finding's; host: none; *: any. EXIT: 1 broken, 5 a warning, 0 a
# note, or what is accepted. PACKETS: lost, to or from the internet; inside: none of those, but to or from the VPC, or of
# programs that are bound to no address; not: none. A NAME with --probe: what `check --probe` finds. FAULT: in the host's
# shell, or a function of this script. MENDED BY: fix, what check says to the letter; else what a person does, if that is no
# command; -: there is nothing to mend. UNDONE BY: -: all is as before by then.
table() {
    grep -v '^#' <<'END'
# ---- Switched off
interface-disabled eth1 1 lost | one is switched off | eni-routes disable eth1 | fix | -
interface-disabled eth0 1 inside | the primary is | eni-routes disable eth0 | fix | -
switched-off host 1 lost | all are | eni-routes disable | fix | -
switched-off host 1 lost | by the configuration | configure 'enabled: false'; regenerate | shipped; regenerate | -
interface-disabled eth1 1 lost | one by the configuration | configure "$one_off"; regenerate | shipped; regenerate | -
interface-unmanaged eth1 1 lost | one excluded | configure 'interfaces: {exclude: [eth1]}'; regenerate | shipped; regenerate | -
interface-disabled eth1 0 lost | one is, and that is accepted | configure "$off_is_fine"; off eth1 | - | shipped; on eth1
# ---- The link
link-down eth1 1 lost | link down | ip link set eth1 down | fix | -
link-down eth1 1 lost | link down, disconnected | nmcli device disconnect eth1; ip link set eth1 down | fix | -
no-carrier eth1 1 lost | no carrier | carrier down | carrier up | -
interface-unmanaged br0 1 lost | a bridge over it | bridge | unbridge | -
interface-unmanaged lan0 5 not | a macvlan that holds a default | macvlan | ip link del lan0 | -
link-group eth1 1 inside | another link group | ip link set eth1 group default | fix | -
link-name-not-plain host 5 not | a link of an odd name | ip link add 'eth7;x' type veth peer name peer7 | ip link del peer7 | -
link-name-reserved main 5 not | a link with a table's name | a_link_named_main | ip link del main | shipped
# ---- NetworkManager
no-address eth1 1 lost | disconnected | nmcli device disconnect eth1 | fix | -
no-address eth2 1 lost | without a profile | without_profile eth2 | fix | with_profile eth2
no-address eth3 1 lost | attached, without a profile | vpc attach eth3 | fix | detach eth3
networkmanager-unmanaged eth1 5 not | not managed by NetworkManager | nmcli device set eth1 managed no | fix | again
networkmanager-unmanaged eth1 1 lost | nor is there an address | unmanaged_and_flushed | fix | again
networkmanager-stopped host 5 not | NetworkManager is stopped | vpc nm stop | fix | vpc nm restart; again
# ---- Addresses
no-address eth1 1 lost | all addresses flushed | flush_addresses eth1 | fix | advertisements
no-address eth0 1 lost | the primary's flushed | flush_addresses eth0 | fix | advertisements
address-missing eth1 1 lost | IPv4's flushed | ip -4 address flush dev eth1 scope global | fix | -
address-missing eth1 1 lost | a wrong address in the profile | profile $wrong_address | fix | original_profile
address-elsewhere eth1 1 lost | on the wrong interface | address_moves | fix | again
address-shared * 5 not | on two interfaces | ip address add 10.0.2.37/24 dev eth2 | fix | -
address-shared * 5 inside | and a run in between | shared_and_run | fix | regenerate
address-missing eth1 1 lost | assigned in EC2 | assign | configure 'addresses: imds'; regenerate | unassign
address-missing eth1 5 not | assigned, no Elastic IP | assign - | configure 'addresses: imds'; regenerate | unassign
address-missing eth1 1 lost | assigned, and taken off | assign_and_take_off | fix | unassign
address-left-over eth1 5 not | assigned no longer | assign_no_longer | fix | unassign
interface-disabled eth1 1 lost | assigned, and switched off | assign_and_run; off eth1 | fix | unassign
address-unassigned eth1 0 not | nowhere assigned | ip address add 10.0.2.99/32 dev eth1 | - | ip address del 10.0.2.99/32 dev eth1
address-behind-host eth1 0 not | a guest's | guest_comes | - | guest_goes
netmask-wrong eth1 5 not | a wrong netmask | profile $wrong_netmask | fix | original_profile
address-missing eth1 1 lost | no IPv6 address | flush_addresses eth1 -6 | fix | advertisements
address-missing eth1 1 lost | IPv6 is off | sysctl -q -w net.ipv6.conf.eth1.disable_ipv6=1 | fix | -
# ---- Rules
kernel-rule-missing host 1 lost | all rules flushed | ip rule flush | fix | ip rule add lookup default priority 32767
policy-missing host 1 lost | all of eni-routes' gone | no_policy | fix | -
kernel-rule-missing host 1 lost | no local rule | ip rule del priority 0 | fix | -
kernel-rule-missing host 1 inside | no main rule | ip rule del priority 32766 | fix | -
rule-missing eth1 1 lost | a rule is gone | ip rule del priority 20101 | fix | -
rule-missing eth0 1 inside | the primary's is | ip rule del priority 20100 | fix | -
rule-missing eth1 1 lost | IPv6's is | ip -6 rule del priority 20101 | fix | -
rule-missing host 5 not | the suppress rule is | ip rule del priority 20000 | fix | -
rule-missing eth1 5 not | the neighbours' is | ip rule del priority 25101 | fix | -
rule-left-over eth1 5 not | a rule is left over | ip rule add from 10.9.0.0/24 iif lo lookup 10001 priority 20150 | fix | -
# ---- Routes
route-missing eth1 1 lost | a table is empty | ip route flush table eth1 | fix | -
route-missing eth1 1 lost | a table has no default | ip route del default table eth1 | fix | -
route-missing eth1 5 not | a table lacks its subnet | ip route del 10.0.2.0/24 table eth1 | fix | -
route-missing eth1 1 lost | a wrong gateway in it | ip route replace default via 10.0.2.99 dev eth1 table eth1 | fix | -
route-missing eth1 1 lost | a blackhole in it | ip route replace blackhole default table eth1 | fix | regenerate
route-left-over eth1 5 not | one more | ip route add 10.98.0.0/16 via 10.0.2.1 dev eth1 table eth1 proto 206 | fix | -
route-in-the-way eth1 1 lost | another's in a table of theirs | a_named_table | ip route del default table 500; eni-routes regenerate | no_named_table
route-missing eth1 1 lost | no local route | ip route del local 10.0.2.37 dev eth1 table local | fix | -
gateway-silent eth1 1 lost | a silent gateway configured | gateway 10.0.2.99 | shipped; regenerate | -
gateway-not-ec2s eth1 5 not | an appliance is the gateway | gateway_appliance | shipped; regenerate | no_appliance
gateway-outside-subnet eth1 5 not | a gateway outside | gateway 10.0.3.1 | shipped; regenerate | -
gateway-silent eth1 1 lost | a silent gateway in main | main_by_another_gateway | again | shipped; again; regenerate
gateway-silent eth1 1 lost | a gateway deaf to ARP --probe | deaf_gateway | hearing_gateway | -
rule-missing eth1 5 not | no default by it in main | ip route del default dev eth1 | fix | again
outgoing-changed * 0 not | main's default goes elsewhere | default_goes | - | default_comes_back
main-route host 5 inside | main has no default | no_default | all_again | regenerate
# ---- What main says
route-refuses * 1 lost | blackhole default | ip route add blackhole default metric 5 | fix | refuses_no_more
route-refuses * 1 lost | unreachable default | ip route add unreachable default metric 5 | fix | refuses_no_more
route-refuses * 1 lost | prohibit default | ip route add prohibit default metric 5 | fix | refuses_no_more
- - 0 not | a tunnel in two halves | vpc add tunnel-halves | - | vpc remove tunnel
main-route * 1 lost | a tunnel in parts | vpc add tunnel-parts | fix | no_tunnel
main-route * 1 lost | all but private addresses | vpc add tunnel-public | fix | no_tunnel
- - 0 not | private addresses | vpc add aggregate | - | vpc remove tunnel
main-route * 1 lost | a peer's net | tunnel_to_peer | ip route del 203.0.113.0/24 dev tun0 | shipped; vpc remove tunnel
route-refuses * 1 lost | a peer's net is refused | refuse_peer | ip route del 203.0.113.0/24 | shipped
# ---- Rules of others
foreign-rule eth1 1 lost | by its address | ip rule add from 10.0.2.37 lookup main priority 100 | ip rule del priority 100 | -
foreign-rule * 1 lost | a catch-all | catch_all | fix | no_catch_all
rule-led-past host 0 not | one that is led past | catch_all; regenerate | - | no_catch_all
foreign-rule * 1 lost | a kill switch | ip rule add unreachable priority 100 | fix | no_rule_100
foreign-rule * 1 lost | goto main's | ip rule add goto 32766 priority 100 | fix | no_rule_100
- - 0 not | nop | ip rule add nop priority 100 | - | ip rule del priority 100
rule-unknown eth1 1 lost | realms | ip rule add from 10.0.2.37 lookup main realms 5 priority 100 | ip rule del priority 100 | -
rule-before-ours host 0 not | by mark | table_77; ip_rule fwmark 0x7 lookup 77 | - | no_table_77
rule-before-ours host 0 not | by TOS | table_77; ip_rule tos 0x10 lookup 77 | - | no_table_77
rule-before-ours host 0 not | by user | table_77; ip_rule uidrange 990-995 lookup 77 | - | no_table_77
rule-before-ours host 0 not | by port | table_77; ip_rule ipproto tcp dport 25 lookup 77 | - | no_table_77
rule-to-empty-table host 0 not | to an empty table | ip_rule to 10.77.0.0/16 lookup 77 | - | ip rule del priority 100
rule-before-ours host 0 not | as ours says | ip rule add from 10.0.2.37 lookup 10001 priority 10001 | - | ip rule del priority 10001
# ---- Other programs
other-tool host 5 not | nm-cloud-setup's rules | cloud_setup | fix | -
other-tool host 5 not | cloud-netconfig | ip rule add lookup main suppress_prefixlength 0 priority 30399 | fix | -
other-tool host 5 not | amazon-ec2-net-utils | ec2_net_utils | fix | -
udp-server host 5 not | a UDP server | udp_server '' | end_server | -
udp-server host 0 not | and it is accepted | configure "$udp_is_fine"; udp_server '' | - | end_server; shipped
multicast-rp-filter eth1 0 not | multicast on a secondary | join_multicast | - | end_server
published-port * 5 not | a published port | docker_comes | configure 'forwarded: connmark'; regenerate | docker_goes; unmarked
marks-missing host 5 not | the tables of marks are deleted | marked; host nft delete table ip eni-routes | fix | unmarked
marks-missing host 5 not | and one rule of them | marked; host nft flush chain ip6 eni-routes output | fix | unmarked
marks-missing eth1 5 not | src_valid_mark is off | marked; host sysctl -q -w net.ipv4.conf.eth1.src_valid_mark=0 | fix | unmarked
marks-in-use host 5 not | another program's marks | marks_of_another; connmark; regenerate | no_marks_of_another | unmarked
marks-unavailable host 5 not | no program for marks | no_netfilter; connmark; regenerate | netfilter_is_back | unmarked
peer-silent * 5 not | a silent peer --probe | configure 'check: {peers: [10.0.2.250]}' | shipped | -
watch-fight eth1 5 not | a fight | fight | - | end_fight
# ---- The hook, the watch, SELinux
not-installed host 1 lost | not installed | eni-routes clean; rm $hooks/30-eni-routes $hooks/pre-up.d/30-eni-routes | vpc install "$build"; regenerate | -
not-installed host 5 not | no hook | rm $hooks/30-eni-routes $hooks/pre-up.d/30-eni-routes | vpc install "$build" | -
hook-missing host 5 not | one of the hooks is gone | rm $hooks/pre-up.d/30-eni-routes | vpc install "$build" | -
hook-not-executable host 5 not | a hook not executable | chmod a-x $hooks/30-eni-routes | fix | -
hook-not-executable host 5 not | one that anybody can write | chmod 777 $hooks/pre-up.d/30-eni-routes | fix | -
hook-foreign host 5 not | another's hook | hook_of_another | rm $hooks/30-eni-routes | hook_moves_back
dispatcher-disabled host 5 not | no dispatcher | no_dispatcher | fix | dispatcher_as_before
watch-stopped host 5 not | the watch does not run | enable_watch | fix | end_watch; disable_watch
selinux-denied host 5 not | SELinux: a label | mislabelled /etc/iproute2/rt_tables.d dir | label net_conf_t | no_selinux
selinux-denied host 5 not | SELinux: the hook's | mislabelled $hooks/30-eni-routes file | label_hook | no_selinux
# ---- Files
file-differs eth1 5 not | a file is gone | rm $scripts/rule-eth1 | fix | -
file-differs eth1 5 not | a file differs | echo to 10.98.0.0/16 lookup 300 >>$scripts/rule-eth1 | fix | -
file-differs * 5 not | a file is left over | sed s/eth1/eth7/ $scripts/rule-eth1 >$scripts/rule-eth7 | fix | -
file-by-hand eth0 5 not | the recipe by hand | recipe_by_hand | fix | no_recipe
route-file-unread lan 5 not | a route file that nobody reads | lan_route | lan_profile | nmcli connection delete lan
route-file-unread eth0 5 not | a route file beside a rule file | rule_and_route | fix | no_rule_and_route
# ---- The configuration
config-unmatched host 5 not | an include of nothing | configure 'interfaces: {include: ["eth*", "wan*"]}' | shipped | -
config-unmatched * 5 not | a primary that is not there | configure 'interfaces: {primary: eth9}' | shipped | -
config-unmatched * 5 not | settings of none | configure 'interface: {eth7: {table: 500}}' | shipped | -
rule-missing host 5 not | other tables, not applied yet | configure 'table_base: 30000' | fix | shipped; regenerate
table-name-not-plain eth1 5 not | a table's odd name | odd_table_name | rm /etc/iproute2/rt_tables.d/odd.conf; eni-routes regenerate | shipped; regenerate
END
}

# ---- The faults of more than some words -----------------------------------------------------------------------------------

one_off='interface: {eth1: {enabled: false}}' off_is_fine='check: {accept: [interface-disabled]}'
udp_is_fine='check: {accept: [udp-server]}'
net_utils=/etc/udev/rules.d/99-vpc-policy-routes.rules
wrong_netmask='eth1 ipv4.method manual ipv4.addresses 10.0.2.37/16 ipv4.gateway 10.0.2.1'
wrong_address='eth1 ipv4.method manual ipv4.addresses 10.0.2.77/24 ipv4.gateway 10.0.2.1'
export hooks scripts net_utils # for the host's shell


off() { host eni-routes disable "$@"; }
on() { host eni-routes enable "$@"; }
again() { up "${1:-eth1}"; }
all_again() { up eth0 && up eth1 && up eth2; }
profile() { host sh -c "nmcli connection modify $*; exec nmcli -w 20 connection up $1"; }
# As it was at first, to the letter.
original_profile() {
    host sh -c 'cd /etc/NetworkManager/system-connections; cp -p /var/tmp/original eth1.nmconnection; nmcli connection reload'
    again
}
gateway() { configure "interface: {eth1: {gateway: $1}}" && regenerate; }
ip_rule() { host ip rule add "$@" priority 100; }

# Two interfaces of one host, the one a bridge's port.
bridge() {
    host sh -c 'nmcli device set eth1 managed no; ip address flush dev eth1
        ip link add br0 address $(cat /sys/class/net/eth1/address) type bridge forward_delay 0
        ip link set eth1 master br0; ip link set br0 up; ip address add 10.0.2.37/24 dev br0
        ip route add default via 10.0.2.1 dev br0 metric 101; eni-routes regenerate'
}
unbridge() {
    host sh -c 'ip link del br0; nmcli device set eth1 managed yes'
    again
}
macvlan() {
    host sh -c 'ip link add lan0 link eth1 type macvlan mode bridge
        sysctl -q -w net.ipv6.conf.lan0.disable_ipv6=1; ip link set lan0 up
        ip address add 10.0.2.99/32 dev lan0; ip route add default via 10.0.2.1 dev lan0 onlink metric 900'
}
a_link_named_main() {
    configure 'interfaces: {include: ["eth*", main]}'
    host ip link add main type veth peer name peer7
}

# Into a file that NetworkManager does not read, and back.
without_profile() {
    host sh -c 'cd /etc/NetworkManager/system-connections; mv $1.nmconnection /var/tmp; mv $2/ifcfg-$1 /var/tmp
        nmcli connection reload; nmcli device disconnect $1' without_profile "$1" "$scripts"
}
with_profile() {
    host sh -c 'nmcli -t -f UUID,DEVICE connection | grep ":$1\$" | cut -d: -f1 | xargs -r nmcli connection delete
        mv /var/tmp/$1.nmconnection /etc/NetworkManager/system-connections; mv /var/tmp/ifcfg-$1 $2
        nmcli connection reload' with_profile "$1" "$scripts"
    again "$1"
}
detach() {
    host sh -c 'nmcli -t -f UUID,DEVICE connection | grep ":$1\$" | cut -d: -f1 | xargs -r nmcli connection delete' detach "$1"
    vpc detach "$1"
    vpc settle
    regenerate
}
unmanaged_and_flushed() {
    host nmcli device set eth1 managed no
    vpc settle
    host ip address flush dev eth1 scope global
}

# flush_addresses IFNAME [FAMILY]: NetworkManager enters the IPv6 address again at the next router advertisement, which may
# come at any time. It is held back; what a host asks for is answered to itself.
flush_addresses() {
    vpc router nft -f - <<<'table bridge silent {
        chain out { type filter hook output priority 0; icmpv6 type nd-router-advert ip6 daddr ff02::1 drop; }
    }'
    host ip ${2:+"$2"} address flush dev "$1" scope global
}
advertisements() { vpc router nft delete table bridge silent; }

address_moves() {
    host sh -c 'ip address add 10.0.2.37/24 dev eth2; ip address del 10.0.2.37/24 dev eth1'
}
shared_and_run() {
    host ip address add 10.0.2.37/24 dev eth2
    regenerate
}
assign() { vpc assign 1 10.0.2.50 "${1-203.0.113.200}"; }
unassign() {
    shipped
    vpc unassign 1 10.0.2.50
    regenerate
}
assign_and_run() {
    configure 'addresses: imds'
    assign
    regenerate
}
assign_and_take_off() {
    assign_and_run
    host ip address del 10.0.2.50/32 dev eth1
}
assign_no_longer() {
    assign_and_run
    vpc unassign 1 10.0.2.50
}
guest_comes() {
    host sysctl -q -w net.ipv4.ip_forward=1
    assign
    vpc add guest
    regenerate
}
guest_goes() {
    vpc remove guest
    vpc unassign 1 10.0.2.50
    host sysctl -q -w net.ipv4.ip_forward=0
    regenerate
}

kernel_rules='ip rule add lookup main priority 32766; ip rule add lookup default priority 32767'
no_policy() { host sh -c "ip rule flush; $kernel_rules"; }
# Which the administrator named before: what is in it is theirs.
a_named_table() {
    host sh -c 'echo 500 mine >/etc/iproute2/rt_tables.d/mine.conf'
    configure 'interface: {eth1: {table: 500}}'
    regenerate
    host ip route replace default via 10.0.2.99 dev eth1 table 500
}
no_named_table() {
    shipped
    host sh -c 'ip route flush table 500; rm /etc/iproute2/rt_tables.d/mine.conf'
    regenerate
}
# It may send as anybody.
gateway_appliance() {
    vpc matrix
    vpc at neighbour1 sysctl -q -w net.ipv4.ip_forward=1
    vpc router nft add element bridge vpc own4 '{ "neighbour1.eth0" . 10.0.2.37 }'
    gateway 10.0.2.200
}
no_appliance() {
    vpc router nft delete element bridge vpc own4 '{ "neighbour1.eth0" . 10.0.2.37 }'
    vpc at neighbour1 sysctl -q -w net.ipv4.ip_forward=0
}
main_by_another_gateway() { host ip route replace default via 10.0.2.99 dev eth1 proto dhcp metric 101; regenerate; }
deaf_gateway() {
    vpc router nft -f - <<<'table bridge deaf {
        chain in { type filter hook prerouting priority -400; arp daddr ip 10.0.2.1 drop; }
    }'
    host ip neigh flush dev eth1
}
hearing_gateway() { vpc router nft delete table bridge deaf; host ip neigh flush dev eth1; }
default_goes() {
    host sh -c 'ip route add default via 10.0.0.1 dev eth0 proto dhcp src 10.0.0.29 metric 150
        ip route del default dev eth0 metric 100'
}
default_comes_back() {
    host sh -c 'ip route add default via 10.0.0.1 dev eth0 proto dhcp src 10.0.0.29 metric 100
        ip route del default dev eth0 metric 150'
    regenerate
}
no_default() { host sh -c 'for i in 0 1 2; do ip route del default dev eth$i; done'; }

tunnel_to_peer() {
    configure 'check: {peers: [203.0.113.10]}'
    vpc add tunnel
    host ip route add 203.0.113.0/24 dev tun0
}
refuse_peer() {
    configure 'check: {peers: [203.0.113.10]}'
    host ip route add unreachable 203.0.113.0/24
}
refuses_no_more() { host ip route del default metric 5; regenerate; }
no_tunnel() { vpc remove tunnel; regenerate; }
catch_all() { host sh -c 'ip route add default via 10.0.0.1 dev eth0 table 52; ip rule add lookup 52 priority 19999'; }
no_catch_all() { host sh -c 'ip rule del lookup 52; ip route flush table 52'; regenerate; }
no_rule_100() { host ip rule del priority 100; regenerate; }
table_77() { host ip route add 10.77.0.0/16 via 10.0.0.1 dev eth0 table 77; }
no_table_77() { host sh -c 'ip rule del priority 100; ip route flush table 77'; }

ec2_net_utils() { host sh -c 'touch $net_utils; ip rule add from 10.0.2.37 lookup 10001 priority 10001'; }
cloud_setup() {
    host sh -c 'ip route add default via 10.0.2.1 dev eth1 table 30201; ip rule add from 10.0.2.37 lookup 30201 priority 30201'
}
join_multicast() {
    background 'import socket, sys
member = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
member.bind(("239.1.2.3", 5000))
member.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("239.1.2.3") + socket.inet_aton("10.0.2.37"))
print("ready", flush=True)
sys.stdin.read()'
}
connmark() { configure 'forwarded: connmark'; }
marked() {
    host sysctl -q -w net.ipv4.conf.all.rp_filter=1
    connmark
    regenerate
}
unmarked() {
    shipped
    regenerate
}
marks_of_another() {
    host nft -f - <<<'table ip another { chain first {
        type filter hook forward priority 0
        meta mark & 0x00000070 == 0x00000010 accept
        }
    }'
}
no_marks_of_another() {
    host nft delete table ip another
    regenerate
}
no_netfilter() { host sh -c 'cd /usr/sbin && for name in nft iptables-restore; do mv $name $name.away; done'; }
netfilter_is_back() {
    host sh -c 'cd /usr/sbin && for name in nft iptables-restore; do mv $name.away $name; done'
    regenerate
}
docker_comes() {
    host sysctl -q -w net.ipv4.ip_forward=1
    vpc add docker
}
docker_goes() {
    vpc remove docker
    host sysctl -q -w net.ipv4.ip_forward=0
}
fight() {
    enable_watch
    fought_over 25101
}
# What it remembers of a fight it forgets when it ends.
end_fight() {
    end_watch
    disable_watch
    regenerate
}
enable_watch() {
    host sh -c 'mkdir -p /run/systemd/system /etc/systemd/system/multi-user.target.wants
        ln -s /usr/lib/systemd/system/eni-routes-watch.service /etc/systemd/system/multi-user.target.wants'
}
disable_watch() { host rm -r /etc/systemd/system/multi-user.target.wants/eni-routes-watch.service /run/systemd/system; }

hook_of_another() {
    host sh -c 'mv $hooks/30-eni-routes /usr/lib/NetworkManager/dispatcher.d
        printf "#!/bin/sh\n" >$hooks/30-eni-routes; chmod 755 $hooks/30-eni-routes'
}
hook_moves_back() { host mv /usr/lib/NetworkManager/dispatcher.d/30-eni-routes "$hooks"; }
no_dispatcher() {
    host sh -c 'mkdir -p /run/systemd/system
        rm -f /etc/systemd/system/dbus-org.freedesktop.nm-dispatcher.service'
}
dispatcher_as_before() {
    host sh -c 'rm -r /run/systemd/system; cd /etc/systemd/system
        ln -sfn /lib/systemd/system/NetworkManager-dispatcher.service dbus-org.freedesktop.nm-dispatcher.service'
}
mislabelled() {
    host label_as tmp_t "$1"
    denied "name=\"${1##*/}\" dev=\"xvda1\" ino=9" "$2"
}
label() { host label_as net_conf_t /etc/iproute2/rt_tables.d; }
label_hook() { host label_as NetworkManager_dispatcher_script_t "$hooks/30-eni-routes"; }

recipe_by_hand() {
    host sh -c 'printf "from 10.0.0.0/24 table eth0\nto 10.0.0.0/24 table eth0\n" >$scripts/rule-eth0
        echo default via 10.0.0.1 dev eth0 table eth0 >$scripts/route-eth0
        yum install NetworkManager-dispatcher-routing-rules'
}
no_recipe() {
    host sh -c 'rm $scripts/r*-eth0*'
    remove_stock_script
    regenerate
}
lan_route() {
    host sh -c 'nmcli connection add type ethernet con-name lan ifname eth9 autoconnect no
        echo 10.98.0.0/16 via 10.0.2.9 >$scripts/route-lan'
}
lan_profile() { host sh -c 'nmcli connection modify lan +ipv4.routes "10.98.0.0/16 10.0.2.9"; rm $scripts/route-lan'; }
rule_and_route() {
    host sh -c 'echo to 10.98.0.0/16 table 300 priority 10000 >$scripts/rule-eth0
        echo 10.98.0.0/16 via 10.0.0.9 dev eth0 table 300 >$scripts/route-eth0'
}
no_rule_and_route() {
    host sh -c 'rm $scripts/rule-eth0 $scripts/route-eth0'
    remove_stock_script
}
odd_table_name() {
    host sh -c 'echo "500 *;reboot" >/etc/iproute2/rt_tables.d/odd.conf'
    configure 'interface: {eth1: {table: 500}}'
    regenerate
}

# ---- What is looked at ----------------------------------------------------------------------------------------------------

# All that a fault may have touched.
state() {
    # shellcheck disable=SC2016
    host bash -c '{ ip rule; ip -6 rule; ip route show table all; ip -6 route show table all; ip -o address; ip -d -o link
            sysctl -a -r "rp_filter|disable_ipv6|ip_forward"; } | sed "s/ *valid_lft.*//; s/ promiscuity.*//; s/@if[0-9]*:/:/" | sort
        nmcli -t -f DEVICE,STATE,CONNECTION device | sort
        find /etc/{NetworkManager,eni-routes,iproute2,sysconfig,systemd,udev} /run/systemd/system /var/log/audit \
            /usr/lib/{NetworkManager,systemd/system,udev/rules.d} -printf "%m %u %p %l\n" \
            \( ! -type f -o -exec md5sum {} \; \) | sort' 2>&1
}

# flows: "lost", "inside" or "not", and what is.
flows() {
    local lost
    lost=$({ vpc matrix & vpc ping --all; wait; } | sed -n 's/ *LOST$//p')
    if [ -z "$lost" ]; then
        echo not
    elif grep -qE '^internet ->|^[^h].* -> internet|^[0-9]' <<<"$lost"; then
        printf 'lost\n%s\n' "$lost"
    else
        printf 'inside\n%s\n' "$lost"
    fi
}
packets_are() { flows >"$scratch/flows" && cat "$scratch/flows" && [ "$(head -n 1 "$scratch/flows")" = "$1" ]; }

# found CODE INTERFACE EXIT [OPTION]: check says that, and just that; its fix is in $scratch/fix, its first line in
# $scratch/first, the finding's code, interface and grade in $scratch/finding.
found() {
    local status=0 said=0
    host "$build/src/eni-routes" check --json ${4:+"$4"} >"$scratch/json" || status=$?
    host "$build/src/eni-routes" check --quiet ${4:+"$4"} >"$scratch/quiet" || said=$?
    head -n 1 "$scratch/quiet" >"$scratch/first"
    echo "exit status $status, with --quiet $said"
    /usr/bin/python3 -Ic "$judge" "$scratch" "$1" "$2" "$3" || { cat "$scratch/quiet"; return 1; }
    [ "$status" = "$3" ] && [ "$said" = "$3" ]
}
# shellcheck disable=SC2016
judge='import json, sys
scratch, code, ifname, status = sys.argv[1:]
findings = json.load(open(scratch + "/json"))["findings"]
findings = [f for f in findings if f["grade"] != "ok"]
first = findings[0] if findings else {"code": "-", "ifname": "-", "grade": "ok", "fix": None}
seen = {"code": first.get("code"), "ifname": first["ifname"] or "host", "grade": first["grade"]}
if first.get("accepted"):
    seen["grade"] = "accepted"
open(scratch + "/fix", "w").write(first["fix"] or "")
json.dump([seen["code"], first["ifname"], first["grade"]], open(scratch + "/finding", "w"))
grade = {"1": ["broken"], "5": ["warning"], "0": ["note", "accepted"] if code != "-" else ["ok"]}[status]
wrong = ["%s is %s, not %s" % (key, seen[key], wanted) for key, wanted in [("code", code), ("ifname", ifname)]
         if wanted not in ("*", seen[key])]
if seen["grade"] not in grade:
    wrong.append("grade is %s, not %s" % (seen["grade"], " or ".join(grade)))
counted = [f for f in findings if not f.get("accepted") and f["grade"] in ("broken", "warning")]
if len(counted) > 1:
    wrong.append("%d findings for one cause" % len(counted))
line = open(scratch + "/first").read().rstrip("\n")
if len(line) > 80:
    wrong.append("the first line has %d columns" % len(line))
for word in [seen["ifname"], seen["grade"]] if findings and not first.get("accepted") else []:
    if word.lower() not in line.lower().split():
        wrong.append("the first line does not say " + word)
if not findings and line:
    wrong.append("there is a first line, and nothing to say")
print(*wrong, *counted, sep="\n")
sys.exit(bool(wrong))'

# The finding is there no more, or of a lesser grade; and no Elastic IP is lost.
is_mended() {
    host "$build/src/eni-routes" check --json ${1:+"$1"} >"$scratch/json"
    /usr/bin/python3 -Ic 'import json, sys
was = json.load(open(sys.argv[1] + "/finding"))
left = [f for f in json.load(open(sys.argv[1] + "/json"))["findings"] if [f.get("code"), f["ifname"], f["grade"]] == was]
print(*left, sep="\n")
sys.exit(bool(left))' "$scratch" || return 1
    fails packets_are lost
}

# ---- A line of the table --------------------------------------------------------------------------------------------------

# carry_out COMMAND: a function of this script, or whatever the host's shell makes of it.
carry_out() {
    if [ "$(type -t "${1%%[ ;]*}")" = function ]; then
        eval "$1"
    else
        host sh -c "$1"
    fi
}

# mend FIX BY-HAND PROBE: to the letter, where it is a command.
mend() {
    echo "fix: $1"
    if is_command "$1"; then
        carry_out_fix "$1" || return
    elif [ "$2" = fix ]; then
        echo 'that is no command'
        return 1
    else
        if [[ $1 == *' in the configuration, '* ]]; then
            carry_out_fix "$1" && settle && eventually is_mended "$3" || return
        fi
        carry_out "$2"
    fi
    settle
    eventually is_mended "$3"
}

# fault CODE INTERFACE EXIT PACKETS NAME FAULT MENDED UNDONE
fault() {
    local code=$1 ifname=$2 exit=$3 packets=$4 name=$5 fault=$6 mended=$7 undone=$8 probe='' failed
    [[ $name != *--probe ]] || probe=--probe
    carry_out "$fault" >"$seen.fault" 2>&1
    settle
    check "$name: packets: $packets" eventually packets_are "$packets"
    check "$name: $code, exit $exit" eventually found "$code" "$ifname" "$exit" "$probe"
    sed 's/^/# /' "$scratch/first"
    [ "$mended" = - ] || check "$name: mended: $(cat "$scratch/fix")" mend "$(cat "$scratch/fix")" "$mended" "$probe"
    [ "$undone" = - ] || carry_out "$undone" >"$seen.back" 2>&1
    settle
    failed=$failures
    check "$name: all is as before" eventually unchanged "$before" state
    [ "$failures" = "$failed" ] || make_vpc
}

# From the beginning, with metrics that an activation does not change. Also where a line has left something behind: those
# below shall not suffer from it.
make_vpc() {
    local i
    vpc up 3 || { echo "Bail out! the VPC did not come up"; exit 1; }
    vpc install "$build"
    stand_ins
    host mkdir -p "${net_utils%/*}"
    for i in 0 1 2; do host nmcli connection modify eth$i ipv4.route-metric 10$i ipv6.route-metric 10$i; done
    host cp -p /etc/NetworkManager/system-connections/eth1.nmconnection /var/tmp/original
    all_again
    vpc settle
    vpc matrix # makes the neighbours
    eventually prints '^25101:' host ip -6 rule && eventually prints '^25102:' host ip -6 rule
    eventually fails prints tentative host ip address
    regenerate
    before=$(state)
} >"$seen" 2>&1

needs_root
trap finish EXIT
make_vpc
check 'at first: nothing to say' eventually found - - 0
check 'and nothing is lost' packets_are not
lines=0
while read -r -u 3 code ifname exit packets rest; do
    IFS='|' read -r _ name fault mended undone <<<"$rest"
    lines=$((lines + 1))
    [[ "$code $ifname $exit $packets $rest" =~ $only ]] || continue
    trimmed=()
    for field in "$name" "$fault" "$mended" "$undone"; do
        field=${field# }
        trimmed+=("${field% }")
    done
    fault "$code" "$ifname" "$exit" "$packets" "${trimmed[@]}"
done 3< <(table)
check "there are $lines faults, $fewest at least" [ "$lines" -ge "$fewest" ]
done_testing
