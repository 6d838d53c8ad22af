#!/usr/bin/env bash
# Checks what every source file owes its reader: a licence line at its top, a bounded length, no leftovers.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

cd "$(dirname "$0")/.."
lines_max=500
status=0

# complain FILE WHAT
complain() {
    printf '%s: %s\n' "$1" "$2" >&2
    status=1
}

while IFS= read -r file; do
    [ -f "$file" ] || continue
    if ! head -n 40 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception'; then
        complain "$file" 'no line "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception" near its top'
    fi
    case $file in
    *.c | *.h | *.sh | *.bats | *.[cm]js | *.[cm]ts | *.ts)
        lines=$(wc -l <"$file")
        if [ "$lines" -gt "$lines_max" ]; then
            complain "$file" "$lines lines; at most $lines_max, so that a file stays one subject"
        fi
        columns=120
        if [[ $file == *.[ch] ]]; then
            columns=100 # make format wraps comments
        fi
        if LC_ALL=C.UTF-8 grep -nE "^.{$((columns + 1)),}" "$file" >&2; then
            complain "$file" "a line of more than $columns columns"
        fi
        ;;
    esac
    if grep -nE '\b(TODO|FIXME|XXX)\b' "$file" | grep -v "grep -nE" >&2; then
        complain "$file" 'something is left to be done'
    fi
done < <(git ls-files -co --exclude-standard -- '*.c' '*.h' '*.def' '*.sh' '*.bats' '*.cmake' '*.in' '*.wat' \
    '*.map' '*.mjs' '*.cjs' '*.mts' '*.ts' CMakeLists.txt Makefile .ci/run)

# Calls that format or resolve without bounds, or that ask about a path and use it later.
if grep -nEw '(strcpy|strcat|sprintf|vsprintf|gets|strtok|tmpnam|mktemp|alloca|system|popen)\(' \
    -r include src engines cli node/addon --include='*.[ch]' >&2; then
    complain 'include src engines cli node/addon' 'a banned call'
fi
exit "$status"
