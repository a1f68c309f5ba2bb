/* SPDX-License-Identifier: Apache-2.0 */
/* Leaves, data tiles and extra_data: views lie inside, and add up. */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/wire/leaf.h>

#include "fuzz.h"

static void
check_leaf(struct bytes in, const struct leaf *leaf)
{
	uint64_t index;
	bool found;

	check_inside(in, leaf->cert);
	check_inside(in, leaf->issuer_key_hash);
	check_inside(in, leaf->extensions);
	ASSERT(leaf->cert.n > 0);
	ASSERT(leaf->issuer_key_hash.n ==
	    (leaf->kind == LEAF_PRECERT ? SHA256_SIZE : 0));
	if (leaf_index(leaf, &found, &index) == LEAF_OK && found)
		ASSERT(index < UINT64_C(1) << 40);
}

/* What a tile says was hashed must itself be a leaf, and the same one. */
static void
check_hashed(const struct leaf_tile *t)
{
	size_t n = t->hashed.n + 2;
	uint8_t *input = calloc(1, n);
	struct leaf leaf;

	memcpy(input + 2, t->hashed.p, t->hashed.n);
	ASSERT(leaf_parse((struct bytes){ input, n }, &leaf) == LEAF_OK);
	ASSERT(bytes_equal(leaf.cert, t->leaf.cert));
	ASSERT(leaf.timestamp == t->leaf.timestamp);
	free(input);
}

static void
check_extra(struct bytes in, enum leaf_kind kind)
{
	struct bytes precert, chain, cert;
	size_t sum = 0, whole;

	if (leaf_parse_extra(in, kind, &precert, &chain) != LEAF_OK)
		return;
	check_inside(in, precert);
	check_inside(in, chain);
	whole = chain.n;
	while (leaf_next_cert(&chain, &cert)) {
		check_inside(in, cert);
		sum += 3 + cert.n;
	}
	ASSERT(sum == whole);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = { data, size }, tile = in, before = in;
	struct leaf leaf;
	struct leaf_tile t;

	if (leaf_parse(in, &leaf) == LEAF_OK)
		check_leaf(in, &leaf);
	while (tile.n > 0 && leaf_take_tile(&tile, &t) == LEAF_OK) {
		ASSERT(tile.n < before.n);
		check_leaf(before, &t.leaf);
		check_inside(before, t.precert);
		check_inside(before, t.fingerprints);
		check_hashed(&t);
		before = tile;
	}
	check_extra(in, LEAF_X509);
	check_extra(in, LEAF_PRECERT);
	return 0;
}
