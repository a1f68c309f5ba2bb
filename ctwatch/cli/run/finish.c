/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finish: judge the results of a run, write the report, deliver the messages.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/run/setup.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/judge/evaluate.h>
#include <ctwatch/judge/evaluate_pinset.h>
#include <ctwatch/judge/evaluate_revocation.h>
#include <ctwatch/judge/log_findings.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/store/journal.h>

/* Save a finding about a consumer or the pinset, or close it if the message is
 * NULL. */
static bool
save_state(struct run_context *n, const char *rule, const char *subject,
    const char *message)
{
	return log_findings_state(
	    n->store, n->started, n->run, rule, subject, message);
}

/* The subject of a finding about all log lists together. */
#define ALL_LISTS "all log lists"

/* Save a finding for each log list that is suspect, and close those of the
 * lists that are not. */
static bool
judge_lists(struct run_context *n)
{
	const struct loglist_load *l = &n->lists;
	bool ok = true;

	for (size_t i = 0; ok && i < l->n_sources; i++) {
		const struct loglist_load_source *s = &l->sources[i];
		char *message;

		if (s->suspect == NULL)
			continue;
		message = mem_printf(
		    "the log list %s is suspect: %s", s->name, s->suspect);
		ok = save_state(n, "CTW057", s->name, message);
		free(message);
	}
	if (ok && l->suspect != NULL)
		ok = save_state(n, "CTW057", ALL_LISTS, l->suspect);
	return ok && log_findings_close_rest(n->store, "CTW057", n->run);
}

/* A log that accepts entries must sign a head per MMD. */
static int64_t
promised_mmd(const struct loglist_log *log)
{
	if (log->state == LOGLIST_READONLY || log->state == LOGLIST_RETIRED ||
	    log->url == NULL || strncmp(log->url, "file:", 5) == 0)
		return 0;
	return log->mmd > 0 ? log->mmd : TIME_DAY;
}

/* The findings about logs and the clock. */
static bool
judge_logs(struct run_context *n)
{
	const struct sync_result *r = &n->result;
	struct log_findings_log *logs = mem_alloc(r->n, sizeof *logs);
	struct log_findings_met *met =
	    mem_alloc(r->n_findings + r->n_cleared, sizeof *met);
	const struct log_findings_input in = { .s = n->store,
		.started = n->started,
		.run = n->run,
		.since = n->since,
		.now = time_now(),
		.logs = logs,
		.n_logs = r->n,
		.met = met,
		.n_met = r->n_findings + r->n_cleared,
		.operators_behind =
		    coverage_operators_behind(r->v, r->n) >= 2 };
	bool ok;

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
		if (strcmp(f->rule, "CTW070") == 0)
			n->status |= CLI_MISBEHAVED;
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

static bool
save_run(struct run_context *n, const struct report *report)
{
	const struct report_style style = { .store = n->store };
	struct buf json;
	bool ok;

	buf_init(&json, SIZE_MAX / 2);
	report_writer("json")->write(report, &style, &json);
	ok = store_run_end(n->store, n->run, time_now(),
	         report_exit_status(report), buf_view(&json)) &&
	    store_commit(n->store);
	buf_fini(&json);
	return ok;
}

/*
 * Commit the run and its messages in one transaction; then send them, and
 * replace the stored report by one with the result.  Write the report after
 * saving it, or with the error if that failed.
 */
static bool
finish(struct run_context *n, struct report *report)
{
	const struct notify_config *config = &n->ready.config;
	bool saved;

	saved = (!notify_configured(config) ||
	            notify_fill(config, report, n->store)) &&
	    save_run(n, report);
	if (saved && notify_configured(config)) {
		notify_helper_deliver(n, report);
		saved = save_run(n, report);
	}
	if (!saved)
		report_add_failure(report, store_error(n->store));
	if (!outputs_write(&n->outputs, report, n->store)) {
		report_add_exit(report, CLI_UNDELIVERED);
		saved = saved && save_run(n, report);
	}
	return saved;
}

/*
 * Save a checkpoint of the journal.  If the journal was tampered with, report
 * it and save the results of the run anyway.
 */
static bool
keep_checkpoint(struct run_context *n)
{
	struct journal_checkpoint now;
	struct buf error;
	bool sound;

	buf_init(&error, 4096);
	sound = journal_verify(n->store, NULL, &now, &error);
	if (!sound) {
		msg_error("%s", buf_text(&error));
		n->status |= CLI_LOCAL;
	}
	buf_fini(&error);
	return !sound || journal_checkpoint_save(n->store, &now, time_now());
}

/* Judge what was read, and what CAs did about it. */
static bool
judge(struct run_context *n)
{
	int64_t now;

	if (!judge_logs(n) || !judge_lists(n) ||
	    !check_trust_save(n, save_state) || !check_consumers(n, save_state))
		return false;
	now = store_head_time(n->store, time_now());
	return evaluate_all(n->store, n->pinset, n->trusted, n->watch,
	           n->lists.logs, now, n->run) &&
	    consumer_notes_add(n) && run_own_scts(n) &&
	    evaluate_pinset(n->store, n->pinset, now, n->run) &&
	    run_response_look_up(n) &&
	    evaluate_revocation(n->store, now, n->run) && keep_checkpoint(n);
}

void
run_finish(struct run_context *n, bool read)
{
	struct report *report = read && judge(n) ? run_report(n) : NULL;
	bool saved = report != NULL && finish(n, report);

	if (!saved) {
		msg_error("%s", store_error(n->store));
		n->status |= CLI_LOCAL;
	}
	if (report == NULL) {
		report = run_report_unsaved(n);
		if (report != NULL &&
		    !outputs_write(&n->outputs, report, n->store))
			report_add_exit(report, CLI_UNDELIVERED);
	}
	if (report != NULL)
		n->status |= report_exit_status(report);
	report_free(report);
}
