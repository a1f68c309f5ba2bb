/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/escape.h>
#include <ctwatch/base/text.h>

/* Code points that are invisible, or change the display of others. */
static const struct {
	uint32_t first, last;
} invisible[] = {
	{ 0x00, 0x1f },
	{ 0x7f, 0x9f },
	{ 0xad, 0xad },
	{ 0x34f, 0x34f },
	{ 0x61c, 0x61c },
	{ 0x115f, 0x1160 },
	{ 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },
	{ 0x200b, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2060, 0x206f },
	{ 0x3164, 0x3164 },
	{ 0xe000, 0xf8ff },
	{ 0xfdd0, 0xfdef },
	{ 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb },
	{ 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a },
	{ 0xe0000, 0x10ffff },
};

static bool
is_invisible(uint32_t c)
{
	if ((c & 0xfffe) == 0xfffe) /* noncharacters of every plane */
		return true;
	for (size_t i = 0; i < sizeof invisible / sizeof invisible[0]; i++)
		if (c >= invisible[i].first && c <= invisible[i].last)
			return true;
	return false;
}

static bool
is_plain_byte(uint8_t c, const char *special)
{
	if (c < 0x20 || c > 0x7e)
		return false;
	for (; *special != '\0'; special++)
		if (c == (uint8_t)*special)
			return false;
	return true;
}

/* Take the printable ASCII up to the next special character, at most max
 * bytes: most text has nothing else, so append it at once. */
static void
take_plain(struct buf *out, struct bytes *in, const char *special, size_t max)
{
	size_t n = 0;

	while (n < in->n && n < max && is_plain_byte(in->p[n], special))
		n++;
	buf_add(out, (struct bytes){ in->p, n });
	in->p += n;
	in->n -= n;
}

/*
 * Take one character.  Set *shown and *c if it may be shown unchanged; else
 * append its escape.  False at the end.
 */
static bool
take_visible(struct buf *out, struct bytes *in, uint32_t *c, bool *shown)
{
	if (in->n == 0)
		return false;
	*shown = false;
	if (!text_utf8_take(in, c)) {
		buf_printf(out, "\\x%02x", in->p[0]);
		in->p++;
		in->n--;
	} else if (*c < 0x100 && is_invisible(*c))
		buf_printf(out, "\\x%02x", (unsigned)*c);
	else if (is_invisible(*c))
		buf_printf(out, "\\u{%X}", (unsigned)*c);
	else
		*shown = true;
	return true;
}

void
escape_line(struct buf *out, struct bytes in, size_t max)
{
	size_t start = out->n;

	for (;;) {
		take_plain(
		    out, &in, "", max != 0 ? max - (out->n - start) : SIZE_MAX);
		if (in.n == 0)
			return;
		if (max != 0 && out->n - start + 4 > max)
			break;
		buf_printf(out, "\\x%02x", in.p[0]);
		in.p++;
		in.n--;
	}
	buf_add_text(out, "...");
}

void
escape_utf8(struct buf *out, struct bytes in)
{
	uint32_t c;
	bool shown;

	for (;;) {
		take_plain(out, &in, "", SIZE_MAX);
		if (!take_visible(out, &in, &c, &shown))
			break;
		if (shown)
			text_utf8_add(out, c);
	}
}

void
escape_html(struct buf *out, struct bytes in)
{
	uint32_t c;
	bool shown;

	for (;;) {
		take_plain(out, &in, "&<>\"'", SIZE_MAX);
		if (!take_visible(out, &in, &c, &shown))
			break;
		if (!shown)
			continue;
		if (c == '&')
			buf_add_text(out, "&amp;");
		else if (c == '<')
			buf_add_text(out, "&lt;");
		else if (c == '>')
			buf_add_text(out, "&gt;");
		else if (c == '"')
			buf_add_text(out, "&quot;");
		else if (c == '\'')
			buf_add_text(out, "&#39;");
		else
			text_utf8_add(out, c);
	}
}

void
escape_csv(struct buf *out, struct bytes in)
{
	uint32_t c;
	bool shown;

	buf_add_byte(out, '"');
	/* The characters that begin a formula, with their full-width forms,
	 * since some programs fold them.  Some skip leading blanks, too. */
	for (struct bytes rest = in; text_utf8_take(&rest, &c);) {
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n' ||
		    c == 0xa0 || c == 0x3000)
			continue;
		if (strchr("=+-@|%", c < 0x80 ? (int)c : 'x') != NULL ||
		    c == 0xff1d || c == 0xff0b || c == 0xff0d || c == 0xff20)
			buf_add_byte(out, '\'');
		break;
	}
	for (;;) {
		take_plain(out, &in, "\"", SIZE_MAX);
		if (!take_visible(out, &in, &c, &shown))
			break;
		if (!shown)
			continue;
		if (c == '"')
			buf_add_byte(out, '"');
		text_utf8_add(out, c);
	}
	buf_add_byte(out, '"');
}

