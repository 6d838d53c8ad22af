#!/usr/bin/env python3
"""Wraps the comments of C files at 100 columns; clang-format is told to leave them, because it breaks tables.

Prose goes on with the next line of its paragraph. A comment after code that is too long moves above its line. Lines with
columns of their own (two spaces inside) are left, for a person to shorten. Usage: scripts/wrap-comments.py FILE…
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import re
import sys

COLUMNS = 100
END = "\0*/"
HANG = " " * 8  # what goes on after "@return" or "@param" stands beneath its text

COMMENT = re.compile(r"^(?P<indent>\s*)(?P<mark>/\*\*?|\*(?!/))(?P<text>( .*)?)$")
TRAILING = re.compile(r"^(?P<indent>\s*)(?P<code>[^/\s].*?)\s*/\*(?P<mark>\*?)<? (?P<text>[^*]*) \*/$")


def split(text, room):
    """Cuts text at the last space within room; the rest is empty where it all fits."""
    if len(text) <= room:
        return text, ""
    cut = text.rfind(" ", 0, room + 1)
    if cut <= len(text) - len(text.lstrip()):
        return text, ""  # one long word
    return text[:cut].rstrip(), text[cut + 1 :]


def shorten_ruler(line):
    """Takes dashes from the end of a heading such as the one of a section."""
    found = re.search(r"-{4,} \*/$", line)
    excess = len(line) - COLUMNS
    if not found or excess <= 0:
        return line
    return line[: -len(" */")][:-excess] + " */"


def continues(line, indent, hang):
    """Whether a line of a comment is prose that goes on with the paragraph before it."""
    found = COMMENT.match(line)
    if not found or found["mark"] != "*" or found["indent"] != indent:
        return False
    text = found["text"]
    return text.startswith(" " + hang) and text[1 + len(hang) :][:1] not in ("", " ", "@", "-", "|")


def wrap(lines):
    """Gives the lines with long comments wrapped."""
    lines = list(lines)
    done = []
    while lines:
        line = shorten_ruler(lines.pop(0))
        if len(line) <= COLUMNS:
            done.append(line)
            continue
        after = TRAILING.match(line)
        if after and not line.lstrip().startswith(("/*", "*")):
            lines.insert(0, after["indent"] + after["code"])
            lines.insert(0, f"{after['indent']}/*{after['mark']} {after['text'].strip()} */")
            continue
        found = COMMENT.match(line)
        if not found or re.search(r"\S  +\S", re.sub(r"^ @param \S+(, \S+)*  ", "", found["text"])):
            done.append(line)
            continue
        indent = found["indent"] + ("" if found["mark"] == "*" else " ")
        text = found["text"][1:]
        hang = HANG if text.startswith("@") else " " * (len(text) - len(text.lstrip()))
        start = found["indent"] + found["mark"] + " "
        text = re.sub(r" \*/$", END, text)  # no line of its own for the end
        first, rest = (part.replace(END, " */") for part in split(text, COLUMNS - len(start) - 1))
        done.append(start + first)
        if not rest:
            continue
        if not rest.endswith(("*/", ".", ":")) and lines and continues(lines[0], indent, hang):
            rest += " " + COMMENT.match(lines.pop(0))["text"].strip()
        lines.insert(0, f"{indent}* {hang}{rest}")
    return done


def main():
    """Rewrites the files named on the command line."""
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            before = file.read()
        after = "\n".join(wrap(before.split("\n")))
        if after != before:
            with open(path, "w", encoding="utf-8") as file:
                file.write(after)


if __name__ == "__main__":
    main()
