/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "policy/verdict_above.h"

/* Report whether the pinset, arg, marks a key compromised. */
static bool
is_compromised(const void *arg, const uint8_t spki[static SHA256_SIZE])
{
	const struct pinset_key *k = pinset_key(arg, spki);

	return k != NULL && k->state == PINSET_COMPROMISED;
}

/* Report whether the chain has a CA key that the pinset marks compromised. */
static bool
is_below_compromised(const struct verdict_case *j)
{
	for (size_t i = 0; i < j->chain.n; i++)
		if (is_compromised(j->p, j->chain.spki_sha256[i]))
			return true;
	return false;
}

/* Report whether one of n keys is a usable one of the domain. */
static bool
has_usable(const struct verdict_case *j, const struct pinset_domain *d,
    const uint8_t (*spki)[SHA256_SIZE], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct pinset_key *k = pinset_key(j->p, spki[i]);

		if (k != NULL && pinset_is_usable(k) &&
		    pinset_domain_key(j->p, d, k))
			return true;
	}
	return false;
}

bool
verdict_above_has_key(
    const struct verdict_case *j, const struct pinset_domain *d)
{
	return !is_below_compromised(j) &&
	    has_usable(j, d, j->chain.spki_sha256, j->chain.n);
}

/* The CA keys above the certificate by any path; none without a pool, or if
 * the logged chain has a compromised one. */
static const struct ca_pool_above *
find_above(struct verdict_case *j)
{
	const struct verdict_input *in = j->in;
	struct ca_pool_leaf leaf = { .issuer = j->cert.issuer,
		.issuer_key_hash = in->issuer_key_hash,
		.not_before = j->not_before,
		.not_after = j->not_after };
	struct ca_pool *pool;

	if (j->climbed || in->pool == NULL || is_below_compromised(j))
		return &j->above;
	j->climbed = true;
	leaf.der = leaf_whole_cert(in->kind, in->der);
	pool = in->pool(in->pool_arg);
	if (pool != NULL)
		ca_pool_climb(pool, &leaf, is_compromised, j->p, &j->above);
	return &j->above;
}

/* Note in the verdict that it rests on another path; return found. */
static bool
note_path(struct verdict_case *j, bool found)
{
	j->out->by_path |= found;
	return found;
}

bool
verdict_above_has_key_by_path(
    struct verdict_case *j, const struct pinset_domain *d)
{
	const struct ca_pool_above *above;

	if (d->position == PINSET_LEAF || d->kind == PINSET_CERT)
		return false;
	above = find_above(j);
	return note_path(j, has_usable(j, d, above->spki_sha256, above->n));
}

/* Report whether one of n keys is that of an issuer of the domain. */
static bool
has_listed(const struct verdict_case *j, const struct pinset_domain *d,
    const uint8_t (*spki)[SHA256_SIZE], size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < d->n_issuers; k++)
			if (memcmp(spki[i],
			        j->p->issuers[d->issuers[k]].spki_sha256,
			        SHA256_SIZE) == 0)
				return true;
	return false;
}

bool
verdict_above_has_issuer(struct verdict_case *j, const struct pinset_domain *d)
{
	const struct ca_pool_above *above;

	if (has_listed(j, d, j->chain.spki_sha256, j->chain.n))
		return true;
	above = find_above(j);
	return note_path(j, has_listed(j, d, above->spki_sha256, above->n));
}
