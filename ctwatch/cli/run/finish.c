/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ending: what a run makes of what it read: findings, report, messages.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/run/setup.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/judge/evaluate.h>
#include <ctwatch/judge/evaluate_pinset.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/rotate/approvers.h>
#include <ctwatch/store/journal.h>

/* What the finding that is about no single log is about. */
#define TWO_OPERATORS "two operators"

/* The subject of a finding about all log lists together. */
#define ALL_LISTS "all log lists"

/* How far logs' heads may be ahead of the clock. */
#define CLOCK_SKEW (5 * TIME_MINUTE)

/* Save a finding that is about logs, not about a certificate. */
static bool
save_finding(struct run_context *n, const char *rule_id, const char *subject,
    const char *field, const char *watched, const char *message)
{
	const struct rules_rule *rule = rules_find(rule_id);
	json_t *detail = watched != NULL
	    ? json_pack("{s[s]}", "watched", watched)
	    : json_object();
	struct store_finding f = { .rule = (char *)rule->id,
		.severity = (int)rule->severity,
		.status = STORE_NEW,
		.subject = (char *)subject,
		.message = (char *)message,
		.detail = json_dumps(detail, JSON_COMPACT),
		.first_seen = n->started,
		.last_seen = n->started,
		.first_run = n->run,
		.last_run = n->run };
	bool ok;

	rules_fingerprint(rule, &field, 1, f.id);
	ok = store_finding_save(n->store, &f);
	free(f.detail);
	json_decref(detail);
	return ok;
}

static bool
save_log_findings(struct run_context *n)
{
	const struct sync_result *r = &n->result;
	bool ok = true;

	for (size_t i = 0; ok && i < r->n_findings; i++) {
		const struct sync_log_finding *f = &r->findings[i];
		char id[2 * SHA256_SIZE + 1], *message;

		text_hex((struct bytes){ f->log->id, SHA256_SIZE }, id);
		message = mem_printf("%s: %s", f->log->description, f->message);
		ok = save_finding(
		    n, f->rule, f->log->description, id, NULL, message);
		free(message);
		if (strcmp(f->rule, "CTW070") == 0)
			n->status |= CLI_MISBEHAVED;
	}
	/* One operator's logs may fail: browsers want a second one's. */
	if (ok && coverage_operators_behind(r->v, r->n) >= 2)
		ok = save_finding(n, "CTW071", TWO_OPERATORS, "operators", NULL,
		    "logs of two or more operators are behind: a certificate "
		    "that browsers accept may be in logs that were not read");
	return ok;
}

/* The fingerprint of a finding about a log, whatever lists call it. */
static void
log_fingerprint(const char *rule, const struct loglist_log *log,
    char out[static 2 * SHA256_SIZE + 1])
{
	char id[2 * SHA256_SIZE + 1];
	const char *field = id;

	text_hex((struct bytes){ log->id, SHA256_SIZE }, id);
	rules_fingerprint(rules_find(rule), &field, 1, out);
}

/* Report whether the log of a finding was read to its end in this run. */
static bool
is_read(const struct sync_result *r, const struct store_finding *f)
{
	char id[2 * SHA256_SIZE + 1];

	for (size_t i = 0; i < r->n; i++) {
		log_fingerprint(f->rule, r->v[i].log, id);
		if (strcmp(id, f->id) == 0)
			return r->v[i].status == COVERAGE_COMPLETE;
	}
	return false;
}

static bool
close_finding(struct run_context *n, const char *id, const char *reason)
{
	return store_finding_status(n->store, id, STORE_CLOSED, 0, reason) &&
	    journal_add(
	        n->store, "ctwatch", "finding-closed", id, reason, NULL);
}

/* What store_findings_each carries along. */
struct closing {
	struct run_context *n;
	bool ok;
};

/* A log that is read again, with nothing to say of it, is out of reach no
 * more. */
