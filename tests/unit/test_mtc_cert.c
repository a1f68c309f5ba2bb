/* SPDX-License-Identifier: Apache-2.0 */
/* The certificates that the working group's generator made: their entries and
 * proofs against the hash tiles of the log, and their signatures. */
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <ctwatch/base/text.h>
#include <ctwatch/wire/cosignature.h>
#include <ctwatch/wire/mtc_cert.h>

#include "../support/test.h"

/* The one certificate of a PEM file; the caller frees. */
static struct bytes
read_pem(const char *name)
{
	struct bytes text = test_data(name);
	BIO *bio = BIO_new_mem_buf(text.p, (int)text.n);
	char *label, *header;
	uint8_t *der;
	long n;

	CHECK(PEM_read_bio(bio, &label, &header, &der, &n) == 1);
	OPENSSL_free(label);
	OPENSSL_free(header);
	BIO_free(bio);
	free((void *)(uintptr_t)text.p);
	return bytes_at(der, (size_t)n);
}

/* The hash of the subtree [start, end), from the tiles of level 0. */
static struct merkle_hash
subtree_of_tiles(uint64_t start, uint64_t end)
{
	struct merkle_range r;
	struct merkle_hash h;

	merkle_range_init(&r, 0); /* as a tree of its own */
	for (uint64_t i = start; i < end; i++) {
		char *path = mem_printf("mtc/draft05/tile/0/%03d%s",
		    (int)(i / 256), i >= 1792 ? ".p/244" : "");
		struct bytes tile = test_data(path);

		memcpy(h.b, tile.p + i % 256 * sizeof h.b, sizeof h.b);
		merkle_range_add(&r, &h);
		free((void *)(uintptr_t)tile.p);
		free(path);
	}
	merkle_range_root(&r, &h);
	return h;
}

static const struct {
	const char *file;
	uint64_t index;
	bool good;
	size_t signatures;
} samples[] = {
	{ "cert_10_0", 10, true, 3 }, { "cert_10_1", 10, true, 2 },
	{ "cert_10_2", 10, true, 0 }, { "cert_32_0", 32, true, 3 },
	{ "cert_32_1", 32, true, 0 }, { "cert_33_0", 33, true, 3 },
	{ "cert_33_1", 33, true, 0 }, { "cert_2034_0", 2034, true, 3 },
	{ "cert_2034_1", 2034, true, 0 }, { "cert_2035_0", 2035, true, 3 },
	{ "cert_2035_1", 2035, true, 0 },
	{ "cert_2035_2", 2035, false, 0 }, /* a bit of its proof is flipped */
};

static void
check_sample(size_t i)
{
	char *path = mem_printf("mtc/draft05/%s.pem", samples[i].file);
	struct bytes der = read_pem(path), signature, rest;
	char name[MTC_CERT_NAME];
	struct merkle_hash want;
	struct mtc_cert c;
	struct buf error;
	size_t n = 0;

	buf_init(&error, 1024);
	CHECK(mtc_cert_is(der));
	CHECK(mtc_cert_parse(der, &c, &error));
	CHECK(strcmp(c.issuer, "32473.1") == 0 && c.log == 1);
	CHECK(c.index == samples[i].index && c.has_root);
	want = subtree_of_tiles(c.start, c.end);
	CHECK(merkle_equal(&c.root, &want) == samples[i].good);
	for (rest = c.signatures; rest.n > 0; n++) {
		CHECK(mtc_cert_signature(&rest, name, &signature));
		CHECK(strcmp(name, n == 0 ? "oid/1.3.6.1.4.1.32473.1" : name) ==
		    0);
		CHECK(strncmp(name, "oid/1.3.6.1.4.1.32473.", 22) == 0);
	}
	CHECK(n == samples[i].signatures);
	mtc_cert_fini(&c);
	buf_fini(&error);
	OPENSSL_free((void *)(uintptr_t)der.p);
	free(path);
}

/* Any changed octet of a certificate changes its entry, its proof or its
 * signatures, or makes it unreadable. */
static void
each_changed_octet_is_detected(void)
{
	struct bytes der = read_pem("mtc/draft05/cert_33_1.pem");
	uint8_t *p = mem_alloc(der.n, 1);
	struct mtc_cert c, have;
	struct buf error;

	buf_init(&error, 1024);
	CHECK(mtc_cert_parse(der, &c, &error));
	for (size_t i = 0; i < der.n; i++) {
		memcpy(p, der.p, der.n);
		p[i] ^= 1;
		buf_clear(&error);
		if (mtc_cert_parse(bytes_at(p, der.n), &have, &error))
			CHECK(!have.has_root ||
			    !merkle_equal(&have.root, &c.root) ||
			    strcmp(have.issuer, c.issuer) != 0);
		mtc_cert_fini(&have);
	}
	for (size_t n = 0; n < der.n; n++) {
		buf_clear(&error);
		CHECK(!mtc_cert_parse(bytes_at(der.p, n), &have, &error));
		CHECK(error.n > 0);
		mtc_cert_fini(&have);
	}
	mtc_cert_fini(&c);
	buf_fini(&error);
	free(p);
	OPENSSL_free((void *)(uintptr_t)der.p);
}

