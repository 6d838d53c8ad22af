#!/usr/bin/env bash
# Builds the npm packages: `ringfort`, and for each platform one that holds its addon; prints the archives' names.
#
# Usage: scripts/packages.sh FOLDER    (the builds are kept in it, the archives FOLDER/*.tgz replaced)
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

cd "$(dirname "$0")/.."
out=${1:?usage: scripts/packages.sh FOLDER}
mkdir -p "$out"
out=$(cd "$out" && pwd)
version=$(sed -n 's/^#define RINGFORT_VERSION  *"\(.*\)"/\1/p' include/ringfort.h)

# The names of the platforms, as node/package.json has them.
mapfile -t platforms < <(sed -n 's/.*"@ringfort\/\(linux-[a-z0-9-]*\)".*/\1/p' node/package.json)

# addon PLATFORM: compiles its addon and puts it, without symbols for debuggers, into the platform's package
addon() {
    local build=$out/build/$1 toolchain=$PWD/cmake/toolchains/$1.cmake
    local options=(-DCMAKE_BUILD_TYPE=Release -DRINGFORT_ENGINE=OFF -DRINGFORT_TESTS=OFF)
    if [ -f "$toolchain" ]; then
        options+=("-DCMAKE_TOOLCHAIN_FILE=$toolchain")
    else
        options+=(-DCMAKE_C_COMPILER=gcc)
    fi
    if ! { cmake -S . -B "$build" -G Ninja "${options[@]}" && cmake --build "$build" --target ringfort-node &&
        cmake --install "$build" --component node --strip --prefix "$out/package/$1"; } >"$out/build/$1.log" 2>&1; then
        cat "$out/build/$1.log" >&2
        printf 'packages: the addon for %s could not be built (see above)\n' "$1" >&2
        exit 1
    fi
}

# describe PLATFORM: writes the rest of the platform's package
describe() {
    local os cpu libc
    IFS=- read -r os cpu libc <<<"$1"
    cat >"$out/package/$1/package.json" <<END
{
  "name": "@ringfort/$1",
  "version": "$version",
  "description": "The addon of the package ringfort for $1",
  "license": "Apache-2.0 WITH LLVM-exception",
  "engines": { "node": ">=20" },
  "os": ["$os"],
  "cpu": ["$cpu"],
  "libc": ["${libc/gnu/glibc}"],
  "main": "./ringfort.node",
  "files": ["ringfort.node"]
}
END
    cat >"$out/package/$1/README.md" <<END
# @ringfort/$1

The addon of the package \`ringfort\` for $1. It comes with that package, and is of no use alone.
END
    cp LICENSE "$out/package/$1"
}

rm -rf "$out/package" "$out"/*.tgz
mkdir -p "$out/package" "$out/build"
for platform in "${platforms[@]}"; do
    addon "$platform"
    describe "$platform"
done
mkdir "$out/package/ringfort"
# npm takes what package.json lists under "files", so what else lies in node/ does no harm.
cp -R node/. LICENSE "$out/package/ringfort"
for package in "$out"/package/*; do
    (cd "$out" && npm pack --silent --ignore-scripts "./package/${package##*/}")
done
