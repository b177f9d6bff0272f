#!/bin/bash
# The packages in the host: installing them is the only step to both Elastic IPs answering, upgrading changes nothing that
# runs, removing leaves the host as it was. The host has no systemd that runs; what is the user's stays byte for byte.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"
# shellcheck source=tests/rpm_lib.sh
. "$source_dir/tests/rpm_lib.sh"

[ "$(id -u)" != 0 ] || make_packages "$1" || { echo 'Bail out! the packages could not be built'; exit 1; }
begin 2
arch=$(uname -m)

# Debian's rpm keeps its database in the home of whoever runs it; EL's in /var, and that is the host's own here.
cp "$source_dir/rpm/macros.d/common" "$scratch/macros"
host sh -c 'mkdir -p /usr/lib/rpm/macros.d && cat >/usr/lib/rpm/macros.d/macros.el' <"$scratch/macros"
stand_in=$(make_stand_in "$scratch/stand-in" "$packages"/1/*."$arch.rpm" "$packages"/1/*.noarch.rpm 2>"$seen") || cat "$seen"
# Debian's rpm warns of itself.
in_rpm() {
    local status=0
    host rpm "$@" >"$scratch/rpm" 2>&1 || status=$?
    grep -v '^rpm: ' "$scratch/rpm"
    return "$status"
}
# install OPTION RELEASE
install() { in_rpm "$1" "$packages/$2"/*."$arch.rpm" "$packages/$2"/*.noarch.rpm; }

host sh -c "cat >/var/tmp/stand-in.rpm" <"$stand_in"
in_rpm -i /var/tmp/stand-in.rpm
# A user's: a rule before ours and one within our band, a table, a line in rt_tables, a rule file of his own.
host sh -c 'ip rule add priority 100 from 192.0.2.1 lookup 300
    ip rule add priority 20500 from 192.0.2.2 lookup 300
    ip route add 192.0.2.128/25 via 10.0.0.1 dev eth0 table 300
    printf "# mine\n300\tmine # and a tab\n" >>/etc/iproute2/rt_tables
    echo "from 192.0.2.3 table mine" >/etc/sysconfig/network-scripts/rule-eth5
    rm -f /etc/systemd/system/dbus-org.freedesktop.nm-dispatcher.service'

# Directories in /usr are left out: those of the overlay come when a file below them does. Lifetimes count down.
world() {
    host sh -c 'cd /etc && find . ! -type f -printf "%M %u:%g %p %l\n" | sort
        find . -type f -printf "%M %u:%g " -exec sha256sum {} \; | sort -k4
        for family in -4 -6; do ip $family rule; ip $family route show table all; done | sed "s/ expires [0-9]*sec//" | sort
        ip -d -o link | sed -n "s/^[0-9]*: \([^:@]*\).* group \([^ ]*\) .*/\1 \2/p"
        ls -d /run/eni-routes /var/lib/eni-routes' 2>&1
    vpc router sh -c "cd /run/eni-routes-vpc/$VPC_NAME/disk/usr && find . ! -type d ! -name '*.pyc' -printf '%M %s %p\n' | sort -k3"
}
before=$(world)
# It comes after nmcli has returned, by an event of its own.
ipv6_is_back() {
    eventually prints 'local 2001:db8:1::37' host ip -6 route show table local && vpc settle
}

check 'without it, the second Elastic IP is lost' prints '198.51.100.11 .*LOST' vpc ping
check 'rpm -i, where the hook would not run, says what enables it' \
    prints 'systemctl enable --now NetworkManager-dispatcher.service' install -i 1
check 'both Elastic IPs answer, and that was all' elastic_ips_answer
check "another package's unit is not enabled" exits 2 host ls /etc/systemd/system/dbus-org.freedesktop.nm-dispatcher.service
check 'the watch is enabled' host test -L /etc/systemd/system/multi-user.target.wants/eni-routes-watch.service
check 'the timer is not' exits 2 host ls /etc/systemd/system/timers.target.wants/eni-routes-refresh.timer
check 'nothing is left to do' nothing_to_do
check 'check finds nothing wrong' exits 0 host eni-routes check --quiet
check 'every file is as the package has it' in_rpm -V eni-routes eni-routes-hotplug

down eth1 >"$seen"
check 'the hook is called' up eth1
check 'and both answer' elastic_ips_answer
check 'by IPv6, too' ipv6_is_back

host sh -c 'echo "table_base: 10000" >>/etc/eni-routes/config.yaml; ip rule del priority 25101'
kept=$(policy)
config=$(host cat /etc/eni-routes/config.yaml)
check 'rpm -U' install -U 2
check 'leaves what runs to itself: it neither regenerates nor cleans' unchanged "$kept" policy
check 'keeps the changed configuration' unchanged "$config" host cat /etc/eni-routes/config.yaml
check 'and lays the new one beside it' host grep -q 'second release' /etc/eni-routes/config.yaml.rpmnew
host rm /etc/eni-routes/config.yaml.rpmnew
check 'regenerate mends it' prints 'ip rule add to 10.0.2.0/24' regenerate

# The third run of it with a configuration that is wrong: what was laid down must go all the same.
check 'disable eth1' host eni-routes disable eth1
check 'enable eth1' host eni-routes enable eth1
host sh -c 'echo "nonsense: [" >>/etc/eni-routes/config.yaml'
check 'rpm -e, with a configuration that is wrong, says nothing' same \
    'warning: /etc/eni-routes/config.yaml saved as /etc/eni-routes/config.yaml.rpmsave' \
    in_rpm -e eni-routes-hotplug eni-routes
host sh -c 'rm /etc/eni-routes/config.yaml.rpmsave && rmdir /etc/eni-routes'
check 'leaves the host as it was, and what is the user'\''s' unchanged "$before" world

check 'once more: rpm -i' install -i 1
check 'both answer' elastic_ips_answer
# Events come while it is removed, one after the other: none must lay anything down again behind its back.
host sh -c 'while [ ! -e /run/enough ]; do /usr/libexec/eni-routes-event eth1 up; done' >"$scratch/events" 2>&1 &
check 'rpm -e, while events come' same '' in_rpm -e eni-routes-hotplug eni-routes
host touch /run/enough
wait $!
check 'leaves the host as it was' unchanged "$before" world
up eth1 >"$seen"
ipv6_is_back >"$seen"
check 'an event afterwards is nobody'\''s' unchanged "$before" world

host sysctl -q -w net.ipv4.ip_forward=1
vpc add docker
check 'rpm -i beside a published port says how it answers on all' \
    prints "'forwarded: connmark' in /etc/eni-routes/config.yaml, then: eni-routes regenerate" install -i 1
check 'rpm -e' same '' in_rpm -e eni-routes-hotplug eni-routes
vpc remove docker
host sysctl -q -w net.ipv4.ip_forward=0

vpc nm stop
check 'rpm -i without NetworkManager' install -i 1
check 'lays nothing down' same '' host ip rule show table 10001
check 'rpm -e' same '' in_rpm -e eni-routes-hotplug eni-routes
done_testing
