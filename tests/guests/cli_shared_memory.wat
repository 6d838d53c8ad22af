;; Has a shared memory and uses an atomic instruction, but no threads; ends with what it counted.
;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1 2 shared)
  (func (export "_start")
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 7)))
    (call $proc_exit (i32.atomic.load (i32.const 0)))))
