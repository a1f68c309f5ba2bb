/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal: capabilities of the terminal at a file descriptor.
 */
#ifndef CTWATCH_BASE_TERMINAL_H
#define CTWATCH_BASE_TERMINAL_H

#include <stdbool.h>

/* Report whether to print colours to fd: it is a terminal, $NO_COLOR is empty,
 * and $TERM is neither empty nor "dumb". */
bool terminal_colour(int fd);

/* Return the columns of the terminal fd; 0 if fd is no terminal. */
unsigned terminal_columns(int fd);

#endif
