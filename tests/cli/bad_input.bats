# Files that are no modules, and modules that mean harm: a message and a status for each, and never a crash.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

@test "an_empty_file_is_126" {
    : >empty.wasm
    run -126 --separate-stderr ringfort run empty.wasm
    says "empty.wasm: is empty"
    run -126 --separate-stderr ringfort run - </dev/null
    says "stdin: is empty"
}

@test "a_text_that_is_no_wasm_is_126" {
    echo "just some words" >words.wasm
    run -126 --separate-stderr ringfort run words.wasm
    says "words.wasm: is not WebAssembly"
}

@test "text_with_an_error_is_126_and_tells_the_place" {
    printf '(module\n  (func (export "_start")\n    (i32.consd 1)))\n' >wrong.wat
    run -126 --separate-stderr ringfort run wrong.wat
    says "wrong.wat: is not WebAssembly text: "
    [[ $stderr == *":3:"* ]]
    printf '(module' >open.wat
    run -126 --separate-stderr ringfort run open.wat
    says "open.wat: is not WebAssembly text: "
    printf '(' >one.wat
    run -126 --separate-stderr ringfort run one.wat
    says "one.wat: is not WebAssembly"
}

@test "a_component_is_126_and_told_what_to_do" {
    printf '\0asm\x0d\0\1\0' >component.wasm
    run -126 --separate-stderr ringfort run component.wasm
    says "component.wasm: is a component (WASI 0.2); ringfort runs modules: build it for wasm32-wasip1"
}

@test "another_version_is_126" {
    printf '\0asm\2\0\0\0' >two.wasm
    run -126 --separate-stderr ringfort run two.wasm
    says "two.wasm: is of a version of WebAssembly that is not known"
}

@test "an_empty_module_is_125" {
    printf '\0asm\1\0\0\0' >m.wasm
    run -125 --separate-stderr ringfort run m.wasm
    says "m.wasm: exports no _start"
}

@test "a_module_cut_off_anywhere_is_126" {
    size=$(stat -c %s "$PROBE")
    for length in 1 2 3 4 5 7; do
        head -c "$length" "$PROBE" >cut.wasm
        run -126 --separate-stderr ringfort run cut.wasm
        says "cut.wasm: is cut off after $length bytes"
    done
    for length in 9 10 11 20 100 200 500 1000 5000 $((size / 2)) $((size * 9 / 10)); do
        head -c "$length" "$PROBE" >cut.wasm
        for command in run inspect; do
            run -126 --separate-stderr ringfort "$command" cut.wasm
            says "cut.wasm: is not a valid module: "
        done
    done
}

@test "random_bytes_are_126" {
    for seed in $(seq 20); do
        chance "$seed" 4096 >random.wasm
        run -126 --separate-stderr ringfort run random.wasm
        says "random.wasm: is not"
        { printf '\0asm\1\0\0\0'; cat random.wasm; } >headed.wasm
        for command in run inspect; do
            run -126 --separate-stderr ringfort "$command" headed.wasm
            says "headed.wasm: is not a valid module"
        done
    done
}

# chance SEED LENGTH: bytes that look random and are the same each time
chance() {
    python3 -c 'import random, sys
sys.stdout.buffer.write(random.Random(int(sys.argv[1])).randbytes(int(sys.argv[2])))' "$1" "$2"
}

@test "changed_bytes_never_crash_the_command" {
    # Every status but a signal's: a changed module may well run, or be refused, or trap.
    for seed in $(seq 60); do
        python3 - "$PROBE" "$seed" >changed.wasm <<'PYTHON'
import random, sys
module = bytearray(open(sys.argv[1], "rb").read())
chance = random.Random(int(sys.argv[2]))
for _ in range(chance.choice([1, 3, 30])):
    module[chance.randrange(8, min(len(module), chance.choice([64, 400, 3000, 10**9])))] = chance.randrange(256)
sys.stdout.buffer.write(module)
PYTHON
        for command in "run --timeout 5s --no-cache" inspect; do
            # shellcheck disable=SC2086
            run ringfort $command changed.wasm
            case $status in
            0 | 1 | 99 | 124 | 125 | 126 | 134) ;;
            *)
                printf 'seed %d: %s ended with %d: %s\n' "$seed" "$command" "$status" "$output"
                return 1
                ;;
            esac
        done
    done
}

