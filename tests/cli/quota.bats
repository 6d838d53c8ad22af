# Limits that add up: what lands on the disk, and threads that write together.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

# writer FILE STEP: a module that writes one byte every STEP bytes to "big" until that is refused; exits with the errno
writer() {
    cat >"$1" <<WAT
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func \$open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_pwrite" (func \$pwrite (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func \$proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "big")
  (data (i32.const 16) "\\20\\00\\00\\00\\01\\00\\00\\00")
  (func (export "_start") (local \$at i64) (local \$errno i32)
    (local.set \$errno (call \$open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 1)
      (i64.const 0x1fffffff) (i64.const 0) (i32.const 0) (i32.const 64)))
    (loop \$again
      (if (local.get \$errno) (then (call \$proc_exit (local.get \$errno))))
      (local.set \$errno
        (call \$pwrite (i32.load (i32.const 64)) (i32.const 16) (i32.const 1) (local.get \$at) (i32.const 72)))
      (local.set \$at (i64.add (local.get \$at) (i64.const $2)))
      (br_if \$again (i64.lt_u (local.get \$at) (i64.const 400000000))))))
WAT
}

# takes FOLDER: the bytes that it takes of the disk, once they are there
takes() {
    sync "$1"/* "$1"
    du -s --block-size=1 "$1" | cut -f 1
}

nospc=51

@test "one_byte_here_and_there_lands_on_the_disk_as_twice_the_limit_at_most" {
    for step in 4096 8192 65536 3000000; do
        rm -rf box
        mkdir box
        before=$(takes .)
        writer sparse.wat "$step"
        run -$nospc --separate-stderr ringfort run --max-write 200000 --dir box::box sparse.wat
        [[ ${stderr_lines[-1]} == *"(--max-write)"* ]]
        [ $(($(takes .) - before)) -le 400000 ]
        [ "$(stat -c %s box/big)" -le 200000 ]
    done
}

@test "one_byte_in_each_block_of_a_hole_that_the_host_left_does_too" {
    mkdir box
    truncate -s 1G box/big
    writer sparse.wat 4096
    run -$nospc ringfort run --max-write 200000 --dir box::box sparse.wat
    [ "$(takes box)" -le 410000 ]
}

@test "what_a_guest_makes_and_truncates_does_too" {
    mkdir box
    before=$(takes .)
    for pattern in files directories links symlinks renames sizes reservations; do
        run -$nospc ringfort run --max-write 200000 --dir box::box "$WASM_GUESTS/fills.wasm" "$pattern"
        [ $(($(takes .) - before)) -le 400000 ]
        find box -mindepth 1 -delete
        rm -rf box && mkdir box
    done
}

@test "a_plain_copy_gets_all_of_max_write" {
    head -c 200000 /dev/urandom >in
    mkdir box
    run -0 ringfort run --max-write 200000 --stdin in --stdout box/out "$PROBE" copy
    cmp in box/out
}

# racing FILE: a guest with a thread that toggles APPEND of "big" while the other writes at its start
racing() {
    cat >"$1" <<WAT
(module
  (import "env" "memory" (memory 1 1 shared))
  (import "wasi" "thread-spawn" (func \$spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func \$open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_pwrite" (func \$pwrite (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_fdstat_set_flags" (func \$flags (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func \$proc_exit (param i32)))
  (export "memory" (memory 0))
  (data (i32.const 0) "big")
  (data (i32.const 16) "\\00\\00\\00\\00\\58\\02\\00\\00") (; 600 bytes ;)
  (func (export "wasi_thread_start") (param i32 i32)
    (loop \$again
      (drop (call \$flags (i32.load (i32.const 64)) (i32.const 1)))
      (drop (call \$flags (i32.load (i32.const 64)) (i32.const 0)))
      (br \$again)))
  (func (export "_start") (local \$i i32)
    (drop (call \$open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 1)
      (i64.const 0x1fffffff) (i64.const 0) (i32.const 0) (i32.const 64)))
    (drop (call \$spawn (i32.const 0)))
    (loop \$again
      (drop (call \$pwrite (i32.load (i32.const 64)) (i32.const 16) (i32.const 1) (i64.const 0) (i32.const 72)))
      (local.set \$i (i32.add (local.get \$i) (i32.const 1)))
      (br_if \$again (i32.lt_u (local.get \$i) (i32.const 300000))))
    (call \$proc_exit (i32.const 42))))
WAT
}

@test "a_thread_that_changes_flags_lets_no_file_grow_past_max_file_size" {
    mkdir box
    racing race.wat
    run -42 ringfort run --threads --max-file-size 1000 --dir box::box race.wat
    [ "$(stat -c %s box/big)" -ge 600 ]
    [ "$(stat -c %s box/big)" -le 1000 ]
}
