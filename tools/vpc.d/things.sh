# shellcheck shell=bash
# What can be added to the VPC and taken away again: neighbours, and what people and other programs put beside the
# interfaces of a host. A part of router.sh, to be sourced by it: it reaches the host's network, but neither its files
# nor its NetworkManager (that is for tools/vpc). add_X and remove_X are called once each; $state/things has the rest.
# Nothing here may be known to eni-routes, nor tell it that something came.

takers='tunnel-default tunnel-halves tunnel-parts tunnel-public kill-switch' # of all that has no route of its own
known_things="appliances docker pod guest vips nat firewalld tunnel aggregate unreachable $takers tunnel6"

: "${state:?things.sh is a part of router.sh}" "${parts:?}" "${internet4:?}"

on_host() { nsenter --net=/run/netns/host -- "$@"; }
subnets() { cut -d' ' -f4 "$state/interfaces" | sort -un; }
has() { grep -qxs -- "$1" "$state/things"; }
has_any() { grep -qxsF -- "${1// /$'\n'}" "$state/things"; }
forwards() { [ "$(on_host cat /proc/sys/net/ipv4/ip_forward)" = 1 ]; }

# first_in SUBNET: the host's first interface in it, and its address.
first_in() { awk -v subnet="$1" '$4 == subnet { print $1, $2; exit }' "$state/interfaces"; }

# The interface by which main sends what is bound to no address.
main_interface() { ip -n host -o route get "$1" | sed 's/.* dev \([^ ]*\).*/\1/'; }

# may_send_as PORT ADDRESS: people would switch its source check off; then what the other flows do wrong there would go
# unseen.
may_send_as() { nft add element bridge vpc own4 "{ \"$1\" . $2 }"; }
may_not_send_as() { nft delete element bridge vpc own4 "{ \"$1\" . $2 }"; }

# add THING...: those that are there already stay as they are.
add() {
    local thing
    for thing; do
        if [[ " $known_things " != *" $thing "* ]]; then
            echo "no such thing: $thing (there are: $known_things)" >&2
            return 1
        fi
        has "$thing" && continue
        "add_${thing//-/_}"
        echo "$thing" >>"$state/things"
    done
}

remove() {
    local thing
    for thing; do
        has "$thing" || continue
        "remove_${thing//-/_}"
        sed -i "/^$thing\$/d" "$state/things"
    done
}

# What does not outlive a reboot of the host: all but the appliances, whose routes are in its profiles. The last that
# came goes first: a route before its device.
remove_volatile() {
    local thing
    [ -e "$state/things" ] || return 0
    for thing in $(grep -vx appliances "$state/things" | tac); do remove "$thing"; done
}

# One in each subnet of the host.
ensure_neighbours() {
    local subnet
    for subnet in $(subnets); do
        [ -e "/run/netns/neighbour$subnet" ] || add_neighbour "neighbour$subnet" "$subnet" 200
    done
}

# Behind each neighbour a net of its own, 10.99.N.0/24. The host learns of it by a user's static route (tools/vpc).
add_appliances() {
    local subnet
    ensure_neighbours
    for subnet in $(subnets); do
        make_node "appliance$subnet"
        ip -n "neighbour$subnet" link add behind type veth peer name eth0 netns "appliance$subnet"
        ip -n "neighbour$subnet" addr add "10.99.$subnet.1/24" dev behind
        ip -n "neighbour$subnet" link set behind up
        ip -n "appliance$subnet" addr add "10.99.$subnet.10/24" dev eth0
        ip -n "appliance$subnet" link set eth0 up
        ip -n "appliance$subnet" route add default via "10.99.$subnet.1"
        in_node "neighbour$subnet" sysctl -q -w net.ipv4.ip_forward=1
        may_send_as "neighbour$subnet.eth0" "10.99.$subnet.10"
    done
}

remove_appliances() {
    local subnet
    for subnet in $(subnets); do
        ip -n "neighbour$subnet" link del behind
        ip netns del "appliance$subnet"
        in_node "neighbour$subnet" sysctl -q -w net.ipv4.ip_forward=0
        may_not_send_as "neighbour$subnet.eth0" "10.99.$subnet.10"
    done
}

