;; A shared memory that may grow to 4 GiB.
;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
(module (memory (export "memory") 1 65536 shared) (func (export "_start")))
