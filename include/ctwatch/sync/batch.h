/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch: decode, hash and match one body, in a worker thread.
 *
 * A batch is one contiguous range of one log.  The result is small: the compact
 * range of its leaves, matching entries, and rejected entries.  The body is not
 * needed afterwards.
 */
#ifndef CTWATCH_SYNC_BATCH_H
#define CTWATCH_SYNC_BATCH_H

#include <ctwatch/net/log_client.h>
#include <ctwatch/policy/index_part.h>
#include <ctwatch/policy/watch.h>
#include <ctwatch/store/store.h>

/* An entry with a watched name. */
struct batch_match {
	uint64_t index;
	struct leaf leaf; /* views into leaf_input */
	struct merkle_hash leaf_hash;
	struct blob leaf_input;   /* LEAF_MTC: with the serial number before
	                           * it, as the certificate is stored */
	struct blob precert;      /* or none */
	struct blob chain;        /* u24 vectors; or none */
	struct blob fingerprints; /* static only */
	unsigned notes;           /* enum batch_note */
};

enum batch_note {
	BATCH_NOTE_EXTRA = 1, /* the data next to the leaf does not parse */
	BATCH_NOTE_INDEX = 4  /* leaf_index is absent or not the position */
};

/* An entry that was hashed, but whose certificate does not parse. */
struct batch_rejected {
	uint64_t index;
	const char *reason; /* static storage */
	bool possible;      /* it may match a watched item */
	size_t item;
	struct blob leaf_input; /* stored if it fits */
	struct blob extra_data; /* likewise; base64, RFC 6962 only */
};

/* CPU time, in microseconds. */
struct batch_times {
	int64_t inflating, decoding, hashing, matching;
};

struct batch {
	struct merkle_range range; /* of the entries that were hashed */
	uint64_t
	    lost; /* unreadable ones of a tile, from range.end on; see *error */
	struct merkle_hash *leaves;  /* owned; of the range; NULL if nothing was
	                              * lost, matched or rejected */
	struct batch_match *matches; /* owned */
	size_t n_matches;
	struct batch_rejected *rejected; /* owned */
	size_t n_rejected;
	uint64_t wrong_index;     /* entries whose leaf_index is wrong */
	struct store_dates dates; /* of the entries whose leaf was read */
	struct index_part *parts; /* owned: the index, one for each block */
	size_t n_parts;           /* 0: the worker makes none */
	uint64_t bytes;           /* of the body, inflated */
	size_t bytes_kept;        /* copied for matches and rejected entries */
	struct batch_times times;
};

/* Buffers that a worker keeps between batches; one per thread. */
struct batch_worker;
struct batch_worker *batch_worker_new(void);
void batch_worker_free(struct batch_worker *w);

/* Make the index of names in each batch, under this secret. */
void batch_worker_index(
    struct batch_worker *w, const uint8_t secret[static NAME_KEYS_SECRET]);

/* Free the buffers of a large body. */
void batch_worker_free_buffers(struct batch_worker *w);

/*
 * Read body (inflated here if it is gzip), the answer to page; read entries
 * from index from on.  Return false with the reason in *error if the body is
 * unusable; *out is then empty.  Free with batch_fini.
 */
bool batch_scan(struct batch_worker *w, const struct log_client *s,
    const struct watch *watch, const struct log_client_page *page,
    uint64_t from, struct bytes body, struct batch *out, struct buf *error);
void batch_fini(struct batch *b);

void batch_times_add(struct batch_times *to, const struct batch_times *t);

#endif
