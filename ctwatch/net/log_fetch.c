/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/net/inflate.h>
#include <ctwatch/net/log_fetch.h>

/* How often a log is asked for one answer. */
#define TRIES 2

static bool
get(void *arg, const char *url, size_t max, struct buf *body, struct buf *error)
{
	struct log_fetch *f = arg;
	struct http_request request = { .url = url,
		.queue = f->queue,
		.max_body = max,
		.no_cache = f->no_cache };
	bool ok = false, again = true;

	for (int i = 0; i < TRIES && !ok && again; i++) {
		struct http_response response;

		buf_clear(error);
		http_fetch(f->http, &request, &response);
		request.not_before = response.not_before;
		f->status = response.status;
		ok = response.result == HTTP_OK;
		if (ok) {
			buf_clear(body);
			body->max = max;
			ok = buf_add(body, buf_view(&response.body)) &&
			    inflate_body(body, max, error);
		} else
			buf_add_text(error, response.error);
		/* A client error does not go away. */
		again = f->status < 400 || f->status == 429 || f->status >= 500;
		http_response_fini(&response);
	}
	return ok;
}

struct log_client_fetch
log_fetch_of(struct log_fetch *f)
{
	return (struct log_client_fetch){ get, f, &f->status };
}
