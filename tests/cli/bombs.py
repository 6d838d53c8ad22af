# Makes modules that are small and cost much to compile: bombs.py SHAPE FILE.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import sys


def leb(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def signed(n):
    out = b""
    while n > 63:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def section(number, body):
    return bytes([number]) + leb(len(body)) + body


def name(text):
    return leb(len(text)) + text


PLAIN_TYPE = section(1, b"\1\x60\0\0")
HEADER = b"\0asm\1\0\0\0"
EXPORTS = section(7, b"\2" + name(b"memory") + b"\2\0" + name(b"_start") + b"\0\0")
MEMORY = section(5, b"\1\0\1")
NOTHING = section(10, b"\1\2\0\x0b")


def module(body, types=PLAIN_TYPE):
    code = section(10, b"\1" + leb(len(body)) + body)
    return HEADER + types + section(3, b"\1\0") + MEMORY + EXPORTS + code


def with_sections(before_exports=b"", after_exports=b"", after_code=b""):
    return HEADER + PLAIN_TYPE + section(3, b"\1\0") + before_exports + EXPORTS + after_exports + NOTHING + after_code


def locals_and(count, body):
    return leb(1) + leb(count) + b"\x7f" + body + b"\x0b"


def uses(count):
    return b"".join(b"\x20" + leb(i) + b"\x1a" for i in range(count))


def blocks():  # many locals, each alive across many joins
    return module(locals_and(10000, b"\x02\x40\x20\x00\x0d\x00\x0b" * 10000 + uses(10000)))


def loops():
    changes = b"".join(b"\x20" + leb(i) + b"\x20" + leb((i + 1) % 10000) + b"\x6a\x21" + leb(i) for i in range(10000))
    return module(locals_and(10000, b"\x03\x40\x20\x00\x0d\x00\x0b" * 10000 + changes))


def live():
    values = b"".join(b"\x3f\x00\x21" + leb(i) for i in range(10000))
    joins = b"\x02\x40\x20\x00\x0d\x00\x3f\x00\x21\x01\x0b" * 10000
    return module(locals_and(10000, values + joins + uses(10000)))


def functions():  # a million that are empty
    count = 999999
    code = section(10, leb(count) + b"\2\0\x0b" * count)
    return HEADER + PLAIN_TYPE + section(3, leb(count) + b"\0" * count) + MEMORY + EXPORTS + code


def calls():
    return module(b"\0" + b"\x10\0" * 1000000 + b"\x0b")


def grow():
    return module(b"\0" + b"\x41\0\x40\0\x1a" * 500000 + b"\x0b")


def deep():
    return module(b"\0" + b"\x02\x40" * 2000000 + b"\x0b" * 2000001)


def ifs():
    return module(b"\0" + b"\x41\1\x04\x40" * 1000000 + b"\x0b" * 1000001)


def targets():  # br_table
    table = b"\x41\0\x0e" + leb(5000) + b"".join(leb(i % 100) for i in range(5001))
    return module(b"\0" + b"\x02\x40" * 100 + table * 1000 + b"\x0b" * 101)


def groups():  # recursive types
    count = 900000
    structs = b"".join(b"\x5f\1\x63" + signed(i + 1) + b"\0" for i in range(count))
    return module(b"\0\x0b", section(1, b"\2\x60\0\0\x4e" + leb(count) + structs))


def constant():  # one expression of a global
    expression = b"\x41\1" + b"\x41\1\x6a" * 2000000 + b"\x0b"
    return with_sections(MEMORY + section(6, b"\1\x7f\0" + expression))


def elements():
    count = 9000000
    table = section(4, b"\1\x70\0" + leb(count))
    return with_sections(table + MEMORY, section(9, b"\1\0\x41\0\x0b" + leb(count) + b"\0" * count))


def types():
    return module(b"\0\x0b", section(1, leb(1000000) + b"\x60\0\0" * 1000000))


def imports():  # more than any engine takes
    count = 20000000
    return HEADER + PLAIN_TYPE + section(2, leb(count) + b"\0\0\0\0" * count)


def exports():
    count = 300000
    names = b"".join(name(b"f%d" % i) + b"\0\0" for i in range(count))
    return HEADER + PLAIN_TYPE + section(3, b"\1\0") + MEMORY + section(
        7, leb(count + 2) + EXPORTS[3:] + names) + NOTHING


def names():
    entries = leb(900000) + b"".join(leb(i) + name(b"n%d" % i) for i in range(900000))
    return module(b"\0\x0b") + section(0, name(b"name") + b"\1" + leb(len(entries)) + entries)


def segments():
    return with_sections(MEMORY, after_code=section(11, leb(100000) + b"\0\x41\0\x0b\1x" * 100000))


def data():  # code as large as the module
    return with_sections(MEMORY, after_code=section(11, b"\1\1" + leb(26 << 20) + b"x" * (26 << 20)))


def text():
    return b"(module " + b"(func)" * 900000 + b")"


def nested():
    return b"(module (func (drop " + b"(i32.add (i32.const 1) " * 600000 + b"(i32.const 1)" + b")" * 600002 + b")"


def parentheses():
    return b"(" * 5000000


with open(sys.argv[2], "wb") as file:
    file.write(globals()[sys.argv[1]]())
