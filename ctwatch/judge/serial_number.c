/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "judge/serial_number.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

static void
serial_key(const struct cert *c, uint8_t out[static SHA256_SIZE])
{
	const struct bytes parts[] = { bytes_of("ctwatch-serial/1\n"),
		c->issuer, bytes_of("\n"), c->serial };

	sha256_parts(parts, 4, out);
}

bool
serial_number_note(struct store *s, const struct cert *cert,
    const uint8_t tbs[static SHA256_SIZE])
{
	uint8_t key[SHA256_SIZE];

	serial_key(cert, key);
	return store_spki_note(s, key, tbs);
}

static char *
message_of(const struct store_cert *c, const struct store_cert *other)
{
	static const char *const kinds[] = { [LEAF_X509] = "certificate",
		[LEAF_PRECERT] = "precertificate",
		[LEAF_MTC] = "Merkle Tree Certificate" };
	char hex[2 * SHA256_SIZE + 1];

	text_hex((struct bytes){ other->tbs_sha256, SHA256_SIZE }, hex);
	return mem_printf("this %s differs from a %s of the same issuer and "
	                  "serial number, TBS hash %s",
	    kinds[c->kind], kinds[other->kind], hex);
}

bool
serial_number_reused(struct store *s, const struct store_cert *c,
    const struct cert *cert, struct verdict_finding *out)
{
	uint8_t key[SHA256_SIZE], first[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];
	const char *field = hex;
	struct store_cert other;

	serial_key(cert, key);
	if (store_spki_first(s, key, c->tbs_sha256) ||
	    !store_spki_other(s, key, c->tbs_sha256, first) ||
	    !store_cert_load(s, first, &other))
		return false;
	*out = (struct verdict_finding){
		.rule = rules_find(c->kind != other.kind ? "CTW039" : "CTW047")
	};
	out->severity = out->rule->severity;
	out->message = message_of(c, &other);
	text_hex((struct bytes){ c->tbs_sha256, SHA256_SIZE }, hex);
	out->subject = mem_strdup(hex);
	rules_fingerprint(out->rule, &field, 1, out->fingerprint);
	store_cert_fini(&other);
	return true;
}
