# shellcheck shell=bash
# A host for dnf, for tests that install packages: a root directory of its own, a repository of stubs beside ours, and a
# server for both; to be sourced after rpm_lib.sh. dnf's and rpm's own files are all in $root and $home, none is this machine's.

root=${scratch:?}/root
home=$scratch/home
arch=$(uname -m)

# ---- The stub repository -----------------------------------------------------------------------------------------------------

# In the place of EL's packages: of the programs and libraries that scriptlets call there are this machine's, of the rest
# nothing but names and versions. `libraries` provides the sonames that ours require here.

# place PACKAGE PROGRAM [AS]: this machine's program in that package, and the libraries that it needs in `libraries`.
place() {
    local path
    path=$(readlink -f "$(command -v "$2")")
    install -D "$path" "$scratch/tree/$1/${3:-usr/bin/$2}" && place_libraries "$path"
}

place_libraries() {
    local file
    for file in $(ldd "$@" | grep -o '/[^ :]*[^ :)]' | grep '\.so' | sort -u); do
        install -D "$file" "$scratch/tree/libraries$file"
    done
}

# sonames RPM...: as what is provided, a line each.
sonames() { rpm -qp --nosignature --requires "$@" | grep -E '\.so|^rtld' | sort -u; }

# stub NAME [EPOCH:]VERSION [LINE...]: in the spec; with the files of $scratch/tree/NAME, if there are any.
stub() {
    local name=$1 version=${2#*:} epoch=0 files=
    [[ $2 != *:* ]] || epoch=${2%%:*}
    shift 2
    mkdir -p "$scratch/tree/$name"
    (cd "$scratch/tree/$name" && find . -mindepth 1 \( -type d \( -path '*/eni-routes*' -o -path './etc/*' \) -printf '%%dir /%P\n' \) \
        -o ! -type d -printf '/%P\n') >"$scratch/files-$name"
    [ ! -s "$scratch/files-$name" ] || files="-f $scratch/files-$name"
    printf '%s\n' "%package -n $name" "Epoch: $epoch" "Version: $version" 'Release: 1' "Summary: A stub of $name" 'AutoReqProv: no' "$@" \
        "%description -n $name" 'Nothing.' "%files -n $name $files"
}

# build_stubs DIR: from the stubs that standard input has.
build_stubs() {
    {
        printf '%s\n' '%define _binary_payload w.ufdio' '%define debug_package %{nil}' '%define __os_install_post %{nil}' \
            '%define __arch_install_post %{nil}' 'Name: stubs' 'Version: 1' 'Release: 1' 'Summary: Stubs' 'License: none' \
            '%description' 'Nothing.' \
            '%install' "for tree in $scratch/tree/*; do cp -a \$tree/. %{buildroot}/; done"
        cat
    } >"$scratch/stubs.spec"
    rpmbuild --quiet --define "_topdir $scratch/rpmbuild" --define '_build_id_links none' -bb "$scratch/stubs.spec" &&
        mkdir -p "$1" && mv "$scratch"/rpmbuild/RPMS/*/*.rpm "$1/" && createrepo_c --quiet --no-database "$1"
}

# make_stub_repository: what EL 9 has that ours need; one NetworkManager that is too old; and a package with a file of ours.
make_stub_repository() {
    local program
    : "${packages:?}"
    mkdir -p "$scratch/unpacked" && rpm2cpio "$packages"/1/eni-routes-0*."$arch".rpm | (cd "$scratch/unpacked" && cpio -id --quiet)
    place_libraries "$scratch/unpacked/usr/sbin/eni-routes" "$scratch"/unpacked/usr/libexec/*
    for program in chmod rm timeout; do place coreutils "$program"; done
    for program in systemctl systemd-tmpfiles systemd-detect-virt; do place systemd "$program"; done
    place bash dash bin/sh
    mkdir -p "$scratch"/tree/{NetworkManager/etc/NetworkManager,iproute/etc/iproute2,squatter/usr/sbin} \
        "$scratch/tree/NetworkManager/etc/systemd/system/multi-user.target.wants"
    # Where it is the last, systemctl removes the directory with a link.
    ln -s /usr/lib/systemd/system/NetworkManager.service "$scratch/tree/NetworkManager/etc/systemd/system/multi-user.target.wants/"
    echo '255 local' >"$scratch/tree/iproute/etc/iproute2/rt_tables"
    echo 'not ours' >"$scratch/tree/squatter/usr/sbin/eni-routes"
    {
        stub libraries 1 "$(sonames "$packages"/1/*."$arch".rpm | sed 's/^/Provides: /')"
        stub bash 5.1.8 'Provides: /bin/sh' 'Requires: libraries'
        stub coreutils 8.32 'Requires: libraries'
        stub systemd 252 'Requires: libraries'
        stub iproute 6.1.0
        stub diffutils 3.7
        stub NetworkManager 1:1.42.2
        stub NetworkManager-dispatcher-routing-rules 1:1.42.2 'Requires: NetworkManager = 1:1.42.2'
        stub squatter 1
    } | build_stubs "$1" && rm -rf "$scratch/tree" && stub NetworkManager 1:1.8.0 | build_stubs "$1"
}

# ---- The host ----------------------------------------------------------------------------------------------------------------

# end_agents: gpgme begins one for each repository whose metadata dnf verifies, and they would outlive it.
end_agents() { find "$root" -type d -name pubring -exec gpgconf --homedir {} --kill gpg-agent \; 2>/dev/null; }

# new_root ADDRESS REPO-FILE: empty, but for what an administrator has configured: the stubs' address, and our .repo file.
new_root() {
    end_agents
    rm -rf "$root"
    mkdir -p "$root"/etc/yum.repos.d "$root/dev" "$home"
    mknod -m 666 "$root/dev/null" c 1 3
    # Debian's rpm has its database in the home of who runs it, which is none of EL's places.
    echo '%_dbpath /var/lib/rpm' >"$home/.rpmmacros"
    printf '[main]\nclean_requirements_on_remove=True\nbest=True\ninstall_weak_deps=False\n' >"$home/dnf.conf"
    printf '[el]\nname=el\nbaseurl=%s\ngpgcheck=0\n' "$1" >"$root/etc/yum.repos.d/el.repo"
    cp "$2" "$root/etc/yum.repos.d/eni-routes.repo"
}

in_home() { HOME=$home "$@"; }

# with_proc CMD...: with /proc in the root, and a process 1 that is outside of it. (This machine's may be out of reach.)
with_proc() {
    mkdir -p "$root/proc"
    unshare --pid --mount --fork --kill-child sh -c 'mount -t proc proc "$0" && exec "$@"' "$root/proc" "$@"
}

# in_dnf ARG...: by way of $around, where that is set; what dnf prints goes to $DNF_LOG as well, where that is set. With --refresh,
# as with metadata_expire=0 it takes metadata of the same second for new.
in_dnf() {
    local status=0
    in_home "${around:-env}" timeout 60 dnf --config "$home/dnf.conf" --installroot "$root" --releasever 9 --noplugins --refresh \
        --assumeyes "$@" \
        >"$scratch/dnf" 2>&1 || status=$?
    cat "$scratch/dnf"
    [ -z "${DNF_LOG-}" ] || { echo "# dnf $*" && cat "$scratch/dnf" && echo "# exit status $status"; } >>"$DNF_LOG"
    return "$status"
}

# refuses PATTERN ARG...: dnf does not do it, and that is why.
refuses() {
    local pattern=$1
    shift
    ! in_dnf "$@" && grep -qE -- "$pattern" "$scratch/dnf"
}

# prints_too PATTERN ARG...: dnf does it, and prints that.
prints_too() {
    local pattern=$1
    shift
    in_dnf "$@" && grep -qE -- "$pattern" "$scratch/dnf"
}

# installed: the packages of ours that there are, a line each.
installed() { in_home rpm --root "$root" -qa 'eni-routes*' | sort; }

# etc: all of it with modes, owners and contents, but for the repositories' addresses.
etc() { (cd "$root/etc" && find . -path ./yum.repos.d -prune -o -printf '%M %u:%g %p %l\n' -type f -exec sha256sum {} \; | LC_ALL=C sort); }

# ---- The server --------------------------------------------------------------------------------------------------------------

# serve DIR PORT: by HTTP, on loopback; sets `server`. It answers when this returns.
serve() {
    local end=$((SECONDS + 10))
    /usr/bin/python3 -m http.server --bind 127.0.0.1 --directory "$1" "$2" >"$scratch/server.log" 2>&1 &
    server=$!
    until (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null; do
        if [ "$SECONDS" -ge "$end" ] || ! kill -0 "$server"; then cat "$scratch/server.log" && return 1; fi
        sleep 0.05
    done
}

stop_server() {
    [ -n "${server-}" ] || return 0
    kill "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    server=
}
