"""Reads the lists of exceptions of scripts/coverage.py and scripts/mutate.py: titles, and beneath them why they are so.

A reason is indented and stands for the titles above it. A line that begins with # is a comment. "perhaps " before a
title says that it may be there or not: chance decides, as in a race, or the compiler.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import sys


def read(path):
    """{title: whether it is "perhaps"}"""
    explained, waiting = {}, []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if line.startswith(" "):
                waiting = []
            elif line and not line.startswith("#"):
                title = line.removeprefix("perhaps ")
                if title in explained:
                    sys.exit(f"{path}: twice: {title}")
                explained[title] = line != title
                waiting.append(title)
    for title in waiting:
        sys.exit(f"{path}: no reason for: {title}")
    return explained
