#!/usr/bin/env bash
# Checks what every source file owes its reader: a licence line at its top, a bounded length, no leftovers.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

cd "$(dirname "$0")/.."
lines_max=500
status=0

# complain FILE WHAT
complain() {
    printf '%s: %s\n' "$1" "$2" >&2
    status=1
}

while IFS= read -r file; do
    [ -f "$file" ] || continue
    if ! grep -q 'SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception' <(head -n 40 "$file"); then
        complain "$file" 'no line "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception" near its top'
    fi
    case $file in
    *.c | *.h | *.sh | *.bats | *.[cm]js | *.[cm]ts | *.ts)
        lines=$(wc -l <"$file")
        if [ "$lines" -gt "$lines_max" ]; then
            complain "$file" "$lines lines; at most $lines_max, so that a file stays one subject"
        fi
        columns=120
        if [[ $file == *.[ch] ]]; then
            columns=100 # make format wraps comments
        fi
        if LC_ALL=C.UTF-8 grep -nE "^.{$((columns + 1)),}" "$file" >&2; then
            complain "$file" "a line of more than $columns columns"
        fi
        ;;
    esac
    if grep -nE '\b(TODO|FIXME|XXX)\b' "$file" | grep -v "grep -nE" >&2; then
        complain "$file" 'something is left to be done'
    fi
done < <(git ls-files -co --exclude-standard -- '*.c' '*.h' '*.def' '*.sh' '*.bats' '*.cmake' '*.in' '*.wat' \
    '*.map' '*.mjs' '*.cjs' '*.mts' '*.ts' CMakeLists.txt Makefile .ci/run)

# Calls that format or resolve without bounds, or that ask about a path and use it later.
if grep -nEw '(strcpy|strcat|sprintf|vsprintf|gets|strtok|tmpnam|mktemp|alloca|system|popen)\(' \
    -r include src engines cli node/addon --include='*.[ch]' >&2; then
    complain 'include src engines cli node/addon' 'a banned call'
fi

# The core has one way into the kernel and one to the heap, which the tests of faults replace.
heap='malloc|calloc|realloc|reallocarray|free|strdup|strndup|aligned_alloc|posix_memalign|asprintf|getline'
files='open|openat|openat2|creat|close|p?readv?2?|p?writev?2?|lseek|f?l?stat|fstatat|statx|fstatfs|statvfs|fstatvfs'
names='access|faccessat|readlink(at)?|link(at)?|symlink(at)?|rename(at2?)?|mkdir(at)?|unlink(at)?|rmdir|mknod(at)?'
more='f(data)?sync|f?truncate|posix_fallocate|fallocate|posix_fadvise|utimensat|futimens|dup[23]?|fcntl|ioctl|isatty'
dirs='tcgetattr|opendir|fdopendir|readdir|closedir|getdents64|eventfd|pipe2?|socketpair|memfd_create|realpath'
sockets='socket|bind|listen|accept4?|connect|sendmsg|recvmsg|sendto|recvfrom|shutdown|[gs]etsockopt|getsockname'
waits='p?poll|p?select|epoll_[a-z0-9]+|clock_(gettime|getres|nanosleep)|gettimeofday|nanosleep|usleep|sleep|sched_yield'
process='mmap|munmap|mprotect|madvise|getrandom|getentropy|getrlimit|setrlimit|prlimit|getpid|gettid|getuid|kill|raise'
signals='sigaction|signal|sigprocmask|pthread_sigmask|sigpending|sigtimedwait|sigwaitinfo|syscall|fork|execve'
if grep -nE "(^|[^A-Za-z0-9_.>])($heap|$files|$names|$more|$dirs|$sockets|$waits|$process|$signals)\(" \
    -r src --include='*.[ch]' | grep -vE '^src/os/(kernel|sys|heap)\.h:' >&2; then
    complain src "a call of libc's that goes around src/os/kernel.h, sys.h or heap.h"
fi
exit "$status"
