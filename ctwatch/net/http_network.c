/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include <curl/curl.h>

#include "net/http_network.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>

/* Sleep of the network thread in ms when libcurl cannot poll. */
#define POLL_FAILED_SLEEP 50

/* Deliver j as a failure of libcurl before it was started. */
static void
deliver_failed(struct http_job *j, CURL *e, const char *why)
{
	j->t.easy = NULL;
	curl_easy_cleanup(e);
	http_queue_fail(j, HTTP_NETWORK, why);
}

static void
start_job(struct http *h, struct http_job *j)
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
	rate_limit_begin(&j->queue->limit, time_mono());
}

/* Remove an active job from curl. */
static void
remove_active(struct http *h, struct http_job *j)
{
	struct http_job **at = &h->active;

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
finish(struct http *h, struct http_job *j, CURLcode code)
{
	http_transfer_end(&j->t, (int)code);
	remove_active(h, j);
	j->t.r.not_before = rate_limit_end(
	    &j->queue->limit, &j->t.r, j->t.began, time_mono(), next_random(h));
	http_queue_deliver(j);
}

static bool
finish_all(struct http *h)
{
	bool any = false;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
		struct http_job *j = h->active;

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
		struct http_job *j = h->active;

		remove_active(h, j);
		j->queue->limit.active--;
		http_queue_fail(j, HTTP_NETWORK, curl_multi_strerror(code));
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

/* Fail all jobs of a queue that gets only 429. */
static void
refuse_waiting(struct http *h, struct http_queue *q)
{
	char why[160];

	snprintf(why, sizeof why,
	    "not sent: the operator answered only HTTP 429 for %u s; the next "
	    "run tries again",
	    h->options.throttle_limit);
	http_queue_fail_all(q, HTTP_QUEUE_CLOSED, why);
}

/* Start the jobs of a queue that may start; return the time in ms until more
 * may, or -1 if unknown. */
static int64_t
start_queue(struct http *h, struct http_queue *q, int64_t now)
{
	int64_t wait = -1;
	struct http_job *j;
	bool no_room;

	if (rate_limit_is_closed(&q->limit))
		refuse_waiting(h, q);
	while (
	    q->waiting != NULL && rate_limit_is_open(&q->limit, now, &wait)) {
		j = http_queue_take(q, h->active, now, &no_room);
		if (no_room && h->no_room == NULL)
			h->no_room = q;
		if (j == NULL)
			return http_queue_wait(q, now);
		start_job(h, j);
	}
	return q->waiting != NULL ? wait : -1;
}

/* Start the jobs that may start, first those that have waited longest for
 * memory; return the time in ms until more may. */
static int64_t
start_waiting(struct http *h, struct http_queue *queues)
{
	struct http_queue *first = h->no_room != NULL ? h->no_room : queues;
	int64_t soonest = TIME_MINUTE, now = time_mono(), wait;
	struct http_queue *q = first;

	h->no_room = NULL;
	if (queues == NULL)
		return soonest;
	do {
		wait = start_queue(h, q, now);
		if (wait >= 0 && wait < soonest)
			soonest = wait;
		q = q->next != NULL ? q->next : queues;
	} while (q != first);
	return soonest;
}

struct inbox {
	struct http_job *jobs;
	struct http_queue *queues;
	bool stopped, ending;
};

/* Move each job to its queue; deliver those that were refused. */
static void
enqueue(struct http_job *jobs)
{
	struct http_job *j;

	while ((j = jobs) != NULL) {
		jobs = j->next;
		if (j->t.r.result == HTTP_REFUSED)
			http_queue_deliver(j);
		else
			http_queue_push(j);
	}
}

static void
stop_all(struct http *h, struct http_queue *queues)
{
	struct http_job *j;

	while ((j = h->active) != NULL) {
		remove_active(h, j);
		j->queue->limit.active--;
		http_queue_fail(j, HTTP_STOPPED, "stopped");
	}
	for (; queues != NULL; queues = queues->next)
		http_queue_fail_all(queues, HTTP_STOPPED, "stopped");
}

/* Read the new requests and the stop flags; return false when no work is
 * left. */
static bool
take_inbox(struct http *h, struct inbox *out)
{
	bool more;

	pthread_mutex_lock(&h->lock);
	more = h->inbox != NULL || !h->ending || !out->stopped;
	*out = (struct inbox){ h->inbox, h->queues, h->stopped, h->ending };
	h->inbox = NULL;
	h->inbox_end = &h->inbox;
	pthread_mutex_unlock(&h->lock);
	return more;
}

static void *
network(void *arg)
{
	struct http *h = arg;
	struct inbox in = { .stopped = false };

	/* Read the inbox once more after the stop: the owner of a stopped
	 * request may have started another. */
	while (take_inbox(h, &in)) {
		int64_t wait;

		enqueue(in.jobs);
		if (in.stopped)
			stop_all(h, in.queues);
		wait = start_waiting(h, in.queues);
		perform(h);
		if (!finish_all(h) && !in.ending)
			wait_for_network(h, (int)wait);
	}
	return NULL;
}

/* Block signals in the thread: other threads handle them. */
int
http_network_start(struct http *h)
{
	sigset_t all, before;
	int e;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	e = pthread_create(&h->thread, NULL, network, h);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return e;
}
