/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/buf.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/leaf.h>

/* RFC 6962, 3.4: TimestampedEntry, from its timestamp on. */
static enum leaf_error
take_timestamped(struct bytes *b, struct leaf *out)
{
	uint16_t type;

	*out = (struct leaf){ 0 };
	if (!bytes_u64(b, &out->timestamp) || !bytes_u16(b, &type))
		return LEAF_TRUNCATED;
	if (type != LEAF_X509 && type != LEAF_PRECERT)
		return LEAF_TYPE;
	out->kind = type == LEAF_X509 ? LEAF_X509 : LEAF_PRECERT;
	if (out->kind == LEAF_PRECERT &&
	    !bytes_take(b, SHA256_SIZE, &out->issuer_key_hash))
		return LEAF_TRUNCATED;
	if (!bytes_vec24(b, &out->cert) || !bytes_vec16(b, &out->extensions))
		return LEAF_TRUNCATED;
	/* ASN.1Cert and TBSCertificate are opaque<1..2^24-1>. */
	return out->cert.n > 0 ? LEAF_OK : LEAF_EMPTY;
}

enum leaf_error
leaf_parse(struct bytes leaf_input, struct leaf *out)
{
	uint8_t version, leaf_type;
	enum leaf_error e;

	if (!bytes_u8(&leaf_input, &version) ||
	    !bytes_u8(&leaf_input, &leaf_type))
		return LEAF_TRUNCATED;
	if (version != 0 || leaf_type != 0)
		return LEAF_VERSION;
	e = take_timestamped(&leaf_input, out);
	if (e != LEAF_OK)
		return e;
	return leaf_input.n == 0 ? LEAF_OK : LEAF_TRAILING;
}

/* static-ct-api, "Log Entries": TileLeaf. */
enum leaf_error
leaf_take_tile(struct bytes *tile, struct leaf_tile *out)
{
	struct bytes try = *tile;
	enum leaf_error e;

	e = take_timestamped(&try, &out->leaf);
	if (e != LEAF_OK)
		return e;
	out->hashed = (struct bytes){ tile->p, tile->n - try.n };
	out->precert = (struct bytes){ 0 };
	if (out->leaf.kind == LEAF_PRECERT && !bytes_vec24(&try, &out->precert))
		return LEAF_TRUNCATED;
	if (!bytes_vec16(&try, &out->fingerprints))
		return LEAF_TRUNCATED;
	/* The length counts bytes, not fingerprints. */
	if (out->fingerprints.n % SHA256_SIZE != 0)
		return LEAF_CHAIN;
	*tile = try;
	return LEAF_OK;
}

enum leaf_error
leaf_index(const struct leaf *leaf, bool *found, uint64_t *index)
{
	struct bytes list = leaf->extensions, data;
	uint8_t type;

	*found = false;
	while (list.n > 0) {
		if (!bytes_u8(&list, &type) || !bytes_vec16(&list, &data))
			return LEAF_INDEX;
		if (type != 0) /* unknown extensions are passed over */
			continue;
		if (*found || !bytes_u40(&data, index) || data.n > 0)
			return LEAF_INDEX;
		*found = true;
	}
	return LEAF_OK;
}

enum leaf_error
leaf_parse_extra(struct bytes extra_data, enum leaf_kind kind,
    struct bytes *precert, struct bytes *chain)
{
	struct bytes walk, cert;

	*precert = (struct bytes){ 0 };
	*chain = (struct bytes){ 0 };
	if (kind == LEAF_PRECERT && !bytes_vec24(&extra_data, precert))
		return LEAF_TRUNCATED;
	if (!bytes_vec24(&extra_data, chain))
		return LEAF_TRUNCATED;
	if (extra_data.n > 0)
		return LEAF_TRAILING;
	for (walk = *chain; walk.n > 0;)
		if (!bytes_vec24(&walk, &cert))
			return LEAF_CHAIN;
	return LEAF_OK;
}

bool
leaf_next_cert(struct bytes *chain, struct bytes *cert)
{
	return bytes_vec24(chain, cert);
}

static bool
add_number(struct buf *out, uint64_t v, int octets)
{
	bool ok = true;

	for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8)
		ok = buf_add_byte(out, (uint8_t)(v >> shift)) && ok;
	return ok;
}

