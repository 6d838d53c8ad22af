# What the tests of real programs share: the command under test, its sandbox folder, fetched and built modules.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# shellcheck shell=bash

# The folder of the tests' own files, the cache for what is fetched and built.
programs=$BATS_TEST_DIRNAME
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ringfort/programs

# ringfort_is_given: fails where no command is under test
ringfort_is_given() {
    if [ ! -x "${RINGFORT:-}" ]; then
        printf 'RINGFORT is not the path of the command: "%s"\n' "${RINGFORT:-}" >&2
        return 1
    fi
}

# fresh_folder: makes $box, an empty folder of this test
fresh_folder() {
    box=$BATS_TEST_TMPDIR/box
    mkdir "$box"
}

# equals GOT WANTED: compares, and shows both where they differ
equals() {
    if [ "$1" != "$2" ]; then
        printf 'got:    %s\nwanted: %s\n' "$1" "$2" >&2
        return 1
    fi
}

# guest ARGUMENT…: runs the command; bats' `run` leaves $status and $output, of stdout alone
guest() {
    run --separate-stderr timeout 300 "$RINGFORT" run "$@"
    # shown by bats only if the test fails
    printf '$ ringfort run %s\nstatus %s\n%s\n%s\n' "$*" "$status" "$output" "$stderr"
}
