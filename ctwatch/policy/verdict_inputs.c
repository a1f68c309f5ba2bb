/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "policy/cert_domains.h"
#include "policy/same_key.h"
#include <ctwatch/policy/verdict_inputs.h>

/* Room for the names of others, as in a message. */
#define NAMES_TEXT 4096

/* Append a text with its length, so that no two lists give the same bytes. */
static void
add_text(struct buf *out, const char *text)
{
	if (text == NULL)
		buf_add_text(out, "-,");
	else
		buf_printf(out, "%zu:%s,", strlen(text), text);
}

static void
add_texts(struct buf *out, char *const *v, size_t n)
{
	buf_printf(out, "%zu;", n);
	for (size_t i = 0; i < n; i++)
		add_text(out, v[i]);
}

static void
add_key(struct buf *out, const struct pinset_key *k)
{
	if (k == NULL) {
		buf_add_text(out, "no key,");
		return;
	}
	add_text(out, k->id);
	add_text(out, k->name);
	buf_add(out, (struct bytes){ k->spki_sha256, SHA256_SIZE });
	buf_printf(out, "%d %d %d %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
	    k->state, k->ca, k->bundled, k->not_before, k->not_after,
	    k->retire_after, k->retired);
}

static void
add_issuer(struct buf *out, const struct pinset_issuer *i)
{
	add_text(out, i->id);
	add_text(out, i->name);
	buf_add(out, (struct bytes){ i->spki_sha256, SHA256_SIZE });
}

static void
add_domain(
    struct buf *out, const struct pinset *p, const struct pinset_domain *d)
{
	if (d == NULL) {
		buf_add_text(out, "no domain,");
		return;
	}
	add_text(out, d->pattern);
	add_text(out, d->host);
	buf_printf(out, "%d %d %d %d %d %" PRId64 " ", d->reach, d->kind,
	    d->position, d->monitor, d->criticality, d->relinquished);
	add_texts(out, d->exclude, d->n_exclude);
	add_texts(out, d->policy_oids, d->n_policy_oids);
	buf_printf(out, "%zu %zu ", d->n_keys, d->n_issuers);
	for (size_t i = 0; i < d->n_keys; i++)
		add_key(out, &p->keys[d->keys[i]]);
	for (size_t i = 0; i < d->n_issuers; i++)
		add_issuer(out, &p->issuers[d->issuers[i]]);
}

static void
add_hits(struct buf *out, const struct watch *w, const struct watch_hits *hits)
{
	buf_printf(out, "%zu %d ", hits->n, hits->more);
	for (size_t i = 0; i < hits->n; i++) {
		const struct watch_hit *hit = &hits->v[i];

		add_text(out, watch_item(w, hit->item));
		add_text(out, hit->name);
		buf_printf(out, "%d %d ", hit->how, hit->kind);
	}
}

static void
add_domains(
    struct buf *out, const struct pinset *p, const struct cert_domains *l)
{
	buf_printf(out, "%zu ", l->n);
	for (size_t i = 0; i < l->n; i++) {
		const struct cert_domain *c = &l->v[i];

		add_text(out, c->pattern);
		add_domain(out, p, c->d);
		add_texts(out, (char *const *)c->names, c->n_names);
		buf_printf(out, "%d %d %d %d ", c->served, c->unclear,
		    c->permitted, c->account);
	}
}

void
verdict_inputs_common(const struct pinset *p, struct buf *out)
{
	buf_printf(out, "%d ", p != NULL ? p->max_validity_days : -1);
	for (size_t i = 0; p != NULL && i < p->n_keys; i++)
		if (p->keys[i].state == PINSET_COMPROMISED)
			add_key(out, &p->keys[i]);
}

void
verdict_inputs_cert(const struct pinset *p, const struct watch *w,
    const struct watch_hits *hits, const struct cert *c, struct buf *out)
{
	const struct verdict_input in = { .watch = w, .hits = hits };
	const struct pinset_key *key;
	uint8_t spki[SHA256_SIZE];
	struct cert_domains found;
	struct buf unrelated;

	add_hits(out, w, hits);
	cert_domains_find(p, &in, c, &found);
	add_domains(out, p, &found);
	if (p != NULL) {
		buf_init(&unrelated, NAMES_TEXT);
		cert_domains_unrelated_names(p, &in, &found, &unrelated);
		add_text(out, buf_text(&unrelated));
		buf_fini(&unrelated);
		cert_pin(c, spki);
		key = pinset_key(p, spki);
		add_key(out, key != NULL ? key : same_key_find(p, c->spki));
	}
	cert_domains_fini(&found);
}
