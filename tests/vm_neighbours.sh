#!/bin/bash
# Beside what else people run on such a machine, for real: firewalld, keepalived, wg-quick, podman, and SELinux that says what
# it would deny. By hand or weekly (tools/test --machines).
# usage: vm_neighbours.sh BUILDDIR
# shellcheck source=tests/vm_lib.sh
. "$(dirname "$0")/vm_lib.sh"

export VM_PACKAGES='firewalld keepalived wireguard-tools iptables podman crun netavark auditd selinux-policy-default'
begin_machine bookworm
# All are started here, one after the other.
host systemctl --quiet disable --now firewalld.service keepalived.service
check 'installation' vm install "$1"
host nmcli -w 60 connection up eth1 >"$seen"
host systemctl start eni-routes-watch.service
in_order 'alone'
alone=$(policy)

# ---- firewalld -------------------------------------------------------------------------------------

check 'firewalld starts' host systemctl start firewalld.service
in_order 'beside firewalld'
check 'and a reload of it' host firewall-cmd --reload
in_order 'after its reload'
check 'it stops' host systemctl stop firewalld.service

# ---- keepalived ------------------------------------------------------------------------------------

vm vpc assign 1 10.0.2.50 203.0.113.200
host sh -c 'printf "%s\n" "vrrp_instance vip {" "interface eth1" "virtual_router_id 7" "priority 100" \
    "virtual_ipaddress {" "10.0.2.50/24 dev eth1" "}" "}" >/etc/keepalived/keepalived.conf'
check 'keepalived starts' host systemctl start keepalived.service
check 'its address answers by its Elastic IP' eventually answers 203.0.113.200
in_order 'beside keepalived'
check 'it stops' host systemctl stop keepalived.service
vm vpc unassign 1 10.0.2.50
check 'all is as it was alone' eventually unchanged "$alone" policy

# ---- wg-quick --------------------------------------------------------------------------------------

# All of the internet by a tunnel whose other end is not there.
host sh -c 'umask 077; mkdir -p /etc/wireguard
    printf "%s\n" "[Interface]" "PrivateKey = $(wg genkey)" "Address = 10.8.0.2/24" \
        "[Peer]" "PublicKey = $(wg genkey | wg pubkey)" "AllowedIPs = 0.0.0.0/0" "Endpoint = 10.0.0.77:51820" \
        >/etc/wireguard/wg0.conf'
check 'wg-quick up' host wg-quick up wg0
check 'its rule for all packets is there' prints 'not from all fwmark 0xca6c lookup 51820' host ip rule
check 'what the host sends goes into the tunnel' prints 'dev wg0' host ip route get 203.0.113.10
in_order 'beside wg-quick'
check 'wg-quick down' host wg-quick down wg0
check 'all is as it was alone once more' eventually unchanged "$alone" policy

# ---- podman ----------------------------------------------------------------------------------------

check 'podman runs a container' host podman run --detach --name web --cap-add NET_RAW --rootfs /:O sleep infinity
check 'the container reaches the internet' host podman exec web ping -c 1 -W 5 203.0.113.10
in_order 'beside podman'
check 'it stops' host podman rm --force --time 0 web

# ---- SELinux -----------------------------------------------------------------------------------------

host sh -c 'sed -i s/^SELINUX=.*/SELINUX=permissive/ /etc/selinux/config
    setfiles -F /etc/selinux/default/contexts/files/file_contexts / 2>/dev/null; sync'
vm power-cut
export VM_APPEND='security=selinux selinux=1 enforcing=0'
VM_DEADLINE=900 check 'with SELinux the machine boots' vm start
check 'it is there, and permits all' same Permissive host getenforce
host nmcli -w 60 connection down eth1 >"$seen"
host nmcli -w 60 connection up eth1 >"$seen"
in_order 'with SELinux'
check 'check' exits 0 host eni-routes check --quiet
denials() { host sh -c 'grep -h "avc: *denied" /var/log/audit/audit.log | grep -o "{.*} for .*comm=\"[^\"]*\|scontext.*" | grep -A1 eni-'; }
echo '# what it would deny:'
denials | sed 's/ ino=[0-9]*//; s/pid=[0-9]* //' | sort -u | sed 's/^/# /'
done_testing
