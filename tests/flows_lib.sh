# shellcheck shell=bash
# The flow table and what `check` says of it, flow by flow; to be sourced behind vpc_lib.sh. $matrix is the last table.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/vpc_lib.sh"

vpc_state=/run/eni-routes-vpc/$VPC_NAME

change() { vpc "$@" || { echo "Bail out! vpc $* failed"; exit 1; }; }
sysctls() { host sysctl -q -w "net.ipv4.ip_forward=$1" "net.ipv4.conf.all.rp_filter=$2"; }

# main_interface FAMILY internet|neighbourN: by which main sends what is bound to no address.
main_interface() {
    local address n=${2#neighbour}
    case $1$2 in
        4internet) address=203.0.113.10 ;;
        6internet) address=2001:db8:ffff::10 ;;
        4*) address=10.0.$((n == 0 ? 0 : n + 1)).200 ;;
        6*) address=2001:db8:$n::200 ;;
    esac
    host ip -o route get "$address" | sed 's/.* dev \([^ ]*\).*/\1/'
}

# configure LINE...: check knows whom the matrix talks with.
configure() {
    local peers
    peers=$(/usr/bin/python3 -I "$source_dir/tests/agree.py" "$vpc_state" --peers)
    host sh -c 'mkdir -p /etc/eni-routes; printf "%s\n" "$@" >/etc/eni-routes/config.yaml' configure \
        "$@" 'check:' "  peers: $peers"
}

# agrees SETTING: for every flow of the last matrix. $build is the build directory.
agrees() {
    local status=0
    # shellcheck disable=SC2154
    host "$build/src/eni-routes" check --json >"$seen.check" || status=$?
    check "$1: check says so too, of $(grep -c -e ' ok$' -e LOST -e 'to be lost' <<<"$matrix") flows" check_agrees "$status"
    rm -f "$seen.check"
}

# 2 to 4 are no verdict.
check_agrees() { [[ $1 == [015] ]] && /usr/bin/python3 -I "$source_dir/tests/agree.py" "$vpc_state" "$seen.check" <<<"$matrix"; }

# complete SETTING [MATRIX'S OPTIONS]: no flow is lost.
complete() {
    local setting=$1 status=0
    shift
    matrix=$(vpc matrix "$@") || status=$?
    check "$setting: ${matrix##*$'\n'}" what_is_lost "$status"
    [[ " $* " != *' --without ^'* ]] || matrix=$(vpc matrix)
    agrees "$setting"
}
what_is_lost() {
    grep -v ' ok$' <<<"$matrix"
    return "$1"
}

# reactivate INTERFACE...: the others' metrics are lower then. $name is the setting, $count how many there are.
reactivate() {
    local interface
    for interface; do
        down "$interface" >"$seen"
        up "$interface" >"$seen"
    done
    eventually has_all_addresses
    change settle
    # shellcheck disable=SC2154
    check_not "$name: main's default is not by eth0 any more" same eth0 main_interface 4 internet
}
# shellcheck disable=SC2154
has_all_addresses() { [ "$(host ip -6 -o addr show scope global | grep -c ' eth')" = "$count" ]; }
