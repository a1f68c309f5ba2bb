/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/base/escape.h>
#include <ctwatch/report/print.h>

#define LABEL 13 /* columns of "  Covered    " */

void
print_colour(const struct print_page *p, const char *code)
{
	if (p->style->colour)
		buf_printf(p->out, "\033[%sm", code);
}

const char *
print_severity_colour(int severity)
{
	static const char *const code[] = { "2", "36", "33", "1;31",
		"1;97;41" };

	return severity < 0 ? "32" : code[severity];
}

const char *
print_number(int64_t n, char out[static 32])
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%" PRId64, n), k = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-')
			out[k++] = ',';
		out[k++] = digits[i];
	}
	out[k] = '\0';
	return out;
}

void
print_wrap(struct buf *out, size_t at, size_t indent, const char *text)
{
	while (*text != '\0') {
		size_t room = PRINT_WIDTH - at, n = strlen(text);

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
print_label(const struct print_page *p, size_t left, const char *label)
{
	buf_printf(p->out, "%*s", (int)left, "");
	print_colour(p, "1");
	buf_printf(p->out, "%-*s", LABEL - 2, label);
	print_colour(p, "0");
}

void
print_field(const struct print_page *p, size_t left, const char *label,
    const char *fmt, ...)
{
	struct buf raw, safe;
	va_list ap;

	buf_init(&raw, SIZE_MAX / 2);
	buf_init(&safe, SIZE_MAX / 2);
	va_start(ap, fmt);
	buf_vprintf(&raw, fmt, ap);
	va_end(ap);
	escape_line(&safe, buf_view(&raw), 8 * BOUNDS_SHOWN_TEXT);
	if (safe.n > 0) {
		print_label(p, left, label);
		print_wrap(p->out, left + LABEL - 2, left + LABEL - 2,
		    buf_text(&safe));
	}
	buf_fini(&raw);
	buf_fini(&safe);
}

void
print_shown(struct buf *out, const char *text)
{
	escape_line(out, bytes_of(text), BOUNDS_SHOWN_TEXT);
}

void
print_message(struct buf *out, const char *text)
{
	escape_line(out, bytes_of(text), 4 * BOUNDS_SHOWN_TEXT);
}

void
print_list(struct buf *out, const json_t *v, const char *path, size_t max)
{
	size_t n = doc_count(v, path);

	for (size_t i = 0; i < n && i < max; i++) {
		buf_add_text(out, i > 0 ? ", " : "");
		print_shown(out, doc_item_text(v, path, i));
	}
	if (n > max)
		buf_printf(out, " and %zu more", n - max);
}

void
print_heading(const struct print_page *p, const char *text)
{
	buf_add_byte(p->out, '\n');
	print_colour(p, "1");
	buf_printf(p->out, "%s", text);
	print_colour(p, "0");
	buf_add_text(p->out, "\n\n");
}

bool
print_is_behind(const json_t *log)
{
	const char *status = doc_text(log, "status");

	return strcmp(status, "complete") != 0 &&
	    strcmp(status, "skipped") != 0;
}
