/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "judge/close_findings.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/judge/evaluate_pinset.h>
#include <ctwatch/policy/chain.h>
#include <ctwatch/policy/pinset_audit.h>
#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/leaf.h>

struct pass {
	struct store *s;
	const struct pinset *p;
	int64_t now, run;
	struct pinset_audit_key *keys; /* of the pinset's, in their order */
	struct blob *spki;             /* of the keys that were seen */
	bool above; /* some pins are of CAs, so chains are needed */
	bool ok;
};

/* ---- keys seen in logs ---- */

/* Return the pinset's key of a certificate, and the certificate's expiry; or
 * NULL. */
static struct pinset_audit_key *
key_of(struct pass *x, const struct cert *cert, int64_t *end)
{
	uint8_t spki[SHA256_SIZE];
	const struct pinset_key *k;

	cert_pin(cert, spki);
	k = pinset_key(x->p, spki);
	return k != NULL && asn1_time_parse(cert->not_after, end)
	    ? &x->keys[k - x->p->keys]
	    : NULL;
}

static void
see_leaf(struct pass *x, const struct store_cert *c)
{
	struct pinset_audit_key *k;
	struct cert cert;
	int64_t end;

	if (leaf_parse_cert(c->kind, c->der, &cert) != CERT_OK)
		return;
	k = key_of(x, &cert, &end);
	if (k == NULL)
		return;
	if (k->first_seen == 0)
		k->not_after = end;
	/* An issuance log does not have the key. */
	if (k->spki.n == 0 && cert.spki.n > 0) {
		x->spki[k - x->keys] = blob_copy(cert.spki);
		k->spki = blob_view(x->spki[k - x->keys]);
	}
	if (k->first_seen == 0 || c->first_seen < k->first_seen)
		k->first_seen = c->first_seen;
	if (end > k->not_after)
		k->not_after = end;
}

/* Return the pinned CA of der if der expires later than its known
 * certificates. */
static struct pinset_audit_key *
later_ca(struct pass *x, struct bytes der, int64_t *end)
{
	struct pinset_audit_key *k = NULL;
	struct cert cert;

	if (cert_parse(der, &cert) == CERT_OK)
		k = key_of(x, &cert, end);
	return k != NULL && *end > k->ca_not_after ? k : NULL;
}

/*
 * No tree covers a chain, so check its signatures, but only if the result can
 * change.
 */
static void
see_chain(struct pass *x, const struct store_cert *c)
{
	static const uint8_t unknown[SHA256_SIZE];
	const bool known =
	    memcmp(c->issuer_key_hash, unknown, SHA256_SIZE) != 0;
	struct bytes rest = c->chain, der;
	struct pinset_audit_key *k;
	struct chain chain;
	bool news = false;
	int64_t end;

	while (!news && leaf_next_cert(&rest, &der))
		news = later_ca(x, der, &end) != NULL;
	if (!news)
		return;
	chain_follow(NULL, leaf_whole_cert(c->kind, c->der),
	    known ? c->issuer_key_hash : NULL, c->chain, &chain);
	for (size_t i = 0; i < chain.n; i++)
		if ((k = later_ca(x, chain.der[i], &end)) != NULL)
			k->ca_not_after = end;
}

static void
see(void *arg, const struct store_cert *c)
{
	struct pass *x = arg;

	if (!c->verified)
		return;
	see_leaf(x, c);
	if (x->above)
		see_chain(x, c);
}

/* Return the time since which logs are read: when the first log was added. */
static int64_t
reading_since(struct pass *x)
{
	int64_t since = x->now;
	size_t n;
	struct store_log *v = store_logs(x->s, &n);

	for (size_t i = 0; i < n; i++)
		if (v[i].added != 0 && v[i].added < since)
			since = v[i].added;
	store_logs_free(v, n);
	return since;
}

/* ---- findings ---- */

static void
save(struct pass *x, const struct verdict_finding *from)
{
	struct store_finding f = { .rule = (char *)(uintptr_t)from->rule->id,
		.severity = (int)from->severity,
		.status = STORE_NEW,
		.subject = from->subject,
		.message = from->message,
		.detail = (char *)(uintptr_t) "{}",
		.first_seen = x->now,
		.last_seen = x->now,
		.first_run = x->run,
		.last_run = x->run };

	memcpy(f.id, from->fingerprint, sizeof f.id);
	x->ok = x->ok && store_finding_save(x->s, &f);
}

static void
judge(struct pass *x)
{
	struct pinset_audit_input in = { .n = x->p->n_keys, .now = x->now };
	struct pinset_audit found;

	x->keys = mem_alloc(x->p->n_keys, sizeof *x->keys);
	x->spki = mem_alloc(x->p->n_keys, sizeof *x->spki);
	for (size_t i = 0; i < x->p->n_keys; i++)
		memcpy(x->keys[i].spki_sha256, x->p->keys[i].spki_sha256,
		    SHA256_SIZE);
	for (size_t i = 0; i < x->p->n_domains; i++)
		x->above |= x->p->domains[i].position != PINSET_LEAF;
	x->ok = store_certs_each(x->s, see, x);
	in.keys = x->keys;
	in.since = reading_since(x);
	pinset_audit_judge(x->p, &in, &found);
	for (size_t i = 0; i < found.n; i++)
		save(x, &found.v[i]);
	pinset_audit_fini(&found);
	for (size_t i = 0; i < x->p->n_keys; i++)
		blob_fini(&x->spki[i]);
	free(x->spki);
	free(x->keys);
}

bool
evaluate_pinset(
    struct store *s, const struct pinset *p, int64_t now, int64_t run)
{
	struct pass x = { .s = s, .p = p, .now = now, .run = run, .ok = true };

	if (p != NULL)
		judge(&x);
	return close_findings_pinset(s, run) && x.ok;
}
