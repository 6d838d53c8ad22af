/* Copies its input to its output, and counts the bytes on stderr.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "check.h"

#include <unistd.h>

int main(void)
{
    static char buffer[100000];
    long total = 0;
    for (;;) {
        const ssize_t n = read(0, buffer, sizeof buffer);
        CHECK(n >= 0);
        if (n == 0) {
            break;
        }
        for (ssize_t done = 0; done < n;) {
            const ssize_t written = write(1, buffer + done, (size_t)(n - done));
            CHECK(written > 0);
            done += written;
        }
        total += n;
    }
    fprintf(stderr, "%ld bytes\n", total);
    return 0;
}
