/* SPDX-License-Identifier: Apache-2.0 */
/* scan: the command `backfill scan': read one part of a plan. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/backfill/backfill.h"
#include "cli/backfill/load.h"
#include "cli/opts.h"
#include "cli/sandbox_paths.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/sync/backfill.h>

#include "config.h"

#define NO_PART UINT64_MAX

/* Requests in flight to one operator, of all parts. */
#define IN_FLIGHT 8

struct settings {
	struct opts_common common;
	const char *output, *contact, *ca_file, *proxy;
	uint64_t part, rate, jobs, max_memory;
	bool allow_http, no_keepalive, no_sandbox;
};

/* The variables with the index of a task, and the index of the first one. */
static const struct {
	const char *name;
	uint64_t first;
} variables[] = {
	{ "SLURM_ARRAY_TASK_ID", 0 },
	{ "JOB_COMPLETION_INDEX", 0 },
	{ "AWS_BATCH_JOB_ARRAY_INDEX", 0 },
	{ "PARALLEL_SEQ", 1 },
};

/* Set the part from the environment; false after an error was reported. */
static bool
find_part(uint64_t *part)
{
	const char *by = NULL;

	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		const char *text = getenv(variables[i].name);
		char *end;
		uint64_t n;

		if (text == NULL)
			continue;
		errno = 0;
		n = strtoull(text, &end, 10);
		if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 ||
		    n < variables[i].first || n > LIMIT_PLAN_PARTS) {
			msg_error("%s: not the number of a part: '%s'",
			    variables[i].name, text);
			return false;
		}
		n -= variables[i].first;
		if (by != NULL && n != *part) {
			msg_error("%s and %s name different parts: give --part",
			    by, variables[i].name);
			return false;
		}
		*part = n;
		by = variables[i].name;
	}
	if (by == NULL)
		msg_error("backfill scan: give --part");
	return by != NULL;
}

/* Report whether a valid file of the part is there. */
static bool
is_done(const struct backfill_plan *p, size_t number, const struct watch *watch,
    const char *path)
{
	struct backfill_part part;
	enum backfill_part_state state;
	struct buf error;

	buf_init(&error, 4096);
	state = backfill_part_file_read(path, p, number, watch, &part, &error);
	if (state == BACKFILL_PART_OK) {
		msg_info("%s is there and valid", path);
		backfill_part_fini(&part);
	} else if (state != BACKFILL_PART_MISSING)
		msg_warn("%s; reading the part again", buf_text(&error));
	buf_fini(&error);
	return state == BACKFILL_PART_OK;
}

static int
write_part(const struct backfill_part *part, const struct backfill_plan *p,
    const char *path)
{
	struct buf text, error;
	int status = CLI_LOCAL;

	buf_init(&text, LIMIT_PART_BYTES);
	buf_init(&error, 4096);
	if (!backfill_part_file_write(part, p, &text))
		msg_error(
		    "%s: more matching entries and index than fit "
		    "into %u MB: make a plan with a smaller --part-entries",
		    path, LIMIT_PART_BYTES >> 20);
	else if (!file_replace(path, buf_view(&text), &error))
		msg_error("%s", buf_text(&error));
	else {
		msg_info("%s: entries %" PRIu64 " to %" PRIu64
		         ", %zu of them matched",
		    path, part->range.begin, part->range.end - 1,
		    part->n_matches);
		status = CLI_CLEAN;
	}
	buf_fini(&error);
	buf_fini(&text);
	return status;
}

static int
exit_of(enum backfill_scan_result r)
{
	switch (r) {
	case BACKFILL_SCAN_OK:
		return CLI_CLEAN;
	case BACKFILL_SCAN_PARTIAL:
		return CLI_INCOMPLETE;
	case BACKFILL_SCAN_CONTRADICTS:
		return CLI_MISBEHAVED | CLI_INCOMPLETE;
	case BACKFILL_SCAN_TOO_LARGE:
		break;
	}
	return CLI_LOCAL;
}

/* The options of the network: the part has its share of the operator's
 * limits. */
static struct http_options
network(const struct settings *set, const struct backfill_plan *p,
    const char *url, const char *user_agent)
{
	int64_t share = (int64_t)(TIME_SECOND * p->at_once / p->rate);

	if (set->rate > 0)
		share = TIME_SECOND / (int64_t)set->rate;
	if (strncmp(url, "file:", 5) == 0)
		share = 0;
	return (struct http_options){ .user_agent = user_agent,
		.ca_file = set->ca_file,
		.proxy = set->proxy,
		.allow_http = set->allow_http,
		.allow_file = true,
		.no_keepalive = set->no_keepalive,
		.queue_requests = p->at_once < IN_FLIGHT
		    ? (unsigned)(IN_FLIGHT / p->at_once)
		    : 1,
		.queue_interval = share };
}

