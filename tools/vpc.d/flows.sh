# shellcheck shell=bash
# The flows: who talks to whom in the VPC as it stands, and a try of each, all at once. A part of router.sh, to be
# sourced by it. Which flows there are depends on nothing but what was added (things.sh) and on whether the host
# forwards; never on eni-routes, nor on what works.

: "${state:?flows.sh is a part of router.sh}"
internet4=203.0.113.10
internet6=2001:db8:ffff::10

# flow NAME NODE CMD...: CMD succeeds in NODE where the flow is in order. "lost NAME..." is known to be lost.
flow() { printf '%s\t%s\t%s\t%s\n' counted "$1" "$2" "${*:3}"; }
lost() { printf '%s\t%s\t%s\t%s\n' known "$1" "$2" "${*:3}"; }
ping_to() { echo "ping -n -q -c 1 -W 1 ${2:+-I $2} $1"; }
tcp_to() { echo "timeout ${3:-1} bash -c read<>/dev/tcp/$1/$2"; }

list_flows() {
    flows_of_interfaces 4
    [ "$VPC_IPV6" != yes ] || flows_of_interfaces 6
    flows_of_host
    [ ! -e "$state/vips" ] || flows_of_vips
    ! has appliances || flows_of_appliances
    ! has pod || flows_of_pod
    ! has docker || flows_of_container
    ! has nat || ! forwards || ! internet_by_interface || flows_of_nat_clients
}

# Where a VPN takes everything, what is bound to no address does not get to the internet by the interfaces.
internet_by_interface() { ! has tunnel-default && ! has tunnel-halves; }

# Its addresses and the neighbours', by family.
neighbour4() { echo "$(subnet4 "$1").200"; }
neighbour6() { echo "$(subnet6 "$1"):200"; }

flows_of_interfaces() {
    local interface address elastic subnet number neighbour kind='' internet=$internet4
    [ "$1" = 4 ] || { kind=' (IPv6)' internet=$internet6; }
    while read -r interface address elastic subnet number; do
        [ "$1" = 4 ] || { address=$(subnet6 "$subnet"):$number elastic=$address; }
        flows_of_address "$interface$kind" "$1" "$address" "$elastic" "$internet"
    done <"$state/interfaces"
}

# flows_of_address NAME FAMILY ADDRESS ELASTIC INTERNET: to it, and from what is bound to it.
flows_of_address() {
    local neighbour
    flow "internet -> $1" client "$(ping_to "$4")"
    flow "$1 -> internet" host "$(ping_to "$5" "$3")"
    for neighbour in $(subnets); do
        flow "neighbour$neighbour -> $1" "neighbour$neighbour" "$(ping_to "$3")"
        flow "$1 -> neighbour$neighbour" host "$(ping_to "$("neighbour$2" "$neighbour")" "$3")"
    done
}

# What is bound to no address.
flows_of_host() {
    local neighbour
    ! internet_by_interface || flow 'host -> internet' host "$(ping_to $internet4)"
    [ "$VPC_IPV6" != yes ] || flow 'host -> internet (IPv6)' host "$(ping_to $internet6)"
    for neighbour in $(subnets); do
        flow "host -> neighbour$neighbour" host "$(ping_to "$(neighbour4 "$neighbour")")"
        [ "$VPC_IPV6" != yes ] ||
            flow "host -> neighbour$neighbour (IPv6)" host "$(ping_to "$(neighbour6 "$neighbour")")"
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
    for subnet in $(subnets); do
        read -r interface address <<<"$(first_in "$subnet")"
        flow "appliance$subnet -> $interface" "appliance$subnet" "$(ping_to "$address")"
        flow "$interface -> appliance$subnet" host "$(ping_to "10.99.$subnet.10" "$address")"
        flow "host -> appliance$subnet" host "$(ping_to "10.99.$subnet.10")"
    done
}

flows_of_pod() {
    local interface address rest
    flow 'host -> pod' host "$(ping_to 192.168.77.2)"
    flow 'host -> pod (TCP)' host "$(tcp_to 192.168.77.2 80)"
    # shellcheck disable=SC2034
    while read -r interface address rest; do
        flow "pod -> $interface" pod "$(ping_to "$address")"
    done <"$state/interfaces"
}

flows_of_container() {
    local interface address neighbour rest
    flow 'host -> container' host "$(ping_to 172.17.0.2)"
    # shellcheck disable=SC2034
    while read -r interface address rest; do
        flow "container -> $interface" container "$(ping_to "$address")"
    done <"$state/interfaces"
    forwards || return 0
    for neighbour in $(subnets); do
        flow "container -> neighbour$neighbour" container "$(ping_to "$(neighbour4 "$neighbour")")"
    done
    internet_by_interface || return 0
    flow 'container -> internet' container "$(ping_to $internet4)"
    flows_to_published_port
}

# The container answers from its own address, and the host's is put in its place only when the way is chosen: main's.
flows_to_published_port() {
    local interface elastic rest holder
    holder=$(ip -n host -o route get $internet4 | sed 's/.* dev \([^ ]*\).*/\1/')
    # shellcheck disable=SC2034
    while read -r interface _ elastic rest; do
        if [ "$interface" = "$holder" ]; then
            flow "internet -> published port by $interface" client "$(tcp_to "$elastic" 8080)"
        else
            lost "internet -> published port by $interface" client "$(tcp_to "$elastic" 8080 0.3)"
        fi
    done <"$state/interfaces"
}

flows_of_nat_clients() {
    local subnet
    for subnet in $(subnets); do
        flow "NAT client in subnet $subnet -> internet" "natclient$subnet" "$(ping_to $internet4)"
    done
}

# try COUNTED NAME NODE CMD: prints the line of the matrix.
try() {
    local -a command
    local result=LOST
    read -r -a command <<<"$4"
    [ "${command[0]}" != timeout ] || command=("${command[@]:0:4}" "${command[*]:4}")
    ! nsenter "--net=/run/netns/$3" -- "${command[@]}" >/dev/null 2>&1 || result=ok
    [ "$1" = counted ] || [ $result = ok ] || result='known to be lost'
    printf '%-42s %s\n' "$2" "$result"
}

# matrix [--only PATTERN] [--without PATTERN]: tries each flow; the patterns are extended regular expressions.
matrix() {
    local only='' without='^$' counted name node command number=1000 results
    while [ $# -gt 0 ]; do
        case $1 in
            --only) only=$2 ;;
            --without) without=$2 ;;
            *) echo "matrix [--only PATTERN] [--without PATTERN]" >&2; return 2 ;;
        esac
        shift 2
    done
    ensure_neighbours
    results=$(list_flows | while IFS=$'\t' read -r counted name node command; do
        [[ $name =~ $only ]] || continue
        [[ ! $name =~ $without ]] || continue
        number=$((number + 1))
        { echo "$number $(try "$counted" "$name" "$node" "$command")"; } &
    done | sort -n | cut -d' ' -f2-)
    echo "$results"
    awk '/ ok$/ { ok++ } !/ known to be lost$/ { all++ }
        END { printf "%d of %d\n", ok, all; exit ok != all || !all }' <<<"$results"
}
