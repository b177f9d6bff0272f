#!/bin/bash
# What is younger or older than this machine: the sources compile there, and the tests that a package's build runs pass.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"

needs_root
command -v apt-get >/dev/null || { echo '1..0 # SKIP no apt, which knows a mirror of Debian'; exit 0; }
for suite in bullseye trixie; do
    check "$suite: it compiles, and the tests pass" "$source_dir/tools/generations" "$suite"
    sed -n 's/^/# /; $p' "$scratch/seen"
done
done_testing
