# What the guest is given: directories, environment, standard streams, sockets. And what it is not.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

@test "nothing_is_granted_but_the_standard_streams" {
    echo secret >file
    export SECRET=secret
    run -1 ringfort run "$PROBE" cat file
    [[ $output != *secret* ]]
    run -1 ringfort run "$PROBE" list /
    run -1 ringfort run "$PROBE" list .
    run -0 ringfort run "$PROBE" env
    [ -z "$output" ]
}

@test "dir_gives_a_directory_under_its_own_name" {
    mkdir data
    echo text >data/file
    run -0 ringfort run --dir data "$PROBE" cat data/file
    [ "$output" = text ]
}

@test "dir_gives_the_working_directory" {
    echo text >file
    run -0 ringfort run --dir . "$PROBE" cat file
    [ "$output" = text ]
    run -0 ringfort run --dir . "$PROBE" cat ./file
    [ "$output" = text ]
}

@test "dir_gives_a_directory_under_another_name" {
    mkdir data
    echo text >data/file
    run -0 ringfort run --dir data::/in/here "$PROBE" cat /in/here/file
    [ "$output" = text ]
    run -1 ringfort run --dir data::/in/here "$PROBE" cat data/file
}

@test "dir_is_writable" {
    mkdir data
    run -0 ringfort run --dir data::/d "$PROBE" put /d/file text
    [ "$(cat data/file)" = text ]
    run -0 ringfort run --dir data::/d::rw "$PROBE" put /d/file more
    [ "$(cat data/file)" = more ]
}

@test "dir_with_ro_and_ro_cannot_be_changed" {
    mkdir data
    echo old >data/file
    for option in --dir=data::/d::ro --ro=data::/d; do
        run -0 ringfort run "$option" "$PROBE" cat /d/file
        [ "$output" = old ]
        run -1 ringfort run "$option" "$PROBE" put /d/file new
        [ "$output" = "/d/file: Read-only file system" ]
        run -1 ringfort run "$option" "$PROBE" put /d/another new
        [ "$(cat data/file)" = old ]
        [ ! -e data/another ]
    done
}

@test "ro_lets_memory_devices_be_written_with_and_without_walls" {
    echo old >file
    for walls in auto strict off; do
        if is_sanitized && [ "$walls" = strict ]; then
            continue
        fi
        for dir in /dev::/dev::ro /::/::ro; do
            run -0 ringfort run --lockdown "$walls" --dir "$dir" "$PROBE" put /dev/null text
            run -1 ringfort run --lockdown "$walls" --dir "$dir" "$PROBE" put /dev/full text
            [ "$output" = "/dev/full: No space left on device" ]
            run -1 ringfort run --lockdown "$walls" --dir "$dir" "$PROBE" put /dev/tty text
            [ "$output" = "/dev/tty: Read-only file system" ]
        done
        run -1 ringfort run --lockdown "$walls" --ro /::/ "$PROBE" put "$PWD/file" new
        [ "$output" = "$PWD/file: Read-only file system" ]
    done
    [ "$(cat file)" = old ]
}

@test "dir_that_can_be_searched_but_not_listed_is_given" {
    mkdir given
    echo text >given/file
    chmod 711 given given/..
    if [ "$(id -u)" != 0 ]; then
        chmod 300 given
    fi
    chmod 644 given/file
    cp "$PROBE" probe.wasm
    chmod 644 probe.wasm
    for walls in auto off; do
        for option in --dir=given::/x --ro=given::/x; do
            run -0 as_nobody run --no-cache --lockdown "$walls" "$option" probe.wasm cat /x/file
            [ "$output" = text ]
            run -1 as_nobody run --no-cache --lockdown "$walls" "$option" probe.wasm list /x
            [ "$output" = "/x: Permission denied" ]
        done
        run -0 as_nobody run --no-cache --lockdown "$walls" --dir .::/x probe.wasm cat /x/given/file
        [ "$output" = text ]
    done
    chmod 000 given
    run -125 --separate-stderr as_nobody run --no-cache --dir given probe.wasm list given
    says "given: the directory cannot be opened: Permission denied; its permissions must let you search it"
    chmod 700 given
}

@test "an_empty_guest_name_is_the_host_s" {
    mkdir data
    echo text >data/file
    run -0 ringfort run --dir data::::ro "$PROBE" cat data/file
    [ "$output" = text ]
}

