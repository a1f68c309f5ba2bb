/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#define OPENSSL_SUPPRESS_DEPRECATED /* as in wire/sha256 */
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <zlib.h>

#include "stages.h"

#include "../support/test.h"

static size_t
zlib_inflate(struct data *d, struct bytes gz)
{
	z_stream z = { 0 };

	CHECK(inflateInit2(&z, 15 + 16) == Z_OK);
	z.next_in = (Bytef *)gz.p;
	z.avail_in = (uInt)gz.n;
	z.next_out = d->sink;
	z.avail_out = (uInt)(d->json.n + d->tile.n);
	CHECK(inflate(&z, Z_FINISH) == Z_STREAM_END);
	inflateEnd(&z);
	return z.total_out;
}

static void
straight_cert(struct data *d, const uint8_t *p, size_t n, bool tbs)
{
	const uint8_t *at = p;
	STACK_OF(GENERAL_NAME) * names;
	uint8_t *der = NULL;
	X509 *x;
	int len;

	(void)d;
	/* A bare TBSCertificate is given an empty signature. */
	if (tbs) {
		static const uint8_t tail[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a,
			0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02, 0x03, 0x01,
			0x00 };
		size_t total = n + sizeof tail;
		uint8_t *w = malloc(total + 4);

		w[0] = 0x30;
		w[1] = 0x82;
		w[2] = (uint8_t)(total >> 8);
		w[3] = (uint8_t)total;
		memcpy(w + 4, p, n);
		memcpy(w + 4 + n, tail, sizeof tail);
		at = w;
		x = d2i_X509(NULL, &at, (long)total + 4);
		free(w);
	} else
		x = d2i_X509(NULL, &at, (long)n);
	if (x == NULL)
		return;
	names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);

		if (g->type == GEN_DNS)
			result +=
			    (uint64_t)(ASN1_STRING_length(g->d.dNSName) == 12 &&
			        memcmp(ASN1_STRING_get0_data(g->d.dNSName),
			            "example.test", 12) == 0);
	}
	sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
	result += (uint64_t)len;
	OPENSSL_free(der);
	X509_free(x);
}

static void
straight_json_of(struct data *d, struct bytes json)
{
	json_t *j = json_loadb((const char *)json.p, json.n, 0, NULL);
	json_t *list = json_object_get(j, "entries"), *e;
	size_t i;

	json_array_foreach(list, i, e) {
		const json_t *b64 = json_object_get(e, "leaf_input");
		size_t n = json_string_length(b64);
		uint8_t *leaf = malloc(n + 1), md[32];
		struct leaf l;
		int len = EVP_DecodeBlock(leaf + 1,
		    (const unsigned char *)json_string_value(b64), (int)n);

		len -= d->leaf[i].n % 3 == 1 ? 2 : d->leaf[i].n % 3 == 2;
		leaf[0] = 0;
		SHA256(leaf, (size_t)len + 1, md);
		result += md[0];
		if (leaf_parse((struct bytes){ leaf + 1, (size_t)len }, &l) ==
		    LEAF_OK)
			straight_cert(
			    d, l.cert.p, l.cert.n, l.kind == LEAF_PRECERT);
		free(leaf);
	}
	json_decref(j);
}

void
straight_rfc6962(struct data *d)
{
	straight_json_of(d, d->json);
}

void
straight_rfc6962_gzip(struct data *d)
{
	straight_json_of(
	    d, (struct bytes){ d->sink, zlib_inflate(d, d->json_gz) });
}

static void
straight_tile_of(struct data *d, struct bytes tile)
{
	struct leaf_tile e;

	while (leaf_take_tile(&tile, &e) == LEAF_OK && tile.p != NULL) {
		uint8_t *leaf = malloc(e.hashed.n + 3), md[32];

		memset(leaf, 0, 3);
		memcpy(leaf + 3, e.hashed.p, e.hashed.n);
		SHA256(leaf, e.hashed.n + 3, md);
		result += md[0];
		straight_cert(
		    d, e.leaf.cert.p, e.leaf.cert.n, e.leaf.kind == 1);
		free(leaf);
		if (tile.n == 0)
			break;
	}
}

void
straight_static(struct data *d)
{
	straight_tile_of(d, d->tile);
}

void
straight_static_gzip(struct data *d)
{
	straight_tile_of(
	    d, (struct bytes){ d->sink, zlib_inflate(d, d->tile_gz) });
}

void
straight_json(struct data *d)
{
	json_decref(json_loadb((const char *)d->json.p, d->json.n, 0, NULL));
}

void
straight_base64(struct data *d)
{
	for (int i = 0; i < ENTRIES; i++)
		result += (uint64_t)EVP_DecodeBlock(
		    d->sink, d->leaf_b64[i].p, (int)d->leaf_b64[i].n);
}

void
straight_hash(struct data *d)
{
	uint8_t md[32], node[65] = { 1 };

	for (int i = 0; i < ENTRIES; i++) {
		SHA256(d->leaf[i].p, d->leaf[i].n, md);
		SHA256(node, sizeof node, md);
		result += md[0];
	}
}

void
straight_parse(struct data *d)
{
	for (int i = 0; i < ENTRIES; i++)
		straight_cert(d, d->der[i].p, d->der[i].n, d->is_tbs[i]);
}

void
straight_inflate_tile(struct data *d)
{
	result += zlib_inflate(d, d->tile_gz);
}

void
straight_inflate_json(struct data *d)
{
	result += zlib_inflate(d, d->json_gz);
}
