/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "judge/close_findings.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/judge/evaluate_revocation.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/store/store_response.h>

/* An open finding about a certificate. */
struct open_finding {
	char id[2 * SHA256_SIZE + 1];
	uint8_t tbs[SHA256_SIZE];
	char *detail; /* owned */
	bool ours;    /* CTW050, CTW051 or CTW052 */
	int severity;
};

struct pass {
	struct store *s;
	int64_t now, run;
	struct open_finding *v;
	size_t n;
	bool ok;
};

static void
gather(void *arg, const struct store_finding *f)
{
	struct pass *x = arg;
	struct open_finding *o;

	x->v = mem_grow(x->v, x->n, sizeof *x->v);
	o = &x->v[x->n++];
	memcpy(o->id, f->id, sizeof o->id);
	memcpy(o->tbs, f->tbs_sha256, SHA256_SIZE);
	o->detail = mem_strdup(f->detail != NULL ? f->detail : "{}");
	o->ours = close_findings_of_response(f->rule);
	o->severity = f->severity;
}

static int
by_cert(const void *a, const void *b)
{
	const struct open_finding *x = a, *y = b;

	return memcmp(x->tbs, y->tbs, SHA256_SIZE);
}

/* Which watched names the certificate matches, as its findings v say: of one
 * of other rules, else of one of ours.  The caller frees it. */
static char *
detail_of(const struct open_finding *v, size_t n)
{
	static const char *const members[] = { "watched", "matched_names",
		"matched_count", "matches" };
	json_t *from, *to = json_object();
	size_t at = 0;
	char *text;

	while (at + 1 < n && v[at].ours)
		at++;
	from = json_loads(v[at].detail, 0, NULL);
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (json_object_get(from, members[i]) != NULL)
			json_object_set(
			    to, members[i], json_object_get(from, members[i]));
	text = json_dumps(to, JSON_COMPACT);
	json_decref(from);
	json_decref(to);
	return text;
}

/* Open the finding of a rule about the certificate of the findings v. */
static void
open_finding(struct pass *x, const char *id, const struct open_finding *v,
    size_t n, const char *message)
{
	const struct rules_rule *rule = rules_find(id);
	char hex[2 * SHA256_SIZE + 1], *detail = detail_of(v, n);
	const char *field = hex;
	struct store_finding f = { .rule = (char *)(uintptr_t)rule->id,
		.severity = (int)rule->severity,
		.status = STORE_NEW,
		.subject = hex,
		.message = (char *)(uintptr_t)message,
		.detail = detail,
		.first_seen = x->now,
		.last_seen = x->now,
		.first_run = x->run,
		.last_run = x->run };

	text_hex((struct bytes){ v->tbs, SHA256_SIZE }, hex);
	memcpy(f.tbs_sha256, v->tbs, SHA256_SIZE);
	rules_fingerprint(rule, &field, 1, f.id);
	x->ok = store_finding_save(x->s, &f) && x->ok;
	free(detail);
}

/* Close the finding of a rule about the certificate of the findings v, if it is
 * one of them. */
static void
close_rule(struct pass *x, const char *id, const struct open_finding *v,
    size_t n, const char *reason)
{
	char hex[2 * SHA256_SIZE + 1], print[2 * SHA256_SIZE + 1];
	const char *field = hex;

	text_hex((struct bytes){ v->tbs, SHA256_SIZE }, hex);
	rules_fingerprint(rules_find(id), &field, 1, print);
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].id, print) == 0)
			x->ok =
			    close_findings_one(x->s, print, reason) && x->ok;
}

/* Return the earliest revocation deadline of the reports about these findings;
 * 0 if none was sent or none has a deadline. */
static int64_t
due(struct pass *x, const struct open_finding *v, size_t n, int64_t *sent)
{
	int64_t first = 0;

	for (size_t i = 0; i < n; i++) {
		struct store_report r;

		if (store_report_load(x->s, v[i].id, &r) && r.due != 0 &&
		    (first == 0 || r.due < first)) {
			first = r.due;
			*sent = r.sent;
		}
		store_report_fini(&r);
	}
	return first;
}

static void
revoked(struct pass *x, const struct open_finding *v, size_t n,
    const struct store_revocation *r)
{
	char date[TIME_TEXT], *text;

	time_format_date(r->date, date);
	text = mem_printf("revoked on %s (reason %d)", date, r->reason);
	for (size_t i = 0; i < n; i++)
		if (!v[i].ours)
			x->ok =
			    close_findings_one(x->s, v[i].id, text) && x->ok;
	close_rule(x, "CTW051", v, n, text);
	close_rule(x, "CTW052", v, n, text);
	free(text);
	text = mem_printf("the CA revoked the certificate on %s, reason %d, by "
	                  "the %s %s",
	    date, r->reason, r->by_ocsp ? "OCSP responder" : "CRL",
	    r->url != NULL ? r->url : "?");
	open_finding(x, "CTW050", v, n, text);
	free(text);
}

/* All open findings about one certificate. */
static void
judge(struct pass *x, const struct open_finding *v, size_t n)
{
	char at[TIME_TEXT], limit[TIME_TEXT], *text;
	int64_t sent = 0, limit_at = due(x, v, n, &sent);
	struct store_revocation r;
	bool known = store_revocation_load(x->s, v->tbs, &r), only_ours = true;

	for (size_t i = 0; i < n; i++)
		only_ours &= v[i].ours;
	if (known && r.status == STORE_REVOCATION_REVOKED)
		revoked(x, v, n, &r);
	else if (only_ours)
		for (size_t i = 0; i < n; i++)
			x->ok = close_findings_one(
			            x->s, v[i].id, CLOSE_FINDINGS_GONE) &&
			    x->ok;
	else {
		time_format(sent, at);
		time_format(limit_at, limit);
		text = mem_printf("the certificate was reported to its CA on "
		                  "%s and should have been revoked by %s",
		    at, limit);
		if (limit_at != 0 && limit_at < x->now)
			open_finding(x, "CTW051", v, n, text);
		else
			close_rule(x, "CTW051", v, n, CLOSE_FINDINGS_GONE);
		free(text);
		/* CTW035 is of certificates that name no CRL and no OCSP. */
		if (known && r.status == STORE_REVOCATION_UNKNOWN &&
		    r.url != NULL)
			open_finding(x, "CTW052", v, n,
			    r.why != NULL ? r.why : "the status is unknown");
		else
			close_rule(x, "CTW052", v, n, CLOSE_FINDINGS_GONE);
	}
	store_revocation_fini(&r);
}

bool
evaluate_revocation(struct store *s, int64_t now, int64_t run)
{
	struct pass x = { .s = s, .now = now, .run = run, .ok = true };

	/* Those about other certificates stay as they are. */
	x.ok = store_findings_response_each(s, CLOSE_FINDINGS_RESPONSE_FIRST,
	    CLOSE_FINDINGS_RESPONSE_LAST, now, gather, &x);
	if (x.n > 0)
		qsort(x.v, x.n, sizeof *x.v, by_cert);
	for (size_t i = 0, next; i < x.n; i = next) {
		for (next = i + 1;
		     next < x.n && by_cert(&x.v[i], &x.v[next]) == 0; next++)
			;
		judge(&x, &x.v[i], next - i);
	}
	for (size_t i = 0; i < x.n; i++)
		free(x.v[i].detail);
	free(x.v);
	return x.ok;
}
