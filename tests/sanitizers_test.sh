#!/bin/bash
# The unit tests and the fuzz targets, compiled with AddressSanitizer and UBSan, in a build directory of their own. A finding
# ends the program that has it. Without clang there is no libFuzzer: then the targets take their corpus alone.
# usage: sanitizers_test.sh BUILDDIR    (BUILDDIR/fuzz.txt: how many inputs were tried)
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
needs_root
seconds=8 # for each target
build=$(readlink -f "$1")
sanitized=$build/sanitizers

# Not with what the environment has for the other build directories; without debug information, which takes as long again,
# and eight files of a room at a time, which takes half of the time of one by one.
compile() {
    local c=gcc cxx=g++
    if command -v clang++; then c=clang cxx=clang++; fi
    [ -e "$sanitized/build.ninja" ] || env -u CFLAGS -u CXXFLAGS -u LDFLAGS CC="$c" CXX="$cxx" \
        meson setup "$sanitized" "$source_dir" -Dsanitize=true --buildtype=plain -Doptimization=0 --unity=on --unity-size=8 || return 1
    ninja -C "$sanitized" unit-tests fuzz-targets
}
check 'it compiles' compile

tests() { meson test -C "$sanitized" --no-rebuild --print-errorlogs --timeout-multiplier 5 "$@"; }
check 'the unit tests' tests --suite unit
check 'the fuzz targets with their corpus' tests fuzz_corpus

# fuzz TARGET: the same inputs each time, as many as there is time for. One that breaks it is printed, in base 64.
fuzz() {
    FUZZ_FOUND=$scratch/found "$source_dir/tests/fuzz/run" "$1" "$seconds" "$sanitized" -seed=1 -print_final_stats=1 >"$scratch/fuzz" 2>&1
    local status=$? executions
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$scratch/fuzz")
    echo "$1 ${executions:-0} $status" >>"$scratch/executions"
    [ "$status" = 0 ] || tail -n 60 "$scratch/fuzz"
    return "$status"
}
if command -v clang++ >/dev/null; then
    for corpus in "$source_dir"/tests/fuzz/corpus/*/; do
        target=$(basename "$corpus")
        check "the fuzz target $target" fuzz "$target"
    done
    sed 's/^\([^ ]*\) \([^ ]*\) .*/# \1: \2 executions/' "$scratch/executions"
    awk '{ executions += $2; crashes += $3 != 0 } END { printf "fuzz executions %d, crashes %d\n", executions, crashes }' \
        "$scratch/executions" >"$build/fuzz.txt"
    sed 's/^/# /' "$build/fuzz.txt"
fi
done_testing