@test "several_directories_are_told_apart" {
    mkdir a b
    echo 1 >a/file
    echo 2 >b/file
    run -0 ringfort run --dir a::/a --ro b::/b "$PROBE" cat /b/file
    [ "$output" = 2 ]
    run -0 ringfort run --dir a::/a --ro b::/b "$PROBE" cat /a/file
    [ "$output" = 1 ]
}

@test "no_guest_leaves_its_directory" {
    mkdir -p data/inside
    echo secret >secret
    ln -s ../secret data/link
    ln -s "$PWD/secret" data/absolute
    for path in /d/../secret /d/inside/../../secret /d/link /d/absolute; do
        run -1 ringfort run --dir data::/d "$PROBE" cat "$path"
        [ "$output" = "$path: Capabilities insufficient" ]
    done
}

@test "a_directory_that_is_not_there_is_125_and_named" {
    run -125 --separate-stderr ringfort run --dir no/such "$PROBE"
    says "no/such: the directory cannot be opened: No such file or directory; create it"
}

@test "a_file_instead_of_a_directory_is_125_and_named" {
    touch file
    run -125 --separate-stderr ringfort run --ro file "$PROBE"
    says "file: the directory cannot be opened: Not a directory"
}

@test "a_directory_that_may_not_be_opened_is_125_and_named" {
    mkdir locked
    chmod 000 locked
    cp "$(guest hello)" hello.wat
    run -125 --separate-stderr as_nobody run --no-cache --dir locked hello.wat
    says "locked: the directory cannot be opened: Permission denied"
}

@test "a_directory_is_refused_before_the_module_is_compiled" {
    printf '\0asm\1\0\0\0garbage' >broken.wasm
    run -125 --separate-stderr ringfort run --dir no/such broken.wasm
    says "no/such"
}

@test "a_slash_at_the_end_of_a_directory_changes_nothing" {
    mkdir data
    echo text >data/file
    for option in --dir=data/ --dir=data// --ro=data/ --dir=data/::::ro; do
        run -0 ringfort run "$option" "$PROBE" cat data/file
        [ "$output" = text ]
    done
    run -0 ringfort run --dir data/::/in/ "$PROBE" cat /in/file
    [ "$output" = text ]
    run -0 ringfort run --dir data/::/ "$PROBE" cat /file
    [ "$output" = text ]
    run -0 ringfort run --dir ./ "$PROBE" cat data/file
    [ "$output" = text ]
}

@test "one_colon_in_the_place_of_two_is_told" {
    mkdir data "with:colon"
    run -125 --separate-stderr ringfort run --dir data:/in "$PROBE"
    says "data:/in: the directory cannot be opened: No such file or directory; two colons separate it from the guest's"
    says "did you mean --dir data::/in?"
    run -125 --separate-stderr ringfort run --ro data:/in "$PROBE"
    says "did you mean --ro data::/in?"
    run -125 --separate-stderr ringfort run --dir data:/in:ro "$PROBE"
    says "did you mean --ro data::/in?"
    run -125 --separate-stderr ringfort run --dir data:ro "$PROBE"
    says "did you mean --ro data?"
    run -125 --separate-stderr ringfort run --dir 'my data:/in' "$PROBE"
    says "did you mean --dir 'my data::/in'?"
    run -2 --separate-stderr ringfort run --dir data::/in:ro "$PROBE"
    says "--dir data::/in:ro: two colons separate the access from the guest's name: did you mean --dir data::/in::ro?"
    run -0 ringfort run --dir with:colon "$PROBE"
    run -0 ringfort run --dir with:colon::/d:x::ro "$PROBE"
}

@test "wrong_forms_of_dir_are_2" {
    run -2 --separate-stderr ringfort run --dir ::/guest "$PROBE"
    says "--dir HOST::GUEST"
    run -2 --separate-stderr ringfort run --dir .::/guest::rx "$PROBE"
    says '"rx" is neither ro nor rw'
    run -2 --separate-stderr ringfort run --ro .::/guest::rw "$PROBE"
    says "only --dir takes a third part"
    run -2 --separate-stderr ringfort run --dir ".::/$(printf '%04096d' 0)" "$PROBE"
    says "longer than 4095 bytes"
}

@test "env_sets_and_passes_on" {
    export PASSED=on KEPT=back
    run -0 ringfort run --env A=1 --env PASSED --env EMPTY= --env NOT_SET_ANYWHERE --env B=x=y "$PROBE" env
    [ "$output" = $'A=1\nPASSED=on\nEMPTY=\nB=x=y' ]
}

@test "a_later_variable_wins" {
    run -0 ringfort run --env A=1 --env AB=2 --env A=3 "$PROBE" env
    [ "$output" = $'A=3\nAB=2' ]
}

