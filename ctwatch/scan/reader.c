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
		    response.result != HTTP_TOO_LARGE &&
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
__attribute__((format(printf, 3, 4))) void
reader_mark(struct reader *r, enum coverage_status status, const char *fmt, ...)
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
		reader_mark(r, COVERAGE_PARTIAL, "%" PRIu64 " entries left",
		    c->head.size - c->next);
	for (size_t i = 0; i < c->n_gaps; i++)
		if (!c->gaps[i].unproved)
			reader_mark(r, COVERAGE_PARTIAL,
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

/* A log that no list names any more and that was read to the end of what it
 * signed may be gone without loss. */
static void
forgive_departed(struct reader *r)
{
	struct coverage *c = r->cover;
	struct head last;

	if (r->log->listed || c->status != COVERAGE_UNREACHABLE)
		return;
	if (!store_head_last(r->shared->options->store, r->log->id,
	        STORE_HEAD_SIGNED, &last) ||
	    r->state.verified < last.size)
		return;
	c->status = COVERAGE_SKIPPED;
	snprintf(c->reason, sizeof c->reason,
	    "left the log list; read to its end, %" PRIu64 " entries",
	    last.size);
}

void
reader_main(struct reader *r)
{
	struct reader_shared *s = r->shared;
	int64_t contact;

	/* Saved at once: what the first run cannot reach must not look like a
	 * new log to the next one. */
	load_state(r);
	saving_batch(r, NULL);
	contact = r->state.progress > 0 ? r->state.progress : r->state.added;
	r->lane = http_lane(s->options->http, r->log->operator);
	r->source = source_new(r->log, wants_tiles(r));
	if (r->source == NULL)
		reader_mark(r, COVERAGE_UNREACHABLE,
		    "its key is neither P-256 nor "
		    "RSA of 2048 bits (RFC 6962, 2.1.4)");
	else if (heading_get(r) && (r->state.has_range || beginning_find(r))) {
		retrying_gaps(r);
		do
			reading_entries(r);
		while (!proving_done(r));
	}
	if (r->cover->wrong_index > 0)
		reader_finding(r, "CTW070",
		    "%" PRIu64 " entries lack their leaf_index or carry "
		    "another than their position (static-ct-api)",
		    r->cover->wrong_index);
	forgive_departed(r);
	fill_cover(r);
	if (r->cover->entries_read > 0 || r->cover->proved)
		r->state.progress = time_now();
	if (r->cover->status == COVERAGE_UNREACHABLE &&
	    time_now() - contact > TIME_DAY)
		reader_finding(r, "CTW071", "no contact for %" PRId64 " h: %s",
		    (time_now() - contact) / TIME_HOUR, r->cover->reason);
	saving_batch(r, NULL);
	source_free(r->source);
	store_log_fini(&r->state);
}
