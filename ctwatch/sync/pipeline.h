/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipeline: pass bodies from the network to the workers, and the results to the
 * log's reader in order.
 *
 * A request starts only when its body fits into the memory budget shared by all
 * logs; a page that waits for the rate limit uses no budget.  A body that
 * exceeds the budget, or is far longer than expected, is aborted and requested
 * again, one at a time.
 */
#ifndef CTWATCH_SYNC_PIPELINE_H
#define CTWATCH_SYNC_PIPELINE_H

#include <ctwatch/net/http.h>
#include <ctwatch/sync/batch.h>

struct pipeline;
struct record_match_issuers;

enum pipeline_state {
	PIPELINE_IDLE,
	PIPELINE_BUSY,  /* in flight: the job belongs to the pipeline */
	PIPELINE_DONE,  /* batch has the entries of the body */
	PIPELINE_FAILED /* see result and error */
};

/* One page.  The caller sets the members above the line. */
struct pipeline_job {
	const struct log_client *client;
	struct http_queue *queue;
	struct log_client_page page;
	uint64_t from;      /* the first entry to read */
	size_t expect;      /* expected bytes of the body */
	bool no_cache;      /* see struct http_request ... */
	int64_t not_before; /* ... also for this ... */
	bool first;         /* ... and this */
	/* ---- */
	enum pipeline_state state;
	struct batch batch;
	enum http_result result; /* HTTP_OK: received but unusable */
	long status;
	bool retry_full;     /* the fallback was requested */
	bool alone;          /* its body may have any size ... */
	bool has_long;       /* ... and is the one that has it now */
	uint64_t wire_bytes; /* bytes received, before inflating */
	int64_t took;        /* ms on the network */
	int64_t repeat_from; /* see not_before of struct http_response */
	bool oldest;         /* its log waits for it */
	char error[512];
	size_t reserved; /* bytes of the budget */
	struct http_response response;
	struct pipeline *pipeline;
	struct pipeline_job *next;
};

/*
 * Start jobs worker threads, or as many as can be created; max_memory is the
 * budget in bytes.  With a secret of NAME_KEYS_SECRET bytes (or NULL), which
 * libcrypto must support, they make the index of names.  With issuers (or NULL)
 * they verify the chains of the matches, see record_match_verify.  The caller
 * keeps all of these alive until pipeline_free.
 * Return NULL if no thread can be created.
 */
struct pipeline *pipeline_new(struct http *http, const struct watch *watch,
    const uint8_t *index_secret, const struct record_match_issuers *issuers,
    unsigned jobs, size_t max_memory);
void pipeline_free(struct pipeline *p);

/* Start j, which must be zero below the line.  The caller keeps j until it is
 * done and then calls pipeline_release. */
void pipeline_submit(struct pipeline *p, struct pipeline_job *j);

/* Wait until j, the oldest job of its log, is PIPELINE_DONE or PIPELINE_FAILED;
 * its body may have to be requested again. */
void pipeline_wait(struct pipeline *p, struct pipeline_job *j);

/* Free the batch and the page of j, and its part of the memory budget. */
void pipeline_release(struct pipeline *p, struct pipeline_job *j);

#endif
