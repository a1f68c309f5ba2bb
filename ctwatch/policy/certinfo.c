/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/policy/certinfo.h>
#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/cert_extension.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/leaf.h>
#include <ctwatch/wire/public_key.h>

static void
append(struct certinfo_list *list, char *s)
{
	list->v = mem_grow(list->v, list->n, sizeof *list->v);
	list->v[list->n++] = s;
}

static void
note(struct certinfo *c, const char *what)
{
	append(&c->notes, mem_strdup(what));
}

/* in, escaped, after prefix. */
static char *
escape(const char *prefix, struct bytes in)
{
	struct buf b;

	buf_init(&b, LIMIT_PAGE);
	buf_add_text(&b, prefix);
	text_escape(&b, in);
	return buf_detach(&b);
}

/* ---- subject and issuer ---- */

/* The name of a Merkle Tree CA is its trust anchor ID
 * (draft-ietf-plants-merkle-tree-certs-05), which would be printed as
 * "1.3.6.1.4.1.44363.47.1=#0C08...". */
static void
add_attribute_names(void)
{
	OBJ_create(
	    "1.3.6.1.4.1.44363.47.1", "trustAnchorID", "trust anchor ID");
	ERR_clear_error();
}

/* RFC 4514, with every byte that is not printable ASCII escaped. */
static char *
name_text(struct bytes der)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const uint8_t *p = der.p;
	X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)der.n);
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL, *at;
	long n;

	pthread_once(&once, add_attribute_names);
	if (name != NULL && bio != NULL &&
	    X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0) {
		n = BIO_get_mem_data(bio, &at);
		text = mem_text(bytes_at(at, (size_t)n));
	}
	BIO_free(bio);
	X509_NAME_free(name);
	return text;
}

static char *
name_or_note(struct certinfo *c, struct bytes der, const char *fault)
{
	char *text = der.n > 0 ? name_text(der) : NULL;

	if (text != NULL)
		return text;
	note(c, fault);
	return mem_strdup("?");
}

/* ---- serial number ---- */

/* X.690, 8.3: two's complement, the highest byte first. */
static char *
serial_text(struct certinfo *c, struct bytes in)
{
	uint8_t value[LIMIT_SHOWN_SERIAL];
	char hex[2 * LIMIT_SHOWN_SERIAL + 1];
	bool negative = in.n > 0 && (in.p[0] & 0x80) != 0, carry = true;

	if (in.n == 0) {
		note(c, "the serial number cannot be read");
		return mem_strdup("?");
	}
	if (in.n > sizeof value) {
		note(c, "the serial number is of unusual length");
		in.n = sizeof value;
		text_hex(in, hex);
		return mem_printf("%s...", hex);
	}
	for (size_t i = in.n; i-- > 0;) {
		value[i] = negative ? (uint8_t)(~in.p[i] + carry) : in.p[i];
		carry = carry && value[i] == 0;
	}
	in.p = value;
	while (in.n > 1 && *in.p == 0) {
		in.p++;
		in.n--;
	}
	text_hex(in, hex);
	return mem_printf("%s%s", negative ? "-" : "", hex);
}

/* ---- key ---- */

/* The dotted OID of an algorithm that libcrypto does not support. */
static char *
algorithm_text(struct bytes spki)
{
	struct der outer, algorithm, oid;
	ASN1_OBJECT *object;
	const uint8_t *p;
	char dotted[128];

	if (!der_take(&spki, DER_SEQUENCE, &outer) ||
	    !der_take(&outer.body, DER_SEQUENCE, &algorithm) ||
	    !der_take(&algorithm.body, DER_OID, &oid))
		return NULL;
	p = oid.whole.p;
	object = d2i_ASN1_OBJECT(NULL, &p, (long)oid.whole.n);
	if (object == NULL)
		return NULL;
	if (OBJ_obj2txt(dotted, sizeof dotted, object, 1) <= 0)
		*dotted = '\0';
	ASN1_OBJECT_free(object);
	return *dotted != '\0' ? mem_strdup(dotted) : NULL;
}

/* Use the NIST names of curves instead of those of libcrypto. */
static const char *
curve_name(const char *name)
{
	static const char *const names[][2] = {
		{ "prime256v1", "P-256" },
		{ "secp384r1", "P-384" },
		{ "secp521r1", "P-521" },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i][0]) == 0)
			return names[i][1];
	return name;
}

