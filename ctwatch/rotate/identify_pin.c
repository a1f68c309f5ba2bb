/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/decoder.h>
#include <openssl/encoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "rotate/key_forms.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/identify_pin.h>

static const char *const algorithms[] = { "sha256", "sha1", "sha512", "sha384",
	"md5" };

/* The digest to identify, and the result. */
struct search {
	struct bytes digest;
	struct identify_pin *out;
	struct buf text; /* of the current form */
};

/* Hash in; false if the algorithm has another length than digest. */
static bool
hash(const char *algorithm, struct bytes in, struct bytes digest,
    uint8_t out[static EVP_MAX_MD_SIZE])
{
	const EVP_MD *md = EVP_get_digestbyname(algorithm);
	unsigned n;
	bool ok = md != NULL && (size_t)EVP_MD_get_size(md) == digest.n &&
	    EVP_Digest(in.p, in.n, out, &n, md, NULL) == 1;

	ERR_clear_error(); /* a FIPS provider refuses MD5 */
	return ok;
}

/* Return the algorithm by which in hashes to digest, or NULL. */
static const char *
hashes_to(struct bytes in, struct bytes digest)
{
	uint8_t out[EVP_MAX_MD_SIZE];

	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
		if (hash(algorithms[i], in, digest, out) &&
		    memcmp(out, digest.p, digest.n) == 0)
			return algorithms[i];
	return NULL;
}

/* Compare with the hash of in, with and without a newline at its end. */
static bool
is_of_text(struct search *s, struct bytes in)
{
	struct buf line;

	s->out->algorithm = hashes_to(in, s->digest);
	if (s->out->algorithm != NULL)
		return true;
	buf_init(&line, in.n + 1);
	buf_add(&line, in);
	buf_add_byte(&line, '\n');
	s->out->algorithm = hashes_to(buf_view(&line), s->digest);
	buf_fini(&line);
	return s->out->algorithm != NULL;
}

static bool
found(struct search *s, const char *before, const char *after)
{
	snprintf(s->out->what, sizeof s->out->what, "%s%s", before, after);
	return true;
}

/* Compare with the digest of the digest: of its bytes, or its text in
 * hexadecimal or base64. */
static bool
is_of_digest(struct search *s, struct bytes der, const char *what)
{
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
		char text[2 * EVP_MAX_MD_SIZE + 1];
		uint8_t md[EVP_MAX_MD_SIZE];
		struct bytes inner = { md, s->digest.n };

		if (!hash(algorithms[i], der, s->digest, md))
			continue;
		if (is_of_text(s, inner))
			return found(s, "the digest, hashed again, of ", what);
		text_hex(inner, text);
		if (is_of_text(s, bytes_of(text)))
			return found(
			    s, "the hexadecimal text of the digest of ", what);
		text_base64(inner, text);
		if (is_of_text(s, bytes_of(text)))
			return found(
			    s, "the base64 text of the digest of ", what);
	}
	return false;
}

/* Compare with PEM as written, with CR LF, and without its first and last
 * line. */
static bool
is_of_pem(
    struct search *s, struct bytes der, const char *label, const char *what)
{
	struct buf crlf, body;
	struct bytes rest, line;
	bool is;

	buf_clear(&s->text);
	text_pem(&s->text, label, der);
	buf_init(&crlf, LIMIT_PIN_FILE);
	buf_init(&body, LIMIT_PIN_FILE);
	for (rest = buf_view(&s->text); text_line(&rest, &line);) {
		buf_add(&crlf, line);
		buf_add_text(&crlf, "\r\n");
		if (line.p[0] == '-')
			continue;
		buf_add(&body, line);
		buf_add_byte(&body, '\n');
	}
	s->text.n--; /* the last newline may be missing */
	if (is_of_text(s, buf_view(&s->text)))
		is = found(s, "the PEM text of ", what);
	else if (s->out->algorithm = hashes_to(buf_view(&crlf), s->digest),
	    s->out->algorithm != NULL)
		is = found(s, "the PEM text, with CR LF, of ", what);
	else {
		body.n--;
		is = is_of_text(s, buf_view(&body)) &&
		    found(s, "the lines between BEGIN and END of ", what);
	}
	buf_fini(&crlf);
	buf_fini(&body);
	return is;
}

/* Compare with the base64 of DER and of PEM, and hexadecimal in both cases. */
static bool
is_of_encodings(
    struct search *s, struct bytes der, const char *label, const char *what)
{
	struct buf pem;
	bool is;
	char *hex;

	buf_clear(&s->text);
	text_base64_add(&s->text, der);
	if (is_of_text(s, buf_view(&s->text)))
		return found(s, "the base64 text of ", what);
	buf_init(&pem, LIMIT_PIN_FILE);
	text_pem(&pem, label, der);
	buf_clear(&s->text);
	text_base64_add(&s->text, buf_view(&pem));
	buf_fini(&pem);
	if (is_of_text(s, buf_view(&s->text)))
		return found(s, "the base64 of the PEM text of ", what);
	hex = mem_alloc(2 * der.n + 1, 1);
	text_hex(der, hex);
	is = is_of_text(s, bytes_of(hex));
	for (char *c = hex; !is && *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	is = is || is_of_text(s, bytes_of(hex));
	free(hex);
	return is && found(s, "the hexadecimal text of ", what);
}

/* Compare with DER and its usual text forms. */
static bool
is_of_forms(
    struct search *s, struct bytes der, const char *label, const char *what)
{
	struct buf more;
	bool newline;

