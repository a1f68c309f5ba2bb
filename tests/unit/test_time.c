/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>

#include <ctwatch/base/time.h>

#include "../support/test.h"

static void
prints_what_the_c_library_prints(void)
{
	/* Some 140 years around 1970 by steps of no round length. */
	for (int64_t s = -2208988800; s < 2300000000; s += 86400 * 7 + 4321) {
		char got[TIME_TEXT], want[TIME_TEXT];
		time_t t = (time_t)s;
		struct tm tm;
		int64_t back;

		strftime(
		    want, sizeof want, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
		time_format(s * TIME_SECOND + 999, got);
		CHECK(strcmp(got, want) == 0);
		CHECK(time_parse(got, &back) && back == s * TIME_SECOND);
		want[10] = '\0';
		time_format_date(s * TIME_SECOND, got);
		CHECK(strcmp(got, want) == 0);
		/* The locale of tests is C. */
		strftime(want, sizeof want, "%a, %e %b %Y %H:%M:%S +0000", &tm);
		if (want[5] == ' ')
			memmove(want + 5, want + 6, strlen(want + 5));
		time_format_mail(s * TIME_SECOND, got);
		CHECK(strcmp(got, want) == 0);
	}
}

static void
prints_any_time(void)
{
	char got[TIME_TEXT];

	time_format(INT64_MAX, got);
	CHECK(strcmp(got, "292278994-08-17T07:12:55Z") == 0);
	time_format(INT64_MIN, got);
	CHECK(strcmp(got, "-292275055-05-16T16:47:04Z") == 0);
}

/* RFC 3339, 5.6 and 5.8, and a date alone. */
static void
reads_every_form_of_a_time(void)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
		{ "1985-04-12T23:20:50.52Z", INT64_C(482196050520) },
		{ "1996-12-19T16:39:57-08:00", INT64_C(851042397000) },
		{ "1996-12-20T00:39:57Z", INT64_C(851042397000) },
		{ "1990-12-31T23:59:60Z", INT64_C(662688000000) },
		{ "1937-01-01T12:00:27.87+00:20", INT64_C(-1041337172130) },
		{ "1970-01-01t00:00:00.0019z", 1 },
		{ "1970-01-01 00:00:00+00:00", 0 },
		{ "2024-02-29", INT64_C(1709164800000) },
		{ "2000-02-29", INT64_C(951782400000) },
	};
	static const char *const bad[] = { "", "1970", "1970-1-1", "1970-00-01",
		"1970-13-01", "1970-01-00", "1970-01-32", "2023-02-29",
		"1900-02-29", "1970-01-01T", "1970-01-01T24:00:00Z",
		"1970-01-01T00:60:00Z", "1970-01-01T00:00:61Z",
		"1970-01-01T00:00:00", "1970-01-01T00:00:00.Z",
		"1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00+00:60",
		"1970-01-01T00:00:00Z ", "1970-01-01X00:00:00Z",
		" 1970-01-01" };
	int64_t t;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		CHECK(time_parse(good[i].text, &t) && t == good[i].ms);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(!time_parse(bad[i], &t));
}

static void
reads_durations_up_to_a_century(void)
{
	static const char *const bad[] = { "", "s", "5", "-5s", "+5s", " 5s",
		"5 s", "5s ", "5sm", "5w", "1.5h", "36501d", "876001h",
		"9223372036854775807s", "9223372036854775808s",
		"99999999999999999999d" };
	int64_t t;

	CHECK(time_parse_duration("0s", &t) && t == 0);
	CHECK(time_parse_duration("90s", &t) && t == 90000);
	CHECK(time_parse_duration("15m", &t) && t == 900000);
	CHECK(time_parse_duration("6h", &t) && t == 21600000);
	CHECK(time_parse_duration("7d", &t) && t == 604800000);
	CHECK(time_parse_duration("36500d", &t) && t == 36500 * TIME_DAY);
	CHECK(time_parse_duration("876000h", &t) && t == 36500 * TIME_DAY);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(!time_parse_duration(bad[i], &t));
}

/* X.509 and the outbox reckon by days. */
static void
counts_days(void)
{
	CHECK(time_days(1970, 1, 1) == 0);
	CHECK(time_days(1969, 12, 31) == -1);
	CHECK(time_days(2000, 3, 1) == 11017);
	CHECK(time_days(9999, 12, 31) == 2932896);
}

static void
a_clock_that_is_set_does_not_advance(void)
{
	int64_t began = time_mono();

	time_set(1234);
	nanosleep(&(struct timespec){ 0, 2000000 }, NULL);
	CHECK(time_now() == 1234);
	CHECK(time_mono() > began);
}

int
main(void)
{
	prints_what_the_c_library_prints();
	prints_any_time();
	reads_every_form_of_a_time();
	reads_durations_up_to_a_century();
	counts_days();
	a_clock_that_is_set_does_not_advance();
	return 0;
}
