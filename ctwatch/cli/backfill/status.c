/* SPDX-License-Identifier: Apache-2.0 */
/* status: the command `backfill status': list the parts that are missing. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/backfill/backfill.h"
#include "cli/backfill/load.h"
#include "cli/cmd_util.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/sync/backfill_part.h>

/* The parts of a plan in a folder. */
struct listing {
	const struct backfill_plan *plan;
	enum backfill_part_state *states; /* owned; of each part */
	char **reasons;                   /* owned; of unusable ones, or NULL */
	size_t n_valid;
};

static void
gather(struct listing *all, const struct watch *watch, const char *dir)
{
	const struct backfill_plan *p = all->plan;
	struct buf error;

	all->states = mem_alloc(p->n_parts, sizeof *all->states);
	all->reasons = mem_alloc(p->n_parts, sizeof *all->reasons);
	buf_init(&error, 4096);
	for (size_t i = 0; i < p->n_parts; i++) {
		char *path = backfill_part_file_path(dir, i);
		struct backfill_part part;

		buf_clear(&error);
		all->states[i] =
		    backfill_part_file_read(path, p, i, watch, &part, &error);
		if (all->states[i] == BACKFILL_PART_OK)
			all->n_valid++;
		else
			all->reasons[i] = mem_strdup(buf_text(&error));
		backfill_part_fini(&part);
		free(path);
	}
	buf_fini(&error);
}

static void
listing_fini(struct listing *all)
{
	for (size_t i = 0; i < all->plan->n_parts; i++)
		free(all->reasons[i]);
	free(all->reasons);
	free(all->states);
}

/* Append the parts from *i on that one operator's scans must still write, as
 * ranges ("0-3,7"), and set *i to the first part of the next operator. */
static void
add_indexes(const struct listing *all, size_t *i, struct buf *out)
{
	const struct backfill_plan *p = all->plan;
	const char *operator= backfill_plan_log_of(p, *i)->log.operator;
	size_t from;

	while (*i < p->n_parts &&
	    strcmp(operator, backfill_plan_log_of(p, *i)->log.operator) == 0) {
		if (all->states[*i] == BACKFILL_PART_OK) {
			++*i;
			continue;
		}
		from = *i;
		do
			++*i;
		while (*i < p->n_parts && all->states[*i] != BACKFILL_PART_OK &&
		    strcmp(operator,
		        backfill_plan_log_of(p, *i)->log.operator) == 0);
		buf_printf(out, "%s%zu", out->n > 0 ? "," : "", from);
		if (*i - from > 1)
			buf_printf(out, "-%zu", *i - 1);
	}
}

/* Call each with the operators that have parts to scan, and their indexes. */
static void
each_operator(const struct listing *all,
    void (*each)(void *arg, const struct listing *all, const char *operator,
        const char * indexes),
    void *arg)
{
	struct buf indexes;

	buf_init(&indexes, SIZE_MAX / 2);
	for (size_t i = 0; i < all->plan->n_parts;) {
		const char *operator= backfill_plan_log_of(all->plan, i)
		    ->log.
		    operator;

		buf_clear(&indexes);
		add_indexes(all, &i, &indexes);
		if (indexes.n > 0)
			each(arg, all, operator, buf_text(&indexes));
	}
	buf_fini(&indexes);
}

static void
print_array(void *arg, const struct listing *all, const char *operator,
    const char * indexes)
{
	buf_printf(
	    arg, "%" PRIu64 " %s %s\n", all->plan->at_once, indexes, operator);
}

static void
add_array(void *arg, const struct listing *all, const char *operator,
    const char * indexes)
{
	json_array_append_new(arg,
	    json_pack("{ss sI ss}", "operator", operator, "at_once",
	        (json_int_t)all->plan->at_once, "parts", indexes));
}

static void
print_text(const struct listing *all, struct buf *out)
{
	const struct backfill_plan *p = all->plan;

	for (size_t i = 0; i < p->n_parts; i++)
		if (all->states[i] != BACKFILL_PART_OK)
			buf_printf(out, "part %zu: %s: %s\n", i,
			    backfill_part_word(all->states[i]),
			    all->reasons[i]);
	buf_printf(
	    out, "%zu of %zu parts are valid\n", all->n_valid, p->n_parts);
}

static int
print_json(const struct listing *all)
{
	const struct backfill_plan *p = all->plan;
	json_t *unusable = json_array(), *arrays = json_array();

	for (size_t i = 0; i < p->n_parts; i++)
		if (all->states[i] != BACKFILL_PART_OK)
			json_array_append_new(unusable,
			    json_pack("{sI ss ss}", "part", (json_int_t)i,
			        "state", backfill_part_word(all->states[i]),
			        "reason", all->reasons[i]));
	each_operator(all, add_array, arrays);
	return cmd_util_print_json(json_pack("{ss sI sI so so}", "format",
	    "ctwatch-backfill-status/1", "parts", (json_int_t)p->n_parts,
	    "valid", (json_int_t)all->n_valid, "unusable", unusable, "arrays",
	    arrays));
}

static int
print_status(const struct listing *all, bool arrays, int format)
{
	struct buf out;
	int status;

	if (format == CMD_UTIL_JSON)
		return print_json(all);
	buf_init(&out, SIZE_MAX / 2);
	if (arrays)
		each_operator(all, print_array, &out);
	else
		print_text(all, &out);
	status = cmd_util_print(&out);
	buf_fini(&out);
	return status;
}

int
status_main(int argc, char *argv[])
{
	struct opts_common common = { 0 };
	struct listing all = { 0 };
	int format = CMD_UTIL_TEXT, operands, status = CLI_USAGE;
	bool arrays = false;
	const struct opts_opt opts[] = {
		{ "arrays", OPTS_FLAG, &arrays, NULL,
		    "print the parts to scan, a line for each operator", NULL },
		{ "format", OPTS_WORD, &format, "text|json", "output format",
		    cmd_util_forms },
	};
	const struct opts_command command = { "backfill status", "PLAN DIR",
		"List the parts of a plan that are missing or unusable.", opts,
		sizeof opts / sizeof opts[0] };
	struct backfill_plan *p;
	struct watch *watch;

	operands = opts_parse(&command, &common, argc, argv);
	if (operands == -2)
		return CLI_CLEAN;
	if (operands >= 0 && operands != 2)
		msg_error("backfill status: give PLAN and DIR");
	if (operands != 2 || (p = backfill_load(argv[1])) == NULL)
		return CLI_USAGE;
	all.plan = p;
	if ((watch = backfill_load_watch(p)) != NULL) {
		gather(&all, watch, argv[2]);
		status = print_status(&all, arrays, format);
		if (all.n_valid < p->n_parts)
			status |= CLI_INCOMPLETE;
		listing_fini(&all);
	}
	watch_free(watch);
	backfill_plan_free(p);
	return status;
}
