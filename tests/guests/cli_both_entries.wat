;; Both a command and a reactor, which no module may be.
(module (memory (export "memory") 1) (func (export "_start")) (func (export "_initialize")))
