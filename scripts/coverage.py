#!/usr/bin/env python3
"""Tells which branches of src/ the tests take, from llvm-cov's counts, and holds them to what tests/coverage.txt says.

A branch is one side of one condition of the source: `a && b` has four. An inline function counts once, whoever uses it,
and a macro once for each use in the source. What a test builds for itself, with a kernel of its own, counts too.
Usage: scripts/coverage.py PROFILE EXPLANATIONS FLOOR OBJECT…
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import collections
import json
import os
import re
import subprocess
import sys

import explanations

EXPLAINED = ("src/path/", "src/guest/", "src/fd/")  # each branch here that no test takes has a reason
EXPANSION = 1  # llvm-cov's kind of a region that stands for a macro

Side = collections.namedtuple("Side", "file function text taken number")


class Source:
    """The text of a file, by llvm-cov's lines and columns."""

    lines_of = {}

    @classmethod
    def text(cls, file, place):
        if file not in cls.lines_of:
            with open(file, encoding="utf-8") as source:
                cls.lines_of[file] = source.read().split("\n")
        line, column, end_line, end_column = place
        lines = cls.lines_of[file][line - 1 : end_line]
        lines[-1] = lines[-1][: end_column - 1]
        lines[0] = lines[0][column - 1 :]
        return " ".join(" ".join(lines).split())

    @classmethod
    def call(cls, file, place):
        """The use of a macro with its arguments; llvm-cov gives its name alone."""
        line, column, _, _ = place
        cls.text(file, place)
        rest = "\n".join([cls.lines_of[file][line - 1][column - 1 :]] + cls.lines_of[file][line : line + 20])
        depth = 0
        for at, char in enumerate(rest):
            depth += {"(": 1, ")": -1}.get(char, 0)
            if depth == 0 and (char == ")" or not re.match(r"[\w(]", char)):
                return " ".join(rest[: at + 1].split())
        return rest


def export(profile, obj):
    done = subprocess.run(["llvm-cov", "export", "-instr-profile", profile, obj], capture_output=True, check=True)
    return json.loads(done.stdout)["data"][0]["functions"]


def place_in_function(function, branch):
    """Where a branch stands in the text of its function, outside of all macros; and where in the macros."""
    sites = {region[6]: region for region in function["regions"] if region[7] == EXPANSION}
    file, place, inner = branch[6], tuple(branch[:4]), ()
    while file in sites:
        site = sites[file]
        if Source.text(function["filenames"][site[5]], site[:4])[:1] in ('"', "<"):
            break  # an included list of rows: a row tells more than the #include
        inner += place
        file, place = site[5], tuple(site[:4])
    return function["filenames"][file], place, inner


def count(profile, objects, root):
    """{(file, place, inner): [function, times true, times false]} of everything below root/src."""
    counts = {}
    for obj in objects:
        for function in export(profile, obj):
            if not any(name.startswith(root + "/src/") for name in function["filenames"]):
                continue
            for branch in function["branches"]:
                file, place, inner = place_in_function(function, branch)
                if file.startswith(root + "/src/"):
                    name = function["name"].split(":")[-1]
                    entry = counts.setdefault((file, place, inner), [name, 0, 0])
                    # the same function in two objects has the sum in both
                    entry[1] = max(entry[1], branch[4])
                    entry[2] = max(entry[2], branch[5])
    return counts


def sides(counts, root):
    """Each branch as a Side, and whether it was taken."""
    seen = collections.Counter()
    for (file, place, inner), (function, true, false) in sorted(counts.items()):
        text = Source.call(file, place) if inner else Source.text(file, place)
        name = os.path.relpath(file, root)
        seen[name, function, text] += 1
        number = seen[name, function, text]
        yield Side(name, function, text, "true", number), true > 0
        yield Side(name, function, text, "false", number), false > 0


def title(side):
    number = f" #{side.number}" if side.number > 1 else ""
    return f"{side.file}: {side.function}: `{side.text}`{number} is {side.taken}"


def main():
    profile, list_of_explanations, floor, *objects = sys.argv[1:]
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    explained = explanations.read(list_of_explanations)
    files = collections.defaultdict(lambda: [0, 0])
    missed, taken = [], set()
    for side, was_taken in sides(count(profile, objects, root), root):
        files[side.file][0] += was_taken
        files[side.file][1] += 1
        if was_taken:
            taken.add(title(side))
        else:
            missed.append(title(side))

    failed = False
    for line in missed:
        if not line.startswith(EXPLAINED):
            print(f"not taken: {line}")
    for line in missed:
        if line.startswith(EXPLAINED) and line not in explained:
            print(f"not taken and not explained: {line}")
            failed = True
    for line, perhaps in explained.items():
        if line not in missed and not (perhaps and line in taken):
            print(f"explained, but {'taken' if line in taken else 'not in the source'}: {line}")
            failed = True

    print()
    for file, (of_taken, of_all) in sorted(files.items()):
        print(f"{file:<28} {of_taken:5} of {of_all:5} branches {100 * of_taken / of_all:6.1f} %")
    of_taken = sum(entry[0] for entry in files.values())
    of_all = sum(entry[1] for entry in files.values())
    percent = 100 * of_taken / of_all
    print(f"{'src':<28} {of_taken:5} of {of_all:5} branches {percent:6.1f} %, {len(explained)} explained")
    if percent < float(floor):
        print(f"coverage: {percent:.2f} % is below the floor of {floor} %")
        failed = True
    sys.exit(1 if failed else 0)


main()
