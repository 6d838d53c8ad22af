#!/usr/bin/env bash
# Go's own tests: every package of its standard library that has tests, each as a program for wasip1.
#
# Usage: tests/outside/go.sh FOLDER   (see run.sh)
# ONLY='os io/fs' runs these packages; the list then names tests that do not run.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# shellcheck source=tests/outside/support.sh
. "$(dirname "$0")/support.sh"

go=$("$programs/go.sh") || fail 'there is no Go to build the tests with'
export go GOTOOLCHAIN=local GOFLAGS='' GOWORK=off GOOS=wasip1 GOARCH=wasm
GOROOT=$("$go" env GOROOT)
export GOROOT
compiled=$cache/$("$go" env GOVERSION)
export compiled
cd "$GOROOT/src" # Go's own module, whose version of the language the tests want

# What Go's resolver and its tests of os read there.
mkdir "$work/etc"
printf '127.0.0.1\tlocalhost\n' >"$work/etc/hosts"
printf 'root:x:0:\n' >"$work/etc/group"
printf 'root:x:0:0::/:/bin/sh\n' >"$work/etc/passwd"

# build PACKAGE
build() {
    local program=$compiled/$1/tests.wasm
    if [ ! -f "$program" ]; then
        mkdir -p "${program%/*}"
        nice -n 10 "$go" test -c -p 1 -ldflags='-s -w' -o "$program.part" "$1"
        mv "$program.part" "$program"
    fi
}

# test_package PACKAGE: writes the results into a file of its own, since packages are run side by side
test_package() {
    local program=$compiled/$1/tests.wasm folder=$work/${1//\//_} grants
    mkdir -p "$folder/tmp"
    grants=("ro:$GOROOT::/box/go" "ro:$work/etc::/etc" "$folder/tmp::/box/tmp" PWD="/box/go/src/$1" GOROOT=/box/go)
    grants+=(HOME=/box/tmp TMPDIR=/box/tmp PATH=/box/bin)
    build "$1"
    guest 120 "${grants[@]}" -- "$program" -test.list . >"$folder/tests" 2>"$folder/log"
    guest 900 "${grants[@]}" -- "$program" -test.short -test.v=test2json >"$folder/log" 2>&1 ||
        printf 'ended with status %d\n' $? >>"$folder/log" # a test that did not pass is found by its own line
    LC_ALL=C awk -v package="$1" -f "$outside/go-results.awk" "$folder/tests" "$folder/log" >"$folder/results"
    rm -rf "$folder/tmp"
}

# judged PACKAGE: a package whose tests cannot be built or run has failed
judged() {
    if ! test_package "$1"; then
        printf 'fail\t%s\n' "$1" >>"$results"
    fi
    say "$1"
}
export -f build test_package judged say guest host read_only_option

packages=${ONLY:-$("$go" list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' std)}
mapfile -t packages < <(tr ' ' '\n' <<<"$packages" | grep .)
say "building and running the tests of ${#packages[@]} packages, $jobs at one time; the first run builds for long"
# shellcheck disable=SC2016  # the inner bash expands it
printf '%s\n' "${packages[@]}" | xargs -P "$jobs" -n 1 bash -c 'judged "$1"' go
cat "$work"/*/results >>"$results"
units "${#packages[@]} packages"
