/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stages: the data that the stages read, and what a stage is compared with.
 */
#ifndef STAGES_H
#define STAGES_H

#include <ctwatch/base/buf.h>
#include <ctwatch/net/inflate.h>
#include <ctwatch/net/log_client.h>
#include <ctwatch/policy/watch.h>
#include <ctwatch/sync/batch.h>

#define ENTRIES 256

/* The entries, in each form that a stage reads. */
struct data {
	struct bytes json, tile, tile_gz, json_gz;
	struct bytes leaf[ENTRIES]; /* leaf_input */
	struct bytes leaf_b64[ENTRIES];
	struct cert cert[ENTRIES];
	struct bytes der[ENTRIES];
	bool is_tbs[ENTRIES];
	size_t leaf_bytes, b64_bytes, der_bytes;
	struct watch *watch[4]; /* 1, 100, 10,000, 1,000,000 items */
	struct log_client rfc6962, tiled;
	struct batch_worker *worker;
	struct inflate *inflate;
	struct buf scratch;
	uint8_t *sink; /* where limits copy to */
};

/* Kept, so that no work is optimised away. */
extern volatile uint64_t result;

/* stages_data.c: read the entries from data/, and build the watch lists. */
void stages_data_load(struct data *d);

/* stages_straight.c: each stage done the straightforward way, by common
 * libraries. */
void straight_rfc6962(struct data *d);
void straight_rfc6962_gzip(struct data *d);
void straight_static(struct data *d);
void straight_static_gzip(struct data *d);
void straight_json(struct data *d);
void straight_base64(struct data *d);
void straight_hash(struct data *d);
void straight_parse(struct data *d);
void straight_inflate_tile(struct data *d);
void straight_inflate_json(struct data *d);

/* stages_limit.c: the least that a stage can cost on this machine: a copy of
 * the bytes, or the work of the library alone. */
void limit_json(struct data *d);
void limit_base64(struct data *d);
void limit_hash(struct data *d);
void limit_inflate_tile(struct data *d);
void limit_inflate_json(struct data *d);
void limit_parse(struct data *d);

/* stages_index.c: scans that also make the index of names; a search for one
 * name in so many entries, with the digests of the files, and these alone. */
#define INDEX_SEARCHED ((size_t)64 * 65536)
void index_rfc6962(struct data *d);
void index_rfc6962_gzip(struct data *d);
void index_static(struct data *d);
void index_static_gzip(struct data *d);
void index_search(struct data *d);
void index_digest(struct data *d);
size_t index_bytes(void); /* of the searched entries */

#endif
