#!/bin/bash
# The repository that tools/rpm makes, with the real dnf, in a root directory of its own beside stubs of EL's packages: install,
# upgrade, undo, downgrade and remove, from a directory and by HTTP; and whatever is unsigned or tampered with is refused. In
# namespaces of its own; on this machine it installs nothing, and it uses no key of anyone's.
# usage: dnf_repository_test.sh BUILDDIR
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
needs_namespaces "$@"
build=$(readlink -f "$1")
# shellcheck source=tests/rpm_lib.sh
. "$source_dir/tests/rpm_lib.sh"
# shellcheck source=tests/dnf_lib.sh
. "$source_dir/tests/dnf_lib.sh"

# gpg's agents, of which dnf begins some, have their sockets in /run/user.
mount -t tmpfs -o mode=755 tmpfs /run && mkdir -p "/run/user/$UID" || exit 1
export GNUPGHOME=$scratch/gnupg
finish() {
    stop_server
    end_agents
    gpgconf --kill gpg-agent
    rm -rf "$scratch"
}
trap finish EXIT

make_packages "$build" || { echo 'Bail out! the packages could not be built'; exit 1; }
www=$scratch/www
signed=$www/signed
mkdir -p "$www"
mkdir -m 700 "$GNUPGHOME"
for name in ours other; do
    gpg --batch --quiet --passphrase '' --quick-generate-key "$name@localhost" rsa2048 sign never 2>/dev/null
done
{ make_stub_repository "$www/el" && ip link set lo up && serve "$www" 8000; } >"$scratch/made" 2>&1 ||
    { cat "$scratch/made" && echo 'Bail out! there is no stub repository' && exit 1; }
address=http://127.0.0.1:8000

# publish REPOSITORY DIR [OPTION...]: the packages of DIR.
publish() { "$source_dir/tools/rpm" --repo "$1" --built "${@:3}" "$2"; }
publish_signed() { publish "$signed" "$packages/$1" --sign ours@localhost --url "$address/signed"; }

# ---- What tools/rpm makes --------------------------------------------------------------------------------------------------

# contents DIR: what clients may have in their caches.
contents() { (cd "$1" && find . -name '*.rpm' -exec sha256sum {} + | sort -k2); }
summed() {
    (cd "$1" && gpg --verify SHA256SUMS.asc SHA256SUMS && sha256sum --check --quiet SHA256SUMS) || return
    differ "$(cd "$1" && find . -type f ! -name 'SHA256SUMS*' -printf '%P\n' | LC_ALL=C sort)" "$(sed 's/^[0-9a-f]*  //' "$1/SHA256SUMS")"
}
# refused PATTERN ARG...: publish does not, for that reason, and the repository that is its first argument stays as it is.
refused() {
    local pattern=$1 before
    shift
    before=$(find "$1" -type f -exec sha256sum {} + | sort)
    ! publish "$@" >"$scratch/refused" 2>&1 || return
    cat "$scratch/refused"
    grep -q -e "$pattern" "$scratch/refused" || return
    differ "$before" "$(find "$1" -type f -exec sha256sum {} + | sort)"
}

check 'tools/rpm makes a signed repository' publish_signed 1
check 'SHA256SUMS is signed, right, and of every file' summed "$signed"
published=$(contents "$signed")
check 'once more' publish_signed 1
check 'it changes no package' differ "$published" "$(contents "$signed")"
check 'whose .repo file says what is checked' differ "[eni-routes]
name=eni-routes
baseurl=$address/signed
enabled=1
gpgcheck=1
repo_gpgcheck=1
gpgkey=$address/signed/RPM-GPG-KEY-eni-routes" "$(cat "$signed/eni-routes.repo")"

mkdir "$scratch/other-build"
cp "$packages"/2/eni-routes-0*.src.rpm "$scratch/other-build/$(basename "$packages"/1/eni-routes-0*.src.rpm)"
check 'it refuses another build of a number that is published' \
    refused 'is another build. A new one takes a new number: --release N' "$signed" "$scratch/other-build" --sign ours@localhost
