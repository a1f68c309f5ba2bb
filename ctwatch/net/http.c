/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "net/buf_pool.h"
#include "net/http_headers.h"
#include "net/http_transfer.h"
#include "net/rate_limit.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/curl_init.h>
#include <ctwatch/net/http.h>
#include <ctwatch/net/http_url.h>

#define LANE_REQUESTS  8
#define CONNECT_LIMIT  30 /* seconds */
#define STALL_LIMIT    30
#define TOTAL_LIMIT    300
#define THROTTLE_LIMIT 600

/* Sleep of the network thread in ms when libcurl cannot poll. */
#define POLL_FAILED_SLEEP 50
/* Connections kept open: one or two per log. */
#define KEPT_CONNECTIONS 128L

/* A request from http_start to done; in one list at a time. */
struct job {
	struct job *next;
	struct http_lane *lane;
	const void *owner;
	void (*done)(void *arg, struct http_response *response);
	void *arg;
	struct http_transfer t;
};

struct http_lane {
	struct http_lane *next;
	char *name;
	struct rate_limit limit;
	struct job *waiting; /* oldest first */
};

struct http {
	/* Set by http_new and only read after it. */
	struct http_options options; /* its strings are owned */
	CURLSH *share;               /* TLS sessions */
	CURLM *multi;
	struct buf_pool *pool;
	pthread_t thread;

	pthread_mutex_t lock;           /* guards the following members */
	struct http_lane *lanes;        /* grows at the head, never shrinks */
	struct job *queue, **queue_end; /* started, not yet seen */
	bool stopped, ending;

	/* Used by the network thread only. */
	struct http_lane
	    *no_room; /* its request has waited longest for memory */
	struct job *active;
	void **idle; /* handles for reuse */
	size_t n_idle;
	uint32_t random;
};

/* ---- the network thread ---- */

static void
deliver(struct job *j)
{
	j->done(j->arg, &j->t.r);
	http_transfer_fini(&j->t);
	free(j);
}

static void
deliver_stopped(struct job *j)
{
	http_transfer_fail(&j->t, HTTP_STOPPED, "stopped");
	deliver(j);
}

/* Deliver j as a failure of libcurl before it was started. */
static void
deliver_failed(struct job *j, CURL *e, const char *why)
{
	http_transfer_fail(&j->t, HTTP_NETWORK, why);
	j->t.easy = NULL;
	curl_easy_cleanup(e);
	deliver(j);
}

static void
start_job(struct http *h, struct job *j)
{
	CURL *e = h->n_idle > 0 ? h->idle[--h->n_idle]
	                        : http_transfer_handle(&h->options, h->share);
	CURLMcode added;

	if (e == NULL) {
		deliver_failed(j, NULL, "libcurl refuses an option");
		return;
	}
	if (!http_transfer_begin(&j->t, e, &h->options)) {
		deliver_failed(j, e, "libcurl refuses the URL or the proxy");
		return;
	}
	added = curl_multi_add_handle(h->multi, e);
	if (added != CURLM_OK) {
		deliver_failed(j, e, curl_multi_strerror(added));
		return;
	}
	j->next = h->active;
	h->active = j;
	rate_limit_begin(&j->lane->limit);
}

/* Remove an active job from curl. */
static void
remove_active(struct http *h, struct job *j)
{
	struct job **at = &h->active;

	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	if (curl_multi_remove_handle(h->multi, j->t.easy) != CURLM_OK) {
		curl_easy_cleanup(j->t.easy);
		j->t.easy = NULL;
		return;
	}
	h->idle = mem_grow(h->idle, h->n_idle, sizeof *h->idle);
	h->idle[h->n_idle++] = j->t.easy;
}

static uint32_t
next_random(struct http *h)
{
	h->random ^= h->random << 13; /* xorshift: jitter needs no more */
	h->random ^= h->random >> 17;
	h->random ^= h->random << 5;
	return h->random;
}

static void
finish(struct http *h, struct job *j, CURLcode code)
{
	http_transfer_end(&j->t, (int)code);
	remove_active(h, j);
	rate_limit_end(
	    &j->lane->limit, &j->t.r, j->t.began, time_mono(), next_random(h));
	deliver(j);
}

