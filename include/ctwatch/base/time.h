/* SPDX-License-Identifier: Apache-2.0 */
/*
 * time: the clock, which tests and replays can set, and the formats of times
 * and durations.  Times are milliseconds since 1970 in UTC, durations are
 * milliseconds, both signed.
 */
#ifndef CTWATCH_BASE_TIME_H
#define CTWATCH_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define TIME_SECOND INT64_C(1000)
#define TIME_MINUTE (60 * TIME_SECOND)
#define TIME_HOUR   (60 * TIME_MINUTE)
#define TIME_DAY    (24 * TIME_HOUR)

/* Room for a time as text, its NUL included. */
#define TIME_TEXT 48

/* Return the time of the wall clock, or the time set by time_set. */
int64_t time_now(void);

/* Stop the wall clock at now (--now).  Call this before starting threads. */
void time_set(int64_t now);

/* Return the CPU time of the calling thread, in microseconds. */
int64_t time_cpu(void);

/* Return the monotonic clock, for waits and time limits only. */
int64_t time_mono(void);

/* Write t as RFC 3339 in UTC, to the second: 2026-11-21T09:22:00Z. */
void time_format(int64_t t, char out[static TIME_TEXT]);

/* Write t as its date alone: 2026-11-21. */
void time_format_date(int64_t t, char out[static TIME_TEXT]);

/* Write t for a mail (RFC 5322, 3.3): Sat, 21 Nov 2026 09:22:00 +0000. */
void time_format_mail(int64_t t, char out[static TIME_TEXT]);

/* Parse RFC 3339 with any offset, or a bare date (midnight UTC). */
bool time_parse(const char *s, int64_t *out);

/* Parse a duration of at most 36500 days: a whole number and s, m, h or d,
 * such as 90s or 7d. */
bool time_parse_duration(const char *s, int64_t *out);

/* Return the days since 1970-01-01 of a date (proleptic Gregorian calendar). */
int64_t time_days(int64_t year, int month, int day);

#endif
