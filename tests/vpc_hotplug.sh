#!/bin/bash
# Interfaces that are attached and detached while the host runs, with the hotplug part: the real udev with the real rule,
# and a stand-in that starts the real unit's commands as systemd would.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

pings() { vpc client ping -n -q -c 1 -W 1 "$1"; }
ipv6_pings() { vpc client ping -n -q -c 1 -W 1 "2001:db8:2::38"; }
connection_of() { host nmcli -e no -g GENERAL.CONNECTION device show "$1"; }
default_device() { host sh -c "ip route get 203.0.113.10 | sed -n 's/.* dev \([^ ]*\).*/\1/p'"; }
# without_dhcp COMMANDS: for the router's nft.
without_dhcp() { vpc router nft "${1//$'\n'/; }"; }
# milliseconds_until CMD...: how long it takes, 10 s at most.
milliseconds_until() {
    local begin=${EPOCHREALTIME/./}
    eventually "$@" && echo "# it took $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
}

begin 2
vpc install --hotplug "$1"
up eth1 >"$seen"
check 'DHCPv6 has given its address' eventually sh -c "'$source_dir/tools/vpc' host ip -6 -o address show dev eth1 scope global -tentative | grep -q ."
vpc settle
before=$(policy_and_disk)

vpc attach eth2
milliseconds_until pings 198.51.100.12
check 'attached: its Elastic IP answers within 10 s, with nothing done by hand' pings 198.51.100.12
check 'so does its IPv6 address' eventually ipv6_pings
check 'and the others' elastic_ips_answer
vpc settle
check 'its profile is by its MAC' same 'eni-routes 06:00:0a:00:03:26' connection_of eth2
check 'and in memory' same '' host sh -c 'grep -rl 06:00:0a:00:03:26 /etc/NetworkManager'
check 'the primary has the default still' same eth0 default_device
check 'every flow' vpc matrix
check 'nothing is left to do' nothing_to_do

vpc detach eth2
vpc settle
check 'detached: nothing of it is left in kernel, rt_tables and network-scripts' eventually same '' traces_of eth2 10002
check 'all is as it was' eventually unchanged "$before" policy_and_disk

host sh -c 'mkdir -p /etc/eni-routes; echo 10.99.7.0/24 via 10.0.3.1 >/etc/sysconfig/network-scripts/route-eth7'
vpc attach eth2 --name eth7
check 'attached again under another name: it answers' eventually pings 198.51.100.12
vpc settle
check 'with the same number' prints '^20102:.*lookup eth7' host ip rule
check 'and the same profile' same 'eni-routes 06:00:0a:00:03:26' connection_of eth7
vpc detach eth7
vpc settle
check 'detached: nothing of it is left' eventually same '' traces_of eth7 10002
check "but a user's file" same '10.99.7.0/24 via 10.0.3.1' host cat /etc/sysconfig/network-scripts/route-eth7
host rm /etc/sysconfig/network-scripts/route-eth7

# ---- What it leaves alone ----------------------------------------------------------------------------

host nmcli connection add type ethernet ifname eth3 con-name mine autoconnect no >"$seen"
vpc attach eth3
vpc settle
check 'one that has a profile, though it does not come up by itself, gets none' prints "it has the profile 'mine'" vpc log units
check 'and stays down' same '' connection_of eth3
vpc detach eth3
host nmcli connection delete mine >"$seen"
host sh -c 'printf "[keyfile]\nunmanaged-devices=interface-name:eth3\n" >/etc/NetworkManager/conf.d/unmanaged.conf'
host nmcli general reload conf
vpc attach eth3
vpc settle
check 'one that NetworkManager is to leave alone gets none' prints 'eth3: NetworkManager does not manage it' vpc log units
vpc detach eth3
host rm /etc/NetworkManager/conf.d/unmanaged.conf
host nmcli general reload conf
host sh -c 'printf "interfaces:\n  exclude: [eth3]\n" >/etc/eni-routes/config.yaml'
vpc attach eth3
vpc settle
check 'one that the configuration excludes gets none' prints 'eth3: eni-routes does not manage it' vpc log units
vpc detach eth3
vpc settle

# ---- What EC2 does not know yet, and what is kept ----------------------------------------------------

