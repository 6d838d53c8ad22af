# The paths of options beneath a directory that the guest may write: what an earlier guest put there is not followed.
# And directories that overlap with different access.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

# planted OPTION PATH [MORE...]: a run with that option is refused, and the message names the option and the path
planted() {
    local option=$1 path=$2
    shift 2
    run -125 --separate-stderr ringfort run "$option" "$path" "$@" "$(guest hello)"
    [ -z "$output" ]
    says "$option $path: "
    [ "$(cat precious)" = precious ]
}

@test "a_link_that_a_guest_put_in_the_place_of_its_output_is_not_followed" {
    mkdir out
    echo precious >precious
    cat >plant.wat <<'EOT'
(module
  (import "wasi_snapshot_preview1" "path_symlink" (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "../precious") (data (i32.const 32) "log.txt")
  (data (i32.const 64) "\50\00\00\00\05\00\00\00") (data (i32.const 80) "evil\n")
  (func (export "_start")
    (drop (call $write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 128)))
    (drop (call $unlink (i32.const 3) (i32.const 32) (i32.const 7)))
    (call $exit (call $symlink (i32.const 0) (i32.const 11) (i32.const 3) (i32.const 32) (i32.const 7)))))
EOT
    run -0 ringfort run --dir out::/out --stdout out/log.txt plant.wat
    [ -L out/log.txt ]
    run -125 --separate-stderr ringfort run --dir out::/out --stdout out/log.txt plant.wat
    says '--stdout out/log.txt: "log.txt" is a symbolic link in a directory that the guest may write (--dir out), so it'
    says "remove the link, or name a path outside"
    [ "$(cat precious)" = precious ]
}

@test "every_option_that_names_a_path_follows_no_link_beneath_a_writable_directory" {
    mkdir -p out/sub elsewhere
    echo precious >precious
    echo A=1 >vars
    cp "$(guest hello)" hello.wat
    ln -s ../precious out/link
    ln -s ../new out/dangling
    ln -s ../elsewhere out/folder
    ln -s "$PWD/precious" out/absolute
    ln -s ../vars out/vars
    ln -s sub out/within
    for option in --stdin --stdout --stderr --trace-file; do
        for path in out/link out/absolute out/folder/x out/../out/link ./out//link out/within/x; do
            planted "$option" "$path" --dir out
            planted "$option" "$path" --dir out::/o --ro elsewhere
        done
    done
    planted --stdout out/dangling --dir out
    planted --trace-file out/dangling --dir out
    planted --env-file out/vars --dir out
    planted --dir out/folder --dir out::/o
    planted --dir out/within --dir out::/o
    planted --dir out/within/ --dir out::/o
    planted --dir out/folder/. --dir out::/o
    [ ! -e new ]
    [ -z "$(ls elsewhere)" ]
    ln -s ../hello.wat out/module.wat
    run -125 --separate-stderr ringfort run --dir out out/module.wat
    says 'FILE out/module.wat: "module.wat" is a symbolic link'
}

@test "a_writable_directory_is_known_by_what_it_is_and_not_by_its_spelling" {
    mkdir -p out/deep
    echo precious >precious
    ln -s ../precious out/link
    ln -s out alias
    ln -s out/link through
    ln -s "$PWD/out" absolute
    for given in out alias absolute ./out out/deep/.. "$PWD/out" .; do
        for path in out/link alias/link absolute/link through "$PWD/out/link" out/deep/../link; do
            planted --stdout "$path" --dir "$given"
        done
    done
    cd out
    run -125 --separate-stderr ringfort run --stdout link --dir . "$(guest hello)"
    says '"link" is a symbolic link'
    run -125 --separate-stderr ringfort run --stdout link --dir .. "$(guest hello)"
    says '"link" is a symbolic link'
    run -125 --separate-stderr ringfort run --stdout /proc/self/cwd/link --dir . "$(guest hello)"
    says '"link" is a symbolic link'
    [ "$(cat ../precious)" = precious ]
}

