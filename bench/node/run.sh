#!/usr/bin/env bash
# Measures the package against each runtime's own node:wasi: Node 20, Node 26, Bun and Deno.
#
# Usage: bench/node/run.sh [--runtime NAME] [--rows REGEX] [--rounds N] [--only stock|ringfort]
# RUNTIMES is the folder of packages that npm installed the four runtimes into (a node_modules); without it, what
# `node`, `bun` and `deno` are on the PATH is measured.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
wanted=
options=()
while [ $# -gt 0 ]; do
    case $1 in
    --runtime) wanted=${2:?--runtime needs a name} ;;
    --rows | --rounds | --only) options+=("$1" "${2:?$1 needs a value}") ;;
    *)
        sed -n 's/^# Usage: /usage: /p' "$0" >&2
        exit 2
        ;;
    esac
    shift 2
done

# Files on tmpfs, where there is one: a disk's own pace would cover what is measured.
parent=/dev/shm
[ -w "$parent" ] || parent=${TMPDIR:-/tmp}
work=$(mktemp -d "$parent/ringfort-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
clang --target=wasm32-wasi -O2 -o "$work/rows.wasm" "$here/../guest/rows.c"
export NODE_NO_WARNINGS=1

ran=0
status=0

# measure NAME PROGRAM ARGUMENT…
measure() {
    local name=$1
    shift
    if { [ -n "$wanted" ] && [ "$wanted" != "$name" ]; } || ! command -v "$1" >/dev/null; then
        return 0
    fi
    ran=$((ran + 1))
    mkdir "$work/$name"
    "$@" "$here/main.mjs" "$work/rows.wasm" "$work/$name" "${options[@]}" || status=1
    rm -rf "${work:?}/$name"
}

if [ -n "${RUNTIMES:-}" ]; then
    measure node20 "$RUNTIMES/node20/bin/node"
    measure node26 "$RUNTIMES/node26/bin/node"
    measure bun "$RUNTIMES/@oven/bun-linux-x64/bin/bun"
    measure deno "$RUNTIMES/@deno/linux-x64-glibc/deno" run -A
else
    measure node node
    measure bun bun
    measure deno deno run -A
fi
if [ "$ran" -eq 0 ]; then
    printf 'bench/node: no runtime found; set RUNTIMES\n' >&2
    exit 1
fi
exit "$status"
