;; Keeps objects in a list for ever: its heap must hit a limit.
;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
(module
  (memory (export "memory") 1)
  (type $node (struct (field (ref null $node)) (field i64) (field i64) (field i64) (field i64)))
  (global $list (mut (ref null $node)) (ref.null $node))
  (func (export "_start")
    (loop $again
      (global.set $list
        (struct.new $node (global.get $list) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)))
      (br $again))))
