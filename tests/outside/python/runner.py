"""Runs a module of CPython's own tests, and writes a line for each test: its verdict, a tab, its name.

Usage: runner.py RESULTS MODULE   (such as test_os); the tests' own output goes to stderr.
Tests that RESULTS names already are left out. `end` is written last.
"""
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import importlib
import os
import sys
import unittest

from test import support


class Result(unittest.TextTestResult):
    """Writes each verdict at once, because a test may end the process."""

    out = None

    @classmethod
    def write(cls, verdict, name):
        print(verdict, name, sep="\t", file=cls.out, flush=True)

    def startTest(self, test):
        super().startTest(test)
        self.verdict = "pass"
        self.write("run", test.id())

    def stopTest(self, test):
        super().stopTest(test)
        self.write(self.verdict, test.id())

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        # a skipped subtest does not make its test a skipped one
        if not hasattr(test, "test_case"):
            self.verdict = "skip"

    def addError(self, test, err):
        super().addError(test, err)
        self.verdict = "fail"
        if not isinstance(test, unittest.TestCase):  # the set-up of a class or of the module
            self.write("fail", test.id())

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.verdict = "fail"

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.verdict = "fail"

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.verdict = "fail"


def tests_of(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests_of(test)
        else:
            yield test


def run(name, done):
    try:
        module = importlib.import_module("test." + name)
        suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    except unittest.SkipTest as reason:
        print(f"{name} is skipped: {reason}", file=sys.stderr)
        Result.write("skip", name)
        return
    left = unittest.TestSuite(test for test in tests_of(suite) if test.id() not in done)
    unittest.TextTestRunner(stream=sys.stderr, verbosity=2, resultclass=Result).run(left)


def main():
    path, name = sys.argv[1:]
    with open(path, encoding="utf-8") as before:
        done = {line.rstrip("\n").split("\t")[1] for line in before}
    support.use_resources = []
    support.verbose = 1
    Result.out = open(path, "a", encoding="utf-8")
    work = os.path.join(os.environ["TMPDIR"], name)
    os.mkdir(work)
    os.chdir(work)
    run(name, done)
    Result.write("end", name)


main()
