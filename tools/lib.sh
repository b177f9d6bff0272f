# shellcheck shell=bash
# Functions that the scripts beside this file share; to be sourced. It sets nothing and runs nothing by itself.

tools_dir=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

# install_packages PURPOSE...: whatever tools/packages lists for that and this machine lacks. Asks the network for
# nothing when all is there.
install_packages() {
    local missing
    missing=$(missing_packages "$@") || return 1
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086  # one word for each
    set -- $missing
    if [ "$(id -u)" != 0 ]; then
        packages_wanted 'not root, so nothing was installed' "$@"
        return 1
    fi
    echo "installing what is missing: $*" >&2
    start_clock "installing $# packages"
    if is_debian; then quietly install_debian "$@"; else quietly install_rhel "$@"; fi && stop_clock && return
    stop_clock
    packages_wanted 'could not be installed (is there a network?)' "$@"
    return 1
}

# quietly CMD...: what it prints is shown where it fails, its end.
quietly() {
    local log
    log=$(mktemp)
    if "$@" >"$log" 2>&1; then
        rm -f "$log"
    else
        tail -n 20 "$log" >&2
        rm -f "$log"
        return 1
    fi
}

# start_clock WORDS: on a terminal they stand there with the seconds that have passed, until stop_clock. It ends with the
# script, too.
start_clock() {
    clock=
    [ -t 2 ] || return 0
    (
        while kill -0 $$ 2>/dev/null; do
            printf '\r%s: %s s ' "$1" "$SECONDS" >&2
            sleep 1
        done
    ) &
    clock=$!
}

stop_clock() {
    [ -n "$clock" ] || return 0
    kill "$clock" 2>/dev/null || true
    wait "$clock" 2>/dev/null || true
    printf '\r\e[K' >&2
}

packages_wanted() {
    local why=$1
    shift
    printf '%s: these packages are missing: %s\n' "$why" "$*" >&2
}

is_debian() { [ -e /etc/debian_version ]; }

# packages_of COLUMN PURPOSE...: the names in the first (Debian) or second (RHEL) column.
packages_of() {
    awk -v column="$1" -v purposes=" ${*:2} " '!/^#/ && NF && index(purposes, " " $3 " ") { print $column }' \
        "$tools_dir/packages"
}

missing_packages() {
    if is_debian; then
        missing_debian "$@"
    elif command -v rpm >/dev/null; then
        missing_rhel "$@"
    else
        echo 'neither Debian nor RHEL: see tools/packages for what is needed' >&2
        return 1
    fi
}

missing_debian() {
    local wanted
    wanted=$(packages_of 1 "$@")
    # dpkg-query fails where it does not know one of them; what it prints about the others still counts.
    # shellcheck disable=SC2016,SC2086  # dpkg expands it; one word for each
    { dpkg-query --show --showformat='${db:Status-Status} ${binary:Package}\n' $wanted 2>/dev/null || :; } |
        awk -v wanted="$wanted" '
            $1 == "installed" { sub(/:.*/, "", $2); there[$2] }
            END { n = split(wanted, name); for (i = 1; i <= n; i++) if (!(name[i] in there)) print name[i] }'
}

missing_rhel() {
    local name
    for name in $(packages_of 2 "$@"); do
        rpm -q --quiet --whatprovides "$name" || echo "$name"
    done
}

install_debian() {
    case " $* " in *' network-manager '*) leave_stopped NetworkManager ;; esac
    case " $* " in *' openssh-server '*) leave_stopped ssh ;; esac
    case " $* " in *' cloud-init '*) leave_boot_alone ;; esac
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

# leave_stopped SERVICE: Debian starts and enables what it installs, and neither this machine's network nor who may log in on
# it is a test's business: the VPC's hosts start a NetworkManager and an sshd of their own, without a unit.
leave_stopped() {
    local unit=/etc/systemd/system/$1.service
    [ -e "$unit" ] || [ -e "/lib/systemd/system/$1.service" ] && return
    mkdir -p "${unit%/*}" && ln -s /dev/null "$unit"
    echo "$1 is installed but masked, so that it does not run on this machine: rm $unit undoes that"
}

# cloud-init is there to read a test's user data, and not for this machine's next boot: this file is its own switch.
leave_boot_alone() {
    mkdir -p /etc/cloud && : >/etc/cloud/cloud-init.disabled
    echo 'cloud-init is installed but disabled: rm /etc/cloud/cloud-init.disabled undoes that'
}

# Several are in EPEL, and some of its packages want the repository that RHEL 8 and later call CRB.
install_rhel() {
    local manager=yum release
    command -v dnf >/dev/null && manager=dnf
    release=$(rpm -E '%{rhel}')
    rpm -q --quiet epel-release || "$manager" install -y epel-release ||
        "$manager" install -y "https://dl.fedoraproject.org/pub/epel/epel-release-latest-$release.noarch.rpm" || return 1
    [ "$manager" = yum ] || dnf config-manager --set-enabled crb || dnf config-manager --set-enabled powertools || true
    "$manager" install -y "$@"
}

# build_project DIR [TARGET...]: made or brought up to date.
build_project() {
    [ -e "$1/build.ninja" ] || quietly meson setup "$1" || return 1
    quietly ninja -C "$@"
}

# build_with_progress DIR TARGET...: the same, and says how far it is. A new DIR is made for a build that is soon done: with
# neither optimization nor debug symbols, tests or warnings, and eight files at a time, which takes half of the time.
# (eni-routes-event has not all libraries that those eight files need: what it does not use of them has to go. Where files
# cannot be compiled together, as they have a name in common, they are compiled one by one.)
build_with_progress() {
    local dir=$1
    if [ ! -e "$dir/build.ninja" ]; then
        echo "configuring $dir"
        quietly meson setup "$dir" --buildtype=plain --unity=on --unity-size=8 -Dtests=scripts \
            -Dcpp_args='-O0 -w -ffunction-sections -fdata-sections' -Dcpp_link_args=-Wl,--gc-sections || return 1
        quietly ninja_with_progress "$@" 3>&1 && return
        quietly meson configure "$dir" --unity=off || return 1
    fi
    quietly ninja_with_progress "$@" 3>&1
}

# ninja_with_progress DIR TARGET...: says that on descriptor 3, and prints the rest.
ninja_with_progress() { NINJA_STATUS='%f %t ' ninja -C "$@" | show_progress; }

# show_progress: for ninja's "37 120 Compiling ...", a line that is rewritten; where there is no terminal, one for each quarter.
show_progress() {
    local finished total rest quarter shown=0
    while read -r finished total rest; do
        if ! [[ $finished =~ ^[0-9]+$ && $total =~ ^[1-9][0-9]*$ ]]; then
            echo "$finished $total $rest"
        elif [ -t 3 ]; then
            printf '\rbuilding %s of %s\e[K' "$finished" "$total" >&3
        elif quarter=$((4 * finished / total)) && [ "$quarter" -gt "$shown" ]; then
            shown=$quarter
            echo "building $finished of $total" >&3
        fi
    done
    [ ! -t 3 ] || printf '\r\e[K' >&3
}
