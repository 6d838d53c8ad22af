/*
 * Runs a fuzz target over files, where libFuzzer is not linked: each argument is an input, or a
 * folder of them.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "harness.h"

#include <fts.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static bool replay(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(size > 0 ? size : 1); /* as large as the input, for its end's sake */
    const bool is_read = file != NULL && bytes != NULL && fread(bytes, 1, size, file) == size;
    if (file != NULL) {
        (void)fclose(file);
    }
    if (is_read) {
        (void)fprintf(stderr, "%s\n", path);
        (void)LLVMFuzzerTestOneInput(bytes, size);
    }
    free(bytes);
    return is_read;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    bool is_whole = argc > 1;
    FTS *files = is_whole ? fts_open(argv + 1, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
    for (FTSENT *one = files != NULL ? fts_read(files) : NULL; one != NULL; one = fts_read(files)) {
        if (one->fts_info == FTS_F) {
            is_whole = replay(one->fts_accpath, (size_t)one->fts_statp->st_size) && is_whole;
            count++;
        }
    }
    if (files != NULL) {
        (void)fts_close(files);
    }
    (void)printf("%u inputs replayed\n", count);
    return is_whole && count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
