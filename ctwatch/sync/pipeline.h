/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipeline: bodies from the network to the workers, and what they made of
 * them back to the log's reader, in the order in which it waits for them.
 *
 * A request starts only when its body has room in the memory budget that all
 * logs share: a page that waits for its operator's rate limit holds none.  A
 * body that outgrows the budget, or is far longer than expected, is cut off
 * and requested again when no other such is under way.
 */
#ifndef CTWATCH_SYNC_PIPELINE_H
#define CTWATCH_SYNC_PIPELINE_H

#include <ctwatch/net/http.h>
#include <ctwatch/sync/batch.h>

struct pipeline;

enum pipeline_state {
	PIPELINE_IDLE,
	PIPELINE_BUSY,  /* under way: the job belongs to the pipeline */
	PIPELINE_DONE,  /* batch holds the entries of the body */
	PIPELINE_FAILED /* result and error say why */
};

/* One page on its way.  The caller fills what stands above the line. */
struct pipeline_job {
	const struct log_client *client;
	struct http_lane *lane;
	struct log_client_page page;
	uint64_t from; /* the first entry that is wanted */
	size_t expect; /* bytes that the body likely has */
	bool no_cache; /* see struct http_request */
	/* ---- */
	enum pipeline_state state;
	struct batch batch;
	enum http_result result; /* HTTP_OK: it came but was not usable */
	long status;
	bool retry_full;     /* the fallback was asked */
	bool alone;          /* its body may have any length ... */
	bool has_long;       /* ... and is the one that has it now */
	uint64_t wire_bytes; /* as they came, before inflating */
	int64_t took;        /* ms on the network */
	char error[512];
	size_t reserved; /* bytes of the budget */
	struct http_response response;
	struct pipeline *pipeline;
	struct pipeline_job *next;
};

/*
 * Start jobs worker threads, or as many as can be; max_memory is the budget in
 * bytes.  The caller keeps http and watch alive until pipeline_free.  NULL
 * when there is not one thread to be had.
 */
struct pipeline *pipeline_new(struct http *http, const struct watch *watch,
    unsigned jobs, size_t max_memory);
void pipeline_free(struct pipeline *p);

/* Begin j, which must be zero below the line.  The caller keeps j until it is
 * done and then calls pipeline_release. */
void pipeline_submit(struct pipeline *p, struct pipeline_job *j);

/* Wait until j is PIPELINE_DONE or PIPELINE_FAILED; its body may have to be
 * requested again. */
void pipeline_wait(struct pipeline *p, struct pipeline_job *j);

/* Free the batch and the page of j, and its part of the memory budget. */
void pipeline_release(struct pipeline *p, struct pipeline_job *j);

#endif
