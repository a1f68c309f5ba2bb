/* SPDX-License-Identifier: Apache-2.0 */
/* Label patterns: labels with stars, question marks or unreadable
 * characters. */
#include <string.h>

#include "policy/label_pattern.h"

bool
label_pattern_is(struct bytes label)
{
	for (size_t i = 0; i < label.n; i++)
		if (label.p[i] == '*' || label.p[i] == '?' ||
		    label.p[i] == LABEL_PATTERN_UNREADABLE)
			return true;
	return false;
}

static bool
is_any_run(uint8_t c)
{
	return c == '*' || c == LABEL_PATTERN_UNREADABLE;
}

/* A star or an unreadable character matches any characters, a question mark
 * one. */
static bool
glob(struct bytes pattern, struct bytes text)
{
	struct bytes star = { 0 }, from = { 0 };

	for (;;) {
		if (pattern.n > 0 && is_any_run(*pattern.p)) {
			pattern.p++;
			pattern.n--;
			star = pattern;
			from = text;
		} else if (pattern.n > 0 && text.n > 0 &&
		    (*pattern.p == '?' ||
		        (*pattern.p | 0x20) == (*text.p | 0x20))) {
			pattern.p++;
			pattern.n--;
			text.p++;
			text.n--;
		} else if (pattern.n == 0 && text.n == 0) {
			return true;
		} else {
			if (star.p == NULL || from.n == 0)
				return false;
			from.p++;
			from.n--;
			pattern = star;
			text = from;
		}
	}
}

/*
 * Report whether an A-label may contain these characters: Punycode begins with
 * the ASCII characters (RFC 3492, 3.1).
 */
static bool
is_punycode_of(struct bytes pattern, struct bytes text)
{
	static const uint8_t prefix[] = { 'x', 'n', '-', '-' };
	size_t n = 0;

	if (text.n <= sizeof prefix ||
	    memcmp(text.p, prefix, sizeof prefix) != 0)
		return false;
	text.p += sizeof prefix;
	text.n -= sizeof prefix;
	for (size_t i = 0; i < pattern.n; i++) {
		if (is_any_run(pattern.p[i]))
			continue;
		if (n >= text.n || (pattern.p[i] | 0x20) != (text.p[n] | 0x20))
			return false;
		n++;
	}
	return n == 0 || (n < text.n && text.p[n] == '-');
}

bool
label_pattern_matches(struct bytes pattern, struct bytes text)
{
	bool readable =
	    memchr(pattern.p, LABEL_PATTERN_UNREADABLE, pattern.n) == NULL;

	return glob(pattern, text) ||
	    (!readable && is_punycode_of(pattern, text));
}
