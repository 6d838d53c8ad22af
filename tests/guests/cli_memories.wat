;; Two memories that both try to grow by 600 MiB; ends with how many could.
;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory $first (export "memory") 1)
  (memory $second 1)
  (func (export "_start")
    (call $proc_exit
      (i32.add
        (i32.ne (memory.grow $first (i32.const 9600)) (i32.const -1))
        (i32.ne (memory.grow $second (i32.const 9600)) (i32.const -1))))))
