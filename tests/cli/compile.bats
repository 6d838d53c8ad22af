# `ringfort compile`, and running what it made.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

@test "compiled_code_runs_where_it_is_allowed" {
    run -0 --separate-stderr ringfort compile "$PROBE" -o probe.code
    [ -z "$output$stderr" ]
    run -7 --separate-stderr ringfort run --allow-precompiled probe.code exit 7
    [ -z "$stderr" ]
    run -0 ringfort run --allow-precompiled - args <probe.code
    [ "${lines[1]}" = "1=args" ]
}

@test "the_output_may_be_named_first_and_joined" {
    run -0 ringfort compile -o a.code "$(guest hello)"
    run -0 ringfort compile --output=b.code -- "$(guest hello)"
    for code in a.code b.code; do
        run -0 ringfort run --allow-precompiled "$code"
        [ "$output" = "hello world" ]
    done
}

@test "compiled_code_is_refused_where_it_is_not_allowed" {
    run -0 ringfort compile "$(guest hello)" -o hello.code
    run -125 --separate-stderr ringfort run hello.code
    says "hello.code: is compiled code, which runs unchecked; --allow-precompiled runs it if you trust it"
}

@test "a_module_is_no_less_welcome_where_compiled_code_is_allowed" {
    run -0 ringfort run --allow-precompiled "$(guest hello)"
    [ "$output" = "hello world" ]
}

@test "code_of_both_versions_and_with_shared_memory_runs" {
    run -0 ringfort compile "$(guest hello_both_versions)" -o a.code
    run -0 ringfort run --allow-precompiled a.code
    [ "$output" = ab ]
    run -0 ringfort compile "$(guest hello_unstable)" -o b.code
    run -0 ringfort run --allow-precompiled b.code
    [ "$output" = "hello snapshot 0" ]
    run -0 ringfort compile "$(guest shared_memory)" -o c.code
    run -7 ringfort run --allow-precompiled c.code
    run -0 ringfort compile "$(guest memories)" -o d.code
    run -0 ringfort run --allow-precompiled d.code
}

@test "timeout_ends_interruptible_code_only" {
    run -0 ringfort compile "$(guest spin)" -o plain.code
    run -125 --separate-stderr ringfort run --allow-precompiled --timeout 300ms plain.code
    says 'plain.code: was compiled without `--interruptible`, so --timeout cannot end it'
    run -0 ringfort compile --interruptible "$(guest spin)" -o spin.code
    run -124 --separate-stderr ringfort run --allow-precompiled --timeout 300ms spin.code
    says "(--timeout)"
    run -0 ringfort compile --interruptible "$(guest hello)" -o hello.code
    run -0 ringfort run --allow-precompiled hello.code
}

@test "fuel_counts_metered_code_only" {
    run -0 ringfort compile "$(guest spin)" -o plain.code
    run -125 --separate-stderr ringfort run --allow-precompiled --fuel 1000 plain.code
    says 'plain.code: was compiled without `--metered`, so --fuel cannot count it'
    run -0 ringfort compile --metered "$(guest spin)" -o spin.code
    run -124 --separate-stderr ringfort run --allow-precompiled --fuel 1000 spin.code
    says "(--fuel)"
    run -0 ringfort compile --metered "$(guest hello)" -o hello.code
    run -0 ringfort run --allow-precompiled hello.code
}

@test "damaged_code_is_126_and_never_run" {
    run -0 ringfort compile "$(guest hello)" -o good.code
    size=$(stat -c %s good.code)
    for length in 4 88 4096 $((size - 88)) $((size - 1)); do
        head -c "$length" good.code >bad.code
        run -126 --separate-stderr ringfort run --allow-precompiled bad.code
        says "bad.code: is neither WebAssembly nor whole code"
    done
    for offset in 100 5000 $((size / 2)) $((size - 90)) $((size - 60)); do
        cp good.code bad.code
        printf '\xa5' | dd of=bad.code bs=1 seek="$offset" conv=notrunc status=none
        cmp -s good.code bad.code && printf '\x5a' | dd of=bad.code bs=1 seek="$offset" conv=notrunc status=none
        run -126 --separate-stderr ringfort run --allow-precompiled bad.code
        says "bad.code: is neither WebAssembly nor whole code"
    done
}

