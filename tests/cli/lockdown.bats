# The walls around the command: that they stand, that a guest is held by them where the resolver does not hold it, and
# that programs work within them.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

BROKEN="$RINGFORT_BUILD/tests/ringfort-broken"

# make_tree: a folder `d` to give, beside a folder with canaries
make_tree() {
    rm -rf d outside
    mkdir -p d/in outside/nest
    echo mine >d/in/mine
    echo canary >outside/canary
    echo victim >outside/victim
    ln -s canary outside/link
    ln -s ../../outside d/in/out
    ln -s "$PWD/outside" d/in/absolute
    chmod -R a+rwX .
    [ "$(id -u)" != 0 ] || chown -hR 65534:65534 d outside # only an owner may set times
}

# outside_is_untouched: nothing was made, changed or removed, and no time was set
outside_is_untouched() {
    [ "$(cd outside && find . | LC_ALL=C sort | tr '\n' ' ')" = ". ./canary ./link ./nest ./victim " ]
    [ "$(cat outside/canary outside/victim)" = $'canary\nvictim' ]
    [ "$(stat -c %Y outside/canary)" -gt 1 ]
    [ "$(stat -c %h outside/canary)" -eq 1 ]
}

# The ways out that the broken resolver leaves open.
ways="/d/in/../../outside /d/in/out /d/in/absolute"

# escape MODE WAY RUNNER…: what the guest managed to do, in one line
escape() {
    local mode=$1 way=$2
    shift 2
    "$@" "$BROKEN" run --lockdown "$mode" --dir d::/d "$WASM_GUESTS/cli_escape.wasm" "$way" /d/in | tr '\n' ' '
}

# What setpriv is to give to as_user's process.
rights=()

as_user() {
    if [ "$(id -u)" != 0 ]; then
        "$@"
        return
    fi
    # The folders above may be root's alone, so that only what lies in the current one can be named.
    cp "$1" as-user
    chmod 755 . as-user
    local guest
    for guest in "$@"; do
        case $guest in *.wasm) cp "$guest" guest.wasm && chmod 644 guest.wasm ;; esac
    done
    XDG_CACHE_HOME=$PWD/cache-of-user
    mkdir -p "$XDG_CACHE_HOME" && chown 65534:65534 "$XDG_CACHE_HOME"
    shift
    setpriv --reuid=65534 --regid=65534 --clear-groups "${rights[@]}" ./as-user "${@/*.wasm/guest.wasm}"
}

without() {
    local calls=$1
    shift
    "$RINGFORT_BUILD/without-calls" "$calls" "$@"
}

everything="stat readlink read list times write create mkdir symlink link-out link-in rename-out rename-in truncate \
unlink rmdir "

@test "without_lockdown_a_broken_resolver_lets_the_guest_do_everything_outside" {
    for way in $ways; do
        make_tree
        run -0 escape off "$way"
        [ "$output" = "$everything" ]
    done
}

@test "in_lockdown_a_broken_resolver_lets_the_guest_do_nothing_outside" {
    for mode in auto strict; do
        for way in $ways; do
            make_tree
            run -0 escape "$mode" "$way"
            [ -z "$output" ]
            outside_is_untouched
        done
    done
}

@test "in_lockdown_the_guest_of_an_ordinary_user_is_held_too" {
    make_tree
    run -0 escape off /d/in/out as_user
    [ "$output" = "$everything" ]
    for way in $ways; do
        make_tree
        run -0 escape strict "$way" as_user
        [ -z "$output" ]
        outside_is_untouched
    done
}

@test "landlock_alone_lets_the_guest_only_look_at_names_and_set_times" {
    for way in $ways; do
        make_tree
        run -0 escape strict "$way" without unshare
        [ "$output" = "stat readlink times " ]
    done
}

@test "namespaces_alone_hold_the_guest" {
    for way in $ways; do
        make_tree
        run -0 escape auto "$way" without landlock_create_ruleset,seccomp
        [ -z "$output" ]
        outside_is_untouched
    done
}

@test "seccomp_alone_does_not_hold_files" {
    make_tree
    run -0 escape auto /d/in/out without unshare,landlock_create_ruleset
    [ "$output" = "$everything" ]
}

@test "a_read_only_directory_is_so_for_a_broken_resolver_too" {
    make_tree
    mkdir d/sub
    echo x >d/sub/canary
    run -0 "$BROKEN" run --lockdown strict --ro d::/d "$WASM_GUESTS/cli_escape.wasm" /d/sub /d/in
    [ "$output" = $'stat\nread\nlist' ]
}

@test "strict_refuses_without_landlock_or_seccomp" {
    run -125 --separate-stderr without landlock_create_ruleset "$RINGFORT" run --lockdown strict "$(guest hello)"
    says "--lockdown strict: there is no landlock (the kernel has no Landlock: "
    [ -z "$output" ]
    run -125 --separate-stderr without seccomp,prctl "$RINGFORT" run --lockdown strict "$(guest hello)"
    says "--lockdown strict: there is no seccomp (the kernel takes no filter"
    [ -z "$output" ]
}

@test "auto_goes_on_with_what_there_is" {
    run -0 without landlock_create_ruleset,unshare,seccomp "$RINGFORT" run --lockdown auto "$(guest hello)"
    [ "$output" = "hello world" ]
}

@test "a_mode_that_is_none_is_2" {
    run -2 --separate-stderr ringfort run --lockdown maybe "$(guest hello)"
    says "--lockdown maybe: is none of off, auto and strict"
}

# in_strict ARGUMENTS…: the command, locked down as far as it goes
in_strict() {
    ringfort run --lockdown strict "$@"
}

