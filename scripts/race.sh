#!/usr/bin/env bash
# race.sh BUILD: ten million calls for each shape of a race, with openat2 and without; RACE_CALLS names another number.
#
# One line a shape, after a line for each resolver. Any call that gets out of its box fails it, and so does a shape in
# which not more than a tenth of the calls succeeded.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

build=$1
races=("$build/tests/test-sandbox-races" --milliseconds 0 --calls "${RACE_CALLS:-10000000}" --guest-path box)
status=0
printf 'openat2\n'
"${races[@]}" || status=1
printf 'walk\n'
"$build/without-openat2" "${races[@]}" || status=1
exit "$status"
