# shellcheck shell=bash
# The flows: who talks to whom in the VPC as it stands. A part of router.sh, to be sourced by it; try_flows.py tries
# them. Which flows there are depends on nothing but what was added (things.sh), on whether the host forwards, and on
# main's way to the internet; never on eni-routes, nor on what works. But whether a published port has to answer by every
# interface is what its configuration says (forwarded: connmark).

: "${state:?flows.sh is a part of router.sh}" "${parts:?}" "${internet4:?}" "${internet6:?}" "${takers:?}"

# flow NAME NODE ping ADDRESS [SOURCE], flow NAME NODE tcp|udp ADDRESS PORT: what try_flows.py reads.
flow() { printf '%s\t' counted "$@" && echo; }
known_to_be_lost() { printf '%s\t' known "$@" && echo; }

matrix() {
    ensure_neighbours
    list_flows | /usr/bin/python3 -I "$parts/try_flows.py" "$@"
}

list_flows() {
    local subnet subnets
    local -A neighbour
    subnets=$(subnets)
    for subnet in $subnets; do
        neighbour[4.$subnet]=$(subnet4 "$subnet").200
        neighbour[6.$subnet]=$(subnet6 "$subnet"):200
    done
    flows_of_interfaces
    flows_of_host
    [ ! -e "$state/vips" ] || flows_of_vips
    ! has appliances || flows_of_appliances
    ! has pod || flows_of_pod
    ! has guest || flows_of_guest
    ! has docker || flows_of_container
    [ ! -e "$state/nat" ] || flows_of_nat_clients
}

# Where a VPN takes everything, what is bound to no address does not get to the internet by the interfaces.
internet_by_interface() { ! has_any "$takers"; }

flows_of_interfaces() {
    local interface address elastic subnet number
    while read -r interface address elastic subnet number; do
        flows_of_address "$interface" 4 "$address" "$elastic" "$internet4"
    done <"$state/interfaces"
    [ "$VPC_IPV6" = yes ] || return 0
    # shellcheck disable=SC2034
    while read -r interface address elastic subnet number; do
        address=$(subnet6 "$subnet"):$number
        flows_of_address "$interface (IPv6)" 6 "$address" "$address" "$internet6"
    done <"$state/interfaces"
}

# flows_of_address NAME FAMILY ADDRESS ELASTIC INTERNET: to it, and from what is bound to it.
flows_of_address() {
    local subnet
    flow "internet -> $1" client ping "$4"
    flow "$1 -> internet" host ping "$5" "$3"
    for subnet in $subnets; do
        flow "neighbour$subnet -> $1" "neighbour$subnet" ping "$3"
        flow "$1 -> neighbour$subnet" host ping "${neighbour[$2.$subnet]}" "$3"
    done
}

# What is bound to no address.
flows_of_host() {
    local subnet
    ! internet_by_interface || flow 'host -> internet' host ping "$internet4"
    for subnet in $subnets; do
        flow "host -> neighbour$subnet" host ping "${neighbour[4.$subnet]}"
    done
    [ "$VPC_IPV6" = yes ] || return 0
    has tunnel6 || flow 'host -> internet (IPv6)' host ping "$internet6"
    for subnet in $subnets; do
        flow "host -> neighbour$subnet (IPv6)" host ping "${neighbour[6.$subnet]}"
    done
}

flows_of_vips() {
    local interface vip elastic rest
    # shellcheck disable=SC2034
    while read -r interface vip elastic rest; do
        flows_of_address "$interface's VIP" 4 "$vip" "$elastic" "$internet4"
    done <"$state/vips"
}

flows_of_appliances() {
    local subnet interface address
    for subnet in $subnets; do
        read -r interface address <<<"$(first_in "$subnet")"
        flow "appliance$subnet -> $interface" "appliance$subnet" ping "$address"
        flow "$interface -> appliance$subnet" host ping "10.99.$subnet.10" "$address"
        flow "host -> appliance$subnet" host ping "10.99.$subnet.10"
    done
}

flows_of_pod() {
    local interface address rest
    flow 'host -> pod' host ping 192.168.77.2
    flow 'host -> pod (TCP)' host tcp 192.168.77.2 80
    # shellcheck disable=SC2034
    while read -r interface address rest; do
        flow "pod -> $interface" pod ping "$address"
    done <"$state/interfaces"
}

