/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/der.h>

/* OIDs, contents octets. */
static const uint8_t oid_cn[] = { 0x55, 0x04, 0x03 };
static const uint8_t oid_san[] = { 0x55, 0x1d, 0x11 };
static const uint8_t oid_email[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
	0x09, 0x01 };
/* id-on (RFC 7299): what is below it names a form of otherName. */
static const uint8_t oid_on[] = { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08 };
enum {
	ON_XMPP = 5,
	ON_SRV = 7,
	ON_MAILBOX = 9
};

#define IS_OID(o, oid)                                                         \
	((o).n == sizeof(oid) && memcmp((o).p, (oid), sizeof(oid)) == 0)

static bool
take_any(struct bytes *b, struct cert_names *it, struct der *out)
{
	if (!der_any(b, out))
		return false;
	if (out->deviations != DER_STRICT)
		it->deviations |= CERT_BER;
	return true;
}

/* Take an OBJECT IDENTIFIER, at once if its length is written in one octet. */
static inline bool
take_oid(struct bytes *b, struct cert_names *it, struct bytes *out)
{
	struct der e;

	if (b->n >= 2 && b->p[0] == DER_OID && b->p[1] < 0x80 &&
	    b->p[1] <= b->n - 2) {
		*out = (struct bytes){ b->p + 2, b->p[1] };
		b->p += 2 + out->n;
		b->n -= 2 + out->n;
		return true;
	}
	if (!take_any(b, it, &e))
		return false;
	*out = e.body;
	return true;
}

static void
note_error(struct cert_names *it, enum cert_error e)
{
	if (it->error == CERT_OK)
		it->error = e;
}

/*
 * Take the next element of a list.  False when there is none to be had: the
 * list is then empty, so that the next can be gone on with.
 */
static bool
take_element(struct bytes *list, struct cert_names *it, enum cert_error e,
    struct der *out)
{
	if (take_any(list, it, out))
		return true;
	*list = (struct bytes){ 0 };
	note_error(it, e);
	return false;
}

static void
set_value(const struct der *e, uint8_t charset, struct cert_names *it,
    struct cert_name *out)
{
	out->charset = charset;
	out->value = e->body;
	out->split = (e->tag & 0x20) != 0;
	if (out->split)
		it->deviations |= CERT_STRING_SPLIT;
}

/*
 * AttributeTypeAndValue ::= SEQUENCE { type, value }; true for a CN, and for
 * the emailAddress of PKCS #9, in which mail programs look, too.
 */
static bool
take_attribute(struct cert_names *it, struct cert_name *out)
{
	struct bytes oid;
	struct der e, value;

	if (!take_element(&it->attributes, it, CERT_NAMES, &e))
		return false;
	if (!take_oid(&e.body, it, &oid)) {
		note_error(it, CERT_NAMES);
		return false;
	}
	if (IS_OID(oid, oid_cn))
		out->kind = CERT_CN;
	else if (IS_OID(oid, oid_email))
		out->kind = CERT_EMAIL;
	else
		return false;
	if (!take_any(&e.body, it, &value)) {
		note_error(it, CERT_NAMES);
		return false;
	}
	set_value(&value, value.tag & 0x1f, it, out);
	return true;
}

/*
 * OtherName ::= SEQUENCE { type-id, value [0] EXPLICIT ANY }, of which the
 * forms that hold a host are read.
 */
static bool
take_other(struct bytes b, struct cert_names *it, struct cert_name *out)
{
	struct bytes oid;
	struct der e;

	if (!take_oid(&b, it, &oid) || oid.n != sizeof oid_on + 1 ||
	    memcmp(oid.p, oid_on, sizeof oid_on) != 0)
		return false;
	switch (oid.p[sizeof oid_on]) {
	case ON_SRV:
		out->kind = CERT_SRV;
		break;
	case ON_XMPP:
	case ON_MAILBOX:
		out->kind = CERT_EMAIL;
		break;
	default:
		return false;
	}
	if (!take_any(&b, it, &e) || (b = e.body, !take_any(&b, it, &e))) {
		note_error(it, CERT_NAMES);
		return false;
	}
	set_value(&e, e.tag & 0x1f, it, out);
	return true;
}

