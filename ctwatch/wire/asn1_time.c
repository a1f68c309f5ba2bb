/* SPDX-License-Identifier: Apache-2.0 */
/* asn1_time: UTCTime and GeneralizedTime as milliseconds. */
#include <ctwatch/base/time.h>
#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/der.h>

/* Take a number of exactly n digits. */
static bool
take_number(struct bytes *b, size_t n, int *out)
{
	struct bytes digits;
	struct bytes try = *b;

	if (!bytes_take(&try, n, &digits))
		return false;
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return false;
		*out = *out * 10 + (digits.p[i] - '0');
	}
	*b = try;
	return true;
}

/* Take nothing, or a point and at least one digit, in ms. */
static bool
take_fraction(struct bytes *b, int *out)
{
	int digit, worth = 100;
	struct bytes point;

	*out = 0;
	if (b->n == 0 || *b->p != '.' || !bytes_take(b, 1, &point))
		return true;
	if (!take_number(b, 1, &digit))
		return false;
	do {
		*out += digit * worth;
		worth /= 10;
	} while (take_number(b, 1, &digit));
	return true;
}

/* Take "Z", "+hhmm", "-hhmm" or nothing, which is UTC; in ms. */
static bool
take_zone(struct bytes *b, int64_t *out)
{
	uint8_t sign;
	int hours, minutes;

	*out = 0;
	if (!bytes_u8(b, &sign) || sign == 'Z')
		return true;
	if ((sign != '+' && sign != '-') || !take_number(b, 2, &hours) ||
	    !take_number(b, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*out = hours * TIME_HOUR + minutes * TIME_MINUTE;
	if (sign == '-')
		*out = -*out;
	return true;
}

static int
month_days(int year, int month)
{
	return (int)(time_days(month == 12 ? year + 1 : year,
	                 month == 12 ? 1 : month + 1, 1) -
	    time_days(year, month, 1));
}

bool
asn1_time_parse(struct bytes time, int64_t *out)
{
	int year, month, day, hour, minute = 0, second = 0, ms = 0;
	bool generalized;
	struct bytes b;
	struct der e;
	int64_t zone;

	if (!der_any(&time, &e))
		return false;
	b = e.body;
	generalized = e.tag == DER_GENERALIZED_TIME;
	if ((!generalized && e.tag != DER_UTC_TIME) ||
	    !take_number(&b, generalized ? 4 : 2, &year) ||
	    !take_number(&b, 2, &month) || !take_number(&b, 2, &day) ||
	    !take_number(&b, 2, &hour))
		return false;
	if (!generalized) /* RFC 5280, 4.1.2.5.1 */
		year += year < 50 ? 2000 : 1900;
	if (take_number(&b, 2, &minute))
		take_number(&b, 2, &second);
	else if (!generalized)
		return false;
	if ((generalized && !take_fraction(&b, &ms)) || !take_zone(&b, &zone) ||
	    b.n > 0 || month < 1 || month > 12 || day < 1 ||
	    day > month_days(year, month) || hour > 23 || minute > 59 ||
	    second > 60) /* a leap second is the next minute */
		return false;
	*out = time_days(year, month, day) * TIME_DAY + hour * TIME_HOUR +
	    minute * TIME_MINUTE + second * TIME_SECOND + ms - zone;
	return true;
}
