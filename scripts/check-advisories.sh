#!/usr/bin/env bash
# Checks that every test that tests/sandbox/advisories.txt names exists, and that the list is whole.
#
# A test counts where it is registered: TEST(name) in a program that runs by itself, @test "name", or a row of the
# battery's forms.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

cd "$(dirname "$0")/.."
list=tests/sandbox/advisories.txt
rows_needed=44
status=0

names=$({
    grep -ohE '\bTEST\([a-z0-9_]+\)' tests/{conformance,engines,sandbox,unit}/*.c | sed 's/TEST(\(.*\))/\1/'
    sed -nE 's/^@test "([a-z0-9_]+)".*/\1/p' tests/cli/*.bats
    sed -nE 's/^(ROOT_)?FORM\("([a-z0-9-]+)".*/battery:\2/p' tests/sandbox/battery/forms.def
} | sort -u)

rows=0
while IFS= read -r line; do
    rows=$((rows + 1))
    id=${line%%:*}
    tests=${line#*: }
    if [[ $tests == 'none, '* ]]; then
        continue
    fi
    read -ra wanted <<<"$tests"
    if [ "${#wanted[@]}" -eq 0 ]; then
        printf '%s: %s: no test\n' "$list" "$id" >&2
        status=1
    fi
    for name in "${wanted[@]}"; do
        if ! grep -qxF "$name" <<<"$names"; then
            printf '%s: %s: no test is called %s\n' "$list" "$id" "$name" >&2
            status=1
        fi
    done
done < <(grep -vE '^(#|$)' "$list")

if [ "$rows" -lt "$rows_needed" ]; then
    printf '%s has %d rows; %d are known\n' "$list" "$rows" "$rows_needed" >&2
    status=1
fi
exit "$status"
