#!/usr/bin/env bash
# Fetches a package of packages.txt, unless the cache has it already, and prints the folder that holds it.
#
# Nothing is taken that does not have the sum written there. Usage: tests/programs/fetch.sh NAME
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
wanted=${1:?usage: fetch.sh NAME, one of the first column of packages.txt}

say() {
    printf 'fetch: %s\n' "$*" >&2
}

# need COMMAND PACKAGE
need() {
    if ! command -v "$1" >/dev/null; then
        say "$1 is not installed (Debian: apt-get install $2)"
        exit 1
    fi
}

line=$(awk -v name="$wanted" '$1 == name' "$here/packages.txt")
if [ -z "$line" ]; then
    say "packages.txt has no $wanted"
    exit 1
fi
read -r name registry package version sums <<<"$line"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ringfort/programs
folder=$cache/$name-$version
if [ -d "$folder" ]; then
    printf '%s\n' "$folder"
    exit 0
fi

mkdir -p "$cache"
exec 9>"$cache/.$name.lock"
flock 9
if [ -d "$folder" ]; then # another run was faster
    printf '%s\n' "$folder"
    exit 0
fi
part=$cache/.$name-$version.part
rm -rf "$part"
mkdir -p "$part"

fetch_pypi() {
    need python3 'python3 python3-pip'
    local sum requirement="$package==$version"
    for sum in $sums; do
        requirement+=" --hash=sha256:$sum"
    done
    printf '%s\n' "$requirement" >"$part.txt"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-compile \
        --no-deps --only-binary=:all: --require-hashes --target "$part" -r "$part.txt" >&2
    rm "$part.txt"
}

fetch_npm() {
    need npm npm
    local archive
    archive=$(cd "$part" && npm pack --silent "$package@$version")
    if ! printf '%s  %s\n' "$sums" "$part/$archive" | sha256sum --check --quiet >&2; then
        say "$package@$version is not the archive whose sum packages.txt has"
        exit 1
    fi
    tar -xzf "$part/$archive" -C "$part" --strip-components=1
    rm "$part/$archive"
}

say "getting $package $version"
"fetch_$registry"
mv "$part" "$folder"
printf '%s\n' "$folder"
