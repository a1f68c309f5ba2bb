/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/inflate.h>
#include <ctwatch/scan/reader.h>

/* Asking for a head, a proof or an issuer: how often, and the first wait,
 * which grows fourfold. */
#define TRIES      4
#define FIRST_WAIT 250

/* How old a tree head of a static log may be before it is said: their MMD is
 * a minute, and replicas and clocks differ. */
#define LEAST_STALE TIME_HOUR

bool
reader_ending(struct reader *r)
{
	struct reader_shared *s = r->shared;

	if (s->deadline != 0 && time_mono() >= s->deadline)
		s->ending = true;
	return s->ending;
}

void
reader_sleep(struct reader *r, int64_t ms)
{
	struct reader_shared *s = r->shared;
	int64_t until = time_mono() + ms;
	struct timespec at = { (time_t)(until / 1000),
		(long)(until % 1000) * 1000000 };

	pthread_mutex_lock(&s->lock);
	while (
	    !s->ending && pthread_cond_timedwait(&s->ended, &s->lock, &at) == 0)
		;
	pthread_mutex_unlock(&s->lock);
}

/* Inflate a small body where the log sent it as gzip. */
static bool
inflate_small(struct buf *body, size_t max, struct buf *error)
{
	struct inflate *z;
	struct buf out;
	bool ok;

	if (!inflate_is_gzip(buf_view(body)))
		return true;
	z = inflate_new();
	buf_init(&out, max);
	ok = inflate_gzip(z, buf_view(body), &out) == INFLATE_OK;
	inflate_free(z);
	if (!ok) {
		buf_printf(error, "the gzip body is damaged or too large");
		buf_fini(&out);
		return false;
	}
	buf_fini(body);
	*body = out;
	return true;
}

bool
reader_get(
    void *arg, const char *url, size_t max, struct buf *body, struct buf *error)
{
	struct reader *r = arg;
	const struct http_request request = {
		.url = url, .lane = r->lane, .max_body = max
	};
	struct http_response response;
	int64_t wait = FIRST_WAIT;
	bool ok = false, again = true;

	for (int i = 0; i < TRIES && !ok && again; i++, wait *= 4) {
		if (i > 0)
			reader_sleep(r, wait + random() % wait);
		buf_clear(error);
		http_fetch(r->shared->options->http, &request, &response);
		ok = response.result == HTTP_OK;
		if (ok) {
			buf_fini(body);
			*body = response.body;
			body->max = max;
			buf_init(&response.body, 0);
			ok = inflate_small(body, max, error);
		} else
			buf_add_text(error, response.error);
		/* A plain no is not asked again; odd weather is. */
		again = !reader_ending(r) && response.result != HTTP_REFUSED &&
		    response.result != HTTP_STOPPED &&
		    (response.status < 400 || response.status == 429 ||
		        response.status >= 500);
		http_response_fini(&response);
	}
	return ok;
}

void
reader_finding(struct reader *r, const char *rule, const char *fmt, ...)
{
	struct run_result *result = r->shared->result;
	struct run_log_finding *f;
	va_list ap;

	pthread_mutex_lock(&r->shared->lock);
	result->findings = mem_grow(
	    result->findings, result->n_findings, sizeof *result->findings);
	f = &result->findings[result->n_findings++];
	*f = (struct run_log_finding){ .log = r->log, .rule = rule };
	va_start(ap, fmt);
	vsnprintf(f->message, sizeof f->message, fmt, ap);
	va_end(ap);
	pthread_mutex_unlock(&r->shared->lock);
}

