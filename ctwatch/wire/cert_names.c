/* SPDX-License-Identifier: Apache-2.0 */
/* cert_names: step through the names of a certificate. */
#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/cert_extension.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/oid.h>

/* Forms of otherName below id-on (RFC 7299). */
enum {
	ON_XMPP = 5,
	ON_SRV = 7,
	ON_NAI_REALM = 8,
	ON_MAILBOX = 9
};

/* GeneralName (RFC 5280, 4.2.1.6): the numbers of the supported forms. */
enum {
	OTHER_NAME = 0,
	RFC822_NAME = 1,
	DNS_NAME = 2,
	URI_NAME = 6,
	IP_ADDRESS = 7
};

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

	if (der_take_short(b, DER_OID, out))
		return true;
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
 * Take the next element of a list.  Return false if there is none or it is
 * malformed: the list is then empty, so that the next one follows.
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
	out->split = (e->tag & DER_CONSTRUCTED) != 0;
	if (out->split)
		it->deviations |= CERT_STRING_SPLIT;
}

/*
 * AttributeTypeAndValue ::= SEQUENCE { type, value }; return true for a CN, and
 * for the emailAddress of PKCS #9, which mail programs also use.
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
	if (OID_IS(oid, OID_COMMON_NAME))
		out->kind = CERT_CN;
	else if (OID_IS(oid, OID_EMAIL_ADDRESS))
		out->kind = CERT_EMAIL;
	else
		return false;
	if (!take_any(&e.body, it, &value)) {
		note_error(it, CERT_NAMES);
		return false;
	}
	set_value(&value, value.tag & DER_NUMBER, it, out);
	return true;
}

/*
 * KRB5PrincipalName ::= SEQUENCE { realm [0] Realm, principalName [1] SEQUENCE
 * { name-type [0] INTEGER, name-string [1] SEQUENCE OF string } }.  The realm
 * is first, then the strings.
 */
static bool
take_kerberos(struct bytes b, struct cert_names *it, struct cert_name *out)
{
	struct der value, name, e, realm, principal, type, strings;

	if (!take_any(&b, it, &value) || !take_any(&value.body, it, &name) ||
	    !take_any(&name.body, it, &e) || !take_any(&e.body, it, &realm))
		return false;
	out->kind = CERT_KERBEROS;
	set_value(&realm, DER_IA5, it, out);
	if (take_any(&name.body, it, &e) && take_any(&e.body, it, &principal) &&
	    take_any(&principal.body, it, &type) &&
	    take_any(&principal.body, it, &e) &&
	    take_any(&e.body, it, &strings))
		it->parts = strings.body;
	return true;
}

static bool
take_part(struct cert_names *it, struct cert_name *out)
{
	struct der e;

	if (!take_any(&it->parts, it, &e)) {
		it->parts = (struct bytes){ 0 };
		return false;
	}
	out->kind = CERT_KERBEROS;
	set_value(&e, DER_IA5, it, out);
	return true;
}

/* GeneralSubtree ::= SEQUENCE { base GeneralName, ... } */
static bool
take_permitted(struct cert_names *it, struct cert_name *out)
{
	struct der e, base;

	if (!take_any(&it->permitted, it, &e)) {
		it->permitted = (struct bytes){ 0 };
		return false;
	}
	if (!take_any(&e.body, it, &base) ||
	    (base.tag & DER_NUMBER) != DNS_NAME)
		return false;
	out->kind = CERT_PERMITTED;
	set_value(&base, DER_IA5, it, out);
	return true;
}

/* NameConstraints ::= SEQUENCE { permittedSubtrees [0] ..., ... } */
static void
take_constraints(struct cert_names *it, struct bytes value)
{
	struct der e, subtrees;

	if (take_any(&value, it, &e) && take_any(&e.body, it, &subtrees) &&
	    (subtrees.tag & DER_NUMBER) == 0)
		it->permitted = subtrees.body;
}

/*
 * OtherName ::= SEQUENCE { type-id, value [0] EXPLICIT ANY }, reading the forms
 * with a host.
 */
static bool
take_other(struct bytes b, struct cert_names *it, struct cert_name *out)
{
	struct bytes oid;
	struct der e;
	uint8_t last;

	if (!take_oid(&b, it, &oid))
		return false;
	if (OID_IS(oid, OID_KERBEROS) && take_kerberos(b, it, out))
		return true;
	if (OID_IS(oid, OID_UPN))
		out->kind = CERT_EMAIL;
	else {
		if (!OID_IS_BELOW(oid, OID_ID_ON))
			return false;
		last = oid.p[oid.n - 1];
		if (last != ON_SRV && last != ON_XMPP && last != ON_NAI_REALM &&
		    last != ON_MAILBOX)
			return false;
		out->kind = last == ON_SRV ? CERT_SRV : CERT_EMAIL;
	}
	if (!take_any(&b, it, &e) || (b = e.body, !take_any(&b, it, &e))) {
		note_error(it, CERT_NAMES);
		return false;
	}
	set_value(&e, e.tag & DER_NUMBER, it, out);
	return true;
}

