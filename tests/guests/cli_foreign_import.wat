;; Wants a function of another host, whose name holds a terminal's escape sequence.
(module
  (import "env" "\1b[31mred" (func))
  (memory (export "memory") 1)
  (func (export "_start")))
