/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/log_static.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/net/mtc_landmarks.h>

/* A record: start and end in 64 bits each, and the hash. */
#define RECORD (8 + 8 + SHA256_SIZE)

/* ---- the file ---- */

/* Take a decimal number without leading zeros, and the octet after it. */
static bool
take_number(struct bytes *in, uint8_t after, uint64_t *out)
{
	size_t i = 0;

	for (*out = 0; i < in->n && in->p[i] >= '0' && in->p[i] <= '9'; i++) {
		if (*out >= UINT64_C(1) << 48)
			return false;
		*out = 10 * *out + (uint64_t)(in->p[i] - '0');
	}
	if (i == 0 || (i > 1 && in->p[0] == '0') || i == in->n ||
	    in->p[i] != after)
		return false;
	in->p += i + 1;
	in->n -= i + 1;
	return true;
}

bool
mtc_landmarks_parse(
    struct bytes file, struct mtc_landmarks *out, struct buf *error)
{
	uint64_t last, active;

	*out = (struct mtc_landmarks){ .n = 0 };
	if (!take_number(&file, ' ', &last) ||
	    !take_number(&file, '\n', &active) || active > last) {
		buf_add_text(error,
		    "line 1 is not the number of the last landmark and that "
		    "of the active ones");
		return false;
	}
	if (active > LIMIT_MTC_LANDMARKS) {
		buf_printf(error,
		    "%" PRIu64 " active landmarks, and at most %d are read",
		    active, LIMIT_MTC_LANDMARKS);
		return false;
	}
	for (out->n = 0; out->n <= active; out->n++)
		if (!take_number(&file, '\n', &out->size[out->n]) ||
		    (out->n > 0 &&
		        out->size[out->n] >= out->size[out->n - 1])) {
			buf_printf(error,
			    "line %zu is not a tree size below that of the "
			    "line before it",
			    out->n + 2);
			return false;
		}
	if (file.n > 0)
		buf_printf(error, "more than %" PRIu64 " lines", active + 2);
	else if (active == last && out->size[active] != 0)
		buf_printf(error,
		    "line %" PRIu64 ": landmark 0 is not the empty tree",
		    active + 2);
	else
		return true;
	return false;
}

/* ---- records ---- */

static bool
take_record(
    struct bytes *in, uint64_t *start, uint64_t *end, struct merkle_hash *hash)
{
	struct bytes b;

	if (!bytes_u64(in, start) || !bytes_u64(in, end) ||
	    !bytes_take(in, SHA256_SIZE, &b))
		return false;
	memcpy(hash->b, b.p, SHA256_SIZE);
	return true;
}

static void
add_record(struct buf *out, uint64_t start, uint64_t end,
    const struct merkle_hash *hash)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_add_byte(out, (uint8_t)(start >> shift));
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_add_byte(out, (uint8_t)(end >> shift));
	buf_add(out, bytes_at(hash->b, sizeof hash->b));
}

size_t
mtc_landmarks_count(struct bytes records)
{
	return records.n / RECORD;
}

bool
mtc_landmarks_find(
    struct bytes records, uint64_t start, uint64_t end, struct merkle_hash *out)
{
	uint64_t s, e;

	while (take_record(&records, &s, &e, out))
		if (s == start && e == end)
			return true;
	return false;
}

void
mtc_landmarks_name(
    const uint8_t log[static SHA256_SIZE], char out[static MTC_LANDMARKS_NAME])
{
	char hex[2 * SHA256_SIZE + 1];

	text_hex(bytes_at(log, SHA256_SIZE), hex);
	snprintf(out, MTC_LANDMARKS_NAME, "landmarks-%s", hex);
}

/* ---- hashes ---- */

/* The subtrees whose hash is not known. */
struct subtree {
	uint64_t start, end;
	struct merkle_range *range; /* owned: what was read of it; or NULL */
};

struct subtrees {
	struct subtree *v; /* owned */
	size_t n;
	struct buf *out;
};

static void
add_subtree(
    struct subtrees *all, struct bytes known, uint64_t start, uint64_t end)
{
	struct merkle_hash hash;

	if (start == end)
		return;
	if (mtc_landmarks_find(known, start, end, &hash))
		add_record(all->out, start, end, &hash);
	else
		all->v[all->n++] = (struct subtree){ start, end, NULL };
}

/* All of a subtree was read. */
static void
finish(struct subtree *s, struct buf *out)
{
	const struct merkle_range *r = s->range;
	struct merkle_hash hash = r->node[r->n - 1];

	for (size_t i = r->n - 1; i-- > 0;)
		merkle_node_hash(&r->node[i], &hash, &hash);
	add_record(out, s->start, s->end, &hash);
	free(s->range);
	s->range = NULL;
}

/* Add a piece to the subtrees that have it. */
static void
add_piece(void *arg, const struct merkle_range *piece)
{
	const struct subtrees *all = arg;

	for (size_t i = 0; i < all->n && piece->n > 0; i++) {
		struct subtree *s = &all->v[i];

		if (piece->begin < s->start || piece->end > s->end)
			continue;
		if (s->range == NULL) {
			s->range = mem_alloc(1, sizeof *s->range);
			merkle_range_init(s->range, s->start);
		}
		merkle_range_join(s->range, piece);
		if (piece->end == s->end)
			finish(s, all->out);
	}
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Read the tree in pieces that begin and end where a subtree does. */
static bool
read_pieces(const struct log_client *s, const struct log_client_fetch *fetch,
    const struct tree_head *head, struct subtrees *all, struct buf *error)
{
	uint64_t *at = mem_alloc(2 * all->n, sizeof *at);
	bool ok;

	for (size_t i = 0; i < all->n; i++) {
		at[2 * i] = all->v[i].start;
		at[2 * i + 1] = all->v[i].end;
	}
	qsort(at, 2 * all->n, sizeof *at, compare);
	ok = log_static_ranges(s, fetch, head, at, 2 * all->n, add_piece, all,
	         error) == LOG_CLIENT_OK;
	free(at);
	return ok;
}

bool
mtc_landmarks_hash(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    const struct mtc_landmarks *l, struct bytes known, struct buf *out,
    struct buf *error)
{
	struct subtrees all = { .v = mem_alloc(2 * l->n, sizeof *all.v),
		.out = out };
	bool ok;

	buf_clear(out);
	for (size_t i = l->n - 1; i > 0 && l->size[i - 1] <= head->size; i--) {
		uint64_t left, mid;

		merkle_subtree_cover(l->size[i], l->size[i - 1], &left, &mid);
		add_subtree(&all, known, left, mid);
		add_subtree(&all, known, mid, l->size[i - 1]);
	}
	ok = all.n == 0 || read_pieces(s, fetch, head, &all, error);
	if (!ok)
		buf_clear(out);
	for (size_t i = 0; i < all.n; i++)
		free(all.v[i].range);
	free(all.v);
	return ok;
}
