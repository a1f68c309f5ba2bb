/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stages: what each stage of the scan costs, beside the straightforward way
 * and the machine's own limit for the same bytes, in one run.
 *
 * Data: 256 real entries (data/), as one get-entries body and one data tile.
 * Prints one JSON object a row.  What a row compares is measured in turns, in
 * CPU time, and the least of many short runs counts: a machine that is busy
 * with other work as well then tells nearly the same.  With names of rows,
 * only these are run, without what they are compared with: for a profiler.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config.h"

#include <jansson.h>
#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif
#define OPENSSL_SUPPRESS_DEPRECATED /* as in wire/sha256 */
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <zlib.h>

#include "net/log_rfc6962.h"
#include "net/log_static.h"
#include <ctwatch/base/blob.h>
#include <ctwatch/base/buf.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/net/inflate.h>
#include <ctwatch/policy/watch.h>
#include <ctwatch/sync/batch.h>
#include <ctwatch/wire/get_entries.h>

#include "../support/test.h"

#define ENTRIES 256
#define RUNS    40
#define RUN_NS  2000000 /* a run lasts at least so long */

struct data {
	struct bytes json, tile, tile_gz, json_gz;
	struct bytes leaf[ENTRIES]; /* leaf_input */
	struct bytes leaf_b64[ENTRIES];
	struct cert cert[ENTRIES];
	struct bytes der[ENTRIES];
	bool is_tbs[ENTRIES];
	size_t leaf_bytes, b64_bytes, der_bytes;
	struct watch *watch[4]; /* 1, 100, 10,000, 1,000,000 items */
	struct log_client rfc6962, tiled;
	struct batch_worker *worker;
	struct inflate *inflate;
	struct buf scratch;
	uint8_t *sink; /* where limits copy to */
};

static const unsigned watch_sizes[4] = { 1, 100, 10000, 1000000 };

/* Kept, so that no work is optimised away. */
static volatile uint64_t result;

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Run f for a while; *least: nanoseconds an entry, of the best run so far. */
static void
run(void (*f)(struct data *), struct data *d, double *least)
{
	int64_t start = now_ns(), spent;
	unsigned n = 0;
	double ns;

	do {
		f(d);
		n++;
		spent = now_ns() - start;
	} while (spent < RUN_NS);
	ns = (double)spent / n / ENTRIES;
	if (*least == 0 || ns < *least)
		*least = ns;
}

/* ---- data ---- */

static struct bytes
gzip(struct bytes in)
{
	z_stream z = { 0 };
	uLong cap;
	uint8_t *out;

	CHECK(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) ==
	    Z_OK);
	cap = deflateBound(&z, in.n);
	out = mem_alloc(cap, 1);
	z.next_in = (Bytef *)in.p;
	z.avail_in = (uInt)in.n;
	z.next_out = out;
	z.avail_out = (uInt)cap;
	CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
	deflateEnd(&z);
	return (struct bytes){ out, z.total_out };
}

static void
add_u24(struct buf *b, size_t n)
{
	buf_add_byte(b, (uint8_t)(n >> 16));
	buf_add_byte(b, (uint8_t)(n >> 8));
	buf_add_byte(b, (uint8_t)n);
}

/* extra_data of a tile's entry: its precertificate and its issuers. */
static void
extra_data(const struct leaf_tile *e, struct buf *out)
{
	struct bytes list = e->fingerprints, one;
	struct buf chain;

	buf_init(&chain, LIMIT_PAGE);
	while (bytes_take(&list, SHA256_SIZE, &one)) {
		char hex[2 * SHA256_SIZE + 1], *name;
		struct bytes der;

		text_hex(one, hex);
		name = mem_printf("static/navigli2025h2/issuer/%s", hex);
		der = test_data(name);
		add_u24(&chain, der.n);
		buf_add(&chain, der);
		free((void *)der.p);
		free(name);
	}
	if (e->leaf.kind == LEAF_PRECERT) {
		add_u24(out, e->precert.n);
		buf_add(out, e->precert);
	}
	add_u24(out, chain.n);
	buf_add(out, buf_view(&chain));
	buf_fini(&chain);
}

static void
add_base64(struct buf *out, struct bytes in)
{
	char *text = mem_alloc(TEXT_BASE64_LEN(in.n) + 1, 1);

	text_base64(in, text);
	buf_add_text(out, text);
	free(text);
}

