/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker takes entries by the block; what it makes of a page must not show
 * where one ends.  The log's own hash tile says what the leaves hash to.
 */
#include <stdlib.h>
#include <string.h>

#include "net/log_rfc6962.h"
#include "net/log_static.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/net/inflate.h>
#include <ctwatch/sync/batch.h>
#include <ctwatch/wire/cert_extension.h>
#include <ctwatch/wire/der.h>

#include "../support/test.h"

#define WIDTH 256

static const struct log_client tiled = { .pages = &log_static_pages,
	.origin = (char *)(uintptr_t) "navigli2025h2.skylight.geomys.org" };
static const struct log_client rfc6962 = { .pages = &log_rfc6962_pages };

static struct batch_worker *worker;
static struct watch *watch;
static struct bytes tile, level0, json;

static bool
scan(const struct log_client *s, struct bytes body, uint32_t count,
    uint64_t from, struct batch *out)
{
	const struct log_client_page page = { .count = count,
		.whole = s == &tiled };
	struct buf error;
	bool ok;

	buf_init(&error, 1000);
	ok = batch_scan(worker, s, watch, &page, from, body, out, &error);
	CHECK(ok == (error.n == 0 || out->lost > 0));
	buf_fini(&error);
	return ok;
}

/* Whether r covers [from, to) as the log's hash tile does. */
static bool
is_range(const struct merkle_range *r, uint64_t from, uint64_t to)
{
	struct merkle_range want;

	merkle_range_init(&want, from);
	for (uint64_t i = from; i < to; i++) {
		struct merkle_hash h;

		memcpy(h.b, level0.p + i * sizeof h, sizeof h);
		merkle_range_add(&want, &h);
	}
	return r->begin == from && r->end == to && r->n == want.n &&
	    memcmp(r->node, want.node, want.n * sizeof *want.node) == 0;
}

static void
begins_and_ends_anywhere(void)
{
	struct batch b;

	for (uint32_t count = 1; count <= WIDTH; count++) {
		CHECK(scan(&tiled, tile, count, 0, &b));
		CHECK(is_range(&b.range, 0, count) && b.lost == 0);
		CHECK(b.n_rejected == 0 && b.wrong_index == 0);
		batch_fini(&b);
	}
	for (uint64_t from = 0; from < WIDTH; from++) {
		CHECK(scan(&tiled, tile, WIDTH, from, &b));
		CHECK(is_range(&b.range, from, WIDTH) && b.lost == 0);
		CHECK(b.n_rejected == 0 && b.wrong_index == 0);
		batch_fini(&b);
	}
}

static void
keeps_the_hashes_of_what_a_cut_tile_has(void)
{
	struct batch b;
	uint64_t seen = 0;

	for (size_t cut = 1; cut < tile.n; cut += 997) {
		CHECK(scan(&tiled, (struct bytes){ tile.p, cut }, WIDTH,
		    seen / 2, &b));
		CHECK(b.range.end >= seen);
		seen = b.range.end;
		CHECK(is_range(&b.range, b.range.begin, seen));
		CHECK(b.lost == WIDTH - seen);
		CHECK(memcmp(b.leaves, level0.p + b.range.begin * SHA256_SIZE,
		          (seen - b.range.begin) * SHA256_SIZE) == 0);
		batch_fini(&b);
	}
	CHECK(seen > 250);
}

static void
takes_fewer_entries_than_asked_for_and_no_more(void)
{
	struct batch all, b;
	uint32_t n;

	CHECK(scan(&rfc6962, json, 1000, 0, &all));
	n = (uint32_t)all.range.end;
	CHECK(n > 1 && all.n_matches == n);
	CHECK(scan(&rfc6962, json, n, 0, &b));
	CHECK(b.range.n == all.range.n);
	batch_fini(&b);
	CHECK(!scan(&rfc6962, json, n - 1, 0, &b));
	CHECK(b.range.n == 0 && b.n_matches == 0);
	batch_fini(&all);
}

static void
each_match_has_its_leaf_hash(void)
{
	struct merkle_range r;
	struct batch b;

	CHECK(scan(&tiled, tile, WIDTH, 0, &b));
	CHECK(b.n_matches == WIDTH);
	merkle_range_init(&r, 0);
	for (size_t i = 0; i < b.n_matches; i++) {
		struct merkle_hash h;

		CHECK(b.matches[i].index == i);
		merkle_leaf_hash(blob_view(b.matches[i].leaf_input), &h);
		CHECK(merkle_equal(&h, &b.matches[i].leaf_hash));
		merkle_range_add(&r, &h);
	}
	CHECK(is_range(&r, 0, WIDTH));
	batch_fini(&b);
}

