/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/base/buf.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/leaf.h>
#include <ctwatch/wire/oid.h>

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
		if (type != 0) /* skip unknown extensions */
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
leaf_kind_word(enum leaf_kind k)
{
	switch (k) {
	case LEAF_PRECERT:
		return "precert";
	case LEAF_MTC:
		return "mtc";
	case LEAF_X509:
		break;
	}
	return "final";
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
		[LEAF_EXTENSION] = "unknown-entry-extension",
		[LEAF_EXTENSION_ORDER] = "unordered-entry-extensions",
	};

	return e < LEAF_ERROR_MAX ? words[e] : "unknown";
}

enum cert_error
leaf_parse_cert(enum leaf_kind kind, struct bytes der, struct cert *out)
{
	switch (kind) {
	case LEAF_PRECERT:
		return cert_parse_tbs(der, out);
	case LEAF_MTC:
		return cert_parse_mtc(der, out);
	case LEAF_X509:
		break;
	}
	return cert_parse(der, out);
}

enum cert_error
leaf_read_cert(enum leaf_kind kind, struct bytes der, struct cert *out)
{
	switch (kind) {
	case LEAF_PRECERT:
		return cert_read_tbs(der, out);
	case LEAF_MTC:
		return cert_read_mtc(der, out);
	case LEAF_X509:
		break;
	}
	return cert_read(der, out);
}

struct bytes
leaf_whole_cert(enum leaf_kind kind, struct bytes der)
{
	return kind == LEAF_X509 ? der : (struct bytes){ NULL, 0 };
}

/* ---- precertificates ---- */

/* The tag of TBSCertificate.extensions. */
#define EXTENSIONS 0xa3

/* RFC 6962, 3.1: the poison extension, critical, with a NULL. */
static const struct bytes poison =
    OID_INIT("\x30\x13\x06\x0a" OID_POISON "\x01\x01\xff\x04\x02\x05\x00");

/* Report whether b has a poison at an offset. */
static bool
is_poison_at(struct bytes b, size_t at)
{
	return bytes_equal(bytes_part(b, at, poison.n), poison);
}

/* Report whether b, of poison.n bytes more, is a with a poison in it. */
static bool
is_poisoned_copy(struct bytes a, struct bytes b)
{
	size_t at;

	/* Many CAs append it. */
	if (is_poison_at(b, a.n))
		return bytes_equal(bytes_part(b, 0, a.n), a);
	at = bytes_common(a, b);
	/* The extension behind it begins with the same octet. */
	while (at > 0 && !is_poison_at(b, at) &&
	    b.p[at - 1] == b.p[at + poison.n - 1])
		at--;
	return is_poison_at(b, at) &&
	    bytes_equal(bytes_part(a, at, a.n - at),
	        bytes_part(b, at + poison.n, a.n - at));
}

/* The octets of the header, in DER, of an element with n of contents. */
static size_t
header_octets(size_t n)
{
	return n < DER_LENGTH_LONG ? 2 : n < 0x100 ? 3 : n < 0x10000 ? 4 : 5;
}

/* Take this header, in DER, of an element with n octets of contents. */
static bool
take_header(struct bytes *b, uint8_t tag, size_t n)
{
	size_t more = header_octets(n) - 2, length = 0;
	struct bytes h;

	if (!bytes_take(b, 2 + more, &h) || h.p[0] != tag)
		return false;
	if (more == 0)
		return h.p[1] == n;
	for (size_t i = 0; i < more; i++)
		length = length << 8 | h.p[2 + i];
	return h.p[1] == (DER_LENGTH_LONG | more) && length == n;
}

/* Skip the header of a SEQUENCE, with a length of at most four octets. */
static bool
skip_header(struct bytes *b)
{
	size_t more;
	struct bytes h;

	if (b->n < 2 || b->p[0] != DER_SEQUENCE)
		return false;
	more = b->p[1] < DER_LENGTH_LONG ? 0 : b->p[1] - DER_LENGTH_LONG;
	return more <= 4 && bytes_take(b, 2 + more, &h);
}

bool
leaf_is_precert(const struct cert *leaf, struct bytes start)
{
	const struct bytes list = leaf->extensions;
	const size_t list_n = list.n + poison.n;
	const size_t ext_n = header_octets(list_n) + list_n;
	struct bytes own = leaf->tbs, same;
	size_t before;

	if (leaf->spki.n == 0 || list.n == 0 || !skip_header(&own) ||
	    !skip_header(&start))
		return false;
	before = bytes_end_of(own, leaf->spki);
	return take_header(&start, DER_SEQUENCE,
	           before + header_octets(ext_n) + ext_n) &&
	    bytes_take(&start, before, &same) &&
	    bytes_equal(bytes_part(own, 0, before), same) &&
	    take_header(&start, EXTENSIONS, ext_n) &&
	    take_header(&start, DER_SEQUENCE, list_n) &&
	    bytes_take(&start, list_n, &same) && is_poisoned_copy(list, same);
}
