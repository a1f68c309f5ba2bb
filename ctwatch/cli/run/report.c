/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cover_option.h"
#include "cli/run/caa_report.h"
#include "cli/run/options.h"
#include "cli/run/report.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/policy/host_pattern.h>

#include "config.h"

/* Return the bits of the exit status for coverage and the pinset's age. */
static int
exit_status(const struct run_report_input *in)
{
	const struct sync_result *r = in->result;
	int status = in->lists->stale ? CLI_INCOMPLETE : 0;
	size_t skipped = 0;

	if (in->pinset != NULL && in->pinset->expires != 0 &&
	    in->pinset->expires <= time_now())
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
		.kind = c->log->kind,
		.state = loglist_state_word(c->log->state),
		.first_entry = c->first,
		.next_entry = c->next,
		.has_head = c->has_head,
		.tree_size = c->head.size,
		.sth_timestamp = (int64_t)c->head.timestamp,
		/* With only a head, nothing is verified yet.  A partial log
		 * without one has a head that could not be checked. */
		.verified = (c->has_head || c->status == COVERAGE_PARTIAL) &&
		    c->verified == c->next &&
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
fail_on_watched(const struct run_report_input *in)
{
	return in->fail_on != RUN_OPTIONS_FAIL_ON_UNSET
	    ? (enum rules_severity)in->fail_on
	    : RULES_MEDIUM;
}

static enum rules_severity
fail_on(const struct run_report_input *in)
{
	return in->fail_on == RUN_OPTIONS_FAIL_ON_UNSET && in->pinset != NULL
	    ? RULES_HIGH
	    : fail_on_watched(in);
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
	bool narrow; /* some entries were not searched for the new ones */
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
add_not_public(void *arg, const char *item)
{
	add_doubt(arg, item, "its last label is not a public top-level domain");
}

static void
load_search(const struct run_report_input *in, struct search *s)
{
	*s = (struct search){ .n_doubts = 0 };
	store_watched_new(in->store, in->run, ITEMS_LISTED, &s->fresh);
	store_watched_silent(in->store, in->run, SILENT_RUNS,
	    in->started - SILENT_TIME, ITEMS_LISTED, &s->silent);
	watch_not_public(in->watch, add_not_public, s);
	for (size_t i = 0; i < s->silent.n; i++)
		add_doubt(
		    s, s->silent.items[i], "no certificate has matched it");
	s->doubts_count += s->silent.count - s->silent.n;
}

/* Judge what completeness rests on without the operator that is left out. */
static void
load_cover(const struct run_report_input *in, struct cover_option *out)
{
	const struct sync_result *r = in->result;
	size_t left_out = 0;
	struct cover cover;

	for (size_t i = 0; i < r->n; i++)
		left_out += r->v[i].left_out;
	coverage_cover(r->v, r->n, time_now(), &cover);
	cover_option_report(&cover, in->skip_operator, left_out, out);
}

/* Describe the sources of the log lists; borrowed from l, the array is owned.
 */
static struct report_source *
sources_of(const struct loglist_load *l)
{
	struct report_source *out = mem_alloc(l->n_sources, sizeof *out);

	for (size_t i = 0; i < l->n_sources; i++)
		out[i] = (struct report_source){ .name = l->sources[i].name,
			.fetched = l->sources[i].fetched,
			.dated = l->sources[i].dated,
			.logs = l->sources[i].logs,
			.error = l->sources[i].error };
	return out;
}

/* Describe the logs; ranges[i], owned by the caller, has its gaps. */
static void
load_logs(const struct run_report_input *in, struct search *search,
    struct report_log *logs, struct report_range **ranges)
{
	const struct sync_result *r = in->result;

	for (size_t i = 0; i < r->n; i++) {
		ranges[i] = mem_alloc(r->v[i].n_gaps + 1, sizeof **ranges);
		logs[i] = report_log_of(&r->v[i], ranges[i]);
		if (search->fresh.count > 0 && logs[i].tree_size > 0)
			logs[i].searched_from = store_watched_from(
			    in->store, in->run, r->v[i].log->id);
		search->narrow |= logs[i].searched_from > 0;
	}
}

/* Build the report; with keep, store its findings. */
static struct report *
build(const struct run_report_input *in, bool keep)
{
	const struct sync_result *r = in->result;
	struct report_log *logs = mem_alloc(r->n, sizeof *logs);
	struct report_range **ranges = mem_alloc(r->n, sizeof *ranges);
	struct report_source *sources = sources_of(in->lists);
	struct cover_option cover = { .rests_on = NULL };
	struct report *report;
	struct caa_report caa;
	struct search search;

	load_search(in, &search);
	if (in->skip_operator != NULL)
		load_cover(in, &cover);
	caa_report_load(in->store, in->caa, &caa);
	load_logs(in, &search, logs, ranges);
	report = report_build(
	    &(struct report_input){ .run = in->run,
	        .started = in->started,
	        .since = in->since,
	        .ended = time_now(),
	        .elapsed = time_mono() - in->began,
	        .keep = keep,
	        .version = PACKAGE_VERSION,
	        .exit_status = in->status | exit_status(in),
	        .fail_on = fail_on(in),
	        .fail_on_watched = fail_on_watched(in),
	        .new_items = search.fresh.items,
	        .n_new_items = search.narrow ? search.fresh.n : 0,
	        .new_items_count = search.narrow ? search.fresh.count : 0,
	        .new_items_since = in->searched_since,
	        .doubts = search.doubts,
	        .n_doubts = search.n_doubts,
	        .doubts_count = search.doubts_count,
	        .pinset = in->pinset,
	        .pinset_file = in->pinset_file,
	        .watchlist_file = in->watchlist_file,
	        .watched = watch_count(in->watch),
	        .caa = caa.in,
	        .operators_behind = (int)coverage_operators_behind(r->v, r->n),
	        .cover = in->skip_operator != NULL ? &cover.report : NULL,
	        .logs = logs,
	        .n_logs = r->n,
	        .sources = sources,
	        .n_sources = in->lists->n_sources,
	        .entries = r->entries,
	        .bytes = r->bytes,
	        .matched = r->matched },
	    in->store);
	for (size_t i = 0; i < r->n; i++)
		free(ranges[i]);
	free(ranges);
	free(sources);
	free(logs);
	caa_report_fini(&caa);
	store_watched_fini(&search.fresh);
	store_watched_fini(&search.silent);
	free(search.doubts);
	cover_option_fini(&cover);
	return report;
}

struct report *
run_report(const struct run_report_input *in)
{
	return build(in, true);
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
run_report_unsaved(const struct run_report_input *in, struct sync_result *r,
    struct store *saved, const char *why)
{
	struct run_report_input changed = *in;
	struct report *report;

	if (in->run == 0)
		return NULL;
	for (size_t i = 0; i < r->n; i++)
		unsave(&r->v[i], saved);
	changed.store = saved;
	changed.result = r;
	report = build(&changed, false);
	if (report != NULL)
		report_add_failure(report, why);
	return report;
}
