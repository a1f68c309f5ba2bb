/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetch the tree head to read up to and compare it with the stored heads.
 */
#include <inttypes.h>
#include <string.h>

#include "sync/log_reader.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>

/* How old a tree head of a static log may be before it is said: their MMD is
 * a minute, and replicas and clocks differ. */
#define MIN_STALE TIME_HOUR

/* The wait before a question is asked again. */
#define AGAIN 250

bool
fetch_head_save(struct log_reader *r, const struct tree_head *h,
    struct bytes raw, enum store_head_state state)
{
	struct store_head sh = {
		.head = *h, .seen = time_now(), .state = state, .raw = raw
	};

	memcpy(sh.log_id, r->log->id, sizeof sh.log_id);
	return store_head_save(r->shared->options->store, &sh);
}

void
fetch_head_conflict(struct log_reader *r, const struct tree_head *h,
    const struct tree_head *other, struct bytes raw)
{
	fetch_head_save(r, h, raw, STORE_HEAD_CONFLICT);
	if (other != NULL)
		fetch_head_save(
		    r, other, (struct bytes){ 0 }, STORE_HEAD_CONFLICT);
	log_reader_mark(r, COVERAGE_MISBEHAVING,
	    "signed two heads that contradict each other");
	log_reader_finding(r, "CTW070",
	    "the log signed a tree head of %" PRIu64 " entries that is not "
	    "consistent with its head of %" PRIu64
	    " entries; both are kept as evidence (ctwatch logs --heads)",
	    h->size, other != NULL ? other->size : r->state.verified);
}

/* Proofs have been served wrong from caches, and that alone is no
 * misbehaviour. */
enum log_client_result
fetch_head_consistent(struct log_reader *r, uint64_t size,
    const struct merkle_hash *root, const struct tree_head *head,
    struct buf *error)
{
	const struct log_client_fetch fetch = { log_reader_get, r };
	enum log_client_result result = LOG_CLIENT_PROOF_INVALID;

	for (int i = 0; i < 2 && result == LOG_CLIENT_PROOF_INVALID; i++) {
		if (i > 0)
			log_reader_sleep(r, AGAIN);
		buf_clear(error);
		result = log_client_consistent(
		    r->client, &fetch, size, root, head, error);
	}
	return result;
}

/* A head smaller than what is proved: replicas lag, so it may be honest, but
 * then it must be a prefix of what is proved. */
static void
check_older(struct log_reader *r, const struct tree_head *h, struct bytes raw,
    struct buf *error)
{
	struct tree_head proved;

	if (!store_head_last(r->shared->options->store, r->log->id,
	        STORE_HEAD_PROVED, &proved))
		return;
	switch (fetch_head_consistent(r, h->size, &h->root, &proved, error)) {
	case LOG_CLIENT_OK:
		msg_debug("%s: an older tree head, of %" PRIu64 " entries",
		    r->log->description, h->size);
		break;
	case LOG_CLIENT_PROOF_INVALID:
	case LOG_CLIENT_UNSIGNED:
		fetch_head_conflict(r, h, &proved, raw);
		break;
	case LOG_CLIENT_FAILED:
		log_reader_mark(r, COVERAGE_PARTIAL,
		    "an older tree head could not be checked: %s",
		    buf_text(error));
		break;
	}
	r->head = proved;
}

static void
check_freshness(struct log_reader *r)
{
	int64_t limit = r->log->mmd > MIN_STALE ? r->log->mmd : MIN_STALE;
	int64_t age = time_now() - (int64_t)r->head.timestamp;

	/* A closed log signs no more heads; one on disk is an archive. */
	if (loglist_is_closed(r->log, time_now()) ||
	    strncmp(r->log->url, "file:", 5) == 0)
		return;
	if (age > limit)
		log_reader_mark(r, COVERAGE_PARTIAL,
		    "the newest tree head is %" PRId64 " h old, its log "
		    "promises one every %" PRId64 " min",
		    age / TIME_HOUR, limit / TIME_MINUTE);
	else if (age < -TIME_HOUR)
		log_reader_mark(r, COVERAGE_PARTIAL,
		    "the tree head is dated %" PRId64 " h in the future",
		    -age / TIME_HOUR);
}

