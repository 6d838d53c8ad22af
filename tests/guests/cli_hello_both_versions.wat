;; Prints "ab": one letter through each version.
;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
(module
  (import "wasi_unstable" "fd_write" (func $old (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $new (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\01\00\00\00\11\00\00\00\01\00\00\00ab")
  (func (export "_start")
    (drop (call $old (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
    (drop (call $new (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 32)))))
