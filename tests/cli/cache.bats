# The cache of compiled code: that it is used, that damage is found, and that nobody else can write in it.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

setup() {
    load support
    unset RINGFORT_CACHE_SIZE
    export XDG_CACHE_HOME="$BATS_TEST_TMPDIR/cache"
    CODE="$XDG_CACHE_HOME/ringfort/code"
    PROBE="$WASM_GUESTS/cli_probe.wasm"
    HELLO="$WASM_GUESTS/cli_hello.wat"
    cd "$BATS_TEST_TMPDIR"
}

# only: the one file of the cache
only() {
    local files=("$CODE"/*)
    [ "${#files[@]}" -eq 1 ] || return 1
    printf '%s\n' "${files[0]}"
}

# says_hello OPTION...: a run works and is silent
says_hello() {
    run -0 --separate-stderr ringfort run "$@" "$HELLO"
    [ "$output" = "hello world" ]
    [ -z "$stderr" ]
}

@test "a_run_keeps_its_code_in_a_private_folder" {
    umask 000
    says_hello
    [ "$(stat -c %a "$CODE")" = 700 ]
    [ "$(stat -c %a "$(only)")" = 600 ]
}

@test "the_second_run_uses_the_code_of_the_first" {
    says_hello
    before=$(stat -c %i "$(only)")
    says_hello
    [ "$(stat -c %i "$(only)")" = "$before" ]
}

@test "a_module_that_takes_long_to_compile_starts_at_once_the_second_time" {
    {
        echo '(module (memory (export "memory") 1) (func (export "_start"))'
        for n in $(seq 4000); do
            echo "(func (param i32) (result i32) (i32.mul (i32.add (local.get 0) (i32.const $n)) (i32.const $n)))"
        done
        echo ')'
    } >long.wat
    started=$(milliseconds)
    run -0 ringfort run long.wat
    first=$(($(milliseconds) - started))
    started=$(milliseconds)
    run -0 ringfort run long.wat
    second=$(($(milliseconds) - started))
    printf 'first %d ms, second %d ms\n' "$first" "$second"
    [ $((second * 2)) -lt "$first" ]
}

@test "without_a_folder_in_xdg_cache_home_the_home_folder_has_it" {
    for xdg in "" relative/path; do
        rm -rf home
        HOME="$PWD/home" XDG_CACHE_HOME=$xdg says_hello
        [ -n "$(ls home/.cache/ringfort/code)" ]
        [ ! -e relative ]
    done
}

@test "without_any_folder_a_run_works" {
    run -0 --separate-stderr env -u HOME -u XDG_CACHE_HOME "$RINGFORT" run "$HELLO"
    [ "$output" = "hello world" ]
    [ -z "$stderr" ]
    touch file
    HOME="$PWD/file" XDG_CACHE_HOME="$PWD/file" says_hello
}

@test "no_cache_keeps_nothing" {
    says_hello --no-cache
    [ ! -e "$XDG_CACHE_HOME" ]
}

@test "settings_and_contents_have_their_own_code" {
    says_hello
    says_hello --timeout 1m
    says_hello --fuel 100000
    says_hello --fuel 100000 --timeout 1m
    run -0 ringfort run "$PROBE"
    [ "$(find "$CODE" -type f | wc -l)" -eq 5 ]
    says_hello --max-memory 2M --trace-file trace
    [ "$(find "$CODE" -type f | wc -l)" -eq 5 ]
}

@test "a_copy_of_a_module_shares_its_code" {
    says_hello
    cp "$HELLO" copy.wat
    run -0 ringfort run copy.wat
    only
}

@test "truncated_code_is_found_at_every_length_and_made_again" {
    says_hello
    size=$(stat -c %s "$(only)")
    for length in 0 1 4 87 88 89 4096 $((size / 2)) $((size - 88)) $((size - 87)) $((size - 1)); do
        truncate -s "$length" "$(only)"
        says_hello
        [ "$(stat -c %s "$(only)")" -eq "$size" ]
    done
}

@test "damaged_code_is_found_wherever_it_is_and_made_again" {
    says_hello
    file=$(only)
    size=$(stat -c %s "$file")
    cp "$file" good
    for offset in 0 16 1000 5000 $((size / 2)) $((size - 100)) $((size - 88)) $((size - 80)) $((size - 70)) \
        $((size - 60)) $((size - 40)) $((size - 10)) $((size - 1)); do
        byte=$(od -An -tu1 -j "$offset" -N 1 "$file")
        printf '%b' "\\x$(printf '%02x' $((byte ^ 16)))" | dd of="$file" bs=1 seek="$offset" conv=notrunc status=none
        run -1 cmp -s good "$file"
        says_hello
        cmp "$(only)" good
    done
}

@test "longer_code_is_found" {
    says_hello
    size=$(stat -c %s "$(only)")
    echo more >>"$(only)"
    says_hello
    [ "$(stat -c %s "$(only)")" -eq "$size" ]
}

@test "the_code_of_another_module_under_this_name_is_not_run" {
    says_hello
    name=$(only)
    rm "$name"
    run -0 ringfort run "$PROBE"
    mv "$(only)" "$name"
    says_hello
}

@test "what_is_no_file_in_the_place_of_code_is_not_read" {
    says_hello
    name=$(only)
    rm "$name"
    mkfifo "$name"
    says_hello
    [ -f "$name" ]
    rm "$name"
    echo elsewhere >target
    ln -s "$PWD/target" "$name"
    says_hello
    [ "$(cat target)" = elsewhere ]
}

@test "a_folder_that_others_can_write_to_is_not_used_and_noted" {
    mkdir -p "$CODE"
    for mode in 770 707 777; do
        chmod "$mode" "$CODE"
        run -0 --separate-stderr ringfort run "$HELLO"
        [ "$output" = "hello world" ]
        says "$CODE: others can write there and may have put code there, so it is not used; \`rm -rf $CODE\` removes it"
        [ -z "$(ls "$CODE")" ]
        run -0 --separate-stderr ringfort run --quiet "$HELLO"
        [ -z "$stderr" ]
        run -0 --separate-stderr ringfort run --no-cache "$HELLO"
        [ -z "$stderr" ]
    done
}

@test "a_folder_that_is_a_link_is_not_used" {
    mkdir -p "$XDG_CACHE_HOME/ringfort" elsewhere
    ln -s "$PWD/elsewhere" "$CODE"
    says_hello
    [ -z "$(ls elsewhere)" ]
}

@test "a_folder_of_another_user_is_not_used_and_noted" {
    [ "$(id -u)" = 0 ] || skip "only root can make a folder of another user"
    mkdir -p "$CODE"
    chown 65534 "$CODE"
    run -0 --separate-stderr ringfort run "$HELLO"
    [ "$output" = "hello world" ]
    says "$CODE: belongs to another user, so compiled code is not kept there"
    [ -z "$(ls "$CODE")" ]
}

# planted_says TEXT: a run works, does not use what was planted, and its note has the text
planted_says() {
    run -0 --separate-stderr ringfort run "$HELLO"
    [ "$output" = "hello world" ]
    says "$1"
}

@test "code_that_others_could_have_written_is_not_run" {
    says_hello
    file=$(only)
    for mode in 666 660 606; do
        chmod "$mode" "$file"
        planted_says "$file: others can have written this code, so it is not run; \`rm -rf $CODE\` empties the cache"
        [ "$(stat -c %a "$file")" = 600 ]
    done
    ln "$file" link
    planted_says "$file: others can have written this code"
    [ "$(stat -c %h "$file")" = 1 ]
    if [ "$(id -u)" = 0 ]; then
        chown 65534 "$file"
        planted_says "$file: others can have written this code"
        [ "$(stat -c %u "$file")" = 0 ]
    fi
    says_hello
}

@test "code_that_was_planted_while_the_folder_was_open_to_others_is_not_run" {
    says_hello
    name=$(only)
    rm "$name"
    run -0 ringfort compile "$(guest exit)" -o planted
    chmod 777 "$CODE"
    cp planted "$name"
    run -0 --separate-stderr ringfort run "$HELLO"
    says "others can write there and may have put code there"
    chmod 700 "$CODE"
    chmod 644 "$name"
    [ "$(id -u)" != 0 ] || chown 65534 "$name"
    run -0 --separate-stderr ringfort run "$HELLO"
    [ "$output" = "hello world" ]
}

@test "a_folder_beneath_one_that_others_can_write_to_is_not_used_and_noted" {
    mkdir -p "$CODE"
    for folder in "$XDG_CACHE_HOME/ringfort" "$XDG_CACHE_HOME"; do
        for mode in 770 707 777; do
            chmod "$mode" "$folder"
            planted_says "$CODE: others can write in \"${folder##*/}\" on the way to it, so compiled code is not kept"
            [ -z "$(ls "$CODE")" ]
        done
        chmod 755 "$folder"
    done
    chmod 1777 "$XDG_CACHE_HOME"
    says_hello
    only
}

