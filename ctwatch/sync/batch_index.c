/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/batch_index.h"
#include <ctwatch/base/mem.h>

/* Return the part with an entry. */
static struct index_part *
part_of(struct batch *b, uint64_t index)
{
	return &b->parts[index_part_block(index) -
	    index_part_block(b->range.begin)];
}

void
batch_index_begin(struct batch *b, uint64_t from, uint64_t end)
{
	b->n_parts = index_part_block(end - 1) - index_part_block(from) + 1;
	b->parts = mem_alloc(b->n_parts, sizeof *b->parts);
	for (size_t i = 0; i < b->n_parts; i++)
		index_part_init(&b->parts[i],
		    i == 0 ? from
		           : (index_part_block(from) + i) * INDEX_PART_BLOCK);
}

void
batch_index_end(struct batch *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n_parts; i++) {
		struct index_part *p = &b->parts[i];

		if (p->begin == p->end) {
			index_part_fini(p);
			continue;
		}
		b->parts[n++] = *p;
	}
	b->n_parts = n;
}

void
batch_index_add_range(struct batch *b, const struct merkle_range *tile)
{
	if (b->n_parts > 0 && tile->begin < tile->end)
		index_part_add_range(part_of(b, tile->begin), tile);
}

void
batch_index_add_time(struct batch *b, uint64_t index, uint64_t timestamp)
{
	if (b->n_parts > 0)
		index_part_add_time(part_of(b, index),
		    timestamp < INT64_MAX ? timestamp : INT64_MAX);
}

void
batch_index_add(struct batch *b, uint64_t index, struct name_keys *k,
    const struct cert *precert)
{
	if (b->n_parts == 0)
		return;
	if (precert != NULL)
		name_keys_cert(k, precert);
	index_part_add_keys(part_of(b, index), index, k->v, k->n, k->any);
	k->n = 0;
}

void
batch_index_add_any(struct batch *b, uint64_t index, struct name_keys *k)
{
	if (b->n_parts == 0)
		return;
	k->n = 0;
	name_keys_any(k);
	batch_index_add(b, index, k, NULL);
}
