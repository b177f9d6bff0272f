# shellcheck shell=bash
# Published ports that answer by every interface (forwarded: connmark): what its tests share; to be sourced behind
# flows_lib.sh.
# shellcheck source=tests/flows_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/flows_lib.sh"

# The reverse path filter as strict as it can be, on every link that there is.
strict() { host sh -c 'for conf in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 1 >"$conf"; done'; }
forwards_all() { host sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1; }

# iptables_is nft|legacy: which of its two forms the host's iptables is.
iptables_is() {
    local program
    for program in iptables ip6tables; do
        host sh -c 'for command in $0 $0-save $0-restore; do
            ln -sf "/usr/sbin/$0-$1${command#"$0"}" "/etc/alternatives/$command"
        done' "$program" "$1"
    done
}

# ---- What is ours

mark_rules() { host sh -c '{ ip rule; ip -6 rule; } | grep fwmark'; }
# Tables, chains and rules of ours in the packet filter, in whichever of its forms.
our_filters() {
    host sh -c '{ nft list ruleset; iptables-legacy-save; ip6tables-legacy-save; } 2>/dev/null |
        grep -i -e "^table.* eni-routes" -e ENI-ROUTES'
}
valid_marks() { host sh -c 'grep . /proc/sys/net/ipv4/conf/*/src_valid_mark'; }
marks_ports() { mark_rules && our_filters; }

# nothing_of_ours NAME: before that, $marks_before and $foreign_before are taken (take_stock).
nothing_of_ours() {
    check "$1: no rule with a mark" same '' mark_rules
    check "$1: no table, chain or rule of the packet filter" same '' our_filters
    check "$1: src_valid_mark is as before" unchanged "$marks_before" valid_marks
    theirs_is_unchanged "$1"
}

# ---- What is others'

# Every rule of the packet filter that is not ours, in whichever form, without its counters.
foreign_filters() {
    host sh -c '{ nft -s list ruleset; iptables-legacy-save; ip6tables-legacy-save; } 2>/dev/null' |
        awk '/^table .* eni-routes \{/ { ours = 1 }
            !ours && !/ENI-ROUTES/ && !/^#/ {
                sub(/\[[0-9]+:[0-9]+\]/, "")
                sub(/counter packets [0-9]+ bytes [0-9]+/, "counter")
                print
            }
            /^}/ { ours = 0 }' | without_empty_chains
}
# iptables makes a table and its chains to look whether something is in it, and leaves them there.
without_empty_chains() { grep -v -e '^$' -e '^:' -e '^COMMIT' -e '^[*]' -e '^table' -e '^}' -e '^	chain' -e '^	}' -e '^		type'; }
take_stock() { foreign_before=$(foreign_filters) marks_before=$(valid_marks); }
theirs_is_unchanged() {
    check "$1: the $(grep -c . <<<"$foreign_before") rules of others are unchanged" unchanged "$foreign_before" foreign_filters
}

# ---- What listens in the host

# serve CMD...: in the host, until end_servers; says "ready".
servers=()
serve() {
    local pipe=$seen.serve
    mkfifo "$pipe"
    host "$@" >"$pipe" 2>>"$seen.servers" </dev/null &
    servers+=($!)
    read -r _ <"$pipe"
    rm "$pipe"
}
end_servers() {
    host sh -c 'kill $(cat /run/servers); rm /run/servers'
    wait "${servers[@]}"
    servers=()
}

# ---- What answers

# nothing_lost [MATRIX'S OPTIONS]: says what is.
nothing_lost() {
    local status=0
    vpc matrix "$@" >"$seen.matrix" || status=$?
    grep -v ' ok$' "$seen.matrix"
    return "$status"
}
published_answers() { nothing_lost --only published; }
some_are_lost() { grep LOST <<<"$(published_answers)"; }

# says_hello NODE ADDRESS PORT [tcp|udp]: what listens there is heard.
says_hello() {
    # shellcheck disable=SC2016
    vpc at "$1" timeout 2 bash -c 'exec 3<>"/dev/$2/$0/$1" && echo >&3 && [ "$(head -c 5 <&3)" = hello ]' \
        "$2" "$3" "${4:-tcp}"
}
elastic_ips() { cut -d' ' -f3 "$vpc_state/interfaces"; }
# all_say_hello PORT [tcp|udp]: by every Elastic IP; names those that do not.
all_say_hello() {
    local elastic status=0
    for elastic in $(elastic_ips); do
        says_hello client "$elastic" "$@" || { echo "$elastic: no hello"; status=1; }
    done
    return "$status"
}

# no_port_is_lost [STATUS...]: says check, whose exit status is one of these (0).
no_port_is_lost() {
    local status=0
    [ $# -gt 0 ] || set -- 0
    findings >"$seen.found" || status=$?
    cat "$seen.found"
    echo "exit status $status"
    [[ " $* " = *" $status "* ]] && ! grep -q published-port "$seen.found"
}