@test "inherit_env_passes_all_on_and_env_changes_it" {
    run -0 env -i XDG_CACHE_HOME="$XDG_CACHE_HOME" ONE=1 TWO=2 "$RINGFORT" run --env TWO=zwei --inherit-env "$PROBE" env
    [ "$(sort <<<"$output")" = $'ONE=1\nTWO=zwei\nXDG_CACHE_HOME='"$XDG_CACHE_HOME" ]
}

@test "env_file_sets_what_its_lines_say" {
    printf '# a comment\n\nA=1\r\n  B=two words \nPASSED\nNOT_SET_ANYWHERE\nLAST=no newline' >vars
    export PASSED=on
    run -0 ringfort run --env A=0 --env-file vars --env LAST=won "$PROBE" env
    [ "$output" = $'A=1\nB=two words \nPASSED=on\nLAST=won' ]
}

@test "an_env_file_that_is_not_there_or_not_right_is_125" {
    run -125 --separate-stderr ringfort run --env-file vars "$PROBE"
    says "vars: cannot be opened for --env-file: No such file"
    printf 'A=1\n=2\n' >vars
    run -125 --separate-stderr ringfort run --env-file vars "$PROBE"
    says "vars:2: the variable has no name"
    printf 'A=\0001\n' >vars
    run -125 --separate-stderr ringfort run --env-file vars "$PROBE"
    says "vars:1: a NUL byte"
    run -125 --separate-stderr ringfort run --env-file . "$PROBE"
    says "cannot be read for --env-file: Is a directory"
}

@test "an_env_file_may_begin_with_a_byte_order_mark" {
    printf '\xef\xbb\xbfA=1\nB=2\n' >vars
    run -0 ringfort run --env-file vars "$PROBE" env
    [ "$output" = $'A=1\nB=2' ]
    printf '\xef\xbb\xbf# a comment\nB= 2 =3\n' >vars
    run -0 ringfort run --env-file vars "$PROBE" env
    [ "$output" = 'B= 2 =3' ]
    printf 'A=1\n\xef\xbb\xbfB=2\n' >vars
    run -0 ringfort run --env-file vars "$PROBE" env
    [ "$output" = $'A=1\n\xef\xbb\xbfB=2' ]
}

@test "an_env_file_in_the_way_of_a_shell_is_125_and_the_line_is_named" {
    printf '\xef\xbb\xbfA=1\nexport B=2\nD = 4\n' >vars
    run -125 --separate-stderr ringfort run --env-file vars "$PROBE"
    says 'vars:2: "export" belongs to a shell'
    for line in 'D = 4' 'D =4' $'D\t=4' 'two words' 'D '; do
        printf 'A=1\n\n%s\n' "$line" >vars
        run -125 --separate-stderr ringfort run --env-file vars "$PROBE"
        says 'vars:3: the name of a variable has no blanks'
    done
    printf 'export B\n' >vars
    run -125 --separate-stderr ringfort run --env-file vars "$PROBE"
    says 'vars:1: "export" belongs to a shell'
    printf 'export=1\n' >vars
    run -0 ringfort run --env-file vars "$PROBE" env
    [ "$output" = export=1 ]
}

@test "env_without_a_name_is_2" {
    run -2 --separate-stderr ringfort run --env =x "$PROBE"
    says "the variable has no name"
    run -2 --separate-stderr ringfort run --env "" "$PROBE"
    says "the variable has no name"
}

@test "standard_streams_are_inherited" {
    run -0 --separate-stderr ringfort run "$PROBE" both
    [ "$output" = "to stdout" ]
    [ "$stderr" = "to stderr" ]
    run -0 ringfort run --stdin inherit --stdout inherit --stderr inherit "$PROBE" copy <<<"input"
    [ "$output" = input ]
}

@test "standard_streams_may_be_null" {
    run -0 --separate-stderr ringfort run --stdout null --stderr null "$PROBE" both
    [ -z "$output$stderr" ]
    run -0 ringfort run --stdin null "$PROBE" copy <<<"input"
    [ -z "$output" ]
}

@test "standard_streams_may_be_files" {
    echo input >in
    echo long old text >out
    run -0 --separate-stderr ringfort run --stdin in --stdout out "$PROBE" copy
    [ -z "$output$stderr" ]
    [ "$(cat out)" = input ]
    run -0 --separate-stderr ringfort run --stderr err "$PROBE" both
    [ "$output" = "to stdout" ]
    [ "$(cat err)" = "to stderr" ]
}

