#!/bin/bash
# A container's published port answers by every Elastic IP (forwarded: connmark): every flow, with 2, 3 (two in one subnet)
# and 4 interfaces, with the suppress rule and in basic mode, where the reverse path filter is strict on every link; what the
# host and its containers begin keeps its way. What is flushed comes back, what is switched off leaves nothing, and
# the packet filter's rules of others are what they were.
# shellcheck source=tests/published_lib.sh
. "$(dirname "$0")/published_lib.sh"
build=$1

# with_interfaces UP'S ARGUMENTS...: forwards, has a container and a NAT instance's clients, and eni-routes.
with_interfaces() {
    count=$1
    begin "$@"
    change install "$build"
    configure
    forwards_all
    change add docker nat firewalld vips
    strict
    change settle
    eventually has_all_addresses
}

# ---- Every flow

# without_marks SETTING: which are lost without them; or nothing of what follows says anything.
without_marks() {
    local secondary=eth1
    regenerate >"$seen"
    [ "$(main_interface 4 internet)" != eth1 ] || secondary=eth0
    matrix=$(vpc matrix)
    check "$1, without marks: by $secondary it is lost, TCP and UDP, IPv4 and IPv6" same 4 \
        grep -cE "internet -> published port by $secondary( \\(UDP\\))?( \\(IPv6\\))? +known to be lost" <<<"$matrix"
}

# with_marks SETTING
with_marks() {
    strict
    check "$1: regenerate" regenerate
    complete "$1"
    check "$1: all of them count" fails grep 'known to be lost' <<<"$matrix"
    check "$1: check finds no lost port" no_port_is_lost
    check "$1: nothing is left to do" nothing_to_do
    complete_loose "$1"
    complete_beside_tunnels "$1"
}

complete_loose() {
    local filter
    for filter in 0 2; do
        host sh -c 'for conf in /proc/sys/net/ipv4/conf/*/rp_filter; do echo "$1" >"$conf"; done' loose "$filter"
        regenerate >"$seen"
        complete "$1, rp_filter $filter"
    done
    strict
    regenerate >"$seen"
}

# The answer goes back by the interface even where main sends everything elsewhere.
complete_beside_tunnels() {
    local tunnel
    for tunnel in aggregate tunnel-default tunnel-halves; do
        change add "$tunnel"
        regenerate >"$seen"
        complete "$1, $tunnel"
        change remove "$tunnel"
        regenerate >"$seen"
    done
}

in_both_modes() {
    local mode words
    for mode in auto off; do
        words='suppress rule'
        [ "$mode" = auto ] || words='basic mode'
        configure "suppress: $mode"
        without_marks "$1, $words"
        configure "suppress: $mode" 'forwarded: connmark'
        with_marks "$1, $words"
    done
}

# ---- Which way what begins here goes

# A server in the client's network that tells each client by which address it came, for each line once more.
begin_teller() {
    coproc TELLER { vpc client /usr/bin/python3 -Ic 'import socketserver, sys, threading
class Teller(socketserver.StreamRequestHandler):
    def handle(self):
        for _ in self.rfile:
            self.wfile.write((self.client_address[0] + "\n").encode())
socketserver.ThreadingTCPServer.allow_reuse_address = True
server = socketserver.ThreadingTCPServer(("", 7000), Teller)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()'; }
    read -r _ <&"${TELLER[0]}"
}
end_teller() {
    local pid=$TELLER_PID
    eval "exec ${TELLER[1]}>&-"
    wait "$pid"
}

# comes_by NODE [SOURCE]: the address by which it is known out there, three times in one connection.
comes_by() {
    vpc at "$1" timeout 5 /usr/bin/python3 -Ic 'import socket, sys
with socket.create_connection(("203.0.113.10", 7000), 2, (sys.argv[1], 0) if sys.argv[1:] else None) as server:
    lines = server.makefile("rw")
    for _ in range(3):
        print("again", file=lines, flush=True)
        print(lines.readline(), end="")' "${@:2}" | sort -u
}

own_connections() {
    begin_teller
    check "$1: what the container begins goes by eth0" same 198.51.100.10 comes_by container
    check "$1: so does what the host begins" same 198.51.100.10 comes_by host
    check "$1: but what it binds to eth1's address by eth1" same 198.51.100.11 comes_by host 10.0.2.37
    end_teller
}

# ---- What listens on the host itself

# As docker-proxy: a connection in, one to the container out.
proxy() {
    serve /usr/bin/python3 -Ic 'import os, socket
open("/run/servers", "a").write(f"{os.getpid()} ")
with socket.create_server(("", 8090)) as server:
    print("ready", flush=True)
    while True:
        client = server.accept()[0]
        with client, socket.create_connection(("172.17.0.2", 80)) as container:
            client.sendall(container.recv(100))'
}
own_server() {
    serve sh -c 'printf "$$ " >>/run/servers; exec /usr/bin/python3 -I "$0" 8091' "$source_dir/tools/vpc.d/listen.py"
}

on_the_host() {
    proxy
    own_server
    check "$1: a userland proxy answers by every Elastic IP" all_say_hello 8090
    check "$1: and a container in the host's network" all_say_hello 8091
    check "$1: by the host's own address of eth1" says_hello host 10.0.2.37 8090
    check "$1: to the container as well" says_hello container 10.0.2.37 8091
    end_servers
}

# ---- More than one container

second_container() {
    vpc router sh -c 'ip netns add container2
        ip -n host link add vethcontainer2 type veth peer name eth0 netns container2
        ip -n host link set vethcontainer2 master docker0 up
        ip -n container2 address add 172.17.0.3/16 dev eth0
        ip -n container2 link set eth0 up
        ip -n container2 route add default via 172.17.0.1'
    check "$1: a container reaches another" says_hello container2 172.17.0.2 80
    check "$1: also by the published port of eth0's address" says_hello container2 10.0.0.29 8080
    check "$1: and of eth1's" says_hello container2 10.0.2.37 8080
    check "$1: and of eth1's, UDP" says_hello container2 10.0.2.37 8080 udp
    vpc router sh -c 'ip -n host link del vethcontainer2; ip netns del container2'
}

# ---- In the course of time

# A datagram, an answer; each time after the kernel has forgotten the one before.
udp_now_and_then() {
    vpc client /usr/bin/python3 -Ic 'import socket, sys
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(2)
client.connect(("198.51.100.11", 9009))
for line in sys.stdin:
    client.send(b"hello\n")
    print(client.recv(100).decode(), end="", flush=True)' < <(
        for _ in 1 2 3; do
            echo again
            sleep 0.3
            eventually fails entry_of_udp
        done
    )
}
entry_of_udp() { host conntrack -L -p udp --dport 9009 2>/dev/null | grep 9009; }

