/* SPDX-License-Identifier: Apache-2.0 */
/* Save the tree heads of a log, and prove or contradict them by each other. */
#include <string.h>

#include "sync/log_reader.h"
#include <ctwatch/base/time.h>
#include <ctwatch/sync/compare_head.h>

void
log_heads_save(struct log_reader *r, const struct tree_head *h,
    struct bytes raw, enum store_head_state state)
{
	struct store_head sh = {
		.head = *h, .seen = time_now(), .state = state, .raw = raw
	};

	memcpy(sh.log_id, r->log->id, sizeof sh.log_id);
	store_head_save(r->shared->options->store, &sh);
}

void
log_heads_conflict(struct log_reader *r, const struct tree_head *h,
    const struct tree_head *other, struct bytes raw)
{
	const struct tree_head before = { .size = r->state.verified,
		.timestamp = h->timestamp };
	struct buf message;

	save_batch_begin(r);
	compare_head_keep(r->shared->options->store, r->log->id, h, raw, other);
	r->state.accused |= STORE_ACCUSED_HEADS;
	save_batch_end(r);
	log_reader_mark(r, COVERAGE_MISBEHAVING,
	    "signed two heads that contradict each other");
	buf_init(&message, 4096);
	compare_head_describe(h, other != NULL ? other : &before, &message);
	log_reader_finding(r, "CTW070", "%s", buf_text(&message));
	buf_fini(&message);
}

enum log_client_result
log_heads_consistent(struct log_reader *r, uint64_t size,
    const struct merkle_hash *root, const struct tree_head *head,
    struct buf *error)
{
	const struct log_client_fetch fetch = { .get = log_reader_get,
		.arg = r };
	enum log_client_result result = LOG_CLIENT_PROOF_INVALID;

	for (int i = 0;
	     result == LOG_CLIENT_PROOF_INVALID && log_reader_retry(r, i);
	     i++) {
		buf_clear(error);
		result = log_client_consistent(
		    r->client, &fetch, size, root, head, error);
	}
	r->no_cache = false;
	return result;
}