@test "a_module_from_stdin_finds_nothing_more_to_read" {
    run -0 ringfort run - copy <"$PROBE"
    [ -z "$output" ]
}

@test "a_standard_stream_that_cannot_be_opened_is_125" {
    run -125 --separate-stderr ringfort run --stdin no/such "$PROBE"
    says "no/such: cannot be opened for --stdin: No such file or directory"
    run -125 --separate-stderr ringfort run --stdout no/such "$PROBE"
    says "no/such: cannot be opened for --stdout"
    run -125 --separate-stderr ringfort run --stderr . "$PROBE"
    says ".: cannot be opened for --stderr: Is a directory"
}

@test "a_directory_is_no_standard_stream" {
    for lockdown in off auto; do
        run -125 --separate-stderr ringfort run --lockdown "$lockdown" "$(guest hello)" </
        says "stdin is a directory, which is no stream; redirect it to a file or a pipe, use --stdin null"
        run -125 --separate-stderr ringfort run --lockdown "$lockdown" --stdin . "$(guest hello)"
        says "stdin is a directory"
        run -125 --separate-stderr bash -c '"$0" run "$1" 1</' "$RINGFORT" "$(guest hello)"
        says "stdout is a directory"
        run -0 ringfort run --lockdown "$lockdown" --stdin null "$(guest hello)" </
    done
    "$RINGFORT" run "$(guest hello)" 2</ && return 1
    [ "$?" = 125 ]
    run -0 ringfort run --dir / --stdin null --stdout null --stderr null "$(guest hello)"
}

# talks TO: sends "ping" to an address and port, and prints the answer
talks() {
    local host=${1%:*}
    exec 5<>"/dev/tcp/$host/${1##*:}"
    printf ping >&5
    timeout 10 cat <&5
    exec 5>&-
}

# listening OPTION...: starts a guest that answers once, and waits until its port is known
listening() {
    "$RINGFORT" run "$@" 2>notes &
    for _ in $(seq 100); do
        grep -q 'listening on' notes && break
        sleep 0.05
    done
    port=$(sed -n 's/^ringfort: listening on .*:\([0-9]*\)$/\1/p' notes)
}

@test "listen_gives_a_socket_after_the_directories" {
    listening --listen 127.0.0.1:0 --dir .::/d "$PROBE" serve 4
    run -0 talks "127.0.0.1:$port"
    [ "$output" = ping ]
    wait $!
}

@test "listen_takes_a_name_for_loopback_and_ipv6" {
    listening --listen localhost:0 "$PROBE" serve 3
    run -0 talks "127.0.0.1:$port"
    [ "$output" = ping ]
    wait $!
    listening --listen '[::1]:0' "$PROBE" serve 3
    run -0 talks "::1:$port"
    [ "$output" = ping ]
    wait $!
}

@test "quiet_does_not_tell_the_port" {
    run -0 --separate-stderr ringfort run --quiet --listen 127.0.0.1:0 "$PROBE"
    [ -z "$stderr" ]
}

@test "a_port_that_is_taken_is_125" {
    listening --listen 127.0.0.1:0 "$PROBE" serve 3
    run -125 --separate-stderr ringfort run --listen "127.0.0.1:$port" "$PROBE"
    says "--listen 127.0.0.1:$port: Address already in use; another program listens there"
    talks "127.0.0.1:$port"
    wait $!
}

@test "an_address_of_another_machine_is_125" {
    run -125 --separate-stderr ringfort run --listen 192.0.2.1:0 "$PROBE"
    says "this machine does not have the address"
}

@test "wrong_forms_of_listen_are_2" {
    for address in 8080 :8080 127.0.0.1 127.0.0.1: 127.0.0.1:65536 127.0.0.1:-1 example.org:80 ::1:80 \
        '[::1:80' '[]:80' 1.2.3:80; do
        run -2 --separate-stderr ringfort run --listen "$address" "$PROBE"
        says "--listen $address: invalid address; use one such as"
    done
}

@test "dir_refuses_procfs_and_names_the_remedy" {
    run -125 --separate-stderr ringfort run --dir /proc "$PROBE" cat /proc/version
    says '--allow-system-files'
    run -1 ringfort run --dir / "$PROBE" cat /proc/version
}

@test "allow_system_files_gives_procfs" {
    run -0 ringfort run --allow-system-files --ro /proc "$PROBE" cat /proc/version
    [[ $output == Linux* ]]
    run -0 ringfort run --allow-system-files --ro / "$PROBE" cat /proc/version
}