host sh -c 'printf "hotplug: {save: true}\naddresses: imds\n" >/etc/eni-routes/config.yaml'
vpc assign 0 10.0.0.50 203.0.113.200
vpc attach eth4 --card 1 --device 1 --slow 3
milliseconds_until pings 198.51.100.14
check 'the metadata lists it 3 s late: it answers nevertheless' pings 198.51.100.14
vpc settle
check 'and is numbered by card and device' prints '^20201:.*lookup eth4' host ip rule
check 'assigned addresses come as well' pings 203.0.113.200
check 'its profile is saved' prints 06:00:0a:00:05:28 host sh -c 'cat /etc/NetworkManager/system-connections/*'
check 'nothing is left to do once DHCPv6 has answered' eventually nothing_to_do
vpc metadata drop
vpc attach eth5
milliseconds_until pings 198.51.100.15
check 'without metadata: it answers' pings 198.51.100.15
vpc settle
check 'and is numbered by its name' prints '^20105:.*lookup eth5' host ip rule
vpc metadata none

# ---- At a bad time -----------------------------------------------------------------------------------

host pkill -STOP -x dbus-daemon
vpc attach eth6
sleep 4 # other commands have a patience of 2 s
host pkill -CONT -x dbus-daemon
check 'the bus hangs for 4 s: it answers' eventually pings 198.51.100.16
vpc settle
host nmcli connection delete 'eni-routes 06:00:0a:00:07:2a' >"$seen"
host sh -c 'for _ in 1 2 3 4 5 6; do eni-routes plug eth6 & done; wait' >"$seen"
check 'six at once for one interface: one profile' same 1 host sh -c 'nmcli -e no -t -f NAME connection | grep -c 06:00:0a:00:07:2a'
host nmcli connection add type ethernet ifname '*' con-name any >"$seen"
vpc nm stop
vpc attach eth7
vpc attach eth8
sleep 4
vpc nm start
check 'NetworkManager is started 4 s after two have come, and a profile that fits both: the one answers' eventually pings 198.51.100.17
check 'and the other' eventually pings 198.51.100.18
vpc settle
check 'one of them has it' same 1 host sh -c 'nmcli -e no -t -f NAME,DEVICE connection | grep -c "^any:eth[78]$"'
vpc detach eth7
vpc detach eth8
host nmcli connection delete any >"$seen"

without_dhcp 'add table inet silent; add chain inet silent in { type filter hook input priority -300; }
    add chain inet silent out { type filter hook output priority -300; }
    add rule inet silent in udp dport { 67, 547 } drop; add rule inet silent out icmpv6 type nd-router-advert drop'
vpc attach eth9
check 'without DHCP: it has a profile' eventually same 'eni-routes 06:00:0a:00:0a:2d' connection_of eth9
regenerate >"$seen"
check 'and a name' prints eth9 host cat /etc/iproute2/rt_tables.d/eni-routes.conf
vpc detach eth9
vpc settle
check 'detached before it has come up: nothing of it is left' eventually same '' traces_of eth9 10009
without_dhcp 'delete table inet silent'

# ---- A reboot with it --------------------------------------------------------------------------------

vpc reboot
check 'after a reboot the saved profile is there: it answers' eventually pings 198.51.100.14
check 'the other one has a new profile: it answers' eventually pings 198.51.100.15
vpc settle
check 'every flow' eventually vpc matrix

# ---- Taken off again ---------------------------------------------------------------------------------

plugged() { host sh -c 'nmcli -e no -t -f NAME connection | grep "^eni-routes "' | sort; }
host eni-routes clean >"$scratch/clean"
names_all() { plugged | while read -r name; do grep -qF "'$name' that plug made stays" "$scratch/clean" || exit 1; done; }
check 'clean names each profile that plug made' names_all
check 'and no other' same "$(plugged | wc -l)" grep -c 'that plug made stays' "$scratch/clean"
check 'of which there are some' test "$(plugged | wc -l)" -ge 2
grep '^ *nmcli connection delete uuid ' "$scratch/clean" | while read -r command; do host sh -c "$command"; done >"$seen" 2>&1
check 'its commands delete them' same '' plugged
check 'also those that were saved' same '' host sh -c 'grep -rl 06:00:0a:00: /etc/NetworkManager/system-connections'
not_mentioned() { host eni-routes clean | grep 'that plug made'; }
check 'and it says no more of them' fails not_mentioned
done_testing
