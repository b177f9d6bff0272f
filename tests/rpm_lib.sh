# shellcheck shell=bash
# The packages that the tests of the RPM share; to be sourced. They are built once for a state of the tree, below the
# build directory, in two releases of which the second has another config.yaml: for upgrades. It installs none.

# make_packages BUILDDIR: sets `packages` from the tree at $source_dir; $packages/1 and $packages/2 hold the two releases.
make_packages() {
    : "${source_dir:?}"
    packages=$1/packages
    mkdir -p "$packages"
    (
        flock 9
        key=$(state_of_tree)
        [ "$(cat "$packages/key" 2>/dev/null)" != "$key" ] || exit 0
        rm -rf "$packages/key" "$packages/1" "$packages/2"
        build_release 1 && echo '# The second release says more.' >>"$packages"/work/BUILD/*/data/config.yaml &&
            build_release 2 --reuse && echo "$key" >"$packages/key"
    ) 9>"$packages/lock"
}

build_release() {
    "$source_dir/tools/rpm" --target el9 --uncommitted --quick --release "$@" "$packages" >&2 || return 1
    mkdir "$packages/$1" && mv "$packages"/*.rpm "$packages/built-with" "$packages/$1/"
}

# What is committed and what is not; in an unpacked archive, whatever there is. Of the tests nothing is in a package.
state_of_tree() {
    cd "$source_dir" || return 1
    { git -c safe.directory="$source_dir" ls-files -co --exclude-standard -z 2>/dev/null ||
        find . -name 'build*' -prune -o -type f -print0; } | grep -zv '^\(./\)\?tests/' | sort -z | xargs -0 sha256sum 2>/dev/null | sha256sum
}

# make_stand_in DIR RPM...: an empty package that provides what these require and no RPM here provides, libraries and
# all: this machine has it, but not as packages of EL's names. Prints its path.
make_stand_in() {
    local dir=$1
    shift
    mkdir -p "$dir"
    {
        printf '%s\n' 'Name: stand-in' 'Version: 1' 'Release: 1' 'Summary: What EL has' 'License: none' \
            'BuildArch: noarch'
        rpm -qp --requires "$@" | grep -Ev '^(rpmlib|config)\(|^eni-routes' | sed 's/ >= / = /; s/^/Provides: /' | sort -u
        printf '%s\n' '%description' 'Nothing.' '%files'
    } >"$dir/stand-in.spec"
    rpmbuild --quiet --define "_topdir $dir" -bb "$dir/stand-in.spec" >&2 && echo "$dir/RPMS/noarch/stand-in-1-1.noarch.rpm"
}
