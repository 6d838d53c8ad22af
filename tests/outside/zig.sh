#!/usr/bin/env bash
# The tests of Zig's standard library, as one program for wasm32-wasi.
#
# Usage: tests/outside/zig.sh FOLDER   (see run.sh)
# The package has the library with the tests that stand beside the code. It leaves out the texts of files whose names
# end in test.zig, and the files of data that some tests embed: an empty file stands in for each of these, so these
# tests fail, and the list says so.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# shellcheck source=tests/outside/support.sh
. "$(dirname "$0")/support.sh"

package=$("$programs/fetch.sh" zig) || fail 'there is no Zig to build the tests with'
zig=$package/ziglang/zig
chmod +x "$zig" # pip keeps no modes
sum=$(cat "$outside/zig/"*.zig "$outside/zig.sh" | sha256sum | cut -c 1-12)
folder=$cache/${package##*/}-$sum
program=$folder/std.wasm

# compile LIBRARY: builds the tests of the copy of the library that is there
compile() {
    nice -n 10 "$zig" test "$1/std/std.zig" -target wasm32-wasi --zig-lib-dir "$1" --test-no-exec \
        --test-runner "$outside/zig/runner.zig" -femit-bin="$program.part" \
        --cache-dir "$folder/zig-cache" --global-cache-dir "$folder/zig-cache" 2>"$folder/errors"
}

# stand_in: makes an empty file for each that the compiler missed; fails where it missed none
stand_in() {
    local from name missing=1
    while IFS=$'\t' read -r from name; do
        mkdir -p "$(dirname "$(dirname "$from")/$name")"
        : >"$(dirname "$from")/$name"
        missing=0
    done < <(sed -nE 's/^([^ :]+\.zig):.* failed opening "([^"]*)": FileNotFound$/\1\t\2/p' "$folder/errors")
    return "$missing"
}

build() {
    rm -rf "$folder"
    mkdir -p "$folder"
    cp -r "$package/ziglang/lib" "$folder/lib"
    cp "$outside/zig/crypto-test.zig" "$folder/lib/std/crypto/test.zig"
    cd "$folder"
    until compile lib; do
        if ! stand_in; then
            cat "$folder/errors" >&2
            fail 'the tests do not compile'
        fi
    done
    rm -rf ./lib ./zig-cache
    mv "$program.part" "$program"
}

if [ ! -f "$program" ]; then
    say 'building the tests of the standard library; this takes some minutes, once'
    build
fi
say 'running the tests'
first=0
mkdir "$work/box"
while [ "$(tail -n 1 "$results" | cut -f 1)" != end ]; do
    guest 1800 "$work/box::/box" -- "$program" "$first" >>"$results" 2>>"$work/log" ||
        printf 'ended with status %d\n' $? >>"$work/log"
    # going on behind a test that ended the program
    ran=$(awk '/^run/ { count++ } END { print count + 0 }' "$results")
    if [ "$ran" -eq "$first" ]; then
        fail "the program ran no test; its last words are in $work/log"
    fi
    first=$ran
done
total=$(tail -n 1 "$results" | cut -f 2)
sed -i '$d' "$results"
[ "$first" -eq "$total" ] || fail "the program has $total tests, and ran $first"
units '1 program'
