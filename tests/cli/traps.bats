# Traps: their first line, the frames with their names and places, and stacks that are used up.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

TRAP="$WASM_GUESTS/cli_trap.wasm"

# named NAME: a module with a function of this name that traps, in m.wat
named() {
    cat >m.wat <<WAT
(module
  (memory (export "memory") 1)
  (func (@name "$1") (export "_start") unreachable))
WAT
}

# traps ARGUMENTS...: a run that ends with a trap and says so on its first line
traps() {
    run -134 --separate-stderr ringfort run "$@"
    [[ ${stderr_lines[0]} == "ringfort: "*": wasm trap: "* ]]
}

# shows TEXT...: lines of stderr, each in its place after the ones before
shows() {
    local left=$stderr text
    for text; do
        [[ $left == *"$text"* ]] || { printf 'not there, or not in order: %s\nin: %s\n' "$text" "$stderr"; return 1; }
        left=${left#*"$text"}
    done
}

@test "a_trap_names_file_and_line_of_each_frame_and_of_inlined_calls" {
    for cache in cold warm; do
        traps "$TRAP" inlined
        shows 'wasm trap: wasm `unreachable` instruction executed' \
            'at innermost (inlined) in ' 'tests/guests/cli_trap.c:11:' \
            'at between (inlined) in ' 'tests/guests/cli_trap.c:17:' \
            'at outermost (function ' 'tests/guests/cli_trap.c:22:' 'at main (function ' 'tests/guests/cli_trap.c:' || {
            printf '%s cache\n' "$cache"
            return 1
        }
    done
    traps --no-cache --lockdown off "$TRAP" inlined
    shows 'tests/guests/cli_trap.c:11:'
    traps --timeout 10s --fuel 1000000000 "$TRAP" inlined
    shows 'tests/guests/cli_trap.c:11:'
}

@test "a_trap_in_strict_lockdown_names_file_and_line" {
    ringfort run --lockdown strict "$(guest hello)" || return 0 # there are no such walls
    traps --lockdown strict "$TRAP" inlined
    shows 'tests/guests/cli_trap.c:11:' 'tests/guests/cli_trap.c:22:'
}

@test "a_trap_of_a_host_function_is_told_like_any_other" {
    traps "$TRAP" pointer
    [[ ${stderr_lines[0]} == *"wasm trap: fd_write: 8 bytes at address 4294967280"* ]]
    shows 'at give_bad_pointer (function ' 'tests/guests/cli_trap.c:27:'
}

@test "a_module_without_debug_information_or_names_shows_numbers" {
    cat >m.wat <<'WAT'
(module (memory (export "memory") 1) (func unreachable) (func (export "_start") (call 0)))
WAT
    traps m.wat
    shows $'\n    at (function 0, offset 0x' $'\n    at (function 1, offset 0x'
}

@test "precompiled_code_has_names_and_no_lines" {
    ringfort compile "$TRAP" -o code
    traps --allow-precompiled code inlined
    shows 'at outermost (function ' 'at main (function '
    [[ $stderr != *cli_trap.c* ]]
}

@test "names_of_cpp_and_rust_are_demangled" {
    while read -r name shown; do
        named "$name"
        traps m.wat
        shows "    at $shown (function 0, offset 0x"
    done <<'NAMES'
_ZN2ns6Widget7explodeEiPKc ns::Widget::explode(int, char const*)
_Z5twiceIiET_S0_ int twice<int>(int)
_ZN4core9panicking5panic17h0123456789abcdefE core::panicking::panic
_RNvNtCs1234_7mycrate3foo3bar mycrate::foo::bar
plain plain
_Znonsense _Znonsense
NAMES
}

@test "names_and_debug_information_that_are_made_to_take_for_ever_end_soon" {
    for kind in many_units many_files many_ranges many_attributes many_abbreviations own_origin far_names \
        doubled_name doubled_rust_name; do
        python3 "$BATS_TEST_DIRNAME/debug_info.py" "$kind" m.wasm
        run -134 ringfort run m.wasm # compiles it, which is not measured below
        local began spent
        began=$(milliseconds)
        run -134 --separate-stderr timeout 60 "$RINGFORT" run m.wasm
        spent=$(($(milliseconds) - began))
        rm m.wasm
        [[ ${stderr_lines[0]} == *"wasm trap: "* ]] || { printf '%s: %s\n' "$kind" "$stderr"; return 1; }
        [ "$spent" -lt 10000 ] || { printf '%s took %d ms\n' "$kind" "$spent"; return 1; }
        [ "${#stderr}" -lt 4096 ]
    done
}

@test "a_name_that_stands_for_gigabytes_is_cut" {
    python3 "$BATS_TEST_DIRNAME/debug_info.py" doubled_name m.wasm
    run -134 ringfort run m.wasm # compiles it, which takes processor time too
    run -134 --separate-stderr bash -c 'ulimit -t 10; exec "$0" run m.wasm' "$RINGFORT"
    [[ $stderr == *"at f(A, Pair<A, A>, Pair<Pair<A, A>, Pair<A, A> >, "*"... (function 0, offset "* ]]
}

@test "words_of_debug_information_are_made_harmless" {
    python3 "$BATS_TEST_DIRNAME/debug_info.py" evil_words m.wasm
    traps m.wasm
    printf '%s' "$stderr" >shown
    run ! grep -q $'[\x1b\x07]' shown
    run ! grep -q '^    at fake' shown
    iconv -f UTF-8 -t UTF-8 shown >/dev/null
}

@test "a_long_backtrace_leaves_out_its_middle" {
    named "$(printf 'x%.0s' {1..300})"
    sed -i 's/unreachable/(call 0)/' m.wat
    traps m.wat
    shows $'\n    at x' $'\n    ... ' ' more frames' $'\n    at x'
}

@test "an_exit_from_a_function_with_such_a_name_is_an_exit" {
    python3 "$BATS_TEST_DIRNAME/debug_info.py" doubled_name m.wasm
    name=$(grep -ao '_Z1f1A[A-Za-z0-9_]*E' m.wasm | head -n 1)
    cat >m.wat <<WAT
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func \$proc_exit (param i32)))
  (memory (export "memory") 1)
  (func (@name "$name") (export "_start") (call \$proc_exit (i32.const 3))))
WAT
    run -3 --separate-stderr bash -c 'ulimit -t 10; exec "$0" run m.wat' "$RINGFORT"
    [ -z "$stderr" ]
}
