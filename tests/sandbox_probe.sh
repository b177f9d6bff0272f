#!/bin/sh
# usage: sandbox_probe.sh UNIT [INSTANCE]
# Prints what a service can do in its sandbox beyond what each process can, a line each: this script itself is started in the
# place of the service's program, by a copy of its unit. Run in a virtual machine (vm_boot.sh): it tries to change the
# machine that it runs on.

can() {
    what=$1
    shift
    if "$@" >/dev/null 2>&1; then echo "$what"; fi
}
can_write() { can "write in $1" sh -c 'echo tried >"$1/.tried" && rm "$1/.tried"' sh "$1"; }
# can_call WHAT NUMBER ARGUMENT...: the call is let through; that it fails for its arguments is another matter.
can_call() {
    what=$1
    shift
    can "$what" perl -e 'my ($number, @words) = map { $_ + 0 } @ARGV; exit(syscall($number, @words) == -1 && $!{EPERM})' "$@"
}
can_open() { can "open a socket of $1" perl -e 'socket(my $s, $ARGV[0], $ARGV[1], $ARGV[2]) or exit 1' "$2" "$3" "$4"; }
can_reach() {
    can "reach $1" perl -MSocket -e 'for my $type (SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM) {
        socket(S, AF_UNIX, $type, 0) or exit 1;
        connect(S, pack_sockaddr_un($ARGV[0])) and exit 0 } exit 1' "$1"
}

probe() {
    for directory in / /etc /etc/systemd/system /etc/iproute2 /etc/sysconfig/network-scripts /etc/eni-routes \
        /etc/NetworkManager/dispatcher.d /usr/lib/systemd/system /usr/libexec /var /var/lib /var/lib/eni-routes /var/tmp /tmp \
        /run /run/eni-routes /run/systemd/system /run/udev /home /root /boot /opt /srv /dev /dev/shm /sys /sys/fs/cgroup; do
        can_write "$directory"
    done
    can 'read in /root' ls /root
    can 'change a sysctl' sh -c 'read -r value </proc/sys/net/ipv4/ip_forward; echo "$value" >/proc/sys/net/ipv4/ip_forward'
    can 'mount' mount -t tmpfs none /mnt
    can 'make / writable' mount -o remount,bind,rw /
    can 'make a user namespace' unshare --user true
    can 'set the clock' perl -e '$! = 0; exit(syscall(227, 0, pack("qq", 1e9, 0)) == -1)'
    can 'read memory of process 1' perl -e 'open(F, "<", "/proc/1/mem") or exit 1'
    can 'reach the root of process 1' ls /proc/1/root/run
    can 'send a signal to process 1' kill -0 1
    can 'have memory that is writable and executable' perl -e 'exit(syscall(9, 0, 4096, 7, 0x22, -1, 0) == -1)'
    can 'make a suid file' sh -c 'cp /bin/true /run/eni-routes/.tried; chmod u+s /run/eni-routes/.tried; status=$?
        rm -f /run/eni-routes/.tried; exit $status'
    can_call 'trace processes' 101 0 0 0 0
    can_call 'load modules' 313 -1 0 0
    can_call 'use bpf' 321 0 0 0
    can_call 'use keyrings' 250 0 -3 0
    can_call 'enter namespaces' 308 -1 0
    can_open IPv4 2 1 0
    can_open IPv6 10 1 0
    can_open 'raw IPv4' 2 3 1
    can_open packets 17 3 0
    can_open netlink 16 3 0
    for path in /run/dbus/system_bus_socket /run/systemd/private /run/udev/control /run/systemd/journal/stdout; do
        can_reach "$path"
    done
}

if [ $# = 0 ]; then
    probe
    exit
fi
unit=$(systemctl show --value --property FragmentPath "$1")
copy=eni-routes-probe.service
sed -e "s/%[iI]/$2/g; s|^ExecStart=.*|ExecStart=/bin/sh $(readlink -f "$0")|; s/^Type=.*/Type=oneshot/" \
    -e '/^\(Exec[^S]\|ExecStop\|Restart\|RemainAfterExit\|WatchdogSec\|LogLevelMax\|BindsTo\|Wants\|After\)/d' \
    -e 's|^\[Service\]|&\nStandardOutput=file:/tmp/probe|' "$unit" >/run/systemd/system/$copy
rm -f /tmp/probe
systemctl daemon-reload && systemctl start $copy && cat /tmp/probe
rm -f /run/systemd/system/$copy
systemctl daemon-reload
