/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "report/text/page.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>

#define LABEL 13 /* columns of "  Coverage   " */

void
text_page_colour(const struct text_page *p, const char *code)
{
	if (p->style->colour)
		buf_printf(p->out, "\033[%sm", code);
}

const char *
text_page_severity_colour(int severity)
{
	static const char *const code[] = { "2", "36", "33", "1;31",
		"1;97;41" };

	return severity < 0 ? "32" : code[severity];
}

const char *
text_page_number(int64_t n, char out[static 32])
{
	*out = '-';
	text_count(n < 0 ? -(uint64_t)n : (uint64_t)n, out + (n < 0));
	return out;
}

void
text_page_wrap(struct buf *out, size_t at, size_t indent, const char *text)
{
	while (*text != '\0') {
		size_t room = TEXT_PAGE_WIDTH - at, n = strlen(text);

		if (n > room) {
			n = room;
			while (n > 0 && text[n] != ' ')
				n--;
			if (n == 0)
				n = room;
		}
		buf_printf(out, "%.*s\n", (int)n, text);
		text += n;
		text += strspn(text, " ");
		if (*text != '\0')
			buf_printf(out, "%*s", (int)indent, "");
		at = indent;
	}
}

void
text_page_label(const struct text_page *p, size_t left, const char *label)
{
	buf_printf(p->out, "%*s", (int)left, "");
	text_page_colour(p, "1");
	buf_printf(p->out, "%-*s", LABEL - 2, label);
	text_page_colour(p, "0");
	if (strlen(label) >= LABEL - 2)
		buf_add_byte(p->out, ' ');
}

void
text_page_field(const struct text_page *p, size_t left, const char *label,
    const char *fmt, ...)
{
	struct buf raw, safe;
	va_list ap;

	buf_init(&raw, SIZE_MAX / 2);
	buf_init(&safe, SIZE_MAX / 2);
	va_start(ap, fmt);
	buf_vprintf(&raw, fmt, ap);
	va_end(ap);
	escape_line(&safe, buf_view(&raw), 8 * LIMIT_SHOWN_TEXT);
	if (safe.n > 0) {
		text_page_label(p, left, label);
		text_page_wrap(p->out,
		    left + LABEL - 2 + (strlen(label) >= LABEL - 2),
		    left + LABEL - 2, buf_text(&safe));
	}
	buf_fini(&raw);
	buf_fini(&safe);
}

void
text_page_shown(struct buf *out, const char *text)
{
	escape_line(out, bytes_of(text), LIMIT_SHOWN_TEXT);
}

void
text_page_message(struct buf *out, const char *text)
{
	escape_line(out, bytes_of(text), 4 * LIMIT_SHOWN_TEXT);
}

void
text_page_list(struct buf *out, const json_t *v, const char *path, size_t max)
{
	size_t n = report_json_count(v, path);

	for (size_t i = 0; i < n && i < max; i++) {
		buf_add_text(out, i > 0 ? ", " : "");
		text_page_shown(out, report_json_item_text(v, path, i));
	}
	if (n > max)
		buf_printf(out, " and %zu more", n - max);
}

void
text_page_heading(const struct text_page *p, const char *text)
{
	buf_add_byte(p->out, '\n');
	text_page_colour(p, "1");
	buf_printf(p->out, "%s", text);
	text_page_colour(p, "0");
	buf_add_text(p->out, "\n\n");
}

bool
text_page_is_behind(const json_t *log)
{
	const char *status = report_json_text(log, "status");

	return strcmp(status, "complete") != 0 &&
	    strcmp(status, "skipped") != 0;
}
