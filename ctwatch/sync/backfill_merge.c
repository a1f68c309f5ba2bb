/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backfill_merge: store the parts of a backfill.
 *
 * The parts of a log are stored from the last one down, each in a transaction.
 * The store then covers the log from the lowest part that is next to what it
 * covered; the matches of a lower one are stored, but not counted as coverage.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/log_reader.h"
#include "sync/record_match.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/store/store_index.h>
#include <ctwatch/sync/backfill.h>
#include <ctwatch/sync/compare_head.h>

/* The merge of one log. */
struct merging {
	struct log_reader reader;
	const struct backfill_plan *plan;
	const struct backfill_plan_log *log;
	const struct watch *watch;
	const char *dir;
	bool has_index;     /* of the parts, under the secret of the store */
	uint64_t old_first; /* the first entry that the store covered; else the
	                     * size of the tree */
	uint64_t low, high; /* the parts stored last, without a gap */
	struct store_gap *missing; /* owned; parts that were not merged */
	size_t n_missing;
	const char *name; /* of by_tiles */
	struct sync_options options;
};

/* ---- the head ---- */

static enum log_client_result
consistent(void *arg, uint64_t size, const struct merkle_hash *root,
    const struct tree_head *head, struct buf *error)
{
	return log_heads_consistent(arg, size, root, head, error);
}

/* Report whether the plan's head is of the tree that the store knows. */
static bool
check_head(struct merging *m)
{
	struct log_reader *r = &m->reader;
	struct store *s = m->options.store;
	const struct compare_head_proof proof = { consistent, r };
	struct tree_head ours, other;
	bool ok = true;
	struct buf error;

	if (!store_head_last(s, r->log->id, STORE_HEAD_PROVED, &ours) &&
	    !store_head_last(s, r->log->id, STORE_HEAD_SIGNED, &ours))
		return true;
	buf_init(&error, 4096);
	switch (compare_head(
	    s, r->log->id, &m->log->head, &ours, &proof, &other, &error)) {
	case COMPARE_HEAD_SAME:
	case COMPARE_HEAD_OLDER:
	case COMPARE_HEAD_NEWER:
		break;
	case COMPARE_HEAD_CONTRADICTS:
		log_heads_conflict(
		    r, &m->log->head, &other, blob_view(m->log->raw));
		ok = false;
		break;
	default:
		log_reader_mark(r, COVERAGE_PARTIAL,
		    "no proof that the plan's head is of the log's tree: %s",
		    buf_text(&error));
		ok = false;
	}
	buf_fini(&error);
	return ok;
}

/* ---- one part ---- */

/* Entries [from, to) were read: what the store has of an unproved gap among
 * them goes, and gaps end. */
static void
cover(struct merging *m, uint64_t from, uint64_t to)
{
	struct store *s = m->options.store;
	const uint8_t *id = m->reader.log->id;
	size_t n;
	struct store_gap *v = store_gaps(s, id, &n);

	for (size_t i = 0; i < n; i++) {
		uint64_t a = v[i].from > from ? v[i].from : from;
		uint64_t b = v[i].to < to ? v[i].to : to;

		if (v[i].unproved && a < b)
			store_sightings_forget(s, id, a, b);
	}
	free(v);
	store_gap_remove(s, id, from, to);
}

/* Record which entries of a part were read.  One that the part lacks is a gap,
 * unless an earlier run has read it. */
static void
cover_part(struct merging *m, const struct backfill_part *part)
{
	uint64_t at = part->range.begin;

	for (size_t i = 0; i < part->n_gaps; i++) {
		struct store_gap gap = part->gaps[i];

		cover(m, at, gap.from);
		at = gap.to;
		if (gap.to > m->old_first)
			gap.to = m->old_first;
		if (gap.from < gap.to)
			store_gap_add(
			    m->options.store, m->reader.log->id, &gap);
	}
	cover(m, at, part->range.end);
}

static void
save_rejected(struct merging *m, const struct backfill_part *part)
{
	for (size_t i = 0; i < part->n_rejected; i++) {
		const struct backfill_part_rejected *from = &part->rejected[i];
		struct store_rejected to = { .index = from->index,
			.reason = from->reason,
			.match = from->item,
			.leaf_input = blob_view(from->leaf_input),
			.extra_data = blob_view(from->extra_data),
			.seen = time_now() };

		memcpy(to.log_id, m->reader.log->id, sizeof to.log_id);
		store_rejected_add(m->options.store, &to);
	}
}

static void
save_matches(struct merging *m, const struct backfill_part *part)
{
	struct log_reader *r = &m->reader;
	struct store *s = m->options.store;
	const struct record_match_issuers issuers = { fetch_issuers_stored, s,
		m->options.signatures };

	for (size_t i = 0; i < part->n_issuers; i++)
		store_issuer_save(s, blob_view(part->issuers[i]));
	for (size_t i = 0; i < part->n_matches; i++) {
		bool outside;

		record_match(
		    s, r->log, &part->matches[i].match, &issuers, &outside);
		if (outside)
			r->outside = part->matches[i].match.index + 1;
	}
}

