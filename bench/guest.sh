#!/usr/bin/env bash
# What a call costs a guest of the command, beside the same calls of a native program; and hello, from a
# warm cache, beside native hello.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

work=$(mktemp -d /dev/shm/ringfort-bench.XXXXXX)
trap 'rm -rf "$work"' EXIT
here=$RINGFORT_SOURCE/bench/guest

clang --target=wasm32-wasi -O2 -o "$work/calls.wasm" "$here/calls.c"
cc -O2 -D_GNU_SOURCE -o "$work/calls" "$here/calls.c"
for _ in 1 2 3; do
    "$RINGFORT" run --dir "$work" "$work/calls.wasm"
done >"$work/ours"
for _ in 1 2 3; do
    "$work/calls" "$work"
done >"$work/native"
awk 'FNR == NR { if (!($1 in native) || $2 < native[$1]) native[$1] = $2; next }
     !($1 in ours) || $2 < ours[$1] { ours[$1] = $2 }
     END { for (name in ours) {
               printf "%s %.1f ns\n%s_native %.1f ns\n", name, ours[name], name, native[name]
               printf "%s_ratio %.2f ratio\n", name, ours[name] / native[name] } }' \
    "$work/native" "$work/ours"

printf '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n' >"$work/hello.c"
cc -O2 -o "$work/hello" "$work/hello.c"
clang --target=wasm32-wasi -O2 -o "$work/hello.wasm" "$work/hello.c"
"$RINGFORT" "$work/hello.wasm" >"$work/out"
hyperfine --shell=none --warmup 10 --runs 200 --export-csv "$work/hello.csv" \
    "$work/hello" "$RINGFORT $work/hello.wasm" >"$work/out" 2>&1
awk -F, 'NR == 2 { native = $7 } NR == 3 { ours = $7 }
     END { printf "hello_warm %.2f ms\nhello_native %.2f ms\n", ours * 1e3, native * 1e3
           printf "hello_ratio %.2f ratio\n", ours / native }' \
    "$work/hello.csv"
