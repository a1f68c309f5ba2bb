/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "judge/close_findings.h"
#include "judge/evaluate_cert.h"
#include "judge/evaluate_save.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/judge/caa_findings.h>
#include <ctwatch/policy/caa.h>
#include <ctwatch/policy/certinfo.h>
#include <ctwatch/policy/host_pattern.h>
#include <ctwatch/wire/caa_set.h>
#include <ctwatch/wire/cert_extension.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/oid.h>

/* A CA may use a set that it looked up that long before: BR 3.2.2.8. */
#define REUSE (8 * TIME_HOUR)

/* Records, and domains of a CA, that a message lists. */
#define LISTED 5

/* A host in A-labels, without stars, which the caller frees; NULL if it is
 * none. */
static char *
host_of(const char *name)
{
	const char *fault;

	while (*name == '*' || *name == '.')
		name++;
	return host_pattern_host(name, &fault);
}

char *
caa_findings_name(const char *item)
{
	char *host = host_of(item), *out = NULL;
	const char *base = host != NULL ? host_pattern_registrable(host) : NULL;

	if (base != NULL)
		out = mem_strdup(base);
	free(host);
	return out;
}

/* ---- one certificate ---- */

struct pass {
	const struct caa_findings_input *in;
	struct caa_findings_result *out;
	struct evaluate_pass pass; /* for evaluate_save_detail */
	bool collect;              /* gather names only */
	bool ok;
};

/* What the history says about a name of a certificate. */
enum opinion {
	OPINION_NONE, /* it does not cover the certificate, and will not */
	OPINION_ALLOWED,
	OPINION_FORBIDDEN,
	OPINION_UNKNOWN, /* the domains of the CA are not known */
	OPINION_LATER    /* a later look-up may say it */
};

struct subject {
	struct evaluate_subject j;
	int64_t from, to; /* ms: when the CA may have looked the set up */
	const char *const *domains;
	size_t n_domains;
	bool known; /* the domains are those of the CA */
};

/* The Subject Key Identifier of the issuer (RFC 5280, 4.2.1.2), whose
 * certificate signed this one; empty if it is not known. */
static struct bytes
issuer_key_id(const struct chain *chain)
{
	const struct bytes none = { NULL, 0 };
	struct cert_extension x;
	struct cert c;
	struct der id;

	if (chain->n == 0 || chain->der[0].n == 0 ||
	    cert_parse(chain->der[0], &c) != CERT_OK ||
	    !cert_extension_find(
	        c.extensions, OID_BYTES(OID_SUBJECT_KEY_ID), &x) ||
	    !der_take(&x.value, DER_OCTETS, &id))
		return none;
	return id.body;
}

/* When the certificate was logged first, in ms; 0 if not verifiably. */
static int64_t
first_logged(struct store *s, const uint8_t tbs[static SHA256_SIZE])
{
	uint64_t first = INT64_MAX;
	size_t n;
	struct store_sighting *v = store_sightings(s, tbs, &n);

	for (size_t i = 0; i < n; i++)
		if (v[i].verified && v[i].timestamp < first)
			first = v[i].timestamp;
	free(v);
	return first < INT64_MAX ? (int64_t)first : 0;
}

/* Read the certificate; false if there is nothing to judge: it does not parse,
 * or has expired. */
static bool
read_subject(
    const struct pass *x, const struct store_cert *c, struct subject *out)
{
	static const uint8_t none[SHA256_SIZE];
	struct evaluate_subject *j = &out->j;
	struct bytes key_id;

	*out = (struct subject){ .j.c = c };
	if (memcmp(c->issuer_key_hash, none, SHA256_SIZE) != 0)
		j->issuer_key_hash = c->issuer_key_hash;
	parsed_cert_read(x->in->signatures, c->kind, c->der, j->issuer_key_hash,
	    c->chain, &j->leaf);
	j->parsed = j->leaf.error == CERT_OK;
	if (!j->parsed || close_findings_end(&j->leaf.cert) < x->in->now ||
	    !asn1_time_parse(j->leaf.cert.not_before, &out->from))
		return false;
	out->to = first_logged(x->in->s, c->tbs_sha256);
	if (out->to < out->from)
		out->from = out->to;
	key_id = issuer_key_id(&j->leaf.chain);
	if (key_id.n > 0)
		out->domains =
		    x->in->domains_of(x->in->arg, key_id, &out->n_domains);
	out->known = out->domains != NULL;
	watch_explain(x->in->w, &j->leaf.cert, &j->hits);
	return true;
}

/* Load the set of a name that held when the CA may have looked it up. */
static bool
set_during(const struct pass *x, const struct subject *c, const char *name,
    struct store_caa *out)
{
	if (!store_caa_during(x->in->s, name, c->from - REUSE, c->to, out))
		return false;
	if (out->first <= c->from - (int64_t)out->ttl * 1000)
		return true;
	store_caa_fini(out);
	return false;
}

