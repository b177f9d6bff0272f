#!/bin/bash
# The host: an EC2 instance that looks like RHEL 7, with its own D-Bus, udevd and NetworkManager. Runs inside the
# host's namespaces only. What it writes goes to its own disk (overlays kept by the router, so that they outlive a
# reboot), never to the machine's.
set -euo pipefail

state=$VPC_STATE
mount() { command mount --no-mtab "$@"; } # it would leave a /run/mount behind
disk=$state/disk
parts=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/vpc.d/rhel.sh
. "$parts/rhel.sh"

run_host() {
    record_pid
    mount -t proc proc /proc
    mount -t sysfs sysfs /sys
    hostname "$rhel_hostname"
    own_disk
    own_dev
    [ -e "$disk/installed" ] || install_system
    exec 8<"$state"
    mount -t tmpfs -o mode=755 tmpfs /run
    rhel_sysctls
    ip link set lo up
    start_udevd
    start_units
    start_bus
    wait_until 10 test -e /run/units.ready
    touch /proc/self/fd/8/host.ready
    exec 8<&-
    while :; do
        sleep infinity &
        wait
    done
}

# By the machine's number for those outside, by the router's for `ip netns attach`.
record_pid() {
    local stat
    read -r -a stat </proc/self/fd/9/self/stat
    echo "${stat[0]} ${stat[21]}" >"$state/host.pid"
    read -r -a stat </proc/self/stat
    echo "${stat[0]}" >"$state/host.inner"
    exec 9<&-
}

own_disk() {
    local dir
    for dir in etc usr var; do
        mkdir -p "$disk/$dir" "$disk/work/$dir"
        mount -t overlay -o "lowerdir=/$dir,upperdir=$disk/$dir,workdir=$disk/work/$dir" overlay "/$dir"
    done
}

# udevd is told of the machine's devices as well, and would see to their nodes: it gets a /dev without them.
own_dev() {
    local dev=$disk/dev node
    mkdir -p "$dev"
    mount -t tmpfs -o mode=755 tmpfs "$dev"
    mkdir "$dev/net" "$dev/pts" "$dev/shm"
    for node in null zero full random urandom tty net/tun; do
        [ -e "/dev/$node" ] || continue
        touch "$dev/$node"
        mount --bind "/dev/$node" "$dev/$node"
    done
    ln -s /proc/self/fd /proc/self/fd/0 "$dev" 2>/dev/null || true
    ln -sf /proc/self/fd/0 "$dev/stdin"
    ln -sf /proc/self/fd/1 "$dev/stdout"
    ln -sf /proc/self/fd/2 "$dev/stderr"
    ln -sf pts/ptmx "$dev/ptmx"
    mount -t devpts -o newinstance,mode=620,ptmxmode=666 devpts "$dev/pts"
    mount --move "$dev" /dev
}

# Once, on the empty disk.
install_system() {
    md5sum <<<"$VPC_NAME" | cut -c1-32 >/etc/machine-id
    hostname >/etc/hostname
    install_network_manager
    install_udev_rules
    # shellcheck disable=SC2046  # one word for each
    rhel_profiles '' "$VPC_IPV6" $(cut -d' ' -f1 "$state/interfaces")
    touch "$disk/installed"
}

