/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/text.h>
#include <ctwatch/rotate/identify_pin.h>

#include "../support/test.h"

/* Digests of data/pins/leaf.der, each by openssl and coreutils alone. */
static const struct {
	const char *hex, *algorithm, *what;
	bool spki;
} known[] = {
	{ "d809218fd3f5df4a9cebc5144b8c922d2718984b950ebd974a64e183648b4928",
	    "sha256", "the SPKI (DER)", true },
	{ "1a06ac00e8b3460d7acdd025bcf3ac56ab9c2106", "sha1", "the SPKI (DER)",
	    false },
	{ "e3f85c7ec5a5517d0feb9575703e05d2", "md5", "the SPKI (DER)", false },
	{ "e6cda0c88143a4788681d639c08c36726810a865cba45a1a984f80618ff1828e7457"
	  "e3f06f69b044bd32efa11ef6cde1bcb09aeb0082a513ba6d349d1b7796aa",
	    "sha512", "the SPKI (DER)", false },
	{ "83edbb67152cec10f5c48419657cc469fb985de1c8e4ce7c07e18ab22170a1d0",
	    "sha256", "the PEM text of the public key", false },
	{ "26976763cd4c20f635efa24e62ec8fe33df317d4ec78c48075923f3b32174a54",
	    "sha256", "the PEM text of the public key", false },
	{ "76b5266334504ddb5f9c94e5cda90ac71e133c62", "sha1",
	    "the base64 of the public key's PEM text", false },
	{ "ddaf2ca5589a708b1ea88f64e41a95cca320551a6e10eb09c772e1a85bf582ec",
	    "sha256", "the base64 text of the SPKI", false },
	{ "b25fed7a1da6243ac4f989dbbf7fffe74b4258c3", "sha1",
	    "the subject key identifier (the bare key)", false },
	{ "13f1fa4038447c5de8b9a46e480312c879e80620bc12af685a6c5dfd975a7c49",
	    "sha256", "the bare key, without its algorithm", false },
	{ "013d68c962a651a718d99bb49cada897456ab5dc99568b95680c322386a661da",
	    "sha256", "the whole certificate (DER)", false },
	{ "563003b2e53fbefdab6b2741f92f72a5cc6a5802", "sha1",
	    "the whole certificate (DER)", false },
	{ "c77bc3bda55a31258748521c56ce03decfef2e59e9c93c70a957ba8409b4023a",
	    "sha256", "the PEM text of the certificate", false },
	{ "1e6bd455c2a79bc28372809e2870e18333cb829c", "sha1",
	    "the base64 of the certificate's PEM text", false },
};

static struct bytes
unhex(const char *hex, uint8_t *out)
{
	size_t n = strlen(hex) / 2;

	CHECK(text_unhex(hex, out, n));
	return (struct bytes){ out, n };
}

int
main(void)
{
	struct bytes der = test_data("pins/leaf.der");
	uint8_t digest[64] = { 0 };
	struct key_input_list l;
	struct identify_pin is;
	struct buf error;

	buf_init(&error, 4096);
	CHECK(key_input_read(der, &l, &error));
	CHECK(l.n == 1 && !l.v[0].ca);
	CHECK(strcmp(l.v[0].subject, "CN = www.example.com") == 0);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		struct bytes d = unhex(known[i].hex, digest);

		CHECK(identify_pin_material(&l.v[0], d, &is));
		CHECK(strcmp(is.algorithm, known[i].algorithm) == 0);
		if (strcmp(is.what, known[i].what) != 0)
			fprintf(stderr, "%s\n", is.what);
		CHECK(strcmp(is.what, known[i].what) == 0);
		CHECK(is.spki == known[i].spki);
		/* One bit off, it is of nothing here. */
		digest[0] ^= 1;
		CHECK(!identify_pin_material(&l.v[0], d, &is));
		CHECK(identify_pin_nothing(d) == NULL);
	}
	CHECK(
	    !identify_pin_material(&l.v[0], (struct bytes){ digest, 0 }, &is));
	CHECK(identify_pin_placeholder("sha256/<pin>"));
	CHECK(!identify_pin_placeholder(
	    "sha256/2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg="));
	key_input_fini(&l);
	buf_fini(&error);
	free((void *)(uintptr_t)der.p);
	return 0;
}
