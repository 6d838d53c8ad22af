;; Begins with 2 GiB.
;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
(module (memory (export "memory") 32768) (func (export "_start")))
