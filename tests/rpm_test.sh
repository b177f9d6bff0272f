#!/bin/bash
# The packages, without a host: what the spec says for each target, rpmlint, and rpm in a root directory of its own.
# Nothing is installed on this machine. What happens where NetworkManager runs is vpc_rpm.sh's.
# usage: rpm_test.sh BUILDDIR
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"
# shellcheck source=tests/rpm_lib.sh
. "$source_dir/tests/rpm_lib.sh"

if [ "$(id -u)" != 0 ]; then
    echo '1..0 # SKIP needs root: rpm --root changes its root directory'
    exit 0
fi
make_packages "$1" || { echo 'Bail out! the packages could not be built'; exit 1; }

# said TARGET: the spec as rpm reads it, one fact a line, sorted.
said() {
    "$source_dir/tools/rpm" --target "$1" --evaluate | awk '
        BEGIN { package = "eni-routes" }
        /^%(description|prep|files|changelog)/ { package = "eni-routes"; in_files = 0 }
        /^%(package|files) hotplug/ { package = "eni-routes-hotplug" }
        /^(Build)?Requires[^ ]*:/ { kind = $1; sub(/:$/, "", kind); $1 = ""; print package, kind $0 }
        /^%files/ { in_files = 1; next }
        in_files && NF { print package, "file", $0 }
        /^\. \/opt/ { print "builds with", $2 }
        match($0, /-Ddispatcher_dir=.*/) { print "builds with", substr($0, RSTART) }' | LC_ALL=C sort
}
expected() { grep -v '^#' "$source_dir/tests/rpm/$1.expected"; }
says() { differ "$(expected "$1")" "$(said "$1")"; }
for target in el7 el8 el9 el10 fc; do
    check "the spec for $target asks for, builds and holds what it should" says "$target"
done
tested() { "$source_dir/tools/rpm" --target "$1" --evaluate | grep -A1 -Fx %check | grep -q 'meson test .*--suite offline'; }
check 'it runs tests where it is built' tested el7
check 'with GoogleTest as well' tested el9

# rpmlint's errors and warnings, but for those that rpmlintrc gives a reason for.
faultless() {
    rpmlint -r "$source_dir/rpm/rpmlintrc" "$packages"/1/*.rpm "$source_dir/rpm/eni-routes.spec" >"$scratch/lint" 2>&1
    cat "$scratch/lint"
    ! grep -E ': [EW]: ' "$scratch/lint"
}
check 'rpmlint finds nothing' faultless

# Scriptlets are shell, of the plainest sort: comments and all, as rpm will run them.
plain_scriptlets() {
    local rpm kind
    for rpm in "$packages"/1/*."$(uname -m)".rpm "$packages"/1/*.noarch.rpm; do
        for kind in prein postin preun postun; do
            rpm -qp --qf "[%{$kind}]\n" "$rpm" 2>/dev/null | sed 's/^(none)$//' >"$scratch/scriptlet"
            dash -n "$scratch/scriptlet" && shellcheck -s sh -e SC2086,SC2154,SC2317 "$scratch/scriptlet" || return
        done
    done
}
check 'the scriptlets are plain shell' plain_scriptlets
# The line that ends in a quote is what %post prints for the administrator.
enables_nobody_else() {
    ! rpm -qp --scripts "$packages"/1/*."$(uname -m)".rpm "$packages"/1/*.noarch.rpm |
        grep -E 'systemctl .*(enable|preset|start)' |
        grep -Ev "eni-routes|^ *systemctl enable --now NetworkManager-dispatcher.service'$"
}
check "and enable nobody else's unit" enables_nobody_else

# A root directory with a shell, and nothing else that a scriptlet might hope for.
root=$scratch/root
put_program() {
    local file
    for file in "$(command -v "$1")" $(ldd "$(command -v "$1")" | grep -o '/[^ ]*'); do
        mkdir -p "$root$(dirname "$file")"
        cp -L "$file" "$root$file"
    done
}
mkdir -p "$root/etc" "$root/bin" "$root/var/lib"
put_program dash
cp "$root$(command -v dash)" "$root/bin/sh"
echo 'a line of the user'\''s' >"$root/etc/fstab"
in_root() { rpm --root "$root" --dbpath /var/lib/rpm "$@" 2>&1 | grep -v '^rpm: '; return "${PIPESTATUS[0]}"; }
install() { in_root --nodeps "$1" "$packages/$2"/*."$(uname -m)".rpm "$packages/$2"/*.noarch.rpm; }
contents() { (cd "$root/etc" && find . -printf '%M %u:%g %p\n' -type f -exec sha256sum {} \; | sort); }
owned() {
    in_root -ql eni-routes eni-routes-hotplug | grep -v build-id | while read -r path; do
        [ ! -e "$root$path" ] || (cd "$root" && find ".$path" -prune -printf '%M %u:%g %p\n' | sed 's|\./|/|')
    done | LC_ALL=C sort -k3
}
before=$(contents)
check 'rpm -i in a chroot without systemd, NetworkManager or coreutils' install -i 1
check 'every file, mode and owner is as it should be' unchanged "$(expected installed | LC_ALL=C sort -k3)" owned
check 'systemd would enable the watch' prints 'eni-routes-watch.service.*enabled' \
    systemctl --root="$root" list-unit-files eni-routes-watch.service eni-routes-refresh.timer
check 'preset' systemctl --root="$root" preset eni-routes-watch.service eni-routes-refresh.timer
check 'enables the watch' test -L "$root/etc/systemd/system/multi-user.target.wants/eni-routes-watch.service"
check 'and not the timer' fails test -e "$root/etc/systemd/system/timers.target.wants"
rm -r "$root/etc/systemd"

echo 'files: none' >>"$root/etc/eni-routes/config.yaml"
config=$(cat "$root/etc/eni-routes/config.yaml")
check 'rpm -U' install -U 2
check 'keeps a changed configuration' unchanged "$config" cat "$root/etc/eni-routes/config.yaml"
check 'with the new one beside it' grep -q 'second release' "$root/etc/eni-routes/config.yaml.rpmnew"
mv "$root/etc/eni-routes/config.yaml.rpmnew" "$root/etc/eni-routes/config.yaml"
echo '*' >"$root/etc/eni-routes/disabled"
check 'rpm -e' in_root -e eni-routes-hotplug eni-routes
check '/etc is as it was before' unchanged "$before" contents
done_testing
