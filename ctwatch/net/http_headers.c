/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>

#include <curl/curl.h>

#include "net/http_headers.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/inflate.h>

static int64_t
parse_seconds(const char *s)
{
	int64_t t = 0;

	for (; isdigit((unsigned char)*s); s++)
		if (t < TIME_DAY) /* above every limit: avoid overflow */
			t = t * 10 + (*s - '0');
	if (*s != '\0')
		return -1;
	return t < TIME_DAY / TIME_SECOND ? t * TIME_SECOND : TIME_DAY;
}

int64_t
http_headers_retry_after(const char *value, int64_t now)
{
	int64_t t;

	if (isdigit((unsigned char)*value))
		return parse_seconds(value);
	if (!isalpha(
	        (unsigned char)*value)) /* a date begins with the weekday */
		return -1;
	t = (int64_t)curl_getdate(value, NULL);
	if (t < 0)
		return -1;
	t = t * TIME_SECOND - now;
	return t < 0 ? 0 : t > TIME_DAY ? TIME_DAY : t;
}

bool
http_headers_is_etag(const char *value)
{
	size_t n = 0;

	while (value[n] >= ' ' && value[n] <= '~')
		n++;
	return n > 0 && n <= LIMIT_ETAG && value[n] == '\0';
}

void
http_headers_excerpt(struct buf *out, struct bytes body)
{
	struct buf plain;

	buf_init(&plain, LIMIT_SMALL_BODY);
	if (inflate_is_gzip(body)) {
		struct inflate *z = inflate_new();

		if (inflate_gzip(z, body, &plain) == INFLATE_OK)
			body = buf_view(&plain);
		inflate_free(z);
	}
	if (body.n > LIMIT_SHOWN_TEXT) {
		text_escape(out, (struct bytes){ body.p, LIMIT_SHOWN_TEXT });
		buf_add_text(out, "...");
	} else
		text_escape(out, body);
	buf_fini(&plain);
}
