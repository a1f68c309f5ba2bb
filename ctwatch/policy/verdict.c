/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/same_key.h"
#include "policy/verdict_case.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/wire/leaf.h>

/* Room for one message. */
#define MESSAGE_TEXT 4096

/* ---- adding findings ---- */

/* Apply the severity modifier of the domain, and lower it for expired
 * certificates. */
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

/* Return the certificate's finding of this rule, or NULL. */
static struct verdict_finding *
find_rule(const struct verdict *v, const struct rules_rule *rule)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->v[i].rule == rule)
			return &v->v[i];
	return NULL;
}

static void
add_concern(struct verdict_gather *g, size_t index)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->concerns[i] == index)
			return;
	g->concerns = mem_grow(g->concerns, g->n, sizeof *g->concerns);
	g->concerns[g->n++] = index;
}

void
verdict_add(struct verdict_case *j, const struct cert_domain *c, const char *id,
    enum rules_severity severity, const char *fmt, ...)
{
	const struct rules_rule *rule = rules_find(id);
	enum rules_severity modified = modify(j, c->d, rule, severity);
	struct verdict *out = j->out;
	struct verdict_finding *f = find_rule(out, rule);
	const char *field = rule->key == RULES_SPKI ? j->spki_hex : j->tbs_hex;
	bool added = f == NULL;
	struct verdict_gather *g;
	struct buf text;
	va_list ap;

	if (added) {
		j->gather = mem_grow(j->gather, out->n, sizeof *j->gather);
		j->gather[out->n] = (struct verdict_gather){ .n = 0 };
		out->v = mem_grow(out->v, out->n, sizeof *out->v);
		f = &out->v[out->n++];
		*f = (struct verdict_finding){ .rule = rule };
		rules_fingerprint(rule, &field, 1, f->fingerprint);
	}
	g = &j->gather[f - out->v];
	add_concern(g, (size_t)(c - j->concerns.v));
	if (added || modified > f->severity) {
		f->severity = modified;
		g->first = c;
		free(g->text);
		buf_init(&text, MESSAGE_TEXT);
		va_start(ap, fmt);
		buf_vprintf(&text, fmt, ap);
		va_end(ap);
		g->text = buf_detach(&text);
	}
	if (rules_is_unexpected(rule, severity))
		out->expected = false;
}

static int
compare_texts(const void *a, const void *b)
{
	return strcasecmp(*(char *const *)a, *(char *const *)b);
}

/* Sort texts and drop duplicates. */
static void
sort_texts(char **v, size_t *n)
{
	size_t kept = 0;

	qsort(v, *n, sizeof *v, compare_texts);
	for (size_t i = 0; i < *n; i++)
		if (kept > 0 && strcasecmp(v[kept - 1], v[i]) == 0)
			free(v[i]);
		else
			v[kept++] = v[i];
	*n = kept;
}

/* List the patterns of a finding and the matching names. */
static void
list_concerns(const struct verdict_case *j, const struct verdict_gather *g,
    struct verdict_finding *f)
{
	const struct cert_domain *v = j->concerns.v;
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		n += v[g->concerns[i]].n_names;
	f->names = mem_alloc(n, sizeof *f->names);
	f->patterns = mem_alloc(g->n, sizeof *f->patterns);
	for (size_t i = 0; i < g->n; i++) {
		const struct cert_domain *c = &v[g->concerns[i]];

		f->patterns[f->n_patterns++] = mem_strdup(c->pattern);
		for (size_t k = 0; k < c->n_names; k++)
			f->names[f->n_names++] = mem_strdup(c->names[k]);
	}
	sort_texts(f->patterns, &f->n_patterns);
	sort_texts(f->names, &f->n_names);
}

static void
finish_finding(const struct verdict_case *j, struct verdict_gather *g,
    struct verdict_finding *f)
{
	struct buf message;

	list_concerns(j, g, f);
	f->subject =
	    mem_strdup(f->rule->key == RULES_SPKI ? j->pin : g->first->pattern);
	buf_init(&message, 2 * MESSAGE_TEXT);
	buf_add_text(&message, g->first->names[0]);
	if (f->n_names > 1)
		buf_printf(&message, " and %zu more", f->n_names - 1);
	buf_printf(&message, ": %s", g->text);
	f->message = buf_detach(&message);
	free(g->text);
	free(g->concerns);
}

static bool
has_text(char **v, size_t n, const char *text)
{
	return n > 0 && bsearch(&text, v, n, sizeof *v, compare_texts) != NULL;
}

bool
verdict_has_pattern(const struct verdict_finding *f, const char *pattern)
{
	return has_text(f->patterns, f->n_patterns, pattern);
}

bool
verdict_has_name(const struct verdict_finding *f, const char *name)
{
	return has_text(f->names, f->n_names, name);
}

