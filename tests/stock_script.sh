#!/bin/bash
# A stand-in for NetworkManager-dispatcher-routing-rules' 10-ifcfg-rh-routes.sh, from its contract: at pre-up every
# line of a profile's route files goes to `ip route add` and every line of its rule files to `ip rule add`, if there
# is a rule file; at down each rule is deleted. Lines are unquoted words; blank ones and comments are skipped.
interface=$1 action=$2
scripts=/etc/sysconfig/network-scripts
[ -e "$scripts/ifcfg-$interface" ] || exit 0
[ -e "$scripts/rule-$interface" ] || [ -e "$scripts/rule6-$interface" ] || exit 0

each_line() {
    local file=$1 line
    shift
    [ -e "$file" ] || return 0
    grep -v '^[[:space:]]*\(#\|$\)' "$file" | while read -r line; do
        # shellcheck disable=SC2086
        ip "$@" $line
    done
}

case $action in
    pre-up)
        each_line "$scripts/route-$interface" -4 route add
        each_line "$scripts/route6-$interface" -6 route add
        each_line "$scripts/rule-$interface" -4 rule add
        each_line "$scripts/rule6-$interface" -6 rule add
        ;;
    down)
        each_line "$scripts/rule-$interface" -4 rule del
        each_line "$scripts/rule6-$interface" -6 rule del
        ;;
esac
exit 0
