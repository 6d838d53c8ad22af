#!/usr/bin/env python3
"""Runs attacks of tests/guests/memory_attacks.c, each in a process of the command's.

memory_attacks.py GUEST FUNCTION STEP: every STEP-th attack by FUNCTION, attack or attack_grown, in both places where
there are two. An attack ends with an errno or with a trap of ours; the process is no larger than one that does nothing.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import os
import resource
import subprocess
import sys
import tempfile
import time

SLOW_SECONDS = 10
GROWTH_KB = 64 * 1024
TRAPPED = 134


def peak_kb():
    """The most memory that any of the processes held."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


def invoke(guest, function, *arguments):
    """Calls one function of a fresh guest; the process as it ended, and how long it took."""
    with tempfile.TemporaryDirectory(dir=".") as box:
        start = time.monotonic()
        ended = subprocess.run(
            [os.environ["RINGFORT"], "run", "--max-memory", "4G", "--dir", f"{box}::box", "--env", "f=1",
             "--argv0", "f", "--invoke", function, guest, *map(str, arguments)],
            capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        return ended, time.monotonic() - start


def is_held(ended):
    """An errno without a problem above it, or our trap."""
    if ended.returncode == 0:
        return int(ended.stdout) < 256
    return ended.returncode == TRAPPED and "memory of " in ended.stderr


def main():
    """Runs them, and says how many there were."""
    guest, function, step = sys.argv[1], sys.argv[2], int(sys.argv[3])
    places = (0, 1) if function == "attack_grown" else (0,)
    count = int(invoke(guest, "attack_count")[0].stdout)
    before = peak_kb()
    ran = 0
    for index in range(0, count, step):
        for place in places:
            ended, seconds = invoke(guest, function, index, place)
            if not is_held(ended) or seconds > SLOW_SECONDS:
                sys.exit(f"attack {index} in place {place}: {ended} after {seconds:.1f} s")
            ran += 1
    if peak_kb() - before > GROWTH_KB:
        sys.exit(f"a process held {peak_kb() - before} KiB more than one that attacks nothing")
    print(f"{ran} of {count} attacks held")


if __name__ == "__main__":
    main()
