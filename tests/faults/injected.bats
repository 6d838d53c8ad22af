# The command as it is shipped, while the kernel fails its system calls: strace injects the errnos.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load ../cli/support

setup_file() {
    mkdir -p "$BATS_FILE_TMPDIR/box/dir" "$BATS_FILE_TMPDIR/box/many"
    (cd "$BATS_FILE_TMPDIR/box/many" && seq -f 'a-file-with-a-name-of-some-length-%03g' 300 | xargs touch)
}

# runs CALL FAULT...: runs the guest while strace injects each FAULT into CALL, and looks that some fell. A resolver
# or a write that must succeed is checked by the guest itself. Sets status and output.
runs() {
    local call=$1 fault injections=()
    shift
    for fault in "$@"; do
        injections+=(-e "inject=$call:$fault")
    done
    cd "$BATS_FILE_TMPDIR"
    # LeakSanitizer cannot work under strace.
    run env ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0" strace -f --seccomp-bpf -qq -o "$BATS_TEST_TMPDIR/calls" \
        -e "trace=$call" "${injections[@]}" "$RINGFORT" run --lockdown off --dir box "$WASM_GUESTS/faults.wasm"
    grep -q '(INJECTED)' "$BATS_TEST_TMPDIR/calls" || { printf 'nothing was injected into %s\n' "$call"; return 1; }
    case $status in
    0) [ "$output" = right ] ;;
    3) [[ $output == "told "* ]] ;;
    125) [[ $output == "ringfort: "* ]] ;;
    *) false ;;
    esac || { printf '%s %s: status %s, %s\n' "$call" "$*" "$status" "$output"; return 1; }
}

# right CALL FAULT...: nothing of it is seen
right() {
    runs "$@"
    [ "$status" = 0 ] || { printf '%s: %s\n' "$*" "$output"; return 1; }
}

# told MESSAGE CALL FAULT: the guest learns of it
told() {
    local message=$1
    shift
    runs "$@"
    [ "$status" = 3 ] && [[ $output == "told "*": $message" ]] || { printf '%s: %s\n' "$*" "$output"; return 1; }
}

@test "openat2_that_has_to_be_tried_again_is" {
    right openat2 error=EAGAIN:when=1+2
    right openat2 error=EAGAIN:when=2..120
    right openat2 error=EINTR:when=2+3
}

@test "the_walk_takes_over_where_openat2_is_kept_busy_denied_or_absent" {
    right openat2 error=EAGAIN:when=1+
    right openat2 error=ENOSYS:when=1+
    right openat2 error=ENOSYS:when=7+
    right openat2 error=EPERM:when=1+
}

@test "openat2_that_fails_is_told" {
    told 'No file descriptors available' openat2 error=EMFILE:when=9
    told 'Too many open files in system' openat2 error=ENFILE:when=12
    told 'Out of memory' openat2 error=ENOMEM:when=2
    told 'I/O error' openat2 error=EIO:when=40
    told 'Permission denied' openat2 error=EACCES:when=5
}

@test "transfers_that_are_interrupted_go_on" {
    right pwrite64 error=EINTR:when=1+2
    right pread64 error=EINTR:when=4+2
    right fsync error=EINTR:when=1+2
    right ppoll error=EINTR:when=1+2
    right getrandom error=EINTR:when=3
}

@test "transfers_that_fail_are_told" {
    told 'No space left on device' pwrite64 error=ENOSPC:when=1
    told 'Quota exceeded' pwrite64 error=EDQUOT:when=3
    told 'I/O error' pwrite64 error=EIO:when=19
    told 'I/O error' pread64 error=EIO:when=7
    told 'I/O error' fsync error=EIO:when=2
    told 'No space left on device' fsync error=ENOSPC:when=20
}

@test "folders_that_cannot_be_read_or_changed_are_told" {
    told 'I/O error' getdents64 error=EIO:when=1
    told 'Out of memory' getdents64 error=ENOMEM:when=4
    told 'Resource busy' renameat2 error=EBUSY:when=3
    told 'No space left on device' renameat2 error=ENOSPC:when=1
    told 'Read-only file system' unlinkat error=EROFS:when=2
}

@test "waits_that_fail_are_told" {
    told 'Out of memory' ppoll error=ENOMEM:when=1
    told 'Out of memory' ppoll error=ENOMEM:when=11
}

@test "a_start_without_what_it_needs_is_refused_in_words" {
    runs eventfd2 error=EMFILE:when=1
    [ "$status" = 125 ]
    runs fstatfs error=EIO:when=1
    [ "$status" = 125 ]
    right fstatfs error=EINTR:when=1+2
}

@test "what_is_wrong_from_some_time_on_never_ends_by_a_signal" {
    local n
    for n in 12 25 40; do
        runs openat2,getdents64,pwrite64,fsync,renameat2,unlinkat,ppoll "error=EIO:when=$n+"
        runs fstat,newfstatat,lseek,fcntl "error=ENOMEM:when=$n+"
    done
}