static char *
key_words(EVP_PKEY *key)
{
	char curve[64] = "?";
	size_t n;

	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
		return mem_printf("RSA %d", EVP_PKEY_get_bits(key));
	case EVP_PKEY_RSA_PSS:
		return mem_printf("RSA-PSS %d", EVP_PKEY_get_bits(key));
	case EVP_PKEY_DSA:
		return mem_printf("DSA %d", EVP_PKEY_get_bits(key));
	case EVP_PKEY_EC:
		EVP_PKEY_get_group_name(key, curve, sizeof curve, &n);
		return mem_printf("EC %s", curve_name(curve));
	case EVP_PKEY_ED25519:
		return mem_strdup("Ed25519");
	case EVP_PKEY_ED448:
		return mem_strdup("Ed448");
	default:
		return NULL;
	}
}

static char *
key_text(struct certinfo *c, struct bytes spki)
{
	const char *curve = public_key_curve(spki);
	char *text = NULL;
	EVP_PKEY *key;

	if (curve != NULL)
		return mem_printf("EC %s", curve);
	key = public_key_decode(spki);
	if (key != NULL)
		text = key_words(key);
	else
		note(c, "the key cannot be decoded");
	EVP_PKEY_free(key);
	if (text == NULL)
		text = algorithm_text(spki);
	return text != NULL ? text : mem_strdup("?");
}

/* ---- names ---- */

/* Return a common name of any string type in UTF-8, escaped. */
static char *
common_name(const struct cert_name *name)
{
	ASN1_STRING *s = ASN1_STRING_type_new(name->charset);
	struct bytes value = name->value;
	uint8_t *utf8 = NULL;
	char *text;
	int n = -1;

	if (s != NULL && ASN1_STRING_set(s, value.p, (int)value.n))
		n = ASN1_STRING_to_UTF8(&utf8, s);
	if (n >= 0)
		value = (struct bytes){ utf8, (size_t)n };
	text = escape("", value);
	OPENSSL_free(utf8);
	ASN1_STRING_free(s);
	return text;
}

static char *
address_text(struct bytes in)
{
	char text[INET6_ADDRSTRLEN];
	char hex[2 * 32 + 1];

	if (in.n == 4 || in.n == 16) {
		inet_ntop(
		    in.n == 4 ? AF_INET : AF_INET6, in.p, text, sizeof text);
		return mem_strdup(text);
	}
	in.n = in.n < 32 ? in.n : 32;
	text_hex(in, hex);
	return mem_printf("0x%s", hex);
}

static bool
lists(const struct certinfo_list *list, const char *s)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcasecmp(list->v[i], s) == 0)
			return true;
	return false;
}

static void
add_name(struct certinfo *c, const struct cert_name *name)
{
	switch (name->kind) {
	case CERT_CN: /* these follow the others */
		break;
	case CERT_DNS:
		append(&c->names, escape("", name->value));
		break;
	case CERT_IP:
		append(&c->addresses, address_text(name->value));
		break;
	case CERT_URI:
		append(&c->others, escape("uri:", name->value));
		break;
	case CERT_EMAIL:
		append(&c->others, escape("email:", name->value));
		break;
	case CERT_SRV:
		append(&c->others, escape("srv:", name->value));
		break;
	case CERT_KERBEROS:
		append(&c->others, escape("kerberos:", name->value));
		break;
	case CERT_PERMITTED:
		append(&c->others, escape("permits:", name->value));
		break;
	}
}

static void
add_common_name(struct certinfo *c, const struct cert_name *name)
{
	char *text;

	if (name->kind != CERT_CN)
		return;
	text = common_name(name);
	if (lists(&c->names, text) || lists(&c->addresses, text))
		free(text);
	else
		append(&c->names, text);
}

/* Join a name in constructed encoding first. */
static void
add_joined(struct certinfo *c, const struct cert_name *in,
    void (*add)(struct certinfo *c, const struct cert_name *name))
{
	struct cert_name name = *in;
	struct buf whole;

	buf_init(&whole, LIMIT_PAGE);
	if (in->split) {
		der_join(in->value, &whole);
		name.value = buf_view(&whole);
	}
	add(c, &name);
	buf_fini(&whole);
}

/* Add up to the limit of shown names; count all in *n. */
static void
walk(struct certinfo *c, struct cert_names *it, size_t *n,
    void (*add)(struct certinfo *c, const struct cert_name *name))
{
	struct cert_name name;

	while (cert_names_next(it, &name))
		if ((*n)++ < LIMIT_SHOWN_NAMES)
			add_joined(c, &name, add);
}

/* A subjectAltName in constructed encoding is handled on its own. */
static void
walk_split(struct certinfo *c, const struct cert *cert, size_t *n)
{
	struct bytes list = cert->extensions;
	struct cert_extension ext;
	struct cert_names it;
	struct buf whole;

	while (cert_extension_next(&list, &ext)) {
		if (!ext.split || !cert_extension_is_alt_name(&ext))
			continue;
		buf_init(&whole, LIMIT_PAGE);
		der_join(ext.value, &whole);
		cert_names_in(buf_view(&whole), &it);
		walk(c, &it, n, add_name);
		buf_fini(&whole);
	}
}

