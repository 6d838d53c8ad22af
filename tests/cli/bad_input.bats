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
        run -1 grep -qP '[\x00-\x08\x0b-\x1f\x7f-\x9f\x{ad}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{206f}\x{feff}\x{e0000}-\x{e0fff}]' shown
    done
}

@test "a_file_name_cannot_drive_the_terminal" {
    name=$'\033[31mred\n'
    run -127 --separate-stderr ringfort run "$name"
    says '\x1b[31mred\x0a: no such file'
}
