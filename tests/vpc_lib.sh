# shellcheck shell=bash
# What the tests in the simulated VPC share, beside tap.sh; to be sourced. $seen is what the last check saw, and "$seen.X"
# is free to be used.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"

test_name=$(basename "$0" .sh)
# Another tree's tests may run at the same time.
VPC_NAME=test-${test_name#vpc_}-$(cksum <<<"$source_dir" | cut -d' ' -f1)
export VPC_NAME
seen=$scratch/seen
patience=10 # seconds

vpc() { "$source_dir/tools/vpc" "$@"; }
host() { vpc host "$@"; }

finish() {
    vpc down
    rm -rf "$scratch"
}

# begin N [ethA=ethB]...: a VPC whose host has N interfaces.
begin() {
    needs_root
    trap finish EXIT
    vpc up "$@" || { echo "Bail out! the VPC did not come up"; exit 1; }
}

# begin_at_work BUILD: two interfaces, and eni-routes serves them in both families.
begin_at_work() {
    begin 2
    vpc install "$1"
    up eth1 >"$seen"
    vpc settle
    check 'all Elastic IPs answer' eventually elastic_ips_answer
    check 'by IPv6 as well' eventually prints '^25101:' host ip -6 rule
}

check_not() {
    local name=$1
    shift
    check "$name" fails "$@"
}

# same WANTED CMD...: CMD prints just that; runs of white space count as one space, at a line's end as none.
same() {
    local wanted=$1 got
    shift
    got=$("$@" 2>&1 | sed 's/[[:space:]]\+/ /g; s/ $//')
    differ "$wanted" "$got"
}

# red ENI-ROUTES: how many boxes and lines of the picture are in red.
red() {
    host "$1" status --svg >"$seen.svg" || return 1
    /usr/bin/python3 -Ic 'import sys, xml.etree.ElementTree as etree
shapes = [shape for shape in etree.parse(sys.argv[1]).iter() if shape.get("stroke")]
assert len(shapes) > 10, len(shapes)
print(sum(shape.get("stroke") == "#cf222e" for shape in shapes))' "$seen.svg"
}

# unchanged BEFORE CMD...: CMD still prints BEFORE.
unchanged() {
    local before=$1 now
    shift
    now=$("$@")
    differ "$before" "$now"
}

# prints PATTERN CMD...
prints() {
    local pattern=$1
    shift
    "$@" >"$seen.out" 2>&1
    cat "$seen.out"
    grep -q -- "$pattern" "$seen.out"
}

# exits STATUS CMD...
exits() {
    local wanted=$1 status=0
    shift
    "$@" || status=$?
    echo "exit status $status"
    [ "$status" = "$wanted" ]
}

regenerate() { host eni-routes regenerate; }
nothing_to_do() { prints '^nothing to do$' regenerate; }
# As nothing_to_do, and mends nothing: to be waited for.
nothing_left() { prints '^nothing to do$' host eni-routes regenerate --dry-run; }
elastic_ips_answer() { vpc ping; }
up() { host nmcli -w 20 connection up "$1"; }
down() { host nmcli -w 20 connection down "$1"; }

# What eni-routes may have changed: the rules, its routes, the links' groups; and on the disk.
policy() {
    host sh -c 'ip rule; ip -6 rule; ip route show table all proto 206; ip -6 route show table all proto 206
        ip -d -o link | sed -n "s/^[0-9]*: \([^:@]*\).* group \([^ ]*\) .*/\1 \2/p"'
}
disk() { host sh -c 'cd /etc && find iproute2 sysconfig eni-routes -type f -exec md5sum {} + | sort -k2'; }
# install_stock_script [SED-ARGUMENT...]: as RHEL's package has it: at pre-up a link that leads by way of no-wait.d, so that
# NetworkManager runs it beside the scripts that are not.
# shellcheck disable=SC2120  # in some tests it has none
install_stock_script() {
    sed -e "" "$@" "$source_dir/tests/stock_script.sh" >"$seen.script"
    # shellcheck disable=SC2016
    host sh -c 'cd /etc/NetworkManager/dispatcher.d && mkdir -p no-wait.d && install -m 755 "$1" 10-ifcfg-rh-routes.sh &&
        ln -sf -t no-wait.d ../10-ifcfg-rh-routes.sh && ln -sf -t pre-up.d ../no-wait.d/10-ifcfg-rh-routes.sh' \
        install "$seen.script"
    rm -f "$seen.script"
}
remove_stock_script() { host bash -c 'cd /etc/NetworkManager/dispatcher.d && rm {.,no-wait.d,pre-up.d}/10-ifcfg-rh-routes.sh'; }

# traces_of INTERFACE TABLE: what speaks of it, in the kernel and on the disk.
traces_of() {
    host sh -c '{ ip rule; ip -6 rule; ip route show table all; ip -6 route show table all; } | grep -w -e "$1" -e "$2"
        grep -rlw -e "$1" -e "$2" /etc/iproute2 /etc/sysconfig/network-scripts' sh "$1" "$2"
}
policy_and_disk() { policy && disk; }
times() { host sh -c 'cd /etc && find iproute2 sysconfig eni-routes -type f -exec stat -c "%n %y" {} + | sort'; }

# findings [KEY...]: what `check` finds, whatever its words: "GRADE CODE INTERFACE ADDRESS" a line, with `host` and `-`
# where there is none; or, of each, what its JSON has by these keys. Its exit status is that of `check`. $checker may be
# another program.
findings() {
    local status=0
    host "${checker:-eni-routes}" check --json >"$seen.json" || status=$?
    /usr/bin/python3 -Ic 'import json, sys
for finding in json.load(open(sys.argv[1]))["findings"]:
    if not sys.argv[2:]:
        print(finding["grade"], finding["code"], finding["ifname"] or "host", finding["address"] or "-")
    for key in sys.argv[2:]:
        for value in [finding[key]] if isinstance(finding[key], str) else finding[key] or []:
            print(value)' "$seen.json" "$@" && return "$status"
}

# found [LINE...]: these are the findings, and no other; the exit status is as the first, the worst of them, asks for.
found() {
    local got status=0 wanted=0
    got=$(findings) || status=$?
    case ${1-} in
        broken*) wanted=1 ;;
        warning*) wanted=5 ;;
    esac
    differ "$(printf '%s\n' "$@")" "$got" || { findings text because && return 1; }
    echo "exit status $status"
    [ "$status" = "$wanted" ]
}

# eventually CMD...: until CMD succeeds, for $patience at most.
eventually() {
    local end=$((SECONDS + patience))
    until "$@" >"$seen.try" 2>&1; do
        if [ "$SECONDS" -ge "$end" ]; then
            cat "$seen.try"
            return 1
        fi
        sleep 0.05
    done
}
