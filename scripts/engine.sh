#!/usr/bin/env bash
# Builds the pinned Wasmtime once and prints the folder that holds lib/libwasmtime.a and include/.
#
# The result is kept in the user's cache folder under a key made of the lock file and the toolchain, so that a
# clean checkout finds it again. Usage: scripts/engine.sh   (CARGO=… picks the cargo to use)
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

# shellcheck source=scripts/once.sh
. "$(dirname "$0")/once.sh"
crate=$(cd "$(dirname "$0")/../engines/wasmtime/engine" && pwd)
rustc_needed=1.95.0

say() {
    printf 'engine: %s\n' "$*" >&2
}

# at_least VERSION: whether it is new enough
at_least() {
    [ "$(printf '%s\n%s\n' "$rustc_needed" "$1" | sort -V | head -n1)" = "$rustc_needed" ]
}

# Debian's newer cargo lies in /usr/bin, where an older one of the user's may hide it.
cargo=
seen=none
for candidate in "${CARGO:-cargo}" /usr/bin/cargo; do
    if command -v "$candidate" >/dev/null 2>&1; then
        have=$("$candidate" --version | cut -d' ' -f2) || continue
        if at_least "$have"; then
            cargo=$candidate
            break
        fi
        seen=$have
    fi
done
if [ -z "$cargo" ]; then
    say "Wasmtime 48 needs cargo and rustc $rustc_needed or newer; found: $seen" \
        "(Debian 12: apt-get install cargo-web rustc-web)"
    exit 1
fi
if [ "$cargo" = /usr/bin/cargo ]; then
    export RUSTC=${RUSTC:-/usr/bin/rustc}
fi

# cargo --version --verbose would name libraries of the system, whose updates change nothing here.
toolchain=$("$cargo" --version; "${RUSTC:-rustc}" --version --verbose)
key=$({ printf '%s\n' "$toolchain"; cat "$crate/Cargo.toml" "$crate/Cargo.lock" "$crate"/src/*.rs \
    "$crate"/include/*.h; } |
    sha256sum | cut -c1-16)
cache=${RINGFORT_ENGINE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ringfort/engine}
out=$cache/$key
once "$out/lib/libwasmtime.a" "$out" "$cache/.lock"

say "building Wasmtime 48 with cargo $have; this is done once and takes 5 to 15 minutes"
say "the result is kept in $out"
build=$cache/target # kept: a change of our own crate then takes seconds
touch "$crate/src/lib.rs" # cargo goes by times, and another checkout may have built into the same folder
messages=$(CARGO_TARGET_DIR=$build "$cargo" build --release --locked --manifest-path "$crate/Cargo.toml" \
    --message-format json-render-diagnostics)
# The folder may hold the headers of other settings too; cargo names the one that belongs to this build.
headers=$(printf '%s\n' "$messages" |
    sed -n '/"reason":"build-script-executed"/{/wasmtime-c-api-impl/s/.*"out_dir":"\([^"]*\)".*/\1/p;}')/include
if [ ! -f "$headers/wasmtime.h" ]; then
    say "cargo made no headers of Wasmtime's C API in $build; remove that folder and build again"
    exit 1
fi
rm -rf "$out.part"
mkdir -p "$out.part/lib"
cp -R "$headers" "$out.part/include"
cp "$crate"/include/*.h "$out.part/include"
cp "$build/release/libringfort_wasmtime_c.a" "$out.part/lib/libwasmtime.a"
mv "$out.part" "$out"
printf '%s\n' "$out"
