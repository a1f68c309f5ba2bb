/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/json_span.h"
#include <ctwatch/base/json_scan.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>

/* RFC 3629: the first byte that is not ASCII. */
#define ASCII_END 0x80

/* RFC 8259, 7: what UTF-16 makes two units of. */
enum {
	SURROGATE_HIGH = 0xd800,
	SURROGATE_LOW = 0xdc00,
	SURROGATE_END = 0xe000,
	SURROGATE_BITS = 10,
	SUPPLEMENTARY = 0x10000
};

/* Return the next byte, or 0, which is in no JSON text. */
static uint8_t
next_byte(struct bytes in)
{
	return in.n > 0 ? *in.p : 0;
}

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static void
skip_space(struct bytes *in)
{
	struct bytes space;
	uint8_t c = next_byte(*in);

	while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
		bytes_take(in, 1, &space);
		c = next_byte(*in);
	}
}

/* Take c, without white space before it. */
static bool
take_byte(struct bytes *in, char c)
{
	struct bytes one;

	return next_byte(*in) == (uint8_t)c && bytes_take(in, 1, &one);
}

bool
json_scan_char(struct bytes *in, char c)
{
	skip_space(in);
	return take_byte(in, c);
}

bool
json_scan_end(struct bytes *in)
{
	skip_space(in);
	return in->n == 0;
}

/* Take the four digits of \uXXXX. */
static bool
take_unit(struct bytes *in, uint32_t *out)
{
	char text[sizeof "0000"] = "";
	struct bytes digits;
	uint8_t unit[2];

	if (!bytes_take(in, strlen("0000"), &digits))
		return false;
	memcpy(text, digits.p, digits.n);
	if (!text_unhex(text, unit, sizeof unit))
		return false;
	*out = (uint32_t)unit[0] << 8 | unit[1];
	return true;
}

/* Take what follows a backslash: one code point, or two that make one. */
static bool
take_escape(struct bytes *in, uint32_t *out)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *at;
	uint32_t low;
	uint8_t c;

	if (!bytes_u8(in, &c) || c == '\0')
		return false;
	at = strchr(letters, c);
	if (at != NULL) {
		*out = (uint8_t)meant[at - letters];
		return true;
	}
	if (c != 'u' || !take_unit(in, out) || *out == 0)
		return false;
	if (*out < SURROGATE_HIGH || *out >= SURROGATE_END)
		return true;
	if (*out >= SURROGATE_LOW || !take_byte(in, '\\') ||
	    !take_byte(in, 'u') || !take_unit(in, &low) ||
	    low < SURROGATE_LOW || low >= SURROGATE_END)
		return false;
	*out = SUPPLEMENTARY + ((*out - SURROGATE_HIGH) << SURROGATE_BITS) +
	    (low - SURROGATE_LOW);
	return true;
}

bool
json_scan_string(struct bytes *in, struct json_string *out)
{
	struct bytes plain, start;
	uint32_t c;

	out->escaped = false;
	if (!json_scan_char(in, '"'))
		return false;
	start = *in;
	bytes_take(in, json_span_length(*in), &plain);
	while (!take_byte(in, '"')) {
		if (take_byte(in, '\\')) {
			if (!take_escape(in, &c))
				return false;
			out->escaped = true;
		} else if (next_byte(*in) < ASCII_END ||
		    !text_utf8_take(in, &c))
			return false; /* a control character, or the end */
		bytes_take(in, json_span_length(*in), &plain);
	}
	return bytes_take(&start, start.n - in->n - 1, &out->raw);
}

bool
json_scan_is(const struct json_string *s, const char *text)
{
	struct bytes raw = s->raw;
	uint32_t c;

	if (!s->escaped)
		return bytes_is(raw, text);
	for (; *text != '\0'; text++) {
		if (take_byte(&raw, '\\') ? !take_escape(&raw, &c)
		                          : !text_utf8_take(&raw, &c))
			return false;
		if (c != (uint8_t)*text)
			return false;
	}
	return raw.n == 0;
}

