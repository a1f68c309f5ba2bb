/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "net/buf_pool.h"
#include "net/http_headers.h"
#include "net/http_network.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/curl_init.h>
#include <ctwatch/net/http_url.h>

#define QUEUE_REQUESTS 8
#define FAR_REQUESTS   16 /* while answers come over a long way */
#define CONNECT_LIMIT  30 /* seconds */
#define STALL_LIMIT    30
#define TOTAL_LIMIT    300
#define THROTTLE_LIMIT 600

/* Connections kept open: one or two per log. */
#define KEPT_CONNECTIONS 128L

static char *
copy(const char *s)
{
	return s != NULL ? mem_strdup(s) : NULL;
}

static void
set_options(struct http *h, const struct http_options *from)
{
	struct http_options *o = &h->options;

	*o = *from;
	o->user_agent = copy(from->user_agent);
	o->ca_file = copy(from->ca_file);
	o->proxy = copy(from->proxy);
	if (o->connect_limit == 0)
		o->connect_limit = CONNECT_LIMIT;
	if (o->stall_limit == 0)
		o->stall_limit = STALL_LIMIT;
	if (o->total_limit == 0)
		o->total_limit = TOTAL_LIMIT;
	if (o->throttle_limit == 0)
		o->throttle_limit = THROTTLE_LIMIT;
}

static void
free_all(struct http *h)
{
	for (size_t i = 0; i < h->n_idle; i++)
		curl_easy_cleanup(h->idle[i]);
	free(h->idle);
	curl_multi_cleanup(h->multi);
	curl_share_cleanup(h->share);
	buf_pool_leave(h->pool);
	while (h->queues != NULL) {
		struct http_queue *q = h->queues;

		h->queues = q->next;
		free(q->name);
		free(q);
	}
	free((char *)h->options.user_agent);
	free((char *)h->options.ca_file);
	free((char *)h->options.proxy);
	pthread_mutex_destroy(&h->lock);
	free(h);
	curl_init_stop();
}

struct http *
http_new(const struct http_options *options, struct buf *error)
{
	struct http *h;
	int e;

	if (options->ca_file != NULL && access(options->ca_file, R_OK) != 0) {
		buf_printf(error, "%s: %s", options->ca_file, strerror(errno));
		return NULL;
	}
	if (!curl_init_start(error))
		return NULL;
	h = mem_alloc(1, sizeof *h);
	set_options(h, options);
	pthread_mutex_init(&h->lock, NULL);
	h->inbox_end = &h->inbox;
	h->random = (uint32_t)time_mono() | 1;
	h->share = curl_share_init();
	h->multi = curl_multi_init();
	h->pool = buf_pool_new();
	if (h->share == NULL || h->multi == NULL)
		mem_out();
	if (curl_share_setopt(h->share, CURLSHOPT_SHARE,
	        CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK ||
	    curl_multi_setopt(h->multi, CURLMOPT_PIPELINING,
	        (long)CURLPIPE_MULTIPLEX) != CURLM_OK ||
	    curl_multi_setopt(
	        h->multi, CURLMOPT_MAXCONNECTS, KEPT_CONNECTIONS) != CURLM_OK) {
		buf_add_text(error, "libcurl refuses an option");
		free_all(h);
		return NULL;
	}
	e = http_network_start(h);
	if (e != 0) {
		buf_printf(error, "cannot create a thread: %s", strerror(e));
		free_all(h);
		return NULL;
	}
	return h;
}

static void
stop(struct http *h, bool ending)
{
	pthread_mutex_lock(&h->lock);
	h->stopped = true;
	h->ending = ending;
	pthread_mutex_unlock(&h->lock);
	curl_multi_wakeup(h->multi);
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	stop(h, true);
	pthread_join(h->thread, NULL);
	free_all(h);
}

void
http_stop(struct http *h)
{
	stop(h, false);
}

void
http_wake(struct http *h)
{
	curl_multi_wakeup(h->multi);
}

struct http_queue *
http_queue(struct http *h, const char *name)
{
	unsigned most = h->options.queue_requests;
	struct http_queue *q;

	pthread_mutex_lock(&h->lock);
	for (q = h->queues; q != NULL && strcmp(q->name, name) != 0;
	     q = q->next)
		;
	if (q == NULL) {
		q = mem_alloc(1, sizeof *q);
		q->name = mem_strdup(name);
		rate_limit_init(&q->limit, most > 0 ? most : QUEUE_REQUESTS,
		    most > 0 ? most : FAR_REQUESTS,
		    h->options.throttle_limit * TIME_SECOND);
		q->limit.interval = h->options.queue_interval;
		q->next = h->queues;
		h->queues = q;
	}
	pthread_mutex_unlock(&h->lock);
	return q;
}

void
http_start(struct http *h, const struct http_request *request)
{
	struct http_job *j = mem_alloc(1, sizeof *j);
	const char *why;

	j->queue = request->queue != NULL ? request->queue : http_queue(h, "");
	j->owner = request->owner;
	j->not_before = request->not_before;
	j->first = request->first;
	j->done = request->done;
	j->arg = request->arg;
	j->t.url = mem_strdup(request->url);
	j->t.max_body = request->max_body;
	j->t.room = request->room;
	j->t.room_arg = request->arg;
	j->t.no_cache = request->no_cache;
	j->t.r.retry_after = -1;
	j->t.r.pool = h->pool;
	buf_pool_join(h->pool);
	j->t.plain = request->plain;
	if (request->etag != NULL && http_headers_is_etag(request->etag))
		j->t.etag = mem_strdup(request->etag);
	why = http_url_why(&h->options, j->t.url, &j->t.is_local);
	if (why != NULL)
		http_transfer_fail(&j->t, HTTP_REFUSED, why);
	pthread_mutex_lock(&h->lock);
	*h->inbox_end = j;
	h->inbox_end = &j->next;
	pthread_mutex_unlock(&h->lock);
	curl_multi_wakeup(h->multi);
}

/* The state of http_fetch. */
struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t came;
	struct http_response *out;
	bool here;
};

static void
on_fetched(void *arg, struct http_response *response)
{
	struct waiter *w = arg;

	pthread_mutex_lock(&w->lock);
	*w->out = *response;
	w->here = true;
	pthread_cond_signal(&w->came);
	pthread_mutex_unlock(&w->lock);
}

void
http_fetch(struct http *h, const struct http_request *request,
    struct http_response *out)
{
	struct http_request own = *request;
	struct waiter w = { .out = out };

	pthread_mutex_init(&w.lock, NULL);
	pthread_cond_init(&w.came, NULL);
	own.done = on_fetched;
	own.arg = &w;
	http_start(h, &own);
	pthread_mutex_lock(&w.lock);
	while (!w.here)
		pthread_cond_wait(&w.came, &w.lock);
	pthread_mutex_unlock(&w.lock);
	pthread_cond_destroy(&w.came);
	pthread_mutex_destroy(&w.lock);
}

void
http_response_fini(struct http_response *r)
{
	if (r->pool != NULL) {
		buf_pool_give(r->pool, &r->body);
		buf_pool_leave(r->pool);
	}
	r->pool = NULL;
	free(r->etag);
	r->etag = NULL;
}