@test "counts_that_lie_are_126_and_cost_nothing" {
    # A type, import, function, memory, export section that says it has 2^32-1 entries.
    for section in 1 2 3 5 7; do
        printf '%b' '\0asm\01\0\0\0'"\\0$section"'\05\0377\0377\0377\0377\017' >lie.wasm
        for command in run inspect; do
            run -126 --separate-stderr bash -c 'ulimit -t 10; exec "$0" "$1" lie.wasm' "$RINGFORT" "$command"
            says "lie.wasm: is not a valid module"
        done
    done
}

@test "modules_that_cannot_be_linked_are_125_and_say_why" {
    run -125 --separate-stderr ringfort run "$(guest unknown_import)"
    says "wasi_snapshot_preview1.fd_wrote"
    [[ $stderr == *"fd_write"* ]]
    run -125 --separate-stderr ringfort run "$(guest wrong_signature)"
    says "wasi_snapshot_preview1.fd_write has another signature"
    [[ $stderr == *"i64"* ]]
    run -125 --separate-stderr ringfort run "$(guest foreign_import)"
    says "unknown import env."
}

@test "modules_that_cannot_be_started_are_125_and_say_why" {
    run -125 --separate-stderr ringfort run "$(guest no_memory)"
    says 'exports no memory'
    run -125 --separate-stderr ringfort run "$(guest no_entry)"
    says "exports no _start"
    run -125 --separate-stderr ringfort run "$(guest both_entries)"
    says "exports both _start and _initialize"
    run -125 --separate-stderr ringfort run "$(guest start_with_parameter)"
    says "_start"
    run -125 --separate-stderr ringfort run "$(guest reactor)"
    says "is a reactor, with no _start to run; call one of its functions with --invoke NAME"
    run -125 --separate-stderr ringfort run "$(guest threads)"
    says "threads"
}

@test "names_from_a_module_cannot_drive_the_terminal" {
    for command in run inspect; do
        run -125 ringfort "$command" "$(guest foreign_import)"
        [[ $output != *$'\033'* ]]
    done
    cat >trap.wat <<'WAT'
(module
  (memory (export "memory") 1)
  (func (@name "\1b[31mred\0a") (export "_start") unreachable))
WAT
    run -134 ringfort run trap.wat
    [[ $output != *$'\033'* ]]
    [[ $output == *red* ]]
}

@test "what_a_module_names_is_shown_as_utf_8_that_neither_turns_nor_hides_anything" {
    hidden='A\c2\9b\e2\80\ae\e2\81\a6\e2\80\8b\ef\bb\bf\e2\80\a8\f3\a0\81\81\c2\adB'
    cat >import.wat <<WAT
(module (import "$hidden" "$hidden" (func)) (memory (export "memory") 1) (func (export "_start")))
WAT
    cat >trap.wat <<WAT
(module (memory (export "memory") 1) (func (@name "$hidden") (export "_start") unreachable))
WAT
    cat >twice.wat <<WAT
(module (memory (export "memory") 1) (func (export "$hidden")) (func (export "$hidden")))
WAT
    cat >export.wat <<WAT
(module (memory (export "memory") 1) (func (export "$hidden")))
WAT
    for line in "125 run import.wat" "125 inspect import.wat" "134 run trap.wat" "126 run twice.wat" \
        "126 inspect twice.wat" "0 inspect export.wat" "125 run --invoke AB export.wat"; do
        read -r status arguments <<<"$line"
        # shellcheck disable=SC2086
        run "-$status" ringfort $arguments
        iconv -f UTF-8 -t UTF-8 <<<"$output" >shown
        [[ $output == *A*B* ]]
        run -1 grep -qP '[\x00-\x08\x0b-\x1f\x7f-\x9f\x{ad}\x{200b}-\x{200f}]' shown
        run -1 grep -qP '[\x{2028}-\x{202e}\x{2060}-\x{206f}\x{feff}\x{e0000}-\x{e0fff}]' shown
    done
}

@test "a_file_name_cannot_drive_the_terminal" {
    name=$'\033[31mred\n'
    run -127 --separate-stderr ringfort run "$name"
    says '\x1b[31mred\x0a: no such file'
}

# is_called TEXT REMEDY: every command refuses `file` with 126 and says what it is
is_called() {
    for command in run inspect "compile -o made"; do
        # shellcheck disable=SC2086
        run -126 --separate-stderr ringfort $command file
        says "file: is not WebAssembly but $1; $2"
    done
    [ ! -e made ]
}

