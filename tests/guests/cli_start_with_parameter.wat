;; An entry point that cannot be called.
(module (memory (export "memory") 1) (func (export "_start") (param i32)))