/*
 * GeneralName (RFC 5280, 4.2.1.6).  A client that ignores the tag's class reads
 * a name by its number alone; a plain string in the place of a dNSName counts
 * as a dNSName.
 */
static bool
take_name(struct cert_names *it, struct cert_name *out)
{
	struct der e;

	if (!take_element(&it->names, it, CERT_NAMES, &e))
		return false;
	if ((e.tag & DER_CLASS) != DER_CONTEXT)
		it->deviations |= CERT_TAG_CLASS;
	switch (e.tag & DER_NUMBER) {
	case OTHER_NAME:
		return take_other(e.body, it, out);
	case RFC822_NAME:
		out->kind = CERT_EMAIL;
		break;
	case DNS_NAME:
		out->kind = CERT_DNS;
		break;
	case URI_NAME:
		out->kind = CERT_URI;
		break;
	case IP_ADDRESS:
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
		if ((e.tag & DER_CLASS) != 0)
			return false;
		out->kind = CERT_DNS;
		set_value(&e, e.tag & DER_NUMBER, it, out);
		return true;
	default:
		return false;
	}
	set_value(&e, DER_IA5, it, out);
	return true;
}

/* Report whether an extension has names. */
static inline bool
has_names(struct bytes oid)
{
	return OID_IS(oid, OID_ALT_NAME) || OID_IS(oid, OID_NAME_CONSTRAINTS) ||
	    OID_IS(oid, OID_ALT_NAME_1993);
}

/* Skip the extensions up to the next one that has names or a longer length than
 * of one octet. */
static inline void
skip_extensions(struct cert_names *it)
{
	struct bytes rest = it->extensions, extension, oid;

	do
		it->extensions = rest;
	while (der_take_short(&rest, DER_SEQUENCE, &extension) &&
	    der_take_short(&extension, DER_OID, &oid) && !has_names(oid));
}

/* Go into GeneralNames ::= SEQUENCE OF GeneralName. */
static void
take_names(struct bytes value, struct cert_names *it)
{
	struct der e;

	/* OpenSSL accepts a SEQUENCE with a primitive tag. */
	if (!take_any(&value, it, &e) ||
	    ((e.tag & DER_CONSTRUCTED) == 0 &&
	        (e.tag | DER_CONSTRUCTED) != DER_SEQUENCE)) {
		note_error(it, CERT_NAMES);
		return;
	}
	it->names = e.body;
	if (value.n > 0)
		it->deviations |= CERT_SAN_TRAILING;
}

/* Go into the next extension; alternative names and constraints have names. */
static void
take_extension(struct cert_names *it)
{
	struct cert_extension x = { 0 };
	struct bytes oid;
	struct der e;

	skip_extensions(it);
	if (it->extensions.n == 0 ||
	    !take_element(&it->extensions, it, CERT_EXTENSION, &e))
		return;
	if (!take_oid(&e.body, it, &oid)) {
		note_error(it, CERT_EXTENSION);
		return;
	}
	if (!has_names(oid))
		return;
	cert_extension_value(e.body, &x);
	if (OID_IS(oid, OID_NAME_CONSTRAINTS)) {
		if (!x.split)
			take_constraints(it, x.value);
		return;
	}
	if (++it->n_san > 1)
		it->deviations |= CERT_SAN_TWICE;
	if (x.split)
		it->deviations |= CERT_SAN_SPLIT;
	else
		take_names(x.value, it);
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
	*it = (struct cert_names){ 0 };
	take_names(value, it);
}

bool
cert_names_next(struct cert_names *it, struct cert_name *out)
{
	struct der e;

	for (;;) {
		if (it->parts.n > 0) {
			if (take_part(it, out))
				return true;
		} else if (it->attributes.n > 0) {
			if (take_attribute(it, out))
				return true;
		} else if (it->rdns.n > 0) {
			/* RelativeDistinguishedName ::= SET OF attributes */
			if (take_element(&it->rdns, it, CERT_NAMES, &e))
				it->attributes = e.body;
		} else if (it->names.n > 0) {
			if (take_name(it, out))
				return true;
		} else if (it->permitted.n > 0) {
			if (take_permitted(it, out))
				return true;
		} else if (it->extensions.n > 0)
			take_extension(it);
		else
			return false;
	}
}