# Its own address is one of eth1's.
flows_of_guest() {
    local subnet
    flow 'host -> guest' host ping 10.0.2.50
    forwards || return 0
    flow 'internet -> guest' client ping 203.0.113.200
    flow 'guest -> internet' guest ping "$internet4"
    for subnet in $subnets; do
        flow "neighbour$subnet -> guest" "neighbour$subnet" ping 10.0.2.50
        flow "guest -> neighbour$subnet" guest ping "${neighbour[4.$subnet]}"
    done
}

flows_of_container() {
    local interface address subnet rest
    flow 'host -> container' host ping 172.17.0.2
    # shellcheck disable=SC2034
    while read -r interface address rest; do
        flow "container -> $interface" container ping "$address"
    done <"$state/interfaces"
    forwards || return 0
    for subnet in $subnets; do
        flow "container -> neighbour$subnet" container ping "${neighbour[4.$subnet]}"
    done
    ! internet_by_interface || flow 'container -> internet' container ping "$internet4"
    if internet_by_interface || answers_by_every_interface; then flows_to_published_ports; fi
}

answers_by_every_interface() {
    grep -Eqs '^forwarded:[[:space:]]*connmark' "$state/disk/etc/eni-routes/config.yaml"
}
forwards6() { [ "$VPC_IPV6" = yes ] && [ "$(on_host cat /proc/sys/net/ipv6/conf/all/forwarding)" = 1 ]; }

flows_to_published_ports() {
    local interface address elastic subnet number
    while read -r interface address elastic subnet number; do
        flows_to_published_port "$interface" 4 "$address" "$elastic"
    done <"$state/interfaces"
    if [ -e "$state/vips" ]; then
        # shellcheck disable=SC2034
        while read -r interface address elastic subnet; do
            flows_from "$interface" internet client "$elastic" "$internet4" "by $interface's VIP"
        done <"$state/vips"
    fi
    forwards6 || return 0
    while read -r interface address elastic subnet number; do
        address=$(subnet6 "$subnet"):$number
        flows_to_published_port "$interface" 6 "$address" "$address"
    done <"$state/interfaces"
}

# flows_to_published_port INTERFACE FAMILY ADDRESS ELASTIC: by everybody outside, the host, and the container itself.
flows_to_published_port() {
    local subnet suffix=
    [ "$2" = 4 ] || suffix=' (IPv6)'
    local internet=internet$2
    flows_from "$1" internet client "$4" "${!internet}" "by $1" "$suffix"
    for subnet in $subnets; do
        flows_from "$1" "neighbour$subnet" "neighbour$subnet" "$3" "${neighbour[$2.$subnet]}" "by $1" "$suffix"
    done
    for subnet in host container; do
        each_published_port flow "$subnet" "$subnet" "$3" "by $1" "$suffix"
    done
}

# flows_from INTERFACE NAME NODE ADDRESS NODE'S-ADDRESS BY [SUFFIX]: the container answers from an address of its own, so that
# the answer goes where main says; only then the host's is put in its place. Where no mark leads it back, that is known to
# be lost by every interface but main's.
flows_from() {
    local verdict=flow
    answers_by_every_interface || [ "$(way_of_container "$5")" = "$1" ] || verdict=known_to_be_lost
    each_published_port "$verdict" "$2" "$3" "$4" "$6" "${7-}"
}

# way_of_container ADDRESS: by which interface main sends what the container sends there.
way_of_container() {
    local container=172.17.0.2
    [[ $1 != *:* ]] || container=fd00:17::2
    ip -n host -o route get "$1" from "$container" iif docker0 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p'
}

# each_published_port VERDICT NAME NODE ADDRESS BY SUFFIX
each_published_port() {
    "$1" "$2 -> published port $5$6" "$3" tcp "$4" 8080
    "$1" "$2 -> published port $5 (UDP)$6" "$3" udp "$4" 8080
    "$1" "$2 -> published range $5$6" "$3" tcp "$4" 9000
    "$1" "$2 -> published range $5 (UDP)$6" "$3" udp "$4" 9009
}

flows_of_nat_clients() {
    local subnet
    forwards && internet_by_interface || return 0
    for subnet in $subnets; do
        flow "NAT client in subnet $subnet -> internet" "natclient$subnet" ping "$internet4"
    done
}
