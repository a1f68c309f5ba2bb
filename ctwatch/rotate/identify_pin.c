/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/identify_pin.h>
#include <ctwatch/wire/der.h>

static const char *const algorithms[] = { "sha256", "sha1", "sha512", "sha384",
	"md5" };

/* The algorithm by which in hashes to digest, or NULL. */
static const char *
hashes_to(struct bytes in, struct bytes digest)
{
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
		const EVP_MD *md = EVP_get_digestbyname(algorithms[i]);
		uint8_t out[EVP_MAX_MD_SIZE];
		unsigned n;

		if (md != NULL && (size_t)EVP_MD_get_size(md) == digest.n &&
		    EVP_Digest(in.p, in.n, out, &n, md, NULL) == 1 &&
		    memcmp(out, digest.p, n) == 0)
			return algorithms[i];
	}
	return NULL;
}

/* The subjectPublicKey of an SPKI, without the count of unused bits. */
static bool
key_bits(struct bytes spki, struct bytes *out)
{
	struct der outer, algorithm, bits;
	uint8_t unused;

	if (!der_take(&spki, DER_SEQUENCE, &outer) ||
	    !der_take(&outer.body, DER_SEQUENCE, &algorithm) ||
	    !der_take(&outer.body, DER_BIT_STRING, &bits) ||
	    !bytes_u8(&bits.body, &unused))
		return false;
	*out = bits.body;
	return true;
}

/* Compare digest with the hashes of in; what says what in is. */
static bool
is_of(struct bytes in, const char *what, struct bytes digest,
    struct identify_pin *out)
{
	out->algorithm = hashes_to(in, digest);
	out->what = what;
	return out->algorithm != NULL;
}

/* Of DER, of its PEM with and without the last newline, and of base64s. */
static bool
is_of_forms(struct bytes der, const char *label, const char *const what[4],
    struct bytes digest, struct identify_pin *out)
{
	struct buf pem, b64;
	bool is;

	buf_init(&pem, LIMIT_PIN_FILE);
	buf_init(&b64, LIMIT_PIN_FILE);
	text_pem(&pem, label, der);
	is = is_of(der, what[0], digest, out) ||
	    is_of(buf_view(&pem), what[1], digest, out) ||
	    is_of((struct bytes){ pem.p, pem.n - 1 }, what[1], digest, out);
	if (!is) {
		buf_reserve(&b64, TEXT_BASE64_LEN(pem.n) + 1);
		text_base64(buf_view(&pem), (char *)b64.p);
		is = is_of(bytes_of((char *)b64.p), what[2], digest, out);
	}
	if (!is) {
		text_base64(der, (char *)b64.p);
		is = is_of(bytes_of((char *)b64.p), what[3], digest, out);
	}
	buf_fini(&pem);
	buf_fini(&b64);
	return is;
}

bool
identify_pin_material(
    const struct key_input *m, struct bytes digest, struct identify_pin *out)
{
	static const char *const key_forms[4] = { "the SPKI (DER)",
		"the PEM text of the public key",
		"the base64 of the public key's PEM text",
		"the base64 text of the SPKI" };
	static const char *const cert_forms[4] = {
		"the whole certificate (DER)",
		"the PEM text of the certificate",
		"the base64 of the certificate's PEM text",
		"the base64 text of the certificate"
	};
	struct bytes bits;

	*out = (struct identify_pin){ 0 };
	if (is_of_forms(m->spki, "PUBLIC KEY", key_forms, digest, out)) {
		out->spki = out->what == key_forms[0] &&
		    strcmp(out->algorithm, "sha256") == 0;
		return true;
	}
	if (key_bits(m->spki, &bits) &&
	    is_of(bits,
	        digest.n == 20 ? "the subject key identifier (the bare key)"
	                       : "the bare key, without its algorithm",
	        digest, out))
		return true;
	if (m->kind != KEY_INPUT_CERT ||
	    !is_of_forms(m->der, "CERTIFICATE", cert_forms, digest, out))
		return false;
	out->cert = out->what == cert_forms[0];
	return true;
}

const char *
identify_pin_nothing(struct bytes digest)
{
	static const struct {
		const char *text, *what;
	} cases[] = {
		{ "", "of nothing at all: a command before the hash failed" },
		{ "\n", "of an empty line: a command before the hash failed" },
	};
	bool same = digest.n > 0;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (hashes_to(bytes_of(cases[i].text), digest) != NULL)
			return cases[i].what;
	for (size_t i = 1; i < digest.n; i++)
		same = same && digest.p[i] == digest.p[0];
	return same ? "one byte over and over: a placeholder" : NULL;
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
