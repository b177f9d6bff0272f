#!/bin/bash
# usage: image.sh SUITE DIRECTORY       (and VM_PACKAGES, see tools/vm)
# Makes the disk, kernel and initrd of tools/vm's machine in DIRECTORY: a Debian with systemd and NetworkManager that looks
# like an EC2 instance with RHEL 7. Run by tools/vm in mount and PID namespaces that end with it, so that nothing stays
# mounted; it must not write anywhere but to DIRECTORY. Nothing of eni-routes is on that disk.
set -euo pipefail

suite=$1 directory=$2
root=$directory/root
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/vpc.d/rhel.sh
. "$here/../vpc.d/rhel.sh"
# shellcheck source=tools/vm.d/debian.sh
. "$here/debian.sh"

packages() {
    echo "${VM_PACKAGES:-}"
    awk -v suite="$suite" '!/^#/ && NF && (NF == 1 || index($0 " ", " " suite " ")) { print $1 }' "$here/packages"
}

make_root() {
    # shellcheck disable=SC2046  # one word for each
    make_debian "$suite" "$root" $(packages)
    rm -rf "$root"/usr/share/{doc,man,locale}
}

# Without cloud-init, which would have given it name and root disk.
make_instance() {
    echo "$rhel_hostname" >"$root/etc/hostname"
    echo "127.0.0.1 localhost $rhel_hostname" >"$root/etc/hosts"
    echo '/dev/vda / ext4 defaults 0 0' >"$root/etc/fstab"
    mkdir -p "$root/var/log/journal"
    rm -f "$root/etc/NetworkManager/dispatcher.d/01-ifupdown" # Debian's own; without ifupdown it fails
    rhel_network_manager "$root"
    rhel_profiles "$root" yes eth0 eth1
    # Its links come at once, and the first that is activated would get the lowest metric.
    cat >"$root/etc/NetworkManager/conf.d/primary.conf" <<'END'
[connection-primary]
match-device=interface-name:eth0
ipv4.route-metric=99
ipv6.route-metric=99
END
    # In the place of systemd's own, which loosens it for each link. NetworkManager loosens a link's that is 1; the larger
    # of all's and the link's counts.
    cat >"$root/etc/sysctl.d/50-default.conf" <<'END'
net.ipv4.conf.all.rp_filter=1
net.ipv4.conf.default.rp_filter=0
END
}

# An emulated processor is slow: nothing runs that is not needed, and the initrd has what finds the root disk, no more.
make_quick() {
    local unit
    for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
        fstrim.timer systemd-timesyncd.service serial-getty@ttyS0.service getty@tty1.service; do
        ln -sf /dev/null "$root/etc/systemd/system/$unit"
    done
    mkdir -p "$root/etc/systemd/system/NetworkManager-wait-online.service.d"
    printf '%s\n' '[Service]' Environment=NM_ONLINE_TIMEOUT=300 \
        >"$root/etc/systemd/system/NetworkManager-wait-online.service.d/patient.conf"
    # It would log each question that tools/vm asks.
    mkdir -p "$root/etc/systemd/system/qemu-guest-agent.service.d"
    printf '%s\n' '[Service]' StandardOutput=null StandardError=null \
        >"$root/etc/systemd/system/qemu-guest-agent.service.d/quiet.conf"
    echo MODULES=list >"$root/etc/initramfs-tools/conf.d/modules.conf"
    printf '%s\n' virtio_pci virtio_blk ext4 >>"$root/etc/initramfs-tools/modules"
    chroot "$root" update-initramfs -u
}

make_disk() {
    mv "$root"/boot/vmlinuz-* "$directory/kernel"
    mv "$root"/boot/initrd.img-* "$directory/initrd"
    mke2fs -q -t ext4 -E lazy_itable_init=0 -d "$root" "$directory/disk" 2G
    rm -rf "$root"
}

make_root
make_instance
make_quick
make_disk
