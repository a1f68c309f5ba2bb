/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rate_limit: limit the requests to one operator in flight, and their start.
 *
 * The allowance grows by one for each round of timely answers, and halves when
 * the operator throttles or is slow, at most once for the requests in flight
 * then.  Slowness leaves two, so that one slow log does not stop the others.
 * Answers over a long way need more requests in flight: they have a maximum of
 * their own.
 * A throttled request is held until Retry-After has passed or, without that, a
 * doubling time with jitter; after a second one in a row no request starts
 * until then.  Times are ms of the monotonic clock.
 */
#ifndef CTWATCH_NET_RATE_LIMIT_H
#define CTWATCH_NET_RATE_LIMIT_H

#include <ctwatch/net/http.h>

struct rate_limit {
	unsigned most;         /* the maximum of the allowance ... */
	unsigned most_far;     /* ... and that while answers take long */
	double allowed;        /* requests allowed in flight */
	unsigned active;       /* requests in flight */
	unsigned refusals;     /* reductions by throttling in a row */
	unsigned throttled;    /* throttled requests in a row */
	int64_t shrunk;        /* time of the last reduction */
	int64_t not_before_ms; /* no request starts before this time */
	int64_t refused_since; /* time of the first throttling in a row */
	int64_t patience;      /* maximum duration of such a row */
	int64_t interval;      /* minimum time between two starts */
	bool closed;           /* it was exceeded */
};

/* Start with no request in flight and a maximum of most, or of most_far while
 * answers come over a long way; the limit closes after patience ms of
 * throttlings without success.  The interval is 0. */
void rate_limit_init(struct rate_limit *limit, unsigned most, unsigned most_far,
    int64_t patience);

/* Report whether it is closed: it does not open again. */
bool rate_limit_is_closed(const struct rate_limit *limit);

/* Report whether one more may start now; if it only has to wait, *wait is the
 * time (ms), else -1. */
bool rate_limit_is_open(
    const struct rate_limit *limit, int64_t now, int64_t *wait);

/* Count one more in flight, which starts now. */
void rate_limit_begin(struct rate_limit *limit, int64_t now);

/*
 * Record the result of one that began at began; jitter is any random number.
 * Return the time before which it is not to be repeated, 0 if it was not
 * throttled.
 */
int64_t rate_limit_end(struct rate_limit *limit,
    const struct http_response *response, int64_t began, int64_t now,
    uint32_t jitter);

#endif
