/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backfill_index: the index of names of a part: one coded index_part for each
 * block of its entries.
 *
 * It depends on the entries and the secret of the plan only, not on the pages
 * that a log served.
 */
#include <stdlib.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/sync/backfill_part.h>

void
backfill_index_fini(struct backfill_part *part)
{
	index_part_fini(&part->open);
	for (size_t i = 0; i < part->n_index; i++)
		blob_fini(&part->index[i]);
	free(part->index);
}

/* ---- making ---- */

/* Get the key of an entry that may have any name. */
static bool
get_any(const struct backfill_part *part, uint32_t *any)
{
	struct name_keys *keys = name_keys_new(part->index_secret);

	if (keys == NULL)
		return false;
	name_keys_any(keys);
	*any = keys->v[0];
	name_keys_free(keys);
	return true;
}

static void
append(struct backfill_part *part, struct blob coded)
{
	part->index = mem_grow(part->index, part->n_index, sizeof *part->index);
	part->index[part->n_index++] = coded;
	part->bytes += coded.n;
}

/* Give all tiles of the open block the key of any name. */
static void
open_any(struct backfill_part *part)
{
	struct index_part *p = &part->open;
	uint32_t any;

	p->n_numbers = 0;
	for (uint64_t at = p->begin - p->begin % INDEX_PART_TILE;
	     at < p->end && get_any(part, &any); at += INDEX_PART_TILE)
		index_part_add_keys(p, at, &any, 1, any);
}

void
backfill_index_end(struct backfill_part *part)
{
	struct buf coded;

	if (part->open.begin == part->open.end)
		return;
	if (part->full)
		open_any(part);
	buf_init(&coded, LIMIT_INDEX_FILE);
	index_part_pack(&part->open, &coded);
	append(part, blob_take(&coded));
	index_part_fini(&part->open);
	part->full = false;
}

/* Append the entries of more, of one block. */
static void
add(struct backfill_part *part, struct index_part *more)
{
	struct index_part *p = &part->open;

	if (p->begin == p->end)
		index_part_init(p, more->begin);
	part->full |= p->n_numbers + more->n_numbers > LIMIT_BLOCK_KEYS;
	if (part->full)
		p->n_numbers = more->n_numbers = 0;
	index_part_move(p, more);
	if (p->end % INDEX_PART_BLOCK == 0)
		backfill_index_end(part);
}

/* Return the compact range of the entries of a gap at the end of b. */
static struct merkle_range
range_of_gap(const struct batch *b, const struct store_gap *gap)
{
	struct merkle_range r;

	if (b->leaves == NULL)
		return b->range;
	merkle_range_init(&r, gap->from);
	for (uint64_t i = gap->from; i < gap->to; i++)
		merkle_range_add(&r, &b->leaves[i - b->range.begin]);
	return r;
}

/* Append the entries of a gap, of one tile: they may have any name and time. */
static bool
add_gap(struct backfill_part *part, const struct batch *b,
    const struct store_gap *gap)
{
	const struct merkle_range range = range_of_gap(b, gap);
	struct index_part p;
	uint32_t any;

	if (!get_any(part, &any))
		return false;
	index_part_init(&p, gap->from);
	index_part_add_range(&p, &range);
	index_part_add_keys(&p, gap->from, &any, 1, any);
	index_part_add_time(&p, UINT64_MAX);
	add(part, &p);
	return true;
}

bool
backfill_index_add(
    struct backfill_part *part, struct batch *b, const struct store_gap *gap)
{
	if (part->index_secret == NULL)
		return true;
	for (size_t i = 0; i < b->n_parts; i++)
		add(part, &b->parts[i]);
	b->n_parts = 0;
	return gap == NULL || add_gap(part, b, gap);
}

/* ---- reading ---- */

/* Return the end of the last block that was added. */
static uint64_t
end_of(const struct backfill_part *part)
{
	struct index_part_view v;
	struct bytes last;

	if (part->n_index == 0)
		return part->range.begin;
	last = blob_view(part->index[part->n_index - 1]);
	return index_part_take(&last, &v) ? v.end : UINT64_MAX;
}

/* Report whether the keys of a coded part can be read. */
static bool
has_keys(const struct index_part_view *v)
{
	struct index_part p;
	bool ok;

	index_part_init(&p, v->begin);
	ok = index_part_join(&p, v);
	index_part_fini(&p);
	return ok;
}

const char *
backfill_index_take(struct backfill_part *part, struct blob coded)
{
	uint64_t begin = end_of(part), end;
	struct bytes rest = blob_view(coded);
	struct index_part_view v;
	const char *fault = NULL;

	end = (index_part_block(begin) + 1) * INDEX_PART_BLOCK;
	if (end > part->range.end)
		end = part->range.end;
	if (coded.n > LIMIT_INDEX_FILE || !index_part_take(&rest, &v) ||
	    rest.n > 0 || !has_keys(&v))
		fault = "index: malformed, or by other rules";
	else if (v.begin != begin || v.end != end)
		fault = "index: not of the next block of the part";
	if (fault == NULL)
		append(part, coded);
	else
		blob_fini(&coded);
	return fault;
}

bool
backfill_index_is_proved(const struct backfill_part *part)
{
	struct merkle_range all;

	merkle_range_init(&all, part->range.begin);
	for (size_t i = 0; i < part->n_index; i++) {
		struct bytes in = blob_view(part->index[i]);
		struct index_part_view v;

		if (!index_part_take(&in, &v) || !index_part_range(&v, &all))
			return false;
	}
	return merkle_range_equal(&all, &part->range);
}
