;; Traps while it is instantiated.
(module (memory (export "memory") 1) (func $first unreachable) (func (export "_start")) (start $first))