/* static-ct-api: leaf_index is the entry's position; one byte of the page's
 * number decides. */
static void
compares_leaf_index_with_the_position(void)
{
	static const uint64_t wrong[] = { 1, 3, 255, 256, 1 << 20 };
	struct buf error;

	buf_init(&error, 1000);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		const struct log_client_page page = {
			.first = wrong[i] * WIDTH, .count = WIDTH, .whole = true
		};
		struct batch b;

		CHECK(batch_scan(worker, &tiled, watch, &page, page.first, tile,
		    &b, &error));
		CHECK(b.wrong_index == WIDTH && b.n_matches == WIDTH);
		for (size_t j = 0; j < b.n_matches; j++)
			CHECK((b.matches[j].notes & BATCH_NOTE_INDEX) != 0);
		batch_fini(&b);
	}
	buf_fini(&error);
}

/* A batch reports the bytes that it keeps, so that they can be limited. */
static void
counts_the_bytes_that_it_keeps(void)
{
	size_t want = 0;
	struct batch b;

	CHECK(scan(&tiled, tile, WIDTH, 0, &b));
	for (size_t i = 0; i < b.n_matches; i++)
		want += sizeof b.matches[i] + b.matches[i].leaf_input.n +
		    b.matches[i].precert.n + b.matches[i].chain.n +
		    b.matches[i].fingerprints.n;
	CHECK(want > 0);
	want += WIDTH * sizeof *b.leaves;
	CHECK(b.bytes_kept == want);
	CHECK(memcmp(b.leaves, level0.p, WIDTH * sizeof *b.leaves) == 0);
	batch_fini(&b);
}

/* Change every occurrence of name in the precertificates, not in what is
 * hashed; how many. */
static size_t
rename_precerts(uint8_t *p, size_t n, const char *name, const char *new)
{
	struct bytes rest = { p, n };
	struct leaf_tile e;
	size_t changed = 0;

	while (rest.n > 0) {
		CHECK(leaf_take_tile(&rest, &e) == LEAF_OK);
		for (size_t i = 0; i + strlen(name) <= e.precert.n; i++)
			if (memcmp(e.precert.p + i, name, strlen(name)) == 0) {
				memcpy((uint8_t *)(uintptr_t)e.precert.p + i,
				    new, strlen(new));
				changed++;
			}
	}
	return changed;
}

/* Append bin as base64, and empty it. */
static void
add_base64(struct buf *body, struct buf *bin)
{
	char *text = mem_alloc(TEXT_BASE64_LEN(bin->n) + 1, 1);

	text_base64(buf_view(bin), text);
	buf_add_text(body, text);
	buf_clear(bin);
	free(text);
}

/* Append the entries of a data tile as a get-entries body, without issuers. */
static void
add_entries(struct buf *body, struct bytes rest)
{
	const struct bytes zeros = { (const uint8_t *)"\0\0", 3 };
	const char *before = "{\"entries\":[{\"leaf_input\":\"";
	struct leaf_tile e;
	struct buf bin;

	buf_init(&bin, LIMIT_PAGE);
	while (rest.n > 0) {
		CHECK(leaf_take_tile(&rest, &e) == LEAF_OK);
		buf_add_text(body, before);
		buf_add(&bin, (struct bytes){ zeros.p, 2 });
		buf_add(&bin, e.hashed);
		add_base64(body, &bin);
		buf_add_text(body, "\",\"extra_data\":\"");
		if (e.precert.n > 0) {
			buf_add_byte(&bin, (uint8_t)(e.precert.n >> 16));
			buf_add_byte(&bin, (uint8_t)(e.precert.n >> 8));
			buf_add_byte(&bin, (uint8_t)e.precert.n);
			buf_add(&bin, e.precert);
		}
		buf_add(&bin, zeros); /* an empty chain */
		add_base64(body, &bin);
		before = "\"},{\"leaf_input\":\"";
	}
	buf_add_text(body, "\"}]}");
	buf_fini(&bin);
}

