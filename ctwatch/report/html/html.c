/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "report/html/html.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>

void
html_text(struct buf *out, const char *text)
{
	struct bytes in = bytes_of(text);
	struct bytes shown = text_cut(in, LIMIT_SHOWN_HTML);

	escape_html(out, shown);
	if (shown.n < in.n) {
		buf_add_text(out, "&hellip; <i>(");
		html_number(out, (int64_t)in.n);
		buf_add_text(out, " bytes)</i>");
	}
}

void
html_prose(struct buf *out, const char *text)
{
	const char *open, *close;

	while ((open = strchr(text, '`')) != NULL &&
	    (close = strpbrk(open + 1, "`'")) != NULL) {
		char *before = mem_printf("%.*s", (int)(open - text), text);
		char *code =
		    mem_printf("%.*s", (int)(close - open - 1), open + 1);

		html_text(out, before);
		buf_add_text(out, "<code>");
		html_text(out, code);
		buf_add_text(out, "</code>");
		free(before);
		free(code);
		text = close + 1;
	}
	html_text(out, text);
}

void
html_label(struct buf *out, const char *text, size_t n)
{
	struct bytes in = bytes_of(text), shown = text_cut(in, n - 1);

	escape_html(out, shown);
	buf_add_text(out, shown.n < in.n ? "&hellip;" : "");
}

void
html_number(struct buf *out, int64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%" PRId64, n);

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-')
			buf_add_text(out, "&#8239;");
		buf_add_byte(out, (uint8_t)digits[i]);
	}
}

void
html_time(struct buf *out, const char *rfc3339)
{
	if (strlen(rfc3339) < 16)
		buf_add_text(out, "&ndash;");
	else
		buf_printf(
		    out, "<time>%.10s %.5s</time>", rfc3339, rfc3339 + 11);
}

void
html_term(struct buf *out, const char *term, const char *text)
{
	if (*text == '\0')
		return;
	buf_printf(out, "<dt>%s</dt><dd>", term);
	html_text(out, text);
	buf_add_text(out, "</dd>");
}

void
html_days_left(
    struct buf *out, int64_t now, int64_t not_before, int64_t not_after)
{
	int64_t left = not_after - now, whole = not_after - not_before;
	int64_t share = whole > 0 ? left * 60 / whole : 0;

	if (not_after == 0) {
		buf_add_text(out, "&ndash;");
		return;
	}
	if (left < 0) {
		buf_printf(out,
		    "<span class=over>expired %" PRId64 " days ago</span>",
		    -left / TIME_DAY);
		return;
	}
	share = share > 60 ? 60 : share;
	buf_printf(out,
	    "<svg class=\"days%s\" width=60 height=6 aria-hidden=true>"
	    "<rect class=all width=60 height=6 rx=3></rect>"
	    "<rect class=left width=%" PRId64
	    " height=6 rx=3></rect></svg>%" PRId64 " days",
	    left < 15 * TIME_DAY ? " soon" : "", share, left / TIME_DAY);
}
