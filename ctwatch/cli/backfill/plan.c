/* SPDX-License-Identifier: Apache-2.0 */
/* plan: the command `backfill plan': make the plan of a backfill. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/backfill/backfill.h"
#include "cli/cmd_util.h"
#include "cli/network.h"
#include "cli/run/inputs.h"
#include "cli/sandbox_paths.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/store/store_index.h>
#include <ctwatch/sync/backfill.h>

/* Number of options besides those of the network. */
#define OWN 13

/* Requests a second to one operator, and its parts that run together, unless
 * the user gives others. */
#define RATE    10
#define AT_ONCE 4

struct settings {
	struct opts_common common;
	struct network_settings network;
	struct opts_list watches, logs, by_tiles;
	const char *since, *until, *output, *watchlist;
	uint64_t part_entries, rate, at_once;
	int64_t max_time;
	bool index, no_sandbox;
};

/* The state of the command; a NULL member is not open yet. */
struct planning {
	const struct settings *set;
	char *state_dir;
	struct network network;
	struct pinset *pinset;
	struct watch *watch;
	struct store *store;
	uint8_t index_secret[NAME_KEYS_SECRET];
};

/* Open the store, if there is one; false after an error was reported. */
static bool
open_store(struct planning *x)
{
	char *path = mem_printf("%s/state.db", x->state_dir);
	bool there = access(path, F_OK) == 0;

	free(path);
	if (there)
		x->store = cmd_util_store(&x->set->common, STORE_READ);
	return !there || x->store != NULL;
}

/* Get the secret of the state's index, and make one if it has none: only then
 * write to the state.  False after an error was reported. */
static bool
get_secret(struct planning *x)
{
	struct store *s;
	bool ok;

	if (!x->set->index ||
	    (x->store != NULL &&
	        store_index_secret(x->store, false, x->index_secret)))
		return true;
	store_close(x->store);
	x->store = NULL;
	s = cmd_util_store(&x->set->common, STORE_RUN);
	if (s == NULL)
		return false;
	ok = store_index_secret(s, true, x->index_secret) && store_commit(s);
	if (!ok)
		msg_error("%s", store_error(s));
	store_close(s);
	return ok && open_store(x);
}

/* Parse a time or a duration before now. */
static bool
parse_when(const char *option, const char *s, int64_t *out)
{
	if (time_parse_duration(s, out)) {
		*out = time_now() - *out;
		return true;
	}
	if (time_parse(s, out))
		return true;
	msg_error("--%s: '%s' is neither a duration nor a time", option, s);
	return false;
}

/* Fill in range; false after an error was reported. */
static bool
choose_range(const struct settings *set, struct backfill_make_range *out)
{
	*out =
	    (struct backfill_make_range){ .part_entries = set->part_entries };
	if (set->since == NULL || set->output == NULL) {
		msg_error("backfill plan: give --since and --output");
		return false;
	}
	if (set->rate == 0 || set->rate > LIMIT_PLAN_RATE ||
	    set->at_once == 0 || set->at_once > LIMIT_PLAN_PARTS) {
		msg_error(
		    "--rate and --at-once: from 1 to %d", LIMIT_PLAN_RATE);
		return false;
	}
	if (set->part_entries != 0 &&
	    (set->part_entries < LIMIT_TILE_WIDTH ||
	        set->part_entries >> 62 != 0 ||
	        (set->part_entries & (set->part_entries - 1)) != 0)) {
		msg_error("--part-entries: a power of two from %u on",
		    LIMIT_TILE_WIDTH);
		return false;
	}
	return (strcmp(set->since, "start") == 0 ||
	           parse_when("since", set->since, &out->since)) &&
	    (set->until == NULL ||
	        parse_when("until", set->until, &out->until));
}

/* Write the plan, and report its size. */
static int
write_plan(const struct backfill_plan *p, const char *output, size_t left_out)
{
	uint64_t entries = 0;
	struct buf text, error;
	bool ok;

	for (size_t i = 0; i < p->n_parts; i++)
		entries += p->parts[i].range.end - p->parts[i].range.begin;
	buf_init(&text, LIMIT_USER_FILE);
	buf_init(&error, 4096);
	backfill_plan_write(p, &text);
	ok = p->has_index
	    ? file_replace_private(output, buf_view(&text), &error)
	    : file_replace(output, buf_view(&text), &error);
	if (!ok)
		msg_error("%s", buf_text(&error));
	else
		msg_info("%s: %zu parts, 0 to %zu, of %zu logs, %" PRIu64
		         " entries",
		    output, p->n_parts, p->n_parts - 1, p->n_logs, entries);
	buf_fini(&error);
	buf_fini(&text);
	if (!ok)
		return CLI_LOCAL;
	return left_out > 0 ? CLI_INCOMPLETE : CLI_CLEAN;
}