/* The key of the CA, from its certificate, as a verifier key. */
static char *
vkey_of(const struct mtc_ca *ca)
{
	const char *name = "oid/1.3.6.1.4.1.32473.1";
	uint8_t raw[1 + 1312], id[4];
	char hex[9], *base64 = mem_alloc(TEXT_BASE64_LEN(sizeof raw) + 1, 1);
	char *vkey;

	CHECK(ca->key.n == 1312);
	raw[0] = 6;
	memcpy(raw + 1, ca->key.p, ca->key.n);
	note_key_id(bytes_of(name), 6, ca->key, id);
	text_hex(bytes_at(id, sizeof id), hex);
	text_base64(bytes_at(raw, sizeof raw), base64);
	vkey = mem_printf("%s+%s+%s", name, hex, base64);
	free(base64);
	return vkey;
}

static void
the_signature_of_the_ca_verifies(void)
{
	struct bytes ca_der = read_pem("mtc/draft05/ca_cert.pem");
	struct bytes der = read_pem("mtc/draft05/cert_10_0.pem"), signature;
	const struct bytes origin = bytes_of("oid/1.3.6.1.4.1.32473.1.0.1");
	enum cosignature good;
	struct cosignature_key *key;
	char name[MTC_CERT_NAME], *vkey, *text;
	struct mtc_cert c;
	struct mtc_ca ca;
	struct buf error;

	buf_init(&error, 1024);
	CHECK(mtc_cert_ca(ca_der, &ca, &error));
	CHECK(strcmp(ca.id, "32473.1") == 0 && ca.url.n == 0);
	CHECK(ca.first_log == 1 && ca.last_log >= 1);
	vkey = vkey_of(&ca);
	key = cosignature_key_new(bytes_of(vkey), &error);
	CHECK(key != NULL && mtc_cert_parse(der, &c, &error));
	text = mtc_cert_origin(c.issuer, c.log);
	CHECK(bytes_is(origin, text));
	CHECK(mtc_cert_signature(&c.signatures, name, &signature));
	/* An older OpenSSL has no ML-DSA-44. */
	good = EVP_PKEY_CTX_new_from_name(NULL, "ML-DSA-44", NULL) != NULL
	    ? COSIGNATURE_VALID
	    : COSIGNATURE_UNSUPPORTED;
	CHECK(cosignature_verify_subtree(
	          key, origin, c.start, c.end, &c.root, signature) == good);
	CHECK(cosignature_verify_subtree(
	          key, origin, c.start, c.end + 1, &c.root, signature) ==
	    (good == COSIGNATURE_VALID ? COSIGNATURE_INVALID : good));
	c.root.b[3] ^= 1;
	CHECK(cosignature_verify_subtree(
	          key, origin, c.start, c.end, &c.root, signature) ==
	    (good == COSIGNATURE_VALID ? COSIGNATURE_INVALID : good));
	cosignature_key_free(key);
	mtc_cert_fini(&c);
	free(text);
	free(vkey);
	buf_fini(&error);
	OPENSSL_free((void *)(uintptr_t)der.p);
	OPENSSL_free((void *)(uintptr_t)ca_der.p);
}

static void
other_certificates_are_refused(void)
{
	struct bytes plain = read_pem("mtc/draft05/cert_32_1.pem");
	struct bytes ca_der = read_pem("mtc/draft05/ca_cert.pem");
	struct mtc_cert c;
	struct mtc_ca ca;
	struct buf error;

	buf_init(&error, 1024);
	CHECK(!mtc_cert_ca(plain, &ca, &error));
	CHECK(strstr(buf_text(&error), MTC_CERT_DRAFT) != NULL);
	buf_clear(&error);
	CHECK(!mtc_cert_is(ca_der) && !mtc_cert_parse(ca_der, &c, &error));
	CHECK(strstr(buf_text(&error), MTC_CERT_DRAFT) != NULL);
	mtc_cert_fini(&c);
	for (size_t n = 0; n < ca_der.n; n++)
		mtc_cert_ca(bytes_at(ca_der.p, n), &ca, &error);
	buf_fini(&error);
	OPENSSL_free((void *)(uintptr_t)plain.p);
	OPENSSL_free((void *)(uintptr_t)ca_der.p);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		check_sample(i);
	each_changed_octet_is_detected();
	the_signature_of_the_ca_verifies();
	other_certificates_are_refused();
	return 0;
}
