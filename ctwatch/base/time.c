/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <ctwatch/base/time.h>

/* A century: no sum of a duration and a time overflows. */
#define MAX_DURATION (36500 * TIME_DAY)

static int64_t fixed;
static bool is_fixed;

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * TIME_SECOND + ts.tv_nsec / 1000000;
}

int64_t
time_now(void)
{
	return is_fixed ? fixed : read_clock(CLOCK_REALTIME);
}

void
time_set(int64_t now)
{
	fixed = now;
	is_fixed = true;
}

int64_t
time_cpu(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
time_mono(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/* Compute the calendar date from days, by eras of 400 years. */
static void
civil(int64_t days, int64_t *year, int *month, int *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = yoe + era * 400 + (*month <= 2);
}

int64_t
time_days(int64_t year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

/* Divide t by unit, rounded down, with the remainder. */
static int64_t
floor_div(int64_t t, int64_t unit, int64_t *rest)
{
	bool below = t % unit < 0;

	*rest = t % unit + (below ? unit : 0);
	return t / unit - below;
}

void
time_format(int64_t t, char out[static TIME_TEXT])
{
	int64_t rest, year, days = floor_div(t, TIME_DAY, &rest);
	int month, day, s = (int)(rest / TIME_SECOND);

	civil(days, &year, &month, &day);
	snprintf(out, TIME_TEXT, "%04lld-%02d-%02dT%02d:%02d:%02dZ",
	    (long long)year, month, day, s / 3600, s / 60 % 60, s % 60);
}

void
time_format_date(int64_t t, char out[static TIME_TEXT])
{
	time_format(t, out);
	out[strcspn(out, "T")] = '\0';
}

/* Not strftime, whose names depend on the locale. */
void
time_format_mail(int64_t t, char out[static TIME_TEXT])
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t seconds = (time_t)(t / TIME_SECOND);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	snprintf(out, TIME_TEXT, "%s, %d %s %d %02d:%02d:%02d +0000",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Take exactly n digits. */
static bool
take_digits(const char **s, int n, int *out)
{
	*out = 0;
	for (; n > 0; n--, ++*s) {
		if (!isdigit((unsigned char)**s))
			return false;
		*out = *out * 10 + (**s - '0');
	}
	return true;
}

static bool
take_char(const char **s, char c)
{
	if (**s != c)
		return false;
	++*s;
	return true;
}

static bool
take_offset(const char **s, int64_t *out)
{
	int h, m, sign = **s == '-' ? -1 : 1;

	if (take_char(s, 'Z') || take_char(s, 'z')) {
		*out = 0;
		return true;
	}
	if ((!take_char(s, '+') && !take_char(s, '-')) ||
	    !take_digits(s, 2, &h) || !take_char(s, ':') ||
	    !take_digits(s, 2, &m) || h > 23 || m > 59)
		return false;
	*out = sign * (h * TIME_HOUR + m * TIME_MINUTE);
	return true;
}

bool
time_parse(const char *s, int64_t *out)
{
	static const int month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
		31, 30, 31 };
	int year, month, day, h, m, sec, ms = 0, digits = 0;
	int64_t offset, t;
	bool leap;

	if (!take_digits(&s, 4, &year) || !take_char(&s, '-') ||
	    !take_digits(&s, 2, &month) || !take_char(&s, '-') ||
	    !take_digits(&s, 2, &day) || month < 1 || month > 12 || day < 1)
		return false;
	leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	if (day > month_days[month - 1] + (month == 2 && leap))
		return false;
	t = time_days(year, month, day) * TIME_DAY;
	if (*s == '\0') {
		*out = t;
		return true;
	}
	if ((!take_char(&s, 'T') && !take_char(&s, 't') &&
	        !take_char(&s, ' ')) ||
	    !take_digits(&s, 2, &h) || !take_char(&s, ':') ||
	    !take_digits(&s, 2, &m) || !take_char(&s, ':') ||
	    !take_digits(&s, 2, &sec) || h > 23 || m > 59 || sec > 60)
		return false;
	if (take_char(&s, '.')) {
		if (!isdigit((unsigned char)*s))
			return false;
		for (; isdigit((unsigned char)*s); s++)
			if (digits++ < 3)
				ms = ms * 10 + (*s - '0');
		for (; digits < 3; digits++)
			ms *= 10;
	}
	if (!take_offset(&s, &offset) || *s != '\0')
		return false;
	*out = t + h * TIME_HOUR + m * TIME_MINUTE + sec * TIME_SECOND + ms -
	    offset;
	return true;
}

bool
time_parse_duration(const char *s, int64_t *out)
{
	int64_t n = 0, unit;

	if (!isdigit((unsigned char)*s))
		return false;
	for (; isdigit((unsigned char)*s); s++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, *s - '0', &n))
			return false;
	switch (*s) {
	case 's':
		unit = TIME_SECOND;
		break;
	case 'm':
		unit = TIME_MINUTE;
		break;
	case 'h':
		unit = TIME_HOUR;
		break;
	case 'd':
		unit = TIME_DAY;
		break;
	default:
		return false;
	}
	return s[1] == '\0' && !__builtin_mul_overflow(n, unit, out) &&
	    *out <= MAX_DURATION;
}
