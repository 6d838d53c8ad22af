;; Never ends being instantiated.
;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
(module (memory (export "memory") 1) (func $first (loop $a (br $a))) (func (export "_start")) (start $first))