static int
scan(const struct settings *set, const struct backfill_plan *p,
    const struct watch *watch, const char *path)
{
	size_t number = (size_t)set->part;
	const char *url = backfill_plan_log_of(p, number)->log.url;
	char *agent = set->contact != NULL
	    ? mem_printf("ctwatch/%s (+%s)", PACKAGE_VERSION, set->contact)
	    : mem_strdup("ctwatch/" PACKAGE_VERSION);
	const struct http_options http = network(set, p, url, agent);
	struct sync_options o = { .watch = watch,
		.jobs = (unsigned)set->jobs,
		.max_memory = set->max_memory };
	enum backfill_scan_result result = BACKFILL_SCAN_TOO_LARGE;
	struct backfill_part part = { 0 };
	int status = CLI_LOCAL;
	struct buf error;

	if (!set->no_sandbox)
		sandbox_paths_scan(&http, url, path);
	buf_init(&error, 4096);
	o.http = http_new(&http, &error);
	if (o.http != NULL) {
		result = backfill_scan(&o, p, number, &part, &error);
		status = exit_of(result);
	}
	http_free(o.http);
	if (result == BACKFILL_SCAN_OK)
		status = write_part(&part, p, path);
	else
		msg_error("%s", buf_text(&error));
	backfill_part_fini(&part);
	buf_fini(&error);
	free(agent);
	return status;
}

/* Do all but parsing the options. */
static int
run_scan(struct settings *set, const char *plan)
{
	struct backfill_plan *p;
	struct watch *watch = NULL;
	int status = CLI_USAGE;
	char *path = NULL;

	if (set->part == NO_PART && !find_part(&set->part))
		return CLI_USAGE;
	if ((p = backfill_load(plan)) == NULL)
		return CLI_USAGE;
	if (set->part >= p->n_parts)
		msg_error("%s has no part %" PRIu64 ": its last one is %zu",
		    plan, set->part, p->n_parts - 1);
	else if (mkdir(set->output, 0755) != 0 && errno != EEXIST) {
		msg_error("%s: %s", set->output, strerror(errno));
		status = CLI_LOCAL;
	} else if ((watch = backfill_load_watch(p)) != NULL) {
		path = backfill_part_file_path(set->output, (size_t)set->part);
		status = is_done(p, (size_t)set->part, watch, path)
		    ? CLI_CLEAN
		    : scan(set, p, watch, path);
	}
	free(path);
	watch_free(watch);
	backfill_plan_free(p);
	return status;
}

int
scan_main(int argc, char *argv[])
{
	struct settings set = { .part = NO_PART };
	const struct opts_opt opts[] = {
		{ "part", OPTS_COUNT, &set.part, "I",
		    "the part, from 0; else by SLURM_ARRAY_TASK_ID ...", NULL },
		{ "output", OPTS_TEXT, &set.output, "DIR",
		    "write the part into this folder", NULL },
		{ "rate", OPTS_COUNT, &set.rate, "N",
		    "requests a second of this part; the plan's share", NULL },
		{ "jobs", OPTS_COUNT, &set.jobs, "N",
		    "worker threads; one for each processor", NULL },
		{ "max-memory", OPTS_SIZE, &set.max_memory, "SIZE",
		    "bytes of bodies in flight; 64M", NULL },
		{ "contact", OPTS_TEXT, &set.contact, "EMAIL|URL",
		    "named in the User-Agent", NULL },
		{ "ca-file", OPTS_TEXT, &set.ca_file, "PEM",
		    "trust these roots for TLS", NULL },
		{ "proxy", OPTS_TEXT, &set.proxy, "URL",
		    "reach the log through this proxy", NULL },
		{ "allow-http", OPTS_FLAG, &set.allow_http, NULL,
		    "allow http:// URLs that are not on loopback", NULL },
		{ "no-keepalive", OPTS_FLAG, &set.no_keepalive, NULL,
		    "a new connection for every request", NULL },
		{ "no-sandbox", OPTS_FLAG, &set.no_sandbox, NULL,
		    "do not sandbox the parsing of untrusted data", NULL },
	};
	const struct opts_command command = { "backfill scan", "PLAN",
		"Read one part of a plan and write its file.", opts,
		sizeof opts / sizeof opts[0] };
	int operands = opts_parse(&command, &set.common, argc, argv);

	if (operands == -2)
		return CLI_CLEAN;
	if (operands == -1)
		return CLI_USAGE;
	if (operands != 1 || set.output == NULL || set.rate > LIMIT_PLAN_RATE) {
		msg_error(set.rate > LIMIT_PLAN_RATE
		        ? "--rate: at most %d"
		        : "backfill scan: give one PLAN and --output",
		    LIMIT_PLAN_RATE);
		return CLI_USAGE;
	}
	return run_scan(&set, argv[1]);
}
