/* Asks for random bytes, which differ each time and are not all alike.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "check.h"

#include <unistd.h>

int main(void)
{
    unsigned char one[256] = { 0 };
    unsigned char two[256] = { 0 };
    CHECK(getentropy(one, sizeof one) == 0);
    CHECK(getentropy(two, sizeof two) == 0);
    CHECK(memcmp(one, two, sizeof one) != 0);
    unsigned seen[256] = { 0 };
    unsigned kinds = 0;
    for (size_t i = 0; i < sizeof one; i++) {
        kinds += seen[one[i]]++ == 0;
    }
    CHECK(kinds > 64);
    CHECK(getentropy(one, 257) == -1);
    puts("random: all is well");
    return 0;
}
