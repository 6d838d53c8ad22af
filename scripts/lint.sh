#!/usr/bin/env bash
# Checks the form of the sources and what the libraries show; all checks run, and any finding fails the whole.
#
# Usage: scripts/lint.sh BUILD     (configures BUILD with clang, warnings as errors)
#        scripts/lint.sh --format  (rewrites the C sources instead)
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

cd "$(dirname "$0")/.."
build=${1:?usage: scripts/lint.sh BUILD | --format}
mapfile -t c_files < <(git ls-files -co --exclude-standard -- '*.c' '*.h')
mapfile -t scripts < <(git ls-files -co --exclude-standard -- '*.sh' .ci/run)

if [ "$build" = --format ]; then
    scripts/wrap-comments.py "${c_files[@]}"
    clang-format -i "${c_files[@]}"
    exit 0
fi

failed=()

# check NAME COMMAND…
check() {
    local name=$1 start=$SECONDS
    shift
    printf '== %s\n' "$name"
    if ! "$@"; then
        failed+=("$name")
    fi
    printf '   (%d s)\n' $((SECONDS - start))
}

build_with_clang() {
    cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=clang -DRINGFORT_TESTS=ON \
        -DRINGFORT_WERROR=ON >"$build.log" && cmake --build "$build"
}

# The first command for each file: some are compiled once more for tests, which would be read twice.
once_each() {
    python3 -c 'import json, sys
commands = {c["file"]: c for c in reversed(json.load(sys.stdin))}
json.dump(list(commands.values()), sys.stdout)'
}

tidy() {
    local tidied
    mkdir -p "$build/tidy"
    once_each <"$build/compile_commands.json" >"$build/tidy/compile_commands.json"
    mapfile -t tidied < <(printf '%s\n' "${c_files[@]}" | grep -E '^(src|engines|cli|node/addon)/.*\.c$')
    # one a process: with more, clang-tidy 14 forgets what va_start is
    printf '%s\0' "${tidied[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy -p "$build/tidy" --quiet
}

mkdir -p "$(dirname "$build")"
check 'clang-format' clang-format --dry-run -Werror "${c_files[@]}"
check 'files' scripts/check-files.sh
check 'includes' scripts/check-includes.sh
check 'rows' scripts/check-rows.sh
check 'advisories' scripts/check-advisories.sh
check 'node' scripts/check-node.sh
check 'shellcheck' shellcheck "${scripts[@]}"
check 'clang -Werror' build_with_clang
check 'symbols' scripts/check-symbols.sh "$build"
check 'clang-tidy' tidy

if [ ${#failed[@]} -gt 0 ]; then
    printf 'lint: failed: %s\n' "${failed[*]}" >&2
    exit 1
fi
printf 'lint: no findings\n'