# Nothing of the machine's own configuration is left, nor of an eni-routes that is installed on it; no other service can be
# activated, and the dispatcher's log goes to its standard error, which is the bus's log.
install_network_manager() {
    rm -rf /etc/NetworkManager /var/lib/NetworkManager
    rm -rf /etc/eni-routes /var/lib/eni-routes /usr/libexec/eni-routes-* /usr/sbin/eni-routes \
        /etc/iproute2/rt_{tables,protos}.d/eni-routes.conf /usr/lib/udev/rules.d/*eni-routes* \
        /usr/lib/systemd/system{,-preset}/*eni-routes* /usr/lib/tmpfiles.d/eni-routes.conf \
        /usr/share/bash-completion/completions/eni-routes /usr/share/man/man?/eni-routes*
    rm -rf /usr/lib/NetworkManager/{conf.d,dispatcher.d,system-connections}
    mkdir -p /etc/NetworkManager/dispatcher.d/{pre-up.d,pre-down.d,no-wait.d}
    mkdir -p /usr/lib/NetworkManager/{conf.d,dispatcher.d/{pre-up.d,pre-down.d,no-wait.d}} /var/lib/NetworkManager
    rhel_network_manager ''
    find /usr/share/dbus-1/system-services -name '*.service' ! -name '*nm_dispatcher*' -delete
    sed -i 's|^Exec=.*nm-dispatcher$|& --debug|' /usr/share/dbus-1/system-services/org.freedesktop.nm_dispatcher.service
}

# NetworkManager leaves a veth alone unless these rules say that it is named eth*; the others are for hardware.
install_udev_rules() {
    local rule
    rm -rf /etc/udev/rules.d
    for rule in /usr/lib/udev/rules.d/*; do
        case ${rule##*/} in
            75-net-description.rules | 80-net-setup-link.rules | 84-nm-drivers.rules | 85-nm-unmanaged.rules) ;;
            *) rm -f "$rule" ;;
        esac
    done
}

# This NetworkManager sets the rp_filter of an interface that it activates to 2 where it reads 1.
# The larger of conf/all and the interface's counts: with 1 and 0 all are strict, and it has nothing to loosen.
rhel_sysctls() {
    local each=0
    [ "$VPC_RP_FILTER" = strict ] || each=1
    sysctl -q -w net.ipv4.ip_forward=0 net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.default.rp_filter=$each \
        net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
    # Waiting for duplicates takes 2 s for each address, and there are none here.
    [ "${VPC_DAD:-no}" = yes ] || sysctl -q -w net.ipv6.conf.default.dad_transmits=0
}

# Not forked by itself, so that what it starts, the dispatcher, still has our log for its errors.
start_bus() {
    mkdir -p /run/dbus
    dbus-daemon --system --nofork --nosyslog --nopidfile >>/proc/self/fd/8/dispatcher.log 2>&1 8<&- &
    wait_until 10 test -S /run/dbus/system_bus_socket
}

# It must not be pid 1's child under /run/systemd/system: there it takes its cgroup for its own and kills in it.
start_udevd() {
    mkdir -p /run/udev
    /usr/lib/systemd/systemd-udevd --daemon 8<&-
    # NetworkManager's start is not complete before each link, lo as well, has been seen by udevd.
    udevadm trigger --action=add /sys/class/net/lo
}

# As long as udevd is not there, nobody may listen to it.
start_units() {
    /usr/bin/python3 -I "$parts/units.py" /run/units.ready </dev/null >>/proc/self/fd/8/units.log 2>&1 8<&- &
}

wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.05
    done
}

bus_owner() {
    dbus-send --system --print-reply=literal --dest=org.freedesktop.DBus / \
        org.freedesktop.DBus.GetConnectionUnixProcessID "string:$1" 2>/dev/null | awk '{print $2}'
}

has_owner() { bus_owner "$1" >/dev/null; }
wait_bus_name() { wait_until "$1" has_owner "$2"; }

# wait_activated SECONDS INTERFACE,... FAMILIES
wait_activated() { wait_until "$1" activated "$2" "$3"; }

activated() {
    local interface states
    states=$(nmcli -t -f DEVICE,STATE device 2>/dev/null) || return 1
    for interface in ${1//,/ }; do
        grep -qx "$interface:connected" <<<"$states" || return 1
        [[ $2 != *4* ]] || has_address 4 "$interface" || return 1
        [[ $2 != *6* ]] || has_address 6 "$interface" || return 1
    done
}

has_address() {
    [ -n "$(ip -"$1" -o address show dev "$2" scope global -tentative)" ]
}

stop_nm() {
    local bus_name pid
    for bus_name in org.freedesktop.NetworkManager org.freedesktop.nm_dispatcher; do
        pid=$(bus_owner "$bus_name") || continue # the dispatcher ends by itself when idle
        kill "$pid"
        wait_until "$1" ended "$pid" || return 1
    done
}

ended() { [ ! -e "/proc/$1" ]; }

"$@"