@test "a_file_of_another_kind_is_called_what_it_is" {
    head -c 3000 "$(command -v bash)" >file
    is_called "an ELF file, a program or library of Linux or another system" "build the program for wasm32-wasip1"
    printf 'MZ\x90\0\3\0\0\0' >file
    is_called "a program or library of Windows" "build"
    printf '\xcf\xfa\xed\xfe\7\0\0\1' >file
    is_called "a program or library of macOS" "build"
    printf '\xca\xfe\xba\xbe\0\0\0\2' >file
    is_called "a program of macOS for several processors, or a class of Java" "build"
    printf '!<arch>\nx' >file
    is_called "a static library" "link it"
    printf 'BC\xc0\xde1234' >file
    is_called "LLVM bitcode" "link it"
    gzip -c "$PROBE" >file
    is_called "a file compressed with gzip" "unpack it"
    tar -cf file -C "$(dirname "$PROBE")" "$(basename "$PROBE")"
    is_called "a tar archive" "unpack it"
    printf 'PK\3\4\24\0\0\0' >file
    is_called "a zip archive" "unpack it"
    printf '\xfd7zXZ\0\0\4' >file
    is_called "a file compressed with xz" "unpack it"
    printf '\x28\xb5\x2f\xfd\0\0\0\0' >file
    is_called "a file compressed with Zstandard" "unpack it"
    printf '#!/bin/sh\necho hello\n' >file
    is_called "a script" "run it with its interpreter"
    for page in '<!DOCTYPE html><title>404</title>' $'\n  <HTML lang=en>' $'\xef\xbb\xbf<!doctype HTML>'; do
        printf '%s' "$page" >file
        is_called "an HTML page" "look at it: a download may have answered with an error"
    done
    printf '{"message": "Not Found"}' >file
    is_called "a JSON document" "look at it"
    printf '\xff\xfe(\0m\0' >file
    is_called "text in UTF-16" "save it as UTF-8"
}

@test "a_component_as_text_is_126_and_told_what_to_do" {
    for text in '(component)' '(component (core module $m))' $';; a comment\n(; and (; another ;) ;) ( component $c)' \
        '(component (does not exist' '(component $c (import "wasi:cli/run@0.2.0" (func)))'; do
        printf '%s\n' "$text" >component.wat
        for command in run inspect "compile -o made"; do
            # shellcheck disable=SC2086
            run -126 --separate-stderr ringfort $command component.wat
            says "component.wat: is a component (WASI 0.2); ringfort runs modules: build it for wasm32-wasip1"
        done
    done
    echo '(; component ;) (modul)' >component.wat
    run -126 --separate-stderr ringfort run component.wat
    says "is not WebAssembly text"
}

@test "exceptions_of_the_old_form_are_told_how_to_be_turned_into_the_new" {
    # (module (memory (export "memory") 1) (tag) (func (export "_start") (try (do) (catch 0))))
    printf '\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\5\3\1\0\1' >old.wasm
    printf '\x0d\3\1\0\0\7\x13\2\6memory\2\0\6_start\0\0' >>old.wasm
    printf '\x0a\x09\1\7\0\6\x40\7\0\x0b\x0b' >>old.wasm
    for command in run inspect "compile -o made"; do
        # shellcheck disable=SC2086
        run -126 --separate-stderr ringfort $command old.wasm
        says "old.wasm: is not a valid module"
        says 'which `wasm-opt --translate-to-exnref -all` turns into the new one'
    done
}

@test "an_import_from_a_javascript_host_says_what_the_module_was_built_with" {
    while IFS='|' read -r module name hint; do
        {
            printf '(module (import "%s" "%s" (func (param i32)))' "$module" "$name"
            echo '(memory (export "memory") 1) (func (export "_start")))'
        } >import.wat
        run -125 --separate-stderr ringfort run import.wat
        says "unknown import $module.$name"
        says "$hint"
        run -125 ringfort inspect import.wat
        [[ $output == *"$hint"* ]]
    done <<'EOF'
env|emscripten_resize_heap|built by Emscripten for JavaScript: build it for WASI with wasi-sdk
env|invoke_vi|built by Emscripten
env|__syscall_openat|built by Emscripten
a|b|built by Emscripten
env|abort|built by AssemblyScript or Emscripten
env|some_function|link what is missing
wbg|__wbg_log_1d3ae0|built with wasm-bindgen for JavaScript: build it for WASI with cargo build --target wasm32-wasip1
__wbindgen_placeholder__|__wbindgen_throw|built with wasm-bindgen
./app_bg.js|__wbindgen_throw|built with wasm-bindgen
gojs|runtime.wasmExit|built by Go for JavaScript: build it for WASI with GOOS=wasip1 GOARCH=wasm go build
go|debug|built by Go
env|syscall/js.valueGet|tinygo build -target=wasip1
rb-js-abi-host|eval-js: func(code: string) -> variant|Ruby with the js gem
wasix_32v1|futex_wait|built for WASIX
EOF
}
