/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rate_limit: how many requests to one operator may be under way, and when the
 * next may start.
 *
 * The allowance grows by one for each round of answers that came in good
 * time, and halves when the operator throttles or is slow, at most once for
 * what was under way at that moment.  Slowness leaves two, so that one slow
 * log does not stop its siblings.  After a throttling nothing starts until
 * Retry-After has passed or, where none was said, a doubling time with
 * jitter.  Times are ms of the monotonic clock.
 */
#ifndef CTWATCH_NET_RATE_LIMIT_H
#define CTWATCH_NET_RATE_LIMIT_H

#include <ctwatch/net/http.h>

struct rate_limit {
	unsigned most;         /* the allowance's ceiling */
	double allowed;        /* requests that may be under way */
	unsigned active;       /* requests under way */
	unsigned refusals;     /* throttlings in a row */
	int64_t shrunk;        /* when the allowance last shrank */
	int64_t not_before_ms; /* until when nothing starts */
	int64_t refused_since; /* the first of the throttlings in a row */
	int64_t patience;      /* how long there may be such a row */
	bool closed;           /* it was longer */
};

/* Start with no request under way and at most most at once; the limit
 * closes when throttlings come for patience ms and no request succeeds. */
void rate_limit_init(struct rate_limit *limit, unsigned most, int64_t patience);

/* Whether nothing may start any more: it does not open again. */
bool rate_limit_is_closed(const struct rate_limit *limit);

/* Whether one more may start now; if only time is wanting, how much of it is
 * in *wait (ms), else -1. */
bool rate_limit_is_open(
    const struct rate_limit *limit, int64_t now, int64_t *wait);

/* One more is under way. */
void rate_limit_begin(struct rate_limit *limit);

/* One that began at began has ended so; jitter is any random number. */
void rate_limit_end(struct rate_limit *limit,
    const struct http_response *response, int64_t began, int64_t now,
    uint32_t jitter);

#endif
