#!/usr/bin/env bash
# Builds the core with counters, runs its tests, and prints which branches of src/ they take; fails below the floor.
#
# The counters are clang's, which belong to conditions of the source, where gcc's belong to jumps that the compiler
# makes of them. They live in files that the programs map and share, so that one that ends by a signal counts too.
# Usage: scripts/coverage.sh BUILD     (the branches of src/path, src/guest and src/fd: tests/coverage.txt)
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

cd "$(dirname "$0")/.."
build=${1:?usage: scripts/coverage.sh BUILD}
floor=98.0 # per cent of the branches of src/; only ever raised

mkdir -p "$build"
counters=$(cd "$build" && pwd)/counters
rm -rf "$counters"
# for what the configure step runs, too
export LLVM_PROFILE_FILE=$counters/%c%m.profraw
flags='-fprofile-instr-generate -fcoverage-mapping -fprofile-update=atomic -mllvm -runtime-counter-relocation'
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=clang -DCMAKE_C_FLAGS_RELEASE=-O1 \
    -DCMAKE_C_FLAGS="$flags" \
    -DRINGFORT_TESTS=ON -DRINGFORT_ENGINE=OFF -DRINGFORT_NODE=OFF
cmake --build "$build"
rm -rf "$counters"
ctest --test-dir "$build" --output-on-failure --no-tests=error -j"$(nproc)"

llvm-profdata merge -sparse "$counters"/*.profraw -o "$build/counters.profdata"
scripts/coverage.py "$build/counters.profdata" tests/coverage.txt "$floor" "$build/libringfort.so" \
    "$build"/tests/test-unit-* "$build"/tests/test-faults-*
