#!/bin/bash
# Addresses that are assigned in EC2: eni-routes puts them on the interface, keeps them there, and takes them off when
# they are no longer assigned; and nobody else's. Numbers that EC2 gives outlive a reboot.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

configure() { host sh -c 'printf "%s\n" "$@" >/etc/eni-routes/config.yaml' sh "$@"; }
has_address() { host ip -o address show dev eth1 | grep -qF " $1/"; }
lacks_address() { ! has_address "$1"; }
pings() { vpc client ping -n -q -c 1 -W 1 "$1"; }
addresses() { host ip -o address show | sed 's/ *valid_lft.*//'; }
everything() { policy_and_disk; addresses; }
reapply() { host nmcli device reapply eth1 && vpc settle; }
unbound_source() { host sh -c "ip -6 route get 2001:db8:ffff::1 oif eth1 | sed -n 's/.* src \\([^ ]*\\).*/\\1/p'"; }
has_ipv6() { host ip -6 -o address show dev eth1 scope global -tentative | grep -q .; }

begin 2
vpc install "$1"
configure 'addresses: imds'
up eth1 >"$seen"
check 'DHCPv6 has given its address' eventually has_ipv6
host nmcli connection modify eth1 +ipv4.addresses 10.0.2.60/24
up eth1 >"$seen" # not by reapply: NetworkManager's order of the two would be another
check 'and again' eventually has_ipv6
vpc settle
host ip address add 10.0.2.61/24 dev eth1
check 'regenerate' regenerate
check 'whatever is assigned is there already: nothing to do' nothing_to_do
before=$(everything)

# ---- One address ------------------------------------------------------------------------------------

vpc assign 1 10.0.2.50 203.0.113.200
check 'assigned in EC2 alone, it does not answer' fails pings 203.0.113.200
check 'check says so: what is sent to its Elastic IP is lost' prints '^broken address-missing eth1 10.0.2.50$' findings
check 'which that is' prints '^10.0.2.50 (203.0.113.200) is assigned to it in EC2, and no interface has it$' \
    findings text consequences
check 'status too' prints 'missing  address 10.0.2.50 = 203.0.113.200, assigned in EC2' host eni-routes status
check 'regenerate adds it' prints '^ip address add 10.0.2.50/32 dev eth1 ' regenerate
check 'its Elastic IP answers' pings 203.0.113.200
host mount -t tmpfs -o ro tmpfs /var/lib/eni-routes
vpc unassign 1 10.0.2.50
check 'taken back, and what EC2 says cannot be kept: regenerate says so' exits 1 regenerate
host /usr/libexec/eni-routes-event eth1 up
check 'an event does not bring it back' lacks_address 10.0.2.50
host umount /var/lib/eni-routes
vpc assign 1 10.0.2.50 203.0.113.200
check 'regenerate adds it again' prints '^ip address add 10.0.2.50/32 dev eth1 ' regenerate
check 'it made no route' same '' host ip route show table all 10.0.2.50/32 type unicast
check 'status shows it' prints '10.0.2.50/32 = 203.0.113.200$' host eni-routes status -v
check 'a second time there is nothing to do' nothing_to_do
check 'and regenerate --quiet says nothing' same '' host eni-routes regenerate --quiet
check 'nmcli device reapply' reapply
check 'the address is there' eventually has_address 10.0.2.50
check 'its Elastic IP answers still' pings 203.0.113.200
host ip address add 10.0.2.61/24 dev eth1 # which the reapply took off, as it does with what others add
check 'nothing is left to do' nothing_to_do
host eni-routes watch >"$seen.watch" 2>&1 &
check 'eni-routes watch runs' eventually prints 'runs, process' host eni-routes status
host ip address del 10.0.2.50/32 dev eth1
check 'it puts back what somebody takes off' eventually has_address 10.0.2.50
host sh -c 'kill $(eni-routes status | sed -n "s/.*runs, process //p")'
wait %1
check 'nmcli connection down' down eth1
vpc settle
check 'nothing of it is left' eventually lacks_address 10.0.2.50
check 'up' up eth1
check 'its Elastic IP answers as soon as nmcli returns' pings 203.0.113.200
check 'DHCPv6 has given its address again' eventually has_ipv6
vpc settle
host ip address add 10.0.2.61/24 dev eth1
vpc unassign 1 10.0.2.50
check 'no longer assigned: check says so' prints '^warning address-left-over eth1 10.0.2.50$' findings
check 'and who put it there' prints '^10.0.2.50 was put on it by eni-routes, and is left over$' findings text
check 'regenerate takes it off' prints '^ip address del 10.0.2.50/32 dev eth1 ' regenerate
check "everything is as it was, a user's address and his profile's too" eventually unchanged "$before" everything

