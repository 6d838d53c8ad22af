/*
 * The options that limit what a guest may use up: one row a limit, from which parsing, the printed
 * policy and the notes on refusals come.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_LIMITS_H
#define CLI_LIMITS_H

#include <ringfort.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether an option, by its id, is one of them. */
bool limit_is_option(int id);

/* Sets a limit from an option's value. Returns -1, or the status to end with. */
int limit_parse(int id, const char *text, ringfort_config *config);

/* Returns the name of the option that sets a limit, or NULL. */
const char *limit_option(ringfort_limit limit);

/* Prints a line for each limit. */
void limit_print_all(const ringfort_config *config);

/* Says which limit refused something, and which option raises it. */
void limit_note(const ringfort_refusal *refusal, const char *file);

#endif