/* Say why this log is not complete; the first reason stands. */
__attribute__((format(printf, 3, 4))) static void
mark(struct reader *r, enum coverage_status status, const char *fmt, ...)
{
	struct coverage *c = r->cover;
	va_list ap;

	if (status > c->status)
		c->status = status;
	if (c->reason[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(c->reason, sizeof c->reason, fmt, ap);
	va_end(ap);
}

/* ---- the head ---- */

static bool
save_head(struct reader *r, const struct head *h, struct bytes raw,
    enum store_head_state state)
{
	struct store_head sh = {
		.head = *h, .seen = time_now(), .state = state, .raw = raw
	};

	memcpy(sh.log_id, r->log->id, sizeof sh.log_id);
	return store_head_save(r->shared->options->store, &sh);
}

/* Two signed heads that cannot both be true: keep them and say so. */
static void
report_conflict(struct reader *r, const struct head *h,
    const struct head *other, struct bytes raw)
{
	save_head(r, h, raw, STORE_HEAD_CONFLICT);
	if (other != NULL)
		save_head(r, other, (struct bytes){ 0 }, STORE_HEAD_CONFLICT);
	mark(r, COVERAGE_MISBEHAVING,
	    "signed two heads that contradict each other");
	reader_finding(r, "CTW070",
	    "the log signed a tree head of %" PRIu64 " entries that is not "
	    "consistent with its head of %" PRIu64
	    " entries; both are kept as evidence (ctwatch logs --heads)",
	    h->size, other != NULL ? other->size : r->state.verified);
}

/* Ask twice whether an older tree is a prefix of a newer: proofs have been
 * served wrong from caches, and that alone is no misbehaviour. */
static enum source_result
ask_consistent(struct reader *r, uint64_t size, const struct tree_hash *root,
    const struct head *head, struct buf *error)
{
	const struct source_fetch fetch = { reader_get, r };
	enum source_result result = SOURCE_BAD;

	for (int i = 0; i < 2 && result == SOURCE_BAD; i++) {
		if (i > 0)
			reader_sleep(r, FIRST_WAIT);
		buf_clear(error);
		result = source_consistent(
		    r->source, &fetch, size, root, head, error);
	}
	return result;
}

/* A head smaller than what is proved: replicas lag, so it may be honest, but
 * then it must be a prefix of what is proved. */
static void
check_older(
    struct reader *r, const struct head *h, struct bytes raw, struct buf *error)
{
	struct head proved;

	if (!store_head_last(r->shared->options->store, r->log->id,
	        STORE_HEAD_PROVED, &proved))
		return;
	switch (ask_consistent(r, h->size, &h->root, &proved, error)) {
	case SOURCE_OK:
		msg_debug("%s: an older tree head, of %" PRIu64 " entries",
		    r->log->description, h->size);
		break;
	case SOURCE_BAD:
	case SOURCE_UNSIGNED:
		report_conflict(r, h, &proved, raw);
		break;
	case SOURCE_FAILED:
		mark(r, COVERAGE_PARTIAL,
		    "an older tree head could not be checked: %s",
		    buf_text(error));
		break;
	}
	r->head = proved;
}

static void
check_freshness(struct reader *r)
{
	int64_t limit = r->log->mmd > LEAST_STALE ? r->log->mmd : LEAST_STALE;
	int64_t age = time_now() - (int64_t)r->head.timestamp;

	/* A log that takes no more entries signs no more heads; one on disk
	 * is an archive. */
	if (r->log->state == LOGLIST_READONLY ||
	    r->log->state == LOGLIST_RETIRED ||
	    strncmp(r->log->url, "file:", 5) == 0)
		return;
	if (age > limit)
		mark(r, COVERAGE_PARTIAL,
		    "the newest tree head is %" PRId64 " h old, its log "
		    "promises one every %" PRId64 " min",
		    age / TIME_HOUR, limit / TIME_MINUTE);
	else if (age < -TIME_HOUR)
		mark(r, COVERAGE_PARTIAL,
		    "the tree head is dated %" PRId64 " h in the future",
		    -age / TIME_HOUR);
}

/* The list may know where a read-only log ends. */
static bool
check_final(struct reader *r, const struct head *h, struct bytes raw)
{
	const struct loglist_log *log = r->log;

	if (!log->has_final || h->size < log->final_size ||
	    (h->size == log->final_size &&
	        tree_equal(&h->root, &log->final_root)))
		return true;
	save_head(r, h, raw, STORE_HEAD_CONFLICT);
	mark(r, COVERAGE_MISBEHAVING,
	    "its head is not the final one that the log list names");
	reader_finding(r, "CTW070",
	    "the read-only log signed a head of %" PRIu64
	    " entries that is not the final one of the log list (%" PRIu64
	    " entries)",
	    h->size, log->final_size);
	return false;
}

/* Choose what to read up to from a head that verified. */
static bool
accept_head(
    struct reader *r, const struct head *h, struct bytes raw, struct buf *error)
{
	struct store *store = r->shared->options->store;
	struct head other;

	if (h->size >> 62 != 0 ||
	    h->size > r->state.next + BOUNDS_TREE_GROWTH) {
		mark(r, COVERAGE_MISBEHAVING,
		    "a tree head of %" PRIu64 " entries cannot be", h->size);
		reader_finding(r, "CTW070",
		    "the log signed a tree head of "
		    "%" PRIu64 " entries, more than there can be",
		    h->size);
		return false;
	}
	if (store_head_at(store, r->log->id, h->size, &other) &&
	    !tree_equal(&other.root, &h->root)) {
		report_conflict(r, h, &other, raw);
		return false;
	}
	save_head(r, h, raw, STORE_HEAD_SIGNED);
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

static bool
get_head(struct reader *r)
{
	const struct source_fetch fetch = { reader_get, r };
	enum source_result result = SOURCE_FAILED;
	struct buf raw, error;
	struct head h;
	bool ok = false;

	buf_init(&raw, BOUNDS_SMALL_BODY);
	buf_init(&error, sizeof r->cover->reason - 1);
	for (int i = 0; i < 2 && result != SOURCE_OK; i++) {
		if (i > 0)
			reader_sleep(r, FIRST_WAIT);
		if (reader_ending(r) && i > 0)
			break;
		buf_clear(&raw);
		buf_clear(&error);
		result = source_head(r->source, &fetch, &h, &raw, &error);
	}
	if (result == SOURCE_OK)
		ok = accept_head(r, &h, buf_view(&raw), &error);
	else if (result == SOURCE_UNSIGNED) {
		mark(r, COVERAGE_MISBEHAVING, "%s", buf_text(&error));
		reader_finding(r, "CTW070", "%s", buf_text(&error));
	} else
		mark(r, COVERAGE_UNREACHABLE, "%s", buf_text(&error));
	if (ok) {
		r->cover->has_head = true;
		r->cover->head = r->head;
		check_freshness(r);
	}
	buf_fini(&raw);
	buf_fini(&error);
	return ok;
}

/* ---- where to begin ---- */

/*
 * Find the first entry of a time by its timestamps, which grow but for some
 * seconds' disorder: guess where it lies between two known entries, narrow,
 * and stop within a page.
 */
static bool
find_time(struct reader *r, int64_t when, uint64_t *out, struct buf *error)
{
	const struct source_fetch fetch = { reader_get, r };
	uint64_t lo = 0, hi = r->head.size, mid;
	int64_t t_lo = 0, t_hi = (int64_t)r->head.timestamp, t;

	if (hi == 0 ||
	    source_timestamp(r->source, &fetch, &r->head, 0, &t_lo, error) !=
	        SOURCE_OK)
		return hi == 0;
	/* Entries wait for up to the MMD before they are sequenced. */
	when -= 10 * TIME_MINUTE;
	for (int i = 0; hi - lo > BOUNDS_TILE_WIDTH && when > t_lo; i++) {
		if (when >= t_hi) {
			lo = hi;
			break;
		}
		mid = lo + (hi - lo) / 2;
		if (i % 2 == 0 && t_hi > t_lo) /* else halve, to be sure */
			mid = lo +
			    (uint64_t)((double)(hi - lo) *
			        ((double)(when - t_lo) /
			            (double)(t_hi - t_lo)));
		if (mid <= lo + BOUNDS_TILE_WIDTH / 2)
			mid = lo + BOUNDS_TILE_WIDTH / 2;
		if (mid >= hi)
			mid = hi - 1;
		if (source_timestamp(r->source, &fetch, &r->head, mid, &t,
		        error) != SOURCE_OK)
			return false;
		if (t < when) {
			lo = mid;
			t_lo = t;
		} else {
			hi = mid;
			t_hi = t;
		}
	}
	*out = lo;
	return true;
}

/* Set where a log that was not read yet begins. */
static bool
begin(struct reader *r)
{
	const struct source_fetch fetch = { reader_get, r };
	struct store_log *state = &r->state;
	enum source_result result = SOURCE_OK;
	struct buf error;
	uint64_t at = 0;

	buf_init(&error, sizeof r->cover->reason - 1);
	tree_range_init(&state->range, 0);
	if (state->start >= (int64_t)r->head.timestamp ||
	    (r->shared->first_run &&
	        r->shared->options->since == RUN_SINCE_NOW))
		at = r->head.size;
	else if (state->start > 0 && !find_time(r, state->start, &at, &error))
		result = SOURCE_FAILED;
	if (result == SOURCE_OK && at > 0)
		result = source_range(
		    r->source, &fetch, &r->head, at, &state->range, &error);
	if (result == SOURCE_OK) {
		state->has_range = true;
		state->proved = state->range;
		state->first = state->next = state->verified = at;
	} else
		mark(r, COVERAGE_PARTIAL, "no place to begin: %s",
		    buf_text(&error));
	buf_fini(&error);
	return result == SOURCE_OK;
}

/* The state of this log, or that of a new one. */
static void
load_state(struct reader *r)
{
	const struct run_options *o = r->shared->options;
	struct store_log *state = &r->state;

	if (!store_log_load(o->store, r->log->id, state)) {
		memcpy(state->id, r->log->id, sizeof state->id);
		tree_range_init(&state->range, 0);
		state->proved = state->range;
		state->added = time_now();
		/* A shard that appears later is read from its first entry;
		 * what the first run cannot reach, from the first run on. */
		if (o->since == RUN_SINCE_TIME)
			state->start = o->since_time;
		else if (o->since == RUN_SINCE_NOW && r->shared->first_run)
			state->start = state->added;
	}
	store_log_describe(state, r->log->description, r->log->operator,
	    r->log->url, r->log->submission_url, r->log->key);
	state->is_static = r->log->is_static;
	state->mmd = r->log->mmd;
	state->listed = r->log->listed;
}

/* ---- the proof ---- */

static void
set_proved(struct reader *r)
{
	r->state.verified = r->state.next;
	r->state.proved = r->state.range;
	r->state.mismatches = 0;
}

/*
 * The entries do not hash to the signed root, twice: what lies between the
 * last proved entry and the head stays unproved for ever, and the log is
 * taken up again behind it, so that it is never read in a circle.
 */
static void
give_up_proof(struct reader *r)
{
	const struct source_fetch fetch = { reader_get, r };
	struct store *store = r->shared->options->store;
	struct store_log *state = &r->state;
	struct store_gap gap = { state->verified, state->next, true,
		"entries do not hash to the signed root" };
	struct tree_range range;
	struct buf error;

	reader_finding(r, "CTW070",
	    "entries %" PRIu64 " to %" PRIu64 " do not hash to the root of "
	    "the tree head of %" PRIu64 " entries that the log signed; what "
	    "matched among them is marked unverified",
	    gap.from, gap.to - 1, r->head.size);
	mark(r, COVERAGE_MISBEHAVING, "entries do not hash to the signed root");
	save_head(r, &r->head, (struct bytes){ 0 }, STORE_HEAD_CONFLICT);
	store_gap_add(store, r->log->id, &gap);
	buf_init(&error, 512);
	if (source_range(r->source, &fetch, &r->head, r->head.size, &range,
	        &error) == SOURCE_OK) {
		state->range = range;
		set_proved(r);
	} else {
		/* Not even its own proofs lead there: begin anew at the next
		 * head, from this moment on. */
		state->has_range = false;
		state->start = time_now();
		msg_warn("%s: %s", r->log->description, buf_text(&error));
	}
	buf_fini(&error);
}

/* Compare what was read with the head; true when it is to be read again. */
static bool
prove(struct reader *r)
{
	struct store_log *state = &r->state;
	struct tree_hash root;
	struct buf error;

	if (state->next == state->verified && state->next < r->head.size)
		return false;
	tree_range_root(&state->range, &root);
	if (state->next == r->head.size) {
		if (tree_equal(&root, &r->head.root)) {
			set_proved(r);
			save_head(r, &r->head, (struct bytes){ 0 },
			    STORE_HEAD_PROVED);
			r->cover->proved = true;
			return false;
		}
		if (state->next == state->verified) {
			report_conflict(r, &r->head, NULL, (struct bytes){ 0 });
			return false;
		}
		if (++state->mismatches < 2) {
			msg_warn("%s: entries %" PRIu64 " to %" PRIu64
			         " do not hash to the signed root; reading "
			         "them again",
			    r->log->description, state->verified,
			    state->next - 1);
			state->range = state->proved;
			state->next = state->verified;
			return true;
		}
		give_up_proof(r);
		return false;
	}
	if (state->next > r->head.size)
		return false;
	/* Stopped early: prove the part that was read. */
	buf_init(&error, 200);
	if (ask_consistent(r, state->next, &root, &r->head, &error) ==
	    SOURCE_OK) {
		set_proved(r);
		r->cover->proved = true;
	} else
		mark(r, COVERAGE_PARTIAL,
		    "what was read could not be proved yet: %s",
		    buf_text(&error));
	buf_fini(&error);
	return false;
}

/* ---- the whole ---- */

static void
fill_cover(struct reader *r)
{
	struct coverage *c = r->cover;
	const struct store_log *state = &r->state;
	int64_t hours = (time_now() - state->progress) / TIME_HOUR;

	c->first = state->first;
	c->next = state->next;
	c->verified = state->verified;
	if (hours > 0 && c->entries_read > 0 && state->progress > 0)
		c->rate = (int64_t)c->entries_read / hours;
	c->gaps = store_gaps(r->shared->options->store, r->log->id, &c->n_gaps);
	if (c->status == COVERAGE_COMPLETE && c->has_head &&
	    c->verified < c->head.size)
		mark(r, COVERAGE_PARTIAL, "%" PRIu64 " entries left",
		    c->head.size - c->next);
	for (size_t i = 0; i < c->n_gaps; i++)
		if (!c->gaps[i].unproved)
			mark(r, COVERAGE_PARTIAL,
			    "entries %" PRIu64 " to %" PRIu64 ": %s",
			    c->gaps[i].from, c->gaps[i].to - 1,
			    c->gaps[i].reason);
}

static bool
wants_tiles(const struct reader *r)
{
	const struct run_options *o = r->shared->options;

	for (size_t i = 0; i < o->n_by_tiles; i++)
		if (strcmp(o->by_tiles[i], r->log->description) == 0)
			return true;
	return false;
}

void
reader_main(struct reader *r)
{
	struct reader_shared *s = r->shared;
	int64_t last_progress;

	/* Saved at once: what the first run cannot reach must not look like a
	 * new log to the next one. */
	load_state(r);
	reader_save(r, NULL);
	last_progress = r->state.progress;
	r->lane = http_lane(s->options->http, r->log->operator);
	r->source = source_new(r->log, wants_tiles(r));
	if (r->source == NULL)
		mark(r, COVERAGE_UNREACHABLE,
		    "its key is neither P-256 nor "
		    "RSA of 2048 bits (RFC 6962, 2.1.4)");
	else if (get_head(r) && (r->state.has_range || begin(r)))
		do
			reading_entries(r);
		while (prove(r));
	fill_cover(r);
	if (r->cover->entries_read > 0 || r->cover->proved)
		r->state.progress = time_now();
	if (r->cover->status == COVERAGE_UNREACHABLE &&
	    time_now() - last_progress > TIME_DAY)
		reader_finding(r, "CTW071", "no contact for %" PRId64 " h: %s",
		    last_progress > 0
		        ? (time_now() - last_progress) / TIME_HOUR
		        : (time_now() - r->state.added) / TIME_HOUR,
		    r->cover->reason);
	reader_save(r, NULL);
	source_free(r->source);
	store_log_fini(&r->state);
}
