# The command line itself: help, versions, wrong options, colours, completion, the manual.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

commands="run compile inspect completion help"

# version: the one that the header says
version() {
    sed -n 's/^#define RINGFORT_VERSION *"\(.*\)"/\1/p' "$RINGFORT_SOURCE/include/ringfort.h"
}

@test "no_arguments_are_2" {
    run -2 --separate-stderr ringfort
    says "a FILE or a command is missing; see \`ringfort --help\`"
    run -2 --separate-stderr ringfort run
    says "a FILE to run is missing"
    run -2 --separate-stderr ringfort --quiet
    says "a FILE to run is missing"
}

@test "help_lists_the_commands" {
    for help in --help -h help; do
        run -0 --separate-stderr ringfort "$help"
        [ -z "$stderr" ]
        for command in $commands; do
            [[ $output == *"  $command "* ]]
        done
    done
}

@test "each_command_has_help_within_80_columns" {
    for command in $commands; do
        for help in "$command --help" "$command -h" "help $command"; do
            # shellcheck disable=SC2086
            run -0 --separate-stderr ringfort $help
            [[ ${lines[0]} == "Usage: ringfort $command "* ]]
            [ -z "$stderr" ]
            run -1 grep -E '^.{89,}' <<<"$output"
        done
    done
}

@test "help_for_an_unknown_command_is_2" {
    run -2 --separate-stderr ringfort help nothing
    says 'help: there is no command "nothing"'
}

@test "version_names_ringfort_and_wasmtime" {
    version=$(version)
    for ask in --version -V "run --version" "inspect -V"; do
        # shellcheck disable=SC2086
        run -0 --separate-stderr ringfort $ask
        [[ $output =~ ^ringfort\ $version\ \(Wasmtime\ [0-9]+\.[0-9]+\.[0-9]+\)$ ]]
        [ -z "$stderr" ]
    done
}

@test "an_unknown_option_is_2_with_the_nearest" {
    run -2 --separate-stderr ringfort run --tiemout 2s x.wasm
    says "unknown or ambiguous option --tiemout; did you mean --timeout?"
    run -2 --separate-stderr ringfort run --max-mem0ry=2M x.wasm
    says "unknown or ambiguous option --max-mem0ry; did you mean --max-memory?"
    run -2 --separate-stderr ringfort run --quite-another x.wasm
    says "unknown or ambiguous option --quite-another; see \`ringfort run --help\`"
    run -2 --separate-stderr ringfort inspect --timeout 2s x.wasm
    says "unknown or ambiguous option --timeout"
    run -2 --separate-stderr ringfort run -x x.wasm
    says "unknown option -x; see \`ringfort run --help\`"
}

@test "an_option_of_another_program_is_2_with_ours" {
    for pair in "--mapdir data::/in=--dir HOST::GUEST" "--mapdir=/in:data=--dir HOST::GUEST" \
        "--volume data:/in=--dir HOST::GUEST" "-v data:/in=--dir HOST::GUEST" "-e A=--env NAME=VALUE" \
        "--wasm-timeout 3=--timeout TIME" "--tcplisten x=--listen ADDR:PORT" "-W x=--max-memory SIZE, --timeout"; do
        # shellcheck disable=SC2086
        run -2 --separate-stderr ringfort run ${pair%=--*} x.wasm
        says "; use --${pair##*=--}"
    done
    run -2 --separate-stderr ringfort inspect --mapdir x
    says "unknown or ambiguous option --mapdir; see \`ringfort inspect --help\`"
}

@test "one_dash_in_the_place_of_two_is_told" {
    run -2 --separate-stderr ringfort run -dir data x.wasm
    says "unknown option -dir; did you mean --dir?"
    run -2 --separate-stderr ringfort -timeout=2s x.wasm
    says "unknown option -timeout; did you mean --timeout?"
    run -2 --separate-stderr ringfort run --dirs data x.wasm
    says "did you mean --dir?"
    run -2 --separate-stderr ringfort run -qx x.wasm
    says "unknown option -x; see"
}

@test "a_reader_that_has_read_enough_is_no_failure" {
    for words in --help "run --help" --version "completion zsh" "inspect $PROBE" "run --print-policy $PROBE"; do
        # shellcheck disable=SC2086
        run -0 --separate-stderr bash -c 'set -o pipefail; "$0" "$@" | true' "$RINGFORT" $words
        [ -z "$stderr" ]
        # shellcheck disable=SC2086
        run -0 --separate-stderr bash -c 'set -o pipefail; (trap "" PIPE; "$0" "$@") | head -n 1' "$RINGFORT" $words
        [ -z "$stderr" ]
    done
    run -0 --separate-stderr bash -c 'set -o pipefail; (sleep 0.3; "$0" completion bash) | :' "$RINGFORT"
    [ -z "$stderr" ]
}

@test "an_ambiguous_abbreviation_is_2" {
    run -2 --separate-stderr ringfort run --max 2M x.wasm
    says "unknown or ambiguous option --max"
}

@test "an_option_without_its_argument_is_2" {
    run -2 --separate-stderr ringfort run --timeout
    says "--timeout needs an argument: --timeout TIME"
    run -2 --separate-stderr ringfort compile -o
    says "--output needs an argument: --output FILE"
}

@test "an_argument_for_an_option_that_takes_none_is_2" {
    run -2 --separate-stderr ringfort run --no-cache=yes x.wasm
    says "--no-cache takes no argument"
}

