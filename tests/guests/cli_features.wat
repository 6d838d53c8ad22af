;; Uses exceptions, garbage-collected objects, tail calls, vectors and bulk memory; ends with 33.
;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (type $pair (struct (field i32) (field i32)))
  (tag $thrown (param i32))
  (func $throws (param i32) (throw $thrown (local.get 0)))
  (func $catches (result i32)
    (block $caught (result i32)
      (try_table (catch $thrown $caught) (call $throws (i32.const 11)))
      unreachable))
  (func $object (result i32)
    (struct.get $pair 1 (struct.new $pair (i32.const 1) (i32.const 11))))
  (func $lane (result i32) (i32x4.extract_lane 2 (v128.const i32x4 1 2 11 4)))
  (func $tail (result i32) (return_call $lane))
  (func (export "_start")
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 64))
    (call $proc_exit (i32.add (call $catches) (i32.add (call $object) (call $tail))))))
