;; A shared memory that may grow to 4 GiB.
(module (memory (export "memory") 1 65536 shared) (func (export "_start")))