bool
leaf_add(const struct leaf *leaf, struct buf *out)
{
	bool precert = leaf->kind == LEAF_PRECERT;

	/* v1, timestamped_entry */
	return leaf->cert.n < 1u << 24 && leaf->extensions.n < 1u << 16 &&
	    (!precert || leaf->issuer_key_hash.n == SHA256_SIZE) &&
	    add_number(out, 0, 2) && add_number(out, leaf->timestamp, 8) &&
	    add_number(out, leaf->kind, 2) &&
	    (!precert || buf_add(out, leaf->issuer_key_hash)) &&
	    add_number(out, leaf->cert.n, 3) && buf_add(out, leaf->cert) &&
	    add_number(out, leaf->extensions.n, 2) &&
	    buf_add(out, leaf->extensions);
}

const char *
leaf_error_word(enum leaf_error e)
{
	static const char *const words[LEAF_ERROR_MAX] = {
		[LEAF_OK] = "ok",
		[LEAF_TRUNCATED] = "truncated",
		[LEAF_TRAILING] = "trailing-bytes",
		[LEAF_VERSION] = "unknown-leaf-version",
		[LEAF_TYPE] = "unknown-entry-type",
		[LEAF_EMPTY] = "empty-certificate",
		[LEAF_INDEX] = "bad-leaf-index",
		[LEAF_CHAIN] = "bad-chain",
	};

	return e < LEAF_ERROR_MAX ? words[e] : "unknown";
}

enum cert_error
leaf_parse_cert(enum leaf_kind kind, struct bytes der, struct cert *out)
{
	return kind == LEAF_PRECERT ? cert_parse_tbs(der, out)
	                            : cert_parse(der, out);
}

enum cert_error
leaf_read_cert(enum leaf_kind kind, struct bytes der, struct cert *out)
{
	return kind == LEAF_PRECERT ? cert_read_tbs(der, out)
	                            : cert_read(der, out);
}

/* ---- precertificates ---- */

/* A poison extension, critical and NULL, in DER: its length, and its OID. */
#define POISON 21

/* The tag of TBSCertificate.extensions. */
#define EXTENSIONS 0xa3

static const uint8_t oid_poison[] = { 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01,
	0xd6, 0x79, 0x02, 0x04, 0x03 };

/* How many bytes a and b have in common at their beginnings. */
static size_t
common_prefix(struct bytes a, struct bytes b)
{
	size_t least = a.n < b.n ? a.n : b.n, i = 0;
	uint64_t x, y;

	for (; i + sizeof x <= least; i += sizeof x) {
		memcpy(&x, a.p + i, sizeof x);
		memcpy(&y, b.p + i, sizeof y);
		if (x != y)
			break;
	}
	while (i < least && a.p[i] == b.p[i])
		i++;
	return i;
}

/* Report whether b is a with a poison somewhere in it. */
static bool
is_poisoned_copy(struct bytes a, struct bytes b)
{
	size_t at;

	if (b.n != a.n + POISON)
		return false;
	at = common_prefix(a, b);
	return memcmp(a.p + at, b.p + at + POISON, a.n - at) == 0 &&
	    memmem(b.p + at, POISON, oid_poison, sizeof oid_poison) != NULL;
}

bool
leaf_is_precert(const struct cert *leaf, struct bytes precert)
{
	struct bytes own = leaf->tbs;
	struct der a, b, list;
	size_t before;

	if (leaf->spki.n == 0 || leaf->extensions.n == 0 ||
	    !der_take(&own, DER_SEQUENCE, &a) ||
	    !der_take(&precert, DER_SEQUENCE, &list) ||
	    !der_take(&list.body, DER_SEQUENCE, &b))
		return false;
	before = (size_t)(leaf->spki.p + leaf->spki.n - a.body.p);
	if (b.body.n < before || memcmp(a.body.p, b.body.p, before) != 0)
		return false;
	return bytes_take(&b.body, before, &own) &&
	    der_take(&b.body, EXTENSIONS, &list) && b.body.n == 0 &&
	    der_take(&list.body, DER_SEQUENCE, &b) && list.body.n == 0 &&
	    is_poisoned_copy(leaf->extensions, b.body);
}
