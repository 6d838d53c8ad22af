;; Traps while it is instantiated.
;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
(module (memory (export "memory") 1) (func $first unreachable) (func (export "_start")) (start $first))
