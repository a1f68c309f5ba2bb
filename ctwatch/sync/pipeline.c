/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "sync/pipeline.h"
#include "sync/record_match.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/inflate.h>

/* Maximum ratio of a body to its expected size, and a size always allowed. A
 * longer body is requested again, one at a time, so that logs with endless
 * bodies do not fill the memory together. */
#define TIMES_EXPECTED 4
#define ALWAYS_TAKEN   (8u << 20)

/* Inflated bodies over this size are scanned one at a time: a worker takes up
 * to three times the size for it. */
#define LARGE (8u << 20)

/* Matches stay in memory until they are saved.  If they exceed the budget this
 * many times, request the page again later, alone. */
#define MAX_KEPT 3

struct pipeline {
	struct http *http;
	const struct watch *watch;
	const uint8_t *index_secret;                /* or NULL */
	const struct record_match_issuers *issuers; /* or NULL */
	pthread_t *workers;
	unsigned n_workers;
	size_t max_memory;

	pthread_mutex_t
	    lock; /* guards the following members and the jobs' states */
	pthread_cond_t work; /* a body is queued, or the pipeline ends */
	pthread_cond_t done; /* a job is done */
	struct pipeline_job *first, **last; /* bodies queued for a worker */
	size_t in_flight;                   /* bytes: the sum of reserved */
	size_t kept;   /* the part of in_flight in batches that wait */
	bool long_one; /* a body of unlimited size is in flight */
	bool refused;  /* a request waits for room, until http_wake */
	bool ending;

	pthread_mutex_t large; /* locked while a body over LARGE is scanned */
};

/* Change what j reserves to n bytes.  Hold the lock. */
static void
reserve(struct pipeline *p, struct pipeline_job *j, size_t n)
{
	p->in_flight = p->in_flight - j->reserved + n;
	j->reserved = n;
}

/* Unlock the pipeline, which may have room now for requests that were refused.
 * p may be freed as soon as the lock is released. */
static void
unlock_and_wake(struct pipeline *p)
{
	struct http *http = p->refused ? p->http : NULL;

	p->refused = false;
	pthread_mutex_unlock(&p->lock);
	if (http != NULL)
		http_wake(http);
}

static void
finish(struct pipeline *p, struct pipeline_job *j, enum pipeline_state state)
{
	pthread_mutex_lock(&p->lock);
	if (state == PIPELINE_DONE && !j->has_long &&
	    p->in_flight - j->reserved + j->batch.bytes_kept >
	        MAX_KEPT * p->max_memory) {
		batch_fini(&j->batch);
		j->result = HTTP_TOO_LARGE;
		snprintf(j->error, sizeof j->error,
		    "its matching entries take too much memory");
		state = PIPELINE_FAILED;
	}
	/* The batch takes memory until pipeline_release. */
	reserve(p, j, j->batch.bytes_kept);
	p->kept += j->reserved;
	if (state == PIPELINE_FAILED && j->has_long)
		j->has_long = p->long_one = false;
	j->state = state;
	pthread_cond_broadcast(&p->done);
	unlock_and_wake(p);
}

/* On the network thread: see struct http_request. */
static bool
on_room(void *arg, size_t n)
{
	struct pipeline_job *j = arg;
	struct pipeline *p = j->pipeline;
	size_t want = n == 0 ? j->expect : n, others;
	bool ok;

	pthread_mutex_lock(&p->lock);
	others = p->in_flight - j->reserved;
	/* The batches of a log wait for its oldest job, so they must not stop
	 * it. */
	if (j->oldest)
		others -= p->kept;
	if (want > p->max_memory)
		want = p->max_memory;
	if (j->alone) {
		ok = j->has_long || !p->long_one;
		if (ok)
			j->has_long = p->long_one = true;
	} else {
		/* A single body in flight may have any size. */
		ok = want <= j->reserved || others == 0 ||
		    others + want <= p->max_memory;
		if (ok && want > j->reserved)
			reserve(p, j, want);
	}
	p->refused = p->refused || !ok;
	pthread_mutex_unlock(&p->lock);
	return ok;
}

/* The statuses of servers and object stores for missing files. */
static bool
is_missing(long status)
{
	return status == 403 || status == 404 || status == 410;
}

static void start(struct pipeline *p, struct pipeline_job *j, const char *url);

/* On the network thread: hand a body to the workers. */
static void
on_response(void *arg, struct http_response *response)
{
	struct pipeline_job *j = arg;
	struct pipeline *p = j->pipeline;

	j->response = *response;
	j->result = response->result;
	j->status = response->status;
	j->took += response->took;
	j->repeat_from = response->not_before;
	if (response->result != HTTP_OK) {
		snprintf(j->error, sizeof j->error, "%s", response->error);
		http_response_fini(&j->response);
		if (is_missing(j->status) && j->page.fallback != NULL &&
		    !j->retry_full) {
			/* The full tile may have replaced the partial one. */
			j->retry_full = true;
			start(p, j, j->page.fallback);
			return;
		}
		finish(p, j, PIPELINE_FAILED);
		return;
	}
	j->wire_bytes = j->response.body.n;
	pthread_mutex_lock(&p->lock);
	j->next = NULL;
	*p->last = j;
	p->last = &j->next;
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
}

