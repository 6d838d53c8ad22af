#!/usr/bin/env python3
"""Writes modules that trap and whose debug information or names are made to take for ever, or all memory.

Usage: debug_info.py KIND FILE
"""
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import struct
import sys

ADDRESS = 4  # bytes of an address
COMPILE_UNIT, SUBPROGRAM, INLINED = 0x11, 0x2E, 0x1D
LOW, HIGH, STMT_LIST, RANGES, NAME, ORIGIN = 0x11, 0x12, 0x10, 0x55, 0x03, 0x31
ADDR, DATA4, SEC_OFFSET, STRP, REF4, FLAG_PRESENT = 0x01, 0x06, 0x17, 0x0E, 0x13, 0x19


def leb(number):
    out = bytearray()
    while True:
        byte = number & 0x7F
        number >>= 7
        out.append(byte | (0x80 if number else 0))
        if not number:
            return bytes(out)


def section(number, content):
    return bytes([number]) + leb(len(content)) + content


def custom(name, content):
    return section(0, leb(len(name)) + name + content)


def module(function=b"start", **debug):
    """A module whose _start is an unreachable, with these debug sections."""
    names = leb(0) + leb(len(function)) + function
    code = b"\0asm\1\0\0\0"
    code += section(1, b"\1\x60\0\0")
    code += section(3, b"\1\0")
    code += section(5, b"\1\0\1")
    code += section(7, b"\2\6_start\0\0\6memory\2\0")
    code += section(10, b"\1\3\0\0\x0b")
    code += custom(b"name", b"\1" + leb(len(names) + 1) + b"\1" + names)
    for name, content in debug.items():
        code += custom(b".debug_" + name.encode(), content)
    return code


def abbreviation(code, tag, children, *attributes):
    pairs = b"".join(leb(name) + leb(form) for name, form in attributes)
    return leb(code) + leb(tag) + bytes([children]) + pairs + b"\0\0"


def unit(entries):
    content = struct.pack("<HIB", 4, 0, ADDRESS) + entries
    return struct.pack("<I", len(content)) + content


def line_program(opcodes, files=b"a.c\0\0\0\0"):
    rest = struct.pack("<BBBbBB", 1, 1, 1, -1, 4, 13) + bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1])
    header = rest + b"\0" + files + b"\0"
    content = struct.pack("<HI", 4, len(header)) + header + opcodes
    return struct.pack("<I", len(content)) + content


ROOT = abbreviation(1, COMPILE_UNIT, 1, (STMT_LIST, SEC_OFFSET), (LOW, ADDR))
ROOT_ENTRY = b"\1" + struct.pack("<II", 0, 0)
HERE = b"\1\2\x10\0\1\1"  # a row at address 0, and the end 16 bytes further


def many_units():
    """Each unit has the same table of lines, which says nothing of the address."""
    away = b"\0\5\2" + struct.pack("<I", 1 << 20) + b"\x0d" * (4 << 20) + b"\0\1\1"
    return module(info=unit(ROOT_ENTRY) * 50000, abbrev=ROOT + b"\0", line=line_program(away))


def many_files():
    """A table of lines of version 5 with more names of files than there are bytes."""
    rest = struct.pack("<BBBbBB", 1, 1, 1, -1, 4, 13) + bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1])
    names = b"\1\1\x0b" + leb(1 << 60) + b"\0" * (16 << 20)  # DW_LNCT_path as a data1
    header = rest + names
    content = struct.pack("<HBBI", 5, ADDRESS, 0, len(header)) + header
    return module(info=unit(ROOT_ENTRY), abbrev=ROOT + b"\0", line=struct.pack("<I", len(content)) + content)


def many_ranges():
    """Each function of a unit has the same list of ranges, all of which are empty."""
    abbrev = ROOT + abbreviation(2, SUBPROGRAM, 0, (RANGES, SEC_OFFSET)) + b"\0"
    entries = (b"\2" + struct.pack("<I", 0)) * 200000
    ranges = struct.pack("<II", 1, 1) * (1 << 20) + struct.pack("<II", 0, 0)
    return module(info=unit(ROOT_ENTRY + entries), abbrev=abbrev, line=line_program(HERE), ranges=ranges)


