/* SPDX-License-Identifier: Apache-2.0 */
/* merge: the command `backfill merge': prove, store and judge the parts. */
#include <string.h>

#include "cli/backfill/backfill.h"
#include "cli/backfill/load.h"
#include "cli/run.h"
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/sync/backfill.h>

struct merge {
	const struct backfill_plan *plan;
	const char *dir;
};

/* Other items would be covered without having been searched for. */
static bool
check_watch(void *arg, const struct watch *w)
{
	const struct merge *m = arg;
	struct buf error;
	bool same;

	buf_init(&error, 4096);
	same = backfill_plan_same_watch(m->plan, w, &error);
	if (!same)
		msg_error("%s: give the watch list and the pinset of the plan, "
		          "or make a new plan",
		    buf_text(&error));
	buf_fini(&error);
	return same;
}

static bool
read_parts(void *arg, const struct sync_options *options, int64_t started,
    struct run_read *run, struct sync_result *out)
{
	const struct merge *m = arg;

	*out = (struct sync_result){ .n = 0 };
	return run_read_begin(options, started, run) &&
	    backfill_merge(options, m->plan, m->dir, out);
}

int
merge_main(int argc, char *argv[])
{
	struct run_options set = RUN_OPTIONS_DEFAULTS;
	struct backfill_plan *plan;
	struct merge m;
	int operands, status;

	operands = run_options_parse("backfill merge", "PLAN DIR",
	    "Prove the parts of a plan, store and judge what they found.", &set,
	    argc, argv);
	if (operands == -2)
		return CLI_CLEAN;
	if (operands >= 0 && operands != 2)
		msg_error("backfill merge: give PLAN and DIR");
	if (operands != 2 || (plan = backfill_load(argv[1])) == NULL)
		return CLI_USAGE;
	m = (struct merge){ plan, argv[2] };
	status = run_pass(
	    &set, &(struct run_source){ check_watch, read_parts, &m, m.dir });
	backfill_plan_free(plan);
	return status;
}