static size_t
most_taken(const struct pipeline_job *j)
{
	if (j->alone || j->expect > LIMIT_PAGE / TIMES_EXPECTED)
		return LIMIT_PAGE;
	return j->expect > ALWAYS_TAKEN / TIMES_EXPECTED
	    ? j->expect * TIMES_EXPECTED
	    : ALWAYS_TAKEN;
}

static void
start(struct pipeline *p, struct pipeline_job *j, const char *url)
{
	const struct http_request request = {
		.url = url,
		.queue = j->queue,
		.owner = j->client,
		.no_cache = j->no_cache,
		.not_before = j->not_before,
		.first = j->first,
		.max_body = most_taken(j),
		.room = on_room,
		.done = on_response,
		.arg = j,
	};

	http_start(p->http, &request);
}

static struct pipeline_job *
take_job(struct pipeline *p)
{
	struct pipeline_job *j;

	pthread_mutex_lock(&p->lock);
	while (p->first == NULL && !p->ending)
		pthread_cond_wait(&p->work, &p->lock);
	j = p->first;
	if (j != NULL) {
		p->first = j->next;
		if (p->first == NULL)
			p->last = &p->first;
	}
	pthread_mutex_unlock(&p->lock);
	return j;
}

/* Verify the chains of the matches here, on all cores: where they are recorded,
 * the readers of the logs wait for each other. */
static void
verify_chains(const struct pipeline *p, struct batch *b)
{
	int64_t start = time_cpu();

	for (size_t i = 0; i < b->n_matches; i++)
		record_match_verify(&b->matches[i], p->issuers);
	b->times.matching += time_cpu() - start;
}

static void *
work(void *arg)
{
	struct pipeline *p = arg;
	struct batch_worker *w = batch_worker_new();
	struct pipeline_job *j;
	struct buf error;
	bool ok, large;

	if (p->index_secret != NULL)
		batch_worker_index(w, p->index_secret);
	buf_init(&error, sizeof j->error - 1);
	while ((j = take_job(p)) != NULL) {
		struct bytes body = buf_view(&j->response.body);

		large = inflate_size(body) > LARGE;
		if (large)
			pthread_mutex_lock(&p->large);
		ok = batch_scan(w, j->client, p->watch, &j->page, j->from, body,
		    &j->batch, &error);
		if (large) {
			batch_worker_free_buffers(w);
			pthread_mutex_unlock(&p->large);
		}
		snprintf(j->error, sizeof j->error, "%s", buf_text(&error));
		buf_clear(&error);
		http_response_fini(&j->response);
		if (ok && p->issuers != NULL && j->batch.n_matches > 0)
			verify_chains(p, &j->batch);
		finish(p, j, ok ? PIPELINE_DONE : PIPELINE_FAILED);
	}
	buf_fini(&error);
	batch_worker_free(w);
	return NULL;
}

struct pipeline *
pipeline_new(struct http *http, const struct watch *watch,
    const uint8_t *index_secret, const struct record_match_issuers *issuers,
    unsigned jobs, size_t max_memory)
{
	struct pipeline *p = mem_alloc(1, sizeof *p);

	p->http = http;
	p->watch = watch;
	p->index_secret = index_secret;
	p->issuers = issuers;
	p->max_memory = max_memory;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->done, NULL);
	pthread_mutex_init(&p->large, NULL);
	p->last = &p->first;
	p->workers = mem_alloc(jobs, sizeof *p->workers);
	for (; p->n_workers < jobs; p->n_workers++)
		if (pthread_create(&p->workers[p->n_workers], NULL, work, p))
			break;
	if (p->n_workers == 0) {
		pipeline_free(p);
		return NULL;
	}
	return p;
}

void
pipeline_free(struct pipeline *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->ending = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->n_workers; i++)
		pthread_join(p->workers[i], NULL);
	free(p->workers);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->done);
	pthread_mutex_destroy(&p->large);
	free(p);
}

/* Request the page of j; if alone, with unlimited size, while no other such
 * request is in flight. */
static void
submit(struct pipeline *p, struct pipeline_job *j, bool alone)
{
	j->pipeline = p;
	j->state = PIPELINE_BUSY;
	j->retry_full = false;
	j->alone = alone;
	start(p, j, j->page.url);
}

/* Wait for the oldest job of a log. */
static void
await(struct pipeline *p, struct pipeline_job *j)
{
	pthread_mutex_lock(&p->lock);
	j->oldest = true; /* so that it may have room now */
	unlock_and_wake(p);
	pthread_mutex_lock(&p->lock);
	while (j->state == PIPELINE_BUSY)
		pthread_cond_wait(&p->done, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

void
pipeline_submit(struct pipeline *p, struct pipeline_job *j)
{
	j->took = 0;
	submit(p, j, false);
}

void
pipeline_wait(struct pipeline *p, struct pipeline_job *j)
{
	await(p, j);
	if (j->state == PIPELINE_FAILED && j->result == HTTP_TOO_LARGE &&
	    !j->alone) {
		submit(p, j, true);
		await(p, j);
	}
}

void
pipeline_release(struct pipeline *p, struct pipeline_job *j)
{
	batch_fini(&j->batch);
	log_client_page_fini(&j->page);
	pthread_mutex_lock(&p->lock);
	p->kept -= j->reserved;
	reserve(p, j, 0);
	if (j->has_long)
		j->has_long = p->long_one = false;
	unlock_and_wake(p);
}
