# --invoke: calling an exported function from the command line.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

@test "a_function_is_called_and_its_result_printed" {
    run -0 --separate-stderr ringfort run --invoke add "$(guest reactor)" 2 3
    [ "$output" = 5 ]
    [ -z "$stderr" ]
}

@test "a_reactor_is_initialized_first" {
    run -0 ringfort run --invoke answer "$(guest reactor)"
    [ "$output" = 42 ]
}

@test "a_module_without_wasi_and_memory_can_be_called" {
    run -0 ringfort run --invoke double "$(guest functions)" 21
    [ "$output" = 42 ]
}

@test "a_command_s_function_can_be_called" {
    run -0 ringfort run --invoke _start "$(guest hello)"
    [ "$output" = "hello world" ]
}

@test "several_results_are_printed_one_a_line" {
    run -0 ringfort run --invoke three "$(guest reactor)"
    [ "$output" = $'1\n2\n3.5' ]
}

@test "no_result_prints_nothing" {
    run -0 ringfort run --invoke nothing "$(guest reactor)"
    [ -z "$output" ]
}

@test "integers_are_signed_or_unsigned_decimal_or_hexadecimal" {
    run -0 ringfort run --invoke add "$(guest reactor)" -1 0
    [ "$output" = -1 ]
    run -0 ringfort run --invoke add "$(guest reactor)" 4294967295 0
    [ "$output" = -1 ]
    run -0 ringfort run --invoke add "$(guest reactor)" 0x10 +1
    [ "$output" = 17 ]
    run -0 ringfort run --invoke add "$(guest reactor)" -2147483648 0
    [ "$output" = -2147483648 ]
    run -0 ringfort run --invoke add64 "$(guest reactor)" 9223372036854775807 0
    [ "$output" = 9223372036854775807 ]
    run -0 ringfort run --invoke add64 "$(guest reactor)" 0xffffffffffffffff 0
    [ "$output" = -1 ]
    run -0 ringfort run --invoke add64 "$(guest reactor)" -9223372036854775808 0
    [ "$output" = -9223372036854775808 ]
}

@test "integers_out_of_range_and_other_words_are_2" {
    for word in 4294967296 -2147483649 1.5 x "" 0x 1x " 1" -- --1 0b1; do
        run -2 --separate-stderr ringfort run --invoke add "$(guest reactor)" 1 "$word"
        says "argument 2 of \"add\" is i32, which \"$word\" is not"
    done
    for word in 18446744073709551616 -9223372036854775809 0x1ffffffffffffffff; do
        run -2 --separate-stderr ringfort run --invoke add64 "$(guest reactor)" "$word" 1
        says "argument 1 of \"add64\" is i64, which \"$word\" is not"
    done
}

@test "floats_are_printed_with_the_digits_that_tell_them_apart" {
    run -0 ringfort run --invoke same64 "$(guest reactor)" 0.1
    [ "$output" = 0.1 ]
    run -0 ringfort run --invoke same64 "$(guest reactor)" 0.30000000000000004
    [ "$output" = 0.30000000000000004 ]
    run -0 ringfort run --invoke same32 "$(guest reactor)" 0.1
    [ "$output" = 0.1 ]
    run -0 ringfort run --invoke same32 "$(guest reactor)" 16777217
    [ "$output" = 16777216 ]
    run -0 ringfort run --invoke same64 "$(guest reactor)" -1e300
    [ "$output" = -1e+300 ]
    run -0 ringfort run --invoke same64 "$(guest reactor)" -inf
    [ "$output" = -inf ]
    run -0 ringfort run --invoke same64 "$(guest reactor)" nan
    [ "$output" = nan ]
    run -2 --separate-stderr ringfort run --invoke same64 "$(guest reactor)" 1,5
    says "is f64"
    run -2 --separate-stderr ringfort run --invoke same32 "$(guest reactor)" ""
    says "is f32"
}

@test "vectors_and_references_are_printed" {
    run -0 ringfort run --invoke vector "$(guest reactor)"
    [ "$output" = 0x00000000000000020000000000000001 ]
    run -0 ringfort run --invoke reference "$(guest reactor)" null
    [ "$output" = null ]
}

@test "arguments_that_cannot_be_written_are_2" {
    run -2 --separate-stderr ringfort run --invoke of_vector "$(guest reactor)" 1
    says 'is a type that cannot be written'
    run -2 --separate-stderr ringfort run --invoke of_any "$(guest reactor)" 1
    says 'is a type that cannot be written'
}

@test "the_wrong_number_of_arguments_is_2" {
    run -2 --separate-stderr ringfort run --invoke add "$(guest reactor)" 1
    says 'the function "add" takes 2 arguments, not 1'
    run -2 --separate-stderr ringfort run --invoke double "$(guest functions)"
    says 'the function "double" takes 1 argument, not 0'
}

@test "an_unknown_function_is_125_with_the_nearest_name" {
    run -125 --separate-stderr ringfort run --invoke ad "$(guest reactor)" 1 2
    says 'exports no function "ad"; did you mean "add"?'
    run -125 --separate-stderr ringfort run --invoke quite_another "$(guest reactor)"
    says 'exports no function "quite_another"; `ringfort inspect` lists'
    run -125 --separate-stderr ringfort run --invoke memory "$(guest reactor)"
    says 'exports no function "memory"'
}

@test "a_function_that_exits_ends_with_its_code" {
    run -5 --separate-stderr ringfort run --invoke leave "$(guest reactor)" 5
    [ -z "$output$stderr" ]
    run -0 ringfort run --invoke leave "$(guest reactor)" 0
    [ -z "$output" ]
}

@test "a_function_that_traps_is_134" {
    run -134 --separate-stderr ringfort run --invoke fall "$(guest reactor)"
    [[ $stderr == *unreachable*"at fall"* ]]
}

@test "a_function_is_ended_by_timeout_and_fuel" {
    run -124 --separate-stderr ringfort run --timeout 300ms --invoke spin "$(guest functions)"
    says "(--timeout)"
    run -124 --separate-stderr ringfort run --fuel 1000 --invoke spin "$(guest functions)"
    says "(--fuel)"
}

@test "output_that_cannot_be_written_is_125" {
    run -125 --separate-stderr bash -c '"$0" run --invoke answer "$1" >/dev/full' "$RINGFORT" "$(guest reactor)"
    says "stdout: the output could not be written: No space left on device"
}