def many_attributes():
    """Each entry of one byte has tens of thousands of attributes."""
    abbrev = ROOT + abbreviation(2, SUBPROGRAM, 0, *[(0x3F, FLAG_PRESENT)] * 80000) + b"\0"
    return module(info=unit(ROOT_ENTRY + b"\2" * (8 << 20)), abbrev=abbrev, line=line_program(HERE))


def many_abbreviations():
    """Each unit has its own table of abbreviations, of which each is the rest of one large table."""
    abbrev = ROOT + b"".join(abbreviation(n, SUBPROGRAM, 0) for n in range(2, 4 << 20))
    return module(info=unit(ROOT_ENTRY) * 50000, abbrev=abbrev + b"\0", line=line_program(b""))


def own_origin():
    """A function whose name is that of what it comes from, which is itself."""
    abbrev = ROOT + abbreviation(2, SUBPROGRAM, 1, (LOW, ADDR), (HIGH, DATA4), (ORIGIN, REF4))
    abbrev += abbreviation(3, INLINED, 1, (LOW, ADDR), (HIGH, DATA4), (ORIGIN, REF4)) + b"\0"
    at = 11 + len(ROOT_ENTRY)
    entries = b"\2" + struct.pack("<III", 0, 100, at) + (b"\3" + struct.pack("<III", 0, 100, at)) * 100000
    return module(function=b"", info=unit(ROOT_ENTRY + entries), abbrev=abbrev, line=line_program(HERE))


def far_names():
    """Names whose end is far."""
    abbrev = ROOT + abbreviation(2, SUBPROGRAM, 1, (LOW, ADDR), (HIGH, DATA4), (NAME, STRP))
    abbrev += abbreviation(3, INLINED, 1, (LOW, ADDR), (HIGH, DATA4), (NAME, STRP)) + b"\0"
    entries = b"\2" + struct.pack("<III", 0, 100, 0) + (b"\3" + struct.pack("<III", 0, 100, 0)) * 1000
    return module(info=unit(ROOT_ENTRY + entries), abbrev=abbrev, line=line_program(HERE), str=b"n" * (64 << 20) + b"\0")


def evil_words():
    """Names and files that hold what a terminal would obey, and that are no UTF-8."""
    evil = b"\x1b]0;owned\7\xff\xc2\x9b31m\n    at fake (function 7)"
    abbrev = ROOT + abbreviation(2, SUBPROGRAM, 1, (LOW, ADDR), (HIGH, DATA4), (NAME, STRP))
    abbrev += abbreviation(3, INLINED, 1, (LOW, ADDR), (HIGH, DATA4), (NAME, STRP)) + b"\0"
    entries = b"\2" + struct.pack("<III", 0, 100, 0) + b"\3" + struct.pack("<III", 0, 100, 0) + b"\0\0\0"
    line = line_program(HERE, files=evil + b".c\0\0\0\0")
    return module(info=unit(ROOT_ENTRY + entries), abbrev=abbrev, line=line, str=evil + b"\0")


def doubled_name(depth=30):
    """A mangled name of C++ each of whose arguments holds the one before twice."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    name = "_Z1f1A4PairIS_S_E"
    last = "S1_"
    for level in range(depth):
        name += f"S0_I{last}{last}E"
        last = f"S{digits[level + 2]}_"
    return module(function=name.encode())


def doubled_rust_name(depth=40):
    """The same in Rust: a tuple of a tuple twice."""
    name = "_RINvC1a1b"
    last = "u"
    for _ in range(depth):
        here = len(name) - 2
        name += f"T{last}{last}E"
        last = f"B{base62(here)}"
    return module(function=(name + "E").encode())


def base62(number):
    if number == 0:
        return "_"
    digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    number -= 1
    text = ""
    while True:
        text = digits[number % 62] + text
        number //= 62
        if number == 0:
            return text + "_"


KINDS = [
    many_units, many_files, many_ranges, many_attributes, many_abbreviations, own_origin, far_names, evil_words,
    doubled_name, doubled_rust_name,
]

if __name__ == "__main__":
    make = {kind.__name__: kind for kind in KINDS}[sys.argv[1]]
    with open(sys.argv[2], "wb") as out:
        out.write(make())
