/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: build the report of a run: coverage, findings, exit status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/run/setup.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/policy/host_pattern.h>

#include "config.h"

/* Return the bits of the exit status for coverage and the pinset's age. */
static int
exit_status(const struct run_context *n)
{
	const struct sync_result *r = &n->result;
	int status = n->lists.stale ? CLI_INCOMPLETE : 0;
	size_t skipped = 0;

	if (n->pinset != NULL && n->pinset->expires != 0 &&
	    n->pinset->expires <= time_now())
		status |= CLI_PINSET;

	for (size_t i = 0; i < r->n; i++)
		switch (r->v[i].status) {
		case COVERAGE_COMPLETE:
			break;
		case COVERAGE_SKIPPED:
			skipped++;
			break;
		case COVERAGE_MISBEHAVING:
			status |= CLI_MISBEHAVED | CLI_INCOMPLETE;
			break;
		case COVERAGE_PARTIAL:
		case COVERAGE_UNREACHABLE:
		case COVERAGE_UNUSABLE:
			status |= CLI_INCOMPLETE;
			break;
		}
	/* A run without any log is incomplete. */
	return skipped == r->n ? status | CLI_INCOMPLETE : status;
}

static enum report_status
report_status_of(enum coverage_status s)
{
	switch (s) {
	case COVERAGE_COMPLETE:
		return REPORT_COMPLETE;
	case COVERAGE_PARTIAL:
		return REPORT_PARTIAL;
	case COVERAGE_UNREACHABLE:
		return REPORT_UNREACHABLE;
	case COVERAGE_SKIPPED:
		return REPORT_SKIPPED;
	case COVERAGE_UNUSABLE:
		return REPORT_UNUSABLE;
	case COVERAGE_MISBEHAVING:
		break;
	}
	return REPORT_MISBEHAVING;
}

/* Convert the coverage of one log for the report; ranges are borrowed. */
static struct report_witnesses
witnesses_of(const struct coverage_witnesses *c)
{
	return (struct report_witnesses){ .of = c->of,
		.valid = c->valid,
		.invalid = c->invalid,
		.unchecked = c->unchecked,
		.newest = c->newest,
		.met = c->met,
		.problem = c->problem[0] != '\0' ? c->problem : NULL };
}

static struct report_log
report_log_of(const struct coverage *c, struct report_range *ranges)
{
	struct report_log log = { .description = c->log->description,
		.operator= c->log->operator,
		.url = c->log->url,
		.is_static = c->log->is_static,
		.state = loglist_state_word(c->log->state),
		.first_entry = c->first,
		.next_entry = c->next,
		.has_head = c->has_head,
		.tree_size = c->head.size,
		.sth_timestamp = (int64_t)c->head.timestamp,
		/* With only a head, nothing is verified yet. */
		.verified = c->has_head && c->verified == c->next &&
		    (c->next > 0 || c->head.size == 0) &&
		    c->status != COVERAGE_MISBEHAVING,
		.lag = c->rate > 0
		    ? (int64_t)coverage_lag(c) * TIME_HOUR / c->rate
		    : coverage_lag(c) > 0 ? -1
		                          : 0,
		.status = report_status_of(c->status),
		.reason = c->reason[0] != '\0' ? c->reason : NULL,
		.entries_read = c->entries_read,
		.bytes_read = c->bytes_read,
		.refused = c->refused,
		.issuers_missing = c->issuers_missing,
		.witnesses = witnesses_of(&c->witnesses),
		.unread = ranges };

	memcpy(log.log_id, c->log->id, sizeof log.log_id);
	memcpy(log.root_hash, c->head.root.b, sizeof log.root_hash);
	for (size_t i = 0; i < c->n_gaps; i++)
		if (!c->gaps[i].unproved)
			ranges[log.n_unread++] =
			    (struct report_range){ c->gaps[i].from,
				    c->gaps[i].to };
	if (c->has_head && c->next < c->head.size)
		ranges[log.n_unread++] =
		    (struct report_range){ c->next, c->head.size };
	return log;
}

/* A certificate for a name without pins is medium (CTW000), and must be in the
 * exit status. */
static enum rules_severity
fail_on_watched(const struct run_context *n)
{
	return n->set.fail_on != RUN_SETUP_FAIL_ON_UNSET
	    ? (enum rules_severity)n->set.fail_on
	    : RULES_MEDIUM;
}

static enum rules_severity
fail_on(const struct run_context *n)
{
	return n->set.fail_on == RUN_SETUP_FAIL_ON_UNSET && n->pinset != NULL
	    ? RULES_HIGH
	    : fail_on_watched(n);
}

/* Maximum number of items in a report; others are counted. */
#define ITEMS_LISTED 1000

/* An item without a match for this time is doubtful: it is longer than the
 * validity of certificates that browsers accept. */
#define SILENT_RUNS 400
#define SILENT_TIME (200 * TIME_DAY)

/* The watched items in the report. */
struct search {
	struct store_watched fresh, silent;
	struct report_doubt *doubts;
	size_t n_doubts, doubts_count;
	int64_t since;
	bool
	    narrow; /* entries of some log were not searched for the new ones */
};

