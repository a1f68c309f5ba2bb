/* SPDX-License-Identifier: Apache-2.0 */
/* report: the command `report': write the report of a stored run or of a
 * period. */
#include <inttypes.h>

#include "cli/cmd_util.h"
#include "cli/outputs.h"
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/report/report.h>

struct settings {
	struct opts_common common;
	uint64_t run; /* 0: the last one */
	const char *since, *format;
	struct opts_list outputs;
};

/* Load the document of a run; NULL after an error was reported. */
static struct report *
load_run(struct store *s, uint64_t run)
{
	struct report *r;
	struct buf error;

	buf_init(&error, 1024);
	r = report_stored(s, (int64_t)run, &error);
	if (r != NULL)
		;
	else if (*store_error(s) != '\0')
		msg_error("%s", store_error(s));
	else if (error.n > 0)
		msg_error("the report in the state: %s", buf_text(&error));
	else if (run != 0)
		msg_error("run %" PRIu64 " has no report", run);
	else
		msg_error("no run has a report yet: run `ctwatch run' first");
	buf_fini(&error);
	return r;
}

/* Extend the report to a period if --since is given. */
static struct report *
load(struct store *s, const struct settings *set, int64_t since)
{
	struct report *last = load_run(s, set->run), *period;

	if (last == NULL || set->since == NULL)
		return last;
	period = report_period(last, s, since);
	if (period == NULL)
		msg_error("%s", store_error(s));
	report_free(last);
	return period;
}

static int
write_report(
    const struct settings *set, const struct outputs *outputs, int64_t since)
{
	struct store *s = cmd_util_store(&set->common, STORE_READ);
	struct report *r = s != NULL ? load(s, set, since) : NULL;
	int status = CLI_CLEAN;

	if (r == NULL)
		status = CLI_LOCAL;
	else if (!outputs_write(outputs, r, s))
		status = CLI_UNDELIVERED;
	report_free(r);
	store_close(s);
	return status;
}

/* A duration before now, or a date. */
static bool
parse_since(const char *text, int64_t *out)
{
	int64_t ago;

	if (text == NULL || time_parse(text, out))
		return true;
	if (time_parse_duration(text, &ago)) {
		*out = time_now() - ago;
		return true;
	}
	msg_error(
	    "--since: '%s' is neither a duration such as 7d nor a date", text);
	return false;
}

int
cli_report(int argc, char *argv[])
{
	struct settings set = { .format = NULL };
	const struct opts_opt opts[] = {
		{ "run", OPTS_COUNT, &set.run, "N",
		    "report of run N; default: the last", NULL },
		{ "since", OPTS_TEXT, &set.since, "WHEN",
		    "report of the time since: 7d, a date", NULL },
		{ "format", OPTS_TEXT, &set.format, "FORMAT",
		    "text, json, jsonl, html, csv, sarif, ocsf, ...", NULL },
		{ "output", OPTS_LIST, &set.outputs, "[FORMAT:]FILE",
		    "write the report to FILE; repeat for more", NULL },
	};
	const struct opts_command command = { "report", "",
		"Write the report of a stored run or of a period.", opts,
		sizeof opts / sizeof opts[0] };
	int operands = opts_parse(&command, &set.common, argc, argv);
	struct outputs outputs;
	int64_t since = 0;
	int status;

	if (operands == -2)
		return CLI_CLEAN;
	if (operands > 0)
		msg_error("report: takes no operands");
	if (operands != 0)
		return CLI_USAGE;
	if (!parse_since(set.since, &since) ||
	    !outputs_parse(&set.outputs, set.format, false, &outputs))
		return CLI_USAGE;
	status = outputs_check(&outputs) ? write_report(&set, &outputs, since)
	                                 : CLI_UNDELIVERED;
	outputs_fini(&outputs);
	return status;
}
