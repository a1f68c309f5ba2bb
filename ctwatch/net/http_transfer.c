/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "net/buf_pool.h"
#include "net/http_headers.h"
#include "net/http_transfer.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/curl_init.h>

_Static_assert(sizeof((struct http_transfer *)0)->error >= CURL_ERROR_SIZE,
    "curl's errors fit");

#define MIN_SPEED 1024L /* bytes a second */

/* Buffer size of curl.  Larger buffers are slower, since they exceed the
 * cache. */
#define RECEIVE_BUFFER (64L << 10)

/* Bytes that libcurl allocates per header apart from its text. */
#define HEADER_OVERHEAD 128

/* Maximum memory to reserve for a stated body length. */
#define BELIEVED_LENGTH (4u << 20)

/* ---- reading an answer ---- */

static const char *
header(const struct http_transfer *t, const char *name)
{
	struct curl_header *h;

	return curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &h) ==
	        CURLHE_OK
	    ? h->value
	    : NULL;
}

/* Report whether the body may grow by n bytes.  Memory is reserved in doubling
 * steps, to call room rarely. */
static bool
has_room(struct http_transfer *t, size_t n)
{
	size_t need = t->r.body.n + n, ask = 2 * t->granted;

	if (t->room == NULL || need <= t->granted)
		return true;
	if (ask < need)
		ask = need;
	if (ask > t->max_body)
		ask = t->max_body;
	if (need > ask || !t->room(t->room_arg, ask))
		return false;
	t->granted = ask;
	return true;
}

/* Read the status, and set the limit of the body by it. */
static void
see_status(struct http_transfer *t)
{
	curl_off_t length = -1;

	t->has_status = true;
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->r.status);
	curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	if (t->r.status == 0) /* file: */
		t->r.status = 200;
	if (t->r.status != 200) {
		buf_init(&t->r.body, LIMIT_ERROR_BODY);
		return;
	}
	buf_init(&t->r.body, t->max_body);
	t->too_large = length > 0 && (uint64_t)length > t->max_body;
	if (length > 0 && !t->too_large && length <= BELIEVED_LENGTH &&
	    has_room(t, (size_t)length)) {
		buf_pool_take(t->r.pool, (size_t)length, &t->r.body);
		buf_reserve(&t->r.body, (size_t)length);
	}
}

/* For libcurl: a return value other than n * size aborts the transfer. */
static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;
	struct bytes in = bytes_at(p, size * n);
	size_t room;

	if (!t->has_status)
		see_status(t);
	if (t->r.status == 200) {
		t->too_large = t->too_large || !has_room(t, in.n) ||
		    !buf_add(&t->r.body, in);
		return t->too_large ? 0 : in.n;
	}
	if (buf_add(&t->r.body, in))
		return in.n;
	room = t->r.body.max - t->r.body.n;
	buf_add(&t->r.body, (struct bytes){ in.p, room });
	return 0;
}

/* For libcurl, which stores each header and trailer. */
static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;

	(void)p;
	t->header_bytes += size * n + HEADER_OVERHEAD;
	return t->header_bytes <= LIMIT_HEADERS ? size * n : 0;
}

/* Return the result of a complete answer. */
static enum http_result
judge_status(struct http_transfer *t)
{
	const char *etag = header(t, "ETag");
	const char *retry = header(t, "Retry-After");

	/* Dates are from the server, so --now does not apply. */
	if (retry != NULL)
		t->r.retry_after = http_headers_retry_after(
		    retry, (int64_t)time(NULL) * TIME_SECOND);
	if (etag != NULL && http_headers_is_etag(etag))
		t->r.etag = mem_strdup(etag);
	if (t->r.status == 200)
		return HTTP_OK;
	if (t->r.status == 304 && t->etag != NULL)
		return HTTP_NOT_MODIFIED;
	if (t->r.status == 429 || (t->r.status == 503 && retry != NULL))
		return HTTP_THROTTLED;
	return HTTP_STATUS;
}

/* Set t->r.error; detail is the reason from curl or from us. */
static void
explain(struct http_transfer *t, const char *detail)
{
	struct buf b;

	buf_init(&b, sizeof t->r.error - 1);
	if (strlen(t->url) > LIMIT_SHOWN_TEXT) {
		text_escape(&b, bytes_at(t->url, LIMIT_SHOWN_TEXT));
		buf_add_text(&b, "...");
	} else
		text_escape(&b, bytes_of(t->url));
	buf_add_text(&b, ": ");
	if (t->r.result == HTTP_TOO_LARGE)
		buf_printf(&b, "a body of more than %zu bytes", t->max_body);
	else if (detail != NULL)
		text_escape(&b, bytes_of(detail));
	else {
		buf_printf(&b, "HTTP status %ld%s", t->r.status,
		    t->r.status >= 300 && t->r.status < 400 &&
		            t->r.status != 304
		        ? ", and redirects are not followed"
		        : "");
		if (t->r.body.n > 0) {
			buf_add_text(&b, ": ");
			http_headers_excerpt(&b, buf_view(&t->r.body));
		}
	}
	snprintf(t->r.error, sizeof t->r.error, "%s", buf_text(&b));
	buf_fini(&b);
}

/* Evaluate the end of a transfer.  An error status counts even if the
 * connection broke afterwards. */