# appliance_routes add|remove: what of them belongs into the profiles: interface, property, route.
appliance_routes() {
    local subnet interface address change=+ipv4.routes
    [ "$1" = add ] || change=-ipv4.routes
    for subnet in $(subnets); do
        # shellcheck disable=SC2034
        read -r interface address <<<"$(first_in "$subnet")"
        echo "$interface $change 10.99.$subnet.0/24 $(subnet4 "$subnet").200"
    done
}

# As docker makes it: a bridge, a container, address translation, published ports (the host's 8080 is the container's 80, and
# a range as it is, each for TCP and UDP), also for the host itself and for what stands behind the bridge.
add_docker() {
    make_node container
    ip -n host link add docker0 type bridge
    ip -n host addr add 172.17.0.1/16 brd 172.17.255.255 dev docker0
    ip -n host link set docker0 up
    ip -n host link add vethcontainer type veth peer name eth0 netns container
    ip -n host link set vethcontainer master docker0 up
    ip -n host link set vethcontainer type bridge_slave hairpin on
    ip -n container addr add 172.17.0.2/16 dev eth0
    ip -n container link set eth0 up
    ip -n container route add default via 172.17.0.1
    publish ip 172.17.0.2 172.17.0.0/16 127.0.0.0/8
    [ "$VPC_IPV6" != yes ] || add_docker6
    listen container 80 9000 9009
}

add_docker6() {
    ip -n host addr add fd00:17::1/64 dev docker0 nodad
    ip -n container addr add fd00:17::2/64 dev eth0 nodad
    ip -n container route add default via fd00:17::1
    publish ip6 fd00:17::2 fd00:17::/64 ::1
}

# publish ip|ip6 CONTAINER ITS-NETWORK LOOPBACK
publish() {
    local to=$2
    [ "$1" = ip ] || to="[$2]"
    on_host nft -f - <<END
table $1 docker {
    chain published {
        tcp dport 8080 dnat to $to:80
        udp dport 8080 dnat to $to:80
        tcp dport 9000-9009 dnat to $2
        udp dport 9000-9009 dnat to $2
    }
    chain incoming {
        type nat hook prerouting priority dstnat
        fib daddr type local jump published
    }
    chain local {
        type nat hook output priority -100
        $1 daddr != $4 fib daddr type local jump published
    }
    chain outgoing {
        type nat hook postrouting priority srcnat
        $1 saddr $3 oifname != docker0 masquerade
        $1 saddr $3 oifname docker0 ct status dnat masquerade
    }
}
END
}

remove_docker() {
    stop_listening container
    ip -n host link del vethcontainer # it would outlive its peer's namespace by some moments
    ip -n host link del docker0
    ip netns del container
    on_host nft delete table ip docker
    [ "$VPC_IPV6" != yes ] || on_host nft delete table ip6 docker
}

# make_node_behind NODE LINK ADDRESS: behind the host, which has the LINK to it, without an address, and a /32 route.
make_node_behind() {
    local node=$1 link=$2 address=$3 mac=ee:ee:ee:ee:ee:ee
    make_node "$node"
    ip -n host link add "$link" address "$mac" type veth peer name eth0 netns "$node"
    ip -n host link set "$link" up
    on_host sysctl -q -w "net.ipv4.conf.$link.proxy_arp=1" "net.ipv4.neigh.$link.proxy_delay=0"
    ip -n "$node" addr add "$address/32" dev eth0
    ip -n "$node" link set eth0 up
    ip -n "$node" route add default via 169.254.1.1 dev eth0 onlink
    # Where nothing is forwarded there is no proxy for ARP either.
    ip -n "$node" neigh add 169.254.1.1 lladdr "$mac" dev eth0
    ip -n host route add "$address" dev "$link" scope link
}

# As CNIs make it, with a blackhole for the rest of the block.
add_pod() {
    make_node_behind pod calipod 192.168.77.2
    ip -n host route add blackhole 192.168.77.0/26
    listen pod 80
}