/*
 * GeneralName (RFC 5280, 4.2.1.6).  A client that does not look at the tag's
 * class sees a name by its number alone; one that writes a plain string in
 * the place of a dNSName means a dNSName.
 */
static bool
take_name(struct cert_names *it, struct cert_name *out)
{
	struct der e;

	if (!take_element(&it->names, it, CERT_NAMES, &e))
		return false;
	if ((e.tag & 0xc0) != 0x80)
		it->deviations |= CERT_TAG_CLASS;
	switch (e.tag & 0x1f) {
	case 0:
		return take_other(e.body, it, out);
	case 1:
		out->kind = CERT_EMAIL;
		break;
	case 2:
		out->kind = CERT_DNS;
		break;
	case 6:
		out->kind = CERT_URI;
		break;
	case 7:
		out->kind = CERT_IP;
		if (e.body.n != 4 && e.body.n != 16)
			it->deviations |= CERT_ADDRESS;
		break;
	case DER_UTF8:
	case DER_PRINTABLE:
	case DER_T61:
	case DER_IA5:
	case DER_VISIBLE:
	case DER_UNIVERSAL:
	case DER_BMP:
		if ((e.tag & 0xc0) != 0)
			return false;
		out->kind = CERT_DNS;
		set_value(&e, e.tag & 0x1f, it, out);
		return true;
	default:
		return false;
	}
	set_value(&e, DER_IA5, it, out);
	return true;
}

/* Go into the next extension; only a subjectAltName has names. */
static void
take_extension(struct cert_names *it)
{
	struct bytes oid;
	struct cert_extension x;
	struct cert_names in;
	struct der e;

	if (!take_element(&it->extensions, it, CERT_EXTENSION, &e))
		return;
	if (!take_oid(&e.body, it, &oid)) {
		note_error(it, CERT_EXTENSION);
		return;
	}
	if (!IS_OID(oid, oid_san))
		return;
	if (++it->n_san > 1)
		it->deviations |= CERT_SAN_TWICE;
	if (!cert_next_extension(&e.whole, &x))
		return;
	if (x.split) {
		it->deviations |= CERT_SAN_SPLIT;
		return;
	}
	cert_names_in(x.value, &in);
	it->names = in.names;
	it->deviations |= in.deviations;
	note_error(it, in.error);
}

void
cert_names(const struct cert *c, struct cert_names *it)
{
	struct bytes b = c->subject;
	struct der e;

	*it = (struct cert_names){ .extensions = c->extensions };
	if (b.n > 0 && take_any(&b, it, &e))
		it->rdns = e.body;
}

void
cert_names_in(struct bytes value, struct cert_names *it)
{
	struct der e;

	*it = (struct cert_names){ 0 };
	/* OpenSSL does not mind a SEQUENCE that calls itself primitive. */
	if (!take_any(&value, it, &e) ||
	    ((e.tag & 0x20) == 0 && (e.tag | 0x20) != DER_SEQUENCE)) {
		it->error = CERT_NAMES;
		return;
	}
	it->names = e.body;
	if (value.n > 0)
		it->deviations |= CERT_SAN_TRAILING;
}

bool
cert_names_next(struct cert_names *it, struct cert_name *out)
{
	struct der e;

	for (;;) {
		if (it->attributes.n > 0) {
			if (take_attribute(it, out))
				return true;
		} else if (it->rdns.n > 0) {
			/* RelativeDistinguishedName ::= SET OF attributes */
			if (take_element(&it->rdns, it, CERT_NAMES, &e))
				it->attributes = e.body;
		} else if (it->names.n > 0) {
			if (take_name(it, out))
				return true;
		} else if (it->extensions.n > 0)
			take_extension(it);
		else
			return false;
	}
}
