/* SPDX-License-Identifier: Apache-2.0 */
#include "net/rate_limit.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>

#define FIRST_ALLOWED 4
#define FIRST_HOLD    TIME_SECOND
#define MAX_HOLD      TIME_MINUTE

/* An answer later than this says that the log does not keep up. */
#define SLOW (10 * TIME_SECOND)

void
rate_limit_init(struct rate_limit *lane, unsigned most, int64_t patience)
{
	*lane = (struct rate_limit){ .most = most,
		.patience = patience,
		.allowed = most < FIRST_ALLOWED ? most : FIRST_ALLOWED,
		.shrunk = INT64_MIN,
		.not_before_ms = INT64_MIN };
}

bool
rate_limit_is_closed(const struct rate_limit *lane)
{
	return lane->closed;
}

bool
rate_limit_is_open(const struct rate_limit *lane, int64_t now, int64_t *wait)
{
	*wait = -1;
	if (lane->active >= (unsigned)lane->allowed)
		return false;
	if (now >= lane->not_before_ms)
		return true;
	*wait = lane->not_before_ms - now;
	return false;
}

void
rate_limit_begin(struct rate_limit *lane)
{
	lane->active++;
}

static void
shrink(struct rate_limit *lane, unsigned least, int64_t now)
{
	if (least > lane->most)
		least = lane->most;
	lane->allowed /= 2;
	if (lane->allowed < least)
		lane->allowed = least;
	lane->shrunk = now;
}

/* How long nothing starts: what the operator said, or a doubling time. */
static int64_t
hold(const struct rate_limit *lane, int64_t retry_after, uint32_t jitter)
{
	int64_t t = MAX_HOLD;

	if (retry_after > LIMIT_HOLD)
		return LIMIT_HOLD;
	if (retry_after >= 0) /* said in seconds: 0 is a part of one */
		return retry_after > FIRST_HOLD ? retry_after : FIRST_HOLD;
	if (lane->refusals <= 6) /* 1, 2, 4 ... 32 s */
		t = FIRST_HOLD << (lane->refusals - 1);
	return t + jitter % (uint32_t)t;
}

void
rate_limit_end(struct rate_limit *lane, const struct http_response *response,
    int64_t began, int64_t now, uint32_t jitter)
{
	bool fresh = began >= lane->shrunk;

	lane->active--;
	switch (response->result) {
	case HTTP_THROTTLED:
		if (lane->refusals == 0)
			lane->refused_since = now;
		if (now - lane->refused_since >= lane->patience)
			lane->closed = true;
		if (fresh) {
			lane->refusals++;
			shrink(lane, 1, now);
		}
		if (fresh || response->retry_after >= 0) {
			int64_t until =
			    now + hold(lane, response->retry_after, jitter);

			if (until > lane->not_before_ms)
				lane->not_before_ms = until;
		}
		break;
	case HTTP_OK:
	case HTTP_NOT_MODIFIED:
		if (!fresh)
			break;
		lane->refusals = 0;
		if (response->took > SLOW)
			shrink(lane, 2, now);
		else if (lane->allowed < lane->most)
			lane->allowed += 1 / lane->allowed;
		if (lane->allowed > lane->most)
			lane->allowed = lane->most;
		break;
	default: /* says nothing of the operator's limits */
		break;
	}
}
