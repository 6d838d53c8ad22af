#!/usr/bin/env bash
# Checks that every function of the table has a conformance test of its name, and that those of snapshot 0 that differ
# have one of their own: a row without a test fails the build.
#
# A test counts where it is registered, TEST(fd_read_…), not where it is only written.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

cd "$(dirname "$0")/.."
table=src/abi/functions.def
differing=(fd_filestat_get fd_seek path_filestat_get poll_oneoff)

mapfile -t rows < <(sed -nE 's/^FN(_PREVIEW1)?\(([a-z0-9_]+).*/\2/p' "$table")
tests=$(grep -ohE '^ *TEST\([a-z0-9_]+\)' tests/conformance/*.c | tr -d ' ' | sort -u)
missing=0

# need PREFIX: a registered test begins with it
need() {
    if ! grep -q "^TEST($1_" <<<"$tests"; then
        printf 'no test in tests/conformance begins with %s_\n' "$1" >&2
        missing=1
    fi
}

if [ "${#rows[@]}" -lt 46 ]; then
    printf '%s has %d rows; preview1 has 46\n' "$table" "${#rows[@]}" >&2
    exit 1
fi
for row in "${rows[@]}"; do
    need "$row"
done
for row in "${differing[@]}"; do
    need "unstable_$row"
done
exit "$missing"
