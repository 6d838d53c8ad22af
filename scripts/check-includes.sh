#!/usr/bin/env bash
# Checks who includes whom: the folders of src/ form a line, and everything outside sees include/ only.
#
# abi → nothing · guest → abi · call → guest os abi · os → abi · fd → abi os · path → os abi · wasi/* → all of these and
# wasi.h, never another verb file · wasi.[ch] → all of src · engines, cli, examples, bench, node → include/ only.
# Also: what ends in _unchecked resolves a guest's path without the sandbox, so only src/path may call src/os's.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

cd "$(dirname "$0")/.."
status=0

# complain FILE WHAT
complain() {
    printf '%s: %s\n' "$1" "$2" >&2
    status=1
}

# The folders that a layer of src/ may include, itself too.
allowed_of() {
    case $1 in
    abi) echo 'abi' ;;
    guest) echo 'guest abi' ;;
    call) echo 'call guest os abi' ;;
    os) echo 'os abi' ;;
    fd) echo 'fd abi os' ;;
    path) echo 'path os abi' ;;
    wasi) echo 'call guest fd path os abi' ;;
    top) echo 'abi guest call fd os path wasi' ;;
    *) echo '' ;;
    esac
}

# quoted_includes FILE: what it includes with quotes
quoted_includes() {
    sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$1"
}

# is_verb_file NAME: whether src/wasi/NAME.c has a function of the table; one without, or a header alone, is a helper
is_verb_file() {
    local verbs
    verbs=$(sed -n 's/^FN(\([a-z0-9_]*\),.*/\1/p' src/abi/functions.def | paste -sd '|')
    [ -f "src/wasi/$1.c" ] && grep -qE "^[a-z_]+ ringfort_($verbs)\(" "src/wasi/$1.c"
}

check_layer() {
    local file=$1 layer=$2 name=$3 wanted folder
    while IFS= read -r wanted; do
        if [ ! -f "src/$wanted" ]; then
            complain "$file" "includes \"$wanted\"; ours are named by their path from src/"
            continue
        fi
        folder=${wanted%/*}
        case $layer:$wanted in
        top:*.h) [[ $wanted != */* ]] && continue ;;
        wasi:wasi.h | "wasi:wasi/$name.h") continue ;;
        wasi:wasi/*)
            if is_verb_file "$(basename "$wanted" .h)"; then
                complain "$file" "includes another verb file, \"$wanted\""
            fi
            continue
            ;;
        esac
        if [ "$folder" = "$wanted" ] || [[ " $(allowed_of "$layer") " != *" $folder "* ]]; then
            complain "$file" "includes \"$wanted\"; $layer may include only: $(allowed_of "$layer")"
        fi
    done < <(quoted_includes "$file")
    if [ "$layer" = abi ] && grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*<ringfort' "$file" >&2; then
        complain "$file" 'abi includes nothing of ringfort'
    fi
    case $layer in
    os | path) ;;
    *)
        if grep -nE '\b[a-z0-9_]+_unchecked[[:space:]]*\(' "$file" >&2; then
            complain "$file" 'calls an _unchecked function; only src/path may'
        fi
        ;;
    esac
}

while IFS= read -r file; do
    [ -f "$file" ] || continue
    inner=${file#src/}
    name=$(basename "${inner%.*}")
    case $inner in
    */*/*) complain "$file" 'is deeper than src/FOLDER/' ;;
    */*) check_layer "$file" "${inner%%/*}" "$name" ;;
    *) check_layer "$file" top "$name" ;;
    esac
done < <(git ls-files -co --exclude-standard -- 'src/*.[ch]' 'src/*.def')

# Outside src/: a quoted include must lie beside its file (or below its own top folder), never in src/.
while IFS= read -r file; do
    [ -f "$file" ] || continue
    top=${file%%/*}
    while IFS= read -r wanted; do
        if [ ! -f "$(dirname "$file")/$wanted" ] && [ ! -f "$top/$wanted" ]; then
            complain "$file" "includes \"$wanted\", which is not in $top/; public headers are included as <ringfort.h>"
        elif [[ $(realpath --relative-to=. "$(dirname "$file")/$wanted") == src/* ]]; then
            complain "$file" "includes \"$wanted\" from src/; $top sees include/ only"
        fi
    done < <(quoted_includes "$file")
done < <(git ls-files -co --exclude-standard -- 'engines/*.[ch]' 'cli/*.[ch]' 'examples/*.[ch]' 'bench/*.[ch]' \
    'node/*.[ch]' 'tests/conformance/*.[ch]' 'tests/support/*.[ch]' 'tests/engines/*.[ch]' 'tests/sandbox/*.[ch]')

exit "$status"