static int
make(struct planning *x, const struct backfill_make_range *range)
{
	const struct settings *set = x->set;
	struct backfill_plan *p = backfill_plan_new(x->watch);
	const struct sync_options o = { .logs = x->network.lists.logs,
		.only = set->logs.v,
		.n_only = set->logs.n,
		.by_tiles = set->by_tiles.v,
		.n_by_tiles = set->by_tiles.n,
		.watch = x->watch,
		.store = x->store,
		.http = x->network.http,
		.max_time = set->max_time };
	int status = CLI_INCOMPLETE;
	struct buf error;
	size_t left_out;

	p->rate = set->rate;
	p->at_once = set->at_once;
	p->has_index = set->index;
	memcpy(p->index_secret, x->index_secret, sizeof p->index_secret);
	if (x->pinset != NULL) {
		p->pinset = mem_printf(
		    "%s version %" PRIu64, x->pinset->name, x->pinset->version);
		memcpy(p->pinset_sha256, x->pinset->sha256,
		    sizeof p->pinset_sha256);
	}
	buf_init(&error, 4096);
	if (backfill_make(&o, range, p, &left_out, &error))
		status = write_plan(p, set->output, left_out);
	else
		msg_error("backfill plan: %s", buf_text(&error));
	buf_fini(&error);
	backfill_plan_free(p);
	return status;
}

/* Do all but parsing the options. */
static int
run_plan(struct planning *x)
{
	const struct settings *set = x->set;
	struct outputs_one output = { .path = set->output };
	const struct outputs outputs = { &output, 1 };
	struct backfill_make_range range;

	if (!choose_range(set, &range) ||
	    !cmd_util_pinset(&set->common, false, &x->pinset))
		return CLI_USAGE;
	x->watch = run_inputs_watch(set->watchlist, &set->watches, x->pinset);
	if (x->watch == NULL)
		return CLI_USAGE;
	if (!open_store(x) || !get_secret(x))
		return CLI_LOCAL;
	x->network.options.queue_interval = TIME_SECOND / (int64_t)set->rate;
	if (!set->no_sandbox)
		sandbox_paths_read(
		    &(struct sandbox_paths){ .state_dir = x->state_dir,
		        .outputs = &outputs,
		        .watchlist = set->watchlist },
		    &set->network, &x->network.options, x->store, NULL);
	if (!network_open(&x->network, &set->network,
	        &(struct network_lists){ .state_dir = x->state_dir,
	            .keep_no_copy = true,
	            .store = x->store }) ||
	    !network_has_logs(&x->network, "log", &set->logs) ||
	    !network_has_logs(&x->network, "by-tiles", &set->by_tiles))
		return x->network.lists.stale ? CLI_INCOMPLETE : CLI_USAGE;
	return make(x, &range);
}

int
plan_main(int argc, char *argv[])
{
	struct settings set = { .rate = RATE, .at_once = AT_ONCE };
	struct planning x = { .set = &set };
	struct opts_opt opts[OWN + NETWORK_OPTIONS] = {
		{ "since", OPTS_TEXT, &set.since, "WHEN",
		    "plan entries from here on: start, 7d, a date", NULL },
		{ "until", OPTS_TEXT, &set.until, "WHEN",
		    "and up to here; what the state lacks", NULL },
		{ "output", OPTS_TEXT, &set.output, "PLAN",
		    "write the plan to this file", NULL },
		{ "part-entries", OPTS_COUNT, &set.part_entries, "N",
		    "entries of a part, a power of two; from 65536", NULL },
		{ "rate", OPTS_COUNT, &set.rate, "N",
		    "requests a second to one operator; 10", NULL },
		{ "at-once", OPTS_COUNT, &set.at_once, "N",
		    "parts of one operator that run together; 4", NULL },
		{ "index", OPTS_FLAG, &set.index, NULL,
		    "let each part make an index of all names", NULL },
		{ "watchlist", OPTS_TEXT, &set.watchlist, "FILE",
		    "names and networks to watch, one a line", NULL },
		{ "watch", OPTS_LIST, &set.watches, "NAME|ADDRESS|CIDR",
		    "also watch this", NULL },
		{ "log", OPTS_LIST, &set.logs, "NAME|ID",
		    "plan only this log; repeat for more", NULL },
		{ "by-tiles", OPTS_LIST, &set.by_tiles, "NAME|ID",
		    "read this RFC 6962 log's entries by its tiles", NULL },
		{ "max-time", OPTS_DURATION, &set.max_time, "DURATION",
		    "end after this time", NULL },
		{ "no-sandbox", OPTS_FLAG, &set.no_sandbox, NULL,
		    "do not sandbox the parsing of untrusted data", NULL },
	};
	const struct opts_command command = { "backfill plan", "",
		"Divide the past of the logs into independent parts.", opts,
		sizeof opts / sizeof opts[0] };
	int operands, status;

	network_options(&set.network, opts + OWN);
	operands = opts_parse(&command, &set.common, argc, argv);
	if (operands == -2)
		return CLI_CLEAN;
	if (operands > 0)
		msg_error("backfill plan: takes no operands");
	if (operands != 0)
		return CLI_USAGE;
	x.state_dir = opts_state_dir(&set.common);
	network_init(&x.network, &set.network);
	status = run_plan(&x);
	network_fini(&x.network);
	store_close(x.store);
	watch_free(x.watch);
	pinset_free(x.pinset);
	free(x.state_dir);
	return status;
}
