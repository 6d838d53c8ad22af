"""Prints the colours of some pixels of a PNG file with 8 bits a channel, as RGB in hex.

Usage: pixels.py FILE X,Y...
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import struct
import sys
import zlib


def paeth(a, b, c):
    distances = [abs(b - c), abs(a - c), abs(a + b - 2 * c)]
    return (a, b, c)[distances.index(min(distances))]


def rows_of(png):
    """The rows, unfiltered, and the bytes of a pixel."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at:at + 8])
        body = png[at + 8:at + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack(">I", png[at + 8 + length:at + 12 + length])[0]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            assert depth == 8 and colour in (2, 6)
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    size = 3 if colour == 2 else 4
    raw = zlib.decompress(packed)
    above, rows = bytes(width * size), []
    for y in range(height):
        start = y * (width * size + 1)
        row = bytearray(raw[start + 1:start + 1 + width * size])
        for i in range(len(row)):
            left = row[i - size] if i >= size else 0
            corner = above[i - size] if i >= size else 0
            guesses = (0, left, above[i], (left + above[i]) // 2, paeth(left, above[i], corner))
            row[i] = (row[i] + guesses[raw[start]]) & 255
        rows.append(row)
        above = row
    return rows, size


with open(sys.argv[1], "rb") as file:
    picture, step = rows_of(file.read())
places = [tuple(map(int, place.split(","))) for place in sys.argv[2:]]
print(*(picture[y][x * step:x * step + 3].hex() for x, y in places))
