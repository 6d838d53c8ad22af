#!/usr/bin/env bash
# Runs the fuzz targets of a build one after the other; says how often each ran, how far it got and what it found.
#
# Usage: scripts/fuzz.sh BUILD SECONDS [TARGET…]   (targets: calls resolver command)
# Each begins with the inputs in fuzz/corpus/TARGET and those that earlier runs kept in BUILD/corpus/TARGET; new ones
# are kept there, and an input that finds something in BUILD/findings/.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

build=$(realpath "${1:?usage: scripts/fuzz.sh BUILD SECONDS [TARGET…]}")
seconds=${2:?usage: scripts/fuzz.sh BUILD SECONDS [TARGET…]}
shift 2
cd "$(dirname "$0")/.."
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    targets=(calls resolver command)
fi
status=0
mkdir -p "$build/findings"

# last_number FILE WORD: the number behind the last "WORD " in a log
last_number() {
    grep -aoE "$2 ?[0-9]+" "$1" | tail -n 1 | grep -oE '[0-9]+$' || echo 0
}

for target in "${targets[@]}"; do
    log=$build/fuzz-$target.log
    mkdir -p "$build/corpus/$target"
    options=(-max_total_time="$seconds" -max_len=2500 -len_control=0 -timeout=30 -rss_limit_mb=2048 -malloc_limit_mb=64
        -print_final_stats=1 -artifact_prefix="$build/findings/$target-")
    if [ -f "fuzz/$target.dict" ]; then
        options+=(-dict="fuzz/$target.dict")
    fi
    result='no findings'
    if ! "$build/fuzz/fuzz-$target" "${options[@]}" "$build/corpus/$target" "fuzz/corpus/$target" >"$log" 2>&1; then
        result="A FINDING: $(grep -am 1 -E '^finding|ERROR:|runtime error' "$log" || echo "see $log")"
        status=1
    fi
    executions=$(last_number "$log" '(stat::number_of_executed_units:|DONE|#)')
    printf 'fuzz %-8s %10s executions %6s edges  %s\n' "$target" "$executions" "$(last_number "$log" 'cov:')" "$result"
done
exit $status
