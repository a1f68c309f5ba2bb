/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetch the tree head to read up to, and compare it with all known heads and
 * entries.
 */
#include <inttypes.h>
#include <string.h>

#include "sync/log_reader.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>

/* Age at which the tree head of a static log is stale: the MMD is a minute, but
 * replicas and clocks differ. */
#define MIN_STALE TIME_HOUR

/*
 * An STH below our next index may come from a lagging replica: it must be a
 * prefix of the largest verified head.  If a partial proof has raised verified
 * above that, both must be prefixes of the largest signed head.
 */
static enum head_result
check_older(struct log_reader *r, const struct tree_head *h, struct bytes raw,
    struct buf *error)
{
	struct store *store = r->shared->options->store;
	const struct store_log *state = &r->state;
	struct tree_head proved, largest;
	struct merkle_hash root;
	enum log_client_result result;

	if (!store_head_last(store, r->log->id, STORE_HEAD_SIGNED, &largest) ||
	    largest.size < state->next) {
		buf_printf(error,
		    "no signed head covers the %" PRIu64
		    " entries that were read",
		    state->next);
		return HEAD_UNPROVED;
	}
	r->head = largest;
	if (!store_head_last(store, r->log->id, STORE_HEAD_PROVED, &proved) ||
	    proved.size < h->size)
		proved = largest;
	result = log_heads_consistent(r, h->size, &h->root, &proved, error);
	if (result == LOG_CLIENT_ROOT_DIFFERS) {
		log_heads_conflict(r, h, &proved, raw);
		return HEAD_CONTRADICTS;
	}
	merkle_range_root(&state->proved, &root);
	if (result == LOG_CLIENT_OK && proved.size > state->verified)
		result = log_heads_consistent(
		    r, state->verified, &root, &proved, error);
	if (result != LOG_CLIENT_OK)
		return HEAD_UNPROVED;
	msg_debug("%s: an older tree head, of %" PRIu64 " entries",
	    r->log->description, h->size);
	return HEAD_OLDER_CONSISTENT;
}

static void
check_freshness(struct log_reader *r)
{
	int64_t limit = r->log->mmd > MIN_STALE ? r->log->mmd : MIN_STALE;
	int64_t age = time_now() - (int64_t)r->head.timestamp;

	/* A closed log signs no more heads; a log on disk is an archive. */
	if (loglist_is_closed(r->log, time_now()) ||
	    strncmp(r->log->url, "file:", 5) == 0)
		return;
	if (age > limit)
		log_reader_mark(r, COVERAGE_PARTIAL,
		    "the newest tree head is %" PRId64
		    " h old; the log must sign one every %" PRId64 " min",
		    age / TIME_HOUR, limit / TIME_MINUTE);
	else if (age < -TIME_HOUR)
		log_reader_mark(r, COVERAGE_PARTIAL,
		    "the tree head is dated %" PRId64 " h in the future",
		    -age / TIME_HOUR);
}

/* The list may have the final head of a read-only log.  If the log signed
 * another one, read it anyway. */
static void
check_final(struct log_reader *r, const struct tree_head *h)
{
	const struct loglist_log *log = r->log;

	if (!log->has_final ||
	    (h->size == log->final_size &&
	        merkle_equal(&h->root, &log->final_root)))
		return;
	if (h->size < log->final_size) {
		if (r->head.size < log->final_size)
			log_reader_mark(r, COVERAGE_PARTIAL,
			    "its head has %" PRIu64
			    " entries, but its final head in the log list has "
			    "%" PRIu64,
			    h->size, log->final_size);
		return;
	}
	r->state.accused |= STORE_ACCUSED_FINAL;
	log_reader_mark(r, COVERAGE_MISBEHAVING,
	    "its head is not its final head in the log list");
	log_reader_finding(r, "CTW070",
	    "the read-only log signed a head of %" PRIu64
	    " entries that is not the final one of the log list (%" PRIu64
	    " entries)",
	    h->size, log->final_size);
}

/* Report whether a log can have a tree of that size at that time. */
static bool
is_possible(const struct log_reader *r, const struct tree_head *h)
{
	return h->size >> 62 == 0 && h->timestamp >> 62 == 0 &&
	    h->size <= r->state.next + LIMIT_TREE_GROWTH;
}

