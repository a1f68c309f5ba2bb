/* SPDX-License-Identifier: Apache-2.0 */
/*
 * save_index: save the index of names of the entries read, with the cursor of
 * their log.
 */
#include <stdlib.h>

#include "sync/log_reader.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/store/store_index.h>

void
save_index_keep(struct log_reader *r, struct batch *b)
{
	for (size_t i = 0; i < b->n_parts; i++) {
		if (r->n_parts > 0 &&
		    index_part_move(&r->parts[r->n_parts - 1], &b->parts[i]))
			continue;
		r->parts = mem_grow(r->parts, r->n_parts, sizeof *r->parts);
		r->parts[r->n_parts++] = b->parts[i];
	}
	b->n_parts = 0;
}

bool
save_index_is_due(const struct log_reader *r)
{
	return r->n_parts > 1 ||
	    (r->n_parts == 1 && r->parts[0].end % INDEX_PART_BLOCK == 0);
}

static void
add_part(struct log_reader *r, struct index_part *p)
{
	struct buf coded;

	buf_init(&coded, LIMIT_INDEX_FILE);
	if (index_part_pack(p, &coded))
		store_index_add(r->shared->options->store, r->log->id, p->begin,
		    p->end, buf_view(&coded));
	buf_fini(&coded);
}

static void
drop_parts(struct log_reader *r)
{
	for (size_t i = 0; i < r->n_parts; i++)
		index_part_fini(&r->parts[i]);
	free(r->parts);
	r->parts = NULL;
	r->n_parts = 0;
}

void
save_index_rows(struct log_reader *r)
{
	for (size_t i = 0; i < r->n_parts; i++)
		add_part(r, &r->parts[i]);
	drop_parts(r);
}

void
save_index_filled(struct log_reader *r, const struct batch *b)
{
	for (size_t i = 0; i < b->n_parts; i++)
		add_part(r, &b->parts[i]);
}

void
save_index_forget(struct log_reader *r, uint64_t from)
{
	drop_parts(r);
	store_index_forget(r->shared->options->store, r->log->id, from);
}
