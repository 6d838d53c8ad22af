# Runs a command: peak.py FILE COMMAND..., and writes into FILE the most memory, in MiB, that it or a process of its
# own had. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import os
import sys

child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w") as file:
    file.write(f"{usage.ru_maxrss // 1024}\n")
sys.exit(os.waitstatus_to_exitcode(status) & 255)