static void
finish_findings(struct verdict_case *j)
{
	for (size_t i = 0; i < j->out->n; i++)
		finish_finding(j, &j->gather[i], &j->out->v[i]);
	free(j->gather);
	verdict_sort(j->out->v, j->out->n);
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

	if (d->n_issuers == 0 || issuer_is_listed(j, d) ||
	    verdict_is_other_purpose(j, c))
		return;
	if (j->chain.n == 0) {
		VERDICT_ADD(j, c, "CTW018",
		    "issued by %.*s; the issuer's key is unknown: %s",
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
			    "the issuer has the name of %.*s (%.*s) but signed "
			    "with another key, %s",
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
		    VERDICT_KEY_TEXT ", your key %.*s, which the pinset does "
		                     "not list for this name",
		    VERDICT_KEY_ARGS(j), LIMIT_SHOWN_TEXT, k->id);
	if (j->in->new_issuer && j->chain.n > 0 &&
	    (c->d == NULL || c->d->n_issuers == 0))
		VERDICT_ADD(j, c, "CTW015",
		    "issued by %.*s, with a CA key that issued none of the "
		    "earlier certificates for this name",
		    LIMIT_SHOWN_TEXT, j->info.issuer);
	if (c->d != NULL)
		judge_issuer(j, c, false);
}

bool
verdict_is_other_purpose(
    const struct verdict_case *j, const struct cert_domain *c)
{
	const struct pinset_key *k = j->out->key;

	return j->purpose != NULL && c->d != NULL &&
	    (k == NULL ||
	        (k->state == PINSET_PROPOSED &&
	            !pinset_domain_key(j->p, c->d, k)));
}

/* Apply the rules that need no pinset. */
static void
judge_conformity(struct verdict_case *j, const struct cert_domain *c)
{
	const struct pinset_domain *d = c->d;
	bool asserted = d == NULL || d->n_policy_oids == 0;

	for (size_t i = 0; i < j->conform.n; i++) {
		const struct cert_lint_fault *f = &j->conform.v[i];

		/* CTW019 reports it. */
		if (strcmp(f->rule, "CTW034") == 0 && d != NULL &&
		    d->n_keys > 0 && verdict_is_other_purpose(j, c))
			continue;
		verdict_add(j, c, f->rule, f->severity, "issued by %.*s: %s",
		    LIMIT_SHOWN_TEXT, j->info.issuer, f->text);
	}
	for (size_t i = 0; !asserted && i < d->n_policy_oids; i++)
		asserted = cert_lint_asserts(&j->cert, d->policy_oids[i]);
	if (!asserted)
		VERDICT_ADD(j, c, "CTW011",
		    "issued by %.*s under no policy that the domain expects",
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
			    VERDICT_KEY_TEXT ", your key %.*s, after you "
			                     "relinquished the domain",
			    VERDICT_KEY_ARGS(j), LIMIT_SHOWN_TEXT, k->id);
		return;
	}
	if (j->in->beside_leaf) {
		VERDICT_ADD(j, c, "CTW039",
		    VERDICT_KEY_TEXT
		    ": the precertificate that the log serves has this name, "
		    "but the logged entry does not",
		    VERDICT_KEY_ARGS(j));
		return;
	}
	if (c->permitted) {
		VERDICT_ADD(j, c, "CTW033",
		    VERDICT_KEY_TEXT ", a CA that may issue certificates for "
		                     "names of %.*s",
		    VERDICT_KEY_ARGS(j), LIMIT_SHOWN_TEXT, c->pattern);
		return;
	}
	if (c->unclear) {
		VERDICT_ADD(j, c, "CTW061",
		    VERDICT_KEY_TEXT
		    ", a name that cannot be read in full and may match %.*s",
		    VERDICT_KEY_ARGS(j), LIMIT_SHOWN_TEXT, c->pattern);
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

	/* Judge by the readable fields if some are not. */
	leaf_parse_cert(in->tbs ? LEAF_PRECERT : LEAF_X509, in->der, &j->cert);
	certinfo_parse(in->der, in->tbs, &j->info);
	if (!cert_lint_is_ca(&j->cert))
		j->purpose = cert_lint_other_purpose(&j->cert);
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

/* The thief of a key can use it in any encoding. */
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
	for (size_t i = 0; i < f->n_patterns; i++)
		free(f->patterns[i]);
	for (size_t i = 0; i < f->n_names; i++)
		free(f->names[i]);
	free(f->patterns);
	free(f->names);
	free(f->subject);
	free(f->message);
}

void
verdict_judge(
    const struct pinset *p, const struct verdict_input *in, struct verdict *out)
{
	struct verdict_case j = { .p = p, .in = in, .out = out };

	*out = (struct verdict){ 0 };
	buf_init(&j.unrelated_names, MESSAGE_TEXT);
	read_cert(&j);
	if (p != NULL)
		find_key(&j);
	cert_domains_find(p, in, &j.cert, &j.concerns);
	out->expected = j.concerns.n > 0;
	if (p != NULL)
		cert_domains_unrelated_names(
		    p, in, &j.concerns, &j.unrelated_names);
	for (size_t i = 0; i < j.concerns.n; i++)
		judge_concern(&j, &j.concerns.v[i]);
	finish_findings(&j);
	cert_domains_fini(&j.concerns);
	buf_fini(&j.unrelated_names);
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
