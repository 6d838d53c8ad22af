#!/usr/bin/env bash
# Runs the suites of others on the command of BUILD, and judges each by its list of expected failures.
#
# Usage: tests/outside/run.sh BUILD [SUITE…]   (go zig python ripgrep)
# The last line is "N passed, N failed". Each suite's results and logs stay in BUILD/outside/SUITE.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:?usage: tests/outside/run.sh BUILD [SUITE…]}" && pwd) || exit 1
shift
if [ $# -eq 0 ]; then
    set -- go zig python ripgrep
fi
export RINGFORT=$build/ringfort
passed=0
failed=0
summaries=()

# judge SUITE FOLDER: adds the suite's counts
judge() {
    local summary
    LC_ALL=C awk -F'\t' -v suite="$1" -v units="$(cat "$2/units")" -f "$here/verdict.awk" "$here/$1.txt" "$2/results" \
        >"$2/summary"
    sed '$d' "$2/summary" | sort
    summary=$(tail -n 1 "$2/summary")
    summaries+=("$summary")
    passed=$((passed + $(sed -E 's/.* ([0-9]+) tests passed.*/\1/' <<<"$summary")))
    failed=$((failed + $(sed -E 's/.* ([0-9]+) unexpected$/\1/' <<<"$summary")))
}

for suite in "$@"; do
    if [ ! -f "$here/$suite.txt" ]; then
        printf 'outside: no suite is called "%s"; there are go, zig, python and ripgrep\n' "$suite" >&2
        exit 2
    fi
    folder=$build/outside/$suite
    rm -rf "$folder"
    start=$SECONDS
    if "$here/$suite.sh" "$folder"; then
        judge "$suite" "$folder"
    else
        summaries+=("$suite: did not run to its end")
        failed=$((failed + 1))
    fi
    printf '%s: %d s; results and logs are in %s\n' "$suite" $((SECONDS - start)) "$folder" >&2
done

printf '%s\n' "${summaries[@]}"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
