# Runs a command with a terminal as its stderr and prints what came there. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import os
import pty
import subprocess
import sys

reader, terminal = pty.openpty()
process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=terminal)
os.close(terminal)
while True:
    try:
        shown = os.read(reader, 4096)
    except OSError:  # the other end is closed
        break
    if not shown:
        break
    sys.stdout.buffer.write(shown)
sys.exit(process.wait() & 255)
