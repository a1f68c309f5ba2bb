/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retry_gaps: read the ranges that an earlier run could not read.
 *
 * A page counts only if the compact range up to the page, joined with the
 * page's leaf hashes, equals the stored compact range after the page.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "sync/log_reader.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>

/* Maximum number of failed pages in one run. */
#define MOST 16

static bool
fits(struct log_reader *r, const struct batch *b)
{
	const struct log_client_fetch fetch = { .get = log_reader_get,
		.arg = r };
	struct merkle_range left, right;
	struct merkle_hash have, want;
	struct buf error;
	bool ok;

	buf_init(&error, 4096);
	merkle_range_init(&left, 0);
	ok = (b->range.begin == 0 ||
	         r->client->heads->range(r->client, &fetch, &r->head,
	             b->range.begin, &left, &error) == LOG_CLIENT_OK) &&
	    r->client->heads->range(r->client, &fetch, &r->head, b->range.end,
	        &right, &error) == LOG_CLIENT_OK &&
	    merkle_range_join(&left, &b->range);
	if (ok) {
		merkle_range_root(&left, &have);
		merkle_range_root(&right, &want);
		ok = merkle_equal(&have, &want);
	}
	buf_fini(&error);
	return ok;
}

/* Read the page with the first entry of gap. */
static bool
retry_page(struct log_reader *r, const struct store_gap *gap, uint64_t *end)
{
	struct pipeline_job *j = mem_alloc(1, sizeof *j);
	bool ok;

	j->client = r->client;
	j->queue = r->queue;
	/* Do not request entries outside the gap: they may be unreadable,
	 * too. */
	log_client_page(r->client, gap->from,
	    log_client_is_tiled(r->client) ? r->head.size : gap->to,
	    r->client->pages->guess, &j->page);
	j->from = j->page.first;
	j->no_cache = gap->unproved;
	pipeline_submit(r->shared->pipeline, j);
	pipeline_wait(r->shared->pipeline, j);
	ok = j->state == PIPELINE_DONE && j->batch.lost == 0 &&
	    j->batch.range.end > gap->from && fits(r, &j->batch);
	if (ok) {
		*end =
		    j->batch.range.end < gap->to ? j->batch.range.end : gap->to;
		r->matched += j->batch.n_matches;
		r->coverage->refused += j->batch.n_rejected;
		if (!gap->unproved) /* else they were counted before */
			r->coverage->entries_read += *end - gap->from;
		ok = save_batch_filled(r, &j->batch, gap->from, *end);
	}
	pipeline_release(r->shared->pipeline, j);
	free(j);
	return ok;
}

void
retry_gaps(struct log_reader *r)
{
	struct store *store = r->shared->options->store;
	struct store_gap *v;
	unsigned failed = 0;
	size_t n;

	v = store_gaps(store, r->log->id, &n);
	for (size_t i = 0; i < n; i++) {
		uint64_t end;

		while (v[i].from < v[i].to && v[i].to <= r->head.size &&
		    failed < MOST && !log_reader_ending(r)) {
			if (!retry_page(r, &v[i], &end)) {
				failed++;
				break;
			}
			msg_info("%s: entries %" PRIu64 " to %" PRIu64
			         ", %s in an earlier run, were read",
			    r->log->description, v[i].from, end - 1,
			    v[i].unproved ? "unproved" : "unread");
			v[i].from = end;
		}
	}
	free(v);
}
