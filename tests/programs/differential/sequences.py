#!/usr/bin/env python3
"""The same sequences of WASI calls on two hosts: writes them, and compares what the hosts answered.

Usage: sequences.py input COUNT              writes the input of tests/guests/sequences.c to stdout
       sequences.py compare OURS THEIRS LIST compares two outputs of it with the list of differences
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import struct
import sys


def numbers():
    state = 88172645463325252
    while True:  # xorshift64
        state ^= (state << 13) & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 7
        state ^= (state << 17) & 0xFFFFFFFFFFFFFFFF
        yield (state >> 24) & 0xFF


def write_input(count):
    byte = numbers()
    for _ in range(count):
        length = 20 + next(byte)
        sys.stdout.buffer.write(struct.pack('<H', length) + bytes(next(byte) for _ in range(length)))
    sys.stdout.buffer.write(b'\0\0')


def calls_of(path):
    """The calls of each sequence with their results: "N.M CALL = ERRNO [MORE]"."""
    sequences = {}
    with open(path, encoding='utf-8', errors='replace') as file:
        for line in file:
            place, _, rest = line.rstrip('\n').partition(' ')
            call, _, result = rest.rpartition(' = ')
            sequences.setdefault(place.partition('.')[0], []).append((call, result))
    return sequences


def differences(ours, theirs):
    """What differs, as "FUNCTION OURS THEIRS", with the first example of each.

    Where one host succeeds and the other does not, the rest of the sequence is about other trees."""
    found = {}
    for sequence, calls in ours.items():
        other = theirs.get(sequence, [])
        if len(calls) != len(other):
            found.setdefault('sequence of another length', sequence)
        for (call, mine), (_, their) in zip(calls, other):
            if mine == their:
                continue
            errnos = (mine.split(' ')[0], their.split(' ')[0])
            key = ' '.join((call.split(' ')[0],) + (errnos if errnos[0] != errnos[1] else ('result', '-')))
            found.setdefault(key, f'{sequence}: {call} = {mine} | {their}')
            if errnos[0] == errnos[1] or '0' in errnos:
                break
    return found


def compare(ours, theirs, listed):
    with open(listed, encoding='utf-8') as file:
        rows = [line.split(None, 3) for line in file if line.strip() and not line.startswith('#')]
    known = {' '.join(row[:3]) for row in rows if len(row) == 4}  # without a reason it is not listed
    found = differences(calls_of(ours), calls_of(theirs))
    for key in sorted(set(found) - known):
        print(f'not in the list: {key}   ({found[key]})')
    for key in sorted(known - set(found)):
        print(f'in the list, and no difference any more: {key}')
    print(f'{len(calls_of(ours))} sequences, {len(found)} kinds of differences, {len(known)} listed')
    return 0 if set(found) == known else 1


if __name__ == '__main__':
    if sys.argv[1] == 'input':
        write_input(int(sys.argv[2]))
    else:
        sys.exit(compare(*sys.argv[2:5]))
