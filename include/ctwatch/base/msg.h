/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msg: the one place that writes to standard error.
 *
 * A message is one line, "ctwatch: " and the text, escaped as by text_safe,
 * so that nothing a stranger wrote reaches the terminal as it is.
 * Any thread may call.
 */
#ifndef CTWATCH_BASE_MSG_H
#define CTWATCH_BASE_MSG_H

#include <stdbool.h>

enum msg_level {
	MSG_ERROR, /* the command cannot do its work */
	MSG_WARN,  /* something is wrong and the work goes on */
	MSG_INFO,  /* progress; shown unless --quiet */
	MSG_DEBUG  /* shown with --verbose */
};

/* Show messages up to and including level; MSG_WARN at first. */
void msg_show(enum msg_level level);
bool msg_shown(enum msg_level level);

__attribute__((format(printf, 1, 2))) void msg_error(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void msg_warn(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void msg_info(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void msg_debug(const char *fmt, ...);

/*
 * On a terminal, keep one line of progress up to date below the messages;
 * elsewhere nothing happens.  An empty text clears the line.
 */
void msg_progress(const char *text);

#endif