static bool
finish_all(struct http *h)
{
	bool any = false;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
		struct job *j = h->active;

		while (j != NULL && j->t.easy != m->easy_handle)
			j = j->next;
		if (m->msg != CURLMSG_DONE || j == NULL)
			continue;
		finish(h, j, m->data.result);
		any = true;
	}
	return any;
}

/* Run libcurl until it has to wait.  If that fails, all requests fail. */
static void
perform(struct http *h)
{
	CURLMcode code;
	int running;

	code = curl_multi_perform(h->multi, &running);
	while (code != CURLM_OK && h->active != NULL) {
		struct job *j = h->active;

		remove_active(h, j);
		j->lane->limit.active--;
		http_transfer_fail(
		    &j->t, HTTP_NETWORK, curl_multi_strerror(code));
		deliver(j);
	}
}

/* Wait for the network, for a call such as http_start, or for ms. */
static void
wait_for_network(struct http *h, int ms)
{
	/* Do not spin on failure. */
	if (curl_multi_poll(h->multi, NULL, 0, ms, NULL) != CURLM_OK)
		nanosleep(&(struct timespec){ 0, POLL_FAILED_SLEEP * 1000000L },
		    NULL);
}

static unsigned
under_way(const struct http *h, const struct job *like)
{
	unsigned n = 0;

	for (const struct job *j = h->active; j != NULL; j = j->next)
		n += j->owner == like->owner && j->lane == like->lane;
	return n;
}

/* Find the oldest job of the owner with the fewest active jobs, or NULL.  If
 * small, consider only those that need no memory. */
static struct job **
find_next(struct http *h, struct http_lane *lane, bool small)
{
	struct job **best = NULL;
	unsigned least = UINT_MAX;

	for (struct job **at = &lane->waiting; *at != NULL && least > 0;
	     at = &(*at)->next) {
		unsigned n = under_way(h, *at);

		if ((!small || (*at)->t.room == NULL) && n < least) {
			least = n;
			best = at;
		}
	}
	return best;
}

/* Remove and return the next job of a lane, or one that needs no memory if that
 * must wait for memory, or NULL. */
static struct job *
take_turn(struct http *h, struct http_lane *lane)
{
	struct job **at = find_next(h, lane, false), *j;

	if (at != NULL && (*at)->t.room != NULL &&
	    !(*at)->t.room((*at)->arg, 0)) {
		if (h->no_room == NULL)
			h->no_room = lane;
		at = find_next(h, lane, true);
	}
	if (at == NULL)
		return NULL;
	j = *at;
	*at = j->next;
	return j;
}

/* Fail all jobs of a lane that answers only 429. */
static void
refuse_waiting(struct http *h, struct http_lane *l)
{
	struct job *j;
	char why[160];

	snprintf(why, sizeof why,
	    "not sent: the operator answered only HTTP 429 for %u s; the next "
	    "run tries again",
	    h->options.throttle_limit);
	while ((j = l->waiting) != NULL) {
		l->waiting = j->next;
		http_transfer_fail(&j->t, HTTP_LANE_CLOSED, why);
		deliver(j);
	}
}

/* Start the jobs of a lane that may start; return the time in ms until more
 * may, or -1 if unknown. */
static int64_t
start_lane(struct http *h, struct http_lane *l, int64_t now)
{
	int64_t wait = -1;
	struct job *j;

	if (rate_limit_is_closed(&l->limit))
		refuse_waiting(h, l);
	while (
	    l->waiting != NULL && rate_limit_is_open(&l->limit, now, &wait)) {
		j = take_turn(h, l);
		if (j == NULL)
			return -1;
		start_job(h, j);
	}
	return l->waiting != NULL ? wait : -1;
}

/* Start the jobs that may start, first those that have waited longest for
 * memory; return the time in ms until more may. */