/* Only the leaf is hashed, and a log may show another precertificate. */
static void
finds_a_precertificate_with_other_names(const struct log_client *s)
{
	uint8_t *copy = mem_alloc(tile.n, 1);
	struct bytes changed = { copy, tile.n };
	struct watch *all = watch;
	struct buf error, body;
	struct batch b;

	buf_init(&body, LIMIT_PAGE);
	buf_init(&error, 100);
	watch = watch_new();
	CHECK(watch_add(watch, bytes_of("xa.ctwatch.test"), &error));
	watch_build(watch);
	memcpy(copy, tile.p, tile.n);
	for (int i = 0; i < 2; i++) {
		buf_clear(&body);
		if (s == &tiled)
			buf_add(&body, changed);
		else
			add_entries(&body, changed);
		CHECK(scan(s, buf_view(&body), WIDTH, 0, &b));
		CHECK(is_range(&b.range, 0, WIDTH));
		CHECK(b.n_matches == (size_t)i);
		CHECK(i == 0 || b.matches[0].precert.n > 0);
		batch_fini(&b);
		CHECK(i > 0 ||
		    rename_precerts(copy, tile.n, "tiendapixel.com",
		        "xa.ctwatch.test") > 0);
	}
	watch_free(watch);
	watch = all;
	buf_fini(&body);
	buf_fini(&error);
	free(copy);
}

/* ---- a precertificate as its leaf and the poison ---- */

/* Make *out the precertificate of a leaf with the poison before the extension
 * at the offset, without what follows the TBSCertificate. */
static void
make_precert(const struct cert *leaf, size_t offset, struct buf *out)
{
	static const uint8_t poison[] = { 0x30, 0x13, 0x06, 0x0a, 0x2b, 0x06,
		0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x03, 0x01, 0x01,
		0xff, 0x04, 0x02, 0x05, 0x00 };
	const struct bytes x = leaf->extensions;
	struct buf list, ext, tbs;
	struct bytes own = leaf->tbs;
	struct der d;

	CHECK(der_take(&own, DER_SEQUENCE, &d));
	buf_init(&list, 1 << 16);
	buf_init(&ext, 1 << 16);
	buf_init(&tbs, 1 << 16);
	buf_add(&list, (struct bytes){ x.p, offset });
	buf_add(&list, (struct bytes){ poison, sizeof poison });
	buf_add(&list, (struct bytes){ x.p + offset, x.n - offset });
	der_add_header(&ext, DER_SEQUENCE, list.n, 0);
	buf_add(&ext, buf_view(&list));
	buf_add(&tbs,
	    (struct bytes){
	        d.body.p, (size_t)(leaf->spki.p + leaf->spki.n - d.body.p) });
	der_add_header(&tbs, 0xa3, ext.n, 0);
	buf_add(&tbs, buf_view(&ext));
	buf_clear(out);
	der_add_header(out, DER_SEQUENCE, 4 + tbs.n + 300, 0);
	der_add_header(out, DER_SEQUENCE, tbs.n, 0);
	buf_add(out, buf_view(&tbs));
	buf_fini(&list);
	buf_fini(&ext);
	buf_fini(&tbs);
}

/* Compare with the poison before each extension, and with each byte changed. */
static void
check_precerts(const struct cert *leaf)
{
	struct bytes walk = leaf->extensions;
	struct cert_extension x;
	struct buf p;

	buf_init(&p, 1 << 16);
	do {
		make_precert(leaf, (size_t)(walk.p - leaf->extensions.p), &p);
		CHECK(p.n > 600 && leaf_is_precert(leaf, buf_view(&p)));
		/* The length of the Certificate is not looked at. */
		for (size_t i = 4; i < p.n; i++) {
			p.p[i] ^= 1;
			CHECK(!leaf_is_precert(leaf, buf_view(&p)));
			p.p[i] ^= 1;
		}
		for (size_t n = 0; n < p.n; n++)
			CHECK(!leaf_is_precert(leaf, (struct bytes){ p.p, n }));
	} while (cert_extension_next(&walk, &x));
	buf_fini(&p);
}

/* Wherever the CA put the poison; and any other difference counts. */
static void
takes_only_the_leaf_and_a_poison(void)
{
	struct bytes rest = tile;
	struct leaf_tile e;
	struct cert leaf;
	size_t precerts = 0;

	while (rest.n > 0) {
		CHECK(leaf_take_tile(&rest, &e) == LEAF_OK);
		if (e.leaf.kind != LEAF_PRECERT)
			continue;
		CHECK(cert_read_tbs(e.leaf.cert, &leaf) == CERT_OK);
		CHECK(leaf_is_precert(&leaf, e.precert));
		if (precerts++ < 3)
			check_precerts(&leaf);
	}
	CHECK(precerts > 100);
}