static void
judge(struct http_transfer *t, CURLcode code)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (!t->has_status && (code == CURLE_OK || status >= 200))
		see_status(t);
	if (t->too_large)
		t->r.result = HTTP_TOO_LARGE;
	else if (t->has_status && (code == CURLE_OK || t->r.status != 200))
		t->r.result = judge_status(t);
	else if (code == CURLE_FILE_COULDNT_READ_FILE) {
		t->r.result = HTTP_STATUS;
		t->r.status = 404;
	} else
		t->r.result = HTTP_NETWORK;
	if (t->r.result == HTTP_TOO_LARGE || t->r.result == HTTP_NETWORK)
		buf_fini(&t->r.body);
}

/* ---- interface ---- */

void *
http_transfer_handle(const struct http_options *o, void *share)
{
	CURL *e = curl_init_handle(o);
	CURLcode code = CURLE_OK;

	if (e == NULL)
		return NULL;
	CURL_INIT_SET(&code, e, CURLOPT_PROTOCOLS_STR,
	    o->allow_file ? "https,http,file" : "https,http");
	CURL_INIT_SET(&code, e, CURLOPT_CONNECTTIMEOUT, (long)o->connect_limit);
	CURL_INIT_SET(&code, e, CURLOPT_LOW_SPEED_LIMIT, MIN_SPEED);
	CURL_INIT_SET(&code, e, CURLOPT_LOW_SPEED_TIME, (long)o->stall_limit);
	CURL_INIT_SET(&code, e, CURLOPT_TIMEOUT, (long)o->total_limit);
	CURL_INIT_SET(&code, e, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
	CURL_INIT_SET(&code, e, CURLOPT_WRITEFUNCTION, on_body);
	CURL_INIT_SET(&code, e, CURLOPT_HEADERFUNCTION, on_header);
	CURL_INIT_SET(&code, e, CURLOPT_SHARE, share);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* A silent name server does not delay the end. */
	CURL_INIT_SET(&code, e, CURLOPT_QUICK_EXIT, 1L);
#endif
	if (o->no_keepalive) {
		CURL_INIT_SET(&code, e, CURLOPT_HTTP_VERSION,
		    (long)CURL_HTTP_VERSION_1_1);
		CURL_INIT_SET(&code, e, CURLOPT_FRESH_CONNECT, 1L);
		CURL_INIT_SET(&code, e, CURLOPT_FORBID_REUSE, 1L);
	} else {
		CURL_INIT_SET(&code, e, CURLOPT_HTTP_VERSION,
		    (long)CURL_HTTP_VERSION_2TLS);
		CURL_INIT_SET(&code, e, CURLOPT_PIPEWAIT, 1L);
	}
	if (code == CURLE_OK)
		return e;
	curl_easy_cleanup(e);
	return NULL;
}

/* Headers that curl does not set itself. */
static struct curl_slist *
headers(const struct http_transfer *t)
{
	/* Set as header, so that curl does not inflate the body. */
	struct curl_slist *l = curl_slist_append(NULL,
	    t->plain ? "Accept-Encoding: identity" : "Accept-Encoding: gzip");

	if (l != NULL && t->etag != NULL) {
		char *line = mem_printf("If-None-Match: %s", t->etag);

		if (curl_slist_append(l, line) == NULL)
			mem_out();
		free(line);
	}
	if (l != NULL && t->no_cache &&
	    curl_slist_append(l, "Cache-Control: no-cache") == NULL)
		mem_out();
	if (l == NULL)
		mem_out();
	return l;
}

bool
http_transfer_begin(
    struct http_transfer *t, void *handle, const struct http_options *o)
{
	CURLcode code;

	t->easy = handle;
	t->headers = headers(t);
	t->began = time_mono();
	code = (CURLcode)curl_init_route(t->easy, o, t->is_local);
	CURL_INIT_SET(&code, t->easy, CURLOPT_URL, t->url);
	CURL_INIT_SET(&code, t->easy, CURLOPT_HTTPHEADER, t->headers);
	CURL_INIT_SET(&code, t->easy, CURLOPT_WRITEDATA, t);
	CURL_INIT_SET(&code, t->easy, CURLOPT_HEADERDATA, t);
	CURL_INIT_SET(&code, t->easy, CURLOPT_ERRORBUFFER, t->error);
	if (code != CURLE_OK)
		http_transfer_fail(t, HTTP_NETWORK, curl_easy_strerror(code));
	return code == CURLE_OK;
}

void
http_transfer_end(struct http_transfer *t, int code)
{
	t->r.took = time_mono() - t->began;
	judge(t, (CURLcode)code);
	if (t->header_bytes > LIMIT_HEADERS && t->r.result == HTTP_NETWORK)
		explain(t, "too many bytes of headers and trailers");
	else if (t->r.result == HTTP_NETWORK)
		explain(t,
		    t->error[0] != '\0' ? t->error
		                        : curl_easy_strerror((CURLcode)code));
	else if (code == CURLE_FILE_COULDNT_READ_FILE)
		explain(t, "no such file, or not readable");
	else if (t->r.result != HTTP_OK)
		explain(t, NULL);
}

void
http_transfer_fail(
    struct http_transfer *t, enum http_result result, const char *why)
{
	buf_fini(&t->r.body);
	t->r.result = result;
	explain(t, why);
}

void
http_transfer_fini(struct http_transfer *t)
{
	/* The handle is reused, and must not point to freed memory. */
	if (t->easy != NULL) {
		curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, NULL);
		curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, NULL);
	}
	curl_slist_free_all(t->headers);
	free(t->url);
	free(t->etag);
}