check 'to sign half of a repository' refused 'was published in .* without this key' "$signed" "$packages/2" --sign other@localhost
check 'or none of it' refused 'is a signed repository: --sign KEY' "$signed" "$packages/2"
check 'and a key that it does not have' refused "gpg has no secret key 'missing@localhost'" "$signed" "$packages/2" --sign missing@localhost

check 'without a key it makes one that is not signed' publish "$www/unsigned" "$packages/1"
check 'and says so in the .repo file' differ "[eni-routes]
name=eni-routes
baseurl=file://$www/unsigned
enabled=1
gpgcheck=0
repo_gpgcheck=0" "$(cat "$www/unsigned/eni-routes.repo")"
check 'which is not signed later' refused 'was published in .* without this key' "$www/unsigned" "$packages/1" --sign ours@localhost

# The bill of materials, by its relationships: "KIND A B", each package by its name and version.
bill() {
    /usr/bin/python3 -Ic 'import json, sys
bill = json.load(open(sys.argv[1]))
assert bill["spdxVersion"] == "SPDX-2.3" and bill["dataLicense"] == "CC0-1.0"
name = {package["SPDXID"]: package["name"] for package in bill["packages"]}
assert len(name) == len(bill["packages"])
name["SPDXRef-DOCUMENT"] = "this"
for package in bill["packages"]:
    for digest in package.get("checksums", []):
        print("SHA256", package["packageFileName"], digest["checksumValue"])
for one in bill["relationships"]:
    print(one["relationshipType"], name[one["spdxElementId"]], name[one["relatedSpdxElement"]])' "$1" | LC_ALL=C sort
}
bill=$(bill "$signed"/eni-routes-*.spdx.json)
check 'the bill of materials has the digest of each package' differ \
    "$(cd "$signed" && sha256sum ./*.rpm | sed 's|^\(.*\)  ./\(.*\)|SHA256 \2 \1|')" "$(grep '^SHA256' <<<"$bill")"
check 'what is compiled in' differ 'STATIC_LINK eni-routes g++
STATIC_LINK eni-routes nlohmann-json3-dev' "$(grep '^STATIC' <<<"$bill")"
check 'the libraries' grep -qx 'DYNAMIC_LINK eni-routes libnm.so.0' <<<"$bill"
check 'what is required' differ 'DEPENDS_ON eni-routes /bin/sh
DEPENDS_ON eni-routes NetworkManager
DEPENDS_ON eni-routes NetworkManager-dispatcher-routing-rules
DEPENDS_ON eni-routes coreutils
DEPENDS_ON eni-routes diffutils
DEPENDS_ON eni-routes rtld(GNU_HASH)
DEPENDS_ON eni-routes systemd
DEPENDS_ON eni-routes-hotplug /bin/sh
DEPENDS_ON eni-routes-hotplug eni-routes
DEPENDS_ON eni-routes-hotplug systemd' "$(grep '^DEPENDS' <<<"$bill")"

# ---- A package's life, from a directory ------------------------------------------------------------------------------------

host_packages='NetworkManager iproute systemd bash coreutils diffutils'
# release N: both packages are of that release, rpm finds each file as it was packaged (but for the configuration), and the
# program runs.
release() {
    differ "eni-routes-0.1.0-$1.el9.$arch
eni-routes-hotplug-0.1.0-$1.el9.noarch" "$(installed)" &&
        differ '' "$(in_home rpm --root "$root" -V eni-routes eni-routes-hotplug | grep -v ' c /etc/eni-routes/config.yaml')" &&
        chroot "$root" /usr/sbin/eni-routes --version
}
watch_is_enabled() { test -L "$root/etc/systemd/system/multi-user.target.wants/eni-routes-watch.service"; }
none_installed() { differ '' "$(installed)"; }
config=$root/etc/eni-routes/config.yaml

