/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal: what the terminal behind a file descriptor can show.
 */
#ifndef CTWATCH_BASE_TERMINAL_H
#define CTWATCH_BASE_TERMINAL_H

#include <stdbool.h>

/* Report whether fd is a terminal with colours, and the user wants them:
 * $NO_COLOR is empty, and $TERM is neither empty nor "dumb". */
bool terminal_colour(int fd);

/* Return the columns of the terminal fd; 0 if it is none. */
unsigned terminal_columns(int fd);

#endif
