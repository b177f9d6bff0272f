# shellcheck shell=bash
# What a host of the VPC has on its disk, so that it looks like an EC2 instance with RHEL 7: for the host in namespaces
# (host.sh) and for the one in a virtual machine (tools/vm.d/image.sh); to be sourced. ROOT is where that disk is; nothing
# else may be written.

# Its name is that of eth0's address.
# shellcheck disable=SC2034
rhel_hostname=ip-10-0-0-29

# rhel_network_manager ROOT: there is no DNS, and nobody to ask for permission.
rhel_network_manager() {
    mkdir -p "$1"/etc/NetworkManager/{conf.d,system-connections}
    cat >"$1/etc/NetworkManager/NetworkManager.conf" <<'END'
[main]
plugins=keyfile
dhcp=internal
dns=none
hostname-mode=none
auth-polkit=false
no-auto-default=*

[connectivity]
enabled=false

[logging]
level=INFO
domains=DEFAULT,DISPATCH:DEBUG
END
}

# rhel_profiles ROOT IPV6 INTERFACE...: Debian's NetworkManager cannot read ifcfg files: a keyfile of the same name stands
# beside each. IPV6 is yes or no.
rhel_profiles() {
    local root=$1 ipv6=$2 interface
    shift 2
    mkdir -p "$root/etc/sysconfig/network-scripts"
    echo NETWORKING=yes >"$root/etc/sysconfig/network"
    for interface; do
        write_ifcfg "$ipv6" "$interface" >"$root/etc/sysconfig/network-scripts/ifcfg-$interface"
        (
            umask 077
            write_keyfile "$ipv6" "$interface" >"$root/etc/NetworkManager/system-connections/$interface.nmconnection"
        )
    done
}

write_ifcfg() {
    cat <<END
DEVICE=$2
TYPE=Ethernet
BOOTPROTO=dhcp
ONBOOT=yes
IPV6INIT=$1
DHCPV6C=$1
USERCTL=no
END
}

write_keyfile() {
    local method=auto
    [ "$1" = yes ] || method=ignore
    cat <<END
[connection]
id=$2
uuid=$(printf '00000000-0000-4000-8000-%012d' "${2#eth}")
type=ethernet
interface-name=$2

[ipv4]
method=auto

[ipv6]
method=$method
addr-gen-mode=eui64
END
}
