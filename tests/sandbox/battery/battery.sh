#!/usr/bin/env bash
# Tries the battery once: prepares the folders, runs a face, and judges.
#
#     battery.sh NAME self|nobody DIALECT COMMAND...
#
# In COMMAND, USER stands for `--as-nobody` or for nothing, ROOT for where the folders are. The report, a line for each
# attempt, is kept in the build folder as battery/NAME.txt; what did not hold is printed.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

name=$1 user=$2 dialect=$3
shift 3
battery="$RINGFORT_BUILD/tests/battery"
report="$RINGFORT_BUILD/battery/$name.txt"
as=()
if [ "$user" = nobody ] && [ "$(id -u)" = 0 ]; then # anybody else is an ordinary user already
    as=(--as-nobody)
fi

# Tens of thousands of folders: on a disk it takes minutes to remove them. A quarter of a gigabyte has room for them.
if [ "$(stat -f -c %T /dev/shm 2>/dev/null)" = tmpfs ] && [ -w /dev/shm ] &&
    [ "$(df --output=avail /dev/shm | tail -n1)" -gt 262144 ]; then
    export TMPDIR=/dev/shm
fi
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

line=()
for word in "$@"; do
    case $word in
    USER) line+=("${as[@]}") ;;
    ROOT) line+=("$root") ;;
    *) line+=("$word") ;;
    esac
done
"$battery" "${as[@]}" prepare "$root"
"${line[@]}"
mkdir -p "$RINGFORT_BUILD/battery"
"$battery" "${as[@]}" check "$root" "$dialect" >"$report" || status=$?
grep -v '^held ' "$report" | head -n 100
exit "${status:-0}"
