/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/log_reader.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/inflate.h>

/* Attempts for a head, a proof or an issuer, and the first retry delay in ms,
 * which grows fourfold. */
#define TRIES      4
#define FIRST_WAIT 250

/* Delay before bypassing a cache, in ms. */
#define RETRY_WAIT 250

void
log_reader_shared_init(struct log_reader_shared *s,
    const struct sync_options *o, struct sync_result *result)
{
	pthread_condattr_t monotonic;

	*s = (struct log_reader_shared){ .options = o, .result = result };
	s->deadline = o->max_time > 0 ? time_mono() + o->max_time : 0;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_cond_init(&s->committed, NULL);
}

void
log_reader_shared_fini(struct log_reader_shared *s)
{
	pthread_cond_destroy(&s->ended);
	pthread_cond_destroy(&s->committed);
	pthread_mutex_destroy(&s->lock);
}

bool
log_reader_connect(struct log_reader *r)
{
	const struct sync_options *o = r->shared->options;

	r->queue = http_queue(o->http, r->log->operator);
	r->client = log_client_new(
	    r->log, loglist_is_named(r->log, o->by_tiles, o->n_by_tiles));
	if (r->client == NULL)
		log_reader_mark(r, COVERAGE_UNREACHABLE, "%s",
		    r->log->kind == LOG_KIND_MTC
		        ? "its cosigners are unreadable"
		        : "its key is neither P-256 nor RSA of 2048 bits "
		          "(RFC 6962, 2.1.4)");
	return r->client != NULL;
}

bool
log_reader_ending(struct log_reader *r)
{
	struct log_reader_shared *s = r->shared;

	if (s->deadline != 0 && time_mono() >= s->deadline)
		s->ending = true;
	return s->ending;
}

void
log_reader_sleep(struct log_reader *r, int64_t ms)
{
	struct log_reader_shared *s = r->shared;
	int64_t until = time_mono() + ms;
	struct timespec at = { (time_t)(until / 1000),
		(long)(until % 1000) * 1000000 };

	pthread_mutex_lock(&s->lock);
	while (
	    !s->ending && pthread_cond_timedwait(&s->ended, &s->lock, &at) == 0)
		;
	pthread_mutex_unlock(&s->lock);
}

bool
log_reader_get(
    void *arg, const char *url, size_t max, struct buf *body, struct buf *error)
{
	struct log_reader *r = arg;
	struct http_request request = { .url = url,
		.queue = r->queue,
		.max_body = max,
		.no_cache = r->no_cache };
	struct http_response response;
	int64_t wait = FIRST_WAIT;
	bool ok = false, again = true;

	for (int i = 0; i < TRIES && !ok && again; i++, wait *= 4) {
		if (i > 0)
			log_reader_sleep(r, wait + random() % wait);
		buf_clear(error);
		http_fetch(r->shared->options->http, &request, &response);
		request.not_before = response.not_before;
		ok = response.result == HTTP_OK;
		if (ok) {
			buf_fini(body);
			*body = response.body;
			body->max = max;
			buf_init(&response.body, 0);
			ok = inflate_body(body, max, error);
		} else
			buf_add_text(error, response.error);
		/* Retry only errors that may be temporary. */
		again = !log_reader_ending(r) &&
		    response.result != HTTP_REFUSED &&
		    response.result != HTTP_STOPPED &&
		    response.result != HTTP_TOO_LARGE &&
		    response.result != HTTP_QUEUE_CLOSED &&
		    (response.status < 400 || response.status == 429 ||
		        response.status >= 500);
		http_response_fini(&response);
	}
	return ok;
}

bool
log_reader_retry(struct log_reader *r, int attempt)
{
	r->no_cache = attempt == 1;
	if (r->no_cache)
		log_reader_sleep(r, RETRY_WAIT);
	return attempt < 2;
}

struct log_reader_counts
log_reader_counts(const struct log_reader *r)
{
	return (struct log_reader_counts){ r->coverage->entries_read,
		r->coverage->refused, r->coverage->wrong_index, r->matched };
}

void
log_reader_set_counts(
    struct log_reader *r, const struct log_reader_counts *counts)
{
	r->coverage->entries_read = counts->entries_read;
	r->coverage->refused = counts->refused;
	r->coverage->wrong_index = counts->wrong_index;
	r->matched = counts->matched;
}

void
log_reader_clear(struct log_reader *r, const char *rule, const char *reason)
{
	struct sync_result *result = r->shared->result;

	pthread_mutex_lock(&r->shared->lock);
	result->cleared = mem_grow(
	    result->cleared, result->n_cleared, sizeof *result->cleared);
	result->cleared[result->n_cleared++] =
	    (struct sync_log_clearing){ r->log, rule, reason };
	pthread_mutex_unlock(&r->shared->lock);
}

/* Return the finding of that rule for this log; add it if absent. */
static struct sync_log_finding *
finding_of(struct log_reader *r, const char *rule)
{
	struct sync_result *result = r->shared->result;
	struct sync_log_finding *f;

	for (size_t i = 0; i < result->n_findings; i++)
		if (result->findings[i].log == r->log &&
		    strcmp(result->findings[i].rule, rule) == 0)
			return &result->findings[i];
	result->findings = mem_grow(
	    result->findings, result->n_findings, sizeof *result->findings);
	f = &result->findings[result->n_findings++];
	*f = (struct sync_log_finding){ .log = r->log, .rule = rule };
	return f;
}

void
log_reader_finding(struct log_reader *r, const char *rule, const char *fmt, ...)
{
	struct sync_log_finding *f;
	va_list ap;
	size_t n;

	pthread_mutex_lock(&r->shared->lock);
	f = finding_of(r, rule);
	n = strlen(f->message);
	if (n > 0)
		n += (size_t)snprintf(
		    f->message + n, sizeof f->message - n, "; ");
	if (n < sizeof f->message) {
		va_start(ap, fmt);
		vsnprintf(f->message + n, sizeof f->message - n, fmt, ap);
		va_end(ap);
	}
	pthread_mutex_unlock(&r->shared->lock);
}

void
log_reader_mark(
    struct log_reader *r, enum coverage_status status, const char *fmt, ...)
{
	struct coverage *c = r->coverage;
	va_list ap;

	if (status > c->status)
		c->status = status;
	if (c->reason[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(c->reason, sizeof c->reason, fmt, ap);
	va_end(ap);
}