static void
load(struct data *d)
{
	struct bytes tile = test_data("static/navigli2025h2/tile/data/000");
	struct buf json, leaf, extra;
	struct leaf_tile e;

	buf_init(&json, LIMIT_PAGE);
	buf_init(&leaf, LIMIT_PAGE);
	buf_init(&extra, LIMIT_PAGE);
	d->inflate = inflate_new();
	buf_init(&d->scratch, LIMIT_PAGE);
	if (inflate_is_gzip(tile)) {
		CHECK(
		    inflate_gzip(d->inflate, tile, &d->scratch) == INFLATE_OK);
		tile = (struct bytes){ blob_copy(buf_view(&d->scratch)).p,
			d->scratch.n };
	}
	d->tile = tile;
	buf_add_text(&json, "{\"entries\":[");
	for (int i = 0; i < ENTRIES; i++) {
		size_t at;
		struct bytes whole;

		CHECK(leaf_take_tile(&tile, &e) == LEAF_OK);
		buf_clear(&leaf);
		buf_clear(&extra);
		buf_add(&leaf, (struct bytes){ (const uint8_t *)"\0", 2 });
		buf_add(&leaf, e.hashed);
		extra_data(&e, &extra);
		whole = (struct bytes){ blob_copy(buf_view(&leaf)).p, leaf.n };
		d->leaf[i] = whole;
		d->leaf_bytes += whole.n;
		d->der[i] = e.leaf.cert;
		d->der_bytes += e.leaf.cert.n;
		d->is_tbs[i] = e.leaf.kind == LEAF_PRECERT;
		CHECK((d->is_tbs[i] ? cert_parse_tbs : cert_parse)(
		          e.leaf.cert, &d->cert[i]) == CERT_OK);
		buf_add_text(&json,
		    i > 0 ? ",{\"leaf_input\":\"" : "{\"leaf_input\":\"");
		at = json.n;
		add_base64(&json, whole);
		d->leaf_b64[i] = (struct bytes){ NULL, json.n - at };
		d->b64_bytes += json.n - at;
		buf_add_text(&json, "\",\"extra_data\":\"");
		add_base64(&json, buf_view(&extra));
		buf_add_text(&json, "\"}");
	}
	buf_add_text(&json, "]}");
	d->json = (struct bytes){ (uint8_t *)buf_detach(&json), 0 };
	d->json.n = strlen((const char *)d->json.p);
	d->json_gz = gzip(d->json);
	d->tile_gz = gzip(d->tile);
	d->sink = mem_alloc(d->json.n + d->tile.n, 1);
	d->worker = batch_worker_new();
	buf_fini(&leaf);
	buf_fini(&extra);
}

static void
build_watches(struct data *d)
{
	struct buf error;

	buf_init(&error, 256);
	for (int k = 0; k < 4; k++) {
		d->watch[k] = watch_new();
		for (unsigned i = 0; i < watch_sizes[k]; i++) {
			char *item = mem_printf(".watched-%u.%s", i,
			    i % 3 == 0       ? "com"
			        : i % 3 == 1 ? "org"
			                     : "net");

			CHECK(watch_add(d->watch[k], bytes_of(item), &error));
			free(item);
		}
		watch_build(d->watch[k]);
	}
	buf_fini(&error);
}

/* ---- ctwatch's stages ---- */

static void
scan_json(struct data *d)
{
	struct get_entries e;
	struct get_entries_entry one;

	get_entries_open(d->json, &e);
	for (int i = 0; get_entries_next(&e, &one) == GET_ENTRIES_OK; i++)
		d->leaf_b64[i] = one.leaf_input.raw;
}

static void
base64(struct data *d)
{
	size_t n;

	for (int i = 0; i < ENTRIES; i++)
		result += text_unbase64(d->leaf_b64[i], d->sink, &n);
}

static void
hash(struct data *d)
{
	struct merkle_range r;
	struct merkle_hash h;

	merkle_range_init(&r, 0);
	for (int i = 0; i < ENTRIES; i++) {
		merkle_leaf_hash(d->leaf[i], &h);
		merkle_range_add(&r, &h);
	}
	result += r.node[0].b[0];
}

static void
parse(struct data *d)
{
	for (int i = 0; i < ENTRIES; i++)
		result += d->is_tbs[i] ? cert_read_tbs(d->der[i], &d->cert[i])
		                       : cert_read(d->der[i], &d->cert[i]);
}

#define MATCH(k)                                                               \
	static void match_##k(struct data *d)                                  \
	{                                                                      \
		for (int i = 0; i < ENTRIES; i++)                              \
			result += watch_match(d->watch[k], &d->cert[i]);       \
	}
MATCH(0)
MATCH(1)
MATCH(2)
MATCH(3)

static void
inflate_tile(struct data *d)
{
	result += inflate_gzip(d->inflate, d->tile_gz, &d->scratch);
}

static void
inflate_json(struct data *d)
{
	result += inflate_gzip(d->inflate, d->json_gz, &d->scratch);
}

static void
whole(struct data *d, const struct log_client *s, bool is_tile,
    struct bytes body, const struct watch *watch)
{
	const struct log_client_page page = { .count = ENTRIES,
		.whole = is_tile };
	struct batch b;
	struct buf error;

