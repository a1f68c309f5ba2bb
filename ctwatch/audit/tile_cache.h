/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tile_cache: requests to one log that fetch a hash tile once.
 *
 * The proofs of many entries under one head share most of their tiles.
 */
#ifndef CTWATCH_AUDIT_TILE_CACHE_H
#define CTWATCH_AUDIT_TILE_CACHE_H

#include <ctwatch/base/blob.h>
#include <ctwatch/net/log_client.h>

/* Tiles that are kept: each proof has up to eight. */
#define TILE_CACHE_TILES 32

/* Zero is an empty cache. */
struct tile_cache {
	struct log_client_fetch inner;
	long status; /* of the last answer */
	struct {
		char *url;        /* owned; NULL: none */
		struct blob body; /* owned */
	} v[TILE_CACHE_TILES];
	size_t next; /* to be replaced */
};

/* Return a fetch that sends requests through inner, which is copied, unless c
 * has the answer. */
struct log_client_fetch tile_cache_fetch(
    struct tile_cache *c, const struct log_client_fetch *inner);

/* Forget all answers: a proof did not hold. */
void tile_cache_clear(struct tile_cache *c);

#endif
