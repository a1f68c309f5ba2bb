/* SPDX-License-Identifier: Apache-2.0 */
/*
 * corpus: the entries that all logs of this server hold.
 *
 * Each submission is kept once, as in a get-entries answer and in a data tile;
 * an entry is a submission with its own timestamp and index written over it.
 * So a log of a million entries made of a thousand certificates takes the
 * memory of a thousand.
 */
#ifndef LOGD_CORPUS_H
#define LOGD_CORPUS_H

#include <ctwatch/base/buf.h>
#include <ctwatch/wire/merkle.h>

struct corpus_item {
	struct bytes leaf;  /* owned: MerkleTreeLeaf, as submitted */
	struct bytes extra; /* owned: extra_data */
	struct bytes json;  /* owned: {"leaf_input":"...","extra_data":"..."} */
	struct bytes tile;  /* owned: TileLeaf; empty when there is no such */
	size_t index_at;    /* offset of leaf_index in tile */
	size_t hashed;      /* bytes of tile that the tree covers */
};

struct corpus_issuer {
	uint8_t hash[SHA256_SIZE];
	struct bytes der; /* owned */
};

struct corpus {
	struct corpus_item *items;
	size_t n_items;
	size_t n_rare;  /* of the items, the last ones */
	uint64_t every; /* one entry of so many is rare, if any item is */
	uint64_t n;     /* entries: the items, over and over */
	struct corpus_issuer *issuers;
	size_t n_issuers;
	uint64_t first;   /* the timestamp of entry 0, ms since 1970 ... */
	uint64_t spacing; /* ... and from one to the next; 0: as submitted */
	bool tileless;    /* some item has no tile form */
};

/*
 * One entry, made to be served or hashed; freed by corpus_entry_fini.
 * Faults change it before it is rendered.
 */
struct corpus_entry {
	struct buf leaf; /* MerkleTreeLeaf of the RFC 6962 log */
	struct buf tile; /* TileLeaf of the static log */
	size_t index_at, hashed;
	struct bytes extra; /* borrowed from the corpus */
};

/* Add a submission: both are copied. */
void corpus_add(struct corpus *c, struct bytes leaf, struct bytes extra);
void corpus_fini(struct corpus *c);

/* Append entry i as in a get-entries answer, or in a data tile. */
void corpus_json(const struct corpus *c, uint64_t i, struct buf *out);
void corpus_tile(const struct corpus *c, uint64_t i, struct buf *out);

/* The hash of entry i in the RFC 6962 log, or in the static one. */
void corpus_hash(
    const struct corpus *c, uint64_t i, bool tiled, struct merkle_hash *out);

/* Make entry i, to be changed; and append it once that is done. */
void corpus_entry_init(
    const struct corpus *c, uint64_t i, struct corpus_entry *e);
void corpus_entry_fini(struct corpus_entry *e);

/* Write i as the index of e, if it carries one. */
void corpus_entry_move(struct corpus_entry *e, uint64_t i);
void corpus_entry_json(const struct corpus_entry *e, struct buf *out);

/* The DER of the issuer with this SHA-256; empty when there is none. */
struct bytes corpus_issuer(
    const struct corpus *c, const uint8_t hash[static SHA256_SIZE]);

#endif
