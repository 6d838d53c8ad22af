#!/usr/bin/env bash
# Installs what a folder's package.json and package-lock.json pin, once, and prints the folder that holds node_modules.
#
# The result is kept in the user's cache folder under a key made of both files, so that nothing is written into the
# sources and a clean checkout finds it again. No package's own scripts are run. Usage: scripts/npm.sh FOLDER
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

# shellcheck source=scripts/once.sh
. "$(dirname "$0")/once.sh"
folder=$(cd "${1:?usage: scripts/npm.sh FOLDER}" && pwd)

say() {
    printf 'npm: %s\n' "$*" >&2
}

key=$(cat "$folder/package.json" "$folder/package-lock.json" | sha256sum | cut -c1-16)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ringfort/npm
out=$cache/$key
once "$out" "$out" "$cache/.lock-$key"
if ! command -v npm >/dev/null; then
    say "npm is needed for the packages of ${folder##*/} (Debian: apt-get install npm)"
    exit 1
fi

say "installing the packages of $folder/package.json into $out; this is done once"
part=$cache/part-$key
rm -rf "$part"
mkdir "$part"
cp "$folder/package.json" "$folder/package-lock.json" "$part"
# Not npm ci, which wants every optional package of other platforms in the lock file, though registries lack some.
# --force: packages for a kind of machine that npm does not know, wasm32, or that runs under an emulator
if ! npm install --no-save --force --ignore-scripts --no-audit --no-fund --loglevel=error --prefix "$part" >&2; then
    rm -rf "$part"
    say "could not install them (see above)"
    exit 1
fi
mv "$part" "$out"
printf '%s\n' "$out"