sed "s|$address|file://$www|" "$signed/eni-routes.repo" >"$scratch/directory.repo"
new_root "file://$www/el" "$scratch/directory.repo"
check 'an old NetworkManager' in_dnf --disablerepo=eni-routes install NetworkManager-1.8.0
check 'is not enough' refuses 'requires NetworkManager >= 1:1.10, but none' install --exclude='NetworkManager-1:1.42*' eni-routes
# shellcheck disable=SC2086  # words
check 'a host' in_dnf install $host_packages
before=$(etc)
check 'dnf install eni-routes brings what it requires' prints_too '^Install  2 Packages' install eni-routes
check 'and enables the watch' watch_is_enabled
check 'dnf install eni-routes-hotplug' in_dnf install eni-routes-hotplug
check 'the first release is there' release 1
check 'a package with a file of ours is refused' \
    refuses 'file /usr/sbin/eni-routes from install of squatter.* conflicts with file from package eni-routes' install squatter
check 'nothing is newer' prints_too 'Nothing to do' upgrade

check 'the second release is added to the repository' publish_signed 2
check 'beside the first, which is as it was' differ "$published" "$(contents "$signed" | grep -v -e '-0.1.0-2\.el9')"
echo 'files: none' >>"$config"
mine=$(cat "$config")
check 'dnf upgrade takes both packages' prints_too '^Upgrade  2 Packages' upgrade
check 'the second release is there' release 2
check 'a changed configuration is kept' differ "$mine" "$(cat "$config")"
check 'with the new one beside it' grep -q 'second release' "$config.rpmnew"
rm "$config.rpmnew"
check 'dnf history undo takes it back' prints_too '^Downgrade  2 Packages' history undo last
check 'the first is there again' release 1
check 'with the same configuration' differ "$mine" "$(cat "$config")"
check 'and the watch enabled' watch_is_enabled
check 'dnf upgrade, once more' in_dnf upgrade
check 'dnf downgrade eni-routes takes the other package along' prints_too '^Downgrade  2 Packages' downgrade eni-routes
check 'the first is there once more' release 1

# The kernel's rules are those of the system around, to which this root is a chroot. Without /proc no program could read them.
ip rule add priority 20000 lookup main suppress_prefixlength 1 suppress_ifgroup 10000
around=with_proc
check 'dnf remove removes what depends on it, and what came with it' prints_too '^Remove  3 Packages' remove eni-routes
around=
check 'the rules of the system around stay' test -n "$(ip rule list priority 20000)"
check 'it says nothing else' fails grep -q '^eni-routes: ' "$scratch/dnf"
check 'the changed configuration is kept aside' differ "$mine" "$(cat "$config.rpmsave")"
rm -f "$root"/etc/eni-routes/config.yaml.rpm* && rmdir "$root/etc/eni-routes"
check 'and /etc is as it was' differ "$before" "$(etc)"

check 'dnf history undo installs it again' prints_too '^Install  3 Packages' history undo last
check 'of the first release' release 1
check 'dnf history undo of that removes it' prints_too '^Remove  3 Packages' history undo last
check 'which says nothing else, without /proc' fails grep -q '^eni-routes: ' "$scratch/dnf"
check 'and leaves nothing in /etc' differ "$before" "$(etc)"
check 'nor anywhere else' differ '' "$(find "$root" -path "$root/var/cache" -prune -o -path "$root/var/log" -prune -o -name '*eni-routes*' -print |
    grep -v '/yum.repos.d/\|/var/lib/dnf/')"

# ---- By HTTP -----------------------------------------------------------------------------------------------------------------

