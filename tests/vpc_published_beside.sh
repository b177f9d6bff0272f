#!/bin/bash
# Published ports beside those who publish them: docker with iptables in both of its forms, podman with netavark, and
# firewalld, for real; kube-proxy by a stand-in, the rules that it makes for a NodePort. Each port answers by every Elastic
# IP in whatever order they and eni-routes come, also after each is restarted, and their rules are what they were.
# shellcheck source=tests/published_lib.sh
. "$(dirname "$0")/published_lib.sh"
build=$1

# ---- The host

begin_beside() {
    begin 2
    change install "$build"
    configure 'forwarded: connmark'
    forwards_all
    strict
    change settle
    count=2 eventually has_all_addresses
    host mount -t cgroup2 none /sys/fs/cgroup
    # What a container is made from.
    host sh -c 'mkdir -p /var/lib/image/bin /var/lib/image/proc /var/lib/image/sys /var/lib/image/dev /var/lib/image/etc
        cp "$(command -v busybox)" /var/lib/image/bin/busybox'
}

# listen_in COMMAND...: what the COMMAND prints is the process id of a container, in whose network something listens
# on port 80.
listen_in() {
    local pid
    pid=$(host "$@")
    # shellcheck disable=SC2016
    serve sh -c 'printf "$$ " >>/run/servers; exec nsenter --target "$0" --net /usr/bin/python3 -I "$1" 80' \
        "$pid" "$source_dir/tools/vpc.d/listen.py"
}

# ---- What has to be

# by_all PORT...: each answers by every Elastic IP, by TCP and UDP, and IPv6 as far as $families says.
by_all() {
    local port address status=0
    for port; do
        all_say_hello "$port" || status=1
        [[ $families = *tcp-only* ]] || all_say_hello "$port" udp || status=1
        [[ $families = *6* ]] || continue
        for address in 2001:db8::29 2001:db8:1::37; do
            says_hello client "$address" "$port" || { echo "$address: no hello"; status=1; }
        done
    done
    return "$status"
}
by_eth1() { says_hello client 198.51.100.11 "$1"; }
theirs() { foreign_filters | sort; }

# in_order NAME PORT: with what was done before.
in_order() {
    check "$1: port $2 answers by every Elastic IP" eventually by_all "$2"
    check "$1: their $(grep -c . <<<"$rules") rules are what they were" unchanged "$rules" theirs
}

# beside NAME PORT: whatever publishes it runs; start_it, stop_it and restart_it are what can be done to it.
beside() {
    local name=$1 port=$2 rules
    restart_it
    change settle # a link of theirs is an event
    host eni-routes clean >"$seen"
    rules=$(theirs)
    check "$name: it has rules of its own" test "$(grep -c . <<<"$rules")" -ge 3
    check "$name: without marks port $port answers by eth0" eventually says_hello client 198.51.100.10 "$port"
    check_not "$name: but not by eth1" by_eth1 "$port"
    regenerate >"$seen"
    strict
    in_order "$name, then regenerate" "$port"
    restart_it
    strict
    in_order "$name, it is restarted" "$port"
    regenerate >"$seen"
    in_order "$name, and regenerate" "$port"
    check "$name: nothing is left to do" nothing_to_do
    check "$name: check finds no lost port" no_port_is_lost 0 5
    host eni-routes clean >"$seen"
    stop_it
    regenerate >"$seen"
    start_it
    strict
    in_order "$name, it comes after eni-routes" "$port"
    up eth1 >"$seen"
    change settle
    strict
    in_order "$name, eth1 is activated again" "$port"
    host eni-routes clean >"$seen"
    check "$name, clean: their rules are what they were" unchanged "$rules" theirs
    check "$name, clean: none of ours" same '' our_filters
    regenerate >"$seen"
}

# ---- docker

# The containers outlive the daemon.
start_docker() {
    host sh -c 'setsid dockerd --data-root /var/lib/docker-test --exec-root /run/docker-test --pidfile /run/docker-test.pid \
        --storage-driver vfs --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "$0" --live-restore \
        --ipv6 --fixed-cidr-v6 fd00:17::/64 --experimental --ip6tables >>/run/dockerd.log 2>&1 </dev/null &' "$VPC_NAME"
    eventually host docker version || host tail -n 20 /run/dockerd.log
}
stop_docker() {
    host sh -c 'kill "$(cat /run/docker-test.pid)"'
    eventually host test ! -e /run/docker-test.pid
}
restart_docker() {
    stop_docker
    start_docker
}
run_in_docker() {
    host sh -c 'tar -C /var/lib/image -c . | docker import - image
        docker run --detach --name web -p 8080:80 -p 8080:80/udp -p 9000-9004:9000-9004 image /bin/busybox sleep 1d' >"$seen" 2>&1
}

docker_with() {
    begin_beside
    iptables_is "$1"
    start_docker
    check "docker, iptables-$1: it runs a container" run_in_docker
    listen_in docker inspect -f '{{.State.Pid}}' web
    start_it() { start_docker; }
    stop_it() { stop_docker; }
    restart_it() { restart_docker; }
    families='46'
    beside "docker, iptables-$1" 8080
    end_servers
    host docker rm --force web >"$seen"
    stop_docker
    check "docker, iptables-$1: no cgroup is left behind" eventually host rmdir "/sys/fs/cgroup/$VPC_NAME"
}

