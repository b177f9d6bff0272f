#!/bin/bash
# What people wrote is theirs: files, lines, rules, routes and tables that eni-routes did not make are, byte for
# byte, what they were, after everything that it does.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

export VPC_IPV6=no
begin 3
vpc install "$1"

# As on a RHEL 7 where the recipe was followed by hand: no rt_tables.d, a last line without its newline.
host sh -c '
    rm -rf /etc/iproute2/rt_tables.d
    printf "#\n# reserved values\n#\n255\tlocal\n254\tmain\n253\tdefault\n0\tunspec\n500 eth1\n600\tisp # mine" >/etc/iproute2/rt_tables
    chmod 640 /etc/iproute2/rt_tables
    cd /etc/sysconfig/network-scripts
    printf "from 10.0.2.0/24 table eth1\nto 10.0.2.0/24 table eth1\n" >rule-eth1
    printf "default via 10.0.2.1 dev eth1 table eth1" >route-eth1
    printf "10.66.0.0/16 via 10.0.3.9\n" >route-eth2
    ip rule add from 192.0.2.0/24 table isp priority 20101
    ip rule add fwmark 7 table 10001 priority 20107
    ip rule add to 192.0.2.9 table 600
    ip route add 192.0.2.0/24 via 10.0.0.9 table isp
    ip route add 10.77.0.0/16 via 10.0.2.9 dev eth1 table 500
    ip route add 10.78.0.0/16 via 10.0.0.9
    ip route add blackhole 10.79.0.0/16 table 10002
    ip link set dev eth2 group 42'
foreign_files() {
    host sh -c 'cd /etc/sysconfig/network-scripts && md5sum rule-eth1 route-eth1 route-eth2 ifcfg-* && stat -c "%n %Y %i" rule-eth1 route-eth1 route-eth2'
}
foreign_kernel() {
    host sh -c 'ip rule | grep -v goto | grep -e "192.0.2" -e fwmark; ip route show table isp; ip route show table 500 | grep 10.77; ip route | grep 10.78; ip route show table 10002 | grep 10.79'
}
names_outside_of_the_block() { host sed '/^# BEGIN eni-routes$/,/^# END eni-routes$/d' /etc/iproute2/rt_tables; }
inode=$(host stat -c '%i %a' /etc/iproute2/rt_tables)
files=$(foreign_files) kernel=$(foreign_kernel) names=$(names_outside_of_the_block)
everything=$(policy) whole_disk=$(host sh -c 'find /etc/iproute2 /etc/sysconfig -type f -exec md5sum {} + -exec stat -c "%n %a %U" {} + | sort')

still_theirs() {
    check "$1: files" unchanged "$files" foreign_files
    check "$1: rules, routes, tables" unchanged "$kernel" foreign_kernel
    check "$1: the other lines of rt_tables" unchanged "$names" names_outside_of_the_block
}

up eth1 >"$seen"
up eth2 >"$seen"
# A link that goes down takes its routes along, whoever made them.
host ip route add 10.77.0.0/16 via 10.0.2.9 dev eth1 table 500
vpc settle
regenerate >"$seen"
still_theirs 'up'
check 'all Elastic IPs answer' elastic_ips_answer
check "the administrator's number is used" prints 'from 10.0.2.0/24 iif lo lookup eth1' host ip rule
check 'rules and routes are applied live only, and it says so' prints 'eth1: .*rule-eth1 is not eni-routes' host eni-routes status
check 'a route-eth2 without a rule-eth2 is left to NetworkManager' exits 2 host ls /etc/sysconfig/network-scripts/rule-eth2
check 'a number that somebody uses is not taken' prints '^100[0-9][0-9].eth2$' host cat /etc/iproute2/rt_tables.d/eni-routes.conf
check 'rt_tables is not even replaced' same "$inode" host stat -c '%i %a' /etc/iproute2/rt_tables
check 'ip can read the names' prints 'default via 10.0.3.1' host ip route show table eth2

down eth1 >"$seen"
vpc settle
up eth1 >"$seen"
host ip route add 10.77.0.0/16 via 10.0.2.9 dev eth1 table 500
vpc settle
still_theirs 'down and up'
regenerate >"$seen"
check 'regenerate finds nothing to do' nothing_to_do
still_theirs 'regenerate'
host eni-routes clean >"$seen"
still_theirs 'clean'
check 'the disk is what it was, modes and owners too' unchanged "$whole_disk" \
    host sh -c 'find /etc/iproute2 /etc/sysconfig -type f -exec md5sum {} + -exec stat -c "%n %a %U" {} + | sort'
check 'the link has its group again' prints 'group 42' host ip link show eth2
check 'and the kernel is what it was' unchanged "$everything" policy
done_testing