# ---- What people have put there themselves ----------------------------------------------------------

vpc assign 1 10.0.2.60
vpc assign 1 10.0.2.61
check "assigned is what is there already: nothing to do" nothing_to_do
vpc unassign 1 10.0.2.60
vpc unassign 1 10.0.2.61
check 'and no longer: nothing to do' nothing_to_do
check 'they stay' unchanged "$before" everything

# ---- A rule of its own, IPv6, a prefix ---------------------------------------------------------------

configure 'addresses: imds' 'match: address'
vpc assign 1 10.0.2.50 203.0.113.200
vpc assign 1 2001:db8:1::50
vpc assign 1 10.0.2.64/28
vpc assign 1 2001:db8:1:0:1::/80
source=$(unbound_source)
check 'with match: address, regenerate' regenerate
check 'what is bound to no address goes on to send from the one it had' same "$source" unbound_source
check 'the address has a rule of its own' prints 'from 10.0.2.50 iif lo lookup eth1' host ip rule
check 'the prefix has one' prints 'from 10.0.2.64/28 iif lo lookup eth1' host ip rule
check 'and the IPv6 one' prints 'from 2001:db8:1:0:1::/80 iif lo lookup eth1' host ip -6 rule
check 'the Elastic IP answers' pings 203.0.113.200
check 'the IPv6 address answers' pings 2001:db8:1::50
check 'an address of the prefix answers' vpc router ping -n -q -c 1 -W 1 10.0.2.70
check 'one of the IPv6 prefix' pings 2001:db8:1:0:1::7
check 'nothing is left to do' nothing_to_do
check 'reapply' reapply
check 'all of it is there still' eventually nothing_left
check 'the IPv6 address answers still' eventually pings 2001:db8:1::50
check 'and one of the IPv6 prefix' pings 2001:db8:1:0:1::7
host ip address add 10.0.2.61/24 dev eth1

# ---- Restarts ----------------------------------------------------------------------------------------

vpc reboot
check 'after a reboot the interface has its IPv6 address' eventually has_ipv6
vpc settle
check 'the assigned one is gone, as addresses are' lacks_address 10.0.2.50
check 'regenerate brings it back' prints '^ip address add 10.0.2.50/32 dev eth1 ' regenerate
check 'it answers' pings 203.0.113.200

configure 'addresses: off' 'match: address'
check 'addresses: off: the event takes ours off' host eni-routes event eth1 up
check 'the address is gone' lacks_address 10.0.2.50
check 'its rule is gone' same '' host sh -c 'ip rule | grep 10.0.2.50'
check "the prefix's local route is gone" same '' host ip route show table local proto 206
check 'its rule stays: it is EC2 who delegates' prints 'from 10.0.2.64/28 lookup eth1' host ip rule
configure 'addresses: imds'
regenerate >"$seen"
check 'clean' host eni-routes clean
check 'takes the address off' lacks_address 10.0.2.50
check 'and forgets what EC2 said' exits 2 host ls /var/lib/eni-routes/metadata

# ---- Numbers -----------------------------------------------------------------------------------------

vpc metadata down
up eth1 >"$seen"
vpc settle
check 'without metadata the number is that of the name' prints 'lookup eth1' host ip rule
vpc attach eth4 --name eth2 --device 4
host nmcli connection add type ethernet ifname eth2 con-name eth2 ipv6.method ignore >"$seen"
check 'a third interface has an address' eventually sh -c "'$source_dir/tools/vpc' host ip -4 -o address show dev eth2 | grep -q inet"
vpc settle
check 'it is numbered by its name' prints '^20102:.*lookup eth2' host ip rule
vpc metadata none
check 'DHCPv6 has given its address by then' eventually has_ipv6
vpc settle
check 'EC2 calls it device 4: regenerate moves it' prints '^ip rule add .* table eth2 priority 20104' regenerate
check 'the old rule is gone' same '' host sh -c 'ip rule show priority 20102; ip rule show table 10002'
check 'and the old table' same '' host ip route show table 10002
check 'its name stands for the new one' prints '^10004[[:space:]]*eth2$' host cat /etc/iproute2/rt_tables.d/eni-routes.conf
check 'it answers' pings 198.51.100.14
check 'nothing is left to do' nothing_to_do
vpc reboot
vpc settle
check 'after a reboot the event path has the number' prints '^20104:.*lookup eth2' host ip rule
done_testing
