/* SPDX-License-Identifier: Apache-2.0 */
#include "net/rate_limit.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>

#define FIRST_ALLOWED 4
#define FIRST_HOLD    TIME_SECOND
#define MAX_HOLD      TIME_MINUTE

/* An answer that takes this long comes over a long way. */
#define LONG_TRIP 20

/* An answer later than this means that the log is overloaded. */
#define SLOW (10 * TIME_SECOND)

void
rate_limit_init(struct rate_limit *limit, unsigned most, unsigned most_far,
    int64_t patience)
{
	*limit = (struct rate_limit){ .most = most,
		.most_far = most_far,
		.patience = patience,
		.allowed = most < FIRST_ALLOWED ? most : FIRST_ALLOWED,
		.shrunk = INT64_MIN,
		.not_before_ms = INT64_MIN };
}

bool
rate_limit_is_closed(const struct rate_limit *limit)
{
	return limit->closed;
}

bool
rate_limit_is_open(const struct rate_limit *limit, int64_t now, int64_t *wait)
{
	*wait = -1;
	if (limit->active >= (unsigned)limit->allowed)
		return false;
	if (now >= limit->not_before_ms)
		return true;
	*wait = limit->not_before_ms - now;
	return false;
}

void
rate_limit_begin(struct rate_limit *limit, int64_t now)
{
	limit->active++;
	if (limit->interval > 0 && limit->not_before_ms < now + limit->interval)
		limit->not_before_ms = now + limit->interval;
}

static void
shrink(struct rate_limit *limit, unsigned least, int64_t now)
{
	if (least > limit->most)
		least = limit->most;
	limit->allowed /= 2;
	if (limit->allowed < least)
		limit->allowed = least;
	limit->shrunk = now;
}

/* Return the pause: Retry-After, or a doubling time. */
static int64_t
hold(const struct rate_limit *limit, int64_t retry_after, uint32_t jitter)
{
	int64_t t = MAX_HOLD;

	if (retry_after > LIMIT_HOLD)
		return LIMIT_HOLD;
	if (retry_after >= 0) /* in whole seconds: 0 is less than one */
		return retry_after > FIRST_HOLD ? retry_after : FIRST_HOLD;
	if (limit->refusals <= 1)
		t = FIRST_HOLD;
	else if (limit->refusals <= 6) /* 2, 4 ... 32 s */
		t = FIRST_HOLD << (limit->refusals - 1);
	return t + jitter % (uint32_t)t;
}

/* Record a throttled request; return until when it is held. */
static int64_t
end_throttled(struct rate_limit *limit, int64_t retry_after, bool fresh,
    int64_t now, uint32_t jitter)
{
	int64_t until;

	if (limit->throttled == 0)
		limit->refused_since = now;
	if (now - limit->refused_since >= limit->patience)
		limit->closed = true;
	limit->throttled++;
	if (fresh) {
		limit->refusals++;
		shrink(limit, 1, now);
	}
	until = now + hold(limit, retry_after, jitter);
	/* One refusal is the request's, a second in a row the operator's. */
	if (limit->throttled > 1 && until > limit->not_before_ms)
		limit->not_before_ms = until;
	return until;
}

/* Record a good answer. */
static void
end_good(struct rate_limit *limit, int64_t took, int64_t now)
{
	unsigned most = took >= LONG_TRIP ? limit->most_far : limit->most;

	limit->refusals = 0;
	if (took > SLOW)
		shrink(limit, 2, now);
	else if (limit->allowed < most)
		limit->allowed += 1 / limit->allowed;
	if (limit->allowed > most)
		limit->allowed = most;
}

int64_t
rate_limit_end(struct rate_limit *limit, const struct http_response *response,
    int64_t began, int64_t now, uint32_t jitter)
{
	bool fresh = began >= limit->shrunk;

	limit->active--;
	switch (response->result) {
	case HTTP_THROTTLED:
		return end_throttled(
		    limit, response->retry_after, fresh, now, jitter);
	case HTTP_OK:
	case HTTP_NOT_MODIFIED:
		limit->throttled = 0;
		if (fresh)
			end_good(limit, response->took, now);
		break;
	default: /* does not depend on the operator's limits */
		break;
	}
	return 0;
}
