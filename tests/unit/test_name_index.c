/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index of names: Golomb-coded sets, parts of a block and their hashes, and
 * the keys of names and items.  tests/support/name_index.py compares what is
 * found with what Python expects.
 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/policy/index_part.h>
#include <ctwatch/policy/watch.h>
#include <ctwatch/wire/leaf.h>

#include "../support/der_builder.h"
#include "policy/name_set.h"

static const uint8_t secret[NAME_KEYS_SECRET] = "sixteen letters";

static uint64_t
random64(void)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

/* ---- sets ---- */

static void
decodes_every_set_it_encoded(void)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 100, 4095, 4096, 70000 };

	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
		for (unsigned bits = NAME_SET_BITS - 10; bits <= NAME_SET_BITS;
		     bits += 5) {
			size_t n = sizes[s], m;
			uint32_t *v = mem_alloc(n, sizeof *v);
			uint32_t *w = mem_alloc(n, sizeof *w);
			struct bytes in, set;
			struct buf out;

			for (size_t i = 0; i < n; i++)
				v[i] = (uint32_t)(random64() >> (64 - bits));
			n = name_set_sort(v, n, w);
			for (size_t i = 1; i < n; i++)
				CHECK(v[i - 1] < v[i]);
			buf_init(&out, LIMIT_INDEX_FILE);
			CHECK(name_set_pack(v, n, &out));
			in = buf_view(&out);
			CHECK(name_set_take(&in, &set, &m));
			CHECK(in.n == 0 && m == n);
			CHECK(name_set_unpack(set, m, w));
			CHECK(n == 0 || memcmp(v, w, n * sizeof *v) == 0);
			buf_fini(&out);
			free(v);
			free(w);
		}
}

static void
codes_with_few_bits(void)
{
	enum {
		N = 131072
	};
	uint32_t *v = mem_alloc(N, sizeof *v), *w = mem_alloc(N, sizeof *w);
	struct buf out;

	/* 27 bits in all: 10 for the mean difference, and 1.5 to 1.6 (BIP 158
	 * states the same). */
	for (size_t i = 0; i < N; i++)
		v[i] = (uint32_t)(random64() >> (64 - NAME_SET_BITS));
	buf_init(&out, LIMIT_INDEX_FILE);
	CHECK(name_set_pack(v, name_set_sort(v, N, w), &out));
	CHECK((double)out.n * 8 / N < 11.65);
	buf_fini(&out);
	free(v);
	free(w);
}

static void
refuses_every_prefix_and_survives_every_bit(void)
{
	uint32_t v[300], w[300];
	uint8_t tiles[32];
	const uint32_t keys[] = { 0, 300000, (1u << NAME_KEYS_BITS) - 1 };
	struct bytes in, set;
	struct buf out;
	size_t n;

	for (size_t i = 0; i < 300; i++)
		v[i] = (uint32_t)(random64() >> (64 - NAME_SET_BITS));
	n = name_set_sort(v, 300, w);
	buf_init(&out, 500);
	CHECK(!name_set_pack(v, n, &out) && out.n == 0);
	out.max = 10000;
	CHECK(name_set_pack(v, n, &out));
	for (size_t i = 0; i < out.n; i++) {
		in = bytes_at(out.p, i);
		CHECK(!name_set_take(&in, &set, &n));
	}
	for (size_t i = 0; i < 8 * out.n; i++) {
		uint8_t *copy = memcpy(mem_alloc(out.n, 1), out.p, out.n);

		copy[i / 8] ^= (uint8_t)(1u << i % 8);
		in = bytes_at(copy, out.n);
		if (name_set_take(&in, &set, &n) && n <= 300) {
			name_set_unpack(set, n, w);
			name_set_find(set, n, keys, 3, tiles);
		}
		free(copy);
	}
	buf_fini(&out);
}

static void
claims_no_more_numbers_than_the_limit(void)
{
	uint8_t *set = mem_alloc(LIMIT_INDEX_FILE, 1);
	struct bytes in = bytes_at(set, LIMIT_INDEX_FILE), out;
	const uint64_t length = LIMIT_INDEX_FILE - 11;
	size_t n;

	for (int i = 0; i < 4; i++)
		set[10 - i] = (uint8_t)(length >> 8 * i);
	for (int i = 0; i < 4; i++)
		set[4 - i] = (uint8_t)((LIMIT_BLOCK_KEYS + 1) >> 8 * i);
	CHECK(!name_set_take(&in, &out, &n));
	for (int i = 0; i < 4; i++)
		set[4 - i] = (uint8_t)(LIMIT_BLOCK_KEYS >> 8 * i);
	CHECK(name_set_take(&in, &out, &n) && n == LIMIT_BLOCK_KEYS);
	free(set);
}

/* ---- parts ---- */

