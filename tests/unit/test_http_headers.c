/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "net/http_headers.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>

#include "../support/test.h"

static void
reads_retry_after_in_both_forms(void)
{
	static const struct {
		const char *value;
		int64_t ms;
	} cases[] = {
		{ "0", 0 },
		{ "120", 120 * TIME_SECOND },
		{ "86399", 86399 * TIME_SECOND },
		{ "86400", TIME_DAY },
		{ "86401", TIME_DAY },
		{ "999999999", TIME_DAY },
		{ "99999999999999999999999999999", TIME_DAY },
		{ "-1", -1 },
		{ "+1", -1 },
		{ "", -1 },
		{ "soon", -1 },
		{ "12x", -1 },
		{ "1.5", -1 },
		/* 1792500000 is 2026-10-20T12:40:00Z, by date(1). */
		{ "Tue, 20 Oct 2026 12:40:30 GMT", 30 * TIME_SECOND },
		{ "Tuesday, 20-Oct-26 12:40:30 GMT", 30 * TIME_SECOND },
		{ "Tue Oct 20 12:40:30 2026", 30 * TIME_SECOND },
		{ "Tue, 20 Oct 2026 12:40:00 GMT", 0 },
		{ "Tue, 20 Oct 2025 12:40:00 GMT", 0 },
		{ "Thu, 20 Oct 2033 12:40:00 GMT", TIME_DAY },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK(http_headers_retry_after(cases[i].value,
		          1792500000 * TIME_SECOND) == cases[i].ms);
}

static void
quotes_two_hundred_bytes_and_no_more(void)
{
	char body[LIMIT_SHOWN_TEXT + 1];
	struct buf out;

	memset(body, 'a', sizeof body);
	buf_init(&out, 4096);
	http_headers_excerpt(
	    &out, (struct bytes){ (uint8_t *)body, LIMIT_SHOWN_TEXT });
	CHECK(out.n == LIMIT_SHOWN_TEXT);
	buf_clear(&out);
	http_headers_excerpt(
	    &out, (struct bytes){ (uint8_t *)body, sizeof body });
	CHECK(out.n == LIMIT_SHOWN_TEXT + 3 &&
	    memcmp(out.p + LIMIT_SHOWN_TEXT, "...", 3) == 0);
	buf_fini(&out);
}

static void
takes_tags_of_printable_characters(void)
{
	CHECK(http_headers_is_etag("\"v1\"") &&
	    http_headers_is_etag("W/\"a b\""));
	CHECK(!http_headers_is_etag("") && !http_headers_is_etag("\"v\n1\""));
	CHECK(!http_headers_is_etag("\"\x7f\"") &&
	    !http_headers_is_etag("\"caf\xc3\xa9\""));
}

int
main(void)
{
	reads_retry_after_in_both_forms();
	quotes_two_hundred_bytes_and_no_more();
	takes_tags_of_printable_characters();
	return 0;
}
