/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "judge/evaluate_save.h"
#include "judge/evaluate_workers.h"
#include <ctwatch/base/mem.h>

/* Results that may wait to be saved: more would only take memory. */
#define WINDOW 64

struct slot {
	bool ready;
	struct evaluate_result result;
};

struct workers {
	struct evaluate_pass *x;
	const uint8_t (*tbs)[SHA256_SIZE];
	size_t n;

	pthread_mutex_t lock;
	pthread_cond_t ready; /* a slot is ready */
	pthread_cond_t space; /* a slot is free, or all are taken */
	size_t taken, saved;  /* certificates, in order */
	struct slot slots[WINDOW];
};

/* Report whether a certificate is left for which there is a slot. */
static bool
has_next(const struct workers *w)
{
	return w->taken < w->n && w->taken < w->saved + WINDOW;
}

/* Judge the next certificate; call with the lock held. */
static void
judge_next(struct workers *w)
{
	const size_t i = w->taken++;
	struct slot *slot = &w->slots[i % WINDOW];

	pthread_mutex_unlock(&w->lock);
	evaluate_cert_judge(w->x, w->tbs[i], &slot->result);
	pthread_mutex_lock(&w->lock);
	slot->ready = true;
	pthread_cond_signal(&w->ready);
}

static void *
work(void *arg)
{
	struct workers *w = arg;

	pthread_mutex_lock(&w->lock);
	while (w->taken < w->n)
		if (has_next(w))
			judge_next(w);
		else
			pthread_cond_wait(&w->space, &w->lock);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* Save each result when it is ready, and judge others until then. */
static void
save_in_order(struct workers *w)
{
	pthread_mutex_lock(&w->lock);
	while (w->saved < w->n) {
		struct slot *slot = &w->slots[w->saved % WINDOW];

		while (!slot->ready)
			if (has_next(w))
				judge_next(w);
			else
				pthread_cond_wait(&w->ready, &w->lock);
		pthread_mutex_unlock(&w->lock);
		evaluate_save(w->x, &slot->result);
		evaluate_cert_fini(&slot->result);
		pthread_mutex_lock(&w->lock);
		slot->ready = false;
		w->saved++;
		pthread_cond_broadcast(&w->space);
	}
	pthread_mutex_unlock(&w->lock);
}

void
evaluate_workers_run(struct evaluate_pass *x, const uint8_t (*tbs)[SHA256_SIZE],
    size_t n, unsigned jobs)
{
	struct workers w = { .x = x, .tbs = tbs, .n = n };
	pthread_t *threads = mem_alloc(jobs, sizeof *threads);
	size_t started = 0;

	pthread_mutex_init(&w.lock, NULL);
	pthread_cond_init(&w.ready, NULL);
	pthread_cond_init(&w.space, NULL);
	while (started + 1 < jobs && started + 1 < n &&
	    pthread_create(&threads[started], NULL, work, &w) == 0)
		started++;
	save_in_order(&w);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	pthread_cond_destroy(&w.space);
	pthread_cond_destroy(&w.ready);
	pthread_mutex_destroy(&w.lock);
	free(threads);
}
