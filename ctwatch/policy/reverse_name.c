/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "policy/reverse_name.h"

/* Report whether a label is this one, in any case. */
static bool
is_label(struct bytes label, const char *text)
{
	return label.n == strlen(text) &&
	    strncasecmp((const char *)label.p, text, label.n) == 0;
}

/* The value of a label of 1 to 3 decimal digits, or of 1 hexadecimal digit; -1
 * if it is no such label. */
static int
digits_of(struct bytes label, bool hex)
{
	int value = 0;

	if (label.n == 0 || label.n > (hex ? 1 : 3))
		return -1;
	for (size_t i = 0; i < label.n; i++) {
		uint8_t c = label.p[i];

		if (c >= '0' && c <= '9')
			value = 10 * value + c - '0';
		else if (hex && (c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return value <= 255 ? value : -1;
}

size_t
reverse_name_address(struct bytes name, uint8_t out[static 16])
{
	static const struct {
		const char *zone;
		size_t n, digits;
	} zones[] = { { "in-addr", 4, 4 }, { "ip6", 16, 32 } };
	struct bytes label = bytes_after_last(name, '.');
	size_t i = 0, n;
	int value;

	if (label.n != 4 || !is_label(label, "arpa") || label.n + 1 >= name.n)
		return 0;
	name.n -= label.n + 1;
	label = bytes_after_last(name, '.');
	while (i < 2 && !is_label(label, zones[i].zone))
		i++;
	if (i == 2)
		return 0;
	memset(out, 0, 16);
	for (n = 0; n < zones[i].digits && label.n + 1 < name.n; n++) {
		name.n -= label.n + 1;
		label = bytes_after_last(name, '.');
		value = digits_of(label, i == 1);
		if (value < 0)
			break;
		if (i == 0)
			out[n] = (uint8_t)value;
		else
			out[n / 2] |=
			    (uint8_t)(n % 2 == 0 ? value << 4 : value);
	}
	return n > 0 ? zones[i].n : 0;
}
