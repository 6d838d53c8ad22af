# What a guest must not do to its host: end it, block it past its time, take its descriptors. See guests/host_lives.c.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

# attempt CASE [ARGUMENT...]: runs a case of the guest in a box with a FIFO; in memory where that can be
attempt() {
    local folder=/dev/shm
    [ -w "$folder" ] || folder=$BATS_TEST_TMPDIR
    box=$(mktemp -d "$folder/ringfort-test-XXXXXX")
    mkfifo "$box/fifo"
    run --separate-stderr ringfort run --timeout "$time" --dir "$box::box" \
        "$WASM_GUESTS/host_lives.wasm" "$@" </dev/null
    rm -rf "$box"
}

@test "nothing_a_guest_asks_for_ends_or_hangs_the_command" {
    time=60s
    run -0 ringfort run "$WASM_GUESTS/host_lives.wasm"
    cases=("${lines[@]}")
    ran=0
    for name in "${cases[@]}"; do
        [[ $name == *_for_ever ]] && continue
        attempt "$name"
        echo "$name: $status $stderr"
        [ "$status" -eq 0 ]
        ran=$((ran + 1))
    done
    [ "$ran" -eq 11 ]
}

@test "what_waits_for_ever_ends_in_time" {
    time=200ms
    for name in poll_for_ever fifo_read_for_ever fifo_write_for_ever; do
        started=$(milliseconds)
        attempt "$name"
        echo "$name: $status $stderr"
        [ "$status" -eq 124 ]
        [ $(($(milliseconds) - started)) -lt 10000 ]
    done
}