static void
leaf_of(uint64_t i, struct merkle_hash *out)
{
	sha256_digest(bytes_at(&i, sizeof i), out->b);
}

/* The compact range of [from, to). */
static struct merkle_range
range_of(uint64_t from, uint64_t to)
{
	struct merkle_range r;
	struct merkle_hash h;

	merkle_range_init(&r, from);
	for (uint64_t i = from; i < to; i++) {
		leaf_of(i, &h);
		merkle_range_add(&r, &h);
	}
	return r;
}

/* Add [from, to) to p, key `from` at its tile. */
static void
add(struct index_part *p, uint64_t from, uint64_t to)
{
	const uint32_t key = (uint32_t)from;

	index_part_add_keys(p, from, &key, 1, 0);
	index_part_add_time(p, 1000 + from);
	while (from < to) {
		uint64_t end = (from / 256 + 1) * 256;
		struct merkle_range r = range_of(from, end < to ? end : to);

		index_part_add_range(p, &r);
		from = r.end;
	}
}

static void
joins_parts_and_proves_tiles(void)
{
	/* Cuts at and around tiles, from 65,536 + 3 on. */
	static const uint64_t cuts[] = { 65539, 65540, 65700, 65792, 65793,
		66047, 66048, 66560, 66561, 66900 };
	const size_t n = sizeof cuts / sizeof *cuts;
	struct index_part whole, one;
	struct index_part_view v;
	struct bytes in;
	struct buf coded, out;

	buf_init(&coded, LIMIT_INDEX_FILE);
	buf_init(&out, LIMIT_INDEX_FILE);
	index_part_init(&whole, cuts[0]);
	for (size_t i = 0; i + 1 < n; i++) {
		index_part_init(&one, cuts[i]);
		add(&one, cuts[i], cuts[i + 1]);
		buf_clear(&coded);
		CHECK(index_part_pack(&one, &coded));
		for (size_t k = 0; k < coded.n; k++) {
			in = bytes_at(coded.p, k);
			CHECK(!index_part_take(&in, &v));
		}
		in = buf_view(&coded);
		CHECK(index_part_take(&in, &v) && in.n == 0);
		CHECK(index_part_join(&whole, &v));
		CHECK(!index_part_join(&whole, &v));
		index_part_fini(&one);
	}
	CHECK(index_part_pack(&whole, &out));
	in = buf_view(&out);
	CHECK(index_part_take(&in, &v) && in.n == 0);
	CHECK(v.begin == cuts[0] && v.end == cuts[n - 1]);
	CHECK(v.earliest == 1000 + cuts[0] && v.latest == 1000 + cuts[n - 2]);
	for (uint64_t at = v.begin; at < v.end; at = (at / 256 + 1) * 256) {
		uint64_t end = (at / 256 + 1) * 256;
		struct merkle_range r = range_of(at, end < v.end ? end : v.end);
		struct merkle_range shorter = range_of(at, r.end - 1);

		CHECK(index_part_proves(&v, &r));
		CHECK(!index_part_proves(&v, &shorter));
		r.node[r.n - 1].b[31] ^= 1;
		CHECK(!index_part_proves(&v, &r));
	}
	for (size_t i = 0; i + 1 < n; i++) {
		const uint32_t key = (uint32_t)cuts[i];
		uint8_t tiles[32] = { 0 };
		unsigned tile = (unsigned)(cuts[i] / 256 % 256);

		CHECK(index_part_find(&v, &key, 1, tiles));
		for (unsigned t = 0; t < 256; t++)
			CHECK((tiles[t / 8] >> t % 8 & 1) == (t == tile));
	}
	index_part_fini(&whole);
	buf_fini(&coded);
	buf_fini(&out);
}

static void
makes_tiles_beyond_the_limit_candidates(void)
{
	const uint32_t any = 7, some[] = { 1, 2, 3 }, wanted = 7;
	uint32_t *many = mem_alloc(LIMIT_BLOCK_KEYS, sizeof *many);
	struct index_part p;

	for (uint32_t i = 0; i < LIMIT_BLOCK_KEYS; i++)
		many[i] = 100 + i;
	index_part_init(&p, 0);
	index_part_add_keys(&p, 0, many, LIMIT_BLOCK_KEYS - 3, any);
	index_part_add_keys(&p, 256, some, 3, any);
	CHECK(p.n_numbers == LIMIT_BLOCK_KEYS &&
	    p.numbers[p.n_numbers - 1] >> 8 == 3);
	index_part_add_keys(&p, 512, some, 3, any);
	CHECK(p.n_numbers == LIMIT_BLOCK_KEYS + 1);
	CHECK(p.numbers[p.n_numbers - 1] == (wanted << 8 | 2));
	index_part_fini(&p);
	free(many);
}

/* ---- keys ---- */