	buf_init(&error, 256);
	if (!batch_scan(d->worker, s, watch, &page, 0, body, &b, &error)) {
		fprintf(stderr, "%s\n", buf_text(&error));
		exit(1);
	}
	CHECK(b.range.end == ENTRIES);
	batch_fini(&b);
	buf_fini(&error);
}

static void
scan_rfc6962(struct data *d)
{
	whole(d, &d->rfc6962, false, d->json, d->watch[0]);
}

static void
scan_rfc6962_million(struct data *d)
{
	whole(d, &d->rfc6962, false, d->json, d->watch[3]);
}

static void
scan_rfc6962_gzip(struct data *d)
{
	whole(d, &d->rfc6962, false, d->json_gz, d->watch[0]);
}

static void
scan_static(struct data *d)
{
	whole(d, &d->tiled, true, d->tile, d->watch[0]);
}

static void
scan_static_gzip(struct data *d)
{
	whole(d, &d->tiled, true, d->tile_gz, d->watch[0]);
}

/* ---- the straightforward way ---- */

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

static void
straight_rfc6962(struct data *d)
{
	straight_json_of(d, d->json);
}

static void
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

static void
straight_static(struct data *d)
{
	straight_tile_of(d, d->tile);
}

static void
straight_static_gzip(struct data *d)
{
	straight_tile_of(
	    d, (struct bytes){ d->sink, zlib_inflate(d, d->tile_gz) });
}

static void
straight_json(struct data *d)
{
	json_decref(json_loadb((const char *)d->json.p, d->json.n, 0, NULL));
}

static void
straight_base64(struct data *d)
{
	for (int i = 0; i < ENTRIES; i++)
		result += (uint64_t)EVP_DecodeBlock(
		    d->sink, d->leaf_b64[i].p, (int)d->leaf_b64[i].n);
}

static void
straight_hash(struct data *d)
{
	uint8_t md[32], node[65] = { 1 };

	for (int i = 0; i < ENTRIES; i++) {
		SHA256(d->leaf[i].p, d->leaf[i].n, md);
		SHA256(node, sizeof node, md);
		result += md[0];
	}
}

static void
straight_parse(struct data *d)
{
	for (int i = 0; i < ENTRIES; i++)
		straight_cert(d, d->der[i].p, d->der[i].n, d->is_tbs[i]);
}

static void
straight_inflate_tile(struct data *d)
{
	result += zlib_inflate(d, d->tile_gz);
}

static void
straight_inflate_json(struct data *d)
{
	result += zlib_inflate(d, d->json_gz);
}

/* ---- the machine's limits ---- */

static void
copy(struct data *d, const uint8_t *p, size_t n)
{
	memcpy(d->sink, p, n);
	result += d->sink[n / 2];
}

static void
limit_json(struct data *d)
{
	copy(d, d->json.p, d->json.n);
}

static void
limit_base64(struct data *d)
{
	for (int i = 0; i < ENTRIES; i++)
		copy(d, d->leaf_b64[i].p, d->leaf_b64[i].n);
}

/* What is hashed behind a message of n bytes: up to 64 that fill its last
 * block, and eight of length (FIPS 180-4, 5.1.1). */
static size_t
padding(size_t n)
{
	return 64 - (n + 8) % 64 + 8;
}

/* The same blocks in one message, so that none is begun or ended. */
static void
limit_hash(struct data *d)
{
	static const uint8_t other[1 + 72];
	const size_t node = 1 + 2 * SHA256_SIZE;
	uint8_t out[SHA256_SIZE];
	SHA256_CTX c;

	SHA256_Init(&c);
	for (int i = 0; i < ENTRIES; i++) {
		SHA256_Update(&c, d->leaf[i].p, d->leaf[i].n);
		SHA256_Update(&c, other, 1 + padding(1 + d->leaf[i].n));
		SHA256_Update(&c, d->leaf[i].p, node + padding(node));
	}
	SHA256_Final(out, &c);
	result += out[0];
}

/* The deflate stream alone, by the configured library: no checksum. */
static void
raw_inflate(struct data *d, struct bytes gz, size_t n)
{
	enum {
		HEADER = 10, /* without options, as deflate writes it */
		TRAILER = 8
	};
	const uint8_t *p = gz.p + HEADER;
	size_t most = gz.n - HEADER - TRAILER;
#ifdef HAVE_LIBDEFLATE
	static struct libdeflate_decompressor *z;

	if (z == NULL)
		z = libdeflate_alloc_decompressor();
	CHECK(libdeflate_deflate_decompress(z, p, most, d->sink, n, NULL) ==
	    LIBDEFLATE_SUCCESS);
#else
	static z_stream z;

	if (z.state == NULL)
		CHECK(inflateInit2(&z, -MAX_WBITS) == Z_OK);
	CHECK(inflateReset(&z) == Z_OK);
	z.next_in = (Bytef *)p;
	z.avail_in = (uInt)most;
	z.next_out = d->sink;
	z.avail_out = (uInt)n;
	CHECK(inflate(&z, Z_FINISH) == Z_STREAM_END);
#endif
	result += d->sink[n / 2];
}

