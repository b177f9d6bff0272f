# shellcheck shell=bash
# What tools/vm and tools/generations share: where the Debians that they make are kept, and namespaces to work on them; to
# be sourced. It must not leave a half-made one behind.

directory=${VM_DIR:-/var/tmp/eni-routes-vm}
parts=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
child='' locked=no

# Says what is wrong, and ends.
fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# attend CMD...: an interrupt need not wait until it ends, but ends it.
attend() {
    local status=0
    "$@" </dev/null &
    child=$!
    wait "$child" || status=$?
    child=''
    return "$status"
}

# For a trap on EXIT.
end_attended() {
    [ -z "$child" ] || kill -KILL "$child" 2>/dev/null || true # it may have ended
    [ "$locked" = no ] || rm -rf "$directory"/images/*.new
}

# isolated LOG SCRIPT ARGUMENT...: what it mounts or starts ends with it.
isolated() {
    local log=$1 script=$2
    shift 2
    attend unshare --mount --pid --propagation private --fork --kill-child \
        bash "$parts/$script" "$@" >"$log" 2>&1 && return
    tail -n 20 "$log" >&2
    fail "$script failed (its log: $log)"
}

# What is kept for the next run is made by one at a time.
lock_images() {
    mkdir -p "$directory/images"
    exec 8>"$directory/images/lock"
    attend flock 8
    locked=yes
}

unlock_images() {
    locked=no
    exec 8>&-
}

# compiler_of SUITE: the root of that Debian in which this tree is compiled, by what it is made from.
compiler_of() {
    local sum
    sum=$({ packages_of 1 build && cat "$parts/compiler.sh" "$parts/debian.sh"; } | sha256sum | cut -c1-12)
    echo "$directory/images/compiler-$1-$sum"
}

# ensure_compiler SUITE: it is made where it is not there.
ensure_compiler() {
    local root
    root=$(compiler_of "$1")
    lock_images
    if [ ! -e "$root" ]; then
        echo "making a Debian $1 to compile in" >&2
        isolated "$root.log" compiler.sh "$1" "$root"
    fi
    unlock_images
}
