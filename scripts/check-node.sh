#!/usr/bin/env bash
# Checks the npm package: it has the version of the library, what it names is there, and Node 20 can read every script.
#
# A test that is skipped has failed; Deno does not tell of all that are, so none may be written.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

cd "$(dirname "$0")/.."
status=0

# complain FILE WHAT
complain() {
    printf '%s: %s\n' "$1" "$2" >&2
    status=1
}

version=$(sed -n 's/^#define RINGFORT_VERSION  *"\(.*\)"/\1/p' include/ringfort.h)
while IFS= read -r line; do
    if [[ $line != *"\"$version\""* ]]; then
        complain node/package.json "include/ringfort.h has version $version, and this has:$line"
    fi
done < <(grep -E '"(version|@ringfort/[a-z0-9-]+)":' node/package.json)

while IFS= read -r file; do
    if [ ! -f "node/$file" ]; then
        complain node/package.json "names $file, which is not in node/"
    fi
done < <(grep -oE '"\./[^"]*\.[a-z]+"' node/package.json | tr -d '"' | sort -u)

oldest=$(scripts/npm.sh tests/node)/node_modules/node20/bin/node
while IFS= read -r file; do
    if [ -f "$file" ] && ! "$oldest" --check "$file"; then
        complain "$file" 'is not JavaScript that Node 20 can read'
    fi
done < <(git ls-files -co --exclude-standard -- '*.mjs' '*.cjs')

if git ls-files -co --exclude-standard -z -- 'tests/node/*.mjs' |
    xargs -0 grep -nE '\.(skip|todo|only)\(|\{ *(skip|todo|only)\b' >&2; then
    complain tests/node 'a test is skipped, or left to be done'
fi
exit "$status"
