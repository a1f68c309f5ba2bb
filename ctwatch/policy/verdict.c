/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "policy/same_key.h"
#include "policy/verdict_case.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>

/* Room for one message. */
#define MESSAGE_TEXT 4096

/* ---- adding findings ---- */

/* The pinset's wishes count, and what has ended already counts less. */
static enum rules_severity
modify(const struct verdict_case *j, const struct pinset_domain *d,
    const struct rules_rule *rule, enum rules_severity base)
{
	int s = (int)base;
	int least = strcmp(rule->id, "CTW001") == 0 ? RULES_LOW : RULES_NOTE;

	if (base == RULES_NOTE)
		return base;
	if (d != NULL)
		s += d->criticality;
	if (j->not_after < j->in->last_run)
		s = least;
	else if (j->not_after < j->in->now)
		s--;
	if (d != NULL && d->monitor && s > RULES_MEDIUM)
		s = RULES_MEDIUM;
	return s < least              ? (enum rules_severity)least
	    : s > (int)RULES_CRITICAL ? RULES_CRITICAL
	                              : (enum rules_severity)s;
}

/* What a finding's fingerprint is made of. */
static void
fingerprint(const struct verdict_case *j, const struct cert_domain *c,
    const struct rules_rule *rule, char out[static 65])
{
	const char *fields[2] = { c->pattern, j->tbs_hex };
	char issuer[2 * SHA256_SIZE + 1];

	if (rule->key == RULES_SPKI) {
		fields[0] = j->spki_hex;
		rules_fingerprint(rule, fields, 1, out);
		return;
	}
	if (rule->key == RULES_DOMAIN) {
		text_hex((struct bytes){ j->chain.spki_sha256[0], SHA256_SIZE },
		    issuer);
		fields[1] = issuer;
	}
	rules_fingerprint(rule, fields, 2, out);
}

void
verdict_add(struct verdict_case *j, const struct cert_domain *c, const char *id,
    enum rules_severity severity, const char *fmt, ...)
{
	const struct rules_rule *rule = rules_find(id);
	struct verdict *out = j->out;
	struct verdict_finding f = { .rule = rule };
	struct buf message;
	va_list ap;

	fingerprint(j, c, rule, f.fingerprint);
	f.severity = modify(j, c->d, rule, severity);
	for (size_t i = 0; i < out->n; i++) {
		struct verdict_finding *same = &out->v[i];

		if (strcmp(same->fingerprint, f.fingerprint) != 0)
			continue;
		if (same->severity < f.severity)
			same->severity = f.severity;
		return;
	}
	f.subject = mem_strdup(rule->key == RULES_SPKI ? j->pin : c->pattern);
	buf_init(&message, MESSAGE_TEXT);
	buf_add_text(&message, c->name);
	if (c->n_names > 1)
		buf_printf(&message, " and %zu more", c->n_names - 1);
	buf_add_text(&message, ": ");
	va_start(ap, fmt);
	buf_vprintf(&message, fmt, ap);
	va_end(ap);
	f.message = buf_detach(&message);
	out->v = mem_grow(out->v, out->n, sizeof *out->v);
	out->v[out->n++] = f;
	/* The rules up to 018 and 033 say whether it should exist at all. */
	if (severity > RULES_NOTE &&
	    (strcmp(id, "CTW018") <= 0 || strcmp(id, "CTW033") == 0))
		out->expected = false;
}

/* ---- the issuer's side ---- */

/* The next character of a DN, which a backslash may escape (RFC 4514, 2.4). */
static char
take_character(const char **dn)
{
	const char *s = *dn;
	uint8_t byte;

	if (s[0] == '\\' && s[1] != '\0') {
		const char hex[] = { s[1], s[2], '\0' };

		if (text_unhex(hex, &byte, 1)) {
			*dn += 3;
			return (char)byte;
		}
		++*dn;
	}
	return *(*dn)++;
}

/* Report whether the issuer's DN is this name, or its commonName is. */
static bool
bears_name(const char *dn, const char *name)
{
	if (strcmp(dn, name) == 0)
		return true;
	if (strncmp(dn, "CN=", 3) != 0)
		return false;
	for (dn += 3; *name != '\0'; name++)
		if (*dn == '\0' || take_character(&dn) != *name)
			return false;
	return *dn == ',' || *dn == '+' || *dn == '\0';
}

