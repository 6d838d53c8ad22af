#!/usr/bin/env bash
# Sees to it that the tools for the named purposes are there: build, guests, test, outside, sanitizers, coverage,
# mutate, lint, bench, packages.
#
# What is there already is left alone, and then this takes a moment. As root on Debian the missing packages are
# installed; otherwise the one line to run is printed. Usage: scripts/setup.sh PURPOSE…
# CMAKE_FLAGS are those of the configure step: Rust is needed only where they have the engine built, npm only where
# they leave the npm package in.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

rust_needed=1.95.0
packages=()

say() {
    printf 'setup: %s\n' "$*" >&2
}

# at_least VERSION NEEDED
at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n1)" = "$2" ]
}

# need PACKAGES CHECK…: notes Debian's packages where the check fails
need() {
    local wanted=$1
    shift
    if ! "$@" >/dev/null 2>&1; then
        read -r -a wanted <<<"$wanted"
        packages+=("${wanted[@]}")
    fi
}

has() {
    command -v "$1"
}

compiles() {
    printf '%s\nint main(void) { return 0; }\n' "$1" | cc -xc - -o /dev/null
}

compiles_to_wasm() {
    printf '#include <stdio.h>\nint main(void) { return puts("x"); }\n' |
        clang --target=wasm32-wasi -xc - -o /dev/null
}

# the C++ library too: the runtimes that load the addon need it
compiles_to_arm64() {
    [ -e /usr/aarch64-linux-gnu/lib/libstdc++.so.6 ] &&
        printf '#include <stdio.h>\nint main(void) { return 0; }\n' | aarch64-linux-gnu-gcc -xc - -o /dev/null
}

# Debian's clang comes without the libraries of its sanitizers, coverage and fuzzer.
links_sanitized() {
    printf 'int main(void) { return 0; }\n' | clang -fsanitize=address,undefined -xc - -o /dev/null
}

has_rust() {
    local cargo
    for cargo in "${CARGO:-cargo}" /usr/bin/cargo; do
        if command -v "$cargo" >/dev/null && at_least "$("$cargo" --version | cut -d' ' -f2)" "$rust_needed"; then
            return 0
        fi
    done
    return 1
}

# is_on WORD: whether CMake takes it for true
is_on() {
    case ${1^^} in
    OFF | 0 | NO | N | FALSE) return 1 ;;
    esac
}

# option NAME DEFAULT: what CMAKE_FLAGS set it to; the last word counts
option() {
    local flag flags value=$2
    read -r -a flags <<<"${CMAKE_FLAGS:-}"
    for flag in "${flags[@]}"; do
        case $flag in
        -D"$1"=* | -D"$1":*=*) value=${flag#*=} ;;
        esac
    done
    printf '%s' "$value"
}

# builds_engine: CMAKE_FLAGS neither leave the engine out nor name one that is installed
builds_engine() {
    is_on "$(option RINGFORT_ENGINE ON)" && [ -z "$(option RINGFORT_WASMTIME '')" ]
}

builds_addon() {
    is_on "$(option RINGFORT_NODE ON)"
}

check_build() {
    need 'gcc libc6-dev' compiles '#include <stdio.h>'
    need cmake has cmake
    need ninja-build has ninja
    need pkg-config has pkg-config
    if is_on "$(option RINGFORT_ENGINE ON)"; then
        need libseccomp-dev compiles '#include <seccomp.h>' # the walls of the command
    fi
    if builds_engine; then
        need 'cargo-web rustc-web ca-certificates' has_rust
    fi
    if builds_addon; then
        need npm has npm
    fi
}

check_guests() {
    need 'clang lld wasi-libc libclang-rt-14-dev-wasm32' compiles_to_wasm
}

check_test() {
    need bats has bats
    need strace has strace
    need libcmocka-dev compiles '#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>'
    need clang has clang
    need 'python3 python3-pip' python3 -m pip --version
    need npm has npm # the programs that tests/programs fetches come from PyPI and npm
    if builds_addon; then
        need qemu-user has qemu-aarch64 # runs what is packed for arm64
        need bubblewrap has bwrap       # locks in the child of examples/locked-child.mjs
        check_packages
    fi
}

# Rust's library for wasip1 is built from Debian's sources, by the compiler of the same version.
check_outside() {
    need 'cargo-web rustc-web rust-web-src' test -x /usr/bin/cargo -a -d /usr/lib/rustlib/src/rust
}

check_sanitizers() {
    need 'clang libclang-rt-14-dev' links_sanitized
}

check_packages() {
    need musl-tools has musl-gcc
    need 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross libstdc++6-arm64-cross' compiles_to_arm64
}

check_lint() {
    need clang has clang
    need clang-format has clang-format
    need clang-tidy has clang-tidy
    need shellcheck has shellcheck
    need binutils has nm
}

check_coverage() {
    need clang has clang
    need llvm has llvm-cov
}

check_mutate() {
    need bubblewrap has bwrap # mutants run where they can change nothing
}

check_bench() {
    need hyperfine has hyperfine
}

for purpose in "$@"; do
    "check_$purpose"
done

if [ ${#packages[@]} -gt 0 ]; then
    install=(apt-get install -y --no-install-recommends)
    mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)
    if ! command -v apt-get >/dev/null; then
        say "missing; these are Debian's names of what is needed: ${packages[*]}"
        exit 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        say "missing tools; run this line and then try again:"
        printf 'sudo %s\n' "${install[*]} ${packages[*]}"
        exit 1
    fi
    say "installing ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q >&2
    "${install[@]}" -q "${packages[@]}" >&2
    if [[ " ${packages[*]} " == *" cargo-web "* ]] && ! has_rust; then
        say "this Debian's cargo-web is older than $rust_needed; the newer one comes from bookworm-security and" \
            "bookworm-updates, which the sources of apt leave out"
        exit 1
    fi
fi
