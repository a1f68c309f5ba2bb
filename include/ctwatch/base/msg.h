/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msg: messages on standard error.
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
	MSG_WARN,  /* an error after which the work continues */
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
 * Report whether to show progress: standard error is a terminal and progress
 * messages are enabled.  If so, set its size.
 */
bool msg_terminal(unsigned *columns, unsigned *rows);

/*
 * Show these lines below the messages instead of the last ones; an empty text
 * removes them.  Call this only if msg_terminal is true.  Lines must be
 * narrower than the terminal, and untrusted text must be escaped.
 */
void msg_progress(const char *lines);

#endif
