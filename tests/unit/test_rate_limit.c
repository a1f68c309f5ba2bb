/* SPDX-License-Identifier: Apache-2.0 */
#include "net/rate_limit.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>

#include "../support/test.h"

#define PATIENCE (10 * TIME_MINUTE)

static int64_t wait;

/* One request from begun to now that ended so; the time to repeat it, or 0. */
static int64_t
answer(struct rate_limit *limit, enum http_result result, int64_t retry_after,
    int64_t began, int64_t now)
{
	struct http_response r = { .result = result,
		.retry_after = retry_after,
		.took = now - began };

	rate_limit_begin(limit, 0);
	return rate_limit_end(limit, &r, began, now, 0);
}

/* How many may start at once. */
static unsigned
allowance(struct rate_limit *limit, int64_t now)
{
	unsigned n = 0;

	for (; rate_limit_is_open(limit, now, &wait); n++)
		rate_limit_begin(limit, 0);
	limit->active -= n;
	return n;
}

static void
grows_while_answers_come_in_time(void)
{
	struct rate_limit limit;
	unsigned before = 0, now;

	rate_limit_init(&limit, 8, 16, PATIENCE);
	CHECK(allowance(&limit, 0) == 4);
	for (int64_t t = 0; t < 100; t++) {
		answer(&limit, HTTP_OK, -1, t, t + 1);
		now = allowance(&limit, t + 1);
		CHECK(now >= before && now <= 8);
		before = now;
	}
	CHECK(before == 8);
	rate_limit_init(&limit, 1, 1, PATIENCE);
	answer(&limit, HTTP_OK, -1, 0, 1);
	CHECK(allowance(&limit, 1) == 1);
}

static void
allows_twice_as_many_at_a_long_latency(void)
{
	struct rate_limit limit;
	int64_t t;

	rate_limit_init(&limit, 8, 16, PATIENCE);
	for (t = 0; t < 10000; t += 50)
		answer(&limit, HTTP_OK, -1, t, t + 50);
	CHECK(allowance(&limit, t) == 16);
	answer(&limit, HTTP_OK, -1, t, t + 1);
	CHECK(allowance(&limit, t + 1) == 8);
}

static void
halves_once_for_all_requests_in_flight(void)
{
	struct rate_limit limit;

	rate_limit_init(&limit, 8, 16, PATIENCE);
	for (int64_t t = 0; t < 100; t++)
		answer(&limit, HTTP_OK, -1, t, t + 1);
	for (int i = 0; i < 5; i++)
		answer(&limit, HTTP_THROTTLED, -1, 200, 210 + i);
	CHECK(allowance(&limit, TIME_HOUR) == 4);
	CHECK(limit.refusals == 1);
	/* What was asked before says nothing about the time after. */
	for (int i = 0; i < 20; i++)
		answer(&limit, HTTP_OK, -1, 200, 220);
	CHECK(allowance(&limit, TIME_HOUR) == 4);
	for (int64_t t = 1; t < 5; t++)
		answer(&limit, HTTP_THROTTLED, -1, t * TIME_HOUR,
		    t * TIME_HOUR + 1);
	CHECK(allowance(&limit, 9 * TIME_HOUR) == 1);
}

static void
slow_answers_leave_two_requests_in_flight(void)
{
	struct rate_limit limit;

	rate_limit_init(&limit, 8, 16, PATIENCE);
	for (int64_t t = 1; t < 9; t++)
		answer(&limit, HTTP_OK, -1, t * TIME_HOUR,
		    t * TIME_HOUR + 11 * TIME_SECOND);
	CHECK(allowance(&limit, 9 * TIME_HOUR) == 2);
}

static void
failures_without_a_limit_change_nothing(void)
{
	struct rate_limit limit;

	rate_limit_init(&limit, 8, 16, PATIENCE);
	for (int i = 0; i < 50; i++) {
		answer(&limit, HTTP_NETWORK, -1, i, i + 1);
		answer(&limit, HTTP_STATUS, -1, i, i + 1);
		answer(&limit, HTTP_TOO_LARGE, -1, i, i + 1);
	}
	CHECK(allowance(&limit, 50) == 4);
}

static void
waits_for_retry_after(void)
{
	static const struct {
		int64_t said, not_before_ms;
	} cases[] = {
		{ 0, TIME_SECOND },
		{ 2 * TIME_SECOND, 2 * TIME_SECOND },
		{ LIMIT_HOLD, LIMIT_HOLD },
		{ LIMIT_HOLD + 1, LIMIT_HOLD },
		{ TIME_DAY, LIMIT_HOLD },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rate_limit limit;

		rate_limit_init(&limit, 8, 16, PATIENCE);
		CHECK(answer(&limit, HTTP_THROTTLED, cases[i].said, 0, 10) ==
		    10 + cases[i].not_before_ms);
		/* One refusal holds its own request, the next one all. */
		CHECK(rate_limit_is_open(&limit, 10, &wait));
		CHECK(answer(&limit, HTTP_THROTTLED, cases[i].said, 0, 10) ==
		    10 + cases[i].not_before_ms);
		CHECK(!rate_limit_is_open(&limit, 10, &wait));
		CHECK(wait == cases[i].not_before_ms);
		CHECK(!rate_limit_is_open(
		    &limit, 9 + cases[i].not_before_ms, &wait));
		CHECK(wait == 1);
		CHECK(rate_limit_is_open(
		    &limit, 10 + cases[i].not_before_ms, &wait));
	}
}

