/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/check/check.h"
#include "cli/cmd_util.h"
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>

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

static void
check_config(struct check *c)
{
	const char *path = c->set.common.config;
	struct stat st;

	if (path == NULL) {
		check_line("configuration",
		    "no file: only the options of the command line count");
		return;
	}
	check_line("configuration", "%s", path);
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & S_IWOTH) != 0) {
		msg_error("%s: every user may write to it, and so choose the "
		          "programs that are run: chmod o-w",
		    path);
		check_fault(c, CLI_USAGE);
	}
}

static void
print_result(const struct check *c)
{
	if (c->faults == 0)
		check_line("result", "no fault; ctwatch run can start");
	else
		check_line("result", "%zu fault%s, printed on standard error",
		    c->faults, c->faults == 1 ? "" : "s");
}

static void
release(struct check *c)
{
	network_fini(&c->network);
	notify_fini(&c->ready);
	store_close(c->store);
	watch_free(c->watch);
	pinset_free(c->pinset);
	free(c->state_dir);
}

int
cli_check(int argc, char *argv[])
{
	struct check c = { .set = RUN_OPTIONS_DEFAULTS };
	int operands = run_options_parse("check",
	    "Check what a run would use, and reach its logs and channels.",
	    &c.set, argc, argv);

	if (operands == -2)
		return CLI_CLEAN;
	if (operands > 0)
		msg_error("check: takes no operands");
	if (operands != 0)
		return CLI_USAGE;
	c.state_dir = opts_state_dir(&c.set.common);
	network_init(&c.network, &c.set.network);
	check_config(&c);
	check_state(&c);
	check_files(&c);
	check_channels(&c);
	check_logs(&c);
	print_result(&c);
	release(&c);
	return c.status;
}