new_root "$address/el" "$signed/eni-routes.repo"
# shellcheck disable=SC2086  # words
check 'a host, by HTTP' in_dnf install $host_packages
before=$(etc)
check 'dnf install eni-routes-hotplug brings eni-routes' prints_too '^Install  3 Packages' install eni-routes-hotplug-0.1.0-1.el9
check 'the first release is there' release 1
check 'dnf upgrade' in_dnf upgrade
check 'the second is there' release 2
check 'with its configuration' grep -q 'second release' "$config"
check 'dnf remove' in_dnf remove eni-routes
check '/etc is as it was' differ "$before" "$(etc)"
check 'the source package is found' prints_too '^eni-routes-0.1.0-2.el9.src$' \
    repoquery --queryformat '%{name}-%{evr}.%{arch}' --available --disablerepo=el eni-routes

# ---- What is refused ---------------------------------------------------------------------------------------------------------

# forged NAME: a copy of the repository, in $www/NAME, which the host now uses; its .repo file and key are the right ones.
forged() {
    forged=$www/$1
    cp -a "$signed" "$forged"
    end_agents
    rm -rf "$root/var/cache/dnf"
    sed "s|^baseurl=.*|baseurl=$address/$1|" "$signed/eni-routes.repo" >"$root/etc/yum.repos.d/eni-routes.repo"
}
# index [KEY]: the metadata of what is there, signed by that key or still with the old signature.
index() {
    local old=$forged/repodata/repomd.xml.asc
    cp "$old" "$scratch/old.asc"
    createrepo_c --quiet --no-database "$forged"
    cp "$scratch/old.asc" "$old"
    [ -z "${1-}" ] || gpg --batch --yes --quiet --local-user "$1" --armor --output "$old" --detach-sign "${old%.asc}"
}
# alter FILE: a byte in its last tenth, which is in the payload.
alter() {
    local letter
    for letter in U V; do
        printf '%s' "$letter" | dd of="$1" bs=1 seek="$(($(stat -c %s "$1") * 9 / 10))" conv=notrunc status=none
        cmp -s "$1" "$signed/${1##*/}" || return 0
    done
}
# refuses_it NAME PATTERN: nothing of ours is installed from there.
refuses_it() {
    check "$1" refuses "$2" install eni-routes
    check 'and nothing is installed' none_installed
    check 'nor changed in /etc' differ "$before" "$(etc)"
}
newest=eni-routes-0.1.0-2.el9.$arch.rpm

forged altered
alter "$forged/$newest"
refuses_it 'dnf refuses a package with an altered byte' 'checksum doesn.t match|incorrect checksum'
forged altered-index
alter "$forged/$newest"
index
refuses_it 'and with metadata to match, as their signature does not' 'repomd.xml GPG signature verification error: Bad GPG signature'
forged unsigned-index
index
rm "$forged/repodata/repomd.xml.asc"
refuses_it 'metadata without a signature' 'Status code: 404 for .*/repomd.xml.asc'
forged other-index
index other@localhost
refuses_it 'metadata that are signed with another key' 'repomd.xml GPG signature verification error'
forged altered-package
alter "$forged/$newest"
index ours@localhost
refuses_it 'an altered package, whatever the metadata' 'GPG check FAILED|Payload SHA256.* BAD|digest.*mismatch'
forged unsigned-package
cp "$packages/2/$newest" "$forged/"
index ours@localhost
refuses_it 'an unsigned package' "Package $newest is not signed|Package ${newest%.rpm} is not signed"
forged other-package
cp "$packages/2/$newest" "$forged/"
rpmsign --define "__gpg $(command -v gpg)" --define '_gpg_name other@localhost' --addsign "$forged/$newest" >"$scratch/rpmsign" 2>&1 ||
    cat "$scratch/rpmsign"
index ours@localhost
refuses_it 'a package that is signed with another key' 'GPG keys listed .* are not correct for this package'
forged right
check 'what it takes is the repository as it is' in_dnf install eni-routes
check 'and it is there' differ "${newest%.rpm}" "$(installed)"
done_testing
