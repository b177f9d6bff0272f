# shellcheck shell=bash
# What the cloud does while the host runs: the metadata server has its bad days. A part of router.sh, to be sourced by
# it. It must do nothing in the host.

: "${state:?cloud.sh is a part of router.sh}" "${parts:?}"

refuse() {
    echo "vpc: $*" >&2
    exit 1
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
