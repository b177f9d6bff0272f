# shellcheck shell=bash
# What the scripts beside this file share; to be sourced.

# make_debian SUITE ROOT PACKAGE...: a minimal Debian with these packages in ROOT, from the mirror that this machine's own
# apt uses. (debootstrap by itself does not see through every dependency.)
make_debian() {
    local suite=$1 root=$2 mirror
    shift 2
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' 'Component: main' | sed q)
    [ -n "$mirror" ] || { echo 'apt knows no Debian mirror: see apt-get indextargets' >&2 && return 1; }
    debootstrap --variant=minbase "$suite" "$root" "$mirror"
    mount -t proc proc "$root/proc"
    chroot "$root" apt-get update
    DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y --no-install-recommends \
        -o Dpkg::Options::=--force-unsafe-io "$@"
    umount "$root/proc"
    rm -rf "$root"/var/{cache/apt,lib/apt/lists}/*
}
