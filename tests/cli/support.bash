# What every test of the command shares: an empty folder to work in, a cache of its own, and no colours.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
bats_require_minimum_version 1.5.0

setup() {
    unset NO_COLOR CLICOLOR_FORCE RINGFORT_CACHE_SIZE
    export XDG_CACHE_HOME="$BATS_FILE_TMPDIR/cache" # one for a file: each guest is compiled once
    PROBE="$WASM_GUESTS/cli_probe.wasm"
    cd "$BATS_TEST_TMPDIR"
}

ringfort() {
    "$RINGFORT" "$@"
}

# guest NAME: a guest in the text format
guest() {
    printf '%s\n' "$WASM_GUESTS/cli_$1.wat"
}

# says TEXT: the last run ended with one line on stderr, from ringfort, with TEXT in it
says() {
    [ "${#stderr_lines[@]}" -eq 1 ] || { printf 'not one line: %s\n' "$stderr"; return 1; }
    [[ $stderr == "ringfort: "* ]] || { printf 'not from ringfort: %s\n' "$stderr"; return 1; }
    [[ $stderr == *"$1"* ]] || { printf 'says instead: %s\n' "$stderr"; return 1; }
}

# is_sanitized: whether the command was built with AddressSanitizer, which wants terabytes of address space
is_sanitized() {
    grep -q __asan_init "$RINGFORT"
}

# milliseconds: the time, to measure with
milliseconds() {
    printf '%s\n' $(($(date +%s%N) / 1000000))
}

# as_nobody ARGUMENTS...: runs the command without the privileges that would open every file
as_nobody() {
    if [ "$(id -u)" != 0 ]; then
        "$RINGFORT" "$@"
        return
    fi
    # The folders above may be root's alone, so that only what lies in the current one can be named.
    cp "$RINGFORT" ringfort-of-nobody
    chmod 755 . ringfort-of-nobody
    setpriv --reuid=65534 --regid=65534 --clear-groups ./ringfort-of-nobody "$@"
}

# peak BYTES COMMAND…: runs it, and fails where its memory was more than the limit, a tenth of it and 16 MiB
peak() {
    if is_sanitized; then # which keeps what was freed
        "${@:2}"
        return
    fi
    python3 - "$@" <<'PY'
import resource, subprocess, sys
limit = int(sys.argv[1])
status = subprocess.run(sys.argv[2:]).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
if peak > limit + limit // 10 + (16 << 20):
    sys.exit(f"the peak was {peak >> 20} MiB")
sys.exit(status)
PY
}