/* RFC 2047, 2: an encoded word has 75 characters at most, a line 76. */
#define LINE_MAX_CHARS 76
#define WORD_FRAME     12 /* =?UTF-8?B? and ?= */
#define WORD_BYTES     45 /* that fit a line of their own */

/* Printable ASCII in words that fit a line, none of which would be decoded. */
static bool
is_plain(struct bytes in)
{
	size_t word = 0;

	for (size_t i = 0; i < in.n; i++) {
		word = in.p[i] == ' ' ? 0 : word + 1;
		if (in.p[i] < 0x20 || in.p[i] > 0x7e ||
		    word > LINE_MAX_CHARS - 1)
			return false;
	}
	return in.n < 2 || memmem(in.p, in.n, "=?", 2) == NULL;
}

static void
add_folded(struct buf *out, struct bytes in, size_t at)
{
	struct bytes word;

	for (bool first = true; in.n > 0; first = false) {
		bool more = bytes_until(&in, ' ', &word);

		if (!more) {
			word = in;
			in.n = 0;
		}
		if (!first && at + 1 + word.n > LINE_MAX_CHARS) {
			buf_add_byte(out, '\n');
			at = 0;
		}
		if (!first)
			buf_add_byte(out, ' ');
		buf_add(out, word);
		at += word.n + !first;
	}
}

static void
add_word(struct buf *out, struct bytes text)
{
	char b64[TEXT_BASE64_LEN(WORD_BYTES) + 1];

	text_base64(text, b64);
	buf_printf(out, "=?UTF-8?B?%s?=", b64);
}

/* Encoded words of whole characters; blanks between them are not shown. */
static void
add_encoded(struct buf *out, struct bytes in, size_t at)
{
	size_t room = at + WORD_FRAME + 8 < LINE_MAX_CHARS
	    ? (LINE_MAX_CHARS - at - WORD_FRAME) / 4 * 3
	    : 6;
	struct bytes word = { in.p, 0 };

	while (in.n > 0) {
		struct bytes next = in;
		uint32_t c;

		text_utf8_take(&next, &c);
		if ((size_t)(next.p - word.p) >
		    (room < WORD_BYTES ? room : WORD_BYTES)) {
			add_word(out, word);
			buf_add_text(out, "\n ");
			room = WORD_BYTES;
			word.p = in.p;
		}
		in = next;
		word.n = (size_t)(in.p - word.p);
	}
	add_word(out, word);
}

void
escape_mail(struct buf *out, struct bytes in, size_t at)
{
	struct buf safe;

	buf_init(&safe, SIZE_MAX / 2);
	escape_utf8(&safe, in);
	if (is_plain(buf_view(&safe)))
		add_folded(out, buf_view(&safe), at);
	else
		add_encoded(out, buf_view(&safe), at);
	buf_fini(&safe);
}

static void
add_cef(struct buf *out, struct bytes in, const char *special)
{
	uint32_t c;
	bool shown;

	for (;;) {
		take_plain(out, &in, special, SIZE_MAX);
		if (!take_visible(out, &in, &c, &shown))
			break;
		if (!shown)
			continue;
		if (c < 0x80 && strchr(special, (int)c) != NULL)
			buf_add_byte(out, '\\');
		text_utf8_add(out, c);
	}
}

/* A backslash made by take_visible itself must be doubled too: escape twice. */
static void
escape_cef(struct buf *out, struct bytes in, const char *special)
{
	struct buf safe;

	buf_init(&safe, SIZE_MAX / 2);
	escape_utf8(&safe, in);
	add_cef(out, buf_view(&safe), special);
	buf_fini(&safe);
}

void
escape_cef_header(struct buf *out, struct bytes in)
{
	escape_cef(out, in, "\\|");
}

void
escape_cef_value(struct buf *out, struct bytes in)
{
	escape_cef(out, in, "\\=");
}

void
escape_prometheus(struct buf *out, struct bytes in)
{
	escape_cef(out, in, "\\\"");
}
