/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <ctwatch/base/buf.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>

/* A longer message is truncated: it quotes untrusted text. */
#define LINE_MAX_BYTES 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum msg_level shown = MSG_WARN;
static unsigned progress_up; /* lines of progress on the terminal */

void
msg_show(enum msg_level level)
{
	shown = level;
}

static bool
is_shown(enum msg_level level)
{
	return level <= shown;
}

static void
clear_progress(void)
{
	if (progress_up > 1)
		fprintf(stderr, "\033[%uA", progress_up - 1);
	/* Clear to the end of the screen: only progress is below. */
	if (progress_up > 0)
		fputs("\r\033[J", stderr);
	progress_up = 0;
}

static void
say(enum msg_level level, const char *fmt, va_list ap)
{
	struct buf safe;

	if (!is_shown(level))
		return;
	buf_init(&safe, LINE_MAX_BYTES);
	text_escape_vprintf(&safe, fmt, ap);
	pthread_mutex_lock(&lock);
	clear_progress();
	fprintf(stderr, "ctwatch: %s\n", buf_text(&safe));
	pthread_mutex_unlock(&lock);
	buf_fini(&safe);
}

#define SAY(level)                                                             \
	do {                                                                   \
		va_list ap;                                                    \
                                                                               \
		va_start(ap, fmt);                                             \
		say(level, fmt, ap);                                           \
		va_end(ap);                                                    \
	} while (0)

void
msg_error(const char *fmt, ...)
{
	SAY(MSG_ERROR);
}

void
msg_warn(const char *fmt, ...)
{
	SAY(MSG_WARN);
}

void
msg_info(const char *fmt, ...)
{
	SAY(MSG_INFO);
}

void
msg_debug(const char *fmt, ...)
{
	SAY(MSG_DEBUG);
}

bool
msg_terminal(unsigned *columns, unsigned *rows)
{
	struct winsize size = { 0 };

	const char *term = getenv("TERM");

	/* A terminal that cannot move the cursor shows no progress. */
	if (!isatty(STDERR_FILENO) || !is_shown(MSG_WARN) || term == NULL ||
	    strcmp(term, "dumb") == 0)
		return false;
	ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	*columns = size.ws_col > 0 ? size.ws_col : 80;
	*rows = size.ws_row > 0 ? size.ws_row : 24;
	return true;
}

void
msg_progress(const char *text)
{
	pthread_mutex_lock(&lock);
	clear_progress();
	fputs(text, stderr);
	fflush(stderr);
	if (*text != '\0')
		progress_up = 1;
	for (; *text != '\0'; text++)
		progress_up += *text == '\n';
	pthread_mutex_unlock(&lock);
}
