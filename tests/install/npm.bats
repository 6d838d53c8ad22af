# The npm packages, packed and installed into an empty folder: the documentation's program runs on every runtime there.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
bats_require_minimum_version 1.5.0

setup_file() {
    export PACKED="$BATS_FILE_TMPDIR/packed"
    "$RINGFORT_SOURCE/scripts/packages.sh" "$PACKED"
    export VERSION
    VERSION=$(sed -n 's/^#define RINGFORT_VERSION  *"\(.*\)"/\1/p' "$RINGFORT_SOURCE/include/ringfort.h")
    export MODULES
    MODULES=$("$RINGFORT_SOURCE/scripts/npm.sh" "$RINGFORT_SOURCE/tests/node")/node_modules
    export GNU="$BATS_FILE_TMPDIR/gnu"
    new_app "$GNU"
    (cd "$GNU" && quiet_npm install "$PACKED/ringfort-$VERSION.tgz" "$PACKED/ringfort-linux-x64-gnu-$VERSION.tgz")
}

# new_app FOLDER: makes it, with the programs and their guest
new_app() {
    mkdir "$1"
    printf '{ "name": "app", "private": true }\n' >"$1/package.json"
    cp "$RINGFORT_SOURCE"/tests/install/npm/*.[cm]js "$1"
    "$MODULES/node20/bin/node" "$MODULES/wabt/bin/wat2wasm" "$RINGFORT_SOURCE/examples/demo.wat" -o "$1/demo.wasm"
}

# quiet_npm COMMAND…: with no registry within reach; the other platforms' packages are optional
quiet_npm() {
    npm "$@" --offline --no-audit --no-fund --loglevel=error
}

# unpacked PLATFORM: sets $app to a folder in which the packages lie as npm would have put them on that platform
unpacked() {
    local package modules
    app="$BATS_TEST_TMPDIR/app"
    modules=$app/node_modules
    new_app "$app"
    for package in ringfort "@ringfort/$1"; do
        mkdir -p "$modules/$package"
        tar -xzf "$PACKED/$(sed 's,@,,;s,/,-,' <<<"$package")-$VERSION.tgz" -C "$modules/$package" --strip-components=1
    done
}

# equals GOT WANTED: compares, and shows both where they differ
equals() {
    if [ "$1" != "$2" ]; then
        printf 'got:    %s\nwanted: %s\n' "$1" "$2" >&2
        return 1
    fi
}

# works_in APP RUNTIME…: the documented programs print hello world, and a guest is held in a folder
works_in() {
    local app=$1 program
    shift
    cd "$app"
    for program in documented.mjs documented.cjs; do
        run -0 --separate-stderr "$@" "./$program"
        equals "$output" 'hello world'
        equals "$stderr" ''
    done
    # It says itself, with its status, whether a way led out.
    run -0 "$@" ./guest.mjs "$RINGFORT_BUILD/examples/preopen.wasm" "$RINGFORT_SOURCE/examples"
    [[ $output == *'demo.wat '*'/etc/passwd'* ]]
}

@test "node_20_runs_the_documented_program" {
    works_in "$GNU" "$MODULES/node20/bin/node"
}

@test "node_22_runs_the_documented_program" {
    works_in "$GNU" "$MODULES/node22/bin/node"
}

@test "node_24_runs_the_documented_program" {
    works_in "$GNU" "$MODULES/node24/bin/node"
}

@test "node_26_runs_the_documented_program" {
    works_in "$GNU" "$MODULES/node26/bin/node"
}

@test "bun_runs_the_documented_program" {
    works_in "$GNU" "$MODULES/@oven/bun-linux-x64/bin/bun"
}

@test "deno_runs_the_documented_program" {
    works_in "$GNU" env DENO_NO_UPDATE_CHECK=1 "$MODULES/@deno/linux-x64-glibc/deno" run --allow-all
}

# Node is not on npm for musl, but Bun is. It needs musl's build of the C++ library, which Python packages bring.
@test "bun_on_musl_runs_the_documented_program" {
    unpacked linux-x64-musl
    local lib
    lib=$("$RINGFORT_SOURCE/tests/install/npm/libstdcxx.sh")
    works_in "$app" env LD_LIBRARY_PATH="$lib" LD_PRELOAD="$lib/newer.so" "$MODULES/@oven/bun-linux-x64-musl/bin/bun"
}

@test "node_on_arm64_runs_the_documented_program" {
    unpacked linux-arm64-gnu
    works_in "$app" qemu-aarch64 -L /usr/aarch64-linux-gnu "$MODULES/node-arm64/bin/node"
}

@test "a_package_for_another_processor_is_refused" {
    local app="$BATS_TEST_TMPDIR/app"
    new_app "$app"
    cd "$app"
    run ! quiet_npm install "$PACKED/ringfort-linux-arm64-gnu-$VERSION.tgz"
    [[ $output == *EBADPLATFORM* ]]
}

@test "without_an_addon_the_import_says_what_is_needed" {
    unpacked linux-x64-gnu
    rm -r "$app/node_modules/@ringfort"
    cd "$app"
    run ! "$MODULES/node26/bin/node" documented.mjs
    [[ $output == *"ringfort has no addon for this system"*"It needs Linux on x64"* ]]
    [[ $output == *"ERR_RINGFORT_UNSUPPORTED"* ]]
}

@test "the_packages_hold_what_they_export_and_run_nothing_at_install" {
    local archive files
    for archive in "$PACKED"/*.tgz; do
        tar -xzOf "$archive" package/package.json >"$BATS_TEST_TMPDIR/package.json"
        run ! grep -E '"(scripts|preinstall|install|postinstall|bin)"' "$BATS_TEST_TMPDIR/package.json"
        grep -F "\"version\": \"$VERSION\"" "$BATS_TEST_TMPDIR/package.json"
        files=$(tar -tzf "$archive" | sort)
        grep -qx package/LICENSE <<<"$files"
        grep -qx package/README.md <<<"$files"
        run ! grep -E '\.[ch]$|test|package-lock' <<<"$files"
        local file
        while IFS= read -r file; do
            grep -qx "package/$file" <<<"$files"
        done < <(grep -oE '"\./[^"]*\.[a-z]+"' "$BATS_TEST_TMPDIR/package.json" | tr -d '"' | sed 's,^\./,,')
    done
}
