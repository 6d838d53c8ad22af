;; A module with a memory and nothing to start.
(module (memory (export "memory") 1))
