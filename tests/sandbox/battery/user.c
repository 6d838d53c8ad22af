/*
 * Becomes an ordinary user.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "user.h"

#include <err.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { CANNOT = 125, NOBODY = 65534 };

void user_enter(const char *root, bool as_nobody)
{
    if (chdir(root) != 0) {
        err(CANNOT, "%s", root);
    }
    if (!as_nobody) {
        return;
    }
    if (chown(".", NOBODY, NOBODY) != 0 || setgroups(0, NULL) != 0 ||
        setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0) {
        err(CANNOT, "cannot become nobody");
    }
    (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* the leak checker attaches to its own process */
}

bool user_is_nobody(int *argc, char ***argv)
{
    const bool is_nobody = *argc > 1 && strcmp((*argv)[1], "--as-nobody") == 0;
    if (is_nobody) {
        (*argv)[1] = (*argv)[0];
        (*argv)++;
        (*argc)--;
    }
    return is_nobody;
}
