/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/certinfo.h>
#include <ctwatch/policy/chain.h>
#include <ctwatch/policy/concern.h>
#include <ctwatch/policy/conform.h>
#include <ctwatch/policy/twin.h>

/* Room for one message. */
#define MESSAGE_TEXT 4096

/* One certificate while it is judged. */
struct judge {
	const struct pinset *p; /* or NULL */
	const struct verdict_input *in;
	struct verdict *out;
	struct cert cert;
	struct certinfo info;
	struct chain chain;
	struct conform conform;
	char spki_hex[2 * DIGEST_SIZE + 1], tbs_hex[2 * DIGEST_SIZE + 1];
	char pin[PINSET_PIN_TEXT];
	int64_t not_before, not_after; /* 0 and INT64_MAX if unreadable */
	/* The pinset's key that it carries in another encoding, or NULL. */
	const struct pinset_key *twin;
	struct concern_list concerns;
	struct buf strangers; /* names of others, for messages */
};

/* ---- adding findings ---- */

/* The pinset's wishes count, and what has ended already counts less. */
static enum rules_severity
modify(const struct judge *j, const struct pinset_domain *d,
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
fingerprint(const struct judge *j, const struct concern *c,
    const struct rules_rule *rule, char out[static 65])
{
	const char *fields[2] = { c->pattern, j->tbs_hex };
	char issuer[2 * DIGEST_SIZE + 1];

	if (rule->key == RULES_SPKI) {
		fields[0] = j->spki_hex;
		rules_fingerprint(rule, fields, 1, out);
		return;
	}
	if (rule->key == RULES_DOMAIN) {
		text_hex((struct bytes){ j->chain.spki_sha256[0], DIGEST_SIZE },
		    issuer);
		fields[1] = issuer;
	}
	rules_fingerprint(rule, fields, 2, out);
}

/*
 * Add a finding of this rule with a severity before its modifiers.  The
 * message is what follows the name: "api.example.com: issued by ...".
 */
__attribute__((format(printf, 5, 6))) static void
add(struct judge *j, const struct concern *c, const char *id,
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

/* As add, with the rule's own severity. */
#define ADD(j, c, id, ...) add(j, c, id, rules_find(id)->severity, __VA_ARGS__)

/* ---- the key's side ---- */

/* "with the key ... (EC P-256)", for messages. */
#define KEY_TEXT "issued by %.*s with the key %s (%.*s)"
#define KEY_ARGS(j)                                                            \
	BOUNDS_SHOWN_TEXT, (j)->info.issuer, (j)->pin, BOUNDS_SHOWN_TEXT,      \
	    (j)->info.key

/*
 * "web-2026, web-2027": what the domain expects, and what stands in its
 * place if that is known; freed by the caller.
 */
static char *
expected_keys(const struct judge *j, const struct pinset_domain *d)
{
	struct buf b;
	size_t n = 0;

	buf_init(&b, 512);
	for (size_t i = 0; i < d->n_keys; i++) {
		const struct pinset_key *k = &j->p->keys[d->keys[i]];

		if (!pinset_is_usable(k))
			continue;
		buf_add_text(&b, n++ > 0 ? ", " : "");
		if (!text_safe(&b, bytes_of(k->id)))
			break;
	}
	if (n == 0)
		buf_add_text(&b, "none");
	if (j->twin != NULL)
		buf_printf(&b,
		    "; it is your key %.*s in another encoding, which "
		    "clients that pin refuse",
		    BOUNDS_SHOWN_TEXT, j->twin->id);
	return buf_detach(&b);
}

/* Report whether a key of the domain stands above the certificate. */
static bool
ca_matches(const struct judge *j, const struct pinset_domain *d)
{
	for (size_t i = 0; i < d->n_keys; i++) {
		const struct pinset_key *k = &j->p->keys[d->keys[i]];

		if (pinset_is_usable(k) && chain_has(&j->chain, k->spki_sha256))
			return true;
	}
	return false;
}

/* Report whether the domain pins this very certificate. */
static bool
cert_matches(const struct judge *j, const struct pinset_domain *d)
{
	for (size_t i = 0; i < d->n_keys; i++) {
		const struct pinset_key *k = &j->p->keys[d->keys[i]];

		if (pinset_is_usable(k) &&
		    (memcmp(k->spki_sha256, j->info.tbs_sha256, DIGEST_SIZE) ==
		            0 ||
		        (!j->in->tbs &&
		            memcmp(k->spki_sha256, j->info.cert_sha256,
		                DIGEST_SIZE) == 0)))
			return true;
	}
	return false;
}

static bool
chain_is_open(const struct judge *j)
{
	return j->chain.n == 0 || j->chain.broken || !j->in->chain_complete;
}

/* The key is none of the domain's leaf keys.  True for an unknown key. */
static bool
judge_unknown(struct judge *j, const struct concern *c)
{
	const struct pinset_domain *d = c->d;
	char *expected;

	if (ca_matches(j, d)) {
		if (d->position == PINSET_LEAF)
			ADD(j, c, "CTW008",
			    KEY_TEXT ", which is not pinned; only its CA is, "
			             "and the domain pins leaf keys",
			    KEY_ARGS(j));
		else
			ADD(j, c, "CTW007", KEY_TEXT ", below a pinned CA",
			    KEY_ARGS(j));
		return false;
	}
	if (d->position != PINSET_LEAF && chain_is_open(j)) {
		add(j, c, "CTW018", RULES_MEDIUM,
		    KEY_TEXT ", which is not pinned; whether a pinned CA "
		             "stands above it cannot be told without the chain",
		    KEY_ARGS(j));
		return false;
	}
	expected = expected_keys(j, d);
	if (c->served)
		ADD(j, c, "CTW009",
		    KEY_TEXT ", which the pinset does not know; the wildcard "
		             "serves %.*s; expected there: %s",
		    KEY_ARGS(j), BOUNDS_SHOWN_TEXT, d->host, expected);
	else
		ADD(j, c, "CTW001",
		    KEY_TEXT ", which the pinset does not know; expected: %s",
		    KEY_ARGS(j), expected);
	free(expected);
	return true;
}

/* Our own key, on a name that the pinset does not give to it. */
static void
judge_misplaced(
    struct judge *j, const struct concern *c, const struct pinset_key *k)
{
	if (c->served)
		add(j, c, "CTW009", RULES_HIGH,
		    KEY_TEXT ", your key %.*s; the wildcard serves %.*s, "
		             "where that key is not expected",
		    KEY_ARGS(j), BOUNDS_SHOWN_TEXT, k->id, BOUNDS_SHOWN_TEXT,
		    c->d->host);
	else
		ADD(j, c, "CTW003",
		    KEY_TEXT ", your key %.*s, which the pinset does not give "
		             "to this name",
		    KEY_ARGS(j), BOUNDS_SHOWN_TEXT, k->id);
}

static void
judge_expected(
    struct judge *j, const struct concern *c, const struct pinset_key *k)
{
	if (k->state == PINSET_BACKUP)
		add(j, c, "CTW005",
		    k->not_before > j->not_before ? RULES_HIGH : RULES_NOTE,
		    KEY_TEXT ", the backup %.*s: %s", KEY_ARGS(j),
		    BOUNDS_SHOWN_TEXT, k->id,
		    k->not_before > j->not_before
		        ? "earlier than the pinset plans"
		        : "a rotation has begun");
	else if (!j->in->first_of_key)
		ADD(j, c, "CTW013", KEY_TEXT ", as expected: %.*s", KEY_ARGS(j),
		    BOUNDS_SHOWN_TEXT, k->id);
}

/* Report whether the certificate was issued after its key was retired. */
static bool
is_after_retirement(const struct judge *j, const struct pinset_key *k)
{
	int64_t day = k->retired != 0 ? k->retired : k->retire_after;

	return k->state == PINSET_RETIRED && (day == 0 || j->not_before > day);
}

/* Judge the key for a domain with keys.  True when nobody knows the key. */
static bool
judge_key(struct judge *j, const struct concern *c)
{
	const struct pinset_key *k = j->out->key;
	const struct pinset_domain *d = c->d;

	if (d->kind == PINSET_CERT)
		return !cert_matches(j, d) && judge_unknown(j, c);
	if (k == NULL ||
	    (d->position != PINSET_LEAF && ca_matches(j, d) &&
	        !pinset_domain_key(j->p, d, k)))
		return judge_unknown(j, c);
	if (is_after_retirement(j, k))
		ADD(j, c, "CTW006", KEY_TEXT ", your retired key %.*s",
		    KEY_ARGS(j), BOUNDS_SHOWN_TEXT, k->id);
	else if (k->state == PINSET_PROPOSED)
		add(j, c, "CTW001", RULES_NOTE,
		    KEY_TEXT ", proposed as %.*s and not approved yet",
		    KEY_ARGS(j), BOUNDS_SHOWN_TEXT, k->id);
	else if (!pinset_domain_key(j->p, d, k) || d->position == PINSET_ABOVE)
		judge_misplaced(j, c, k);
	else
		judge_expected(j, c, k);
	return false;
}

static void
judge_strangers(struct judge *j, const struct concern *c)
{
	const struct pinset_key *k = j->out->key;

	if (j->strangers.n == 0)
		return;
	if (k != NULL)
		ADD(j, c, "CTW003",
		    KEY_TEXT ", your key %.*s, for names that the pinset does "
		             "not have: %s",
		    KEY_ARGS(j), BOUNDS_SHOWN_TEXT, k->id,
		    buf_text(&j->strangers));
	else
		ADD(j, c, "CTW012",
		    "shares a certificate issued by %.*s with names that are "
		    "not in the pinset: %s",
		    BOUNDS_SHOWN_TEXT, j->info.issuer, buf_text(&j->strangers));
}

/* ---- the issuer's side ---- */

/* Report whether the issuer's DN is this name, or its commonName is. */
static bool
bears_name(const char *dn, const char *name)
{
	size_t n = strlen(name);

	if (strcmp(dn, name) == 0)
		return true;
	return strncmp(dn, "CN=", 3) == 0 && strncmp(dn + 3, name, n) == 0 &&
	    (dn[3 + n] == ',' || dn[3 + n] == '+' || dn[3 + n] == '\0');
}

static bool
issuer_is_listed(const struct judge *j, const struct pinset_domain *d)
{
	for (size_t i = 0; i < d->n_issuers; i++)
		if (chain_has(
		        &j->chain, j->p->issuers[d->issuers[i]].spki_sha256))
			return true;
	return false;
}

static void
judge_issuer(struct judge *j, const struct concern *c, bool unknown_key)
{
	const struct pinset_domain *d = c->d;
	char pin[PINSET_PIN_TEXT];

	if (d->n_issuers == 0 || issuer_is_listed(j, d))
		return;
	if (j->chain.n == 0) {
		ADD(j, c, "CTW018",
		    "issued by %.*s; with which key cannot be told: %s",
		    BOUNDS_SHOWN_TEXT, j->info.issuer,
		    j->chain.broken ? "the chain does not verify"
		                    : "there is no chain");
		return;
	}
	pinset_pin_format(j->chain.spki_sha256[0], pin);
	add(j, c, "CTW002", unknown_key ? RULES_CRITICAL : RULES_HIGH,
	    "issued by %.*s, whose key %s is not among the domain's issuers",
	    BOUNDS_SHOWN_TEXT, j->info.issuer, pin);
	for (size_t i = 0; i < d->n_issuers; i++) {
		const struct pinset_issuer *e = &j->p->issuers[d->issuers[i]];

		if (e->name != NULL && bears_name(j->info.issuer, e->name))
			ADD(j, c, "CTW010",
			    "the issuer bears the name of %.*s (%.*s) and "
			    "signed with another key, %s",
			    BOUNDS_SHOWN_TEXT, e->id, BOUNDS_SHOWN_TEXT,
			    j->info.issuer, pin);
	}
}

/* ---- one pattern ---- */

static void
judge_watch_only(struct judge *j, const struct concern *c)
{
	const struct pinset_key *k = j->out->key;

	ADD(j, c, "CTW000", KEY_TEXT, KEY_ARGS(j));
	if (k != NULL && k->state != PINSET_COMPROMISED)
		ADD(j, c, "CTW003",
		    KEY_TEXT ", your key %.*s, which the pinset does not give "
		             "to this name",
		    KEY_ARGS(j), BOUNDS_SHOWN_TEXT, k->id);
	if (j->chain.n > 0 && (c->d == NULL || c->d->n_issuers == 0))
		ADD(j, c, "CTW015",
		    "issued by %.*s, a CA key that is new for this name",
		    BOUNDS_SHOWN_TEXT, j->info.issuer);
	if (c->d != NULL)
		judge_issuer(j, c, false);
}

/* What is wrong with the certificate whoever's it is. */
static void
judge_conformity(struct judge *j, const struct concern *c)
{
	const struct pinset_domain *d = c->d;
	bool asserted = d == NULL || d->n_policy_oids == 0;

	for (size_t i = 0; i < j->conform.n; i++) {
		const struct conform_fault *f = &j->conform.v[i];

		add(j, c, f->rule, f->severity, "issued by %.*s: %s",
		    BOUNDS_SHOWN_TEXT, j->info.issuer, f->text);
	}
	for (size_t i = 0; !asserted && i < d->n_policy_oids; i++)
		asserted = conform_asserts(&j->cert, d->policy_oids[i]);
	if (!asserted)
		ADD(j, c, "CTW011",
		    "issued by %.*s under none of the policies that the "
		    "domain expects",
		    BOUNDS_SHOWN_TEXT, j->info.issuer);
}

static void
judge_concern(struct judge *j, const struct concern *c)
{
	const struct pinset_domain *d = c->d;
	const struct pinset_key *k = j->out->key;
	bool unknown = false;

	if (d != NULL && d->relinquished != 0 &&
	    j->not_before > d->relinquished) {
		if (k != NULL)
			ADD(j, c, "CTW017",
			    KEY_TEXT ", your key %.*s, after you gave up the "
			             "domain",
			    KEY_ARGS(j), BOUNDS_SHOWN_TEXT, k->id);
		return;
	}
	judge_conformity(j, c);
	if (k != NULL && k->state == PINSET_COMPROMISED)
		ADD(j, c, "CTW004", KEY_TEXT ", your compromised key %.*s",
		    KEY_ARGS(j), BOUNDS_SHOWN_TEXT, k->id);
	if (d == NULL || d->n_keys == 0) {
		judge_watch_only(j, c);
		return;
	}
	if (k == NULL || k->state != PINSET_COMPROMISED) {
		unknown = judge_key(j, c);
		judge_strangers(j, c);
	}
	judge_issuer(j, c, unknown);
}

/* ---- the certificate ---- */

static void
read_cert(struct judge *j)
{
	const struct verdict_input *in = j->in;

	/* What cannot be read whole is still judged by what can. */
	if (in->tbs)
		cert_parse_tbs(in->der, &j->cert);
	else
		cert_parse(in->der, &j->cert);
	certinfo_parse(in->der, in->tbs, &j->info);
	text_hex(
	    (struct bytes){ j->info.spki_sha256, DIGEST_SIZE }, j->spki_hex);
	text_hex((struct bytes){ j->info.tbs_sha256, DIGEST_SIZE }, j->tbs_hex);
	pinset_pin_format(j->info.spki_sha256, j->pin);
	j->not_before =
	    j->info.not_before != CERTINFO_NO_TIME ? j->info.not_before : 0;
	j->not_after = j->info.not_after != CERTINFO_NO_TIME ? j->info.not_after
	                                                     : INT64_MAX;
	chain_follow(in->tbs ? (struct bytes){ NULL, 0 } : in->der,
	    in->issuer_key_hash, in->chain, &j->chain);
	conform_check(
	    &(struct conform_input){ .der = in->der,
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
find_key(struct judge *j)
{
	j->out->key = pinset_key(j->p, j->info.spki_sha256);
	if (j->out->key != NULL)
		return;
	j->twin = twin_find(j->p, j->cert.spki);
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
	struct judge j = { .p = p, .in = in, .out = out };

	*out = (struct verdict){ 0 };
	buf_init(&j.strangers, MESSAGE_TEXT);
	read_cert(&j);
	if (p != NULL)
		find_key(&j);
	concern_find(p, in, &j.cert, &j.concerns);
	out->expected = j.concerns.n > 0;
	if (p != NULL)
		concern_strangers(p, in, &j.concerns, &j.strangers);
	for (size_t i = 0; i < j.concerns.n; i++)
		judge_concern(&j, &j.concerns.v[i]);
	verdict_sort(out->v, out->n);
	concern_fini(&j.concerns);
	buf_fini(&j.strangers);
	conform_fini(&j.conform);
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