static enum opinion
decide(const struct subject *c, bool wildcard, const struct store_caa *set)
{
	switch (caa_decide(
	    blob_view(set->set), wildcard, c->domains, c->n_domains)) {
	case CAA_ALLOWED:
		return OPINION_ALLOWED;
	case CAA_OTHER_ISSUER:
		return c->known ? OPINION_FORBIDDEN : OPINION_UNKNOWN;
	case CAA_NO_ISSUER:
	case CAA_CRITICAL_TAG:
		break;
	}
	return OPINION_FORBIDDEN;
}

/* What to say of a name that the history does not cover. */
static enum opinion
uncovered(const struct pass *x, const struct subject *c, const char *name)
{
	struct store_caa last;
	bool later = store_caa_last(x->in->s, name, &last) &&
	    last.first <= c->from - REUSE && last.last < c->to;

	store_caa_fini(&last);
	return later ? OPINION_LATER : OPINION_NONE;
}

static void
add_name(struct caa_findings_result *out, const char *name)
{
	for (size_t i = 0; i < out->n_names; i++)
		if (strcmp(out->names[i], name) == 0)
			return;
	if (out->n_names >= LIMIT_CAA_NAMES)
		return;
	out->names = mem_grow(out->names, out->n_names, sizeof *out->names);
	out->names[out->n_names++] = mem_strdup(name);
}

/*
 * The set of the registrable name forbids a name below it.  The name, or one
 * between, may have a set of its own, whose past is not known.
 */
static enum opinion
below(const struct pass *x, const char *host, const char *base)
{
	struct store_caa own;
	enum opinion o = OPINION_LATER;

	if (!store_caa_last(x->in->s, host, &own) ||
	    own.last < x->in->looked_up)
		add_name(x->out, host);
	else
		o = strlen(own.domain) > strlen(base) ? OPINION_NONE
		                                      : OPINION_FORBIDDEN;
	store_caa_fini(&own);
	return o;
}

/* Judge a name; *set is the set that decides if it is allowed or forbidden. */
static enum opinion
judge_host(const struct pass *x, const struct subject *c, const char *host,
    bool wildcard, struct store_caa *set)
{
	const char *base = host_pattern_registrable(host);
	enum opinion o;

	if (base == NULL)
		return OPINION_NONE;
	if (base != host && set_during(x, c, host, set))
		return decide(c, wildcard, set);
	if (!set_during(x, c, base, set))
		return uncovered(x, c, base);
	o = decide(c, wildcard, set);
	return o == OPINION_FORBIDDEN && base != host ? below(x, host, base)
	                                              : o;
}

/* ---- CTW014 ---- */

static char *
message_of(const struct subject *c, const char *name, size_t more,
    const struct store_caa *set)
{
	char first[TIME_TEXT], last[TIME_TEXT];
	struct buf b;

	time_format(set->first, first);
	time_format(set->last, last);
	buf_init(&b, SIZE_MAX / 2);
	buf_printf(&b, "%s", name);
	if (more > 0)
		buf_printf(&b, " and %zu more", more);
	buf_printf(
	    &b, ": the CAA records of %s did not allow the CA", set->domain);
	for (size_t i = 0; i < c->n_domains && i < LISTED; i++)
		buf_printf(&b, "%s%s", i == 0 ? " (" : ", ", c->domains[i]);
	buf_printf(&b, "%s to issue: ", c->n_domains > 0 ? ")" : "");
	caa_set_list(blob_view(set->set), LISTED, &b);
	buf_printf(&b, "; each look-up from %s to %s gave them%s", first, last,
	    set->authenticated ? ", authenticated by DNSSEC" : "");
	return buf_detach(&b);
}

/* Give f the watched items that the certificate matches, each once. */
static void
add_patterns(const struct pass *x, const struct watch_hits *hits,
    struct verdict_finding *f)
{
	f->patterns = mem_alloc(hits->n, sizeof *f->patterns);
	for (size_t i = 0; i < hits->n; i++) {
		const char *item = watch_item(x->in->w, hits->v[i].item);

		if (!verdict_finding_has_pattern(f, item))
			f->patterns[f->n_patterns++] = mem_strdup(item);
	}
}

static void
fingerprint(const uint8_t tbs[static SHA256_SIZE], char out[static 65])
{
	char hex[2 * SHA256_SIZE + 1];
	const char *field = hex;

	text_hex((struct bytes){ tbs, SHA256_SIZE }, hex);
	rules_fingerprint(rules_find("CTW014"), &field, 1, out);
}

