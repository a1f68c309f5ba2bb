/* SPDX-License-Identifier: Apache-2.0 */
/*
 * search_new_items: search the index of earlier runs for the items that are new
 * in this run, and save what is found as if they had been watched.
 */
#include <inttypes.h>
#include <string.h>

#include "sync/log_reader.h"
#include <ctwatch/base/msg.h>
#include <ctwatch/sync/search_index.h>

static bool
attempt(void *arg, int number)
{
	return log_reader_retry(arg, number);
}

static bool
ending(void *arg)
{
	return log_reader_ending(arg);
}

static void
found(void *arg, const struct batch *b, uint64_t from, uint64_t to)
{
	struct log_reader *r = arg;

	for (size_t i = 0; i < b->n_matches; i++)
		r->matched +=
		    b->matches[i].index >= from && b->matches[i].index < to;
	save_batch_searched(r, b);
}

/* Return the first entry from which on all entries were searched. */
static uint64_t
searched_from(const struct search_index_result *result, uint64_t to)
{
	uint64_t from = to;

	for (size_t i = result->n; i > 0; i--) {
		const struct search_index_range *v = &result->v[i - 1];

		if (!v->searched || v->to != from)
			break;
		from = v->from;
	}
	return from;
}

static void
report_search(const struct log_reader *r, uint64_t from, uint64_t to,
    const struct search_index_result *result)
{
	const struct search_index_range *v = result->v;

	if (from < to)
		msg_info("%s: entries %" PRIu64 " to %" PRIu64
		         " were searched in the index for new items; tiles "
		         "read again: %" PRIu64,
		    r->log->description, from, to - 1, result->tiles);
	/* Coverage has the entries before an index began. */
	for (size_t i = 0; result->n > 1 && i < result->n; i++)
		if (!v[i].searched && v[i].to == from)
			msg_warn("%s: entries %" PRIu64 " to %" PRIu64
			         " were not searched for new items: %s",
			    r->log->description, v[i].from, v[i].to - 1,
			    v[i].why);
}

void
search_new_items(struct log_reader *r, uint64_t to)
{
	const struct sync_options *o = r->shared->options;
	struct search_index in = { .store = o->store,
		.client = r->client,
		.fetch = { .get = log_reader_get, .arg = r },
		.watch = o->watch,
		.keys = o->new_items,
		.from = r->state.first,
		.to = to,
		.attempt = attempt,
		.ending = ending,
		.found = found,
		.arg = r };
	struct search_index_result result;
	uint64_t from;

	if (o->new_items == NULL || to <= r->state.first ||
	    to > r->state.verified)
		return;
	memcpy(in.log_id, r->log->id, sizeof in.log_id);
	in.worker = batch_worker_new();
	search_index_log(&in, &result);
	r->no_cache = false;
	batch_worker_free(in.worker);
	from = searched_from(&result, to);
	if (from < to) {
		save_batch_begin(r);
		store_watched_searched(o->store, o->run, r->log->id, from);
		save_batch_end(r);
	}
	if (result.differs)
		log_reader_mark(r, COVERAGE_PARTIAL,
		    "it serves other entries than those that it signed before");
	report_search(r, from, to, &result);
	search_index_fini(&result);
}
