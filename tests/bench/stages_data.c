/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <zlib.h>

#include "stages.h"
#include <ctwatch/base/blob.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

#include "../support/test.h"

static const unsigned watch_sizes[4] = { 1, 100, 10000, 1000000 };

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

void
stages_data_load(struct data *d)
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
	build_watches(d);
}