@test "a_folder_beneath_one_of_another_user_is_not_used_and_noted" {
    [ "$(id -u)" = 0 ] || skip "only root can make a folder of another user"
    mkdir -p "$CODE"
    chown 65534 "$XDG_CACHE_HOME"
    planted_says "$CODE: \"cache\" on the way to it belongs to another user"
    chown 0 "$XDG_CACHE_HOME"
    mv "$XDG_CACHE_HOME" moved
    ln -s moved "$XDG_CACHE_HOME"
    says_hello
    rm -rf moved/ringfort
    chown -h 65534 "$XDG_CACHE_HOME"
    planted_says "belongs to another user"
    [ -z "$(ls moved)" ]
}

@test "a_cache_works_for_an_ordinary_user_in_namespaces" {
    cp "$HELLO" hello.wat
    mine=$(mktemp -d) # where every folder above can be searched by all
    [ "$(id -u)" != 0 ] || chown 65534:65534 "$mine"
    for _ in 1 2; do
        XDG_CACHE_HOME="$mine" run -0 --separate-stderr as_nobody run hello.wat
        kept+=("$(find "$mine" -name '*.code' -printf '%i %T@\n')")
        notes+=$stderr
    done
    rm -rf "$mine"
    [ -z "$notes" ]
    [ -n "${kept[0]}" ]
    [ "${kept[0]}" = "${kept[1]}" ]
}

