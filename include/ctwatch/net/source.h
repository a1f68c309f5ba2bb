/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source: one log, whatever protocol it speaks.
 *
 * Two tables of functions make a source: how its heads and proofs are had,
 * and how its pages of entries are named and read.  A static-ct-api log takes
 * both from tiles, an RFC 6962 log both from its API; a log that serves tiles
 * beside get-sth takes one of each.
 */
#ifndef CTWATCH_NET_SOURCE_H
#define CTWATCH_NET_SOURCE_H

#include <ctwatch/net/loglist.h>
#include <ctwatch/wire/head.h>
#include <ctwatch/wire/leaf.h>

/* How a question to the log ended. */
enum source_result {
	SOURCE_OK,
	SOURCE_FAILED,  /* no answer, or none that can be read: ask again */
	SOURCE_BAD,     /* an answer that no honest log gives */
	SOURCE_UNSIGNED /* a head whose signature does not verify */
};

/*
 * How a source asks: get fetches url into *body, inflated, of at most max
 * bytes, trying again as it sees fit; false with the reason in *error.
 */
struct source_fetch {
	bool (*get)(void *arg, const char *url, size_t max, struct buf *body,
	    struct buf *error);
	void *arg;
};

struct source;
struct source_reader;

/* A page: what one request for entries brings. */
struct source_page {
	uint64_t first;
	uint32_t count; /* entries wanted */
	bool whole;     /* the answer holds exactly count entries */
	char *url;      /* owned */
	char *fallback; /* owned; asked if url is 404; or NULL */
};

/* One entry as it lies in a body; every view is borrowed. */
struct source_entry {
	struct bytes leaf_input[2]; /* in two pieces, the first often empty */
	struct bytes hashed[2];     /* the same with the zero byte before it
	                             * that a leaf's hash begins with */
	enum leaf_error error;
	struct leaf leaf;          /* when error is LEAF_OK */
	struct bytes extra_data;   /* RFC 6962: base64, not decoded */
	struct bytes precert;      /* static */
	struct bytes fingerprints; /* static */
};

/* The log of a list entry; by_tiles: an RFC 6962 log read by tiles. */
struct source *source_new(const struct loglist_log *log, bool by_tiles);
void source_free(struct source *s);

/*
 * Get the newest head, its signature checked.  *raw is the answer verbatim.
 */
enum source_result source_head(const struct source *s,
    const struct source_fetch *fetch, struct head *out, struct buf *raw,
    struct buf *error);

/*
 * The compact range [0, at) of the tree under head, proved to be a prefix of
 * it.  0 < at <= head->size.
 */
enum source_result source_range(const struct source *s,
    const struct source_fetch *fetch, const struct head *head, uint64_t at,
    struct tree_range *out, struct buf *error);

/* Ask whether the tree of size with root is a prefix of the one under head. */
enum source_result source_consistent(const struct source *s,
    const struct source_fetch *fetch, uint64_t size,
    const struct tree_hash *root, const struct head *head, struct buf *error);

/* The timestamp of the entry at index, not proved, in ms. */
enum source_result source_timestamp(const struct source *s,
    const struct source_fetch *fetch, const struct head *head, uint64_t index,
    int64_t *out, struct buf *error);

/*
 * The leaf hashes of [page->first, page->first + page->count), not proved.
 * SOURCE_BAD where the protocol has no such thing.
 */
enum source_result source_leaf_hashes(const struct source *s,
    const struct source_fetch *fetch, const struct head *head,
    const struct source_page *page, struct tree_hash *out, struct buf *error);

/*
 * The page that begins at index, in a tree of size, when an answer brings
 * most entries: it ends where an aligned page ends.  Free with
 * source_page_fini.
 */
void source_page(const struct source *s, uint64_t index, uint64_t size,
    uint32_t most, struct source_page *out);
void source_page_fini(struct source_page *page);

/* Entries in a page when nothing is known of the log. */
uint32_t source_page_guess(const struct source *s);

/* Where an issuer certificate is, by its SHA-256; NULL if in no such place.
 * The caller frees. */
char *source_issuer_url(
    const struct source *s, const uint8_t sha256[static DIGEST_SIZE]);

/*
 * Readers hold what reading bodies needs again and again; one for each
 * thread, for sources of any kind.
 */
struct source_reader *source_reader_new(void);
void source_reader_free(struct source_reader *r);

/* Begin to read a body (inflated); false with the reason in *error. */
bool source_open(struct source_reader *r, const struct source *s,
    struct bytes body, struct buf *error);

enum source_step {
	SOURCE_ENTRY, /* *out is the next entry */
	SOURCE_END,   /* the body ended where it should */
	SOURCE_LOST   /* malformed: nothing more can be read of it */
};

/*
 * Take the next entry: its views are the body's or the reader's, until that
 * opens another body.  An entry whose leaf does not parse is an entry with
 * its error said, if its bytes are known and only they are odd.
 */
enum source_step source_next(
    struct source_reader *r, struct source_entry *out, struct buf *error);

/*
 * Read what stands beside the leaf: *chain as u24 vectors.  False when it
 * does not parse.  Borrowed from the reader until its next call.
 */
bool source_extra(struct source_reader *r, const struct source_entry *e,
    struct bytes *precert, struct bytes *chain);

/* Whether entries carry their index (static-ct-api). */
bool source_has_index(const struct source *s);

/* ---- for the implementations ---- */

struct source_heads {
	enum source_result (*head)(const struct source *,
	    const struct source_fetch *, struct head *, struct buf *raw,
	    struct buf *error);
	enum source_result (*range)(const struct source *,
	    const struct source_fetch *, const struct head *, uint64_t at,
	    struct tree_range *, struct buf *error);
	enum source_result (*consistent)(const struct source *,
	    const struct source_fetch *, uint64_t size,
	    const struct tree_hash *, const struct head *, struct buf *error);
};

struct source_pages {
	uint32_t guess;
	bool has_index;
	void (*page)(const struct source *, uint64_t index, uint64_t size,
	    uint32_t most, struct source_page *);
	bool (*open)(
	    struct source_reader *, struct bytes body, struct buf *error);
	enum source_step (*next)(
	    struct source_reader *, struct source_entry *, struct buf *error);
	bool (*extra)(struct source_reader *, const struct source_entry *,
	    struct bytes *precert, struct bytes *chain);
	enum source_result (*leaf_hashes)(const struct source *,
	    const struct source_fetch *, const struct head *,
	    const struct source_page *, struct tree_hash *, struct buf *error);
};

struct source {
	const struct source_heads *heads;
	const struct source_pages *pages;
	char *url;    /* where it is read; ends in / */
	char *origin; /* static: the first line of its checkpoints */
	uint8_t id[DIGEST_SIZE];
	struct head_key *key;
};

#endif
