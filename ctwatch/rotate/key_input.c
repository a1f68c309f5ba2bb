/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "rotate/lex.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/key_input.h>
#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/public_key.h>

/* A Name on one line; NULL if libcrypto cannot print it. */
static char *
name_text(X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL, *p;
	long n;

	if (bio != NULL &&
	    X509_NAME_print_ex(bio, name, 0,
	        (XN_FLAG_ONELINE | ASN1_STRFLGS_UTF8_CONVERT) &
	            ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
		n = BIO_get_mem_data(bio, &p);
		if (n > 0)
			text = mem_text(bytes_at(p, (size_t)n));
	}
	BIO_free(bio);
	return text;
}

static struct blob
key_der(X509_PUBKEY *key)
{
	unsigned char *der = NULL;
	int n = key != NULL ? i2d_X509_PUBKEY(key, &der) : -1;
	struct blob out = { 0 };

	if (n > 0)
		out = blob_copy((struct bytes){ der, (size_t)n });
	OPENSSL_free(der);
	return out;
}

static int64_t
time_ms(const ASN1_TIME *t)
{
	int days, seconds;
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int64_t ms = 0;

	if (epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, t) == 1)
		ms = ((int64_t)days * 86400 + seconds) * 1000;
	ASN1_TIME_free(epoch);
	return ms;
}

/* Hash the bytes as they are, not a new encoding. */
static struct blob
cert_spki(struct bytes der)
{
	struct cert c;

	if (cert_parse(der, &c) != CERT_OK || c.spki.n == 0)
		return (struct blob){ 0 };
	return blob_copy(c.spki);
}

static bool
parse_cert(struct bytes der, bool aux, struct key_input *out)
{
	const unsigned char *p = der.p;
	X509 *x = aux ? d2i_X509_AUX(NULL, &p, (long)der.n)
	              : d2i_X509(NULL, &p, (long)der.n);

	if (x == NULL || (!aux && p != der.p + der.n)) {
		X509_free(x);
		return false;
	}
	out->kind = KEY_INPUT_CERT;
	out->spki = cert_spki(der);
	out->subject = name_text(X509_get_subject_name(x));
	out->ca = X509_check_ca(x) > 0;
	out->not_after = time_ms(X509_get0_notAfter(x));
	X509_free(x);
	return out->spki.n > 0;
}

/* Report whether libcrypto can verify signatures of this algorithm. */
static bool
is_verifiable(int algorithm)
{
	int digest, kind;
	EVP_MD *md;

	if (OBJ_find_sigid_algs(algorithm, &digest, &kind) != 1)
		return false;
	if (digest == NID_undef) /* it is in the parameters, or fixed */
		return true;
	md = EVP_MD_fetch(NULL, OBJ_nid2sn(digest), NULL);
	EVP_MD_free(md);
	return md != NULL;
}

static enum key_input_proof
verify_request(X509_REQ *r)
{
	EVP_PKEY *key = X509_REQ_get0_pubkey(r);

	if (key == NULL || !is_verifiable(X509_REQ_get_signature_nid(r)))
		return KEY_INPUT_UNVERIFIABLE;
	return X509_REQ_verify(r, key) == 1 ? KEY_INPUT_PROVED
	                                    : KEY_INPUT_UNSIGNED;
}

static bool
parse_request(struct bytes der, struct key_input *out)
{
	const unsigned char *p = der.p;
	X509_REQ *r = d2i_X509_REQ(NULL, &p, (long)der.n);

	if (r == NULL || p != der.p + der.n) {
		X509_REQ_free(r);
		return false;
	}
	out->kind = KEY_INPUT_REQUEST;
	out->spki = key_der(X509_REQ_get_X509_PUBKEY(r));
	out->subject = name_text(X509_REQ_get_subject_name(r));
	out->proof = verify_request(r);
	X509_REQ_free(r);
	return out->spki.n > 0;
}

static bool
parse_key(struct bytes der, struct key_input *out)
{
	const unsigned char *p = der.p;
	X509_PUBKEY *key = d2i_X509_PUBKEY(NULL, &p, (long)der.n);

	out->kind = KEY_INPUT_KEY;
	if (key != NULL && p == der.p + der.n)
		out->spki = key_der(key);
	X509_PUBKEY_free(key);
	return out->spki.n > 0;
}

static void
fini_one(struct key_input *m)
{
	blob_fini(&m->der);
	blob_fini(&m->spki);
	free(m->subject);
	*m = (struct key_input){ 0 };
}

/* Parse der by its PEM label, or try each kind if it has none. */
static bool
parse(struct bytes der, const char *label, struct key_input *out)
{
	bool ok;

	*out = (struct key_input){ 0 };
	if (label == NULL)
		ok = parse_cert(der, false, out) ||
		    (fini_one(out), parse_request(der, out)) ||
		    (fini_one(out), parse_key(der, out));
	else if (strstr(label, "CERTIFICATE REQUEST") != NULL)
		ok = parse_request(der, out);
	else if (strcmp(label, "PUBLIC KEY") == 0)
		ok = parse_key(der, out);
	else
		ok = parse_cert(
		    der, strcmp(label, "TRUSTED CERTIFICATE") == 0, out);
	ERR_clear_error();
	if (ok)
		out->der = blob_copy(der);
	else
		fini_one(out);
	return ok;
}

static void
append(struct key_input_list *l, const struct key_input *m)
{
	l->v = mem_grow(l->v, l->n, sizeof *l->v);
	l->v[l->n++] = *m;
}

static bool
is_known(const char *label)
{
	static const char *const known[] = { "CERTIFICATE",
		"TRUSTED CERTIFICATE", "X509 CERTIFICATE",
		"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST",
		"PUBLIC KEY" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(label, known[i]) == 0)
			return true;
	return false;
}

