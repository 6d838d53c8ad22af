#!/usr/bin/env bats
# A Go program on ringfort: arguments, files, folders, links, clocks, goroutines, sockets, exit codes.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

bats_require_minimum_version 1.5.0

setup_file() {
    load support
    ringfort_is_given
    go=$("$programs/go.sh")
    cd "$programs/go"
    for program in tour echo web; do
        GOTOOLCHAIN=local GOFLAGS='' GOWORK=off GOOS=wasip1 GOARCH=wasm \
            "$go" build -o "$BATS_FILE_TMPDIR/$program.wasm" "./$program"
    done
}

setup() {
    load support
    fresh_folder
    tour=$BATS_FILE_TMPDIR/tour.wasm
}

# part NAME [ARGUMENT…]: a part of the tour that has the test's folder as /box
part() {
    guest --dir "$box::/box" "$tour" "$@"
    equals "$status" 0
    equals "$output" "$1: good"
}

@test "a Go program gets its arguments as they are" {
    guest "$tour" args '' 'two words' $'a\nb' 'ü' -- --dir
    equals "$output" '6 ["" "two words" "a\nb" "ü" "--" "--dir"]'
    equals "$status" 0
}

@test "a Go program gets the environment that it is given and no more" {
    SECRET=1 guest --env 'A=x=y' --env EMPTY= "$tour" env A EMPTY SECRET PATH
    equals "$output" $'A="x=y" true\nEMPTY="" true\nSECRET="" false\nPATH="" false\n2'
}

@test "a Go program's exit code is the command's" {
    for code in 0 1 7 100; do
        guest "$tour" exit "$code"
        equals "$status" "$code"
    done
}

@test "a Go program that panics ends with 2 and its goroutines' traces" {
    guest "$tour" panic
    equals "$status" 2
    [[ $stderr == *'panic: the guest gave up'*'main.main'* ]]
}

@test "a Go program copies a megabyte from stdin to stdout" {
    head -c 1048576 /dev/zero | tr '\0' 'a' >"$box/in"
    tr a A <"$box/in" >"$box/wanted"
    "$RINGFORT" run "$tour" copy <"$box/in" >"$box/out"
    cmp "$box/out" "$box/wanted"
    # through pipes, whose reads are short
    # shellcheck disable=SC2002
    cat "$box/in" | "$RINGFORT" run "$tour" copy | cat >"$box/out"
    cmp "$box/out" "$box/wanted"
}

@test "a Go program gets random bytes" {
    part random
}

@test "a Go program writes, reads, appends, truncates, times, renames and removes files" {
    part files /box
    equals "$(ls -A "$box")" ''
}

@test "a Go program fills a folder with 3000 files, lists it, walks it and removes it" {
    part dirs /box
    equals "$(ls -A "$box")" ''
}

@test "a Go program makes and follows links" {
    part links /box
    equals "$(readlink "$box/sub/soft")" ../file
}

@test "a Go program does not get out of its folder" {
    mkdir "$box/in"
    printf secret >"$box/secret"
    ln -s ../secret "$box/in/up"
    ln -s "$box/secret" "$box/in/absolute"
    ln -s .. "$box/in/parent"
    guest --dir "$box/in::/box" "$tour" outside /box/up /box/absolute /box/parent/secret
    equals "$status" 0
    equals "$output" $'/box/up: 76\n/box/absolute: 76\n/box/parent/secret: 76'
    # what no folder's name leads to, Go refuses by itself, with BADF
    guest --dir "$box/in::/box" "$tour" outside "$box/secret" /etc/passwd /box/../secret
    equals "$status" 0
    equals "$output" "$box/secret: 8"$'\n/etc/passwd: 8\n/box/../secret: 8'
}

@test "a Go program changes nothing in a read-only folder" {
    printf text >"$box/file"
    touch -d 2001-01-01 "$box/file"
    before=$(ls -lA --full-time "$box")
    guest --ro "$box::/box" "$tour" read-only /box
    equals "$output" 'read-only: good'
    equals "$(ls -lA --full-time "$box")" "$before"
    equals "$(cat "$box/file")" text
}

@test "a Go program sleeps as long as it asks, and its timers come in order" {
    part clocks
}

@test "a hundred goroutines sleep and write at one time" {
    part goroutines /box
}

# Clients in bash: two connections are open together, and the first is silent until the second is done.
talk_to_echo() {
    local line
    exec 7<>"/dev/tcp/127.0.0.1/$1" 8<>"/dev/tcp/127.0.0.1/$1"
    printf 'second\n' >&8
    read -r -t 120 -u 8 line
    equals "$line" SECOND
    exec 8>&-
    sleep 0.2 # the guest runs for sure by now, and its timers have to go on
    printf 'first\n' >&7
    read -r -t 120 -u 7 line
    equals "$line" FIRST
    exec 7>&-
}

@test "a Go program serves two TCP connections at one time on the socket that it is given" {
    for try in 1 2 3 4 5; do # a port may be taken
        port=$((20000 + RANDOM % 12000))
        timeout 200 "$RINGFORT" run --listen "127.0.0.1:$port" "$BATS_FILE_TMPDIR/echo.wasm" 2 \
            >"$box/out" 2>"$box/err" 3>&- &
        server=$!
        for wait in {1..100}; do
            if ! kill -0 "$server" 2>/dev/null; then
                break
            fi
            # asking the kernel, since a connection to try would count as one of the two
            if grep -qi "0100007F:$(printf %04X "$port") 00000000:0000 0A" /proc/net/tcp; then
                break 2
            fi
            sleep 0.1
        done
        cat "$box/err"
    done
    printf 'port %s, try %s, after %s waits\n' "$port" "$try" "$wait"
    talk_to_echo "$port"
    wait "$server"
    equals "$(cat "$box/out")" 'served 2'
}

@test "a Go program serves a hundred HTTP clients at one time on a socket that does not block" {
    timeout 400 "$RINGFORT" run --listen 127.0.0.1:0::nonblock "$BATS_FILE_TMPDIR/web.wasm" \
        >"$box/out" 2>"$box/err" 3>&- &
    server=$!
    for _ in {1..100}; do
        port=$(sed -n 's/^ringfort: listening on 127.0.0.1:\([0-9]*\)$/\1/p' "$box/err")
        [ -n "$port" ] && break
        sleep 0.1
    done
    run -0 timeout 300 python3 "$programs/go/web/clients.py" "$port"
    equals "$output" good
    wait "$server"
    [[ $(cat "$box/out") == 'served '* ]]
}