/* Compare a head with a valid signature with the stored state, and choose
 * r->head. */
static enum head_result
compare_stored(struct log_reader *r, const struct tree_head *h,
    struct bytes raw, struct buf *error)
{
	struct store *store = r->shared->options->store;
	struct tree_head other;

	if (!is_possible(r, h)) {
		r->state.accused |= STORE_ACCUSED_HEADS;
		log_reader_mark(r, COVERAGE_MISBEHAVING,
		    "a tree head of %" PRIu64 " entries is impossible",
		    h->size);
		log_reader_finding(r, "CTW070",
		    "the log signed a tree head of %" PRIu64
		    " entries dated %" PRIu64
		    " ms, which is more than possible",
		    h->size, h->timestamp);
		return HEAD_CONTRADICTS;
	}
	if (store_head_contradiction(store, r->log->id, h, &other)) {
		log_heads_conflict(r, h, &other, raw);
		return HEAD_CONTRADICTS;
	}
	save_batch_begin(r);
	log_heads_save(r, h, raw, STORE_HEAD_SIGNED);
	if (h->size > r->largest)
		r->largest = h->size;
	save_batch_end(r);
	r->head = *h;
	if (h->size < r->state.next)
		return check_older(r, h, raw, error);
	return h->size > r->state.verified ? HEAD_NEW : HEAD_SAME;
}

/*
 * Read up to a head whose signatures could not be checked.  It accuses the log
 * of nothing, since anyone may have made it.
 */
static enum head_result
take_unchecked(
    struct log_reader *r, const struct tree_head *h, struct buf *error)
{
	if (!is_possible(r, h) || h->size < r->state.next) {
		buf_printf(error,
		    "; it has %" PRIu64 " entries, and %" PRIu64 " were read",
		    h->size, r->state.next);
		return HEAD_UNREACHABLE;
	}
	r->head = *h;
	r->unchecked = true;
	if (h->size > r->largest)
		r->largest = h->size;
	return HEAD_UNCHECKED;
}

/* Fetch a head once; *raw is empty if there was no answer. */
static enum head_result
ask_head(struct log_reader *r, struct buf *raw, struct buf *error)
{
	const struct log_client_fetch fetch = { .get = log_reader_get,
		.arg = r };
	enum head_result result;
	struct tree_head h;

	buf_clear(raw);
	buf_clear(error);
	switch (log_client_head(r->client, &fetch, &h, raw, error)) {
	case LOG_CLIENT_OK:
		result = compare_stored(r, &h, buf_view(raw), error);
		if (result != HEAD_CONTRADICTS)
			check_final(r, &h);
		break;
	case LOG_CLIENT_UNCHECKED:
		result = take_unchecked(r, &h, error);
		break;
	default:
		return HEAD_UNREACHABLE;
	}
	witness_count(r, buf_view(raw));
	return result;
}

enum head_result
fetch_head(struct log_reader *r)
{
	enum head_result result = HEAD_UNREACHABLE;
	struct buf raw, error;

	buf_init(&raw, LIMIT_SMALL_BODY);
	buf_init(&error, 4096);
	/* A cache may serve an old head, a bad proof, or garbage, so bypass it.
	 * Do not retry a log that did not answer. */
	for (int i = 0; log_reader_retry(r, i); i++) {
		result = ask_head(r, &raw, &error);
		if (result != HEAD_UNPROVED &&
		    (result != HEAD_UNREACHABLE || raw.n == 0))
			break;
	}
	r->no_cache = false;
	if (result == HEAD_UNREACHABLE)
		log_reader_mark(
		    r, COVERAGE_UNREACHABLE, "%s", buf_text(&error));
	else if (result == HEAD_UNPROVED)
		log_reader_mark(r, COVERAGE_PARTIAL,
		    "an older tree head could not be verified: %s",
		    buf_text(&error));
	if (result != HEAD_UNREACHABLE && result != HEAD_CONTRADICTS &&
	    result != HEAD_UNCHECKED) {
		r->coverage->has_head = true;
		r->coverage->head = r->head;
		check_freshness(r);
	}
	buf_fini(&raw);
	buf_fini(&error);
	return result;
}