static bool
issuer_is_listed(const struct verdict_case *j, const struct pinset_domain *d)
{
	for (size_t i = 0; i < d->n_issuers; i++)
		if (chain_has(
		        &j->chain, j->p->issuers[d->issuers[i]].spki_sha256))
			return true;
	return false;
}

static void
judge_issuer(
    struct verdict_case *j, const struct cert_domain *c, bool unknown_key)
{
	const struct pinset_domain *d = c->d;
	char pin[PINSET_PIN_TEXT];

	if (d->n_issuers == 0 || issuer_is_listed(j, d))
		return;
	if (j->chain.n == 0) {
		VERDICT_ADD(j, c, "CTW018",
		    "issued by %.*s; with which key cannot be told: %s",
		    LIMIT_SHOWN_TEXT, j->info.issuer,
		    j->chain.broken ? "the chain does not verify"
		                    : "there is no chain");
		return;
	}
	pinset_pin_format(j->chain.spki_sha256[0], pin);
	verdict_add(j, c, "CTW002", unknown_key ? RULES_CRITICAL : RULES_HIGH,
	    "issued by %.*s, whose key %s is not among the domain's issuers",
	    LIMIT_SHOWN_TEXT, j->info.issuer, pin);
	for (size_t i = 0; i < d->n_issuers; i++) {
		const struct pinset_issuer *e = &j->p->issuers[d->issuers[i]];

		if (e->name != NULL && bears_name(j->info.issuer, e->name))
			VERDICT_ADD(j, c, "CTW010",
			    "the issuer bears the name of %.*s (%.*s) and "
			    "signed with another key, %s",
			    LIMIT_SHOWN_TEXT, e->id, LIMIT_SHOWN_TEXT,
			    j->info.issuer, pin);
	}
}

/* ---- one pattern ---- */

static void
judge_watch_only(struct verdict_case *j, const struct cert_domain *c)
{
	const struct pinset_key *k = j->out->key;

	VERDICT_ADD(j, c, "CTW000", VERDICT_KEY_TEXT, VERDICT_KEY_ARGS(j));
	if (k != NULL && k->state != PINSET_COMPROMISED)
		VERDICT_ADD(j, c, "CTW003",
		    VERDICT_KEY_TEXT
		    ", your key %.*s, which the pinset does not give "
		    "to this name",
		    VERDICT_KEY_ARGS(j), LIMIT_SHOWN_TEXT, k->id);
	if (j->chain.n > 0 && (c->d == NULL || c->d->n_issuers == 0))
		VERDICT_ADD(j, c, "CTW015",
		    "issued by %.*s, a CA key that is new for this name",
		    LIMIT_SHOWN_TEXT, j->info.issuer);
	if (c->d != NULL)
		judge_issuer(j, c, false);
}

/* What is wrong with the certificate whoever's it is. */
static void
judge_conformity(struct verdict_case *j, const struct cert_domain *c)
{
	const struct pinset_domain *d = c->d;
	bool asserted = d == NULL || d->n_policy_oids == 0;

	for (size_t i = 0; i < j->conform.n; i++) {
		const struct cert_lint_fault *f = &j->conform.v[i];

		verdict_add(j, c, f->rule, f->severity, "issued by %.*s: %s",
		    LIMIT_SHOWN_TEXT, j->info.issuer, f->text);
	}
	for (size_t i = 0; !asserted && i < d->n_policy_oids; i++)
		asserted = cert_lint_asserts(&j->cert, d->policy_oids[i]);
	if (!asserted)
		VERDICT_ADD(j, c, "CTW011",
		    "issued by %.*s under none of the policies that the "
		    "domain expects",
		    LIMIT_SHOWN_TEXT, j->info.issuer);
}

static void
judge_concern(struct verdict_case *j, const struct cert_domain *c)
{
	const struct pinset_domain *d = c->d;
	const struct pinset_key *k = j->out->key;
	bool unknown = false;

	if (d != NULL && d->relinquished != 0 &&
	    j->not_before > d->relinquished) {
		if (k != NULL)
			VERDICT_ADD(j, c, "CTW017",
			    VERDICT_KEY_TEXT
			    ", your key %.*s, after you gave up the "
			    "domain",
			    VERDICT_KEY_ARGS(j), LIMIT_SHOWN_TEXT, k->id);
		return;
	}
	judge_conformity(j, c);
	if (k != NULL && k->state == PINSET_COMPROMISED)
		VERDICT_ADD(j, c, "CTW004",
		    VERDICT_KEY_TEXT ", your compromised key %.*s",
		    VERDICT_KEY_ARGS(j), LIMIT_SHOWN_TEXT, k->id);
	if (d == NULL || d->n_keys == 0) {
		judge_watch_only(j, c);
		return;
	}
	if (k == NULL || k->state != PINSET_COMPROMISED) {
		unknown = verdict_key_judge(j, c);
		verdict_key_unrelated_names(j, c);
	}
	judge_issuer(j, c, unknown);
}

