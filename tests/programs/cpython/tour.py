"""A guest that asks of its host what Python programs ask: folders, files, times, SQLite, randomness, the clock.

Usage: tour.py FOLDER. It prints what it finds; an exception is a failure.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import errno
import hashlib
import os
import pathlib
import select
import shutil
import sqlite3
import sys
import tempfile
import time
import zipfile

top = pathlib.Path(sys.argv[1])


def walks_folders():
    """As many entries as need several reads of a folder, at three depths."""
    tree = top / "tree"
    for i in range(40):
        folder = tree / f"d{i % 4}" / f"e{i}"
        folder.mkdir(parents=True)
        for j in range(25):
            (folder / f"file-{j:0{j + 1}}.txt").write_text(f"{i} {j}\n")
    counts = [0, 0]
    for _, folders, files in os.walk(tree):
        counts[0] += len(folders)
        counts[1] += len(files)
    assert counts == [44, 1000], counts
    assert len(list(tree.rglob("file-0*.txt"))) == 1000
    total = sum(len(path.read_text()) for path in tree.rglob("*.txt"))
    assert total == 40 * 25 * 4 + 30 * 25 + 40 * 15, total
    shutil.rmtree(tree)
    assert not tree.exists()


def writes_files():
    """Sizes, offsets, appending and times are what was asked for."""
    path = top / "written.txt"
    path.write_text("line\n" * 1000, encoding="ascii")
    with open(path, "r+b") as file:
        file.seek(-5, os.SEEK_END)
        file.write(b"last\n")
        file.truncate(4990 + 10)
    with open(path, "a", encoding="ascii") as file:
        file.write("appended\n")
    lines = path.read_text().splitlines()
    assert len(lines) == 1001 and lines[-2:] == ["last", "appended"], lines[-3:]
    os.utime(path, ns=(1, 981173106_123456789))
    assert path.stat().st_mtime_ns == 981173106_123456789
    copy = top / "copied.txt"
    shutil.copyfile(path, copy)
    os.replace(copy, top / "renamed.txt")
    assert hashlib.sha256((top / "renamed.txt").read_bytes()).digest() == hashlib.sha256(path.read_bytes()).digest()
    os.symlink("renamed.txt", top / "link.txt")
    assert os.readlink(top / "link.txt") == "renamed.txt" and (top / "link.txt").is_symlink()
    with tempfile.TemporaryFile(dir=top) as file:
        file.write(os.urandom(100_000))
        assert file.tell() == 100_000
    with zipfile.ZipFile(top / "some.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "inside.txt")
    assert zipfile.ZipFile(top / "some.zip").read("inside.txt") == path.read_bytes()


def keeps_a_database():
    """SQLite seeks, syncs and removes its journal."""
    path = top / "numbers.db"
    with sqlite3.connect(path) as database:
        database.execute("pragma journal_mode=delete")
        database.execute("create table numbers (n integer primary key, square integer)")
        database.executemany("insert into numbers values (?, ?)", ((n, n * n) for n in range(10_000)))
    database.close()
    database = sqlite3.connect(path)
    assert database.execute("select sum(square) from numbers").fetchone() == (333283335000,)
    assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    database.close()


def is_told_errors():
    """Each refusal has the errno that Python knows by name."""
    expected = {
        FileNotFoundError: lambda: open(top / "missing"),
        FileExistsError: lambda: os.mkdir(top),
        IsADirectoryError: lambda: open(top, "wb"),
        NotADirectoryError: lambda: os.listdir(top / "written.txt"),
    }
    for error, act in expected.items():
        try:
            act()
        except error:
            continue
        raise AssertionError(f"no {error.__name__}")
    try:
        open("/etc/passwd")
    except OSError as error:
        assert error.errno in (errno.ENOENT, errno.EBADF, 76), error
    else:
        raise AssertionError("a file outside was opened")


def waits():
    """Sleeping takes its time, and a wait for nothing ends at its timeout."""
    start = time.monotonic()
    time.sleep(0.05)
    assert 0.05 <= time.monotonic() - start < 10
    assert abs(time.time() - time.clock_gettime(time.CLOCK_REALTIME)) < 10
    start = time.monotonic()
    assert select.select([], [], [], 0.05) == ([], [], [])
    assert 0.05 <= time.monotonic() - start < 10
    assert len({os.urandom(16) for _ in range(100)}) == 100


for part in walks_folders, writes_files, keeps_a_database, is_told_errors, waits:
    part()
    print(part.__name__.replace("_", " "))
print(sys.version)
sys.exit(int(os.environ["EXIT"]))