	s->out->algorithm = hashes_to(der, s->digest);
	if (s->out->algorithm != NULL)
		return found(s, what, " (DER)");
	buf_init(&more, der.n + 1);
	buf_add(&more, der);
	buf_add_byte(&more, '\n');
	s->out->algorithm = hashes_to(buf_view(&more), s->digest);
	newline = s->out->algorithm != NULL;
	buf_fini(&more);
	if (newline)
		return found(s, what, " (DER) with a newline after it");
	return is_of_pem(s, der, label, what) ||
	    is_of_encodings(s, der, label, what) || is_of_digest(s, der, what);
}

static bool
is_of_key(struct search *s, const struct key_input *m)
{
	struct key_forms forms;
	bool is = false;

	key_forms_init(&forms, blob_view(m->spki));
	for (size_t i = 0; !is && i < forms.n; i++) {
		struct bytes form = buf_view(&forms.v[i].bytes);

		is = is_of_text(s, form);
		if (is)
			found(s, "", forms.v[i].what);
		else if (is_of_digest(s, form, forms.v[i].what))
			is = true;
	}
	key_forms_fini(&forms);
	return is;
}

bool
identify_pin_material(
    const struct key_input *m, struct bytes digest, struct identify_pin *out)
{
	static const struct {
		const char *label, *what;
	} wholes[] = {
		[KEY_INPUT_CERT] = { "CERTIFICATE", "the whole certificate" },
		[KEY_INPUT_REQUEST] = { "CERTIFICATE REQUEST",
		    "the certificate request" },
	};
	struct search s = { .digest = digest, .out = out };
	bool is;

	*out = (struct identify_pin){ 0 };
	buf_init(&s.text, LIMIT_PIN_FILE);
	is =
	    is_of_forms(&s, blob_view(m->spki), "PUBLIC KEY", "the public key");
	out->spki = is && strcmp(out->what, "the public key (DER)") == 0 &&
	    strcmp(out->algorithm, "sha256") == 0;
	if (!is)
		is = is_of_key(&s, m);
	if (!is && m->kind != KEY_INPUT_KEY) {
		is = is_of_forms(&s, blob_view(m->der), wholes[m->kind].label,
		    wholes[m->kind].what);
		out->cert = is && m->kind == KEY_INPUT_CERT &&
		    strcmp(out->what, "the whole certificate (DER)") == 0;
	}
	buf_fini(&s.text);
	return is;
}

/* Encode the key in DER by that structure; false if it has no such form.  The
 * caller frees with OPENSSL_clear_free. */
static bool
encode(EVP_PKEY *key, const char *structure, unsigned char **der, size_t *n)
{
	OSSL_ENCODER_CTX *ctx = OSSL_ENCODER_CTX_new_for_pkey(
	    key, OSSL_KEYMGMT_SELECT_ALL, "DER", structure, NULL);
	bool ok;

	*der = NULL;
	*n = 0;
	ok = ctx != NULL && OSSL_ENCODER_to_data(ctx, der, n) == 1;
	OSSL_ENCODER_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

static EVP_PKEY *
decode_private(struct bytes text)
{
	OSSL_DECODER_CTX *ctx;
	const unsigned char *p = text.p;
	EVP_PKEY *key = NULL;
	size_t n = text.n;

	/* An empty passphrase: nothing is asked for at the terminal. */
	ctx = OSSL_DECODER_CTX_new_for_pkey(&key, NULL, NULL, NULL,
	    OSSL_KEYMGMT_SELECT_PRIVATE_KEY, NULL, NULL);
	if (ctx != NULL)
		OSSL_DECODER_CTX_set_passphrase(
		    ctx, (const unsigned char *)"", 0);
	if (ctx == NULL || OSSL_DECODER_from_data(ctx, &p, &n) != 1) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	OSSL_DECODER_CTX_free(ctx);
	ERR_clear_error();
	return key;
}

bool
identify_pin_private(
    struct bytes text, struct bytes digest, struct identify_pin *out)
{
	static const struct {
		const char *type; /* of the key; NULL: any */
		const char *structure, *label, *what;
	} forms[] = {
		{ NULL, "PrivateKeyInfo", "PRIVATE KEY",
		    "the private key in PKCS #8" },
		{ "RSA", "type-specific", "RSA PRIVATE KEY",
		    "the private key in PKCS #1" },
		{ "EC", "type-specific", "EC PRIVATE KEY",
		    "the private key in SEC 1" },
	};
	struct search s = { .digest = digest, .out = out };
	EVP_PKEY *key = decode_private(text);
	bool is = false;

	*out = (struct identify_pin){ 0 };
	buf_init(&s.text, LIMIT_PIN_FILE);
	for (size_t i = 0;
	     !is && key != NULL && i < sizeof forms / sizeof *forms; i++) {
		unsigned char *der;
		size_t n;

		if ((forms[i].type == NULL ||
		        EVP_PKEY_is_a(key, forms[i].type) == 1) &&
		    encode(key, forms[i].structure, &der, &n)) {
			is = is_of_forms(&s, (struct bytes){ der, n },
			    forms[i].label, forms[i].what);
			OPENSSL_clear_free(der, n);
		}
	}
	is = is ||
	    (is_of_text(&s, text) && found(&s, "", "the private key's file"));
	EVP_PKEY_free(key);
	if (s.text.p != NULL)
		explicit_bzero(s.text.p, s.text.cap);
	buf_fini(&s.text);
	return is;
}

const char *
identify_pin_nothing(struct bytes digest)
{
	static const struct {
		const char *text, *what;
	} cases[] = {
		{ "", "of empty input: the command before the hash failed" },
		{ "\n",
		    "of an empty line: the command before the hash failed" },
	};
	bool same = digest.n > 0;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (hashes_to(bytes_of(cases[i].text), digest) != NULL)
			return cases[i].what;
	for (size_t i = 1; i < digest.n; i++)
		same = same && digest.p[i] == digest.p[0];
	return same ? "one byte repeated: a placeholder" : NULL;
}

bool
identify_pin_placeholder(const char *text)
{
	static const char *const words[] = { "YOUR", "BASE64", "PLACEHOLDER",
		"EXAMPLE", "REPLACE", "TODO", "HASH_HERE", "<", "${" };
	const char *slash = strrchr(text, '/');
	const char *body = slash != NULL ? slash + 1 : text;
	size_t same = 0;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasestr(text, words[i]) != NULL)
			return true;
	while (body[same] != '\0' && body[same] == body[0])
		same++;
	return same >= 40;
}

/* ---- notations ---- */

/* Read the digest in a text that pinlist supports. */
static bool
decode(const char *text, uint8_t *out, size_t *n)
{
	struct pinlist l = { 0 };
	const struct pinlist_pin *pin = pinlist_add_pin(
	    pinlist_add_host(&l, NULL, HOST_PATTERN_HOST), text);
	bool is = pin->n == 16 || pin->n == 20 || pin->n == 32 ||
	    pin->n == 48 || pin->n == 64;

	*n = is ? pin->n : 0;
	if (is)
		memcpy(out, pin->digest, pin->n);
	pinlist_fini(&l);
	return is;
}

/* Decode sha256%2FAAA%3D to sha256/AAA=; false if nothing is encoded. */
static bool
decode_percent(const char *text, char *out)
{
	bool any = false;

	while (*text != '\0') {
		char pair[3] = "";
		uint8_t c;

		if (*text == '%')
			strncat(pair, text + 1, 2);
		if (strlen(pair) == 2 && text_unhex(pair, &c, 1)) {
			*out++ = (char)c;
			text += 3;
			any = true;
		} else
			*out++ = *text++;
	}
	*out = '\0';
	return any;
}

/* Read base64 of a text that ends with a digest in hexadecimal, as from openssl
 * dgst without -binary. */
static bool
decode_inner(const char *text, uint8_t *out, size_t *n)
{
	const char *body = strncmp(text, "sha256/", 7) == 0 ? text + 7 : text;
	size_t len = strlen(body);
	uint8_t *inner = mem_alloc(len + 1, 1);
	size_t got = 0, digits = 0;
	bool is = false;

	if (text_unbase64(bytes_of(body), inner, &got)) {
		while (got > 0 && isspace(inner[got - 1]))
			got--;
		while (digits < got && isxdigit(inner[got - digits - 1]))
			digits++;
		inner[got] = '\0';
		is = (digits == 40 || digits == 64 || digits == 96 ||
		         digits == 128) &&
		    text_unhex((char *)inner + got - digits, out, digits / 2);
	}
	*n = is ? digits / 2 : 0;
	free(inner);
	return is;
}

const char *
identify_pin_notation(
    const char *text, uint8_t out[static PINLIST_DIGEST_MAX], size_t *n)
{
	char *plain = mem_alloc(strlen(text) + 1, 1);
	const char *fault = NULL;

	*n = 0;
	if (strstr(text, "PRIVATE KEY-----") != NULL)
		fault = "a private key: keep it secret";
	else if (strstr(text, "-----BEGIN ") != NULL)
		fault = "PEM, not a digest: pass it with --cert";
	else if (strncmp(text, "ssh-", 4) == 0 ||
	    strncmp(text, "ecdsa-sha2-", 11) == 0)
		fault = "an SSH public key, not a digest";
	else if (strncmp(text, "SHA256:", 7) == 0 && strlen(text) == 50) {
		fault = "the fingerprint of an SSH key (ssh-keygen -l), which "
		        "is not of the SPKI";
		decode(text + 7, out, n);
	} else if (decode_percent(text, plain)) {
		fault = "percent-encoded: consumers do not decode it";
		decode(plain, out, n);
	} else if (decode_inner(text, out, n))
		fault = "base64 of the hexadecimal text of a digest: use "
		        "openssl dgst with -binary";
	free(plain);
	return fault;
}