static void
add_doubt(struct search *s, const char *item, const char *reason)
{
	s->doubts_count++;
	if (s->n_doubts >= ITEMS_LISTED)
		return;
	s->doubts = mem_grow(s->doubts, s->n_doubts, sizeof *s->doubts);
	s->doubts[s->n_doubts++] = (struct report_doubt){ item, reason };
}

static void
load_search(const struct run_context *n, struct search *s)
{
	*s = (struct search){ .since = n->options.since == SYNC_SINCE_TIME &&
		        n->run == 1
		    ? n->options.since_time
		    : n->started };
	store_watched_new(n->store, n->run, ITEMS_LISTED, &s->fresh);
	store_watched_silent(n->store, n->run, SILENT_RUNS,
	    n->started - SILENT_TIME, ITEMS_LISTED, &s->silent);
	for (size_t i = 0; i < watch_count(n->watch); i++) {
		const char *item = watch_item(n->watch, i);

		if (!host_pattern_is_public(item))
			add_doubt(s, item,
			    "its last label is not a public top-level domain");
	}
	for (size_t i = 0; i < s->silent.n; i++)
		add_doubt(
		    s, s->silent.items[i], "no certificate has matched it");
	s->doubts_count += s->silent.count - s->silent.n;
}

struct report *
run_report(struct run_context *n)
{
	const struct sync_result *r = &n->result;
	struct report_log *logs = mem_alloc(r->n, sizeof *logs);
	struct report_range **ranges = mem_alloc(r->n, sizeof *ranges);
	struct report_source *sources =
	    mem_alloc(n->lists.n_sources, sizeof *sources);
	struct report *report;
	struct search search;

	load_search(n, &search);
	for (size_t i = 0; i < n->lists.n_sources; i++)
		sources[i] =
		    (struct report_source){ .name = n->lists.sources[i].name,
			    .fetched = n->lists.sources[i].fetched,
			    .dated = n->lists.sources[i].dated,
			    .logs = n->lists.sources[i].logs,
			    .error = n->lists.sources[i].error };

	for (size_t i = 0; i < r->n; i++) {
		ranges[i] = mem_alloc(r->v[i].n_gaps + 1, sizeof **ranges);
		logs[i] = report_log_of(&r->v[i], ranges[i]);
		if (search.fresh.count > 0 && logs[i].tree_size > 0)
			logs[i].searched_from = store_watched_from(
			    n->store, n->run, r->v[i].log->id);
		search.narrow |= logs[i].searched_from > 0;
	}
	report = report_build(
	    &(struct report_input){ .run = n->run,
	        .started = n->started,
	        .since = n->since,
	        .ended = time_now(),
	        .elapsed = time_mono() - n->began,
	        .version = PACKAGE_VERSION,
	        .exit_status = n->status | exit_status(n),
	        .fail_on = fail_on(n),
	        .fail_on_watched = fail_on_watched(n),
	        .new_items = search.fresh.items,
	        .n_new_items = search.narrow ? search.fresh.n : 0,
	        .new_items_count = search.narrow ? search.fresh.count : 0,
	        .new_items_since = search.since,
	        .doubts = search.doubts,
	        .n_doubts = search.n_doubts,
	        .doubts_count = search.doubts_count,
	        .pinset = n->pinset,
	        .pinset_file = n->set.common.pinset,
	        .watchlist_file = n->set.watchlist,
	        .watched = watch_count(n->watch),
	        .operators_behind = (int)coverage_operators_behind(r->v, r->n),
	        .logs = logs,
	        .n_logs = r->n,
	        .sources = sources,
	        .n_sources = n->lists.n_sources,
	        .entries = r->entries,
	        .bytes = r->bytes,
	        .matched = r->matched },
	    n->store);
	for (size_t i = 0; i < r->n; i++)
		free(ranges[i]);
	free(ranges);
	free(sources);
	free(logs);
	store_watched_fini(&search.fresh);
	store_watched_fini(&search.silent);
	free(search.doubts);
	return report;
}

/* The coverage of a log whose results may not be saved. */
static void
unsave(struct coverage *c, struct store *s)
{
	struct store_log log;

	if (c->status == COVERAGE_SKIPPED || c->status == COVERAGE_UNUSABLE ||
	    c->status == COVERAGE_UNREACHABLE)
		return;
	if (c->status != COVERAGE_MISBEHAVING) {
		c->status = COVERAGE_PARTIAL;
		snprintf(c->reason, sizeof c->reason,
		    "not all entries read were saved and judged");
	}
	c->next = c->verified = c->first;
	if (store_log_load(s, c->log->id, &log)) {
		c->first = log.first;
		c->next = log.next;
		c->verified = log.verified;
		store_log_fini(&log);
	}
}

struct report *
run_report_unsaved(struct run_context *n)
{
	char *why = mem_strdup(store_error(n->store));
	struct report *report = NULL;
	struct store *saved;
	struct buf error;

	buf_init(&error, 4096);
	saved = store_open(n->state_dir, STORE_READ, &error);
	store_close(n->store);
	n->store = saved;
	for (size_t i = 0; saved != NULL && i < n->result.n; i++)
		unsave(&n->result.v[i], saved);
	if (saved != NULL && n->run != 0)
		report = run_report(n);
	if (report != NULL)
		report_add_failure(report, why);
	buf_fini(&error);
	free(why);
	return report;
}
