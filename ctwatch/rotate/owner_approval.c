/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rotate/owner_approval.h"
#include <ctwatch/base/text.h>

struct check {
	const struct approvers *trust;
	const bool *signed_by;
	struct buf *out;
};

/* ---- keys and settings of a domain ---- */

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Report whether every usable key of d is a usable key of e. */
static bool
keys_within(const struct pinset *p, const struct pinset_domain *d,
    const struct pinset *q, const struct pinset_domain *e)
{
	for (size_t i = 0; i < d->n_keys; i++) {
		const struct pinset_key *key = &p->keys[d->keys[i]];
		bool found = false;

		for (size_t k = 0; k < e->n_keys && !found; k++) {
			const struct pinset_key *other = &q->keys[e->keys[k]];

			found = pinset_is_usable(other) &&
			    memcmp(key->spki_sha256, other->spki_sha256,
			        SHA256_SIZE) == 0;
		}
		if (pinset_is_usable(key) && !found)
			return false;
	}
	return true;
}

static bool
issuers_within(const struct pinset *p, const struct pinset_domain *d,
    const struct pinset *q, const struct pinset_domain *e)
{
	for (size_t i = 0; i < d->n_issuers; i++) {
		const uint8_t *spki = p->issuers[d->issuers[i]].spki_sha256;
		bool found = false;

		for (size_t k = 0; k < e->n_issuers && !found; k++)
			found = memcmp(q->issuers[e->issuers[k]].spki_sha256,
			            spki, SHA256_SIZE) == 0;
		if (!found)
			return false;
	}
	return true;
}

static bool
texts_within(char **v, size_t n, char **w, size_t m)
{
	for (size_t i = 0; i < n; i++) {
		bool found = false;

		for (size_t k = 0; k < m && !found; k++)
			found = strcmp(v[i], w[k]) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* Report whether p treats the names of d as q treats those of e. */
static bool
gets_same(const struct pinset *p, const struct pinset_domain *d,
    const struct pinset *q, const struct pinset_domain *e)
{
	return d->kind == e->kind && d->position == e->position &&
	    d->monitor == e->monitor && d->criticality == e->criticality &&
	    d->relinquished == e->relinquished &&
	    same_text(d->owner, e->owner) && keys_within(p, d, q, e) &&
	    keys_within(q, e, p, d) && issuers_within(p, d, q, e) &&
	    issuers_within(q, e, p, d) &&
	    texts_within(d->exclude, d->n_exclude, e->exclude, e->n_exclude) &&
	    texts_within(e->exclude, e->n_exclude, d->exclude, d->n_exclude) &&
	    texts_within(d->policy_oids, d->n_policy_oids, e->policy_oids,
	        e->n_policy_oids) &&
	    texts_within(e->policy_oids, e->n_policy_oids, d->policy_oids,
	        d->n_policy_oids);
}

static const struct pinset_domain *
same_pattern(const struct pinset *p, const struct pinset_domain *d)
{
	for (size_t i = 0; i < p->n_domains; i++)
		if (strcmp(p->domains[i].host, d->host) == 0 &&
		    p->domains[i].reach == d->reach)
			return &p->domains[i];
	return NULL;
}

/* ---- who must approve ---- */

/* Append a line if owner is in the trust file and did not sign. */
static void
require(const struct check *c, const char *owner, const char *pattern,
    const char *why)
{
	for (size_t i = 0; owner != NULL && i < c->trust->n_owners; i++) {
		const struct approvers_owner *o = &c->trust->owners[i];
		bool any = false;

		if (strcmp(o->owner, owner) != 0)
			continue;
		for (size_t k = 0; k < o->n_keys; k++)
			any |= c->signed_by[o->keys[k]];
		if (any)
			continue;
		text_escape(c->out, bytes_of(pattern));
		buf_add_text(c->out, ": its owner, ");
		text_escape(c->out, bytes_of(owner));
		buf_printf(c->out, ", must approve that %s\n", why);
	}
}

/* Report whether d, another pattern than e, takes names from e by being equally
 * or more specific. */
static bool
takes_from(const struct pinset_domain *d, const struct pinset_domain *e)
{
	if (e->reach == HOST_PATTERN_HOST)
		return false;
	return strcmp(d->host, e->host) == 0 ||
	    host_pattern_covers(e->host, e->reach, d->host);
}

/* Ask the owner of every pattern in from that d takes names from. */
static void
require_overlapped(const struct check *c, const struct pinset *from,
    const struct pinset_domain *d)
{
	for (size_t i = 0; i < from->n_domains; i++) {
		const struct pinset_domain *e = &from->domains[i];

		if (takes_from(d, e))
			require(c, e->owner, d->pattern,
			    "another pattern takes names from its own");
	}
}

bool
owner_approval_check(const struct pinset *from, const struct pinset *to,
    const struct approvers *t, const bool *signed_by, struct buf *out)
{
	const struct check c = { t, signed_by, out };
	size_t before = out->n;

	for (size_t i = 0; i < from->n_domains; i++) {
		const struct pinset_domain *was = &from->domains[i];
		const struct pinset_domain *is = same_pattern(to, was);

		if (is == NULL)
			require(&c, was->owner, was->pattern,
			    "its pattern is deleted");
		else if (!gets_same(from, was, to, is)) {
			require(&c, was->owner, was->pattern,
			    "the keys or settings of its names are changed");
			if (!same_text(was->owner, is->owner))
				require(&c, is->owner, is->pattern,
				    "it becomes the owner");
			if (was->owner == NULL)
				require_overlapped(&c, from, was);
		}
	}
	for (size_t i = 0; i < to->n_domains; i++) {
		const struct pinset_domain *is = &to->domains[i];

		if (same_pattern(from, is) != NULL)
			continue;
		require(&c, is->owner, is->pattern, "its pattern is added");
		require_overlapped(&c, from, is);
	}
	return out->n == before;
}
