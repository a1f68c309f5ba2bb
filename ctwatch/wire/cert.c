/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/mtc_entry.h>

/* RFC 5280, 4.1: tagged fields of a TBSCertificate, by number alone. */
enum {
	TBS_VERSION,
	TBS_ISSUER_ID,
	TBS_SUBJECT_ID,
	TBS_EXTENSIONS
};

/* Take an element, and note the deviations of its header in c. */
static inline bool
take_element(struct bytes *b, struct cert *c, struct der *out)
{
	if (!der_any(b, out))
		return false;
	if (out->deviations != DER_STRICT)
		c->deviations |= CERT_BER;
	return true;
}

/* As take_element, but accept another tag in that place. */
static inline bool
take_tagged(struct bytes *b, uint8_t tag, struct cert *c, struct der *out)
{
	if (!take_element(b, c, out))
		return false;
	if (out->tag != tag)
		c->deviations |= CERT_TBS_SHAPE;
	return true;
}

/* Read the validity.  If it is unreadable, leave the dates empty. */
static void
parse_validity(struct bytes b, struct cert *c)
{
	struct der before, after;

	if (!take_element(&b, c, &before) || !take_element(&b, c, &after)) {
		c->deviations |= CERT_TBS_SHAPE;
		return;
	}
	c->not_before = before.whole;
	c->not_after = after.whole;
}

/* Extensions ::= [3] EXPLICIT SEQUENCE OF Extension */
static bool
parse_extensions(struct bytes b, struct cert *c)
{
	struct der list;

	if (!take_tagged(&b, DER_SEQUENCE, c, &list) || b.n > 0)
		return false;
	c->extensions = list.body;
	return true;
}

/* The fields after the key: unique IDs and extensions. */
static enum cert_error
parse_rest(struct bytes b, struct cert *c)
{
	bool extended = false;
	struct der e;

	while (b.n > 0) {
		if (!take_element(&b, c, &e))
			return CERT_EXTENSION;
		if ((e.tag & DER_CLASS) != DER_CONTEXT)
			c->deviations |= CERT_TBS_SHAPE;
		if ((e.tag & DER_NUMBER) == TBS_ISSUER_ID ||
		    (e.tag & DER_NUMBER) == TBS_SUBJECT_ID)
			continue;
		if ((e.tag & DER_NUMBER) != TBS_EXTENSIONS) {
			c->deviations |= CERT_TBS_SHAPE;
			continue;
		}
		/* Names in a second list would be missed. */
		if (extended || !parse_extensions(e.body, c))
			return CERT_EXTENSION;
		extended = true;
	}
	return CERT_OK;
}

/* Read the contents of a TBSCertificate: fields by their place. */
static enum cert_error
parse_fields(struct bytes b, struct cert *c)
{
	struct der e;

	if (!take_element(&b, c, &e))
		return CERT_NOT_DER;
	if ((e.tag & DER_NUMBER) == TBS_VERSION && !take_element(&b, c, &e))
		return CERT_NOT_DER;
	if (e.tag != DER_INTEGER)
		c->deviations |= CERT_TBS_SHAPE;
	c->serial = e.body;
	if (!take_tagged(&b, DER_SEQUENCE, c, &e))
		return CERT_NOT_DER;
	c->algorithm = e.whole;
	if (!take_tagged(&b, DER_SEQUENCE, c, &e))
		return CERT_NOT_DER;
	c->issuer = e.whole;
	if (!take_tagged(&b, DER_SEQUENCE, c, &e))
		return CERT_NOT_DER;
	parse_validity(e.body, c);
	if (!take_tagged(&b, DER_SEQUENCE, c, &e))
		return CERT_NOT_DER;
	c->subject = e.whole;
	if (!take_tagged(&b, DER_SEQUENCE, c, &e))
		return CERT_NOT_DER;
	c->spki = e.whole;
	return parse_rest(b, c);
}

