;; A command without a memory.
;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
(module (func (export "_start")))
