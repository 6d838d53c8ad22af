;; Grows a table to two million elements, if it may; ends with 1 if it could.
;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (table $t 1 funcref)
  (func (export "_start")
    (call $proc_exit (i32.ne (table.grow $t (ref.null func) (i32.const 2000000)) (i32.const -1)))))