/* The list may know where a read-only log ends. */
static bool
check_final(struct log_reader *r, const struct tree_head *h, struct bytes raw)
{
	const struct loglist_log *log = r->log;

	if (!log->has_final || h->size < log->final_size ||
	    (h->size == log->final_size &&
	        merkle_equal(&h->root, &log->final_root)))
		return true;
	fetch_head_save(r, h, raw, STORE_HEAD_CONFLICT);
	log_reader_mark(r, COVERAGE_MISBEHAVING,
	    "its head is not the final one that the log list names");
	log_reader_finding(r, "CTW070",
	    "the read-only log signed a head of %" PRIu64
	    " entries that is not the final one of the log list (%" PRIu64
	    " entries)",
	    h->size, log->final_size);
	return false;
}

/* Choose what to read up to from a head that verified. */
static bool
accept_head(struct log_reader *r, const struct tree_head *h, struct bytes raw,
    struct buf *error)
{
	struct store *store = r->shared->options->store;
	struct tree_head other;

	if (h->size >> 62 != 0 || h->size > r->state.next + LIMIT_TREE_GROWTH) {
		log_reader_mark(r, COVERAGE_MISBEHAVING,
		    "a tree head of %" PRIu64 " entries cannot be", h->size);
		log_reader_finding(r, "CTW070",
		    "the log signed a tree head of "
		    "%" PRIu64 " entries, more than there can be",
		    h->size);
		return false;
	}
	if (store_head_at(store, r->log->id, h->size, &other) &&
	    !merkle_equal(&other.root, &h->root)) {
		fetch_head_conflict(r, h, &other, raw);
		return false;
	}
	fetch_head_save(r, h, raw, STORE_HEAD_SIGNED);
	if (!check_final(r, h, raw))
		return false;
	r->head = *h;
	if (h->size < r->state.verified)
		check_older(r, h, raw, error);
	else if (h->size < r->state.next &&
	    store_head_last(store, r->log->id, STORE_HEAD_SIGNED, &other) &&
	    other.size >= r->state.next)
		r->head = other; /* read already under a newer one */
	return r->cover->status != COVERAGE_MISBEHAVING;
}

bool
fetch_head(struct log_reader *r)
{
	const struct log_client_fetch fetch = { log_reader_get, r };
	enum log_client_result result = LOG_CLIENT_FAILED;
	struct buf raw, error;
	struct tree_head h;
	bool ok = false;

	buf_init(&raw, LIMIT_SMALL_BODY);
	buf_init(&error, 4096);
	/* No answer was asked for often enough; one that came and is wrong may
	 * be another replica's fault. */
	for (int i = 0;
	     i < 2 && result != LOG_CLIENT_OK && (i == 0 || raw.n > 0); i++) {
		if (i > 0)
			log_reader_sleep(r, AGAIN);
		buf_clear(&raw);
		buf_clear(&error);
		result = log_client_head(r->client, &fetch, &h, &raw, &error);
	}
	if (result == LOG_CLIENT_OK)
		ok = accept_head(r, &h, buf_view(&raw), &error);
	else if (result == LOG_CLIENT_UNSIGNED) {
		log_reader_mark(
		    r, COVERAGE_MISBEHAVING, "%s", buf_text(&error));
		log_reader_finding(r, "CTW070", "%s", buf_text(&error));
	} else
		log_reader_mark(
		    r, COVERAGE_UNREACHABLE, "%s", buf_text(&error));
	if (ok) {
		r->cover->has_head = true;
		r->cover->head = r->head;
		check_freshness(r);
	}
	buf_fini(&raw);
	buf_fini(&error);
	return ok;
}
