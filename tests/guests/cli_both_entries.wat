;; Both a command and a reactor, which no module may be.
;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
(module (memory (export "memory") 1) (func (export "_start")) (func (export "_initialize")))
