#!/bin/bash
# What `meson install` installs: which files, how they may be used, and that the scripts among them run in the plainest
# shell that there is. It installs into a directory of its own.
# usage: installed_test.sh BUILDDIR hotplug|no-hotplug
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
installed=$scratch/installed

expected() {
    sed -n "/^#/d; s/ hotplug$/ $1/; / no-hotplug$/d; s/ hotplug$//; p" "$source_dir/tests/installed.expected" | sort -k2
}
listed() { (cd "$installed" && find . ! -type d -printf '%M %p\n' | sed 's|\./|/|' | sort -k2); }
DESTDIR=$installed check 'meson install' meson install -C "$1" --no-rebuild --quiet
check 'installs what it should, with the modes that it should have' differ "$(expected "$2")" "$(listed)"

# Each script in turn, which are the hooks: run by the program, and nothing that dash does not know where sh runs them.
scripts() { grep -rlI '^#!' "$installed" | sort; }
is_plain() { [ "$(head -n 1 "$1")" = '#!/usr/libexec/eni-routes-event' ] && dash -n "$1" && shellcheck -s sh "$1"; }
all_plain() {
    local script
    while read -r script; do is_plain "$script" || { echo "$script"; return 1; }; done < <(scripts)
}
check 'there are scripts' test "$(scripts | wc -l)" = 2
check 'they name the program, and are plain shell' all_plain
no_python() { ! find "$installed" -name '*.py' | grep . && ! grep -rlI '^#!.*python' "$installed"; }
check 'there is no python' no_python
done_testing
