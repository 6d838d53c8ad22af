#!/usr/bin/env bash
# ripgrep for wasip1 against the same ripgrep for this machine: the same searches give the same output and status.
#
# Usage: tests/outside/ripgrep.sh FOLDER   (see run.sh)
# Both are built from one crate with Debian's Rust. Its library for wasip1 is built from Debian's sources of it, on
# Debian's wasi-libc. The searches are in ripgrep/searches.txt; they go through the Go sources and a small tree of
# unusual files.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# shellcheck source=tests/outside/support.sh
. "$(dirname "$0")/support.sh"

version=15.1.0
# Debian's own, whose version is that of the library's sources
export RUSTC=/usr/bin/rustc
cargo=/usr/bin/cargo
libc=/usr/lib/wasm32-wasi

"$RUSTC" --version >/dev/null || fail "Debian's Rust is missing; run scripts/setup.sh outside"
folder=$cache/ripgrep-$version-$("$RUSTC" --version | cut -d ' ' -f 2)

# install ROOT OPTION…: builds the crate with the versions of its lock file
install() {
    CARGO_TARGET_DIR=$folder/target nice -n 10 "$cargo" install ripgrep --version "$version" --locked --quiet \
        --root "$1" --jobs "$jobs" "${@:2}" || fail "ripgrep $version cannot be built"
}

build() {
    rm -rf "$folder"
    mkdir -p "$folder"
    install "$folder/native"
    local flags=(-C linker=wasm-ld -C linker-flavor=wasm-ld -C link-self-contained=no -L "native=$libc"
        -C "link-arg=$libc/crt1-command.o" -C link-arg=-lc)
    # building the standard library from its sources is open to the nightly compiler alone, unless this is set
    RUSTC_BOOTSTRAP=1 RUSTFLAGS="${flags[*]}" \
        install "$folder/wasi" --target wasm32-wasip1 -Z build-std=std,panic_abort
    rm -rf "$folder/target"
}

# unusual FOLDER: makes a tree of files as ripgrep treats them each in its own way
unusual() {
    mkdir -p "$1"/{sub/deep,ignored,.hidden,empty}
    cd "$1"
    printf 'needle in a file\nno match\nNeedle again\n' >plain.txt
    printf 'needle without an end of line' >open-end.txt
    printf 'first\r\nneedle\r\nlast\r\n' >crlf.txt
    printf 'needle\0binary\n' >binary.dat
    printf '\xff\xfen\0e\0e\0d\0l\0e\0\n\0' >utf16.txt
    printf 'caf\xe9 needle\n' >latin1.txt
    printf 'stra\xc3\x9fe needle \xf0\x9f\xa6\x80\n' >unicode.txt
    printf 'needle\n' | tee sub/one.rs sub/deep/two.go ignored/three.txt .hidden/four.txt .dotfile skip.log >/dev/null
    printf 'ignored/\n*.log\n' >.ignore
    printf '!skip.log\n' >sub/.ignore
    : >empty.txt
    head -c 300000 /dev/zero | tr '\0' x >long-line.txt
    printf ' needle\n' >>long-line.txt
    ln -s plain.txt link.txt
    ln -s sub linked
    ln -s .. sub/up
    ln -s nowhere dangling
    printf 'needle\nfirst\n' >patterns
    touch -d '2001-02-03 04:05:06' plain.txt
    touch -d '2002-02-03 04:05:06' crlf.txt
}

# on_native TREE ARGUMENT…, on_guest TREE ARGUMENT…: run ripgrep in a tree
on_native() {
    (cd "$1" && env -i timeout 300 nice -n 10 "$folder/native/bin/rg" --no-config "${@:2}" </dev/null)
}

on_guest() {
    guest 300 "ro:$1::." -- "$folder/wasi/bin/rg.wasm" --no-config "${@:2}"
}

# difference FILE: prints how the guest's differs; 1 is diff's status for files that differ, above it is a failure
difference() {
    diff -u --label native --label guest "$work/native.$1" "$work/guest.$1" || [ $? -eq 1 ]
}

# search NAME TREE ARGUMENT…: the outputs, the messages and the statuses are the same
search() {
    local name=$1 tree=$2 side status
    for side in native guest; do
        status=0
        "on_$side" "$tree" "${@:3}" >"$work/$side.out" 2>"$work/$side.err" || status=$?
        printf 'status %d\n' "$status" >>"$work/$side.out"
        sed -i -E 's/"elapsed(_total)?":\{[^}]*\}/"elapsed":0/g' "$work/$side.out"
    done
    if cmp -s "$work/native.out" "$work/guest.out" && cmp -s "$work/native.err" "$work/guest.err"; then
        printf 'pass\t%s\n' "$name" >>"$results"
    else
        printf 'fail\t%s\n' "$name" >>"$results"
        {
            printf '== %s: rg %s\n' "$name" "${*:3}"
            difference out
            difference err
        } | cut -c 1-300 | sed -n 1,60p >>"$work/log" # sed reads to the end, so that nothing meets a closed pipe
    fi
}

if [ ! -f "$folder/wasi/bin/rg.wasm" ]; then
    say "building ripgrep $version for wasip1, with Rust's library, and for this machine; this takes some minutes, once"
    build
fi
go=$("$programs/go.sh") || fail 'there are no Go sources to search'
sources=$(GOTOOLCHAIN=local "$go" env GOROOT)/src
(unusual "$work/unusual")
say 'searching'
count=0
while IFS=$'\t' read -r name tree arguments; do
    case $tree in
    go) tree=$sources ;;
    unusual) tree=$work/unusual ;;
    '' | '#'*) continue ;;
    *) fail "searches.txt names no tree: $name" ;;
    esac
    mapfile -t words < <(xargs -n 1 printf '%s\n' <<<"$arguments")
    search "${name% }" "$tree" "${words[@]}"
    count=$((count + 1))
done <"$outside/ripgrep/searches.txt"
units "$count searches"
