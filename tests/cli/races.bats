# Races: a guest of the command uses paths while a process, or another guest, changes where they lead.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

# race SHAPE...: holds each of these races in a box that the command gives its guests
race() {
    "$RINGFORT_BUILD/tests/test-sandbox-races" --milliseconds 100 --guest-path box "$@" -- \
        "$RINGFORT" run --dir .::box "$WASM_GUESTS/race.wasm"
}

@test "paths_stay_inside_while_another_process_changes_the_way" {
    race native-x native-d native-r native-m
}

@test "paths_stay_inside_while_another_guest_changes_the_way" {
    race guest-x guest-d guest-r guest-m
}
