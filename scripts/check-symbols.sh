#!/usr/bin/env bash
# Checks what the built libraries show the linker: exactly the API of include/, under names that start with ringfort_.
#
# The addon shows what a runtime looks for and the entries ringfort_enter_*, and asks for Node-API and glibc 2.28 only.
# Usage: scripts/check-symbols.sh BUILD
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

cd "$(dirname "$0")/.."
build=${1:?usage: scripts/check-symbols.sh BUILD}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0

# complain WHAT
complain() {
    printf 'symbols: %s\n' "$1" >&2
    status=1
}

# declared HEADER: the functions and objects that it declares RINGFORT_API
declared() {
    grep -v '^#' "$1" | tr '\n' ' ' | grep -oE 'RINGFORT_API [^;({]*' | grep -oE 'ringfort_[a-z0-9_]+ *$' |
        tr -d ' ' | sort -u
}

# same LIBRARY HEADER FOUND: compares the names in the file FOUND with what the header declares
same() {
    declared "$2" >"$scratch/declared"
    if [ ! -s "$scratch/declared" ]; then
        complain "$2 declares nothing RINGFORT_API"
    fi
    local name
    while IFS= read -r name; do
        complain "$1 shows $name, which $2 does not declare"
    done < <(comm -23 "$3" "$scratch/declared")
    while IFS= read -r name; do
        complain "$2 declares $name, which $1 does not show"
    done < <(comm -13 "$3" "$scratch/declared")
}

nm -D --defined-only --format=posix "$build/libringfort.so" | awk '$2 != "A" { sub(/@.*/, "", $1); print $1 }' |
    sort -u >"$scratch/shared"
same libringfort.so include/ringfort.h "$scratch/shared"

if nm -D --defined-only "$build/libringfort.so" | grep -v '@@RINGFORT_0$' | grep -v ' A RINGFORT_0' >&2; then
    complain 'libringfort.so shows a symbol without the version RINGFORT_0'
fi

for library in ringfort ringfort-wasmtime ringfort-wasm; do
    nm --extern-only --defined-only --format=posix "$build/lib$library.a" |
        awk 'NF >= 2 { print $1 }' | sort -u >"$scratch/$library"
    while IFS= read -r name; do
        complain "lib$library.a defines $name, which does not start with ringfort_"
    done < <(grep -v '^ringfort_' "$scratch/$library")
done
# The adapters have no versioned face, so what they show is what they define and did not hide.
for face in wasmtime wasm; do
    header=include/ringfort_$face.h
    for name in $(declared "$header"); do
        if ! grep -qx "$name" "$scratch/ringfort-$face"; then
            complain "$header declares $name, which libringfort-$face.a does not define"
        fi
    done
done

for library in libringfort.so ringfort.node; do
    while IFS= read -r needed; do
        complain "$library needs $needed; it may link only libc"
    done < <(readelf -d "$build/$library" |
        sed -n '/(NEEDED)/ { s/.*\[\(.*\)\].*/\1/; /^libc\./d; /^ld-linux/d; p }')
done

defined_by_addon=$(nm -D --defined-only --format=posix "$build/ringfort.node" | cut -d' ' -f1 | sort)
for name in napi_register_module_v1 node_api_module_get_api_version_v1; do
    if ! grep -qx "$name" <<<"$defined_by_addon"; then
        complain "ringfort.node does not show $name, so that no runtime could load it"
    fi
done
while IFS= read -r name; do
    complain "ringfort.node shows $name"
done < <(grep -vxE 'napi_register_module_v1|node_api_module_get_api_version_v1|ringfort_enter_[a-z0-9_]+' \
    <<<"$defined_by_addon")
while IFS= read -r name; do
    complain "ringfort.node asks for $name, which neither libc nor Node-API has"
done < <(nm -D --undefined-only --format=posix "$build/ringfort.node" |
    awk '$2 == "U" && $1 !~ /@GLIBC_/ && $1 !~ /^(napi|node_api)_/ { print $1 }')

# Older systems than Debian 10 have no Node.js that the package runs on.
while IFS= read -r version; do
    if [ "$(printf '%s\n' 2.28 "$version" | sort -V | tail -n 1)" != 2.28 ]; then
        complain "ringfort.node needs glibc $version; it may need 2.28 at most"
    fi
done < <(objdump -T "$build/ringfort.node" | grep -oE 'GLIBC_[0-9.]+' | sed 's/GLIBC_//' | sort -Vu)
exit "$status"
