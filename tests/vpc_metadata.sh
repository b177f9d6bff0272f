#!/bin/bash
# Metadata that fails: whatever it answers, or does not, no address, rule or file that was right is lost, and the time
# limit holds. Each failure until the end, then rounds with faults at random that pass while regenerate asks.
# usage: vpc_metadata.sh BUILDDIR    (environment: ROUNDS, default 100; SEED)
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

rounds=${ROUNDS:-100}
RANDOM=${SEED:-1}
addresses() { host ip -o address show | sed 's/ *valid_lft.*//'; }
everything() { policy_and_disk; addresses; host cat /var/lib/eni-routes/metadata; }
has_ipv6() { host ip -6 -o address show dev eth1 scope global -tentative | grep -q .; }
milliseconds() { echo $((${EPOCHREALTIME/./} / 1000)); }

# within LIMIT CMD...: CMD succeeds, in so many milliseconds at most.
within() {
    local limit=$1 begin took
    shift
    begin=$(milliseconds)
    "$@" || return
    took=$(($(milliseconds) - begin))
    echo "it took $took ms"
    [ "$took" -le "$limit" ]
}

# logged CMD...: what it says is kept for a later check as well.
logged() { "$@" >"$seen.log" 2>&1; }

# A look itself, entering the host, a busy machine.
limit=12000

begin 2
vpc install "$1"
host sh -c 'echo "addresses: imds" >/etc/eni-routes/config.yaml'
up eth1 >"$seen"
check 'DHCPv6 has given its address' eventually has_ipv6
vpc settle
vpc assign 1 10.0.2.50 203.0.113.200
vpc assign 1 10.0.2.64/28
vpc assign 1 2001:db8:1::50
check 'regenerate' regenerate
check 'nothing left to do' nothing_to_do
before=$(everything)

# ---- Each failure, for as long as it is asked --------------------------------------------------------

# stands WHAT FAULT...
stands() {
    local what=$1
    shift
    vpc metadata "$@"
    check "$what: regenerate ends in time" within "$limit" logged regenerate
    check "$what: all that was right is there" unchanged "$before" everything
}
stands '404 for the addresses' 404 'local-ipv4s|ipv6s'
check 'a warning says which' grep 'eth1: .*metadata: local-ipv4s: HTTP status 404; what is known stays as it is' "$seen.log"
stands '503' 503
stands 'an empty answer' empty 'local-ipv4s|ipv6s|prefix|macs/$'
stands 'wrong tokens' token
stands 'garbage' garbage 'local-ipv4s|device-number|subnet|macs/'
stands 'half a listing' half 'macs/$|macs/[^/]*/$'
stands 'half an address list' half 'local-ipv4s|ipv6s'
stands 'no answer' hang 'ipv6s'
stands 'lies' lie
stands 'connections refused' down
stands 'packets lost' drop
host sh -c 'printf "addresses: imds\nimds: require\n" >/etc/eni-routes/config.yaml'
check 'where it is required: exit 1' exits 1 logged host eni-routes regenerate
check 'and a message' grep 'error: EC2.s metadata: http://169.254.169.254 gives no token: ' "$seen.log"
host sh -c 'echo "addresses: imds" >/etc/eni-routes/config.yaml'
check 'all that was right is there nevertheless' unchanged "$before" everything
vpc metadata none

# ---- Faults at random -------------------------------------------------------------------------------

faults=(404 429 500 503 empty garbage half reset token delay:0.3 hang random:20 random:60 lie down)
keys=('' 'token' 'macs/$' 'macs/[^/]*/$' 'local-ipv4s' 'ipv6s' 'device-number' 'ipv4-prefix' 'subnet' 'associations' 'vpc-')
random_of() { # the variable "chosen" gets one of the arguments: a subshell would not go on in the sequence
    local -a all=("$@")
    chosen=${all[RANDOM % ${#all[@]}]}
}

# One round: a fault that ends while regenerate is at it, or a while before it gives up.
faulty_round() {
    local pid status=0
    random_of "${faults[@]}"
    fault=$chosen
    random_of "${keys[@]}"
    key=$chosen
    case $fault in
        down) vpc metadata down ;;
        random:*) vpc metadata "$fault:$RANDOM" ;;
        *) vpc metadata "$fault" ${key:+"$key"} ;;
    esac || return
    echo "round $round: $fault $key"
    within "$limit" regenerate &
    pid=$!
    sleep "0.$((RANDOM % 10))" # how long the fault lasts
    vpc metadata none
    wait "$pid" || status=$?
    [ "$status" = 0 ] && unchanged "$before" everything
}
all_rounds() {
    for ((round = 1; round <= rounds; round++)); do
        faulty_round >"$seen.round" 2>&1 || { cat "$seen.round"; return 1; }
    done
}
check "$rounds rounds with faults at random: nothing is lost, and each ends in time" all_rounds

# What changes in EC2 between faults is still seen.
vpc metadata random:10:7
vpc unassign 1 10.0.2.50
check 'between faults: what is no longer assigned goes in the end' eventually prints '10.0.2.50' regenerate
vpc metadata none
check 'nothing left to do' nothing_to_do
done_testing
