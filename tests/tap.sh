# shellcheck shell=bash
# TAP for the tests that are scripts; to be sourced. Prints a line for each check, and what was seen where one fails; needs
# bash and coreutils only, as a package's build has no more.
set -uo pipefail

source_dir=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
export source_dir
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
checks=0
failures=0

# check NAME CMD...: passes where CMD succeeds.
check() {
    local name=$1
    shift
    checks=$((checks + 1))
    if "$@" >"$scratch/seen" 2>&1; then
        echo "ok $checks - $name"
    else
        failures=$((failures + 1))
        echo "not ok $checks - $name"
        sed 's/^/# /' "$scratch/seen"
    fi
}

fails() { ! "$@"; }

# Before the first check.
needs_root() {
    [ "$(id -u)" != 0 ] || return 0
    echo '1..0 # SKIP needs root, for namespaces of its own'
    exit 0
}

# Before the first check: the test begins anew with these arguments, in a network and a mount namespace of its own.
needs_namespaces() {
    needs_root
    [ "${ENI_IN_NAMESPACE-}" = "" ] || return 0
    rm -rf "$scratch"
    ENI_IN_NAMESPACE=1 exec unshare --net --mount --propagation private bash "$0" "$@"
}

# differ WANTED GOT: fails where they differ, and shows how.
differ() {
    [ "$1" = "$2" ] && return
    diff -u --label wanted --label got <(echo "$1") <(echo "$2")
}

# all_in LIST: each line of standard input is a line of LIST; names those that are not.
all_in() {
    local stray
    stray=$(sort -u | comm -23 - <(sort -u <<<"$1"))
    [ -z "$stray" ] && return
    echo "$stray"
    return 1
}

done_testing() {
    echo "1..$checks"
    [ "$failures" = 0 ] # the last command, so this is the exit status
}
