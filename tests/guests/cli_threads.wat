;; Spawns a thread that adds 5, waits for it, and ends with what it finds.
;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
(module
  (import "env" "memory" (memory 1 65536 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (export "memory" (memory 0))
  (func (export "wasi_thread_start") (param $tid i32) (param $argument i32)
    (drop (i32.atomic.rmw.add (i32.const 0) (local.get $argument)))
    (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
  (func (export "_start")
    (if (i32.lt_s (call $spawn (i32.const 5)) (i32.const 1)) (then (call $proc_exit (i32.const 90))))
    (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
    (call $proc_exit (i32.atomic.load (i32.const 0)))))
