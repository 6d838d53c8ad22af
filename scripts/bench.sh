#!/usr/bin/env bash
# Runs every bench: the built bench/*.c, then bench/*.sh and, where the addon was built, bench/node/run.sh; each prints
# `name value unit` lines.
#
# Usage: scripts/bench.sh BUILD
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

source=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "${1:?usage: scripts/bench.sh BUILD}" && pwd)
export RINGFORT=$build/ringfort RINGFORT_BUILD=$build RINGFORT_SOURCE=$source

found=0
shopt -s nullglob
for bench in "$build"/bench/* "$source"/bench/*.sh; do
    if [ -f "$bench" ] && [ -x "$bench" ]; then
        found=1
        printf '# %s\n' "$(basename "$bench")"
        "$bench"
    fi
done
if [ -e "$source/node/ringfort.node" ]; then
    printf '# node\n'
    RUNTIMES=$("$source/scripts/npm.sh" "$source/tests/node")/node_modules "$source/bench/node/run.sh"
fi
if [ "$found" -eq 0 ]; then
    printf 'bench: no benches found in bench/\n' >&2
    exit 1
fi