static void
close_reached(void *arg, const struct store_finding *f)
{
	struct closing *to = arg;
	struct run_context *n = to->n;

	if (!to->ok || f->status == STORE_CLOSED || f->last_run >= n->run ||
	    strcmp(f->rule, "CTW071") != 0)
		return;
	if (strcmp(f->subject, TWO_OPERATORS) != 0 && !is_read(&n->result, f))
		return;
	to->ok = close_finding(n, f->id, "read again");
}

static bool
close_log_findings(struct run_context *n)
{
	struct closing to = { n, true };

	return store_findings_each(n->store, close_reached, &to) && to.ok;
}

/* Save a finding for each log list that is suspect. */
static bool
save_list_findings(struct run_context *n)
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
		ok = save_finding(n, "CTW057", s->name, s->name, NULL, message);
		free(message);
	}
	return ok &&
	    (l->suspect == NULL ||
	        save_finding(
	            n, "CTW057", ALL_LISTS, ALL_LISTS, NULL, l->suspect));
}

/* Close the finding of a list that is suspect no more. */
static void
close_list(void *arg, const struct store_finding *f)
{
	struct closing *to = arg;

	if (to->ok && f->status != STORE_CLOSED && f->last_run < to->n->run &&
	    strcmp(f->rule, "CTW057") == 0)
		to->ok = close_finding(to->n, f->id, "no longer applies");
}

static bool
check_lists(struct run_context *n)
{
	struct closing to = { n, true };

	return save_list_findings(n) &&
	    store_findings_each(n->store, close_list, &to) && to.ok;
}

/* What store_rejected_each carries along. */
struct refusals {
	struct run_context *n;
	bool ok;
};

/* An entry that does not parse, and has a watched name in it. */
static void
save_refused(void *arg, const struct store_refused *r)
{
	struct refusals *to = arg;
	const struct sync_result *result = &to->n->result;
	const char *log = "a log";
	char id[2 * SHA256_SIZE + 1], *field, *message;

	if (r->match == NULL || !to->ok)
		return;
	for (size_t i = 0; i < result->n; i++)
		if (memcmp(result->v[i].log->id, r->log_id, SHA256_SIZE) == 0)
			log = result->v[i].log->description;
	text_hex((struct bytes){ r->log_id, SHA256_SIZE }, id);
	field = mem_printf("%s\n%" PRIu64, id, r->index);
	message = mem_printf("%s: entry %" PRIu64 " does not parse (%s), but "
	                     "what can be read of it concerns %s",
	    log, r->index, r->reason, r->match);
	to->ok =
	    save_finding(to->n, "CTW060", r->match, field, r->match, message);
	free(field);
	free(message);
}

static bool
save_refused_findings(struct run_context *n)
{
	struct refusals to = { n, true };

	return store_rejected_each(n->store, n->started, save_refused, &to) &&
	    to.ok;
}

/* Save what holds of a consumer, the pinset or the clock, or close it where
 * the message is NULL. */
static bool
save_state(struct run_context *n, const char *rule_id, const char *subject,
    const char *message)
{
	const struct rules_rule *rule = rules_find(rule_id);
	struct store_finding f;
	char id[2 * SHA256_SIZE + 1];
	bool ok = true;

	if (message != NULL)
		return save_finding(
		    n, rule_id, subject, subject, NULL, message);
	rules_fingerprint(rule, &subject, 1, id);
	if (!store_finding_load(n->store, id, &f))
		return true;
	if (f.status != STORE_CLOSED)
		ok = close_finding(n, id, "no longer applies");
	store_finding_fini(&f);
	return ok;
}

/*
 * Logs sign with clocks of their own: when the heads of most are of times to
 * come, it is this machine's that is wrong.
 */