bool
json_scan_ascii(const struct json_string *s, uint8_t *out, size_t *n)
{
	struct bytes raw = s->raw;
	uint32_t c;

	for (*n = 0; raw.n > 0; out[(*n)++] = (uint8_t)c)
		if ((take_byte(&raw, '\\') ? !take_escape(&raw, &c)
		                           : !text_utf8_take(&raw, &c)) ||
		    c >= ASCII_END)
			return false;
	return true;
}

bool
json_scan_uint(struct bytes *in, uint64_t *out)
{
	struct bytes digit;
	uint8_t c;

	skip_space(in);
	c = next_byte(*in);
	*out = 0;
	if (!is_digit(c))
		return false;
	if (take_byte(in, '0'))
		c = next_byte(*in);
	else
		for (; is_digit(c); c = next_byte(*in)) {
			if (__builtin_mul_overflow(*out, 10, out) ||
			    __builtin_add_overflow(*out, c - '0', out) ||
			    !bytes_take(in, 1, &digit))
				return false;
		}
	return !is_digit(c) && c != '.' && c != 'e' && c != 'E' &&
	    *out <= INT64_MAX;
}

static bool
skip_digits(struct bytes *in)
{
	struct bytes digit;

	if (!is_digit(next_byte(*in)))
		return false;
	while (is_digit(next_byte(*in)))
		bytes_take(in, 1, &digit);
	return true;
}

/* RFC 8259, 6. */
static bool
skip_number(struct bytes *in)
{
	take_byte(in, '-');
	if (!take_byte(in, '0') && !skip_digits(in))
		return false;
	if (take_byte(in, '.') && !skip_digits(in))
		return false;
	if (!take_byte(in, 'e') && !take_byte(in, 'E'))
		return true;
	if (!take_byte(in, '+'))
		take_byte(in, '-');
	return skip_digits(in);
}

static bool
skip_word(struct bytes *in, const char *word)
{
	struct bytes taken;

	return bytes_take(in, strlen(word), &taken) && bytes_is(taken, word);
}

static bool
skip(struct bytes *in, unsigned depth)
{
	enum json_scan_step step = JSON_SCAN_BAD;
	struct json_string s;
	bool any = false;
	uint8_t c;

	skip_space(in);
	c = next_byte(*in);
	if (c == '"')
		return json_scan_string(in, &s);
	if (c == '-' || is_digit(c))
		return skip_number(in);
	if (c == 't' || c == 'f' || c == 'n')
		return skip_word(in,
		    c == 't'       ? "true"
		        : c == 'f' ? "false"
		                   : "null");
	if (depth == LIMIT_JSON_DEPTH || (c != '{' && c != '['))
		return false;
	take_byte(in, (char)c);
	do
		step = c == '{' ? json_scan_member(in, &any, &s)
		                : json_scan_element(in, &any);
	while (step == JSON_SCAN_ITEM && skip(in, depth + 1));
	return step == JSON_SCAN_END;
}

bool
json_scan_skip(struct bytes *in)
{
	return skip(in, 0);
}

enum json_scan_step
json_scan_element(struct bytes *in, bool *any)
{
	if (json_scan_char(in, ']'))
		return JSON_SCAN_END;
	if (*any && !json_scan_char(in, ','))
		return JSON_SCAN_BAD;
	*any = true;
	return JSON_SCAN_ITEM;
}

enum json_scan_step
json_scan_member(struct bytes *in, bool *any, struct json_string *name)
{
	if (json_scan_char(in, '}'))
		return JSON_SCAN_END;
	if (*any && !json_scan_char(in, ','))
		return JSON_SCAN_BAD;
	*any = true;
	return json_scan_string(in, name) && json_scan_char(in, ':')
	    ? JSON_SCAN_ITEM
	    : JSON_SCAN_BAD;
}
