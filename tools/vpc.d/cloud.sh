# shellcheck shell=bash
# What the cloud does while the host runs: interfaces are attached and detached, addresses are assigned and taken back,
# the metadata server has its bad days. A part of router.sh, to be sourced by it; it knows what router.sh noted in
# $state/interfaces and $state/enis, and keeps $state/detached and $state/assigned. It must do nothing in the host:
# a link appears there, or is gone, and that is all.

: "${state:?cloud.sh is a part of router.sh}" "${parts:?}"

refuse() {
    echo "vpc: $*" >&2
    exit 1
}

# row FILE COLUMN VALUE: the line of $state/FILE that has VALUE in that column.
row() { [ ! -e "$state/$1" ] || awk -v column="$2" -v value="$3" '$column == value { print; exit }' "$state/$1"; }

# without FILE CONDITION: takes the lines for which awk's CONDITION holds out of $state/FILE, which readers find whole
# at any moment. $2 and so on are the line's, the shell's values come in quotes.
without() {
    awk "!($2)" "$state/$1" >"$state/$1.new"
    mv "$state/$1.new" "$state/$1"
}

# ---- The metadata server ------------------------------------------------------------------------------

start_metadata() {
    ip address add 169.254.169.254/32 dev lo
    ip address add fd00:ec2::254/128 dev lo nodad
    setsid /usr/bin/python3 -I "$parts/metadata.py" </dev/null 9<&- &
}

# metadata FAULT [PATH-REGEX] [FAULT PATH-REGEX]...; metadata log|clear-log
metadata() {
    case ${1:-} in
        log) cat "$state/metadata.log" ;;
        clear-log) : >"$state/metadata.log" ;;
        '') refuse 'metadata FAULT [PATH-REGEX], metadata log|clear-log' ;;
        *) set_faults "$@" ;;
    esac
}

