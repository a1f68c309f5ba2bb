/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cli/run/judge_logs.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/judge/log_findings.h>

/* The subject of a finding about all log lists together. */
#define ALL_LISTS "all log lists"

/* A log that accepts entries must sign a head per MMD. */
static int64_t
promised_mmd(const struct loglist_log *log)
{
	if (log->state == LOGLIST_READONLY || log->state == LOGLIST_RETIRED ||
	    log->url == NULL || strncmp(log->url, "file:", 5) == 0)
		return 0;
	return log->mmd > 0 ? log->mmd : TIME_DAY;
}

bool
judge_logs(struct store *s, const struct sync_result *r, int64_t started,
    int64_t run, int64_t since, bool *misbehaved)
{
	struct log_findings_log *logs = mem_alloc(r->n, sizeof *logs);
	struct log_findings_met *met =
	    mem_alloc(r->n_findings + r->n_cleared, sizeof *met);
	struct cover cover;
	struct log_findings_input in = { .s = s,
		.started = started,
		.run = run,
		.since = since,
		.now = time_now(),
		.logs = logs,
		.n_logs = r->n,
		.met = met,
		.n_met = r->n_findings + r->n_cleared,
		.merged = r->merged };
	bool ok;

	coverage_cover(r->v, r->n, in.now, &cover);
	in.operators_behind = !r->merged && !cover.complete;
	*misbehaved = false;
	for (size_t i = 0; i < r->n; i++) {
		const struct coverage *c = &r->v[i];

		logs[i] = (struct log_findings_log){ .id = c->log->id,
			.description = c->log->description,
			.complete = c->status == COVERAGE_COMPLETE &&
			    c->issuers_missing == 0,
			.has_head = c->has_head,
			.head_time = (int64_t)c->head.timestamp,
			.mmd = promised_mmd(c->log) };
	}
	for (size_t i = 0; i < r->n_findings; i++) {
		const struct sync_log_finding *f = &r->findings[i];

		met[i] = (struct log_findings_met){ f->log->id,
			f->log->description, f->rule, f->message, false };
		*misbehaved |= strcmp(f->rule, "CTW070") == 0;
	}
	for (size_t i = 0; i < r->n_cleared; i++) {
		const struct sync_log_clearing *c = &r->cleared[i];

		met[r->n_findings + i] = (struct log_findings_met){ c->log->id,
			c->log->description, c->rule, c->reason, true };
	}
	ok = log_findings_judge(&in);
	free(logs);
	free(met);
	return ok;
}

bool
judge_logs_lists(
    struct store *s, const struct loglist_load *l, int64_t started, int64_t run)
{
	bool ok = true;

	for (size_t i = 0; ok && i < l->n_sources; i++) {
		const struct loglist_load_source *source = &l->sources[i];
		char *message;

		if (source->suspect == NULL)
			continue;
		message = mem_printf("the log list %s is suspect: %s",
		    source->name, source->suspect);
		ok = log_findings_state(
		    s, started, run, "CTW057", source->name, message);
		free(message);
	}
	if (ok && l->suspect != NULL)
		ok = log_findings_state(
		    s, started, run, "CTW057", ALL_LISTS, l->suspect);
	return ok && log_findings_close_rest(s, "CTW057", run);
}