static void
doubles_the_delay_without_retry_after(void)
{
	static const int64_t seconds[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };
	struct rate_limit limit;
	int64_t now = 0;

	rate_limit_init(&limit, 8, 16, PATIENCE);
	for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
		int64_t until =
		    answer(&limit, HTTP_THROTTLED, -1, now, now + 1);

		CHECK(until == now + 1 + seconds[i] * TIME_SECOND);
		CHECK(rate_limit_is_open(&limit, now + 1, &wait) == (i == 0));
		CHECK(i == 0 || wait == seconds[i] * TIME_SECOND);
		now = until;
	}
	for (int i = 0; i < 1000; i++) { /* and never overflows */
		answer(&limit, HTTP_THROTTLED, -1, now, now + 1);
		CHECK(!rate_limit_is_open(&limit, now + 1, &wait));
		CHECK(wait == TIME_MINUTE);
		now += 1 + wait;
	}
	answer(&limit, HTTP_OK, -1, now, now + 1);
	CHECK(answer(&limit, HTTP_THROTTLED, -1, now + 1, now + 2) ==
	    now + 2 + TIME_SECOND);
	CHECK(rate_limit_is_open(&limit, now + 2, &wait));
}

static void
jitter_at_most_doubles_the_delay(void)
{
	struct http_response r = { .result = HTTP_THROTTLED,
		.retry_after = -1 };

	for (uint32_t jitter = 0; jitter < 5000; jitter += 7) {
		struct rate_limit limit;

		rate_limit_init(&limit, 8, 16, PATIENCE);
		rate_limit_begin(&limit, 0);
		wait = rate_limit_end(&limit, &r, 0, 0, jitter);
		CHECK(wait >= TIME_SECOND && wait < 2 * TIME_SECOND);
		CHECK(wait == TIME_SECOND + jitter % 1000);
	}
}

/* Whatever Retry-After says, or if it says nothing. */
static void
closes_after_throttled_answers_alone(void)
{
	static const int64_t said[] = { -1, 0, 30 * TIME_SECOND, TIME_DAY };

	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		struct rate_limit limit;
		int64_t now = 1000, first = now + 1;

		rate_limit_init(&limit, 8, 16, PATIENCE);
		do {
			int64_t until = answer(
			    &limit, HTTP_THROTTLED, said[i], now, now + 1);

			CHECK(rate_limit_is_closed(&limit) ==
			    (now + 1 - first >= PATIENCE));
			now = until;
		} while (!rate_limit_is_closed(&limit));
		CHECK(now - first <= 2 * PATIENCE + TIME_MINUTE);
	}
}

static void
stays_open_while_some_answers_succeed(void)
{
	struct rate_limit limit;
	int64_t now = 0;

	rate_limit_init(&limit, 8, 16, PATIENCE);
	while (now < 10 * PATIENCE) {
		int64_t until =
		    answer(&limit, HTTP_THROTTLED, -1, now, now + 1);

		CHECK(!rate_limit_is_closed(&limit));
		now = until;
		if (limit.refusals > 3)
			answer(&limit, HTTP_OK, -1, now, now + 1);
	}
}

static void
starts_requests_at_intervals(void)
{
	struct rate_limit limit;

	rate_limit_init(&limit, 8, 16, PATIENCE);
	limit.interval = 250;
	CHECK(rate_limit_is_open(&limit, 1000, &wait));
	rate_limit_begin(&limit, 1000);
	CHECK(!rate_limit_is_open(&limit, 1000, &wait) && wait == 250);
	CHECK(!rate_limit_is_open(&limit, 1249, &wait) && wait == 1);
	CHECK(rate_limit_is_open(&limit, 1250, &wait));
	/* A longer pause by the operator stays. */
	limit.not_before_ms = 9000;
	rate_limit_begin(&limit, 1250);
	CHECK(!rate_limit_is_open(&limit, 1500, &wait) && wait == 7500);
}

int
main(void)
{
	starts_requests_at_intervals();
	grows_while_answers_come_in_time();
	allows_twice_as_many_at_a_long_latency();
	halves_once_for_all_requests_in_flight();
	slow_answers_leave_two_requests_in_flight();
	failures_without_a_limit_change_nothing();
	waits_for_retry_after();
	doubles_the_delay_without_retry_after();
	jitter_at_most_doubles_the_delay();
	closes_after_throttled_answers_alone();
	stays_open_while_some_answers_succeed();
	return 0;
}