datagrams_after_a_while() {
    host conntrack -D -p udp --dport 9009 >"$seen" 2>&1 # those of the flows before
    host sysctl -q -w net.netfilter.nf_conntrack_udp_timeout=1 net.netfilter.nf_conntrack_udp_timeout_stream=1
    check "$1: UDP, after the connection was forgotten, and once more" same $'hello\nhello\nhello' udp_now_and_then
    host sysctl -q -w net.netfilter.nf_conntrack_udp_timeout=30 net.netfilter.nf_conntrack_udp_timeout_stream=120
}

# A connection by eth1 that stays open: the client's lines go to ${OPEN[1]}, the container's answers come from ${OPEN[0]}.
begin_open_connection() {
    vpc at container /usr/bin/python3 -Ic 'import socket
with socket.create_server(("", 9004)) as server:
    client = server.accept()[0]
    while data := client.recv(100):
        client.sendall(data)' &
    eventually vpc at container sh -c 'grep -q :232C /proc/net/tcp'
    # shellcheck disable=SC2016
    coproc OPEN { vpc client bash -c 'exec 3<>/dev/tcp/198.51.100.11/9004 && while read -r line; do
        echo "$line" >&3 && read -r -t 3 line <&3 && echo "$line"; done'; }
}
still_open() {
    local answer
    echo "$1" >&"${OPEN[1]}"
    read -r -t 4 answer <&"${OPEN[0]}"
    differ "$1" "$answer"
}
end_open_connection() {
    eval "exec ${OPEN[1]}>&-"
    wait
}

# ---- What is flushed, and what is switched off

# Others' rules come back by themselves, as those of a firewall's that is restarted.
flush() {
    local theirs
    theirs=$(host nft -s list ruleset | awk '/^table .* eni-routes \{/ { ours = 1 } !ours; /^}/ { ours = 0 }')
    host nft flush ruleset
    host nft -f - <<<"$theirs"
}

flushed() {
    flush
    check "$1: flushed, it is lost by eth1" some_are_lost
    check "$1: regenerate sees it" fails nothing_left
    regenerate >"$seen"
    check "$1: regenerate heals it" published_answers
    check "$1: an open connection goes on" still_open 'after regenerate'
    flush
    up eth1 >"$seen"
    change settle
    check "$1: so does an event" eventually published_answers
    check "$1: the open connection still goes on" still_open 'after an event'
    flush
    host ip rule del priority "$(first_mark_rule)"
    regenerate >"$seen"
    check "$1: a rule as well" published_answers
}
first_mark_rule() { host sh -c 'ip rule | sed -n "s/^\([0-9]*\):.*fwmark.*lookup.*/\1/p" | head -n 1'; }

flushed_before_the_watch() {
    host eni-routes watch >"$seen.watch" 2>&1 &
    check "$1: the watch runs" eventually prints 'runs, process' host eni-routes status
    flush
    check "$1: the watch heals what was flushed, by itself" eventually published_answers
    host sh -c 'for family in -4 -6; do ip $family rule del priority "$0"; done' "$(first_mark_rule)"
    check "$1: and a rule" eventually published_answers
    check "$1: nothing is left to do" eventually nothing_left
    host pkill -TERM eni-routes-watc || true
    wait
}

# switched_off NAME CMD...: CMD takes all off; then it is lost, as before.
switched_off() {
    local name=$1
    shift
    check "$name: there is something to take off" marks_ports
    "$@" >"$seen"
    nothing_of_ours "$name"
}
off_by_configuration() {
    configure "$@"
    regenerate
}

leaves_nothing() {
    switched_off "$1, forwarded: off" off_by_configuration "$2" 'forwarded: off'
    check "$1, forwarded: off: by eth1 it is lost again" prints 'port by eth1 *known to be lost' vpc matrix --only published
    configure "$2" 'forwarded: connmark'
    regenerate >"$seen"
    switched_off "$1, without the key" off_by_configuration "$2"
    configure "$2" 'forwarded: connmark'
    regenerate >"$seen"
    switched_off "$1, enabled: false" off_by_configuration "$2" 'forwarded: connmark' 'enabled: false'
    configure "$2" 'forwarded: connmark'
    regenerate >"$seen"
    check "$1: and all is there again" published_answers
    switched_off "$1, clean" host eni-routes clean
    regenerate >"$seen"
    check "$1: after clean all is there again" published_answers
}

other_mask() {
    configure "$2" 'forwarded: connmark' 'mark_mask: 0x7f00'
    regenerate >"$seen"
    check "$1, another mask: its rules" prints '/0x7f00 lookup eth1' mark_rules
    check "$1, another mask: none of the one before" fails prints '/0x7f ' mark_rules
    check "$1, another mask: every port" published_answers
    configure "$2" 'forwarded: connmark'
    regenerate >"$seen"
}

# ---- Where there is no nft

# by_iptables NAME nft|legacy MODE
by_iptables() {
    host eni-routes clean >"$seen"
    take_stock
    host sh -c 'mv "$(command -v nft)" /usr/sbin/nft.away'
    iptables_is "$2"
    regenerate >"$seen"
    check "$1, without nft, iptables-$2: its chains" prints '^:ENI-ROUTES' host iptables-save -t mangle
    check "$1, without nft, iptables-$2: IPv6's" prints '^:ENI-ROUTES' host ip6tables-save -t mangle
    check "$1, without nft, iptables-$2: every flow" nothing_lost
    check "$1, without nft, iptables-$2: nothing is left to do" nothing_to_do
    host sh -c 'iptables -t mangle -F; ip6tables -t mangle -F'
    check "$1, without nft, iptables-$2: flushed, it is lost by eth1" some_are_lost
    regenerate >"$seen"
    check "$1, without nft, iptables-$2: and comes back" published_answers
    host eni-routes clean >"$seen"
    host mv /usr/sbin/nft.away /usr/sbin/nft
    nothing_of_ours "$1, without nft, iptables-$2, clean"
}

# ---- Guests

guests() {
    local mode eni
    for eni in 1 2; do
        change assign "$eni" 10.0.2.50 203.0.113.200
        change add guest
        vpc at neighbour1 ip neighbour flush all # it would still send to the interface before
        strict
        for mode in auto off; do
            configure "suppress: $mode" 'forwarded: connmark'
            regenerate >"$seen"
            check "$1, suppress: $mode: a guest with an address of eth$eni's, every flow" nothing_lost
        done
        change remove guest
        change unassign "$eni" 10.0.2.50
        regenerate >"$seen"
    done
}

# other_metrics INTERFACE...: these come last, and then what is by main's way.
other_metrics() {
    change remove vips nat
    reactivate "$@"
    change add nat vips
    change settle
}

# ---- Each number of interfaces

with_interfaces 2
name='2 interfaces'
in_both_modes "$name"
change remove vips # they would not outlive that an interface is activated again
# What the administrator has set stays.
host sysctl -q -w net.ipv4.conf.eth0.src_valid_mark=1
for mode in auto off; do
    setting="$name, suppress: $mode"
    configure "suppress: $mode"
    regenerate >"$seen"
    take_stock
    configure "suppress: $mode" 'forwarded: connmark'
    regenerate >"$seen"
    own_connections "$setting"
    on_the_host "$setting"
    second_container "$setting"
    datagrams_after_a_while "$setting"
    begin_open_connection
    check "$setting: a connection by eth1" still_open 'at first'
    flushed "$setting"
    end_open_connection
    leaves_nothing "$setting" "suppress: $mode"
    other_mask "$setting" "suppress: $mode"
done
flushed_before_the_watch "$name"
by_iptables "$name" nft
by_iptables "$name" legacy
other_metrics eth0
in_both_modes "$name, eth1 first"

with_interfaces 3 eth2=eth1
name='3 interfaces, two in one subnet'
in_both_modes "$name"
guests "$name"
other_metrics eth0 eth1
in_both_modes "$name, eth2 first"

with_interfaces 4
name='4 interfaces'
in_both_modes "$name"
done_testing