static void
limit_inflate_tile(struct data *d)
{
	raw_inflate(d, d->tile_gz, d->tile.n);
}

static void
limit_inflate_json(struct data *d)
{
	raw_inflate(d, d->json_gz, d->json.n);
}

static void
limit_parse(struct data *d)
{
	for (int i = 0; i < ENTRIES; i++)
		copy(d, d->der[i].p, d->der[i].n);
}

/* ---- rows ---- */

#define LIMITS 5

struct row {
	const char *name;
	void (*f)(struct data *);
	size_t bytes; /* that f reads */
	void (*straight)(struct data *);
	void (*limit[LIMITS])(struct data *); /* that add up */
};

static void
measure(const struct row *r, struct data *d)
{
	double ns = 0, straight = 0, part[LIMITS] = { 0 }, limit = 0;

	for (int i = 0; i < RUNS; i++) {
		run(r->f, d, &ns);
		if (r->straight != NULL)
			run(r->straight, d, &straight);
		for (int k = 0; k < LIMITS && r->limit[k] != NULL; k++)
			run(r->limit[k], d, &part[k]);
	}
	for (int k = 0; k < LIMITS; k++)
		limit += part[k];
	printf("{\"name\": \"%s\", \"entries_per_second\": %.0f, "
	       "\"mb_per_second\": %.1f, \"ns_per_entry\": %.1f",
	    r->name, 1e9 / ns, (double)r->bytes / ENTRIES / ns * 1000, ns);
	if (straight > 0)
		printf(", \"ratio_naive\": %.2f", straight / ns);
	printf(", \"ratio_limit\": %.2f}\n", ns / limit);
	fflush(stdout);
}

static void
profile(const struct row *r, struct data *d)
{
	double ns = 0;

	for (int i = 0; i < 100 * RUNS; i++)
		run(r->f, d, &ns);
	printf("%s: %.1f ns an entry\n", r->name, ns);
}

int
main(int argc, char *argv[])
{
	struct data d = { 0 };

	d.rfc6962.pages = &log_rfc6962_pages;
	d.tiled.pages = &log_static_pages;
	load(&d);
	build_watches(&d);
	scan_json(&d); /* finds the strings for base64 */

	const struct row rows[] = {
		{ "json", scan_json, d.json.n, straight_json, { limit_json } },
		{ "base64", base64, d.b64_bytes, straight_base64,
		    { limit_base64 } },
		{ "hash", hash, d.leaf_bytes, straight_hash, { limit_hash } },
		{ "parse", parse, d.der_bytes, straight_parse,
		    { limit_parse } },
		{ "match-1", match_0, d.der_bytes, NULL, { limit_parse } },
		{ "match-100", match_1, d.der_bytes, NULL, { limit_parse } },
		{ "match-10000", match_2, d.der_bytes, NULL, { limit_parse } },
		{ "match-1000000", match_3, d.der_bytes, NULL,
		    { limit_parse } },
		{ "inflate-tile", inflate_tile, d.tile.n, straight_inflate_tile,
		    { limit_inflate_tile } },
		{ "inflate-json", inflate_json, d.json.n, straight_inflate_json,
		    { limit_inflate_json } },
		{ "scan-rfc6962", scan_rfc6962, d.json.n, straight_rfc6962,
		    { limit_json, limit_base64, limit_hash, limit_parse } },
		{ "scan-rfc6962-1000000-items", scan_rfc6962_million, d.json.n,
		    NULL,
		    { limit_json, limit_base64, limit_hash, limit_parse } },
		{ "scan-rfc6962-gzip", scan_rfc6962_gzip, d.json.n,
		    straight_rfc6962_gzip,
		    { limit_inflate_json, limit_json, limit_base64, limit_hash,
		        limit_parse } },
		{ "scan-static", scan_static, d.tile.n, straight_static,
		    { limit_hash, limit_parse } },
		{ "scan-static-gzip", scan_static_gzip, d.tile.n,
		    straight_static_gzip,
		    { limit_inflate_tile, limit_hash, limit_parse } },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool named = false;

		for (int k = 1; k < argc; k++)
			named = named || strcmp(argv[k], rows[i].name) == 0;
		if (named)
			profile(&rows[i], &d);
		else if (argc == 1)
			measure(&rows[i], &d);
	}
	return 0;
}
