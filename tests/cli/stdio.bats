# Standard streams, which the command shares with others: a guest may read and write them, and changes nothing else.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

CHANGES() {
    printf '%s\n' "$WASM_GUESTS/stdio_changes.wasm"
}

# state FILE: everything of it that a guest could change, but the time of reading, which this changes too
state() {
    stat -c '%s %b %Y %Z' "$1"
    cat "$1"
}

@test "a_log_that_is_appended_to_keeps_its_lines" {
    echo "what others wrote" >audit.log
    before=$(state audit.log)
    run -0 bash -c '"$0" run "$1" 1 >>audit.log' "$RINGFORT" "$(CHANGES)"
    [ "$(state audit.log)" = "$before" ]
}

@test "files_given_as_any_stream_are_not_changed_whoever_opened_them" {
    for name in in out err; do
        echo "what others wrote" >"$name"
    done
    before=$(state in)
    run -0 ringfort run --stdin in --stdout out --stderr err "$(CHANGES)"
    run -0 bash -c '"$0" run "$1" <in 1<>out 2<>err' "$RINGFORT" "$(CHANGES)"
    [ "$(state in)" = "$before" ]
    for name in out err; do
        [ ! -s "$name" ] || [ "$(cat "$name")" = "what others wrote" ]
    done
}

@test "a_directory_as_stdin_is_not_changed" {
    mkdir folder
    before=$(stat -c '%X %Y %Z' folder)
    run bash -c '"$0" run "$1" 0 <folder' "$RINGFORT" "$(CHANGES)"
    [ "$status" -eq 0 ] || [ "$status" -eq 125 ] # where the command refuses it at once
    [ "$(stat -c '%X %Y %Z' folder)" = "$before" ]
}

@test "a_socket_as_stdout_stays_open_for_the_host" {
    run -0 python3 - "$RINGFORT" "$(CHANGES)" <<'PYTHON'
import signal, socket, subprocess, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
ours, theirs = socket.socketpair()
status = subprocess.run([sys.argv[1], 'run', sys.argv[2], '1'], stdout=theirs).returncode
theirs.sendall(b'the host still writes')
ours.sendall(b'and reads')
print(status, ours.recv(64).decode(), theirs.recv(64).decode())
PYTHON
    [ "$output" = "0 the host still writes and reads" ]
}

@test "a_listener_as_stdin_accepts_nothing_for_the_guest" {
    cat >accept.wat <<'WAT'
(module
  (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (call $proc_exit (call $accept (i32.const 0) (i32.const 0) (i32.const 64)))))
WAT
    run -0 python3 - "$RINGFORT" accept.wat <<'PYTHON'
import socket, subprocess, sys
listener = socket.create_server(('127.0.0.1', 0))
client = socket.create_connection(listener.getsockname())
status = subprocess.run([sys.argv[1], 'run', sys.argv[2]], stdin=listener).returncode
listener.accept()
print(status)
PYTHON
    [ "$output" = 76 ] # notcapable
}
