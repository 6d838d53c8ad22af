#!/usr/bin/env bats
# Yosys on ringfort: a module of 30 MB makes gates of a Verilog file, and proves that they are what was asked for.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

bats_require_minimum_version 1.5.0

setup_file() {
    load support
    ringfort_is_given
    package=$("$programs/fetch.sh" yosys)
    yosys=$package/gen/yosys.core.wasm
    export yosys
    node "$programs/yosys/share.mjs" "$package" "$BATS_FILE_TMPDIR/share"
    # /box is for results, and abc leaves its own files in /tmp
    mkdir "$BATS_FILE_TMPDIR/box" "$BATS_FILE_TMPDIR/tmp"
}

setup() {
    load support
    box=$BATS_FILE_TMPDIR/box # of all tests here: each goes on with what the last one made
}

# yosys ARGUMENT…
yosys() {
    guest --ro "$BATS_FILE_TMPDIR/share::/share" --ro "$programs/yosys::/source" --dir "$box::/box" \
        --dir "$BATS_FILE_TMPDIR/tmp::/tmp" "$yosys" "$@"
}

@test "yosys says its version" {
    yosys -V
    equals "$status" 0
    [[ $output == 'Yosys 0.55 '* ]]
}

@test "yosys synthesizes a counter into gates" {
    yosys -q -p 'read_verilog /source/counter.v; synth -top counter;
        tee -o /box/stat.txt stat; write_verilog -noattr /box/gates.v'
    equals "$status" 0
    # eight flip-flops with enable and synchronous reset, gates and nothing above them
    equals "$(awk '$1 == "$_SDFFE_PP0P_" { print $2 }' "$box/stat.txt")" 8
    equals "$(awk '$1 ~ /^[$]/ && $1 !~ /^[$]_[A-Z0-9_]+_$/' "$box/stat.txt")" ''
    equals "$(grep -c '^ *input' "$box/gates.v")" 3
    equals "$(ls -A "$BATS_FILE_TMPDIR/tmp")" ''
}

@test "yosys proves that the gates count as the source does" {
    yosys -q -s /source/equal.ys
    equals "$status" 0
    grep -q 'Of those cells 9 are proven and 0 are unproven' "$box/equal.txt"
}

@test "yosys finds the gate that was changed" {
    sed -i '0,/ & /s// | /' "$box/gates.v"
    yosys -q -s /source/equal.ys
    equals "$status" 1
    [[ $stderr == *'unproven $equiv cells'* ]]
}

@test "yosys names a file that is not there" {
    yosys -q -p 'read_verilog /source/nothing.v'
    equals "$status" 1
    [[ $stderr == *"ERROR: File \`/source/nothing.v' not found"* ]]
}
