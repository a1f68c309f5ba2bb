/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "net/loglist_fetch.h"
#include <ctwatch/base/blob.h>
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/http_url.h>
#include <ctwatch/net/inflate.h>
#include <ctwatch/net/loglist_load.h>
#include <ctwatch/wire/tree_head.h>

struct loglist_fetch {
	struct http *http;
	char *url, *etag, *signature; /* owned; the last two may be NULL */
	struct blob key;
	struct loglist_cache list;
	struct buf error;
	enum loglist_fetch_result result;
	bool ended;
	pthread_t thread;
	pthread_mutex_t lock; /* of result and ended */
	pthread_cond_t end;
};

static enum http_result
get(struct http *http, const char *url, size_t max, const char *etag,
    bool plain, struct http_response *r, struct buf *error)
{
	/* One queue per list, so that a server that throttles does not delay
	 * others. */
	const struct http_request request = { .url = url,
		.queue = http_queue(http, url),
		.max_body = max,
		.plain = plain,
		.etag = etag };

	http_fetch(http, &request, r);
	if (r->result == HTTP_OK && !inflate_body(&r->body, max, error))
		return HTTP_NETWORK;
	if (r->result != HTTP_OK && r->result != HTTP_NOT_MODIFIED)
		buf_add_text(error, r->error);
	return r->result;
}

bool
loglist_fetch_signature(struct http *http, const char *signature, bool plain,
    struct buf *out, struct buf *error)
{
	struct http_response r;
	bool ok;

	if (!http_url_has_scheme(signature))
		return file_read(signature, false, out, error) == FILE_OK;
	ok = get(http, signature, LIMIT_SMALL_BODY, NULL, plain, &r, error) ==
	        HTTP_OK &&
	    buf_add(out, buf_view(&r.body));
	http_response_fini(&r);
	return ok;
}

bool
loglist_fetch_is_signed(struct bytes json, struct bytes signature,
    struct bytes key, const char *from, struct buf *error)
{
	if (tree_head_verify_bare(json, signature, key))
		return true;
	buf_printf(error, "%s does not sign this list", from);
	return false;
}

/* Fetch the list and its signature; *mismatch: both were received, but do not
 * match. */
static enum loglist_fetch_result
get_both(struct loglist_fetch *f, const char *etag, bool plain, bool *mismatch)
{
	struct http_response r;
	enum http_result result =
	    get(f->http, f->url, LIMIT_LOG_LIST, etag, plain, &r, &f->error);
	bool ok = result == HTTP_OK;

	if (ok) {
		f->list.json = r.body;
		f->list.etag = r.etag;
		buf_init(&r.body, 0);
		r.etag = NULL;
	}
	http_response_fini(&r);
	if (result == HTTP_NOT_MODIFIED)
		return LOGLIST_FETCH_UNCHANGED;
	if (ok && f->signature != NULL) {
		ok = loglist_fetch_signature(f->http, f->signature, plain,
		    &f->list.signature, &f->error);
		*mismatch = ok &&
		    !loglist_fetch_is_signed(buf_view(&f->list.json),
		        buf_view(&f->list.signature), blob_view(f->key),
		        f->signature, &f->error);
		ok = ok && !*mismatch;
	}
	return ok ? LOGLIST_FETCH_NEW : LOGLIST_FETCH_FAILED;
}

static void *
fetch(void *arg)
{
	struct loglist_fetch *f = arg;
	enum loglist_fetch_result result;
	bool mismatch = false;

	result = get_both(f, f->etag, false, &mismatch);
	/* A cache may have an old list for clients that accept gzip. */
	if (mismatch) {
		loglist_cache_fini(&f->list);
		buf_clear(&f->error);
		result = get_both(f, NULL, true, &mismatch);
	}
	f->list.fetched = time_now();
	pthread_mutex_lock(&f->lock);
	f->result = result;
	f->ended = true;
	pthread_cond_broadcast(&f->end);
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

struct loglist_fetch *
loglist_fetch_start(struct http *http, const char *url, const char *etag,
    const char *signature, struct bytes key)
{
	struct loglist_fetch *f = mem_alloc(1, sizeof *f);
	pthread_condattr_t monotonic;

	*f = (struct loglist_fetch){ .http = http,
		.url = mem_strdup(url),
		.etag = etag != NULL ? mem_strdup(etag) : NULL,
		.signature = signature != NULL ? mem_strdup(signature) : NULL,
		.key = blob_copy(key) };
	loglist_cache_init(&f->list);
	buf_init(&f->error, 4096);
	pthread_mutex_init(&f->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&f->end, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&f->thread, NULL, fetch, f) != 0)
		mem_out();
	return f;
}

enum loglist_fetch_result
loglist_fetch_wait(struct loglist_fetch *f, int64_t until,
    struct loglist_cache *out, struct buf *error)
{
	struct timespec at = { (time_t)(until / 1000),
		(long)(until % 1000) * 1000000 };
	enum loglist_fetch_result result;
	int e = 0;

	pthread_mutex_lock(&f->lock);
	while (!f->ended && e == 0)
		e = until == 0 ? pthread_cond_wait(&f->end, &f->lock)
		               : pthread_cond_timedwait(&f->end, &f->lock, &at);
	result = f->ended ? f->result : LOGLIST_FETCH_RUNNING;
	pthread_mutex_unlock(&f->lock);
	if (result == LOGLIST_FETCH_NEW) {
		*out = f->list;
		loglist_cache_init(&f->list);
	} else if (result == LOGLIST_FETCH_FAILED)
		buf_add(error, buf_view(&f->error));
	return result;
}

void
loglist_fetch_free(struct loglist_fetch *f)
{
	if (f == NULL)
		return;
	pthread_join(f->thread, NULL);
	pthread_mutex_destroy(&f->lock);
	pthread_cond_destroy(&f->end);
	loglist_cache_fini(&f->list);
	buf_fini(&f->error);
	free(f->url);
	free(f->etag);
	free(f->signature);
	blob_fini(&f->key);
	free(f);
}
