# `ringfort inspect`: what a module needs and whether it will run; what it says is what `run` then does.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

@test "a_command_is_described" {
    run -0 --separate-stderr ringfort inspect "$(guest hello)"
    [ -z "$stderr" ]
    [ "$output" = "file       $(guest hello): a module, 159 bytes when assembled
WASI       preview1 (wasi_snapshot_preview1), 1 function
           fd_write
export     memory memory
export     function _start () -> ()
memory     from 64 KiB up to --max-memory
threads    not needed
run with   ringfort run $(guest hello)" ]
}

@test "a_program_of_wasi_libc_is_described" {
    run -0 ringfort inspect "$PROBE"
    [[ $output == *"WASI       preview1 (wasi_snapshot_preview1), "*" functions"* ]]
    [[ $output == *"path_open"* ]]
    [[ $output == *"run with   ringfort run [--dir DIR] [--listen ADDR:PORT] $PROBE"* ]]
    while read -r line; do
        [ "${#line}" -le 80 ] || [[ $line == file* || $line == "run with"* ]]
    done <<<"$output"
}

@test "stdin_is_inspected" {
    run -0 ringfort inspect - <"$(guest hello)"
    [[ ${lines[0]} == "file       stdin: a module"* ]]
}

@test "snapshot_0_and_both_versions_are_named" {
    run -0 ringfort inspect "$(guest hello_unstable)"
    [[ $output == *"WASI       unstable (wasi_unstable), 1 function"* ]]
    [[ $output != *preview1* ]]
    run -0 ringfort inspect "$(guest hello_both_versions)"
    [[ $output == *"preview1 (wasi_snapshot_preview1), 1 function"*"unstable (wasi_unstable), 1 function"* ]]
}

@test "a_reactor_is_described_with_invoke" {
    run -0 ringfort inspect "$(guest reactor)"
    [[ $output == *"export     function add (i32, i32) -> i32"* ]]
    [[ $output == *"export     function three () -> i32, i64, f64"* ]]
    [[ $output == *"export     function reference (externref) -> externref"* ]]
    [[ $output == *"run with   ringfort run --invoke answer $(guest reactor)"* ]]
}

@test "plain_functions_are_described" {
    run -0 ringfort inspect "$(guest functions)"
    [[ $output == *"WASI       not used"* ]]
    [[ $output == *"memory     none"* ]]
    [[ $output == *"run with   ringfort run --invoke double $(guest functions) ARGUMENTS"* ]]
}

@test "memories_are_described" {
    run -0 ringfort inspect "$(guest memories)"
    [ "$(grep -c '^memory     from 64 KiB up to --max-memory$' <<<"$output")" -eq 2 ]
    run -0 ringfort inspect "$(guest shared_memory)"
    [[ $output == *"memory     from 64 KiB up to 128 KiB, shared"* ]]
    [[ $output == *"threads    not spawned, but a memory is shared"* ]]
    run -0 ringfort inspect "$(guest huge_memory)"
    [[ $output == *"memory     from 2 GiB up to --max-memory"* ]]
    [[ $output == *"run with   ringfort run --max-memory SIZE $(guest huge_memory)"* ]]
    printf '(module (memory (export "memory") i64 1 2) (func (export "_start")))' >wide.wat
    run -0 ringfort inspect wide.wat
    [[ $output == *"memory     from 64 KiB up to 128 KiB, 64-bit"* ]]
}

@test "a_start_section_is_told" {
    run -0 ringfort inspect "$(guest start_section_exits)"
    [[ $output == *"start      code runs as soon as the module is instantiated"* ]]
}

@test "other_imports_are_listed_and_explain_why_it_will_not_run" {
    run -125 ringfort inspect "$(guest foreign_import)"
    [[ $output == *'import     function env.\x1b[31mred () -> ()'* ]]
    [[ $output == *"will not   run: unknown import"* ]]
    [[ $output != *$'\033'* ]]
}

@test "what_will_not_run_is_125_for_inspect_and_for_run" {
    while read -r name reason; do
        run -125 ringfort inspect "$(guest "$name")"
        [[ ${lines[-1]} == "will not   run: "*"$reason"* ]] || { printf '%s: %s\n' "$name" "$output"; false; }
        run -125 ringfort run "$(guest "$name")"
    done <<'NAMES'
both_entries both _start and _initialize
no_entry exports no function
no_memory no memory named "memory"
start_with_parameter its _start is not a function without parameters
unknown_import unknown import wasi_snapshot_preview1.fd_wrote
wrong_signature import wasi_snapshot_preview1.fd_write has another signature
NAMES
}

@test "what_will_run_runs" {
    for name in hello hello_unstable hello_both_versions; do
        run -0 ringfort inspect "$(guest "$name")"
        run -0 ringfort run "$(guest "$name")"
    done
}

@test "modern_types_are_read" {
    run -0 ringfort inspect "$(guest features)"
    run -0 ringfort inspect "$(guest collector)"
    cat >types.wat <<'WAT'
(module
  (rec
    (type $a (sub (struct (field (mut i8)) (field (ref null $b)))))
    (type $b (sub $a (struct (field (mut i8)) (field (ref null $b)) (field i64)))))
  (type $c (array (mut i16)))
  (type $f (func (param (ref $a) funcref) (result (ref null $c) anyref)))
  (global (export "g") (mut i32) (i32.const 1))
  (table (export "t") 1 externref)
  (tag (export "e") (param i32))
  (memory (export "memory") 1)
  (func (export "f") (type $f) unreachable))
WAT
    run -0 ringfort inspect types.wat
    [[ $output == *"export     function f (ref, funcref) -> ref null, anyref"* ]]
    [[ $output == *"export     global g"* ]]
    [[ $output == *"export     table t"* ]]
    [[ $output == *"export     tag e"* ]]
}

@test "features_that_the_compiler_names_are_told" {
    # target_features: two used, one not
    name='\x0ftarget_features'
    content='\x03+\x07simd128+\x08sign-ext-\x07atomics'
    body=$(printf '%b%b' "$name" "$content" | wc -c)
    printf '\0asm\1\0\0\0' >m.wasm
    printf '%b' "\\x00\\x$(printf '%02x' "$body")$name$content" >>m.wasm
    run -125 ringfort inspect m.wasm
    [[ $output == *"features   simd128 sign-ext"* ]]
    [[ $output != *atomics* ]]
}

@test "a_broken_custom_section_breaks_nothing" {
    printf '\0asm\1\0\0\0\0\x14\x0ftarget_features\xff\xff\xff\xff' >m.wasm
    run -125 ringfort inspect m.wasm
    [[ $output == *"exports no function"* ]]
}

@test "what_is_no_module_has_its_status" {
    run -127 --separate-stderr ringfort inspect no/such
    says "no/such: no such file"
    printf '\0asm\1\0\0\0\1\5\1' >broken.wasm
    run -126 --separate-stderr ringfort inspect broken.wasm
    says "broken.wasm: is not a valid module"
    run -0 ringfort compile "$(guest hello)" -o hello.code
    run -125 --separate-stderr ringfort inspect hello.code
    says "hello.code: is compiled code; inspect the module that it was made of"
}

# pasted: what the last line of inspect says, run by a shell
pasted() {
    local line
    line=$(sed -n 's/^run with *//p' <<<"$output")
    PATH="$(dirname "$RINGFORT"):$PATH" bash -c "$line"
}

@test "the_line_to_run_it_with_can_be_pasted_whatever_the_module_names" {
    for name in 'f;touch pwned;$(id)`id`' "it's" 'a b' '-x' '*' '~' '=a' '\\e[31m' '$HOME' '#c' '"q"' '!!' \
        '\1b[31m\e2\80\aex' '\c2\9b' '\9b' '\e2\80\8b' '\0a' ''; do
        [[ $name != '\9b' ]] || continue # no module has a name that is not UTF-8
        printf '(module (func (export "%s") (result i32) i32.const 42))\n' "${name//\"/\\22}" >"it's; a \$(module).wat"
        run -0 ringfort inspect "it's; a \$(module).wat"
        [[ $output != *$'\033'* && $output != *$'\xe2\x80\xae'* && $output != *$'\xc2\x9b'* ]]
        iconv -f UTF-8 -t UTF-8 <<<"$output" >checked
        run -0 pasted
        [ "$output" = 42 ]
        [ ! -e pwned ]
    done
}

@test "a_name_that_no_command_line_can_hold_is_not_offered" {
    echo '(module (func (export "a\00b")) (func (export "good") (result i32) i32.const 42))' >nul.wat
    run -0 ringfort inspect nul.wat
    [[ $output == *'export     function a\x00b () -> ()'* ]]
    [[ $output == *"run with   ringfort run --invoke good nul.wat" ]]
}

@test "a_module_from_stdin_or_with_a_dash_is_run_with_a_line_that_works" {
    cp "$(guest hello)" ./-hello.wat
    run -0 ringfort inspect -- -hello.wat
    run -0 pasted
    [ "$output" = "hello world" ]
    run -0 ringfort inspect - <-hello.wat
    [[ $output == *"run with   ringfort run -" ]]
}

@test "one_file_is_needed" {
    run -2 --separate-stderr ringfort inspect
    says "inspect: one FILE is needed, not 0"
    run -2 --separate-stderr ringfort inspect a b
    says "inspect: one FILE is needed, not 2"
}
