/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_matches: what libcrypto takes to verify certificates, for comparison
 * with what ctwatch takes to judge them.
 *
 * usage: verify_matches leaf|chain FILE
 *
 * FILE has entries as get-entries has them, one a line.  leaf: parse and verify
 * each certificate that is a leaf, with issuers that are parsed once; the leaf
 * of a precertificate has no signature.  chain: parse each certificate or
 * precertificate and each of its issuers, and verify all of them.  Prints the
 * nanoseconds of CPU time for all entries, without reading the file.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <jansson.h>
#include <openssl/x509.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/leaf.h>

#include "../support/test.h"

/* CAs that the file may name. */
#define MAX_ISSUERS 8

struct issuer {
	struct bytes der;
	EVP_PKEY *key; /* owned by its certificate, which is never freed */
};

/* An entry's certificate and the ones above it, as u24 vectors. */
struct entry {
	enum leaf_kind kind;
	struct bytes cert, chain;
};

static struct bytes
unbase64(const json_t *text)
{
	struct bytes in = bytes_of(json_string_value(text));
	uint8_t *out = mem_alloc(in.n, 1);
	size_t n;

	CHECK(text_unbase64(in, out, &n));
	return (struct bytes){ out, n };
}

static void
read_entry(const json_t *line, struct entry *out)
{
	struct bytes leaf_input = unbase64(json_object_get(line, "leaf_input"));
	struct bytes extra = unbase64(json_object_get(line, "extra_data"));
	struct bytes precert;
	struct leaf leaf;

	CHECK(leaf_parse(leaf_input, &leaf) == LEAF_OK);
	CHECK(leaf_parse_extra(extra, leaf.kind, &precert, &out->chain) ==
	    LEAF_OK);
	out->kind = leaf.kind;
	out->cert = leaf.kind == LEAF_PRECERT ? precert : leaf.cert;
}

static size_t
read_file(const char *path, struct entry **out)
{
	FILE *f = fopen(path, "r");
	json_t *line;
	size_t n = 0;

	*out = NULL;
	CHECK(f != NULL);
	while ((line = json_loadf(f, JSON_DISABLE_EOF_CHECK, NULL)) != NULL) {
		*out = mem_grow(*out, n, sizeof **out);
		read_entry(line, &(*out)[n++]);
		json_decref(line);
	}
	fclose(f);
	return n;
}

static X509 *
parse(struct bytes der)
{
	const uint8_t *p = der.p;
	X509 *x = d2i_X509(NULL, &p, (long)der.n);

	CHECK(x != NULL);
	return x;
}

static EVP_PKEY *
issuer_key(struct bytes der)
{
	static struct issuer known[MAX_ISSUERS];
	static size_t n;

	for (size_t i = 0; i < n; i++)
		if (bytes_equal(known[i].der, der))
			return known[i].key;
	CHECK(n < MAX_ISSUERS);
	known[n] = (struct issuer){ der, X509_get0_pubkey(parse(der)) };
	return known[n++].key;
}

static void
verify_leaf(const struct entry *e)
{
	struct bytes chain = e->chain, der;
	X509 *x;

	if (e->kind == LEAF_PRECERT)
		return;
	x = parse(e->cert);
	CHECK(leaf_next_cert(&chain, &der));
	CHECK(X509_verify(x, issuer_key(der)) == 1);
	X509_free(x);
}

static void
verify_chain(const struct entry *e)
{
	struct bytes chain = e->chain, der;
	X509 *x = parse(e->cert), *above;

	while (leaf_next_cert(&chain, &der)) {
		above = parse(der);
		CHECK(X509_verify(x, X509_get0_pubkey(above)) == 1);
		X509_free(x);
		x = above;
	}
	CHECK(X509_verify(x, X509_get0_pubkey(x)) == 1);
	X509_free(x);
}

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int
main(int argc, char *argv[])
{
	struct entry *v;
	int64_t start;
	bool whole;
	size_t n;

	CHECK(argc == 3);
	whole = strcmp(argv[1], "chain") == 0;
	n = read_file(argv[2], &v);
	start = now_ns();
	for (size_t i = 0; i < n; i++)
		if (whole)
			verify_chain(&v[i]);
		else
			verify_leaf(&v[i]);
	printf("%" PRId64 "\n", now_ns() - start);
	return 0;
}
