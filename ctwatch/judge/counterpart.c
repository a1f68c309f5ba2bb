/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "judge/counterpart.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/store/store.h>

/* Add the digests of all host names and addresses, in any order and case. */
static void
add_names(const struct cert *c, uint8_t sum[static SHA256_SIZE])
{
	uint8_t digest[SHA256_SIZE];
	struct cert_names it;
	struct cert_name name;

	cert_names(c, &it);
	while (cert_names_next(&it, &name)) {
		char *lower;

		if (name.kind != CERT_DNS && name.kind != CERT_IP)
			continue;
		lower = mem_alloc(name.value.n + 1, 1);
		text_lower(name.value, lower);
		sha256_digest(bytes_at(lower, name.value.n), digest);
		for (size_t i = 0; i < sizeof digest; i++)
			sum[i] = (uint8_t)(sum[i] + digest[i]);
		free(lower);
	}
}

/* Compute the key of the record: of certificates of issuance logs, or of
 * others. */
static void
make_key(bool mtc, const struct cert *c, uint8_t out[static SHA256_SIZE])
{
	uint8_t pin[SHA256_SIZE], names[SHA256_SIZE] = { 0 };
	const struct bytes parts[] = { bytes_of(mtc ? "ctwatch-mtc/1\n"
		                                    : "ctwatch-bootstrap/1\n"),
		c->not_before, c->not_after, { pin, sizeof pin },
		{ names, sizeof names } };

	cert_pin(c, pin);
	add_names(c, names);
	sha256_parts(parts, sizeof parts / sizeof *parts, out);
}

bool
counterpart_note(struct store *s, enum leaf_kind kind, const struct cert *c,
    const uint8_t tbs[static SHA256_SIZE])
{
	uint8_t key[SHA256_SIZE];

	make_key(kind == LEAF_MTC, c, key);
	return store_spki_note(s, key, tbs);
}

bool
counterpart_find(struct store *s, enum leaf_kind kind, const struct cert *c,
    const uint8_t tbs[static SHA256_SIZE], uint8_t out[static SHA256_SIZE])
{
	uint8_t key[SHA256_SIZE];

	make_key(kind != LEAF_MTC, c, key);
	return store_spki_other(s, key, tbs, out);
}