static void
open_mismatch(struct pass *x, const struct subject *c, char *message)
{
	struct verdict_finding from = { .rule = rules_find("CTW014") };
	char hex[2 * SHA256_SIZE + 1];
	struct store_finding f = { .rule = (char *)(uintptr_t)from.rule->id,
		.severity = (int)from.rule->severity,
		.status = STORE_NEW,
		.subject = hex,
		.message = message,
		.first_seen = x->in->now,
		.last_seen = x->in->now,
		.first_run = x->in->run,
		.last_run = x->in->run };

	text_hex((struct bytes){ c->j.c->tbs_sha256, SHA256_SIZE }, hex);
	memcpy(f.tbs_sha256, c->j.c->tbs_sha256, SHA256_SIZE);
	fingerprint(f.tbs_sha256, f.id);
	add_patterns(x, &c->j.hits, &from);
	f.detail = evaluate_save_detail(&x->pass, &c->j, &from);
	x->ok = store_finding_save(x->in->s, &f) && x->ok;
	free(f.detail);
	verdict_finding_fini(&from);
}

static void
close_mismatch(struct pass *x, const struct subject *c)
{
	char id[65];
	struct store_finding f;

	fingerprint(c->j.c->tbs_sha256, id);
	if (!store_finding_load(x->in->s, id, &f))
		return;
	if (f.status != STORE_CLOSED)
		x->ok = close_findings_one(x->in->s, id, CLOSE_FINDINGS_GONE) &&
		    x->ok;
	store_finding_fini(&f);
}

/* What was found about all names of a certificate. */
struct tally {
	size_t n[OPINION_LATER + 1];
	char *message; /* owned: of the first forbidden name; or NULL */
};

/* A name in both is a hit of the common name alone. */
static bool
is_host(const struct watch_hit *hit)
{
	return hit->kind == CERT_DNS || hit->kind == CERT_CN;
}

static void
judge_names(struct pass *x, const struct subject *c, struct tally *t)
{
	char *name = NULL;
	struct store_caa set = { 0 }, first = { 0 };

	for (size_t i = 0; i < c->j.hits.n; i++) {
		const struct watch_hit *hit = &c->j.hits.v[i];
		char *host = is_host(hit) ? host_of(hit->name) : NULL;
		enum opinion o;

		if (host == NULL ||
		    (i > 0 && strcmp(hit->name, hit[-1].name) == 0)) {
			free(host);
			continue;
		}
		o = judge_host(x, c, host, *hit->name == '*', &set);
		t->n[o]++;
		if (o == OPINION_FORBIDDEN && name == NULL) {
			name = mem_strdup(hit->name);
			first = set;
			set = (struct store_caa){ 0 };
		}
		store_caa_fini(&set);
		free(host);
	}
	if (name != NULL)
		t->message =
		    message_of(c, name, t->n[OPINION_FORBIDDEN] - 1, &first);
	store_caa_fini(&first);
	free(name);
}

static void
count_unknown(struct pass *x, const struct subject *c)
{
	struct certinfo info;

	if (x->out->unknown++ > 0)
		return;
	certinfo_parse(c->j.c->kind, c->j.c->der, &info);
	x->out->issuer = mem_strdup(info.issuer);
	certinfo_fini(&info);
}

static void
judge_cert(void *arg, const struct store_cert *cert)
{
	struct pass *x = arg;
	struct tally t = { .message = NULL };
	struct subject c;
	bool later;

	if (!cert->verified)
		return;
	if (read_subject(x, cert, &c))
		judge_names(x, &c, &t);
	later = t.n[OPINION_LATER] + t.n[OPINION_UNKNOWN] > 0;
	if (!x->collect) {
		if (t.message != NULL)
			open_mismatch(x, &c, t.message);
		else if (t.n[OPINION_ALLOWED] > 0 && !later &&
		    t.n[OPINION_NONE] == 0)
			close_mismatch(x, &c);
		if (t.n[OPINION_UNKNOWN] > 0)
			count_unknown(x, &c);
		if (!later)
			x->ok = store_caa_judged(x->in->s, cert->tbs_sha256) &&
			    x->ok;
	}
	free(t.message);
	watch_hits_free(&c.j.hits);
}

static bool
judge_all(const struct caa_findings_input *in, bool collect,
    struct caa_findings_result *out)
{
	struct pass x = { .in = in,
		.out = out,
		.pass = { .s = in->s, .w = in->w },
		.collect = collect,
		.ok = true };

	*out = (struct caa_findings_result){ 0 };
	return store_caa_certs_each(in->s, "CTW014", judge_cert, &x) && x.ok;
}

bool
caa_findings_names(
    const struct caa_findings_input *in, struct caa_findings_result *out)
{
	return judge_all(in, true, out);
}

bool
caa_findings_certs(
    const struct caa_findings_input *in, struct caa_findings_result *out)
{
	return judge_all(in, false, out);
}

void
caa_findings_result_fini(struct caa_findings_result *r)
{
	for (size_t i = 0; i < r->n_names; i++)
		free(r->names[i]);
	free(r->names);
	free(r->issuer);
	*r = (struct caa_findings_result){ 0 };
}
