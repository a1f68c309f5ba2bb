/* SPDX-License-Identifier: Apache-2.0 */
/* check: print a line, count a fault. */
#include <stdarg.h>
#include <stdio.h>

#include "cli/check/check.h"
#include "cli/cmd_util.h"
#include <ctwatch/base/buf.h>

/* The column at which the text of a line begins. */
#define COLUMN 15

void
check_line(const char *label, const char *fmt, ...)
{
	struct buf text, line;
	va_list ap;

	buf_init(&text, SIZE_MAX / 2);
	buf_init(&line, SIZE_MAX / 2);
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	buf_printf(&line, "%-*s", COLUMN, label);
	cmd_util_wrap(&line, COLUMN, buf_text(&text));
	fputs(buf_text(&line), stdout);
	/* What follows may wait for the network. */
	fflush(stdout);
	buf_fini(&line);
	buf_fini(&text);
}

void
check_fault(struct check *c, int status)
{
	c->faults++;
	c->status |= status;
}
