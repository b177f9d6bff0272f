#!/bin/bash
# Every way in which a profile can give an interface its addresses and its gateway.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

export VPC_IPV6=no
begin 2
vpc install "$1"

# tried NAME: after `con up` both answer at once, and nothing is left to do.
tried() {
    check "$1: both answer" elastic_ips_answer
    vpc settle
    check "$1: nothing left to do" nothing_to_do
}

modify() { host nmcli connection modify "$@"; }

up eth1 >"$seen"
tried 'DHCP, on disk'

host nmcli connection add save no type ethernet ifname eth1 con-name memory ipv6.method ignore >"$seen"
up memory >"$seen"
tried 'DHCP, in memory'
down memory >"$seen"

modify eth1 ipv4.never-default yes
up eth1 >"$seen"
tried 'DHCP, never-default'
check 'never-default: main has no default by it' same '' host ip route show default dev eth1
check 'never-default: a rule for programs bound to the device' same '29101: from all oif eth1 lookup eth1' \
    host sh -c 'ip rule | grep oif'
check 'never-default: the internet by the device' host ping -c 1 -W 1 -I eth1 203.0.113.10
check 'never-default: the lease tells the gateway' prints '10.0.2.1 (DHCP lease)' host eni-routes status -v
host ip route flush table eth1
check 'never-default: so it does from the disk of NetworkManager' prints '10.0.2.1.*DHCP lease' host eni-routes regenerate

modify eth1 ipv4.never-default no ipv4.method manual ipv4.addresses 10.0.2.37/24 ipv4.gateway 10.0.2.1
up eth1 >"$seen"
tried 'static'

modify eth1 ipv4.addresses 10.0.2.37/16
up eth1 >"$seen"
check 'a netmask that is not EC2'\''s is said' \
    prints 'its address is 10.0.2.37/16, but its subnet in EC2 is 10.0.2.0/24' regenerate
tried 'a netmask that is not EC2'\''s'
check 'a netmask that is not EC2'\''s: no flow is lost' vpc matrix
check 'a netmask that is not EC2'\''s: check says that no answer is lost' exits 5 findings
check 'but what main sends to the rest of the VPC' prints '^warning netmask-wrong eth1 ' findings
check 'and by which command it is mended' \
    prints '^nmcli connection modify eth1 ipv4.addresses 10.0.2.37/24 && nmcli connection up ifname eth1$' findings fix
check 'and what it sends' prints '^packets of programs .*on the link itself' findings text consequences
modify eth1 ipv4.addresses 10.0.2.37/24
up eth1 >"$seen"

modify eth1 ipv4.gateway '' ipv4.never-default yes
up eth1 >"$seen"
tried 'static, never-default'

modify eth1 ipv4.never-default no ipv4.gateway 10.0.2.1 ipv4.route-table 700
up eth1 >"$seen"
tried 'static, with a route-table of its own'

modify eth1 ipv4.route-table 0 ipv4.addresses 10.0.2.37/24,10.0.2.40/24
up eth1 >"$seen"
tried 'two addresses'

modify eth1 ipv4.addresses 10.0.2.37/24 +ipv4.routes '10.77.0.0/16 10.0.2.50'
up eth1 >"$seen"
tried 'a static route'
check 'a static route: its own table has it' prints '10.77.0.0/16 via 10.0.2.50' host ip route show table eth1
host nmcli connection modify eth1 -ipv4.routes '10.77.0.0/16 10.0.2.50'
host nmcli device reapply eth1 >"$seen"
vpc settle
check 'a static route: and no longer after reapply' eventually same '' host ip route show table eth1 10.77.0.0/16
done_testing
