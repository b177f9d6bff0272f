#!/bin/bash
# The flow table: every flow that there is between the host and its surroundings, in every setting that changes the
# kernel's choice of a way: 2, 3 (two in one subnet) and 4 interfaces, metrics either way round, rp_filter, ip_forward,
# with the suppress rule and in basic mode. First without eni-routes, which must lose what plain RHEL loses: that
# proves the bed. Each time `check` has to say what became of the packets, flow by flow.
# shellcheck source=tests/flows_lib.sh
. "$(dirname "$0")/flows_lib.sh"
build=$1

# ---- Without eni-routes

# plain SETTING
plain() {
    matrix=$(vpc matrix)
    check "without eni-routes, $1: ${matrix##*$'\n'}, and what is lost is what plain RHEL loses" \
        differ "$(names_of '\(ok\|LOST\)' | plain_rhel_loses)" "$(names_of LOST)"
    agrees "without eni-routes, $1"
}
names_of() { sed -n "s/ *$1\$//p" <<<"$matrix"; }

# Main has one way to each, whatever a packet's source: between it and all interfaces but that, everything is lost.
plain_rhel_loses() {
    local name family interface other
    local -A way
    while read -r name; do
        [[ $name != *published* && $name =~ eth[0-9]+ ]] || continue
        interface=${BASH_REMATCH[0]}
        [[ $name =~ internet|neighbour[0-9]+ ]] || continue
        other=${BASH_REMATCH[0]} family=4
        [[ $name != *IPv6* ]] || family=6
        : "${way[$family $other]:=$(main_interface "$family" "$other")}"
        [ "${way[$family $other]}" = "$interface" ] || echo "$name"
    done
}

# The same in words, for two interfaces and nothing else.
plain_in_words() {
    matrix=$(vpc matrix --without IPv6)
    check 'without eni-routes: what everybody knows' differ 'neighbour1 -> eth0
eth0 -> neighbour1
internet -> eth1
eth1 -> internet
neighbour0 -> eth1
eth1 -> neighbour0' "$(names_of LOST)"
}

plain_with_tunnels() {
    local tunnel
    for tunnel in aggregate tunnel-default tunnel-halves; do
        change add "$tunnel"
        plain "$1, $tunnel"
        change remove "$tunnel"
    done
}

# ---- With eni-routes

# Basic mode needs a look where no event comes; the suppress rule needs none.
look() { [ "$mode" = auto ] || regenerate >"$seen"; }

# What came after the last event, but for what needs the next look: an address in a subnet that two interfaces share
# (their rules are by address); in basic mode the pods of an interface that has a default in its table, and so has the
# one whose address the host itself takes for pods (the kernel's first) where main's default is by another.
came_later() {
    local later=$shared
    sysctls 0 1
    change remove pod vips docker nat
    change add docker nat
    change settle
    regenerate >"$seen"
    change add pod vips
    if [ "$mode" = off ]; then
        later+="${later:+|}^pod ->"
        [ "$(main_interface 4 internet)" = eth0 ] || later+='|^host -> pod'
    fi
    complete "$1, what came after the last event" --without "${later:-^$}"
    regenerate >"$seen"
}

# every_flow NAME FORWARD:RP_FILTER...
every_flow() {
    local name=$1 setting
    shift
    came_later "$name"
    for setting; do
        sysctls "${setting%:*}" "${setting#*:}"
        look
        complete "$name, ip_forward ${setting%:*}, rp_filter ${setting#*:}" --without published
    done
    for setting in aggregate unreachable tunnel-default tunnel-halves; do
        change add "$setting"
        look
        complete "$name, $setting" --without published
        change remove "$setting"
        look
    done
    # What the suppress rule cannot say needs a look in either mode.
    for setting in tunnel-parts tunnel-public kill-switch tunnel6; do
        change add "$setting"
        regenerate >"$seen"
        complete "$name, $setting" --without published
        change remove "$setting"
        regenerate >"$seen"
    done
}

in_both_modes() {
    local name=$1 mode
    shift
    for mode in auto off; do
        configure "suppress: $mode"
        regenerate >"$seen"
        case $mode in
            auto) every_flow "$name, suppress rule" "$@" ;;
            off) every_flow "$name, basic mode" "$@" ;;
        esac
    done
}

published_port() {
    check 'the published port of a container by the first Elastic IP' \
        prints 'published port by eth0 *ok$' vpc matrix --only published
    check 'by the second it is known to be lost' \
        prints 'published port by eth1 *known to be lost$' vpc matrix --only published
}

# ---- Each number of interfaces

# with_interfaces NAME UP'S ARGUMENTS...: everything there, and the plain run done.
with_interfaces() {
    name=$1 count=$2 shared=''
    shift
    begin "$@"
    configure
    [ "$count" != 2 ] || plain_in_words
    change add appliances
    sysctls 1 1
    change add docker nat firewalld pod vips
    plain "$name"
}

with_eni_routes() {
    change remove pod vips docker nat # their ways are main's, and come again in each setting
    change install "$build"
}

with_interfaces '2 interfaces' 2
plain_with_tunnels "$name"
sysctls 0 0
plain "$name, ip_forward 0, rp_filter 0"
sysctls 1 2
plain "$name, rp_filter 2"
with_eni_routes
in_both_modes "$name" 0:0 0:1 0:2 1:0 1:2 1:1
published_port
reactivate eth0
in_both_modes "$name, eth1 first" 0:0 0:1 0:2 1:0 1:2 1:1

with_interfaces '3 interfaces, two in one subnet' 3 eth2=eth1
shared="eth[12]'s VIP"
with_eni_routes
in_both_modes "$name" 0:1 1:0 1:2 1:1
reactivate eth0 eth1
in_both_modes "$name, eth2 first" 0:1 1:0 1:2 1:1

with_interfaces '4 interfaces' 4
with_eni_routes
in_both_modes "$name" 0:1 1:0 1:2 1:1
reactivate eth0
in_both_modes "$name, eth1 first" 0:1 1:0 1:2 1:1
done_testing