static void
add_names(struct certinfo *c, const struct cert *cert)
{
	struct cert_names it;
	size_t n = 0, again = 0;

	cert_names(cert, &it);
	walk(c, &it, &n, add_name);
	walk_split(c, cert, &n);
	cert_names(cert, &it);
	walk(c, &it, &again, add_common_name);
	if (n > LIMIT_SHOWN_NAMES)
		append(&c->notes,
		    mem_printf("the first %d of %zu names are shown",
		        LIMIT_SHOWN_NAMES, n));
}

/* ---- the whole ---- */

static void
add_deviations(struct certinfo *c, unsigned deviations)
{
	static const struct {
		unsigned bit;
		const char *text;
	} table[] = {
		{ CERT_BER, "its lengths are not in DER" },
		{ CERT_TRAILING, "bytes follow the certificate" },
		{ CERT_SAN_TRAILING, "bytes follow the alternative names" },
		{ CERT_SAN_TWICE, "there is more than one subjectAltName" },
		{ CERT_TAG_CLASS, "an alternative name has a wrong tag" },
		{ CERT_TBS_SHAPE, "fields are missing, doubled or unknown" },
		{ CERT_ADDRESS, "an address is of neither 4 nor 16 bytes" },
		{ CERT_SAN_SPLIT,
		    "the subjectAltName has constructed encoding" },
		{ CERT_STRING_SPLIT, "a name has constructed encoding" },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if ((deviations & table[i].bit) != 0)
			note(c, table[i].text);
}

/* RFC 6962, 3.1 and 3.3: logs should not accept either. */
static void
note_transparency(struct certinfo *out, const struct cert *c)
{
	struct bytes list = c->extensions;
	struct cert_extension x;

	while (cert_extension_next(&list, &x)) {
		if (cert_extension_is_poison(&x))
			note(out,
			    "it has the poison extension of a precertificate");
		if (out->tbs && cert_extension_is_sct_list(&x))
			note(out, "a precertificate has an SCT list");
	}
}

static int64_t
time_or_note(struct certinfo *c, struct bytes time, const char *fault)
{
	int64_t t;

	if (time.n > 0 && asn1_time_parse(time, &t))
		return t;
	note(c, fault);
	return CERTINFO_NO_TIME;
}

void
certinfo_describe(enum leaf_kind kind, struct bytes der, const struct cert *c,
    enum cert_error e, struct certinfo *out)
{
	memset(out, 0, sizeof *out);
	out->tbs = kind != LEAF_X509;
	add_names(out, c);
	if (e != CERT_OK)
		append(&out->notes,
		    mem_printf(
		        "the certificate cannot be parsed completely: %s",
		        cert_error_word(e)));
	add_deviations(out, c->deviations);
	if (kind == LEAF_MTC)
		note(out, CERTINFO_NO_KEY);
	note_transparency(out, c);
	out->subject =
	    name_or_note(out, c->subject, "the subject cannot be decoded");
	out->issuer =
	    name_or_note(out, c->issuer, "the issuer cannot be decoded");
	out->serial = serial_text(out, c->serial);
	if (kind != LEAF_MTC)
		out->key = key_text(out, c->spki);
	out->not_before = time_or_note(
	    out, c->not_before, "the start of validity cannot be read");
	out->not_after = time_or_note(
	    out, c->not_after, "the end of validity cannot be read");
	if (c->tbs.n > 0)
		cert_tbs_hash(c, out->tbs_sha256);
	if (c->spki.n > 0 || c->spki_hash.n > 0)
		cert_pin(c, out->spki_sha256);
	if (!out->tbs)
		sha256_digest(der, out->cert_sha256);
	ERR_clear_error();
}

void
certinfo_parse(enum leaf_kind kind, struct bytes der, struct certinfo *out)
{
	struct cert c = { .deviations = 0 };
	enum cert_error e = leaf_parse_cert(kind, der, &c);

	certinfo_describe(kind, der, &c, e, out);
}

static void
free_list(struct certinfo_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i]);
	free(list->v);
}

void
certinfo_fini(struct certinfo *c)
{
	free(c->subject);
	free(c->issuer);
	free(c->serial);
	free(c->key);
	free_list(&c->names);
	free_list(&c->addresses);
	free_list(&c->others);
	free_list(&c->notes);
	memset(c, 0, sizeof *c);
}
