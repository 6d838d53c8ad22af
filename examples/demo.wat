;; The example of Node's documentation for node:wasi: a module that prints "hello world".
;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
(module
  ;; fd_write(descriptor, address of the vectors, how many, where to put the bytes written) -> errno
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))

  (memory (export "memory") 1)

  ;; One vector at address 0: the address of the text, and its length.
  (data (i32.const 0) "\08\00\00\00" "\0c\00\00\00")
  (data (i32.const 8) "hello world\n")

  (func (export "_start")
    (drop (call $fd_write
      (i32.const 1)     ;; stdout
      (i32.const 0)     ;; the vector
      (i32.const 1)     ;; one of them
      (i32.const 20)))) ;; the count goes behind the text
)