@test "a_folder_that_cannot_be_written_to_is_no_failure" {
    cp "$HELLO" hello.wat
    mkdir -p nobody/ringfort
    chmod 555 nobody nobody/ringfort
    XDG_CACHE_HOME="$PWD/nobody" run -0 --separate-stderr as_nobody run hello.wat
    [ "$output" = "hello world" ]
    [ -z "$stderr" ]
}

@test "a_full_disk_is_no_failure" {
    run -0 --separate-stderr bash -c 'ulimit -f 8; trap "" XFSZ; exec "$0" run "$1"' "$RINGFORT" "$HELLO"
    [ "$output" = "hello world" ]
    [ -z "$stderr" ]
    [ -z "$(ls "$CODE")" ]
}

@test "the_cache_keeps_to_its_size_and_forgets_the_oldest" {
    for n in 1 2 3; do
        printf '(module (memory (export "memory") 1) (func (export "_start") (drop (i32.const %d))))' "$n" >"$n.wat"
        run -0 ringfort run "$n.wat"
        touch -d "2020-01-0$n" "$(find "$CODE" -type f -newermt 2021-01-01)"
    done
    oldest=$(find "$CODE" -type f ! -newermt 2020-01-01T12:00)
    [ -f "$oldest" ]
    size=$(stat -c %s "$oldest")
    export RINGFORT_CACHE_SIZE=$((size * 3 + size / 2))
    says_hello
    [ ! -e "$oldest" ]
    [ "$(find "$CODE" -type f | wc -l)" -eq 3 ]
    # Used code is young again.
    run -0 ringfort run 2.wat
    RINGFORT_CACHE_SIZE=$((size + size / 2)) run -0 ringfort run "$PROBE"
}

@test "code_larger_than_the_cache_is_not_kept" {
    RINGFORT_CACHE_SIZE=1K says_hello
    [ -z "$(ls "$CODE")" ]
    RINGFORT_CACHE_SIZE=0 says_hello
    [ -z "$(ls "$CODE")" ]
}

@test "a_cache_size_that_is_none_is_noted" {
    RINGFORT_CACHE_SIZE=huge run -0 --separate-stderr ringfort run "$HELLO"
    [ "$output" = "hello world" ]
    says "RINGFORT_CACHE_SIZE=huge: a size is meant"
}

@test "use_makes_code_young_again" {
    says_hello
    touch -d 2020-01-01 "$(only)"
    says_hello
    [ -n "$(find "$CODE" -type f -newermt 2021-01-01)" ]
}

@test "what_a_killed_run_left_behind_is_removed" {
    mkdir -p -m 700 "$CODE"
    touch -d 2020-01-01 "$CODE/old.part"
    touch "$CODE/new.part" "$CODE/not-ours"
    says_hello
    [ ! -e "$CODE/old.part" ]
    [ -e "$CODE/new.part" ]
    [ -e "$CODE/not-ours" ]
}

@test "many_runs_at_once_agree" {
    for round in 1 2 3; do
        rm -rf "$CODE"
        for n in $(seq 12); do
            "$RINGFORT" run "$HELLO" >"out$n" 2>&1 &
        done
        wait
        for n in $(seq 12); do
            [ "$(cat "out$n")" = "hello world" ]
        done
        only
    done
}

@test "readers_and_a_writer_that_damages_never_run_wrong_code" {
    says_hello
    file=$(only)
    cp "$file" good
    for n in $(seq 40); do
        head -c $((RANDOM % 20000)) good >"$CODE/new"
        mv "$CODE/new" "$file"
        "$RINGFORT" run "$HELLO" >"out1" 2>&1 &
        "$RINGFORT" run "$HELLO" >"out2" 2>&1 &
        wait
        [ "$(cat out1 out2)" = $'hello world\nhello world' ]
    done
}