/* The index of a page: its hashes are the log's, and a name is in its tile. */
static void
indexes_what_it_reads(void)
{
	static const uint8_t secret[NAME_KEYS_SECRET] = "0123456789abcde";
	struct name_keys *k = name_keys_new(secret);
	const struct log_client_page page = { .first = INDEX_PART_BLOCK - 10,
		.count = 1000 };
	struct batch_worker *indexer = batch_worker_new(), *plain = worker;
	uint8_t tiles[32] = { 0 }, others[32] = { 0 };
	struct index_part_view v;
	struct buf coded, error;
	struct bytes in;
	struct batch b;
	bool all;

	batch_worker_index(indexer, secret);
	worker = indexer;
	buf_init(&coded, LIMIT_INDEX_FILE);
	buf_init(&error, 1000);
	CHECK(scan(&tiled, tile, WIDTH, 0, &b));
	CHECK(b.n_parts == 1 && is_range(&b.range, 0, WIDTH));
	CHECK(index_part_pack(&b.parts[0], &coded));
	in = buf_view(&coded);
	CHECK(index_part_take(&in, &v) && in.n == 0);
	CHECK(v.begin == 0 && v.end == WIDTH);
	CHECK(index_part_proves(&v, &b.range));
	CHECK(v.earliest <= v.latest && v.latest == b.dates.latest);
	batch_fini(&b);

	/* A page over the end of a block. */
	CHECK(batch_scan(
	    worker, &rfc6962, watch, &page, page.first, json, &b, &error));
	CHECK(b.n_parts == 2 && b.parts[0].end == INDEX_PART_BLOCK);
	CHECK(b.parts[1].begin == INDEX_PART_BLOCK);
	CHECK(b.parts[1].end == b.range.end);
	CHECK(
	    name_keys_item(k, bytes_of("portal.dragonjar.org"), &all) == NULL);
	for (int i = 0; i < 2; i++) {
		buf_clear(&coded);
		CHECK(index_part_pack(&b.parts[i], &coded));
		in = buf_view(&coded);
		CHECK(index_part_take(&in, &v));
		for (size_t n = 0; n < k->n; n++)
			CHECK(index_part_find(
			    &v, &k->v[n], 1, i == 0 ? tiles : others));
	}
	/* It is the first entry of the answer. */
	CHECK(tiles[31] == 0x80 && others[0] == 0);
	batch_fini(&b);
	buf_fini(&coded);
	buf_fini(&error);
	name_keys_free(k);
	batch_worker_free(indexer);
	worker = plain;
}

int
main(void)
{
	struct inflate *z = inflate_new();
	struct buf error, plain;

	buf_init(&error, 100);
	buf_init(&plain, LIMIT_PAGE);
	tile = test_data("static/navigli2025h2/tile/data/000");
	if (inflate_is_gzip(tile)) {
		CHECK(inflate_gzip(z, tile, &plain) == INFLATE_OK);
		free((void *)tile.p);
		tile = buf_view(&plain);
	}
	level0 = test_data("static/navigli2025h2/tile/0/000");
	CHECK(level0.n == WIDTH * SHA256_SIZE);
	json = test_data("entries/argon2026h2-1111014090.json");
	worker = batch_worker_new();
	watch = watch_new();
	CHECK(watch_add(watch, bytes_of("."), &error)); /* every name */
	watch_build(watch);
	begins_and_ends_anywhere();
	keeps_the_hashes_of_what_a_cut_tile_has();
	takes_fewer_entries_than_asked_for_and_no_more();
	each_match_has_its_leaf_hash();
	compares_leaf_index_with_the_position();
	counts_the_bytes_that_it_keeps();
	finds_a_precertificate_with_other_names(&tiled);
	finds_a_precertificate_with_other_names(&rfc6962);
	takes_only_the_leaf_and_a_poison();
	indexes_what_it_reads();
	watch_free(watch);
	batch_worker_free(worker);
	inflate_free(z);
	buf_fini(&plain);
	buf_fini(&error);
	free((void *)level0.p);
	free((void *)json.p);
	return 0;
}
