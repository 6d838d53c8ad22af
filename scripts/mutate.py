#!/usr/bin/env python3
"""Makes small mistakes in the core, one at a time, and sees that a test fails for each; else there is a test missing.

The mutants of scripts/mutants.py are built with the core's tests and run in a file system that they cannot change, for
a mutant may well get out of its sandbox. First come the unit tests that include the changed file, for they need no
other object: without optimization, and again under ASan and UBSan. What survives them is put into the core, for the
conformance tests. A mutant whose objects are the same as those of the sources is not one. Those that are as good as the
sources stand in tests/mutants.txt with the reason; the run fails on any other that is alive, and on one there that is
not.

Usage: scripts/mutate.py BUILD [--only REGEX] [--survivors] [--jobs N] [--list] [FILE…]
  FILE…         these instead of src/path and src/guest
  --only REGEX  those whose title has a match      --survivors  those that the last run let live
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import argparse
import collections
import filecmp
import glob
import hashlib
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import explanations
import mutants

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
EXPLANATIONS = "tests/mutants.txt"
# Programs need not be linked again where only the shared library has changed. Debug builds compare the resolvers with
# each other; that is a test too, but not one of those that tell what is missing.
CORE = ("-DRINGFORT_TESTS=ON", "-DRINGFORT_ENGINE=OFF", "-DRINGFORT_NODE=OFF", "-DRINGFORT_COMPARE_RESOLVERS=OFF",
        "-DCMAKE_LINK_DEPENDS_NO_SHARED=ON", "-DCMAKE_BUILD_TYPE=Debug",
        "-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld")  # fmt: skip
PLAIN = ("-DCMAKE_C_COMPILER=gcc", "-DCMAKE_C_FLAGS_DEBUG=-O0")
SANITIZED = ("-DCMAKE_C_COMPILER=clang", "-DRINGFORT_SANITIZE=ON", "-DCMAKE_C_FLAGS_DEBUG=-O1")
PATIENCE = 10  # how many seconds a test may take, and how much longer than without a mutant

Test = collections.namedtuple("Test", "name command environment skips")
Result = collections.namedtuple("Result", "mutant verdict by")


class Failed(Exception):
    """The sources themselves do not build or pass."""


class Children:
    """The processes that run now, each in a group of its own, so that they can be ended with all that they started."""

    def __init__(self):
        self.lock, self.running = threading.Lock(), set()

    def run(self, command, output, timeout=None, **options):
        """The exit status, or None where it took too long."""
        with self.lock:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                       start_new_session=True, **options)  # fmt: skip
            self.running.add(process)
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return None
        finally:
            self.running.discard(process)

    def end(self, number, _frame):
        self.lock.acquire()  # for good: none begins any more
        for process in list(self.running):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        os._exit(128 + number)


children = Children()


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


class Build:
    """One copy of the tree, built in one way, with the tests of some folders."""

    def __init__(self, folder, tree, flags, *folders):
        self.folder, self.tree = folder, tree
        self.log, self.output = folder + ".log", folder + ".out"
        sources = [source for name in folders for source in sorted(glob.glob(os.path.join(tree, f"tests/{name}/*.c")))]
        programs = [os.path.relpath(source, os.path.join(tree, "tests"))[:-2].replace("/", "-") for source in sources]
        self.targets = ["without-openat2", *(f"test-{program}" for program in programs)]
        if not self.run("cmake", "-S", tree, "-B", folder, "-G", "Ninja", *CORE, *flags) or not self.make():
            raise Failed(f"the sources do not build, see {self.log}")
        self.tests = [test for test in self.list_tests() if test.name.split(".")[0] in folders]
        self.durations, self.kills = {}, collections.Counter()
        self.measure()

    def run(self, *command, **options):
        with open(self.log, "ab") as log:
            return children.run(command, log, **options) == 0

    def make(self, *targets):
        return self.run("ninja", "-C", self.folder, "-j1", *(targets or self.targets))

    def list_tests(self):
        tests = []
        for test in json.loads(output_of("ctest", "--test-dir", self.folder, "--show-only=json-v1"))["tests"]:
            properties = {entry["name"]: entry["value"] for entry in test["properties"]}
            environment = dict(entry.split("=", 1) for entry in properties.get("ENVIRONMENT", []))
            skips = re.compile("|".join(properties.get("FAIL_REGULAR_EXPRESSION", [])) or "(?!)")
            # a program that is not built has no command, and fails
            tests.append(Test(test["name"], test.get("command", ["false"]), environment, skips))
        return tests

    def passes(self, test, timeout):
        """Runs one test where it can change nothing but its own temporary folder."""
        command = ["bwrap", "--ro-bind", "/", "/", "--dev-bind", "/dev", "/dev", "--tmpfs", "/tmp",
                   "--ro-bind", self.folder, self.folder, "--proc", "/proc", "--unshare-pid", "--die-with-parent",
                   "--chdir", self.folder, *test.command]  # fmt: skip
        # a file, not a pipe: who holds a pipe's other end could make us wait
        with open(self.output, "w+b") as output:
            status = children.run(command, output, timeout, env={**os.environ, **test.environment})
            output.seek(0)
            return status == 0 and not test.skips.search(output.read().decode(errors="replace"))

    def measure(self):
        """The tests must pass without a mutant, and how long they take is what mutants are measured by."""
        for test in self.tests:
            start = time.monotonic()
            if not self.passes(test, 600):
                raise Failed(f"{test.name} fails without a mutant, see {self.output}")
            self.durations[test.name] = time.monotonic() - start

    def killer(self, tests):
        """The name of a test that fails, or None; those that found something, and those that take no time, first."""
        worth = {test.name: (self.kills[test.name] + 0.1) / (self.durations[test.name] + 0.05) for test in tests}
        for test in sorted(tests, key=lambda test: -worth[test.name]):
            if not self.passes(test, PATIENCE * self.durations[test.name] + PATIENCE):
                self.kills[test.name] += 1
                return test.name
        return None


class Near(Build):
    """Unit tests that include a source, with a core that is no mutant: a mutant costs one object and one link."""

    def __init__(self, folder, tree, flags):
        super().__init__(folder, tree, flags, "unit")
        self.names = [target.removeprefix("test-unit-") for target in self.targets if target.startswith("test-unit-")]
        self.links = {
            name: output_of("ninja", "-C", folder, "-t", "commands", "-s", f"tests/test-unit-{name}").strip()
            for name in self.names
        }
        self.includes = {name: self.included_by(name) for name in self.names}
        self.code = {name: self.code_of(name) for name in self.names}

    def object_of(self, name):
        return f"CMakeFiles/test-unit-{name}.dir/tests/unit/{name}.c.o"

    def included_by(self, name):
        return set(output_of("ninja", "-C", self.folder, "-t", "deps", self.object_of(name)).split())

    def code_of(self, name):
        with open(os.path.join(self.folder, self.object_of(name)), "rb") as file:
            return file.read()

    def judge(self, mutant):
        """The verdict of these tests, and whose it is."""
        path = os.path.join(self.tree, mutant.file)
        is_header = path.endswith(".h")
        verdict = "survived"
        for name in self.names:
            if path not in self.includes[name]:
                continue
            # what stands outside of functions the rest of the core must know too
            whole = is_header and mutant.function is None
            if not self.make(f"test-unit-{name}" if whole else self.object_of(name)):
                verdict, by = "does not compile", ""
                break
            if not is_header and self.code_of(name) == self.code[name]:
                verdict = "same objects"
                continue
            if not whole:
                self.run("sh", "-c", self.links[name], cwd=self.folder)
            by = self.killer([test for test in self.tests if test.name in (f"unit.{name}", f"unit.{name}.walk")])
            if by is not None:
                verdict = "killed"
                break
        else:
            by = ""
        return verdict, by


class Whole(Build):
    """The core with the mutant in it, for the tests from outside."""

    def __init__(self, folder, tree, flags):
        super().__init__(folder, tree, flags, "conformance")
        self.sources = self.digest()

    def digest(self):
        """The code of the core, in one number."""
        total = hashlib.sha256()
        pattern = os.path.join(self.folder, "CMakeFiles/ringfort_objects.dir/**/*.o")
        for name in sorted(glob.glob(pattern, recursive=True)):
            with open(name, "rb") as file:
                total.update(file.read())
        return total.digest()

    def judge(self, mutant):
        if not self.make():
            return "does not compile", ""
        if self.digest() == self.sources:
            return "same objects", ""
        by = self.killer(self.tests)
        return ("killed", by) if by is not None else ("survived", "")


class Worker(threading.Thread):
    """Takes mutants from the queue and judges them, in a tree of its own."""

    def __init__(self, folder, jobs):
        super().__init__()
        self.folder, self.tree, self.jobs = folder, os.path.join(folder, "tree"), jobs
        self.builds, self.failure = [], None

    def run(self):
        try:
            self.copy_tree()
            self.builds = [
                Near(os.path.join(self.folder, "near"), self.tree, PLAIN),
                Near(os.path.join(self.folder, "sanitized"), self.tree, SANITIZED),
                Whole(os.path.join(self.folder, "whole"), self.tree, PLAIN),
            ]
            while True:
                mutant = self.jobs.queue.get_nowait()
                self.jobs.report(self.judge(mutant))
        except queue.Empty:
            pass
        except Exception as failure:  # it must reach the main thread
            self.failure = failure
            self.jobs.drain()

    def copy_tree(self):
        """What differs gets the time of now: a mutant of a run that was broken off must not stay in its objects."""
        wanted = set(output_of("git", "-C", ROOT, "ls-files", "-co", "--exclude-standard").split())
        for folder, _, files in os.walk(self.tree):
            for name in files:
                path = os.path.join(folder, name)
                if os.path.relpath(path, self.tree) not in wanted:
                    os.remove(path)
        for name in wanted:
            source, copy = os.path.join(ROOT, name), os.path.join(self.tree, name)
            if os.path.exists(source) and not (os.path.exists(copy) and filecmp.cmp(source, copy, shallow=False)):
                os.makedirs(os.path.dirname(copy), exist_ok=True)
                shutil.copy(source, copy)

    def judge(self, mutant):
        path = os.path.join(self.tree, mutant.file)
        with open(path, encoding="utf-8") as file:
            source = file.read()
        try:
            with open(path, "w", encoding="utf-8") as file:
                file.write(source[: mutant.start] + mutant.text + source[mutant.end :])
            for build in self.builds:
                verdict, by = build.judge(mutant)
                if verdict != "survived":
                    break
            return Result(mutant, verdict, by)
        finally:
            with open(path, "w", encoding="utf-8") as file:
                file.write(source)


class Jobs:
    """The mutants to judge, and what became of those that are done."""

    def __init__(self, chosen, results):
        self.queue = queue.SimpleQueue()
        for mutant in chosen:
            self.queue.put(mutant)
        self.total, self.results, self.done = len(chosen), results, []
        self.lock = threading.Lock()

    def drain(self):
        while not self.queue.empty():
            self.queue.get_nowait()

    def report(self, result):
        with self.lock:
            self.done.append(result)
            print(f"{result.verdict}\t{result.by}\t{result.mutant.title}", file=self.results, flush=True)
            if result.verdict == "survived":
                print(f"[{len(self.done)}/{self.total}] survived: {result.mutant.title}", flush=True)


def mutants_in(names):
    found = []
    for name in names:
        with open(name, encoding="utf-8") as file:
            found += mutants.mutants_of(name, file.read())
    return found


def conclude(done, explained, everything):
    """Prints the sums. @return whether each mutant is killed or explained, and each explanation is needed"""
    good = True
    for result in done:
        title = result.mutant.title
        is_alive = result.verdict == "survived"
        if is_alive and title not in explained:
            print(f"alive and not explained: {title}")
            good = False
        elif not is_alive and explained.get(title) is False:  # not one that is perhaps alive
            print(f"explained, but {result.verdict} {result.by}: {title}")
            good = False
    for title in explained:
        if title.split(":")[0] in {mutant.file for mutant in everything} and title not in {m.title for m in everything}:
            print(f"explained, but not in the source: {title}")
            good = False
    for file in [*sorted({result.mutant.file for result in done}), ""]:
        of_file = [result for result in done if result.mutant.file.startswith(file)]
        counts = collections.Counter(result.verdict for result in of_file)
        known = sum(result.verdict == "survived" and result.mutant.title in explained for result in of_file)
        print(f"{file or 'all'}: {len(of_file)} made, {counts['killed']} killed, {known} equivalent (explained), "
              f"{counts['survived'] - known} alive; {counts['same objects']} are the same code as the source, "
              f"{counts['does not compile']} do not compile")  # fmt: skip
    return good and bool(done)


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("build")
    default = sorted(glob.glob("src/path/*.[ch]") + glob.glob("src/guest/*.[ch]"))
    parser.add_argument("files", nargs="*", default=default)
    parser.add_argument("--only", default="")
    parser.add_argument("--survivors", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_intermixed_args()

    everything = mutants_in(arguments.files)
    chosen = [mutant for mutant in everything if re.search(arguments.only, mutant.title)]
    results = os.path.join(arguments.build, "results.tsv")
    if arguments.survivors:
        with open(results, encoding="utf-8") as lines:
            lived = {line.rstrip("\n").split("\t")[2] for line in lines if line.startswith("survived\t")}
        chosen = [mutant for mutant in chosen if mutant.title in lived]
    if arguments.list:
        print(*(mutant.title for mutant in chosen), sep="\n")
        return
    explained = explanations.read(EXPLANATIONS)

    start = time.monotonic()
    folder = os.path.abspath(arguments.build)
    os.makedirs(folder, exist_ok=True)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, children.end)
    with open(results, "w", encoding="utf-8") as file:
        jobs = Jobs(chosen, file)
        workers = [Worker(os.path.join(folder, f"worker{i}"), jobs) for i in range(arguments.jobs)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    for worker in workers:
        if worker.failure is not None:
            sys.exit(f"mutate: {worker.failure!r}")
    good = conclude(jobs.done, explained, everything)
    print(f"{time.monotonic() - start:.0f} s; what became of each: {results}")
    sys.exit(0 if good else 1)


os.chdir(ROOT)
main()
