;; A module with a memory and nothing to start.
;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
(module (memory (export "memory") 1))