@test "the_order_of_the_options_does_not_matter" {
    mkdir -p out
    echo precious >precious
    ln -s ../precious out/link
    ln -s .. out/up
    run -125 --separate-stderr ringfort run --dir out --stdout out/link "$(guest hello)"
    says '"link" is a symbolic link'
    planted --stdout out/link --dir out
    run -125 --separate-stderr ringfort run --dir out --dir out/up::/up "$(guest hello)"
    says '--dir out/up: "up" is a symbolic link'
    planted --dir out/up --dir out
}

@test "a_bind_mount_of_a_writable_directory_is_known" {
    mkdir -p out/sub mounted inner/out
    echo precious >precious
    ln -s ../../precious out/sub/link
    run -125 --separate-stderr unshare --mount --map-root-user bash -c 'mount --bind out/sub mounted &&
        exec "$0" run --lockdown off --dir out --stdout mounted/link "$1"' "$RINGFORT" "$(guest hello)"
    says '"link" is a symbolic link in a directory that the guest may write (--dir out)'
    run -125 --separate-stderr unshare --mount --map-root-user bash -c 'mount --bind out/sub mounted &&
        exec "$0" run --dir mounted --stdout out/sub/link "$1"' "$RINGFORT" "$(guest hello)"
    says '"link" is a symbolic link in a directory that the guest may write (--dir mounted)'
    run -125 --separate-stderr unshare --mount --map-root-user bash -c 'mount --bind out inner/out &&
        exec "$0" run --dir inner --stdout out/sub/link "$1"' "$RINGFORT" "$(guest hello)"
    says '"link" is a symbolic link in a directory that the guest may write (--dir inner)'
    run -125 --separate-stderr unshare --mount --map-root-user bash -c 'mount --bind out/sub mounted &&
        exec "$0" run --dir out --ro mounted "$1"' "$RINGFORT" "$(guest hello)"
    says "mounted: is to be read-only, and overlaps with the directory out"
    [ "$(cat precious)" = precious ]
}

@test "pipes_devices_and_files_with_another_name_are_not_opened_beneath_a_writable_directory" {
    mkdir out
    echo precious >precious
    ln precious out/hard
    mkfifo out/pipe
    for option in --stdin --stdout --stderr --trace-file --env-file; do
        run -125 --separate-stderr timeout 10 "$RINGFORT" run "$option" out/pipe --dir out "$(guest hello)"
        says "$option out/pipe: is not a regular file, and lies in a directory that the guest may write (--dir out)"
    done
    run -125 --separate-stderr timeout 10 "$RINGFORT" run --dir out out/pipe
    says "FILE out/pipe: is not a regular file"
    for option in --stdout --stderr --trace-file; do
        run -125 --separate-stderr ringfort run "$option" out/hard --dir out "$(guest hello)"
        says "$option out/hard: is a file with another name (a hard link)"
        [ "$(cat precious)" = precious ]
    done
}

@test "plain_files_and_directories_beneath_a_writable_directory_are_opened" {
    mkdir -p out/sub
    echo input >out/in
    echo long old text >out/log
    printf 'A=1\n' >out/vars
    cp "$PROBE" out/sub/module.wasm
    run -0 ringfort run --dir out --stdin out/in --stdout out/log --stderr out/new --trace-file out/sub/trace \
        --env-file out/vars out/sub/../sub/module.wasm copy
    [ -z "$output" ]
    [ "$(cat out/log)" = input ]
    [ -f out/new ]
    grep -q fd_write out/sub/trace
    run -0 ringfort run --dir out/sub::/s --dir out::/o "$PROBE" put /s/made text
    [ "$(cat out/sub/made)" = text ]
    run -0 ringfort run --dir out --stdin /dev/null --stdout /dev/stderr "$PROBE" copy
    run -0 ringfort run --dir out --env-file <(echo B=2) "$PROBE" env
    [ "$output" = B=2 ]
    run -0 bash -c '"$0" run --dir out --stdout /dev/stdout "$1" | cat' "$RINGFORT" "$(guest hello)"
    [ "$output" = "hello world" ]
}

