# The installed library: found by pkg-config and by find_package, from a folder other than it was installed to.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
bats_require_minimum_version 1.5.0

setup_file() {
    # Laid down by DESTDIR, then used where it lies: nothing in it may know the prefix.
    export STAGE="$BATS_FILE_TMPDIR/stage"
    DESTDIR="$STAGE" cmake --install "$RINGFORT_BUILD" --prefix /opt/ringfort >"$BATS_FILE_TMPDIR/install.log"
    export ROOT="$STAGE/opt/ringfort"
    export LIBDIR
    LIBDIR=$(dirname "$(find "$ROOT" -name libringfort.so)")
    export PKG_CONFIG_PATH="$LIBDIR/pkgconfig"
    export LD_LIBRARY_PATH="$LIBDIR"
    export VERSION
    VERSION=$(sed -n 's/^#define RINGFORT_VERSION  *"\(.*\)"/\1/p' "$RINGFORT_SOURCE/include/ringfort.h")
    export EMBED="$RINGFORT_SOURCE/examples/embed.c"
    printf '%s\n' "$VERSION 46 45" >"$BATS_FILE_TMPDIR/core.expected"
}

# holds_a_guest PROGRAM: whether the built example runs a guest in examples/, which looks around and stays inside
holds_a_guest() {
    run -0 "$1" "$RINGFORT_BUILD/examples/preopen.wasm" "$RINGFORT_SOURCE/examples"
    [[ $output == *demo.wat* ]]
}

@test "destdir_holds_everything_and_nothing_else_is_written" {
    [ "$(ls -A "$STAGE")" = opt ]
    [ "$(ls -A "$STAGE/opt")" = ringfort ]
    for file in bin/ringfort include/ringfort.h include/ringfort_wasmtime.h include/ringfort_wasm.h \
        share/man/man1/ringfort.1; do
        [ -f "$ROOT/$file" ]
    done
    for file in libringfort.so.0 libringfort.a libringfort-wasmtime.a; do
        [ -f "$LIBDIR/$file" ]
    done
    [ -n "$(find "$ROOT" -path '*/wasm-c-api/*.c')" ]
}

@test "no_installed_text_names_the_prefix_the_build_or_the_source" {
    run -1 grep -rIlE -e "$RINGFORT_BUILD" -e "$RINGFORT_SOURCE/" -e /opt/ringfort "$LIBDIR/pkgconfig" \
        "$LIBDIR/cmake" "$ROOT/include"
}

@test "the_installed_command_holds_a_guest" {
    run -0 "$ROOT/bin/ringfort" run "$RINGFORT_SOURCE/examples/demo.wat"
    [ "$output" = "hello world" ]
}

@test "pkg_config_compiles_and_runs_the_embedding_example" {
    # shellcheck disable=SC2046  # its words are arguments
    "$CC" -std=c17 -Wall -Werror "$EMBED" -o "$BATS_TEST_TMPDIR/embed" \
        $(pkg-config --cflags --libs ringfort-wasmtime)
    holds_a_guest "$BATS_TEST_TMPDIR/embed"
}

@test "the_embedding_example_limits_memory_time_and_output" {
    local embed="$BATS_TEST_TMPDIR/embed"
    cd "$BATS_TEST_TMPDIR"
    # shellcheck disable=SC2046
    "$CC" -std=c17 "$EMBED" -o "$embed" $(pkg-config --cflags --libs ringfort-wasmtime)
    cat >hog.c <<'C'
#include <stdlib.h>
#include <string.h>
int main(void)
{
    int mebibytes = 0;
    for (char *at; (at = malloc(1 << 20)) != NULL; mebibytes++) {
        memset(at, 1, 1 << 20);
    }
    return mebibytes < 256 ? 7 : 8;
}
C
    cat >talk.c <<'C'
#include <unistd.h>
static char line[1 << 16];
int main(void)
{
    int written = 0;
    while (write(1, line, sizeof line) == sizeof line) {
        written++;
    }
    return written == 256 ? 7 : 8;
}
C
    printf 'int main(void) { for (volatile int i = 0;; i++) { } }' >spin.c
    for guest in hog talk spin; do
        clang --target=wasm32-wasi $guest.c -o $guest.wasm
    done
    # (module (memory (export "memory") 65536)), which begins with 4 GiB
    printf '\0asm\1\0\0\0\5\5\1\0\200\200\4\7\12\1\6memory\2\0' >huge.wasm

    run -7 "$embed" hog.wasm
    run -7 bash -c '"$0" talk.wasm >out' "$embed"
    [ "$(stat -c %s out)" -eq $((16 << 20)) ]
    run -125 "$embed" spin.wasm
    [[ $output == *ERR_INTERRUPTED* ]]
    run -125 "$embed" huge.wasm
    [[ $output == *"exceeds memory limits"* ]]
}

@test "pkg_config_compiles_the_core_alone_and_it_needs_only_libc" {
    # shellcheck disable=SC2046
    "$CC" -std=c17 -Wall -Werror "$RINGFORT_SOURCE/tests/install/consumer/core.c" -o "$BATS_TEST_TMPDIR/core" \
        $(pkg-config --cflags --libs ringfort)
    "$BATS_TEST_TMPDIR/core" | diff - "$BATS_FILE_TMPDIR/core.expected"
    [ "$(pkg-config --modversion ringfort)" = "$VERSION" ]
    run ! grep -E 'NEEDED.*\[(libm|libdl|libgcc|libwasm)' <(readelf -d "$LIBDIR/libringfort.so")
}

@test "find_package_compiles_and_runs_the_example_and_the_core_shared_and_static" {
    cmake -S "$RINGFORT_SOURCE/tests/install/consumer" -B "$BATS_TEST_TMPDIR/build" -DCMAKE_PREFIX_PATH="$ROOT" \
        -DEMBED="$EMBED" -DCMAKE_C_COMPILER="$CC"
    cmake --build "$BATS_TEST_TMPDIR/build"
    holds_a_guest "$BATS_TEST_TMPDIR/build/embed"
    "$BATS_TEST_TMPDIR/build/core-shared" | diff - "$BATS_FILE_TMPDIR/core.expected"
    "$BATS_TEST_TMPDIR/build/core-static" | diff - "$BATS_FILE_TMPDIR/core.expected"
}

@test "every_installed_header_compiles_alone_also_as_cpp_would_read_it" {
    local header
    for header in ringfort.h ringfort_wasmtime.h ringfort_wasm.h; do
        # shellcheck disable=SC2046
        printf '#include <%s>\n' "$header" |
            "$CC" -xc -std=c17 -Wall -Wextra -Werror -fsyntax-only $(pkg-config --cflags ringfort-wasmtime) -
        if command -v g++; then
            # shellcheck disable=SC2046
            printf '#include <%s>\n' "$header" | g++ -xc++ -fsyntax-only $(pkg-config --cflags ringfort-wasmtime) -
        fi
    done
}

@test "the_adapter_for_the_standard_wasm_h_compiles_from_its_installed_source" {
    local source
    for source in "$ROOT"/share/ringfort/wasm-c-api/*.c; do
        # shellcheck disable=SC2046
        "$CC" -std=c17 -D_GNU_SOURCE -c "$source" -o "$BATS_TEST_TMPDIR/$(basename "$source").o" \
            $(pkg-config --cflags ringfort-wasmtime)
    done
}