/* ---- the certificate ---- */

static void
read_cert(struct verdict_case *j)
{
	const struct verdict_input *in = j->in;

	/* What cannot be read whole is still judged by what can. */
	if (in->tbs)
		cert_parse_tbs(in->der, &j->cert);
	else
		cert_parse(in->der, &j->cert);
	certinfo_parse(in->der, in->tbs, &j->info);
	text_hex(
	    (struct bytes){ j->info.spki_sha256, SHA256_SIZE }, j->spki_hex);
	text_hex((struct bytes){ j->info.tbs_sha256, SHA256_SIZE }, j->tbs_hex);
	pinset_pin_format(j->info.spki_sha256, j->pin);
	j->not_before =
	    j->info.not_before != CERTINFO_NO_TIME ? j->info.not_before : 0;
	j->not_after = j->info.not_after != CERTINFO_NO_TIME ? j->info.not_after
	                                                     : INT64_MAX;
	chain_follow(in->tbs ? (struct bytes){ NULL, 0 } : in->der,
	    in->issuer_key_hash, in->chain, &j->chain);
	cert_lint_check(
	    &(struct cert_lint_input){ .der = in->der,
	        .tbs = in->tbs,
	        .cert = &j->cert,
	        .chain = &j->chain,
	        .not_before = j->info.not_before,
	        .not_after = j->info.not_after,
	        .now = in->now,
	        .sct_timestamp = in->sct_timestamp,
	        .max_validity_days = j->p != NULL ? j->p->max_validity_days : 0,
	        .logs = in->logs,
	        .n_logs = in->n_logs },
	    &j->conform);
}

/* Whoever stole a key can use it in any encoding. */
static void
find_key(struct verdict_case *j)
{
	j->out->key = pinset_key(j->p, j->info.spki_sha256);
	if (j->out->key != NULL)
		return;
	j->twin = same_key_find(j->p, j->cert.spki);
	if (j->twin != NULL && j->twin->state == PINSET_COMPROMISED)
		j->out->key = j->twin;
}

static int
compare_findings(const void *a, const void *b)
{
	const struct verdict_finding *x = a, *y = b;
	int order = (int)y->severity - (int)x->severity;

	if (order == 0)
		order = strcmp(x->rule->id, y->rule->id);
	return order != 0 ? order : strcmp(x->subject, y->subject);
}

void
verdict_sort(struct verdict_finding *v, size_t n)
{
	if (n > 0)
		qsort(v, n, sizeof *v, compare_findings);
}

void
verdict_finding_fini(struct verdict_finding *f)
{
	free(f->subject);
	free(f->message);
}

void
verdict_judge(
    const struct pinset *p, const struct verdict_input *in, struct verdict *out)
{
	struct verdict_case j = { .p = p, .in = in, .out = out };

	*out = (struct verdict){ 0 };
	buf_init(&j.strangers, MESSAGE_TEXT);
	read_cert(&j);
	if (p != NULL)
		find_key(&j);
	cert_domains_find(p, in, &j.cert, &j.concerns);
	out->expected = j.concerns.n > 0;
	if (p != NULL)
		cert_domains_unrelated_names(p, in, &j.concerns, &j.strangers);
	for (size_t i = 0; i < j.concerns.n; i++)
		judge_concern(&j, &j.concerns.v[i]);
	verdict_sort(out->v, out->n);
	cert_domains_fini(&j.concerns);
	buf_fini(&j.strangers);
	cert_lint_fini(&j.conform);
	certinfo_fini(&j.info);
}

void
verdict_fini(struct verdict *v)
{
	for (size_t i = 0; i < v->n; i++)
		verdict_finding_fini(&v->v[i]);
	free(v->v);
	*v = (struct verdict){ 0 };
}
