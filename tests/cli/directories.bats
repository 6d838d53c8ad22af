# Directories as programs in C list them: telldir and seekdir, on the disk and in memory, and what a long listing costs.
# RINGFORT_ENTRIES=1000000 makes the long listing longer.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

setup_file() {
    export ENTRIES=${RINGFORT_ENTRIES:-50000}
    export LISTER="$WASM_GUESTS/cli_directory.wasm"
    mkdir "$BATS_FILE_TMPDIR/long"
    (cd "$BATS_FILE_TMPDIR/long" && seq -f 'file-%.0f' "$ENTRIES" | xargs touch)
}

# entries FOLDER: makes 1000 files there, half of which `places` removes
entries() {
    (cd "$1" && seq -f 'f-%03g' 500 | xargs touch && seq -f 'g-%03g' 500 | xargs touch)
}

@test "seekdir_leads_to_each_place_that_telldir_gave_while_entries_come_and_go" {
    mkdir d
    entries d
    run -0 ringfort run --dir d::/ "$LISTER" places /
    [ "$output" = "1002 places" ]
}

@test "seekdir_leads_to_each_place_in_a_directory_in_memory" {
    [ "$(stat -f -c %T /dev/shm)" = tmpfs ]
    d=$(mktemp -d /dev/shm/directories.XXXXXX)
    entries "$d"
    run ringfort run --dir "$d::/" "$LISTER" places /
    rm -rf "$d"
    [ "$status" = 0 ]
    [ "$output" = "1002 places" ]
}

# calls GUEST_ARGUMENTS...: runs the lister while strace counts; sets `reads` and `seeks` of directories
calls() {
    run -0 env ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0" strace -f --seccomp-bpf -qq -o "$BATS_TEST_TMPDIR/calls" \
        -e trace=getdents64,lseek "$RINGFORT" run --lockdown off --dir "$BATS_FILE_TMPDIR/long::/" "$LISTER" "$@"
    reads=$(grep -c getdents64 calls)
    seeks=$(grep -c 'lseek(.*SEEK_SET' calls)
}

@test "a_long_listing_reads_each_entry_of_the_host_once" {
    calls count /
    [ "$output" = "$((ENTRIES + 2)) entries" ]
    # 32 KiB a read, 40 bytes an entry at most, and as many again for what the command lists itself
    [ "$reads" -le $((ENTRIES * 40 / 32768 + 20)) ] || { echo "$reads reads"; false; }
    [ "$seeks" -le 10 ] || { echo "$seeks seeks"; false; }
}

@test "readers_of_a_long_listing_that_take_turns_cost_a_seek_each_turn" {
    calls turns / 5000
    [ "$output" = "$((ENTRIES + 2)) entries, and $((ENTRIES + 2))" ]
    # each turn seeks at most for each of the two; and reads what it gives, and what it read ahead
    turns=$((ENTRIES / 5000 + 2))
    [ "$seeks" -le $((turns * 2 + 10)) ] || { echo "$seeks seeks"; false; }
    [ "$reads" -le $((turns * 2 * (5000 * 40 / 32768 + 3) + 20)) ] || { echo "$reads reads"; false; }
}