/* Return the range of the tree up to the end of a part. */
static struct merkle_range
range_up_to(const struct merging *m, size_t number)
{
	struct merkle_range range = m->log->before;

	for (size_t i = m->log->first_part; i <= number; i++)
		merkle_range_join(&range, &m->plan->parts[i].range);
	return range;
}

/* Let the store cover the part, if it is next to what it covers. */
static void
claim(struct merging *m, size_t number)
{
	const struct merkle_range *part = &m->plan->parts[number].range;
	struct store_log *state = &m->reader.state;

	if (!state->has_range && part->end >= state->next) {
		state->range = state->proved = range_up_to(m, number);
		state->has_range = true;
		state->first = part->begin;
		state->next = state->verified = part->end;
		store_dates_init(&state->dates);
	} else if (state->has_range && part->end >= state->first &&
	    part->begin < state->first)
		state->first = part->begin;
}

/* Items whose search began in the parts stored last, or just above. */
static void
extend_search(struct merging *m)
{
	if (m->low < m->high)
		store_watched_extend(
		    m->options.store, m->reader.log->id, m->low, m->high);
}

static void
save_part(struct merging *m, const struct backfill_part *part)
{
	struct log_reader *r = &m->reader;
	struct coverage *c = r->coverage;

	save_batch_begin(r);
	if (part->range.end != m->low) { /* a part above is missing */
		extend_search(m);
		m->high = part->range.end;
	}
	m->low = part->range.begin;
	claim(m, part->number);
	cover_part(m, part);
	save_matches(m, part);
	save_rejected(m, part);
	for (size_t i = 0; m->has_index && i < part->n_index; i++)
		index_block_add(r, blob_view(part->index[i]));
	c->entries_read += part->range.end - part->range.begin;
	for (size_t i = 0; i < part->n_gaps; i++)
		c->entries_read -= part->gaps[i].to - part->gaps[i].from;
	c->refused += part->refused;
	c->wrong_index += part->wrong_index;
	r->matched += part->n_matches;
	save_batch_end(r);
	/* Else the parts below have the rest of the block. */
	if (part->range.begin % INDEX_PART_BLOCK == 0)
		index_block_close_all(r);
	if (part->dates.latest > m->log->head.timestamp)
		log_reader_finding(r, "CTW056",
		    "entry %" PRIu64 " is dated after the tree head of %" PRIu64
		    " entries that covers it",
		    part->dates.latest_at, m->log->head.size);
}

/* Record a part that cannot be merged. */
static void
miss_part(struct merging *m, size_t number, enum backfill_part_state state,
    const char *why)
{
	const struct merkle_range *range = &m->plan->parts[number].range;
	struct store_gap gap = { .from = range->begin, .to = range->end };

	msg_warn("part %zu: %s: %s", number, backfill_part_word(state), why);
	log_reader_mark(&m->reader, COVERAGE_PARTIAL,
	    "entries %" PRIu64 " to %" PRIu64 ": part %zu is %s; scan it again "
	    "and repeat the merge",
	    range->begin, range->end - 1, number, backfill_part_word(state));
	m->missing = mem_grow(m->missing, m->n_missing, sizeof *m->missing);
	m->missing[m->n_missing++] = gap;
}

static void
merge_part(struct merging *m, size_t number)
{
	char *path = backfill_part_file_path(m->dir, number);
	enum backfill_part_state state;
	struct backfill_part part;
	struct buf error;

	buf_init(&error, 4096);
	state = backfill_part_file_read(
	    path, m->plan, number, m->watch, &part, &error);
	if (state == BACKFILL_PART_OK)
		save_part(m, &part);
	else
		miss_part(m, number, state, buf_text(&error));
	backfill_part_fini(&part);
	buf_fini(&error);
	free(path);
}

/* ---- one log ---- */

/* Save the plan's head: proved, if the store covers its tree to the end. */
static void
save_head(struct merging *m)
{
	struct log_reader *r = &m->reader;

	save_batch_begin(r);
	extend_search(m);
	log_heads_save(r, &m->log->head, blob_view(m->log->raw),
	    r->state.has_range && r->state.verified >= m->log->head.size
	        ? STORE_HEAD_PROVED
	        : STORE_HEAD_SIGNED);
	save_batch_end(r);
	index_block_close_all(r);
}