@test "files_and_directories_work_in_lockdown" {
    mkdir data other
    run -0 in_strict --dir data::/d::rw --dir data::/r::ro "$PROBE" put /d/file text
    [ "$(cat data/file)" = text ]
    run -0 in_strict --dir data::/d::rw --dir data::/r::ro "$PROBE" cat /r/file
    [ "$output" = text ]
    for guest in directories files links; do
        run -0 in_strict --dir other::/box "$WASM_GUESTS/$guest.wasm"
    done
}

@test "what_is_made_in_lockdown_belongs_to_the_caller" {
    mkdir data
    chmod 777 data
    run -0 as_user "$RINGFORT" run --lockdown strict --dir data::/d "$PROBE" put /d/file text
    owner=$(id -u)
    [ "$owner" != 0 ] || owner=65534
    [ "$(stat -c %u data/file)" = "$owner" ]
}

@test "roots_guest_uses_files_of_others_in_lockdown" {
    [ "$(id -u)" = 0 ] || return 0
    mkdir data
    echo text >data/file
    chown 1234:1234 data data/file
    chmod 700 data
    chmod 600 data/file
    run -0 in_strict --dir data::/d "$PROBE" cat /d/file
    [ "$output" = text ]
}

@test "a_user_s_single_right_over_files_is_kept_in_lockdown" {
    [ "$(id -u)" = 0 ] || return 0
    mkdir data
    echo text >data/file
    chown -R 1234:1234 data
    chmod 700 data
    rights=(--inh-caps=+dac_read_search --ambient-caps=+dac_read_search)
    run -0 as_user "$RINGFORT" run --lockdown strict --ro data::/d "$PROBE" cat /d/file
    [ "$output" = text ]
    run -0 as_user "$RINGFORT" run --lockdown auto --print-policy "$PROBE"
    grep -qx 'wall.privileges up' <<<"$output"
}

@test "a_mount_beneath_a_directory_is_there_in_lockdown" {
    mkdir -p data/mounted
    run -0 unshare --mount --map-root-user bash -c '
        mount -t tmpfs none data/mounted && echo text >data/mounted/file &&
        exec "$0" run --lockdown strict --dir data::/d "$1" cat /d/mounted/file' "$RINGFORT" "$PROBE"
    [ "$output" = text ]
}

@test "mounts_that_are_shared_with_others_are_no_obstacle" {
    run -0 unshare --mount --map-root-user --propagation shared "$RINGFORT" run --lockdown auto --print-policy "$PROBE"
    grep -qx 'wall.namespaces up' <<<"$output"
}

@test "streams_timeouts_threads_and_traces_work_in_lockdown" {
    run -0 bash -c 'echo text | "$0" run --lockdown strict --trace-file trace "$1" copy' "$RINGFORT" "$PROBE"
    [ "$output" = text ]
    grep -q '^fd_read' trace
    run -124 --separate-stderr in_strict --timeout 200ms "$PROBE" sleep 60
    says "(--timeout)"
    run -5 in_strict --threads "$(guest threads)"
    run -0 in_strict --stdin null --stdout file "$(guest hello)"
    [ "$(cat file)" = "hello world" ]
}

@test "threads_that_wait_for_ever_are_woken_in_lockdown" {
    cat >waits.wat <<'EOF'
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "env" "memory" (memory 1 1 shared))
  (export "memory" (memory 0))
  (func (export "wasi_thread_start") (param i32 i32)
    (i32.atomic.store (i32.const 8) (i32.const 1))
    (drop (memory.atomic.notify (i32.const 8) (i32.const 1)))
    (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))
  (func (export "_start")
    (drop (call $spawn (i32.const 0)))
    (drop (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const 1000000000)))
    (call $proc_exit (i32.const 5))))
EOF
    run -5 in_strict --threads waits.wat
}

@test "traps_are_told_in_lockdown" {
    run -134 --separate-stderr in_strict "$PROBE" trap
    [[ $stderr == *inner*outer* ]]
}

@test "a_listener_serves_in_lockdown" {
    in_strict --listen 127.0.0.1:0 "$PROBE" serve 3 2>note &
    server=$!
    for _ in {1..100}; do
        [ -s note ] && break
        sleep 0.05
    done
    port=$(grep -o '[0-9]*$' note)
    exec 7<>"/dev/tcp/127.0.0.1/$port"
    echo ping >&7
    read -r -t 10 answer <&7
    exec 7>&-
    [ "$answer" = ping ]
    wait "$server"
}

@test "what_the_caller_left_open_is_closed" {
    mkfifo fifo
    exec 7<>fifo
    "$RINGFORT" run --lockdown strict "$PROBE" sleep 60 7<>fifo 8<fifo &
    ringfort=$!
    for _ in {1..100}; do
        grep -q '^Max processes  *0 ' "/proc/$ringfort/limits" && break # a wall that comes later
        sleep 0.05
    done
    links=$(readlink "/proc/$ringfort"/fd/* | sort | uniq -c)
    status=$(cat "/proc/$ringfort/status")
    limits=$(cat "/proc/$ringfort/limits")
    kill "$ringfort"
    exec 7>&-
    [[ $links != *fifo* ]]
    [[ $status == *$'NoNewPrivs:\t1'* ]]
    [[ $limits == *"Max core file size        0 "* ]]
}

@test "every_system_call_of_the_library_is_allowed" {
    calls=$(grep -rhoE 'SYS_[a-z0-9_]+' "$RINGFORT_SOURCE/src" | sort -u)
    [ "$(wc -l <<<"$calls")" -gt 30 ]
    for call in $calls; do
        grep -q "CALL(${call#SYS_})" "$RINGFORT_SOURCE/cli/lockdown_seccomp.c" ||
            { printf 'a guest that comes to %s would end the process\n' "$call"; return 1; }
    done
}