static int64_t
start_waiting(struct http *h, struct http_lane *lanes)
{
	struct http_lane *first = h->no_room != NULL ? h->no_room : lanes;
	int64_t soonest = TIME_MINUTE, now = time_mono(), wait;
	struct http_lane *l = first;

	h->no_room = NULL;
	if (lanes == NULL)
		return soonest;
	do {
		wait = start_lane(h, l, now);
		if (wait >= 0 && wait < soonest)
			soonest = wait;
		l = l->next != NULL ? l->next : lanes;
	} while (l != first);
	return soonest;
}

struct inbox {
	struct job *queue;
	struct http_lane *lanes;
	bool stopped, ending;
};

/* Move each queued request to its lane. */
static void
enqueue(struct job *queue)
{
	struct job *j, **at;

	while ((j = queue) != NULL) {
		queue = j->next;
		j->next = NULL;
		if (j->t.r.result == HTTP_REFUSED) {
			deliver(j);
			continue;
		}
		for (at = &j->lane->waiting; *at != NULL; at = &(*at)->next)
			;
		*at = j;
	}
}

static void
stop_all(struct http *h, struct http_lane *lanes)
{
	struct job *j;

	while ((j = h->active) != NULL) {
		remove_active(h, j);
		j->lane->limit.active--;
		deliver_stopped(j);
	}
	for (; lanes != NULL; lanes = lanes->next)
		while ((j = lanes->waiting) != NULL) {
			lanes->waiting = j->next;
			deliver_stopped(j);
		}
}

/* Read the queued requests and the stop flags; return false when no work is
 * left. */
static bool
take_inbox(struct http *h, struct inbox *out)
{
	bool more;

	pthread_mutex_lock(&h->lock);
	more = h->queue != NULL || !h->ending || !out->stopped;
	*out = (struct inbox){ h->queue, h->lanes, h->stopped, h->ending };
	h->queue = NULL;
	h->queue_end = &h->queue;
	pthread_mutex_unlock(&h->lock);
	return more;
}

static void *
network(void *arg)
{
	struct http *h = arg;
	struct inbox o = { .stopped = false };

	/* Read the inbox once more after the stop: the owner of a stopped
	 * request may have started another. */
	while (take_inbox(h, &o)) {
		int64_t wait;

		enqueue(o.queue);
		if (o.stopped)
			stop_all(h, o.lanes);
		wait = start_waiting(h, o.lanes);
		perform(h);
		if (!finish_all(h) && !o.ending)
			wait_for_network(h, (int)wait);
	}
	return NULL;
}

/* ---- called by other threads ---- */

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
	if (o->lane_requests == 0)
		o->lane_requests = LANE_REQUESTS;
	if (o->connect_limit == 0)
		o->connect_limit = CONNECT_LIMIT;
	if (o->stall_limit == 0)
		o->stall_limit = STALL_LIMIT;
	if (o->total_limit == 0)
		o->total_limit = TOTAL_LIMIT;
	if (o->throttle_limit == 0)
		o->throttle_limit = THROTTLE_LIMIT;
}

/* Block signals: other threads handle them. */
static int
start_thread(struct http *h)
{
	sigset_t all, before;
	int e;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	e = pthread_create(&h->thread, NULL, network, h);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return e;
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
	while (h->lanes != NULL) {
		struct http_lane *l = h->lanes;

		h->lanes = l->next;
		free(l->name);
		free(l);
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
	h->queue_end = &h->queue;
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
	e = start_thread(h);
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

struct http_lane *
http_lane(struct http *h, const char *name)
{
	struct http_lane *l;

	pthread_mutex_lock(&h->lock);
	for (l = h->lanes; l != NULL && strcmp(l->name, name) != 0; l = l->next)
		;
	if (l == NULL) {
		l = mem_alloc(1, sizeof *l);
		l->name = mem_strdup(name);
		rate_limit_init(&l->limit, h->options.lane_requests,
		    h->options.throttle_limit * TIME_SECOND);
		l->next = h->lanes;
		h->lanes = l;
	}
	pthread_mutex_unlock(&h->lock);
	return l;
}

void
http_start(struct http *h, const struct http_request *request)
{
	struct job *j = mem_alloc(1, sizeof *j);
	const char *why;

	j->lane = request->lane != NULL ? request->lane : http_lane(h, "");
	j->owner = request->owner;
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
	*h->queue_end = j;
	h->queue_end = &j->next;
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
