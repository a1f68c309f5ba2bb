/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "judge/close_findings.h"
#include <ctwatch/base/text.h>
#include <ctwatch/store/journal.h>

/* The argument of the steps through findings. */
struct closing {
	struct store *s;
	int64_t now, run;
	const struct close_findings_judged *judged;
	size_t n_judged;
	bool whole_keys;
	const struct log_findings_log *logs;
	size_t n_logs;
	bool ok;
};

bool
close_findings_one(struct store *s, const char *id, const char *reason)
{
	return store_finding_status(s, id, STORE_CLOSED, 0, reason) &&
	    journal_add(s, "ctwatch", "finding-closed", id, reason, NULL);
}

static void
close_for(struct closing *x, const struct store_finding *f, const char *reason)
{
	x->ok = x->ok && close_findings_one(x->s, f->id, reason);
}

/* Close f if it was not found in this run. */
static void
close_left(void *arg, const struct store_finding *f)
{
	struct closing *x = arg;

	if (f->last_run < x->run)
		close_for(x, f, CLOSE_FINDINGS_GONE);
}

/* ---- certificates ---- */

bool
close_findings_of_cert(const struct rules_rule *rule)
{
	return rule != NULL && rule->key == RULES_CERT;
}

bool
close_findings_of_response(const char *rule)
{
	return strcmp(rule, CLOSE_FINDINGS_RESPONSE_FIRST) >= 0 &&
	    strcmp(rule, CLOSE_FINDINGS_RESPONSE_LAST) <= 0;
}

bool
close_findings_of_audit(const char *rule)
{
	return (strcmp(rule, "CTW053") >= 0 && strcmp(rule, "CTW055") <= 0) ||
	    strcmp(rule, "CTW075") == 0;
}

bool
close_findings_of_caa(const char *rule)
{
	return strcmp(rule, "CTW014") == 0;
}

int64_t
close_findings_end(const struct cert *cert)
{
	int64_t t;

	return asn1_time_parse(cert->not_after, &t) ? t : INT64_MAX;
}

static int
compare_tbs(const void *key, const void *judged)
{
	return memcmp(key, ((const struct close_findings_judged *)judged)->tbs,
	    SHA256_SIZE);
}

enum validity {
	VALIDITY_UNKNOWN, /* the certificate is no longer stored */
	VALIDITY_VALID,
	VALIDITY_ENDED
};

static enum validity
validity_of(struct closing *x, const struct store_finding *f)
{
	enum validity v = VALIDITY_VALID;
	struct store_cert c;
	struct cert cert;

	if (!store_cert_load(x->s, f->tbs_sha256, &c))
		return VALIDITY_UNKNOWN;
	if (leaf_parse_cert(c.kind, c.der, &cert) == CERT_OK &&
	    close_findings_end(&cert) < x->now)
		v = VALIDITY_ENDED;
	store_cert_fini(&c);
	return v;
}

/* The clock was ahead when f was closed as expired. */
static void
reopen(struct closing *x, const struct store_finding *f)
{
	if (f->reason == NULL ||
	    strcmp(f->reason, CLOSE_FINDINGS_EXPIRED) != 0 ||
	    validity_of(x, f) != VALIDITY_VALID)
		return;
	x->ok = x->ok && store_finding_status(x->s, f->id, STORE_OPEN, 0, NULL);
	x->ok = x->ok &&
	    journal_add(x->s, "ctwatch", "finding-reopened", f->id,
	        "its certificate has not expired", NULL);
}

static const struct close_findings_judged *
find_judged(const struct closing *x, const uint8_t tbs[static SHA256_SIZE])
{
	return x->n_judged == 0 ? NULL
	                        : bsearch(tbs, x->judged, x->n_judged,
	                              sizeof *x->judged, compare_tbs);
}

static bool
was_judged(void *arg, const uint8_t tbs[static SHA256_SIZE])
{
	return find_judged(arg, tbs) != NULL;
}

static void
close_cert(void *arg, const struct store_finding *f)
{
	struct closing *x = arg;
	bool one = close_findings_of_cert(rules_find(f->rule));
	const struct close_findings_judged *j = find_judged(x, f->tbs_sha256);
	enum validity v;

	if (f->status == STORE_CLOSED) {
		if (one)
			reopen(x, f);
		return;
	}
	if (j != NULL && j->held)
		return;
	/* It was found in this pass, or was not judged. */
	if (f->last_run < x->run && !close_findings_of_response(f->rule) &&
	    !close_findings_of_audit(f->rule) &&
	    !close_findings_of_caa(f->rule) && (one || x->whole_keys) &&
	    j != NULL)
		close_for(x, f,
		    j->expected != NULL ? j->expected : CLOSE_FINDINGS_GONE);
	else if (one && (v = validity_of(x, f)) == VALIDITY_UNKNOWN)
		close_for(x, f, CLOSE_FINDINGS_UNLOGGED);
	else if (one && f->first_run < x->run && v == VALIDITY_ENDED)
		close_for(x, f, CLOSE_FINDINGS_EXPIRED);
}

bool
close_findings_certs(struct store *s, const struct close_findings_judged *v,
    size_t n, bool whole_keys, int64_t now, int64_t run)
{
	struct closing x = { .s = s,
		.now = now,
		.run = run,
		.judged = v,
		.n_judged = n,
		.whole_keys = whole_keys,
		.ok = true };

	return store_findings_ending_each(s,
	           &(struct store_findings_ending){ .now = now,
	               .run = run,
	               .expired = CLOSE_FINDINGS_EXPIRED,
	               .judged = n > 0 ? was_judged : NULL },
	           close_cert, &x) &&
	    x.ok;
}

/* ---- the pinset ---- */

bool
close_findings_pinset(struct store *s, int64_t run)
{
	struct closing x = { .s = s, .run = run, .ok = true };

	return store_findings_open_each(
	           s, "CTW020", "CTW028", close_left, &x) &&
	    store_findings_open_each(s, "CTW046", "CTW046", close_left, &x) &&
	    x.ok;
}

/* ---- any rule ---- */

bool
close_findings_rule(struct store *s, const char *rule, int64_t run)
{
	struct closing x = { .s = s, .run = run, .ok = true };

	return store_findings_open_each(s, rule, rule, close_left, &x) && x.ok;
}

/* ---- logs ---- */

/* Report whether the log of f was read to its end in this run. */
static bool
is_read(const struct closing *x, const struct store_finding *f)
{
	for (size_t i = 0; i < x->n_logs; i++) {
		char hex[2 * SHA256_SIZE + 1], id[2 * SHA256_SIZE + 1];
		const char *field = hex;

		text_hex((struct bytes){ x->logs[i].id, SHA256_SIZE }, hex);
		rules_fingerprint(rules_find(f->rule), &field, 1, id);
		if (strcmp(id, f->id) == 0)
			return x->logs[i].complete;
	}
	return false;
}

static void
close_log(void *arg, const struct store_finding *f)
{
	struct closing *x = arg;

	if (f->last_run < x->run &&
	    (strcmp(f->subject, LOG_FINDINGS_OPERATORS) == 0 || is_read(x, f)))
		close_for(x, f, CLOSE_FINDINGS_READ);
}

bool
close_findings_logs(
    struct store *s, const struct log_findings_log *v, size_t n, int64_t run)
{
	struct closing x = {
		.s = s, .run = run, .logs = v, .n_logs = n, .ok = true
	};

	return store_findings_open_each(s, "CTW071", "CTW071", close_log, &x) &&
	    x.ok;
}