static int
by_from(const void *a, const void *b)
{
	const struct store_gap *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

static void
fill_coverage(struct merging *m)
{
	struct log_reader *r = &m->reader;
	struct coverage *c = r->coverage;
	struct store *s = m->options.store;

	c->first = r->state.first;
	c->next = r->state.next;
	c->verified = r->state.verified;
	c->has_head = true;
	c->proved = m->n_missing == 0;
	c->head = m->log->head;
	c->gaps = store_gaps(s, r->log->id, &c->n_gaps);
	for (size_t i = 0; i < c->n_gaps; i++)
		if (!c->gaps[i].unproved)
			log_reader_mark(r, COVERAGE_PARTIAL,
			    "entries %" PRIu64 " to %" PRIu64 ": %s",
			    c->gaps[i].from, c->gaps[i].to - 1,
			    c->gaps[i].reason);
	c->gaps =
	    mem_realloc(c->gaps, c->n_gaps + m->n_missing + 1, sizeof *c->gaps);
	for (size_t i = 0; i < m->n_missing; i++)
		c->gaps[c->n_gaps++] = m->missing[i];
	qsort(c->gaps, c->n_gaps, sizeof *c->gaps, by_from);
	c->issuers_missing = store_chain_missing(s, r->log->id);
	if (c->issuers_missing > 0)
		log_reader_mark(r, COVERAGE_PARTIAL,
		    "issuers that its entries name are missing (%" PRIu64
		    "); the next run requests them",
		    c->issuers_missing);
	/* A part cannot prove this. */
	if (c->wrong_index > 0)
		log_reader_mark(r, COVERAGE_PARTIAL,
		    "the parts have %" PRIu64
		    " entries without their leaf_index (static-ct-api)",
		    c->wrong_index);
	if (coverage_lag(c) > 0)
		log_reader_mark(r, COVERAGE_PARTIAL,
		    "%" PRIu64 " entries left to the next run",
		    coverage_lag(c));
}

static void
merge_log(struct merging *m)
{
	struct log_reader *r = &m->reader;
	const struct backfill_plan_log *l = m->log;

	sync_log_load(r);
	if (log_reader_connect(r) && check_head(m)) {
		m->old_first =
		    r->state.has_range ? r->state.first : l->head.size;
		if (r->largest < l->head.size)
			r->largest = l->head.size;
		for (size_t i = l->n_parts; i-- > 0;)
			merge_part(m, l->first_part + i);
		save_head(m);
		fill_coverage(m);
		if (r->outside > 0)
			log_reader_finding(r, "CTW056",
			    "entry %" PRIu64
			    " is of a certificate that expires outside the "
			    "log's temporal interval in the log list",
			    r->outside - 1);
	}
	log_client_free(r->client);
	store_log_fini(&r->state);
	free(m->missing);
}

/* ---- all logs ---- */

static const struct backfill_plan_log *
find_log(const struct backfill_plan *p, const struct loglist_log *log)
{
	for (size_t i = 0; i < p->n_logs; i++)
		if (memcmp(p->logs[i].log.id, log->id, SHA256_SIZE) == 0)
			return &p->logs[i];
	return NULL;
}

/* Merge the parts of one log of the lists, or report why there are none. */
static void
merge_or_skip(
    struct merging *m, const struct loglist_log *log, struct coverage *c)
{
	c->log = log;
	m->log = find_log(m->plan, log);
	if (m->log == NULL || log->fault != NULL) {
		c->status =
		    m->log == NULL ? COVERAGE_SKIPPED : COVERAGE_UNUSABLE;
		snprintf(c->reason, sizeof c->reason, "%s",
		    m->log == NULL ? "not in the plan" : log->fault);
		return;
	}
	m->name = log->description;
	m->options.by_tiles = &m->name;
	m->options.n_by_tiles = m->log->by_tiles;
	/* A log that is new to the store has no start but the plan's. */
	m->options.since = SYNC_SINCE_START;
	m->reader.log = log;
	m->reader.coverage = c;
	merge_log(m);
}

/* Report whether the store can have the index of the parts. */
static bool
can_index(const struct sync_options *o, const struct backfill_plan *p)
{
	if (!p->has_index)
		return false;
	if (store_index_use_secret(o->store, p->index_secret))
		return true;
	msg_warn(
	    "the index of the parts has the secret of another state, and is "
	    "not stored: `search' does not find names in their entries; "
	    "make a plan with this state");
	return false;
}

bool
backfill_merge(const struct sync_options *o, const struct backfill_plan *p,
    const char *dir, struct sync_result *out)
{
	struct log_reader_shared shared;
	const bool has_index = can_index(o, p);
	struct watch *watch;
	struct buf error;

	*out = (struct sync_result){ .merged = true };
	out->v = mem_alloc(o->logs->n + p->n_logs, sizeof *out->v);
	buf_init(&error, 4096);
	watch = backfill_plan_watch(p, &error);
	buf_fini(&error);
	for (size_t i = 0; i < o->logs->n; i++) {
		struct merging m = { .plan = p,
			.dir = dir,
			.has_index = has_index,
			.watch = watch,
			.options = *o,
			.reader.shared = &shared };

		if (has_index)
			m.options.index_secret = p->index_secret;
		log_reader_shared_init(&shared, &m.options, out);
		merge_or_skip(&m, &o->logs->v[i], &out->v[out->n]);
		out->entries += out->v[out->n++].entries_read;
		out->matched += m.reader.matched;
		log_reader_shared_fini(&shared);
		if (shared.store_failed)
			break;
	}
	for (size_t i = 0; i < p->n_logs; i++)
		if (loglist_find(o->logs, p->logs[i].log.id) == NULL) {
			struct coverage *c = &out->v[out->n++];

			c->log = &p->logs[i].log;
			c->status = COVERAGE_UNUSABLE;
			snprintf(c->reason, sizeof c->reason,
			    "no log list has it, and the state does not know "
			    "it: see --log-list");
		}
	watch_free(watch);
	return store_commit(o->store);
}