@test "a_program_of_the_machine_is_126" {
    for options in "" --allow-precompiled; do
        # shellcheck disable=SC2086
        run -126 --separate-stderr ringfort run $options "$(command -v bash)"
        says "is not WebAssembly but an ELF file, a program or library of Linux or another system; build the program"
        [[ $stderr != *"compiled code"* && $stderr != *"ringfort compile"* ]]
    done
}

@test "an_output_replaces_a_file_whole_or_not_at_all" {
    echo old >out.code
    run -127 ringfort compile no/such -o out.code
    [ "$(cat out.code)" = old ]
    printf '\0asm\1\0\0\0garbage' >broken.wasm
    run -126 ringfort compile broken.wasm -o out.code
    [ "$(cat out.code)" = old ]
    run -0 ringfort compile "$(guest hello)" -o out.code
    run -0 ringfort run --allow-precompiled out.code
    [ "$(ls)" = $'broken.wasm\nout.code' ]
}

@test "an_output_replaces_links_and_follows_none" {
    mkdir out
    echo precious >precious
    ln -s ../precious out/link
    mkfifo pipe
    ln -s ../pipe out/to-pipe
    ln precious out/hard
    for name in link to-pipe hard; do
        run -0 timeout 20 "$RINGFORT" compile "$(guest hello)" -o "out/$name"
        [ ! -L "out/$name" ]
        run -0 ringfort run --allow-precompiled "out/$name"
    done
    [ "$(cat precious)" = precious ]
    ringfort compile "$(guest hello)" -o /dev/stdout >hello.code
    run -0 ringfort run --allow-precompiled hello.code
    [ -L /dev/stdout ]
}

@test "an_output_may_be_a_pipe" {
    ringfort compile "$(guest hello)" -o /dev/stdout | cat >hello.code
    run -0 ringfort run --allow-precompiled hello.code
    [ "$output" = "hello world" ]
}

@test "an_output_that_cannot_be_written_is_125" {
    run -125 --separate-stderr ringfort compile "$(guest hello)" -o no/such
    says "no/such: cannot be written: No such file or directory"
    run -125 --separate-stderr ringfort compile "$(guest hello)" -o .
    says ".: cannot be written: Is a directory"
    run -125 --separate-stderr ringfort compile "$(guest hello)" -o /dev/full
    says "/dev/full: cannot be written: No space left on device"
    run -125 --separate-stderr bash -c 'ulimit -f 8; trap "" XFSZ; exec "$0" compile "$1" -o big' \
        "$RINGFORT" "$(guest hello)"
    says "big: cannot be written: File too large"
    [ -z "$(find . -name 'big*')" ]
}

@test "missing_and_superfluous_words_are_2" {
    run -2 --separate-stderr ringfort compile "$(guest hello)"
    says "the output is missing"
    run -2 --separate-stderr ringfort compile -o x
    says "the FILE to compile is missing"
    run -2 --separate-stderr ringfort compile a b -o x
    says '"b" is one too many'
    run -2 --separate-stderr ringfort compile -o x -- a b
    says '"b" is one too many'
}

@test "what_cannot_be_compiled_has_its_status" {
    run -127 --separate-stderr ringfort compile no/such -o x
    says "no/such: no such file"
    : >empty.wasm
    run -126 --separate-stderr ringfort compile empty.wasm -o x
    says "empty.wasm: is empty"
    run -0 ringfort compile "$(guest hello)" -o hello.code
    run -126 --separate-stderr ringfort compile hello.code -o x
    says "hello.code: is compiled already"
    [ ! -e x ]
}

@test "compiling_is_reproducible" {
    run -0 ringfort compile "$PROBE" -o a.code
    run -0 ringfort compile "$PROBE" -o b.code
    cmp a.code b.code
}
