/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

static const char hex_digit[] = "0123456789abcdef";
static const char b64_digit[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
text_hex(struct bytes in, char *out)
{
	for (size_t i = 0; i < in.n; i++) {
		*out++ = hex_digit[in.p[i] >> 4];
		*out++ = hex_digit[in.p[i] & 15];
	}
	*out = '\0';
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
text_unhex(const char *s, uint8_t *out, size_t n)
{
	if (strlen(s) != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int hi = hex_value(s[2 * i]), lo = hex_value(s[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

void
text_base64(struct bytes in, char *out)
{
	size_t i = 0;

	for (; i + 3 <= in.n; i += 3) {
		uint32_t x = (uint32_t)in.p[i] << 16 |
		    (uint32_t)in.p[i + 1] << 8 | in.p[i + 2];

		*out++ = b64_digit[x >> 18];
		*out++ = b64_digit[x >> 12 & 63];
		*out++ = b64_digit[x >> 6 & 63];
		*out++ = b64_digit[x & 63];
	}
	if (i < in.n) {
		bool two = i + 1 < in.n;
		uint32_t x = (uint32_t)in.p[i] << 16 |
		    (two ? (uint32_t)in.p[i + 1] << 8 : 0);

		*out++ = b64_digit[x >> 18];
		*out++ = b64_digit[x >> 12 & 63];
		*out++ = two ? b64_digit[x >> 6 & 63] : '=';
		*out++ = '=';
	}
	*out = '\0';
}

void
text_pem(struct buf *out, const char *label, struct bytes der)
{
	char *b64 = mem_alloc(TEXT_BASE64_LEN(der.n) + 1, 1);

	text_base64(der, b64);
	buf_printf(out, "-----BEGIN %s-----\n", label);
	/* RFC 7468, 2: 64 characters a line. */
	for (const char *line = b64; *line != '\0'; line += strnlen(line, 64))
		buf_printf(out, "%.64s\n", line);
	buf_printf(out, "-----END %s-----\n", label);
	free(b64);
}

bool
text_base64_add(struct buf *out, struct bytes in)
{
	size_t n = TEXT_BASE64_LEN(in.n);

	if (!buf_reserve(out, n)) /* buf keeps one byte more for the NUL */
		return false;
	text_base64(in, (char *)out->p + out->n);
	out->n += n;
	return true;
}

bool
text_unbase64(struct bytes in, uint8_t *out, size_t *n)
{
	uint8_t last[4], bin[3];
	size_t pad = 0;

	*n = 0;
	if (in.n % 4 != 0)
		return false;
	if (in.n == 0)
		return true;
	if (in.p[in.n - 1] == '=')
		pad = in.p[in.n - 2] == '=' ? 2 : 1;
	*n = in.n / 4 * 3 - pad;
	if (pad == 0)
		return base64_quads(in, out);
	in.n -= 4;
	if (!base64_quads(in, out))
		return false;
	/* In the last quad, replace padding by 'A', which decodes to zeros. */
	memcpy(last, in.p + in.n, sizeof last);
	memset(last + 4 - pad, 'A', pad);
	if (!base64_quads_plain((struct bytes){ last, 4 }, bin))
		return false;
	memcpy(out + in.n / 4 * 3, bin, 3 - pad);
	/* RFC 4648, 3.5: bits that no byte takes must be zero. */
	return bin[3 - pad] == 0;
}

bool
text_unbase64_exact(struct bytes in, uint8_t *out, size_t n)
{
	size_t pad = (3 - n % 3) % 3, got;

	if (in.n != TEXT_BASE64_LEN(n))
		return false;
	/* Require the padding that n implies: less would write more than n
	 * bytes. */
	if (pad > 0 && in.p[in.n - pad] != '=')
		return false;
	return text_unbase64(in, out, &got) && got == n;
}

bool
text_utf8_take(struct bytes *b, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len;
	uint32_t c;

	if (b->n == 0)
		return false;
	c = b->p[0];
	if (c < 0x80)
		len = 1;
	else if ((c & 0xe0) == 0xc0)
		len = 2, c &= 0x1f;
	else if ((c & 0xf0) == 0xe0)
		len = 3, c &= 0x0f;
	else if ((c & 0xf8) == 0xf0)
		len = 4, c &= 0x07;
	else
		return false;
	if (len > b->n)
		return false;
	for (size_t i = 1; i < len; i++) {
		if ((b->p[i] & 0xc0) != 0x80)
			return false;
		c = c << 6 | (b->p[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return false;
	b->p += len;
	b->n -= len;
	*out = c;
	return true;
}

bool
text_is_ascii(struct bytes in)
{
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] >= 0x80)
			return false;
	return true;
}

bool
text_is_utf8(struct bytes in)
{
	uint32_t c;

	while (in.n > 0)
		if (!text_utf8_take(&in, &c))
			return false;
	return true;
}

bool
text_utf8_add(struct buf *out, uint32_t c)
{
	uint8_t b[4];
	size_t n;

	if (c < 0x80) {
		b[0] = (uint8_t)c;
		n = 1;
	} else if (c < 0x800) {
		b[0] = (uint8_t)(0xc0 | c >> 6);
		n = 2;
	} else if (c < 0x10000) {
		b[0] = (uint8_t)(0xe0 | c >> 12);
		n = 3;
	} else {
		b[0] = (uint8_t)(0xf0 | (c >> 18 & 7));
		n = 4;
	}
	for (size_t i = 1; i < n; i++)
		b[i] = (uint8_t)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
	return buf_add(out, (struct bytes){ b, n });
}

bool
text_escape(struct buf *out, struct bytes in)
{
	for (size_t i = 0; i < in.n; i++) {
		uint8_t c = in.p[i];
		bool ok;

		if (c == '\\')
			ok = buf_add_text(out, "\\\\");
		else if (c >= 0x20 && c <= 0x7e)
			ok = buf_add_byte(out, c);
		else
			ok = buf_printf(out, "\\x%02x", c);
		if (!ok)
			return false;
	}
	return true;
}

bool
text_escape_vprintf(struct buf *out, const char *fmt, va_list ap)
{
	struct buf raw;
	bool ok;

	buf_init(&raw, out->max);
	ok = buf_vprintf(&raw, fmt, ap);
	if (!ok)
		buf_add_text(&raw, fmt);
	ok = text_escape(out, buf_view(&raw)) && ok;
	buf_fini(&raw);
	return ok;
}

struct bytes
text_cut(struct bytes in, size_t max)
{
	if (in.n > max)
		for (in.n = max; in.n > 0 && (in.p[in.n] & 0xc0) == 0x80;)
			in.n--;
	return in;
}

void
text_count(uint64_t n, char out[static TEXT_COUNT])
{
	char digits[TEXT_COUNT];
	int count = snprintf(digits, sizeof digits, "%" PRIu64, n);

	for (int i = 0; i < count; i++) {
		*out++ = digits[i];
		if (i + 1 < count && (count - i - 1) % 3 == 0)
			*out++ = ',';
	}
	*out = '\0';
}

bool
text_line(struct bytes *in, struct bytes *line)
{
	if (in->n == 0)
		return false;
	if (!bytes_until(in, '\n', line))
		bytes_take(in, in->n, line);
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

bool
text_word(struct bytes *in, struct bytes *word)
{
	size_t n = 0;

	while (in->n > 0 && isspace(in->p[0]))
		bytes_take(in, 1, word);
	while (n < in->n && !isspace(in->p[n]))
		n++;
	return n > 0 && bytes_take(in, n, word);
}

struct bytes
text_trim(struct bytes in)
{
	struct bytes skip;

	while (in.n > 0 && isspace(in.p[0]))
		bytes_take(&in, 1, &skip);
	while (in.n > 0 && isspace(in.p[in.n - 1]))
		in.n--;
	return in;
}

void
text_lower(struct bytes in, char *out)
{
	for (size_t i = 0; i < in.n; i++) {
		char c = (char)in.p[i];

		out[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
}