@test "colours_are_only_where_they_are_wanted" {
    red=$'\033[1;31mringfort:\033[0m '
    run -127 ringfort run no/such
    [ "$output" = "ringfort: no/such: no such file" ]
    run -127 ringfort run --color always no/such
    [ "$output" = "${red}no/such: no such file" ]
    run -127 ringfort run --color auto no/such
    [ "$output" = "ringfort: no/such: no such file" ]
    CLICOLOR_FORCE=1 run -127 ringfort run no/such
    [ "$output" = "${red}no/such: no such file" ]
    CLICOLOR_FORCE=0 run -127 ringfort run no/such
    [ "$output" = "ringfort: no/such: no such file" ]
    NO_COLOR=1 CLICOLOR_FORCE=1 run -127 ringfort run no/such
    [ "$output" = "ringfort: no/such: no such file" ]
    NO_COLOR=1 run -127 ringfort run --color always no/such
    [ "$output" = "${red}no/such: no such file" ]
    CLICOLOR_FORCE=1 run -127 ringfort run --color never no/such
    [ "$output" = "ringfort: no/such: no such file" ]
}

@test "a_terminal_gets_colours" {
    run -127 on_terminal run no/such
    [[ $output == *$'\033[1;31mringfort:\033[0m no/such'* ]]
    TERM=dumb run -127 on_terminal run no/such
    [[ $output != *$'\033'* ]]
    NO_COLOR=1 run -127 on_terminal run no/such
    [[ $output != *$'\033'* ]]
    NO_COLOR="" run -127 on_terminal run no/such
    [[ $output == *$'\033[1;31m'* ]]
}

# on_terminal ARGUMENTS...: the command with a terminal for its streams
on_terminal() {
    python3 -c 'import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' "$RINGFORT" "$@"
}

@test "another_colour_is_2" {
    run -2 --separate-stderr ringfort run --color red x.wasm
    says '--color: "red" is none of auto, always and never'
}

@test "quiet_leaves_failures_alone" {
    run -127 --separate-stderr ringfort run -q no/such
    says "no/such: no such file"
}

@test "output_that_cannot_be_written_is_125" {
    for command in --help --version "completion bash" "inspect $(guest hello)"; do
        run -125 --separate-stderr bash -c '"$0" $1 >/dev/full' "$RINGFORT" "$command"
        says "stdout: the output could not be written: No space left on device"
    done
}

@test "completion_needs_a_shell" {
    run -2 --separate-stderr ringfort completion
    says "ringfort completion bash|zsh|fish"
    run -2 --separate-stderr ringfort completion csh
    says "ringfort completion bash|zsh|fish"
    run -2 --separate-stderr ringfort completion bash zsh
    says "ringfort completion bash|zsh|fish"
}

# options: the names of all long options, from the help of all commands
options() {
    for command in $commands; do
        "$RINGFORT" "$command" --help
    done | sed -n 's/^  \(-.,\|   \) --\([a-z0-9-]*\).*/\2/p' | sort -u
}

@test "completion_knows_every_option" {
    [ "$(options | wc -l)" -ge 25 ]
    for shell in bash zsh; do
        run -0 ringfort completion "$shell"
        for option in $(options); do
            [[ $output == *"--$option"* ]] || { printf '%s lacks %s\n' "$shell" "$option"; return 1; }
        done
    done
    run -0 ringfort completion fish
    for option in $(options); do
        [[ $output == *" -l $option "* ]]
    done
}

# completes LINE: what bash offers for the last word of a line
completes() {
    bash --norc -c '
        eval "$("$0" completion bash)"
        COMP_WORDS=($1)
        [[ $1 == *" " ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _ringfort
        printf "%s\n" "${COMPREPLY[@]}"' "$RINGFORT" "$1"
}

@test "bash_completes_commands_options_words_and_files" {
    touch some.wasm
    mkdir folder
    run -0 completes "ringfort in"
    [ "$output" = inspect ]
    run -0 completes "ringfort so"
    [ "$output" = some.wasm ]
    run -0 completes "ringfort run --max-op"
    [ "$output" = --max-open-files ]
    run -0 completes "ringfort compile --int"
    [ "$output" = --interruptible ]
    run -0 completes "ringfort inspect --time"
    [ -z "$output" ]
    run -0 completes "ringfort run --color n"
    [ "$output" = never ]
    run -0 completes "ringfort run --dir "
    [ "$output" = folder ]
    run -0 completes "ringfort run "
    [ "$(sort <<<"$output")" = $'folder\nsome.wasm' ]
    run -0 completes "ringfort completion z"
    [ "$output" = zsh ]
}

@test "the_manual_describes_every_option_command_and_status" {
    manual="$RINGFORT_SOURCE/docs/man/ringfort.1"
    for option in $(options); do
        grep -q -- "\\\\-\\\\-${option//-/\\\\-}" "$manual" || { printf 'the manual lacks --%s\n' "$option"; return 1; }
    done
    for command in $commands; do
        grep -q "^\\.SS ringfort $command" "$manual"
    done
    for status in 2 124 125 126 127 134; do
        grep -q "^\\.B $status" "$manual"
    done
    for variable in XDG_CACHE_HOME HOME NO_COLOR CLICOLOR_FORCE RINGFORT_CACHE_SIZE; do
        grep -q "^\\.B $variable" "$manual"
    done
    grep -q "ringfort $(version)" "$manual"
}
