/* SPDX-License-Identifier: Apache-2.0 */
/* check: the command `check': its parts in order. */
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/check/check.h"
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>

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
	int operands = run_options_parse("check", "",
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
