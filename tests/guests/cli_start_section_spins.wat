;; Never ends being instantiated.
(module (memory (export "memory") 1) (func $first (loop $a (br $a))) (func (export "_start")) (start $first))
