/* SPDX-License-Identifier: Apache-2.0 */
/* Real cosignatures of a CT log's checkpoint, those of a made Merkle Tree
 * Certificates log, and every way of spoiling a verifier key or a note. */
#include <string.h>

#include <jansson.h>
#include <openssl/evp.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/cosignature.h>

#include "../support/test.h"

/* As their operators publish them; `openssl pkeyutl -verify -rawin' accepts
 * the cosignatures of the first two. */
#define GEOMYS                                                                 \
	"witness.navigli.sunlight.geomys.org+a3e00fe2+"                        \
	"BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G"
#define MULLVAD                                                                \
	"witness.stagemole.eu+67f7aea0+"                                       \
	"BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv"
#define TRUSTFABRIC                                                            \
	"staging.witness.transparency.goog/ring-any-bells+2e1a8dc9+"           \
	"BG5JTpLc3FJtwzgh1Uv+Qelz9qeOH2bfWjS1s0s+y4rL"

#define COSIGNED_AT ((int64_t)1791346973 * 1000)

static struct cosignature_key *
cosigner(const char *vkey)
{
	struct buf error;
	struct cosignature_key *c;

	buf_init(&error, 1024);
	c = cosignature_key_new(bytes_of(vkey), &error);
	if (c == NULL)
		fprintf(stderr, "%s: %s\n", vkey, buf_text(&error));
	CHECK(c != NULL);
	buf_fini(&error);
	return c;
}

static enum cosignature
verify(const char *vkey, struct bytes text, int64_t *time)
{
	struct cosignature_key *c = cosigner(vkey);
	enum cosignature result;
	struct note note;

	CHECK(note_parse(text, &note) == NOTE_OK);
	result = cosignature_verify(c, &note, time);
	cosignature_key_free(c);
	return result;
}

static void
real_cosignatures_verify(void)
{
	struct bytes text = test_data("heads/parcelyard2026h2/checkpoint");
	int64_t time = 0;

	CHECK(verify(GEOMYS, text, &time) == COSIGNATURE_VALID);
	CHECK(time == COSIGNED_AT);
	time = 0;
	CHECK(verify(MULLVAD, text, &time) == COSIGNATURE_VALID);
	CHECK(time == COSIGNED_AT);
	CHECK(verify(TRUSTFABRIC, text, &time) == COSIGNATURE_ABSENT);
	free((void *)text.p);
}

/* A copy of the real note with one byte, in the place of from, changed. */
static struct bytes
spoilt(const char *from, char to)
{
	struct bytes text = test_data("heads/parcelyard2026h2/checkpoint");
	char *at = strstr((char *)text.p, from);

	CHECK(at != NULL);
	*at = to;
	return text;
}

static void
a_changed_note_does_not_verify(void)
{
	static const struct {
		const char *from;
		char to;
		enum cosignature want;
	} table[] = {
		{ "1587930800", '2', COSIGNATURE_INVALID },       /* size */
		{ "SVJjVAjX0Ya5", 'T', COSIGNATURE_INVALID },     /* root */
		{ "parcelyard2026h2", 'q', COSIGNATURE_INVALID }, /* origin */
		{ "xckdrg8LIjdU", 'y', COSIGNATURE_INVALID },     /* time */
		{ "kDuDg==", 'l', COSIGNATURE_INVALID },        /* signature */
		{ "witness.navigli", 'v', COSIGNATURE_ABSENT }, /* name */
		{ "o+AP4gAAAABq", 'p', COSIGNATURE_ABSENT },    /* key ID */
	};
	int64_t time;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct bytes text = spoilt(table[i].from, table[i].to);

		if (verify(GEOMYS, text, &time) != table[i].want)
			fprintf(stderr, "row %zu\n", i);
		CHECK(verify(GEOMYS, text, &time) == table[i].want);
		free((void *)text.p);
	}
}

/* Both types on a note of Merkle Tree Certificates. */
static void
ml_dsa_verifies_where_libcrypto_has_it(void)
{
	struct bytes text = test_data("mtc/example/checkpoint");
	struct bytes truth = test_data("mtc/example/truth.json");
	json_t *j = json_loadb((const char *)truth.p, truth.n, 0, NULL);
	json_t *vkeys = json_object_get(j, "vkeys");
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "ML-DSA-44", NULL);
	enum cosignature want =
	    ctx != NULL ? COSIGNATURE_VALID : COSIGNATURE_UNSUPPORTED;
	const char *ml_dsa = json_string_value(json_array_get(vkeys, 1));
	int64_t time;
	char *at;

	CHECK(verify(json_string_value(json_array_get(vkeys, 0)), text,
	          &time) == COSIGNATURE_VALID);
	CHECK(verify(ml_dsa, text, &time) == want);
	at = strstr((char *)text.p, "1580");
	CHECK(at != NULL);
	at[3] = '1';
	if (want == COSIGNATURE_VALID)
		want = COSIGNATURE_INVALID;
	CHECK(verify(ml_dsa, text, &time) == want);
	EVP_PKEY_CTX_free(ctx);
	json_decref(j);
	free((void *)truth.p);
	free((void *)text.p);
}

static void
refuses_other_keys_of_cosigners(void)
{
	static const char *const table[][2] = {
		{ "", "NAME+KEYID+BASE64" },
		{ "name", "NAME+KEYID+BASE64" },
		{ "+a3e00fe2+BNy/", "NAME+KEYID+BASE64" },
		{ "name+a3e00f+BNy/", "a key of 2 bytes" },
		{ "name+a3e00fe2+*", "base64" },
		{ "name+a3e00fe2+", "base64" },
		{ "name+a3e00fe2+BNy/", "a key of 2 bytes" },
		{ "parcelyard2026h2.prod.certificate.transparency.goog+"
		  "f4630bfe+AWouhTkWdiXEtTKSFnEEhHDPEbXcbqlU9jBHy0WRUmuu",
		    "signature type 1 " },
		{ "witness.navigli.sunlight.geomys.org+a3e00fe3+"
		  "BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G",
		    "key ID" },
		{ "witness.navigli.sunlight.geomys.com+a3e00fe2+"
		  "BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G",
		    "key ID" },
		{ "witness.navigli.sunlight.geomys.org+a3e00fg2+"
		  "BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G",
		    "key ID" },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct buf error;

		buf_init(&error, 1024);
		CHECK(
		    cosignature_key_new(bytes_of(table[i][0]), &error) == NULL);
		if (strstr(buf_text(&error), table[i][1]) == NULL)
			fprintf(stderr, "row %zu: %s\n", i, buf_text(&error));
		CHECK(strstr(buf_text(&error), table[i][1]) != NULL);
		buf_fini(&error);
	}
}

static void
keys_are_compared_without_names(void)
{
	struct cosignature_key *a = cosigner(GEOMYS), *b = cosigner(MULLVAD);

	CHECK(cosignature_key_same(a, a));
	CHECK(!cosignature_key_same(a, b));
	CHECK(strcmp(cosignature_key_name(b), "witness.stagemole.eu") == 0);
	cosignature_key_free(a);
	cosignature_key_free(b);
}

int
main(void)
{
	real_cosignatures_verify();
	a_changed_note_does_not_verify();
	ml_dsa_verifies_where_libcrypto_has_it();
	refuses_other_keys_of_cosigners();
	keys_are_compared_without_names();
	return 0;
}
