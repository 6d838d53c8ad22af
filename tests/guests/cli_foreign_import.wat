;; Wants a function of another host, whose name holds a terminal's escape sequence.
;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
(module
  (import "env" "\1b[31mred" (func))
  (memory (export "memory") 1)
  (func (export "_start")))
