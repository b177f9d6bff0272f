# shellcheck shell=bash
# What the tests in the simulated VPC share; to be sourced. Prints TAP: a line for each check, and what
# was seen where one fails.
set -uo pipefail

source_dir=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
test_name=$(basename "$0" .sh)
# Another tree's tests may run at the same time.
VPC_NAME=test-${test_name#vpc_}-$(cksum <<<"$source_dir" | cut -d' ' -f1)
export VPC_NAME
seen=$(mktemp)
checks=0
failures=0

vpc() { "$source_dir/tools/vpc" "$@"; }
host() { vpc host "$@"; }

finish() {
    vpc down
    rm -f "$seen"
}

# begin N [ethA=ethB]...: a VPC whose host has N interfaces.
begin() {
    if [ "$(id -u)" != 0 ]; then
        echo '1..0 # SKIP needs root, for network namespaces of its own'
        rm -f "$seen"
        exit 0
    fi
    trap finish EXIT
    trap 'exit 130' INT TERM
    vpc up "$@" || { echo "Bail out! the VPC did not come up"; exit 1; }
}

# check NAME CMD...: passes where CMD succeeds.
check() {
    local name=$1
    shift
    checks=$((checks + 1))
    if "$@" >"$seen" 2>&1; then
        echo "ok $checks - $name"
    else
        failures=$((failures + 1))
        echo "not ok $checks - $name"
        sed 's/^/# /' "$seen"
    fi
}

check_not() {
    local name=$1
    shift
    check "$name" fails "$@"
}

fails() { ! "$@"; }

# same WANTED CMD...: CMD prints just that; runs of white space count as one space, at a line's end as none.
same() {
    local wanted=$1 got
    shift
    got=$("$@" 2>&1 | sed 's/[[:space:]]\+/ /g; s/ $//')
    differ "$wanted" "$got"
}

# unchanged BEFORE CMD...: CMD still prints BEFORE.
unchanged() {
    local before=$1 now
    shift
    now=$("$@")
    differ "$before" "$now"
}

differ() {
    [ "$1" = "$2" ] && return
    diff -u --label wanted --label got <(echo "$1") <(echo "$2")
}

# prints PATTERN CMD...
prints() {
    local pattern=$1
    shift
    "$@" >"$seen.out" 2>&1
    cat "$seen.out"
    grep -q -- "$pattern" "$seen.out"
    local found=$?
    rm -f "$seen.out"
    return $found
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
elastic_ips_answer() { vpc ping; }
up() { host nmcli -w 20 connection up "$1"; }
down() { host nmcli -w 20 connection down "$1"; }

# What eni-routes may have changed: the rules, its routes, the links' groups; and on the disk.
policy() {
    host sh -c 'ip rule; ip -6 rule; ip route show table all proto 206; ip -6 route show table all proto 206
        ip -d -o link | sed -n "s/^[0-9]*: \([^:@]*\).* group \([^ ]*\) .*/\1 \2/p"'
}
disk() { host sh -c 'cd /etc && find iproute2 sysconfig eni-routes -type f -exec md5sum {} + | sort -k2'; }
policy_and_disk() { policy && disk; }
times() { host sh -c 'cd /etc && find iproute2 sysconfig eni-routes -type f -exec stat -c "%n %y" {} + | sort'; }

# eventually CMD...: until CMD succeeds, for 10 s at most.
eventually() {
    local end=$((SECONDS + 10))
    until "$@" >"$seen.try" 2>&1; do
        if [ "$SECONDS" -ge "$end" ]; then
            cat "$seen.try"
            rm -f "$seen.try"
            return 1
        fi
        sleep 0.05
    done
    rm -f "$seen.try"
}

done_testing() {
    echo "1..$checks"
    [ "$failures" = 0 ] # the last command, so this is the exit status
}
