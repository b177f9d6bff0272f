#!/bin/bash
# The VPC's router, its subnets (a bridge each), its DHCP server, and the nodes plugged into them. Runs inside the
# router's namespaces only, started by tools/vpc; descriptor 9 is the machine's /proc and used to learn our pid there.
set -euo pipefail

state=$VPC_STATE
mount() { command mount --no-mtab "$@"; } # it would leave a /run/mount behind
parts=$(dirname "$(readlink -f "$0")")

# The client's addresses.
internet4=203.0.113.10
internet6=2001:db8:ffff::10

sysctl_net() { echo "$2" >"/proc/sys/net/$1"; }
in_node() { ip netns exec "$@"; }

# A number that begins with the address's, so that it can be recognised in a capture.
mac_of() {
    # shellcheck disable=SC2086
    printf '06:00:%02x:%02x:%02x:%02x' ${1//./ }
}

# Whether the host is a virtual machine's, which is plugged in by taps.
has_taps() { [ "$VPC_HOST" = taps ]; }

# The subnet of eth0 is 10.0.0.0/24, that of eth1 10.0.2.0/24, of eth2 10.0.3.0/24, and so on; in block B 10.B.0.0/24 ...
subnet4() { echo "10.$VPC_BLOCK.$(($1 == 0 ? 0 : $1 + 1))"; }
subnet6() { printf '2001:db8:%x:' $((VPC_BLOCK * 256 + $1)); }
elastic() { echo "198.51.100.$((10 + 20 * VPC_BLOCK + $1))"; }
host_number() { echo $(($1 == 0 ? 29 : $1 + 36)); }

run_router() {
    record_pid router
    mount -t proc proc /proc
    mount -t sysfs sysfs /sys
    private_run
    ip link set lo up
    sysctl_net ipv4/ip_forward 1
    sysctl_net ipv6/conf/all/forwarding 1
    no_rp_filter
    touch "$state/router.ready"
    exec 9<&-
    reap
}

# The process that a namespace lives by: it ends with it, and collects the orphans.
reap() {
    while :; do
        sleep infinity &
        wait
    done
}

record_pid() {
    local stat
    read -r -a stat </proc/self/fd/9/self/stat
    echo "${stat[0]} ${stat[21]}" >"$state/$1.pid"
}

# `ip netns` keeps its names under /run/netns: ours are not the machine's.
private_run() {
    mkdir "$state/run" "$state/disk"
    mount -t tmpfs -o mode=755 tmpfs "$state/run"
    mkdir -p "$state/run/${state#/run/}" "$state/run/netns"
    mount --bind "$state" "$state/run/${state#/run/}"
    mount --move "$state/run" /run
    mount -t tmpfs -o mode=755 tmpfs "$state/disk"
}

# New namespaces take IPv4's settings from the machine, whatever they are there.
no_rp_filter() {
    local conf
    for conf in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >"$conf"; done
}

build_vpc() {
    local count=$1 i
    shift
    nft -f "$parts/router.nft"
    start_metadata
    make_client
    for ((i = 0; i < count; i++)); do
        place_interface "$i" "eth$i" "$i" 0 0 0 "$@"
    done
    start_dhcp
}

# place_interface N LINK DEVICE CARD SINCE SLOW [ethA=ethB]...: notes what the ENI N is to be, which the host knows as
# LINK, and makes its subnet.
place_interface() {
    local i=$1 link=$2 about=("${@:3:4}") subnet=$1 same address
    shift 6
    for same; do
        [[ $same = "eth$i="* ]] && subnet=${same#*=eth}
    done
    [ -e "/sys/class/net/subnet$subnet" ] || make_subnet "$subnet"
    address=$(subnet4 "$subnet").$(host_number "$i")
    note_interface "$link" "$address" "$(elastic "$i")" "$subnet" "$(host_number "$i")" "$i" "${about[@]}"
    give_elastic "$address" "$(elastic "$i")"
}

# note_interface LINK ADDRESS ELASTIC SUBNET NUMBER ENI DEVICE CARD SINCE SLOW: what everybody reads who wants to know
# the host's interfaces, and for the metadata what else there is to them: attached at SINCE (0: from the first), SLOW
# seconds until the metadata is complete.
note_interface() {
    echo "$1 ${*:6}" >>"$state/enis"
    echo "${*:1:5}" >>"$state/interfaces"
}

make_client() {
    make_node client
    ip link add internet type veth peer name eth0 netns client
    ip addr add 203.0.113.1/24 dev internet
    ip link set internet up
    in_node client ip addr add "$internet4/24" dev eth0
    in_node client ip link set eth0 up
    in_node client ip route add default via 203.0.113.1
    ip addr add 2001:db8:ffff::1/64 dev internet nodad
    in_node client ip addr add "$internet6/64" dev eth0 nodad
    in_node client ip route add default via 2001:db8:ffff::1
}

make_node() {
    ip netns add "$1"
    in_node "$1" ip link set lo up
    in_node "$1" sysctl -q -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv4.ip_forward=0
}

make_subnet() {
    local bridge=subnet$1
    # An address of its own: else it takes a port's, and another one when a port comes, which nobody would notice.
    ip link add "$bridge" mtu 9001 address "$(mac_of "$(subnet4 "$1").1")" type bridge stp_state 0 forward_delay 0 mcast_snooping 0
    ip link set "$bridge" addrgenmode none
    ip addr add "$(subnet4 "$1").1/24" dev "$bridge"
    # Every gateway has the same link-local address, as nothing prevents it: whoever forgets the device is found out.
    ip addr add fe80::1/64 dev "$bridge" nodad
    ip addr add "$(subnet6 "$1"):1/64" dev "$bridge" nodad
    ip link set "$bridge" up
}

# plug_port SUBNET NODE IFNAME NUMBER: a link from the subnet to the node, whose address ends in NUMBER; the node
# gets it by DHCP or sets it itself. The port is NODE.IFNAME on the switch's side; a virtual machine's is a tap, which has
# a carrier as long as qemu holds it open, and qemu gives the other side its MAC (tools/vm).
plug_port() {
    local port=$2.$3 address
    address=$(subnet4 "$1").$4
    lease "$1" "$address" "$4"
    if [ "$2" = host ] && has_taps; then
        ip tuntap add "$port" mode tap
    else
        ip link add "$port" type veth peer name "$3" mtu 9001 address "$(mac_of "$address")" netns "$2"
    fi
    ip link set "$port" mtu 9001 addrgenmode none master "subnet$1"
    ip link set "$port" up
    ip link set "$port" type bridge_slave proxy_arp_wifi on
    bridge fdb replace "$(mac_of "$address")" dev "$port" master static
    answer_arp "$1" "$address" "$(mac_of "$address")"
    nft -f - <<END
add element bridge vpc checked { "$port" }
add element bridge vpc own4 { "$port" . $address }
add element bridge vpc own6 { "$port" . $(subnet6 "$1"):$4 }
add element bridge vpc primary { "$port" : $address }
END
    # What an earlier port of that name lost still counts.
    nft list chain bridge vpc dropped | grep -F "\"$port\"" >/dev/null ||
        nft add rule bridge vpc dropped iifname "\"$port\"" counter
}

# answer_arp SUBNET ADDRESS MAC: the switch itself answers who asks for the address, as EC2 does, whether or not its
# holder would (one whose strict rp_filter does not like the asker keeps silent).
answer_arp() { ip neigh replace "$2" lladdr "$3" dev "subnet$1" nud permanent; }
forget_arp() { ip neigh del "$2" dev "subnet$1" 2>/dev/null || true; } # an address may have gone with its lease

# unplug_port SUBNET NODE IFNAME NUMBER
unplug_port() {
    local port=$2.$3 address
    address=$(subnet4 "$1").$4
    ip link del "$port"
    forget_arp "$1" "$address"
    nft -f - <<END
delete element bridge vpc own4 { "$port" . $address }
delete element bridge vpc own6 { "$port" . $(subnet6 "$1"):$4 }
delete element bridge vpc primary { "$port" : $address }
END
    nft delete element bridge vpc checked "{ \"$port\" }" 2>/dev/null || true # its check may be off
}

give_elastic() {
    nft -f - <<END
add element ip vpc private { $2 : $1 }
add element ip vpc elastic { $1 : $2 }
add element ip vpc elastic_sources { $1 }
END
}

take_elastic() {
    nft -f - <<END
delete element ip vpc private { $2 : $1 }
delete element ip vpc elastic { $1 : $2 }
delete element ip vpc elastic_sources { $1 }
END
}

# Moved into place: the server reads a new file the moment it appears.
lease() {
    local dir=$state/leases.d
    mkdir -p "$dir"
    echo "$(mac_of "$2"),$2,[$(subnet6 "$1"):$3]" >"$state/lease.new"
    mv "$state/lease.new" "$dir/$2"
}

start_dhcp() {
    local subnet
    mkdir -p "$state/leases.d"
    {
        cat "$parts/dhcp.conf"
        printf '%s\n' "dhcp-hostsdir=$state/leases.d" "dhcp-leasefile=$state/leases" "log-facility=$state/dhcp.log" \
            "pid-file=$state/dnsmasq.pid"
        cut -d' ' -f4 "$state/interfaces" | sort -u | while read -r subnet; do
            dhcp_subnet "$subnet"
        done
    } >"$state/dhcp.conf"
    dnsmasq --conf-file="$state/dhcp.conf" --conf-dir= 9<&-
}

dhcp_subnet() {
    echo "interface=subnet$1"
    echo "dhcp-range=set:subnet$1,$(subnet4 "$1").0,static,255.255.255.0,1h"
    echo "dhcp-option=tag:subnet$1,option:router,$(subnet4 "$1").1"
    [ "$VPC_IPV6" = yes ] || return 0
    echo "dhcp-range=set:subnet$1,$(subnet6 "$1"):,static,64,1h"
}

start_host() {
    setsid unshare --mount --pid --net --uts --ipc --propagation private --fork --kill-child \
        bash "$parts/host.sh" run_host </dev/null >>"$state/host.log" 2>&1 &
}

# The host's links come when its udevd is there to see them.
plug_host() {
    local interface address elastic subnet number
    has_taps || ip netns attach host "$(cat "$state/host.inner")"
    # shellcheck disable=SC2034
    while read -r interface address elastic subnet number; do
        plug_port "$subnet" host "$interface" "$number"
        ! has_taps || continue
        in_node host ip link set "$interface" addrgenmode none up
        wait_forwarding "host.$interface"
    done <"$state/interfaces"
}

# The host's interfaces and their MACs, for whoever makes them.
macs() {
    local interface address
    while read -r interface address _; do
        echo "$interface $(mac_of "$address")"
    done <"$state/interfaces"
}

unplug_host() {
    local interface address elastic subnet number
    remove_volatile
    # shellcheck disable=SC2034
    while read -r interface address elastic subnet number; do
        unplug_port "$subnet" host "$interface" "$number"
    done <"$state/interfaces"
    ip netns del host
}

hold_ports() { for_ports down "$@"; }
release_ports() { for_ports up "$@"; }
for_ports() {
    local to=$1 interface
    shift
    for interface; do
        ip link set "host.$interface" "$to"
        [ "$to" = down ] || wait_forwarding "host.$interface"
    done
}

# A bridge may forward for a port up to a second after its carrier came, and a DHCP request that is lost in between
# costs two. Reading the carrier makes the kernel catch up.
wait_forwarding() {
    local carrier forwarding i
    for ((i = 0; i < 200; i++)); do
        read -r carrier <"/sys/class/net/$1/carrier"
        read -r forwarding <"/sys/class/net/$1/brport/state"
        [ "$carrier $forwarding" = '1 3' ] && return
        sleep 0.01
    done
}

# add_neighbour NAME SUBNET NUMBER: another instance in that subnet, with a fixed address.
add_neighbour() {
    make_node "$1"
    plug_port "$2" "$1" eth0 "$3"
    in_node "$1" ip addr add "$(subnet4 "$2").$3/24" dev eth0
    in_node "$1" ip addr add "$(subnet6 "$2"):$3/64" dev eth0 nodad
    in_node "$1" ip link set eth0 up
    in_node "$1" ip route add default via "$(subnet4 "$2").1"
    in_node "$1" ip route add default via fe80::1 dev eth0
}

source_check() {
    case ${1:-print} in
        on) nft add element bridge vpc checked "{ \"host.$2\" }" ;;
        off) nft delete element bridge vpc checked "{ \"host.$2\" }" ;;
        print)
            nft list chain bridge vpc dropped |
                sed -n 's/.*iifname "\(.*\)" counter packets \([1-9][0-9]*\) .*/\1 \2/p'
            ;;
    esac
}

# shellcheck source=tools/vpc.d/things.sh
. "$parts/things.sh"
# shellcheck source=tools/vpc.d/flows.sh
. "$parts/flows.sh"
# shellcheck source=tools/vpc.d/cloud.sh
. "$parts/cloud.sh"

"$@"