static bool
check_clock(struct run_context *n)
{
	const struct sync_result *r = &n->result;
	size_t heads = 0, ahead = 0;
	char *message;
	bool ok;

	for (size_t i = 0; i < r->n; i++) {
		heads += r->v[i].has_head;
		ahead += r->v[i].has_head &&
		    (int64_t)r->v[i].head.timestamp > time_now() + CLOCK_SKEW;
	}
	if (heads == 0)
		return true;
	message = mem_printf("the heads of %zu of %zu logs are more than %d "
	                     "minutes ahead of this machine's clock",
	    ahead, heads, (int)(CLOCK_SKEW / TIME_MINUTE));
	ok = save_state(
	    n, "CTW072", "clock", 2 * ahead > heads ? message : NULL);
	free(message);
	return ok;
}

/*
 * Where a trust file stands beside the pinset, the pinset must be what its
 * approvers signed, and no older than what was used before.
 */
static bool
check_trust(struct run_context *n)
{
	const char *path = n->set.common.pinset;
	uint8_t digest[SHA256_SIZE];
	struct buf text, why;
	bool trusted, signs = true, ok = true;

	/* What came by standard input is gone. */
	if (n->pinset == NULL ||
	    (strcmp(path, "-") == 0 && n->set.trust == NULL))
		return true;
	buf_init(&text, LIMIT_USER_FILE);
	buf_init(&why, 4096);
	trusted = file_read(path, false, &text, &why) == FILE_OK;
	sha256_digest(buf_view(&text), digest);
	if (trusted && memcmp(digest, n->pinset->sha256, sizeof digest) != 0) {
		buf_printf(&why, "%s: was changed during the run", path);
		trusted = false;
	}
	if (trusted)
		switch (approvers_check(
		    path, buf_view(&text), n->set.trust, &why)) {
		case APPROVERS_NONE:
			signs = false;
			break;
		case APPROVERS_OK:
		case APPROVERS_EMERGENCY:
			trusted = approvers_remember(n->store, n->pinset, &why);
			break;
		case APPROVERS_FAILED:
			trusted = false;
			break;
		}
	if (!trusted) {
		n->status |= CLI_PINSET;
		msg_warn("%s", buf_text(&why));
	}
	if (signs)
		ok = save_state(n, "CTW073", n->pinset->name,
		    trusted ? NULL : buf_text(&why));
	buf_fini(&text);
	buf_fini(&why);
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
 * The run and its messages are committed as one; then they are sent, and the
 * report that says how that went takes the first one's place.  It is written
 * when it is saved, or says that it is not.
 */
static bool
finish(struct run_context *n, struct report *report,
    const struct report_writer *writer)
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
	if (!report_output(report, writer, n->store, n->set.output)) {
		report_add_exit(report, CLI_UNDELIVERED);
		saved = saved && save_run(n, report);
	}
	return saved;
}

/*
 * Keep tonight's checkpoint of the journal.  One that was tampered with is
 * said, and the night's work is saved all the same.
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

/* Judge what was read, and find out what else is wrong. */
static bool
judge(struct run_context *n)
{
	return save_log_findings(n) && close_log_findings(n) &&
	    check_lists(n) && save_refused_findings(n) && check_clock(n) &&
	    check_trust(n) && check_consumers(n, save_state) &&
	    evaluate_all(n->store, n->pinset, n->watch, n->lists.logs,
	        time_now(), n->run) &&
	    evaluate_pinset(n->store, n->pinset, time_now(), n->run) &&
	    keep_checkpoint(n);
}

void
run_finish(struct run_context *n, bool read, const struct report_writer *writer)
{
	struct report *report = read && judge(n) ? run_report(n) : NULL;
	bool saved = report != NULL && finish(n, report, writer);

	if (!saved) {
		msg_error("%s", store_error(n->store));
		n->status |= CLI_LOCAL;
	}
	if (report == NULL) {
		report = run_report_unsaved(n);
		if (report != NULL &&
		    !report_output(report, writer, n->store, n->set.output))
			report_add_exit(report, CLI_UNDELIVERED);
	}
	if (report != NULL)
		n->status |= report_exit_status(report);
	report_free(report);
}
