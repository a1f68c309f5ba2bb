/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index_block: join the saved parts of the index of names by blocks.
 *
 * When a block was read, its parts are joined in a file; not while the entries
 * verified end within it, so that unverified entries can be forgotten by whole
 * parts.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "sync/log_reader.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/store/store_index.h>

/* The coded parts of a block. */
struct block {
	struct buf content; /* that v is borrowed from */
	struct index_part_view *v;
	size_t n;
};

static int
compare(const void *a, const void *b)
{
	const struct index_part_view *x = a, *y = b;

	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	return (x->end > y->end) - (x->end < y->end);
}

/* Load the parts of [from, to), in order. */
static bool
load_block(struct log_reader *r, uint64_t from, uint64_t to, struct block *out)
{
	struct store *s = r->shared->options->store;
	struct index_part_view view;
	struct bytes rest;
	struct buf error;
	size_t n;
	struct store_index_part *v =
	    store_index_parts(s, r->log->id, from, to, &n);
	bool ok = true;

	buf_init(&error, 4096);
	for (size_t i = 0; ok && i < n; i++)
		ok = store_index_read(s, &v[i], &out->content, &error);
	if (error.n > 0)
		msg_warn("%s", buf_text(&error));
	rest = buf_view(&out->content);
	while (ok && rest.n > 0) {
		ok = index_part_take(&rest, &view);
		out->v = mem_grow(out->v, out->n, sizeof *out->v);
		out->v[out->n++] = view;
	}
	if (out->n > 0)
		qsort(out->v, out->n, sizeof *out->v, compare);
	store_index_parts_free(v, n);
	buf_fini(&error);
	return ok;
}

/* Report whether the parts of b, in order, have all entries of [from, to). */
static bool
has_all(const struct block *b, uint64_t from, uint64_t to)
{
	for (size_t i = 0; i < b->n && b->v[i].begin <= from; i++)
		if (b->v[i].end > from)
			from = b->v[i].end;
	return from >= to;
}

void
index_block_add(struct log_reader *r, struct bytes coded)
{
	struct block b = { .n = 0 };
	struct bytes rest = coded;
	struct index_part_view v;

	if (!index_part_take(&rest, &v))
		return;
	buf_init(&b.content, LIMIT_INDEX_FILE);
	if (!load_block(r, v.begin, v.end, &b) || !has_all(&b, v.begin, v.end))
		store_index_add(r->shared->options->store, r->log->id, v.begin,
		    v.end, coded);
	buf_fini(&b.content);
	free(b.v);
}

/* Append the parts of a block, each joined with those that follow it. */
static bool
join_block(const struct block *b, struct buf *out)
{
	struct index_part p;
	bool ok = true;

	for (size_t i = 0; ok && i < b->n;) {
		index_part_init(&p, b->v[i].begin);
		while (i < b->n && index_part_join(&p, &b->v[i]))
			i++;
		ok = p.begin < p.end && index_part_pack(&p, out);
		index_part_fini(&p);
	}
	return ok;
}

/* Write a file of the parts of a block, and let it replace them. */
static bool
close_block(struct log_reader *r, uint64_t number, struct buf *error)
{
	struct store *s = r->shared->options->store;
	const uint64_t from = number * INDEX_PART_BLOCK;
	struct block b = { .n = 0 };
	uint8_t sha256[SHA256_SIZE];
	uint64_t end = 0;
	struct buf out;
	bool ok;

	buf_init(&b.content, LIMIT_INDEX_FILE);
	buf_init(&out, LIMIT_INDEX_FILE);
	ok = load_block(r, from, from + INDEX_PART_BLOCK, &b) &&
	    (b.n == 1 ? buf_add(&out, buf_view(&b.content))
	              : join_block(&b, &out)) &&
	    store_index_write(s, buf_view(&out), sha256, error);
	for (size_t i = 0; i < b.n; i++)
		end = b.v[i].end > end ? b.v[i].end : end;
	if (ok) {
		save_batch_begin(r);
		store_index_replace(
		    s, r->log->id, b.v[0].begin, end, sha256, out.n);
		ok = save_batch_end(r);
	}
	buf_fini(&out);
	buf_fini(&b.content);
	free(b.v);
	return ok;
}

void
index_block_close_all(struct log_reader *r)
{
	const struct sync_options *o = r->shared->options;
	uint64_t number, from = 0;
	struct buf error;

	if (o->index_secret == NULL)
		return;
	buf_init(&error, 4096);
	/* A block that fails keeps its parts in the store. */
	while (store_index_open_block(o->store, r->log->id, r->state.next,
	    r->state.verified, from, &number)) {
		if (!close_block(r, number, &error) && error.n > 0)
			msg_warn("%s; the index stays in the state file",
			    buf_text(&error));
		buf_clear(&error);
		from = (number + 1) * INDEX_PART_BLOCK;
	}
	buf_fini(&error);
}