@test "links_are_followed_where_no_guest_of_this_run_may_write" {
    mkdir out other
    echo input >other/in
    ln -s other/in link
    run -0 ringfort run --dir out --stdin link "$PROBE" copy
    [ "$output" = input ]
    run -0 ringfort run --ro out --stdin link "$PROBE" copy
    ln -s ../other/in out/link
    run -0 ringfort run --ro out --stdin out/link "$PROBE" copy
    [ "$output" = input ]
    run -0 ringfort run --dir other --stdin link "$PROBE" copy
    [ "$output" = input ]
}

@test "a_path_that_leads_nowhere_says_so_beneath_a_writable_directory_too" {
    mkdir out
    touch out/file
    run -125 --separate-stderr ringfort run --dir out --stdout out/no/such "$(guest hello)"
    says "out/no/such: cannot be opened for --stdout: No such file or directory"
    run -125 --separate-stderr ringfort run --dir out --stdout out "$(guest hello)"
    says "out: cannot be opened for --stdout: Is a directory"
    run -125 --separate-stderr ringfort run --dir out --stdin out/file/x "$(guest hello)"
    says "out/file/x: cannot be opened for --stdin: Not a directory"
    run -125 --separate-stderr ringfort run --dir out --stdin "" "$(guest hello)"
    says "cannot be opened for --stdin: No such file or directory"
    ln -s loop loop
    run -125 --separate-stderr ringfort run --dir out --stdin loop "$(guest hello)"
    says "loop: cannot be opened for --stdin: Too many levels of symbolic links"
    run -125 --separate-stderr ringfort run --dir out --stdin "$(printf '%0300d' 0)" "$(guest hello)"
    says "cannot be opened for --stdin: File name too long"
    run -127 --separate-stderr ringfort run --dir out out/none.wasm
    says "out/none.wasm: no such file"
}

@test "an_env_file_that_the_guest_may_write_passes_no_variable_on" {
    mkdir out
    export SECRET=secret
    printf 'A=1\nSECRET\n' >out/vars
    run -125 --separate-stderr ringfort run --dir out --env-file out/vars "$PROBE" env
    says "out/vars:2: SECRET is not passed on, because the guest may write this file (--dir out)"
    run -0 ringfort run --ro out --env-file out/vars "$PROBE" env
    [ "$output" = $'A=1\nSECRET=secret' ]
}

@test "a_read_only_directory_that_the_guest_may_write_through_another_is_refused" {
    mkdir -p home/conf/deep other
    ln -s home/conf conf
    ln -s home alias
    for pair in "--dir=home --ro=home/conf" "--ro=home/conf --dir=home" "--dir=home --ro=home" \
        "--dir=home --dir=home/conf::/c::ro" "--dir=home::/h::rw --ro=home/conf" "--dir=. --ro=home/conf/deep" \
        "--dir=home --ro=conf" "--dir=alias --ro=conf/deep" "--dir=$PWD/home --ro=home/../home/conf" \
        "--dir=home::/h --dir=home/conf::/c::ro" "--dir=/ --ro=home" "--dir=home --dir=other --ro=alias/conf"; do
        # shellcheck disable=SC2086
        run -125 --separate-stderr ringfort run $pair "$(guest hello)"
        says "overlaps with the directory"
        says "::GUEST::rw --dir"
    done
    run -125 --separate-stderr ringfort run --print-policy --dir home --ro home/conf "$(guest hello)"
    says "home/conf: is to be read-only, and overlaps with the directory home, through which the guest"
}

@test "directories_that_overlap_are_given_where_nothing_is_less_protected_than_it_looks" {
    mkdir -p home/conf other
    for pair in "--dir=home --dir=home/conf" "--ro=home --ro=home/conf" "--dir=home --ro=other" \
        "--dir=home::/h::rw --dir=home/conf::/c::ro" "--dir=home::/h::ro --dir=home/conf::/c::rw" \
        "--dir=home::/h::rw --dir=home::/c::ro" "--ro=home --dir=home/conf" "--ro=. --dir=home"; do
        # shellcheck disable=SC2086
        run -0 ringfort run $pair "$(guest hello)"
    done
}
