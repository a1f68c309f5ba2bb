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
	    "sha256", "the public key (DER)", true },
	{ "1a06ac00e8b3460d7acdd025bcf3ac56ab9c2106", "sha1",
	    "the public key (DER)", false },
	{ "e3f85c7ec5a5517d0feb9575703e05d2", "md5", "the public key (DER)",
	    false },
	{ "e6cda0c88143a4788681d639c08c36726810a865cba45a1a984f80618ff1828e7457"
	  "e3f06f69b044bd32efa11ef6cde1bcb09aeb0082a513ba6d349d1b7796aa",
	    "sha512", "the public key (DER)", false },
	{ "7429155cbe2a8515a8461771daf1dd803c78b12b963b87846214928b13c1318b",
	    "sha256", "the public key (DER) with a newline after it", false },
	{ "83edbb67152cec10f5c48419657cc469fb985de1c8e4ce7c07e18ab22170a1d0",
	    "sha256", "the PEM text of the public key", false },
	{ "26976763cd4c20f635efa24e62ec8fe33df317d4ec78c48075923f3b32174a54",
	    "sha256", "the PEM text of the public key", false },
	{ "83c934c68d51b6f91ff8938d7f649c77e9a80ee0a949688dd698aab375214e5f",
	    "sha256", "the PEM text, with CR LF, of the public key", false },
	{ "7ff03d825bac8e65214d401d54d18092b17bc8549677fecf6b01a99539cee90d",
	    "sha256", "the lines between BEGIN and END of the public key",
	    false },
	{ "3bd2778abfdf07fd7f8d66db4c2259daa0f6ccfd98c8f3feb836bccc62f89d25",
	    "sha256", "the lines between BEGIN and END of the public key",
	    false },
	{ "76b5266334504ddb5f9c94e5cda90ac71e133c62", "sha1",
	    "the base64 of the PEM text of the public key", false },
	{ "ddaf2ca5589a708b1ea88f64e41a95cca320551a6e10eb09c772e1a85bf582ec",
	    "sha256", "the base64 text of the public key", false },
	{ "162002c848a36b4fda6e308fad1dbc64d9e193eeb24fcede545ef5d36611e38d",
	    "sha256", "the base64 text of the public key", false },
	{ "7b37a15605ac3f2b1b2698d038afe64be268dd72dc14730569bed7c91b2cd906",
	    "sha256", "the hexadecimal text of the public key", false },
	{ "424e96215e5201ed17e447ffe8118d281d9d4a8ee399bbcb1047b70e264f7c02",
	    "sha256", "the hexadecimal text of the public key", false },
	{ "6b4f1bbbab28438dc2f79309dd8ef06df316d38417a013c06089c8f1f47aba3b",
	    "sha256", "the digest, hashed again, of the public key", false },
	{ "e1b484dc4e542661cad079f1a4eed548db05cee85d56bafed36b1645c86e911e",
	    "sha256", "the hexadecimal text of the digest of the public key",
	    false },
	{ "c0f67d7989a4223378ba6ce7870f9a3345bcdb62e1e81a38ecaf07b8c744d0ad",
	    "sha256", "the base64 text of the digest of the public key",
	    false },
	{ "b25fed7a1da6243ac4f989dbbf7fffe74b4258c3", "sha1",
	    "the bare key, without its algorithm (with SHA-1, a subject key "
	    "identifier)",
	    false },
	{ "13f1fa4038447c5de8b9a46e480312c879e80620bc12af685a6c5dfd975a7c49",
	    "sha256",
	    "the bare key, without its algorithm (with SHA-1, a subject key "
	    "identifier)",
	    false },
	{ "44665f8aad2cebbfd3e29df45d6a17a6a0c928059b6fe0c10ca624c52c682b12",
	    "sha256", "the bare X and Y of the point", false },
	{ "8f65c48cd86bf2ebf1ce851417c8af6390ad21d73ac33bb6361fd9314ca283ac",
	    "sha256", "the SPKI with a compressed point", false },
	{ "4579dcb0cd506a3b397a94d3d12181ddc5e3cfa2fc40ea11d711ec5fca7c7f34",
	    "sha256", "the compressed point", false },
	{ "fe1f812cfd39acd2f5dbd43a1fd8962dc23a40c3d8a73d5e7a0c6426a63cf4b9",
	    "sha256", "the key in SSH encoding", false },
	{ "013d68c962a651a718d99bb49cada897456ab5dc99568b95680c322386a661da",
	    "sha256", "the whole certificate (DER)", false },
	{ "563003b2e53fbefdab6b2741f92f72a5cc6a5802", "sha1",
	    "the whole certificate (DER)", false },
	{ "c77bc3bda55a31258748521c56ce03decfef2e59e9c93c70a957ba8409b4023a",
	    "sha256", "the PEM text of the whole certificate", false },
	{ "1700d3517f693f1c9c6c47d6acfd6ac832ccd880b95398c21876e62643cc2ee6",
	    "sha256", "the PEM text, with CR LF, of the whole certificate",
	    false },
	{ "1e6bd455c2a79bc28372809e2870e18333cb829c", "sha1",
	    "the base64 of the PEM text of the whole certificate", false },
};

static struct bytes
unhex(const char *hex, uint8_t *out)
{
	size_t n = strlen(hex) / 2;

	CHECK(text_unhex(hex, out, n));
	return (struct bytes){ out, n };
}

/* What is wrong with each text, and how long the digest is that was meant. */
static void
recognises_notations(void)
{
	static const struct {
		const char *text, *fault;
		size_t n;
	} cases[] = {
		{ "sha256/2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg=", NULL,
		    0 },
		{ "sha256%2F2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg%3D",
		    "percent-encoded", 32 },
		/* printf %s HEX | base64 */
		{ "ZDgwOTIxOGZkM2Y1ZGY0YTljZWJjNTE0NGI4YzkyMmQyNzE4OTg0Yjk1MGVi"
		  "ZDk3NGE2NGUxODM2NDhiNDkyOA==",
		    "use openssl dgst with -binary", 32 },
		{ "SHA256:2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg", "SSH",
		    32 },
		{ "ssh-ed25519 AAAA", "SSH public key", 0 },
		{ "-----BEGIN PRIVATE KEY-----", "a private key", 0 },
		{ "-----BEGIN PUBLIC KEY-----", "PEM", 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t out[PINLIST_DIGEST_MAX];
		size_t n;
		const char *fault =
		    identify_pin_notation(cases[i].text, out, &n);

		CHECK((fault == NULL) == (cases[i].fault == NULL));
		if (fault == NULL)
			continue;
		CHECK(strstr(fault, cases[i].fault) != NULL);
		CHECK(n == cases[i].n);
		CHECK(n == 0 || out[0] == 0xd8);
	}
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
	recognises_notations();
	CHECK(identify_pin_placeholder("sha256/<pin>"));
	CHECK(!identify_pin_placeholder(
	    "sha256/2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg="));
	key_input_fini(&l);
	buf_fini(&error);
	free((void *)(uintptr_t)der.p);
	return 0;
}