/* A TBSCertificate with n names "I.example.test" from number `from` on. */
static struct bytes
cert_with_names(size_t from, size_t n)
{
	struct buf b;

	buf_init(&b, BUILD_MAX);
	for (size_t i = from; i < from + n; i++) {
		char name[40];
		int len = snprintf(name, sizeof name, "%zu.example.test", i);

		buf_add_byte(&b, 0x82);
		buf_add_byte(&b, (uint8_t)len);
		buf_add_text(&b, name);
	}
	return build_tbs(build_cn(DER_UTF8, LIT("Test")),
	    build_san(build_tlv(DER_SEQUENCE, build_keep(buf_view(&b)))));
}

static void
lists_as_many_keys_as_the_limit(void)
{
	struct name_keys *k = name_keys_new(secret),
	                 *any = name_keys_new(secret);
	struct cert c;

	name_keys_any(any);
	/* One of the CN, one of example.test, and one of each name. */
	CHECK(cert_read_tbs(cert_with_names(0, LIMIT_NAME_KEYS - 2), &c) ==
	    CERT_OK);
	name_keys_cert(k, &c);
	CHECK(k->n == LIMIT_NAME_KEYS);
	k->n = 0;
	CHECK(cert_read_tbs(cert_with_names(0, LIMIT_NAME_KEYS - 1), &c) ==
	    CERT_OK);
	name_keys_cert(k, &c);
	CHECK(k->n == 1 && k->v[0] == any->v[0]);
	name_keys_free(k);
	name_keys_free(any);
}

static void
reports_items_that_it_cannot_search(void)
{
	static const char *const far[] = { ".", ".com", "*.com", "::/0",
		"2000::/8" };
	struct name_keys *k = name_keys_new(secret);
	bool all;

	for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
		CHECK(name_keys_item(k, bytes_of(far[i]), &all) == NULL);
		CHECK(all && k->n == 0);
	}
	CHECK(name_keys_item(k, bytes_of("a..b"), &all) != NULL && !all);
	CHECK(name_keys_item(k, bytes_of("10.0.0.0/8"), &all) == NULL && !all);
	CHECK(name_keys_item(k, bytes_of("com"), &all) == NULL && !all);
	name_keys_free(k);
}

/* A match ends the walk of the names early; the keys are still complete. */
static void
lists_the_same_keys_while_matching(void)
{
	struct name_keys *all = name_keys_new(secret);
	struct name_keys *met = name_keys_new(secret);
	struct watch *any = watch_new(), *none = watch_new();
	struct bytes tile = test_data("static/navigli2025h2/tile/data/000");
	struct bytes rest = tile;
	struct leaf_tile e;
	enum cert_error why;
	struct buf error;
	struct cert c;
	size_t several = 0;

	buf_init(&error, 100);
	CHECK(watch_add(any, bytes_of("."), &error));
	watch_build(any);
	watch_build(none);
	while (rest.n > 0) {
		CHECK(leaf_take_tile(&rest, &e) == LEAF_OK);
		why = leaf_read_cert(e.leaf.kind, e.leaf.cert, &c);
		CHECK(why == CERT_OK);
		met->n = all->n = 0;
		name_keys_any(met);
		name_keys_any(all);
		name_keys_cert(all, &c);
		CHECK(watch_match_read(any, &c, met, &why));
		CHECK(met->n == all->n);
		CHECK(memcmp(met->v, all->v, met->n * sizeof *met->v) == 0);
		several += met->n > 3;
		met->n = 1;
		CHECK(!watch_match_read(none, &c, met, &why));
		CHECK(met->n == all->n);
		CHECK(memcmp(met->v, all->v, met->n * sizeof *met->v) == 0);
	}
	CHECK(several > 0);
	free((void *)tile.p);
	watch_free(any);
	watch_free(none);
	buf_fini(&error);
	name_keys_free(all);
	name_keys_free(met);
}

/* The first vector of the reference code of SipHash (vectors_sip64): empty
 * input, key 00 to 0f. */
static void
is_siphash(void)
{
	uint8_t key[NAME_KEYS_SECRET];
	struct name_keys *k;

	for (uint8_t i = 0; i < sizeof key; i++)
		key[i] = i;
	k = name_keys_new(key);
	name_keys_any(k);
	CHECK(k->v[0] == UINT32_C(0x310e0edd) >> (32 - NAME_KEYS_BITS));
	name_keys_free(k);
}

int
main(void)
{
	decodes_every_set_it_encoded();
	codes_with_few_bits();
	refuses_every_prefix_and_survives_every_bit();
	claims_no_more_numbers_than_the_limit();
	joins_parts_and_proves_tiles();
	makes_tiles_beyond_the_limit_candidates();
	lists_as_many_keys_as_the_limit();
	reports_items_that_it_cannot_search();
	lists_the_same_keys_while_matching();
	is_siphash();
	return 0;
}
