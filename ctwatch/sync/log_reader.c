/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sync/log_reader.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/inflate.h>

/* Asking for a head, a proof or an issuer: how often, and the first wait,
 * which grows fourfold. */
#define TRIES      4
#define FIRST_WAIT 250

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
	const struct http_request request = {
		.url = url, .lane = r->lane, .max_body = max
	};
	struct http_response response;
	int64_t wait = FIRST_WAIT;
	bool ok = false, again = true;

	for (int i = 0; i < TRIES && !ok && again; i++, wait *= 4) {
		if (i > 0)
			log_reader_sleep(r, wait + random() % wait);
		buf_clear(error);
		http_fetch(r->shared->options->http, &request, &response);
		ok = response.result == HTTP_OK;
		if (ok) {
			buf_fini(body);
			*body = response.body;
			body->max = max;
			buf_init(&response.body, 0);
			ok = inflate_body(body, max, error);
		} else
			buf_add_text(error, response.error);
		/* A plain no is not asked again; odd weather is. */
		again = !log_reader_ending(r) &&
		    response.result != HTTP_REFUSED &&
		    response.result != HTTP_STOPPED &&
		    response.result != HTTP_TOO_LARGE &&
		    response.result != HTTP_LANE_CLOSED &&
		    (response.status < 400 || response.status == 429 ||
		        response.status >= 500);
		http_response_fini(&response);
	}
	return ok;
}

void
log_reader_finding(struct log_reader *r, const char *rule, const char *fmt, ...)
{
	struct sync_result *result = r->shared->result;
	struct sync_log_finding *f;
	va_list ap;

	pthread_mutex_lock(&r->shared->lock);
	result->findings = mem_grow(
	    result->findings, result->n_findings, sizeof *result->findings);
	f = &result->findings[result->n_findings++];
	*f = (struct sync_log_finding){ .log = r->log, .rule = rule };
	va_start(ap, fmt);
	vsnprintf(f->message, sizeof f->message, fmt, ap);
	va_end(ap);
	pthread_mutex_unlock(&r->shared->lock);
}

void
log_reader_mark(
    struct log_reader *r, enum coverage_status status, const char *fmt, ...)
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