# ---- podman

podman=(env HOME=/root podman --root /var/lib/podman-test --runroot /run/podman-test --storage-driver vfs
    --cgroup-manager cgroupfs --network-backend netavark --runtime crun)
podman() { host "${podman[@]}" "$@"; }

run_in_podman() {
    podman run --detach --name web --cgroups=disabled --network pub --ip 10.89.0.2 --ip6 fd00:89::2 \
        -p 8080:80 -p 8080:80/udp -p 9000-9004:9000-9004 --rootfs /var/lib/image /bin/busybox sleep 1d >"$seen" 2>&1 &&
        listen_in "${podman[@]}" inspect -f '{{.State.Pid}}' web
}
stop_podman() {
    end_servers
    podman rm --force --time 0 web >"$seen" 2>&1
}

podman_with_netavark() {
    begin_beside
    podman network create --ipv6 --subnet 10.89.0.0/24 --subnet fd00:89::/64 pub >"$seen" 2>&1
    check 'podman: it runs a container' run_in_podman
    start_it() { run_in_podman; }
    stop_it() { stop_podman; }
    restart_it() {
        stop_podman
        run_in_podman
    }
    families='46'
    beside podman 8080
    reload_podman
    stop_podman
}

reload_podman() {
    local rules
    rules=$(theirs)
    podman network reload --all >"$seen" 2>&1
    in_order 'podman, network reload' 8080
}

# ---- firewalld

start_firewalld() {
    host sh -c 'setsid firewalld --nofork --nopid >>/run/firewalld.out 2>&1 </dev/null & echo $! >/run/firewalld.test'
    eventually host firewall-cmd --state
}
stop_firewalld() {
    host sh -c 'kill "$(cat /run/firewalld.test)"'
    eventually fails host firewall-cmd --state
    eventually fails host nft list table inet firewalld
}
publish_by_firewalld() {
    host sh -c 'for protocol in tcp udp; do
            firewall-cmd --permanent --add-forward-port="port=8082:proto=$protocol:toport=80:toaddr=172.17.0.2"
        done
        firewall-cmd --permanent \
            --add-rich-rule="rule family=ipv6 forward-port port=8082 protocol=tcp to-port=80 to-addr=fd00:17::2"
        firewall-cmd --reload'
}

beside_firewalld() {
    begin_beside
    change add docker
    start_firewalld
    check 'firewalld publishes a port' publish_by_firewalld
    families='46'
    start_it() { start_firewalld; }
    stop_it() { stop_firewalld; }
    restart_it() {
        stop_firewalld
        start_firewalld
    }
    beside 'firewalld, restarted' 8082
    restart_it() { host firewall-cmd --reload >"$seen"; }
    beside 'firewalld, reloaded' 8082
    beside 'firewalld, a port that another publishes' 8080
    stop_firewalld
}

# ---- kube-proxy

# A stand-in: what kube-proxy writes for a NodePort whose clients are masqueraded, by its mark 0x4000.
kube_rules() {
    cat <<'END'
*filter
:KUBE-FORWARD - [0:0]
-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
*nat
:KUBE-EXT-WEB - [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-SEP-WEB - [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-SVC-WEB - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-NODEPORTS -p tcp -m comment --comment "default/web" -m tcp --dport 30080 -j KUBE-EXT-WEB
-A KUBE-EXT-WEB -m comment --comment "masquerade traffic for default/web external destinations" -j KUBE-MARK-MASQ
-A KUBE-EXT-WEB -j KUBE-SVC-WEB
-A KUBE-SVC-WEB -m comment --comment "default/web -> 172.17.0.2:80" -j KUBE-SEP-WEB
-A KUBE-SEP-WEB -s 172.17.0.2/32 -m comment --comment "default/web" -j KUBE-MARK-MASQ
-A KUBE-SEP-WEB -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 172.17.0.2:80
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
COMMIT
END
}
start_kube() { kube_rules | host iptables-restore --noflush; }
# As `kube-proxy --cleanup`: the jumps, then its chains.
stop_kube() {
    host sh -c 'for table in filter nat; do
        { echo "*$table"; iptables-save -t "$table" | sed -n "/-j KUBE-/{/^-A KUBE/d; s/^-A/-D/p}"
          iptables-save -t "$table" | sed -n "s/^:\(KUBE[^ ]*\).*/-F \1/p"
          iptables-save -t "$table" | sed -n "s/^:\(KUBE[^ ]*\).*/-X \1/p"; echo COMMIT; } | iptables-restore --noflush
    done'
}

beside_kube_proxy() {
    begin_beside
    iptables_is "$1"
    change add docker
    start_kube
    start_it() { start_kube; }
    stop_it() { stop_kube; }
    restart_it() {
        stop_kube
        start_kube
    }
    families='4 tcp-only'
    beside "kube-proxy's rules (a stand-in), iptables-$1" 30080
    check "kube-proxy's rules (a stand-in), iptables-$1: what another publishes" published_answers
}

docker_with nft
docker_with legacy
podman_with_netavark
beside_firewalld
beside_kube_proxy nft
beside_kube_proxy legacy
done_testing