/* Add one block with label and contents. */
static bool
read_block(const char *label, struct bytes der, struct key_input_list *out,
    struct buf *error)
{
	struct key_input m;

	if (strstr(label, "PRIVATE KEY") != NULL) {
		buf_add_text(error,
		    "a private key: pass only the public key (openssl pkey "
		    "-pubout)");
		return false;
	}
	if (!is_known(label)) /* CRLs, parameters */
		return true;
	if (out->n == LIMIT_PEM_BLOCKS) {
		buf_add_text(error, "more PEM blocks than the limit");
		return false;
	}
	if (!parse(der, label, &m)) {
		buf_printf(error, "PEM block %zu: not a %s", out->n + 1, label);
		return false;
	}
	append(out, &m);
	return true;
}

static bool
read_pem(struct bytes text, struct key_input_list *out, struct buf *error)
{
	BIO *bio = BIO_new_mem_buf(text.p, (int)text.n);
	char *label, *header;
	unsigned char *der;
	bool ok = bio != NULL;
	long n;

	ERR_clear_error();
	while (ok && PEM_read_bio(bio, &label, &header, &der, &n) == 1) {
		ok = read_block(
		    label, (struct bytes){ der, (size_t)n }, out, error);
		OPENSSL_free(label);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
	if (ok &&
	    ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
		buf_printf(error, "PEM block %zu is damaged", out->n + 1);
		ok = false;
	}
	ERR_clear_error();
	BIO_free(bio);
	return ok;
}

/* Decode base64, wrapped or not, of a text with PEM, such as from `base64
 * -w0`. */
static bool
unwrap(struct bytes text, struct buf *out)
{
	struct buf plain;
	bool ok = true;

	buf_init(&plain, text.n);
	for (size_t i = 0; ok && i < text.n; i++)
		if (!isspace(text.p[i]))
			ok = text.p[i] < 0x80 && text.p[i] > ' ' &&
			    buf_add_byte(&plain, text.p[i]);
	ok = ok && plain.n > 16 && buf_reserve(out, plain.n) &&
	    text_unbase64(buf_view(&plain), out->p, &out->n) &&
	    lex_has(buf_view(out), "-----BEGIN ");
	buf_fini(&plain);
	return ok;
}

bool
key_input_is_wrapped(struct bytes text)
{
	struct buf inner;
	bool is;

	buf_init(&inner, LIMIT_PIN_FILE);
	is = text.n <= LIMIT_PIN_FILE && unwrap(text, &inner);
	buf_fini(&inner);
	return is;
}

static bool
read_any(struct bytes text, struct key_input_list *out, struct buf *error)
{
	struct key_input m;

	if (lex_has(text, "-----BEGIN "))
		return read_pem(text, out, error);
	if (text.n > 0 && text.p[0] == 0x30 && parse(text, NULL, &m)) {
		append(out, &m);
		return true;
	}
	return true;
}

bool
key_input_read(struct bytes text, struct key_input_list *out, struct buf *error)
{
	struct buf inner;
	bool ok;

	*out = (struct key_input_list){ 0 };
	buf_init(&inner, LIMIT_PIN_FILE);
	if (text.n > LIMIT_PIN_FILE) {
		buf_add_text(error, "longer than the limit");
		ok = false;
	} else if (unwrap(text, &inner))
		ok = read_any(buf_view(&inner), out, error);
	else
		ok = read_any(text, out, error);
	buf_fini(&inner);
	if (ok && out->n > 0)
		return true;
	if (error->n == 0)
		buf_add_text(error,
		    "no certificate, certificate request or "
		    "public key in it");
	key_input_fini(out);
	return false;
}

void
key_input_fini(struct key_input_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		fini_one(&l->v[i]);
	free(l->v);
	*l = (struct key_input_list){ 0 };
}

static bool
has_name(X509 *x, const char *format, const char *host)
{
	char *name = mem_printf(format, host);
	bool has = X509_check_host(x, name, 0, 0, NULL) == 1;

	free(name);
	return has;
}

bool
key_input_covers(
    const struct key_input *m, const char *host, enum host_pattern_reach reach)
{
	const unsigned char *p = m->der.p;
	bool covers;
	X509 *x;

	if (m->kind != KEY_INPUT_CERT)
		return true;
	x = d2i_X509(NULL, &p, (long)m->der.n);
	covers = x != NULL && reach != HOST_PATTERN_ONE_LABEL &&
	    has_name(x, "%s", host);
	/* A leading dot matches any name below. */
	if (x != NULL && reach != HOST_PATTERN_HOST)
		covers = covers || has_name(x, ".%s", host);
	X509_free(x);
	ERR_clear_error();
	return covers;
}

const char *
key_input_word(enum key_input_kind kind)
{
	static const char *const words[] = { "certificate",
		"certificate request", "public key" };

	return words[kind];
}

char *
key_input_algorithm(struct bytes spki)
{
	EVP_PKEY *key = public_key_decode(spki);
	char group[64], *out;
	size_t n;

	if (key == NULL)
		out = mem_strdup("unknown");
	else if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
		out = mem_printf("rsa-%d", EVP_PKEY_get_bits(key));
	else if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	    EVP_PKEY_get_group_name(key, group, sizeof group, &n) == 1)
		out = mem_printf("ec-%s",
		    strcmp(group, "prime256v1") == 0      ? "p256"
		        : strcmp(group, "secp384r1") == 0 ? "p384"
		        : strcmp(group, "secp521r1") == 0 ? "p521"
		                                          : group);
	else if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
		out = mem_strdup("ed25519");
	else
		out = mem_strdup("unknown");
	EVP_PKEY_free(key);
	ERR_clear_error();
	return out;
}