enum cert_error
cert_read(struct bytes der, struct cert *out)
{
	struct der outer, tbs, algorithm, signature;
	struct bytes b;

	*out = (struct cert){ 0 };
	if (!take_tagged(&der, DER_SEQUENCE, out, &outer))
		return CERT_NOT_DER;
	if (der.n > 0)
		out->deviations |= CERT_TRAILING;
	b = outer.body;
	if (!take_tagged(&b, DER_SEQUENCE, out, &tbs))
		return CERT_NOT_DER;
	if (!take_tagged(&b, DER_SEQUENCE, out, &algorithm) ||
	    !take_tagged(&b, DER_BIT_STRING, out, &signature) || b.n > 0)
		out->deviations |= CERT_TBS_SHAPE;
	out->tbs = tbs.whole;
	return parse_fields(tbs.body, out);
}

enum cert_error
cert_read_tbs(struct bytes der, struct cert *out)
{
	struct der tbs;

	*out = (struct cert){ 0 };
	if (!take_tagged(&der, DER_SEQUENCE, out, &tbs))
		return CERT_NOT_DER;
	if (der.n > 0)
		out->deviations |= CERT_TRAILING;
	out->tbs = tbs.whole;
	return parse_fields(tbs.body, out);
}

/*
 * Read the contents of a TBSCertificateLogEntry: as a TBSCertificate without
 * serial number and signature algorithm, and with algorithm and hash of the key
 * in place of the key.
 */
static enum cert_error
parse_mtc_fields(struct bytes b, struct cert *c)
{
	struct der e;

	if (!take_element(&b, c, &e))
		return CERT_NOT_DER;
	if (e.tag == (DER_CONTEXT | DER_CONSTRUCTED | TBS_VERSION) &&
	    !take_element(&b, c, &e))
		return CERT_NOT_DER;
	if (e.tag != DER_SEQUENCE)
		c->deviations |= CERT_TBS_SHAPE;
	c->issuer = e.whole;
	if (!take_tagged(&b, DER_SEQUENCE, c, &e))
		return CERT_NOT_DER;
	parse_validity(e.body, c);
	if (!take_tagged(&b, DER_SEQUENCE, c, &e))
		return CERT_NOT_DER;
	c->subject = e.whole;
	if (!take_tagged(&b, DER_SEQUENCE, c, &e) ||
	    !take_tagged(&b, DER_OCTETS, c, &e))
		return CERT_NOT_DER;
	if (e.body.n == SHA256_SIZE)
		c->spki_hash = e.body;
	return parse_rest(b, c);
}

enum cert_error
cert_read_mtc(struct bytes der, struct cert *out)
{
	struct mtc_entry entry;
	enum cert_error e;

	*out = (struct cert){ .tbs = der };
	if (!mtc_entry_take_serial(&der, &out->serial) ||
	    mtc_entry_parse(der, &entry) != LEAF_OK || entry.tbs.n == 0)
		return CERT_NOT_DER;
	e = parse_mtc_fields(entry.tbs, out);
	return e == CERT_OK && out->spki_hash.n == 0 ? CERT_KEY_HASH : e;
}

/* Walk all names once. */
static enum cert_error
walk_names(struct cert *c, enum cert_error e)
{
	struct cert_names it;
	struct cert_name name;

	cert_names(c, &it);
	while (cert_names_next(&it, &name))
		continue;
	c->deviations |= it.deviations;
	return e != CERT_OK ? e : it.error;
}

enum cert_error
cert_parse(struct bytes der, struct cert *out)
{
	enum cert_error e = cert_read(der, out);

	return walk_names(out, e);
}

enum cert_error
cert_parse_tbs(struct bytes der, struct cert *out)
{
	enum cert_error e = cert_read_tbs(der, out);

	return walk_names(out, e);
}

enum cert_error
cert_parse_mtc(struct bytes der, struct cert *out)
{
	enum cert_error e = cert_read_mtc(der, out);

	return walk_names(out, e);
}

void
cert_pin(const struct cert *c, uint8_t out[static SHA256_SIZE])
{
	if (c->spki_hash.n == SHA256_SIZE)
		memcpy(out, c->spki_hash.p, SHA256_SIZE);
	else
		sha256_digest(c->spki, out);
}

const char *
cert_error_word(enum cert_error e)
{
	static const char *const words[CERT_ERROR_MAX] = {
		[CERT_OK] = "ok",
		[CERT_NOT_DER] = "not-der",
		[CERT_NAMES] = "bad-names",
		[CERT_EXTENSION] = "bad-extensions",
		[CERT_KEY_HASH] = "key-hash-not-sha256",
	};

	return e < CERT_ERROR_MAX ? words[e] : "unknown";
}
