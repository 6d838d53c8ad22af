;; Begins with 2 GiB.
(module (memory (export "memory") 32768) (func (export "_start")))
