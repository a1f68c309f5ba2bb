/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index_search: index certificates, then search the index for items.
 *
 * usage: index_search ITEMS <ENTRIES
 * Standard input has the TBSCertificates of entries 0, 1, ..., each after its
 * length in three bytes.  A line for each item: the tiles that may have it, or
 * "all"; then a line "N entries, K keys, B bytes".
 */
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/policy/index_part.h>

#include "test.h"

struct block {
	struct index_part part;
	struct buf coded;
	struct index_part_view view;
};

static struct block *blocks;
static size_t n_blocks;

/* Add an entry to the part; its hash does not matter. */
static void
add(struct index_part *p, struct name_keys *k, uint64_t index, struct bytes der)
{
	struct merkle_hash hash = { { 0 } };
	struct merkle_range one;
	struct cert c;

	k->n = 0;
	if (cert_read_tbs(der, &c) == CERT_OK)
		name_keys_cert(k, &c);
	else
		name_keys_any(k);
	index_part_add_keys(p, index, k->v, k->n, 0);
	merkle_range_init(&one, index);
	merkle_range_add(&one, &hash);
	index_part_add_range(p, &one);
}

static void
close_block(void)
{
	struct block *b = &blocks[n_blocks - 1];
	struct bytes in;

	buf_init(&b->coded, LIMIT_INDEX_FILE);
	CHECK(index_part_pack(&b->part, &b->coded));
	in = buf_view(&b->coded);
	CHECK(index_part_take(&in, &b->view) && in.n == 0);
	index_part_fini(&b->part);
}

static uint64_t
read_entries(struct name_keys *k)
{
	uint8_t length[3], *der = mem_alloc(1 << 24, 1);
	uint64_t index = 0;

	for (; fread(length, sizeof length, 1, stdin) == 1; index++) {
		size_t n =
		    (size_t)(length[0] << 16 | length[1] << 8 | length[2]);

		CHECK(fread(der, 1, n, stdin) == n);
		if (index % INDEX_PART_BLOCK == 0) {
			if (n_blocks > 0)
				close_block();
			blocks = mem_grow(blocks, n_blocks, sizeof *blocks);
			index_part_init(&blocks[n_blocks++].part, index);
		}
		add(&blocks[n_blocks - 1].part, k, index, bytes_at(der, n));
	}
	if (n_blocks > 0)
		close_block();
	free(der);
	return index;
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void
search(struct name_keys *k, struct bytes item)
{
	bool all;

	k->n = 0;
	CHECK(name_keys_item(k, item, &all) == NULL);
	if (all) {
		puts("all");
		return;
	}
	qsort(k->v, k->n, sizeof *k->v, compare);
	for (size_t b = 0; b < n_blocks; b++) {
		uint8_t tiles[32] = { 0 };

		CHECK(index_part_find(&blocks[b].view, k->v, k->n, tiles));
		for (size_t t = 0; t < 256; t++)
			if (tiles[t / 8] >> t % 8 & 1)
				printf("%zu ", b * 256 + t);
	}
	putchar('\n');
}

int
main(int argc, char *argv[])
{
	static const uint8_t secret[NAME_KEYS_SECRET] = "0123456789abcde";
	struct name_keys *k = name_keys_new(secret);
	size_t keys = 0, bytes = 0;
	struct bytes text, items, line;
	uint64_t n;

	CHECK(argc == 2 && k != NULL);
	text = items = test_file(argv[1]);
	n = read_entries(k);
	while (bytes_until(&items, '\n', &line))
		search(k, line);
	for (size_t b = 0; b < n_blocks; b++) {
		keys += blocks[b].view.n_numbers;
		bytes += blocks[b].coded.n;
		buf_fini(&blocks[b].coded);
	}
	printf("%llu entries, %zu keys, %zu bytes\n", (unsigned long long)n,
	    keys, bytes);
	free(blocks);
	free((void *)text.p);
	name_keys_free(k);
	return 0;
}