remove_pod() {
    stop_listening pod
    ip -n host link del calipod
    ip -n host route del blackhole 192.168.77.0/26
    ip netns del pod
}

# An address of eth1's behind the host, as a container or a virtual machine has it whose host gives it an ENI's own
# address. EC2 has to assign it: tools/vpc assign 1 10.0.2.50 203.0.113.200.
add_guest() { make_node_behind guest vethguest 10.0.2.50; }

remove_guest() {
    ip -n host link del vethguest
    ip netns del guest
}

# A second address on each interface, by hand. The switch knows that it belongs there, and it has an Elastic IP.
add_vips() {
    local interface address elastic subnet number vip
    while read -r interface address elastic subnet number; do
        vip=$(subnet4 "$subnet").$((number + 100))
        elastic=198.51.100.$((100 + ${interface#eth}))
        ip -n host addr add "$vip/24" dev "$interface"
        may_send_as "host.$interface" "$vip"
        answer_arp "$subnet" "$vip" "$(mac_of "$address")"
        give_elastic "$vip" "$elastic"
        echo "$interface $vip $elastic $subnet" >>"$state/vips"
    done <"$state/interfaces"
}

remove_vips() {
    local interface vip elastic subnet
    while read -r interface vip elastic subnet; do
        ip -n host addr del "$vip/24" dev "$interface" 2>/dev/null || true # gone with its interface
        may_not_send_as "host.$interface" "$vip"
        forget_arp "$subnet" "$vip"
        take_elastic "$vip" "$elastic"
    done <"$state/vips"
    rm "$state/vips"
}

# In each subnet a client whose way to the internet is this host: by the interface that the host has for that subnet,
# since what it forwards to the client leaves by it, whichever it came by.
add_nat() {
    local subnet interface address clients=''
    for subnet in $(subnets); do
        interface=$(main_interface "$(subnet4 "$subnet").60")
        address=$(awk -v interface="$interface" '$1 == interface { print $2 }' "$state/interfaces")
        add_neighbour "natclient$subnet" "$subnet" 60
        ip -n "natclient$subnet" route replace default via "$address"
        # Told to ask the subnet's own gateway it would be lost: it has no Elastic IP.
        in_node "natclient$subnet" sysctl -q -w net.ipv4.conf.{all,eth0}.accept_redirects=0
        may_send_as "host.$interface" "$internet4"
        echo "$subnet $interface" >>"$state/nat"
        clients+=${clients:+, }$(subnet4 "$subnet").60
    done
    on_host nft -f - <<END
table ip nat-instance {
    chain outgoing {
        type nat hook postrouting priority srcnat
        ip saddr { $clients } ip daddr != 10.0.0.0/8 masquerade
    }
}
END
}

remove_nat() {
    local subnet interface
    on_host nft delete table ip nat-instance
    while read -r subnet interface; do
        may_not_send_as "host.$interface" "$internet4"
        unplug_port "$subnet" "natclient$subnet" eth0 60
        ip netns del "natclient$subnet"
    done <"$state/nat"
    rm "$state/nat"
}

# The reverse path filter for IPv6 of firewalld (IPv6_rpfilter=yes, its default), word for word: up to 0.9 before the
# translation of addresses, from 1.0 behind it.
add_firewalld() {
    on_host nft -f - <<'END'
table ip6 firewalld {
    chain raw_PREROUTING {
        type filter hook prerouting priority raw + 10;
        icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
        fib saddr . mark . iif oif missing drop
    }
    chain filter_PREROUTING {
        type filter hook prerouting priority filter + 10;
        icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
        fib saddr . mark . iif oif missing drop
    }
}
END
}

remove_firewalld() { on_host nft delete table ip6 firewalld; }

# Nobody reads what is sent there: whatever a route by it catches is lost.
add_tunnel() {
    ip -n host tuntap add dev tun0 mode tun
    ip -n host link set tun0 up
}

remove_tunnel() {
    remove aggregate tunnel-default tunnel-halves tunnel-parts tunnel-public tunnel6
    ip -n host link del tun0
}

# A company's VPN: all of its private addresses, and the VPC's are among them.
add_aggregate() { add tunnel && ip -n host route add 10.0.0.0/8 dev tun0; }
remove_aggregate() { ip -n host route del 10.0.0.0/8 dev tun0; }
add_unreachable() { ip -n host route add unreachable 10.0.0.0/8 metric 9; }
remove_unreachable() { ip -n host route del unreachable 10.0.0.0/8 metric 9; }

# A VPN that takes everything, by a better default, or by two halves that are more specific than any default.
add_tunnel_default() { add tunnel && ip -n host route add default dev tun0 metric 50; }
remove_tunnel_default() { ip -n host route del default dev tun0 metric 50; }
add_tunnel_halves() {
    add tunnel
    ip -n host route add 0.0.0.0/1 dev tun0
    ip -n host route add 128.0.0.0/1 dev tun0
}
remove_tunnel_halves() {
    ip -n host route del 0.0.0.0/1 dev tun0
    ip -n host route del 128.0.0.0/1 dev tun0
}

# The same in parts that are no default by their length: quarters; and all but RFC 1918's networks, as a calculator gives
# it. Each goes through host_routes, which adds or deletes.
host_routes() {
    local verb=$1 way=$2 part
    shift 2
    for part; do
        # shellcheck disable=SC2086  # the way is words
        ip -n host route "$verb" $part $way
    done
}
quarters='0.0.0.0/2 64.0.0.0/2 128.0.0.0/2 192.0.0.0/2'
public_networks='0.0.0.0/5 8.0.0.0/7 11.0.0.0/8 12.0.0.0/6 16.0.0.0/4 32.0.0.0/3 64.0.0.0/2 128.0.0.0/3 160.0.0.0/5
    168.0.0.0/6 172.0.0.0/12 172.32.0.0/11 172.64.0.0/10 172.128.0.0/9 173.0.0.0/8 174.0.0.0/7 176.0.0.0/4 192.0.0.0/9
    192.128.0.0/11 192.160.0.0/13 192.169.0.0/16 192.170.0.0/15 192.172.0.0/14 192.176.0.0/12 192.192.0.0/10 193.0.0.0/8
    194.0.0.0/7 196.0.0.0/6 200.0.0.0/5 208.0.0.0/4'
# shellcheck disable=SC2086  # lists of words
add_tunnel_parts() { add tunnel && host_routes add 'dev tun0' $quarters; }
# shellcheck disable=SC2086
remove_tunnel_parts() { host_routes del 'dev tun0' $quarters; }
# shellcheck disable=SC2086
add_tunnel_public() { add tunnel && host_routes add 'dev tun0' $public_networks; }
# shellcheck disable=SC2086
remove_tunnel_public() { host_routes del 'dev tun0' $public_networks; }
# What a VPN leaves behind so that nothing gets out without it.
add_kill_switch() { ip -n host route add blackhole default metric 5; }
remove_kill_switch() { ip -n host route del blackhole default metric 5; }
# OpenVPN's redirect-gateway ipv6.
add_tunnel6() { add tunnel && host_routes add 'dev tun0' ::/3 2000::/4 3000::/4 fc00::/7; }
remove_tunnel6() { host_routes del 'dev tun0' ::/3 2000::/4 3000::/4 fc00::/7; }

# listen NODE PORT...: says hello to whoever connects, or sends something by UDP, and ends with stop_listening.
listen() {
    local node=$1
    shift
    ip netns exec "$node" /usr/bin/python3 -I "$parts/listen.py" "$@" >"$state/listener.$node" \
        2>>"$state/router.log" </dev/null 9<&- &
    echo $! >"$state/listener.$node.pid"
    until [ -s "$state/listener.$node" ]; do sleep 0.01; done
}

stop_listening() {
    kill "$(cat "$state/listener.$1.pid")" || true # it went with its node
    rm "$state/listener.$1" "$state/listener.$1.pid"
}
