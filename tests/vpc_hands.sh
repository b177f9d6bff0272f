# shellcheck shell=bash
# What people and other programs do by hand to a host of the simulated VPC, and stand-ins for what such a host has not; to be
# sourced after vpc_lib.sh.
# shellcheck disable=SC2034,SC2154  # what is of who sources it
hooks=/etc/NetworkManager/dispatcher.d
scripts=/etc/sysconfig/network-scripts
config=/etc/eni-routes/config.yaml

# There is no systemd, no SELinux and nothing to install from: each of these does what the real one would do to what check
# looks at.
stand_ins() {
    host tee /usr/bin/systemctl >"$seen" <<'END'
#!/bin/sh
case "$*" in
    'enable --now NetworkManager-dispatcher.service')
        ln -sf /usr/lib/systemd/system/NetworkManager-dispatcher.service /etc/systemd/system/dbus-org.freedesktop.nm-dispatcher.service ;;
    'start NetworkManager') setsid NetworkManager --debug </dev/null >>/var/log/NetworkManager.log 2>&1 & nm-online -q -t 20 ;;
    'restart eni-routes-watch') setsid eni-routes watch </dev/null >/run/watch.log 2>&1 & ;;
    'disable --now nm-cloud-setup.timer nm-cloud-setup.service' | 'disable --now cloud-netconfig.timer') ;;
    *) exit 1 ;;
esac
END
    host tee /usr/bin/yum >"$seen" <<'END'
#!/bin/sh
case "$*" in
    'install NetworkManager-dispatcher-routing-rules')
        cd /etc/NetworkManager/dispatcher.d && install -m 755 /var/tmp/stock_script.sh 10-ifcfg-rh-routes.sh &&
            ln -s ../10-ifcfg-rh-routes.sh pre-up.d ;;
    'install eni-routes' | 'reinstall eni-routes') exec meson install -C "$(cat /var/tmp/build)" --no-rebuild --quiet ;;
    'remove amazon-ec2-net-utils') rm -f /etc/udev/rules.d/99-vpc-policy-routes.rules ;;
    *) exit 1 ;;
esac
END
    host tee /usr/bin/restorecon >"$seen" <<'END'
#!/bin/sh
case "$*" in
    '-Rv /etc/iproute2 '*) exec label_as net_conf_t /etc/iproute2/rt_tables.d ;;
    '-Rv /etc/NetworkManager '*) exec label_as NetworkManager_dispatcher_script_t /etc/NetworkManager/dispatcher.d/30-eni-routes ;;
    *) exit 1 ;;
esac
END
    host tee /usr/bin/label_as >"$seen" <<'END'
#!/usr/bin/python3 -I
import os, sys
os.setxattr(sys.argv[2], "security.selinux", f"system_u:object_r:{sys.argv[1]}:s0\0".encode())
END
    host sh -c 'printf "#!/bin/sh\n[ \"\$1 \$2 \$3\" = \"-m avc -c\" ]\n" >/usr/bin/ausearch
        chmod 755 /usr/bin/systemctl /usr/bin/yum /usr/bin/restorecon /usr/bin/label_as /usr/bin/ausearch'
    host sh -c 'echo "$1" >/var/tmp/build' stand_ins "${build:?}"
    host cp -p "$config" /var/tmp
    host tee /var/tmp/stock_script.sh <"$source_dir/tests/stock_script.sh" >"$seen"
}

# denied TARGET CLASS: SELinux enforces, and auditd has logged what it denied.
denied() {
    host sh -c 'mount -t tmpfs tmpfs /sys/fs && mkdir -p /sys/fs/selinux /var/log/audit && echo 1 >/sys/fs/selinux/enforce
        echo "type=AVC msg=audit($(date +%s).123:1): avc:  denied  { write } for  pid=9 comm=\"eni-routes-even\" $1 scontext=system_u:system_r:NetworkManager_dispatcher_custom_t:s0 tcontext=system_u:object_r:tmp_t:s0 tclass=$2 permissive=0" >/var/log/audit/audit.log' \
        denied "$@"
}
no_selinux() { host sh -c 'umount /sys/fs; rm -r /var/log/audit'; }

# background PROGRAM ARGUMENT...: python in the host, until end_server; it says that it is ready, and ends with its input.
background() {
    coproc SERVER { host /usr/bin/python3 -Ic "$@"; }
    read -r _ <&"${SERVER[0]}"
}
end_server() {
    eval "exec ${SERVER[1]}>&-"
    wait "$SERVER_PID"
}
# udp_server ADDRESS...: on each of these; '' is every address.
udp_server() {
    background 'import socket, sys
servers = []
for address in sys.argv[1:]:
    servers.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    servers[-1].bind((address, 514))
print("ready", flush=True)
sys.stdin.read()' "$@"
}

watch_pid() { { host eni-routes status --json || :; } | sed -n 's/^ *"pid": \([0-9]*\).*/\1/p' | grep .; }
end_watch() {
    local pid
    ! pid=$(watch_pid) || host kill "$pid"
    eventually fails watch_pid
}
# fought_over [PRIORITY]: a program deletes a rule as often as the watch brings it back.
fought_over() {
    host systemctl restart eni-routes-watch
    eventually watch_pid
    host sh -c 'for i in $(seq 100); do
        ip rule del priority "$1" 2>/dev/null
        ! grep -q "was undone three times" /run/watch.log || exit 0
        sleep 0.1
    done' fought_over "${1:-20101}"
}

shipped() { host cp -p /var/tmp/config.yaml "$config"; }
configure() { host sh -c 'printf "%s\n" "$@" >/etc/eni-routes/config.yaml' configure "$@"; }
# carrier up|down: of eth1.
carrier() { vpc router ip link set host.eth1 "$1"; }

# in_configuration LINE: instead of what is there by its key.
in_configuration() { host sh -c 'sed -i "/^${1%%:*}:/d" "$2" && echo "$1" >>"$2"' in_configuration "$1" "$config"; }
# carry_out_fix FIX: "COMMAND", "'LINE' in the configuration, then: COMMAND"; or "COMMAND, then: reboot".
carry_out_fix() {
    local first=${1%%, then: *} next=''
    [ "$first" = "$1" ] || next=${1#*, then: }
    echo "# $1"
    case $first in
        \'*"' in the configuration")
            first=${first#\'}
            in_configuration "${first%\' in the configuration}"
            ;;
        *) host sh -c "$first" ;;
    esac || return
    case $next in
        '') ;;
        reboot) vpc reboot ;;
        *) host sh -c "$next" ;;
    esac
}

# Without NetworkManager nothing comes to rest.
settle() { ! host nmcli general >"$seen" 2>&1 || vpc settle; }

# A word that is a program's name does not make a sentence a command.
is_command() { [[ $1 =~ ^(eni-routes|nmcli|systemctl|chown|restorecon|ausearch|yum|rm|ip|sysctl)' ' && $1 != *...* ]]; }
