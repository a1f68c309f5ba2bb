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

static void
climb(struct verdict_case *j)
{
	const struct verdict_input *in = j->in;
	struct ca_pool *pool = in->pool(in->pool_arg);
	struct ca_pool_leaf leaf = { .issuer = j->cert.issuer,
		.issuer_key_hash = in->issuer_key_hash,
		.not_before = j->not_before,
		.not_after = j->not_after };

	j->climbed = true;
	if (!in->tbs)
		leaf.der = in->der;
	if (pool != NULL)
		ca_pool_climb(pool, &leaf, is_compromised, j->p, &j->above);
}

bool
verdict_above_has_key_by_path(
    struct verdict_case *j, const struct pinset_domain *d)
{
	if (d->position == PINSET_LEAF || d->kind == PINSET_CERT ||
	    j->in->pool == NULL || is_below_compromised(j))
		return false;
	if (!j->climbed)
		climb(j);
	return has_usable(j, d, j->above.spki_sha256, j->above.n);
}
