#!/usr/bin/env bash
# Shows two things: hello world from WebAssembly text, and a C program that is held inside the directory it was given.
#
# Usage: scripts/demo.sh BUILD
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

cd "$(dirname "$0")/.."
build=${1:?usage: scripts/demo.sh BUILD}

show() {
    printf '\n$ %s\n' "$*"
    "$@"
}

show "$build/ringfort" run examples/demo.wat
show "$build/ringfort" run --dir examples::/data "$build/examples/preopen.wasm"
