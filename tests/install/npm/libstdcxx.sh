#!/usr/bin/env bash
# Makes a folder with musl's build of the C++ library, which Bun for musl needs and Debian lacks, and prints its name.
#
# It is the one that a Python package brings along, of a time before musl's loader needed to be newer than Debian's; two
# functions newer than that are added. Usage: tests/install/npm/libstdcxx.sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
requirement='kiwisolver==1.4.4 --hash=sha256:283dffbf061a4ec60391d51e6155e372a1f7a4f5b15d59c8505339454f8989e4'
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ringfort/npm
out=$cache/musl-libstdcxx
mkdir -p "$cache"
exec 9>"$cache/.lock-musl-libstdcxx"
flock 9
if [ ! -d "$out" ]; then
    part=$(mktemp -d "$cache/part-XXXXXX")
    printf '%s\n' "$requirement" >"$part/requirement.txt"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-compile --no-deps \
        --only-binary=:all: --require-hashes --platform musllinux_1_1_x86_64 --python-version 3.11 \
        --target "$part/wheel" -r "$part/requirement.txt" >&2
    mkdir "$part/lib"
    cp "$part"/wheel/kiwisolver.libs/* "$part/lib"
    (cd "$part/lib" && ln -s libstdc++-*.so.* libstdc++.so.6)
    musl-gcc -std=c17 -shared -fPIC "$here/newer-libstdcxx.c" -o "$part/lib/newer.so"
    mv "$part/lib" "$out"
    rm -rf "$part"
fi
printf '%s\n' "$out"