set_faults() {
    local verdict=accept
    local number='[0-9]+(\.[0-9]+)?'
    local known="none|404|429|500|503|empty|garbage|half|hang|reset|token|lie|delay:$number|random:$number(:[0-9]+)?"
    : >"$state/metadata.faults.new"
    [[ $1 != down ]] || verdict='reject with tcp reset'
    [[ $1 != drop ]] || verdict=drop
    if [ "$verdict" != accept ]; then
        [ $# = 1 ] || refuse "$1 is for all paths, and stands alone"
        shift
    fi
    while [ $# -gt 0 ]; do
        [[ $1 =~ ^($known)$ ]] || refuse "no such fault: $1"
        [ $# = 1 ] || /usr/bin/python3 -Ic 'import re, sys; re.compile(sys.argv[1])' "$2" 2>/dev/null ||
            refuse "not a regular expression: $2"
        [[ ${2:-} != *[[:space:]]* ]] || refuse "there is no such path: $2"
        [ "$1" = none ] || echo "$1 ${2:-.}" >>"$state/metadata.faults.new"
        shift $(($# > 1 ? 2 : 1))
    done
    mv "$state/metadata.faults.new" "$state/metadata.faults"
    nft -f - <<RULES
table inet metadata {
    chain input {
        type filter hook input priority filter
    }
}
flush chain inet metadata input
add rule inet metadata input ip daddr 169.254.169.254 tcp dport 80 $verdict
add rule inet metadata input ip6 daddr fd00:ec2::254 tcp dport 80 $verdict
RULES
}

# ---- Interfaces ---------------------------------------------------------------------------------------

eth_name='eth(0|[1-9][0-9]?)'

# attach [ethN|ethN=ethM] [--name ethK] [--device D] [--card C] [--slow SECONDS]
attach() {
    local same='' link='' device='' card='' slow=0
    if [[ ${1:-} = eth* ]]; then
        same=$1
        shift
    fi
    while [ $# -gt 0 ]; do
        [ $# -gt 1 ] || refuse "attach: $1?"
        case $1 in
            --name) link=$2 ;;
            --device) device=$2 ;;
            --card) card=$2 ;;
            --slow) slow=$2 ;;
            *) refuse "attach: $1?" ;;
        esac
        shift 2
    done
    [ -n "$same" ] || same=$(next_free)
    [[ $same =~ ^$eth_name(=$eth_name)?$ ]] || refuse "not ethN, nor ethN=ethM: $same"
    attach_eni "${same%%=*}" "$same" "${link:-${same%%=*}}" "$device" "$card" "$slow"
}

next_free() {
    local eni=1
    while [ -n "$(row enis 2 "$eni")$(row detached 1 "$eni")" ]; do eni=$((eni + 1)); done
    echo "eth$eni"
}

# attach_eni ethN ethN=ethM LINK DEVICE CARD SLOW: as it was, where it was there before.
attach_eni() {
    local eni=${1#eth} link=$3 device=$4 card=$5 slow=$6 address elastic subnet number was_device was_card
    has_taps || [ -e /run/netns/host ] || refuse 'the host is not up'
    [[ $link =~ ^$eth_name$ ]] || refuse "not a name for a link: $link"
    [[ $slow =~ ^[0-9]+(\.[0-9]+)?$ && ${device:-0} =~ ^[0-9]+$ && ${card:-0} =~ ^[0-9]+$ ]] || refuse 'not a number'
    [ -z "$(row enis 2 "$eni")" ] || refuse "ENI $eni is attached, as $(row enis 2 "$eni" | cut -d' ' -f1)"
    [ -z "$(row interfaces 1 "$link")" ] || refuse "the host has a $link"
    read -r _ address elastic subnet number was_device was_card <<<"$(row detached 1 "$eni")" || true
    if [ -n "$address" ]; then
        [[ $2 != *=* || $2 = *"=eth$subnet" ]] || refuse "ENI $eni is in the subnet of eth$subnet"
        without detached "\$1 == $eni"
        note_interface "$link" "$address" "$elastic" "$subnet" "$number" \
            "$eni" "${device:-$was_device}" "${card:-$was_card}" "$(date +%s.%N)" "$slow"
        give_elastic "$address" "$elastic"
    else
        place_interface "$eni" "$link" "${device:-$eni}" "${card:-0}" "$(date +%s.%N)" "$slow" "$2"
    fi
    read -r _ address _ subnet number <<<"$(row interfaces 1 "$link")"
    serve_dhcp "$subnet"
    plug_port "$subnet" host "$link" "$number"
    for_assigned "$eni" grant
}

# The server reads its configuration when it starts.
serve_dhcp() {
    local pid
    ! grep -qx "interface=subnet$1" "$state/dhcp.conf" || return 0
    dhcp_subnet "$1" >>"$state/dhcp.conf"
    pid=$(cat "$state/dnsmasq.pid")
    kill "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
    dnsmasq --conf-file="$state/dhcp.conf" --conf-dir= 9<&-
}

detach() {
    local address elastic subnet number eni device card
    read -r _ address elastic subnet number <<<"$(row interfaces 1 "${1:-}")" || true
    [ -n "$number" ] || refuse "the host has no such interface: ${1:-}"
    read -r _ eni device card _ <<<"$(row enis 1 "$1")"
    [ "$eni" != 0 ] || refuse 'the primary interface cannot be detached'
    for_assigned "$eni" withdraw
    without interfaces "\$1 == \"$1\""
    without enis "\$1 == \"$1\""
    echo "$eni $address $elastic $subnet $number $device $card" >>"$state/detached"
    unplug_port "$subnet" host "$1" "$number"
    take_elastic "$address" "$elastic"
    rm "$state/leases.d/$address"
}

# ---- Addresses ----------------------------------------------------------------------------------------

# assign N ADDRESS|PREFIX [ELASTIC]
assign() {
    local eni=${1:-} address=${2:-} elastic=${3:--} subnet
    subnet=$(subnet_of "$eni")
    is_in_subnet "$address" "$subnet" || refuse "not an address or prefix of subnet $subnet: $address"
    [ -z "$(row assigned 2 "$address")$(row interfaces 2 "$address")" ] || refuse "$address is assigned"
    [[ $elastic = - || $address != *[:/]* ]] || refuse 'an Elastic IP is for an IPv4 address'
    [[ $elastic =~ ^(-|(198\.51\.100|203\.0\.113)\.[0-9]{1,3})$ ]] || refuse "the internet has no way to $elastic"
    [[ $elastic = - || -z $(row assigned 3 "$elastic")$(row interfaces 3 "$elastic") ]] || refuse "$elastic is taken"
    [ -z "$(row enis 2 "$eni")" ] || on_port "$eni" grant "$address" "$elastic"
    echo "$eni $address $elastic" >>"$state/assigned"
}

unassign() {
    local eni=${1:-} owner elastic
    read -r owner _ elastic <<<"$(row assigned 2 "${2:-}")" || true
    [[ -n $eni && $owner = "$eni" ]] || refuse "ENI $eni has no such address: ${2:-}"
    without assigned "\$2 == \"$2\""
    [ -z "$(row enis 2 "$eni")" ] || on_port "$eni" withdraw "$2" "$elastic"
}

subnet_of() {
    local link subnet
    link=$(row enis 2 "$1" | cut -d' ' -f1)
    subnet=$({ row interfaces 1 "${link:--}" && row detached 1 "$1"; } | cut -d' ' -f4)
    [ -n "$subnet" ] || refuse "there is no ENI $1"
    echo "$subnet"
}

# The prefixes that EC2 delegates are all of one size.
is_in_subnet() {
    /usr/bin/python3 -Ic '
import ipaddress, sys
text, prefix4, prefix6 = sys.argv[1:]
try:
    part = ipaddress.ip_network(text)
    whole = ipaddress.ip_network({4: prefix4 + ".0/24", 6: prefix6 + ":/64"}[part.version])
    size = {4: 28, 6: 80}[part.version] if "/" in text else part.max_prefixlen
    fits = part.prefixlen == size and part.network_address in whole
except ValueError:
    fits = False
sys.exit(not fits)' "$1" "$(subnet4 "$2")" "$(subnet6 "$2")"
}

# for_assigned N grant|withdraw
for_assigned() {
    local owner address elastic
    [ -e "$state/assigned" ] || return 0
    while read -r owner address elastic; do
        [ "$owner" != "$1" ] || on_port "$1" "$2" "$address" "$elastic"
    done <"$state/assigned"
}

# on_port N grant|withdraw ADDRESS ELASTIC
on_port() {
    local link subnet number
    link=$(row enis 2 "$1" | cut -d' ' -f1)
    read -r _ _ _ subnet number <<<"$(row interfaces 1 "$link")"
    "$2" "host.$link" "$subnet" "$(mac_of "$(subnet4 "$subnet").$number")" "$3" "$4"
}

# grant PORT SUBNET MAC ADDRESS ELASTIC: the source check, who it belongs to, the Elastic IP.
grant() {
    local address
    case $4 in
        *:*/*)
            nft add element bridge vpc prefixes6 "{ \"$1\" . ${4%/*} }"
            ip neigh replace "$(link_local "$3")" lladdr "$3" dev "subnet$2" nud permanent
            ip route replace "$4" via "$(link_local "$3")" dev "subnet$2"
            ;;
        *:*)
            nft add element bridge vpc own6 "{ \"$1\" . $4 }"
            answer_arp "$2" "$4" "$3"
            ;;
        *)
            for address in $(each_of "$4"); do
                may_send_as "$1" "$address"
                answer_arp "$2" "$address" "$3"
            done
            ;;
    esac
    [ "$5" = - ] || give_elastic "$4" "$5"
    # In the client's own network somebody has to answer who asks for it.
    [[ $5 != 203.0.113.* ]] || ip address add "$5/32" dev internet
}

withdraw() {
    local address
    case $4 in
        *:*/*)
            nft delete element bridge vpc prefixes6 "{ \"$1\" . ${4%/*} }"
            ip route del "$4" dev "subnet$2"
            ;;
        *:*)
            nft delete element bridge vpc own6 "{ \"$1\" . $4 }"
            forget_arp "$2" "$4"
            ;;
        *)
            for address in $(each_of "$4"); do
                may_not_send_as "$1" "$address"
                forget_arp "$2" "$address"
            done
            ;;
    esac
    [ "$5" = - ] || take_elastic "$4" "$5"
    [[ $5 != 203.0.113.* ]] || ip address del "$5/32" dev internet
}

# each_of ADDRESS|PREFIX: the switch answers for each address by itself.
each_of() {
    local last=${1##*.} i
    case $1 in
        */28) for ((i = ${last%/*}; i < ${last%/*} + 16; i++)); do echo "${1%.*}.$i"; done ;;
        *) echo "$1" ;;
    esac
}

# The router knows the interface by it, whatever addresses the host gives it.
link_local() {
    local -a octets
    IFS=: read -r -a octets <<<"$1"
    printf 'fe80::%x%02x:%sff:fe%s:%s%s\n' $((0x${octets[0]} ^ 2)) "0x${octets[1]}" "${octets[@]:2}"
}
