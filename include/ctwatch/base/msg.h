/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msg: the one place that writes to standard error.
 *
 * A message is one line, "ctwatch: " and the text, escaped as by text_escape,
 * so that untrusted text cannot control the terminal.
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

__attribute__((format(printf, 1, 2))) void msg_error(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void msg_warn(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void msg_info(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void msg_debug(const char *fmt, ...);

/*
 * Report whether progress is to be shown: standard error is a terminal, and
 * messages are wanted on it.  If so, its size.
 */
bool msg_terminal(unsigned *columns, unsigned *rows);

/*
 * Keep these lines below the messages, in the place of those shown last; an
 * empty text takes them away.  Only where msg_terminal says so; no line may
 * be as wide as the terminal, and untrusted text must have been escaped.
 */
void msg_progress(const char *lines);

#endif
