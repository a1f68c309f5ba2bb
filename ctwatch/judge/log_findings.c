/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "judge/close_findings.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/judge/log_findings.h>

/* Maximum time that tree heads may be ahead of the clock. */
#define CLOCK_SKEW (5 * TIME_MINUTE)

/* Save a finding that is not about a certificate. */
static bool
open_finding(struct store *s, int64_t started, int64_t run, const char *rule_id,
    const char *subject, const char *field, const char *watched,
    const char *message)
{
	const struct rules_rule *rule = rules_find(rule_id);
	json_t *detail = watched != NULL
	    ? json_pack("{s[s]}", "watched", watched)
	    : json_object();
	struct store_finding f = { .rule = (char *)(uintptr_t)rule->id,
		.severity = (int)rule->severity,
		.status = STORE_NEW,
		.subject = (char *)(uintptr_t)subject,
		.message = (char *)(uintptr_t)message,
		.detail = json_dumps(detail, JSON_COMPACT),
		.first_seen = started,
		.last_seen = started,
		.first_run = run,
		.last_run = run };
	bool ok;

	rules_fingerprint(rule, &field, 1, f.id);
	ok = store_finding_save(s, &f);
	free(f.detail);
	json_decref(detail);
	return ok;
}

/* Close the finding with that ID, if there is one and it is open. */
static bool
close_open(struct store *s, const char *id, const char *reason)
{
	struct store_finding f;
	bool ok = true;

	if (!store_finding_load(s, id, &f))
		return true;
	if (f.status != STORE_CLOSED)
		ok = close_findings_one(s, id, reason);
	store_finding_fini(&f);
	return ok;
}

bool
log_findings_state(struct store *s, int64_t started, int64_t run,
    const char *rule, const char *subject, const char *message)
{
	char id[2 * SHA256_SIZE + 1];

	if (message != NULL)
		return open_finding(
		    s, started, run, rule, subject, subject, NULL, message);
	rules_fingerprint(rules_find(rule), &subject, 1, id);
	return close_open(s, id, CLOSE_FINDINGS_GONE);
}

bool
log_findings_close_rest(struct store *s, const char *rule, int64_t run)
{
	return close_findings_rule(s, rule, run);
}

/* ---- logs ---- */

/* Close findings about a log that later evidence refutes. */
static bool
close_met(
    struct store *s, const char *rule, const char *field, const char *reason)
{
	char id[2 * SHA256_SIZE + 1];

	rules_fingerprint(rules_find(rule), &field, 1, id);
	return close_open(s, id, reason);
}

bool
log_findings_save(struct store *s, int64_t started, int64_t run,
    const struct log_findings_met *m)
{
	char id[2 * SHA256_SIZE + 1], *message;
	bool ok;

	text_hex((struct bytes){ m->id, SHA256_SIZE }, id);
	if (m->close)
		return close_met(s, m->rule, id, m->message);
	message = mem_printf("%s: %s", m->description, m->message);
	ok = open_finding(
	    s, started, run, m->rule, m->description, id, NULL, message);
	free(message);
	return ok;
}

static bool
open_met(const struct log_findings_input *in)
{
	bool ok = true;

	for (size_t i = 0; ok && i < in->n_met; i++)
		ok =
		    log_findings_save(in->s, in->started, in->run, &in->met[i]);
	/* Logs of one operator may fail: browsers require a second operator. */
	return ok &&
	    (!in->operators_behind ||
	        open_finding(in->s, in->started, in->run, "CTW071",
	            LOG_FINDINGS_OPERATORS, "operators", NULL,
	            "logs of two or more operators are behind: a certificate "
	            "that browsers accept may be in logs that were not read"));
}

/* The argument of store_rejected_each. */
struct rejected {
	const struct log_findings_input *in;
	bool ok;
};

/* An entry that does not parse and contains a watched name. */
static void
open_rejected(void *arg, const struct store_rejected *r)
{
	struct rejected *to = arg;
	const struct log_findings_input *in = to->in;
	const char *log = "a log";
	char id[2 * SHA256_SIZE + 1], *field, *message;

	if (r->match == NULL || !to->ok)
		return;
	for (size_t i = 0; i < in->n_logs; i++)
		if (memcmp(in->logs[i].id, r->log_id, SHA256_SIZE) == 0)
			log = in->logs[i].description;
	text_hex((struct bytes){ r->log_id, SHA256_SIZE }, id);
	field = mem_printf("%s\n%" PRIu64, id, r->index);
	message = strcmp(r->reason, STORE_REJECTED_CA) == 0
	    ? mem_printf("%s: entry %" PRIu64 " is the certificate of a CA, "
	                 "which may certify any name outside the log",
	          log, r->index)
	    : mem_printf(
	          "%s: entry %" PRIu64
	          " does not parse (%s), but its readable part matches %s",
	          log, r->index, r->reason, r->match);
	to->ok = open_finding(in->s, in->started, in->run, "CTW060", r->match,
	    field, r->match, message);
	free(field);
	free(message);
}

/* ---- the clock ---- */

/*
 * Logs have their own clocks.  If the heads of most logs are in the future, or
 * older than the MMD, this machine's clock is wrong.
 */
static bool
judge_clock(const struct log_findings_input *in)
{
	size_t heads = 0, ahead = 0, live = 0, stale = 0;
	char *message = NULL;
	bool ok;

	for (size_t i = 0; i < in->n_logs; i++) {
		const struct log_findings_log *l = &in->logs[i];
		int64_t limit = l->mmd > TIME_DAY ? l->mmd : TIME_DAY;

		heads += l->has_head;
		ahead += l->has_head && l->head_time > in->now + CLOCK_SKEW;
		live += l->has_head && l->mmd > 0;
		stale += l->has_head && l->mmd > 0 &&
		    l->head_time < in->now - limit - TIME_HOUR;
	}
	if (heads == 0)
		return true;
	if (2 * ahead > heads)
		message = mem_printf("the heads of %zu of %zu logs are more "
		                     "than %d minutes ahead of this machine's "
		                     "clock",
		    ahead, heads, (int)(CLOCK_SKEW / TIME_MINUTE));
	else if (2 * stale > live)
		message = mem_printf(
		    "the newest heads of %zu of %zu logs are more than a day "
		    "behind this machine's clock: it is ahead, or these logs "
		    "have stopped; no finding expires until they agree",
		    stale, live);
	ok = log_findings_state(
	    in->s, in->started, in->run, "CTW072", "clock", message);
	free(message);
	return ok;
}

bool
log_findings_judge(const struct log_findings_input *in)
{
	struct rejected to = { in, true };

	return open_met(in) &&
	    (in->merged ||
	        close_findings_logs(in->s, in->logs, in->n_logs, in->run)) &&
	    store_rejected_each(in->s, in->since, open_rejected, &to) &&
	    to.ok && (in->merged || judge_clock(in)) &&
	    store_finding_end_suppressions(
	        in->s, store_head_time(in->s, in->now));
}
