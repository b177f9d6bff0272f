# shellcheck shell=bash
# How this tree is compiled in the root of another Debian (compiler.sh); to be sourced, in namespaces of its own. Nothing of
# the tree may be written.

# enter ROOT BUILD: from now on the tree is /source there. A build directory of another tree goes: the times of this one's
# files say nothing about it.
enter() {
    local tree
    root=$1
    tree=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sysfs "$root/sys"
    mount --bind "$tree" "$root/source"
    mount -o remount,bind,ro "$root/source"
    [ "$(cat "$root/$2.tree" 2>/dev/null)" = "$tree" ] || rm -rf "${root:?}/$2"
    echo "$tree" >"$root/$2.tree"
}

in_root() { chroot "$root" env -i LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
