/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/sync/backfill_part.h>

const char *
backfill_part_word(enum backfill_part_state s)
{
	static const char *const words[] = { "valid", "missing", "damaged",
		"of another plan or part", "false" };

	return words[s];
}

void
backfill_part_init(
    struct backfill_part *part, const struct backfill_plan *p, size_t number)
{
	*part = (struct backfill_part){ .number = number,
		.index_secret = p->has_index ? p->index_secret : NULL };
	merkle_range_init(&part->range, p->parts[number].range.begin);
	store_dates_init(&part->dates);
}

static void
match_fini(struct backfill_part_match *m)
{
	blob_fini(&m->match.leaf_input);
	blob_fini(&m->match.precert);
	blob_fini(&m->match.chain);
	blob_fini(&m->match.fingerprints);
	free(m->path.v);
}

static void
rejected_fini(struct backfill_part_rejected *r)
{
	free(r->reason);
	free(r->item);
	blob_fini(&r->leaf_input);
	blob_fini(&r->extra_data);
	free(r->path.v);
}

void
backfill_part_fini(struct backfill_part *part)
{
	for (size_t i = 0; i < part->n_matches; i++)
		match_fini(&part->matches[i]);
	for (size_t i = 0; i < part->n_rejected; i++)
		rejected_fini(&part->rejected[i]);
	for (size_t i = 0; i < part->n_issuers; i++)
		blob_fini(&part->issuers[i]);
	free(part->matches);
	free(part->rejected);
	free(part->gaps);
	free(part->issuers);
	backfill_index_fini(part);
	*part = (struct backfill_part){ 0 };
}

/* ---- paths ---- */

/* Return the number of matches before an index. */
static size_t
matches_before(const struct backfill_part *part, uint64_t index)
{
	size_t lo = 0, hi = part->n_matches;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (part->matches[mid].match.index < index)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* As matches_before, of rejected entries. */
static size_t
rejected_before(const struct backfill_part *part, uint64_t index)
{
	size_t lo = 0, hi = part->n_rejected;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (part->rejected[mid].index < index)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Append a sibling to the path of an entry. */
static void
add_sibling(struct backfill_part_path *path, uint64_t index, uint64_t start,
    unsigned level, const struct merkle_hash *left,
    const struct merkle_hash *right)
{
	path->v = mem_grow(path->v, path->n, sizeof *path->v);
	path->v[path->n++] = (index - start) >> level == 0 ? *right : *left;
}

/* Two subtrees became one: see struct merkle_pairs. */
static void
join_paths(void *arg, uint64_t start, unsigned level,
    const struct merkle_hash *left, const struct merkle_hash *right)
{
	struct backfill_part *part = arg;
	uint64_t end = start + (UINT64_C(2) << level);

	for (size_t i = matches_before(part, start);
	     i < part->n_matches && part->matches[i].match.index < end; i++)
		add_sibling(&part->matches[i].path,
		    part->matches[i].match.index, start, level, left, right);
	for (size_t i = rejected_before(part, start);
	     i < part->n_rejected && part->rejected[i].index < end; i++)
		if (part->rejected[i].item != NULL)
			add_sibling(&part->rejected[i].path,
			    part->rejected[i].index, start, level, left, right);
}

/* Append the hashes of b, leaf by leaf if they are known. */
static bool
join(struct backfill_part *part, const struct batch *b)
{
	const struct merkle_pairs pairs = { join_paths, part };
	struct merkle_range one;

	if (b->leaves == NULL)
		return merkle_range_join_pairs(&part->range, &b->range, &pairs);
	if (b->range.begin != part->range.end)
		return false;
	for (uint64_t i = b->range.begin; i < b->range.end; i++) {
		merkle_range_init(&one, i);
		merkle_range_add(&one, &b->leaves[i - b->range.begin]);
		merkle_range_join_pairs(&part->range, &one, &pairs);
	}
	return true;
}

/* ---- adding ---- */

static void
take_matches(struct backfill_part *part, struct batch *b)
{
	for (size_t i = 0; i < b->n_matches; i++) {
		const struct batch_match *m = &b->matches[i];

		part->bytes += sizeof(struct backfill_part_match) +
		    m->leaf_input.n + m->precert.n + m->chain.n +
		    m->fingerprints.n;
		part->matches = mem_grow(
		    part->matches, part->n_matches, sizeof *part->matches);
		part->matches[part->n_matches++] =
		    (struct backfill_part_match){ .match = *m };
	}
	b->n_matches = 0;
}

/* Rejected entries without an item are only listed: keep the latest, as the
 * store does.  Do nothing unless there are more than most. */
static void
drop_unmatched(struct backfill_part *part, size_t most)
{
	size_t kept = 0, drop = part->n_unmatched;

	if (part->n_unmatched <= most)
		return;
	drop -= LIMIT_REFUSED_KEPT;
	part->n_unmatched = LIMIT_REFUSED_KEPT;
	for (size_t i = 0; i < part->n_rejected; i++)
		if (drop > 0 && part->rejected[i].item == NULL) {
			rejected_fini(&part->rejected[i]);
			drop--;
		} else
			part->rejected[kept++] = part->rejected[i];
	part->n_rejected = kept;
}

static void
take_rejected(
    struct backfill_part *part, struct batch *b, const struct watch *watch)
{
	for (size_t i = 0; i < b->n_rejected; i++) {
		struct batch_rejected *from = &b->rejected[i];

		part->rejected = mem_grow(
		    part->rejected, part->n_rejected, sizeof *part->rejected);
		part->rejected[part->n_rejected++] =
		    (struct backfill_part_rejected){ .index = from->index,
			    .reason = mem_strdup(from->reason),
			    .item = from->possible
			        ? mem_strdup(watch_item(watch, from->item))
			        : NULL,
			    .leaf_input = from->leaf_input,
			    .extra_data = from->extra_data };
		part->n_unmatched += !from->possible;
		part->bytes += from->leaf_input.n + from->extra_data.n;
		drop_unmatched(part, (size_t)2 * LIMIT_REFUSED_KEPT);
	}
	part->refused += b->n_rejected;
	b->n_rejected = 0;
}

bool
backfill_part_add(struct backfill_part *part, struct batch *b,
    const struct watch *watch, const struct store_gap *gap)
{
	take_matches(part, b);
	take_rejected(part, b, watch);
	part->wrong_index += b->wrong_index;
	store_dates_join(&part->dates, &b->dates);
	if (gap != NULL) {
		part->gaps =
		    mem_grow(part->gaps, part->n_gaps, sizeof *part->gaps);
		part->gaps[part->n_gaps++] = *gap;
	}
	return backfill_index_add(part, b, gap) && join(part, b) &&
	    part->bytes <= LIMIT_PART_BYTES / 2;
}

void
backfill_part_end(struct backfill_part *part)
{
	drop_unmatched(part, LIMIT_REFUSED_KEPT);
	backfill_index_end(part);
}

void
backfill_part_add_issuer(struct backfill_part *part, struct bytes der)
{
	part->issuers =
	    mem_grow(part->issuers, part->n_issuers, sizeof *part->issuers);
	part->issuers[part->n_issuers++] = blob_copy(der);
}
