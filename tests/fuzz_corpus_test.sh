#!/bin/bash
# Each fuzz target takes each input of its corpus, those that once broke it among them.
# usage: fuzz_corpus_test.sh BUILDDIR
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
build=$(readlink -f "$1")

cd "$source_dir/tests/fuzz" || exit 1
corpora() { find corpus -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort; }
targets() { grep -l LLVMFuzzerTestOneInput ./*.cpp | sed 's|^\./||; s|\.cpp$||' | grep -vx replay | sort; }
small() { ! find corpus -type f -size +7 | grep . && test "$(find corpus -type f | wc -l)" -lt 150; }
check 'each target has a corpus' differ "$(targets)" "$(corpora)"
check 'of a few small files' small
for target in $(targets); do
    check "$target takes its corpus" "$build/tests/fuzz/fuzz_$target" corpus/"$target"/*
done
done_testing
