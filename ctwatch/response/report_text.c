/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "response/report_text.h"
#include <ctwatch/base/buf.h>
#include <ctwatch/base/escape.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>

#define COLUMNS 78

void
report_text_wrap(
    struct buf *out, size_t column, size_t indent, const char *text)
{
	struct bytes rest = bytes_of(text), word;

	for (bool first = true; text_word(&rest, &word); first = false) {
		if (!first && column + 1 + word.n > COLUMNS) {
			buf_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			buf_add_byte(out, ' ');
			column++;
		}
		escape_utf8(out, word);
		column += word.n;
	}
	buf_add_byte(out, '\n');
}

void
report_text_field(struct buf *out, const char *label, const char *value)
{
	buf_printf(out, "  %-12s", label);
	report_text_wrap(out, 14, 14, value);
}

void
report_text_list(
    struct buf *out, const char *label, const struct certinfo_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		report_text_field(out, i == 0 ? label : "", list->v[i]);
}

void
report_text_paragraph(struct buf *out, const char *text)
{
	report_text_wrap(out, 0, 0, text);
	buf_add_byte(out, '\n');
}

void
report_text_digest(struct buf *out, const char *label,
    const uint8_t digest[static SHA256_SIZE])
{
	char hex[2 * SHA256_SIZE + 1];

	text_hex((struct bytes){ digest, SHA256_SIZE }, hex);
	report_text_field(out, label, hex);
}

void
report_text_time(struct buf *out, const char *label, int64_t time)
{
	char text[TIME_TEXT];

	if (time == 0)
		return;
	time_format(time, text);
	report_text_field(out, label, text);
}
