/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_client: a client for one log, by its protocol.
 *
 * A client has two tables of functions: one fetches tree heads and proofs, the
 * other reads pages of entries.  A static-ct-api log has both for tiles, an RFC
 * 6962 log both for its API; a log that serves tiles and get-sth has one of
 * each.  The issuance log of a Merkle Tree CA has its own for checkpoints and
 * bundles of entries, and those of tiles for proofs.
 */
#ifndef CTWATCH_NET_LOG_CLIENT_H
#define CTWATCH_NET_LOG_CLIENT_H

#include <ctwatch/net/loglist.h>
#include <ctwatch/wire/leaf.h>
#include <ctwatch/wire/tree_head.h>

/* The result of a request to the log. */
enum log_client_result {
	LOG_CLIENT_OK,
	LOG_CLIENT_FAILED,        /* no answer, or an unreadable one: retry */
	LOG_CLIENT_PROOF_INVALID, /* invalid proof, perhaps by a cache or proxy */
	LOG_CLIENT_ROOT_DIFFERS, /* proved: the tree of that size has another root */
	LOG_CLIENT_UNSIGNED,  /* a head whose signature does not verify */
	LOG_CLIENT_UNCHECKED, /* a head, all of whose signatures by cosigners
	                       * are of an algorithm that this libcrypto does
	                       * not implement; its timestamp is 0 */
	LOG_CLIENT_ABSENT     /* the log says that it has no such entry */
};

/*
 * How a client sends requests: get fetches url into *body, inflated, of at most
 * max bytes, with retries; false with the reason in *error.
 */
struct log_client_fetch {
	bool (*get)(void *arg, const char *url, size_t max, struct buf *body,
	    struct buf *error);
	void *arg;
	const long
	    *status; /* of the last answer: 0, none; or NULL, not known */
};

struct log_client;
struct log_client_reader;
struct mtc_cosigners;

/* A page: the entries of one request. */
struct log_client_page {
	uint64_t first;
	uint32_t count; /* entries requested */
	bool whole;     /* the answer has exactly count entries */
	char *url;      /* owned */
	char *fallback; /* owned; requested if url is 404; or NULL */
};

/* One entry in a body; all is borrowed. */
struct log_client_entry {
	struct bytes leaf_input[2]; /* in two pieces, the first often empty */
	struct bytes hashed[2];     /* the same with the zero byte before it
	                             * that a leaf's hash begins with */
	enum leaf_error error;
	struct leaf leaf;        /* when error is LEAF_OK */
	struct bytes extra_data; /* RFC 6962: base64, not decoded */
	/* The precertificate of a LEAF_PRECERT.  RFC 6962: as much of its
	 * beginning as leaf_is_precert takes; for the whole see extra. */
	struct bytes precert;
	struct bytes fingerprints; /* static */
};

/* The client of a log of the lists; by_tiles: read an RFC 6962 log by tiles.
 * NULL if its key is not allowed.  Free with log_client_free. */
struct log_client *log_client_new(const struct loglist_log *log, bool by_tiles);
void log_client_free(struct log_client *s);

/*
 * Fetch the newest head and verify its signature.  *raw is the answer verbatim.
 * Sets *out if it returns LOG_CLIENT_OK or LOG_CLIENT_UNCHECKED, which has the
 * reason in *error.
 */
enum log_client_result log_client_head(const struct log_client *s,
    const struct log_client_fetch *fetch, struct tree_head *out,
    struct buf *raw, struct buf *error);

/* Check by a proof whether the tree of size with root is a prefix of the one
 * under head. */
enum log_client_result log_client_consistent(const struct log_client *s,
    const struct log_client_fetch *fetch, uint64_t size,
    const struct merkle_hash *root, const struct tree_head *head,
    struct buf *error);

/*
 * Get the audit path of the entry at index, whose leaf hash is leaf, in the
 * tree under head, and check it: LOG_CLIENT_PROOF_INVALID if it does not give
 * the root.  path has room for LIMIT_PROOF hashes, *n is how many it has.
 */
enum log_client_result log_client_prove(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    uint64_t index, const struct merkle_hash *leaf, struct merkle_hash *path,
    size_t *n, struct buf *error);

/*
 * Find the entry with this leaf hash in the tree under head, as RFC 6962, 4.5
 * allows; *index, path and *n are as log_client_prove has them, checked.
 * LOG_CLIENT_ABSENT when the log answers 400 or 404, which is no proof.
 * Not for static-ct-api logs, which cannot be asked.
 */
enum log_client_result log_client_locate(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    const struct merkle_hash *leaf, uint64_t *index, struct merkle_hash *path,
    size_t *n, struct buf *error);

/* Append the leaf_input of the entry at index, not proved, to *leaf. */
enum log_client_result log_client_leaf(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    uint64_t index, struct buf *leaf, struct buf *error);

/* Fetch the timestamp of the entry at index, not verified, in ms. */
enum log_client_result log_client_timestamp(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    uint64_t index, int64_t *out, struct buf *error);

/* Report whether pages are tiles or bundles, which are always whole. */
bool log_client_is_tiled(const struct log_client *s);

/*
 * Make the page that begins at index, in a tree of size, for answers of at most
 * most entries: it ends where an aligned page ends.  Free with
 * log_client_page_fini.
 */
void log_client_page(const struct log_client *s, uint64_t index, uint64_t size,
    uint32_t most, struct log_client_page *out);
void log_client_page_fini(struct log_client_page *page);

/* Return the URL of an issuer certificate by its SHA-256, or NULL.  The caller
 * frees. */
char *log_client_issuer_url(
    const struct log_client *s, const uint8_t sha256[static SHA256_SIZE]);

/*
 * Readers have buffers for reading bodies; one per thread, for clients of any
 * kind.
 */
struct log_client_reader *log_client_reader_new(void);
void log_client_reader_free(struct log_client_reader *r);

/* Free the buffers of a large body. */
void log_client_reader_free_buffers(struct log_client_reader *r);

/* Begin to read a body (inflated) whose first entry has the index first; false
 * with the reason in *error. */
bool log_client_open(struct log_client_reader *r, const struct log_client *s,
    struct bytes body, uint64_t first, struct buf *error);

enum log_client_step {
	LOG_CLIENT_ENTRY, /* *out is the next entry */
	LOG_CLIENT_END,   /* the body ended correctly */
	LOG_CLIENT_LOST   /* malformed: the rest is unreadable */
};

/*
 * Read the next entry, borrowed from the body or the reader until that opens
 * another body.  An entry whose leaf does not parse is an entry with an error,
 * if its bounds are known.
 */
enum log_client_step log_client_next(struct log_client_reader *r,
    struct log_client_entry *out, struct buf *error);

/* Report whether entries have their index (static-ct-api). */
bool log_client_has_index(const struct log_client *s);

/* ---- the two tables; call log_client_* where a function of this name exists:
 * it has the common checks ---- */

struct log_client_heads {
	/* Get the newest tree head.  Of an issuance log, its cosignatures are
	 * verified; log_client_head verifies the signature of others. */
	enum log_client_result (*head)(const struct log_client *,
	    const struct log_client_fetch *, struct tree_head *,
	    struct buf *raw, struct buf *error);
	/* Get the compact range [0, at) of the tree under head, verified as a
	 * prefix of it.  0 < at <= head->size. */
	enum log_client_result (*range)(const struct log_client *,
	    const struct log_client_fetch *, const struct tree_head *,
	    uint64_t at, struct merkle_range *, struct buf *error);
	/* Fetch a consistency proof; 0 < size, and size != head->size. */
	enum log_client_result (*consistent)(const struct log_client *,
	    const struct log_client_fetch *, uint64_t size,
	    const struct merkle_hash *, const struct tree_head *,
	    struct buf *error);
	enum log_client_result (*prove)(const struct log_client *,
	    const struct log_client_fetch *, const struct tree_head *,
	    uint64_t index, const struct merkle_hash *leaf,
	    struct merkle_hash *path, size_t *n, struct buf *error);
	/* As prove, of the entry with this hash, wherever it is.  NULL: the
	 * protocol has no such request. */
	enum log_client_result (*locate)(const struct log_client *,
	    const struct log_client_fetch *, const struct tree_head *,
	    const struct merkle_hash *leaf, uint64_t *index,
	    struct merkle_hash *path, size_t *n, struct buf *error);
};

struct log_client_pages {
	uint32_t guess; /* entries per page before the first answer */
	bool has_index; /* entries can have their index */
	bool tiled;     /* pages are tiles, which are always whole */
	void (*page)(const struct log_client *, uint64_t index, uint64_t size,
	    uint32_t most, struct log_client_page *);
	bool (*open)(
	    struct log_client_reader *, struct bytes body, struct buf *error);
	enum log_client_step (*next)(struct log_client_reader *,
	    struct log_client_entry *, struct buf *error);
	/* Read extra_data or its equivalent: *precert, and *chain as u24
	 * vectors.  Return false when it does not parse; *precert is then
	 * valid if it is not empty.  Both are borrowed from the reader until
	 * its next call. */
	bool (*extra)(struct log_client_reader *,
	    const struct log_client_entry *, struct bytes *precert,
	    struct bytes *chain);
	/* Get the leaf hashes of [page->first, page->first + page->count), not
	 * verified.  NULL: the protocol does not serve them. */
	enum log_client_result (*leaf_hashes)(const struct log_client *,
	    const struct log_client_fetch *, const struct tree_head *,
	    const struct log_client_page *, struct merkle_hash *,
	    struct buf *error);
	/*
	 * Get the hash of the perfect subtree of 2^level leaves that begins at
	 * start, of entries that the log may not serve.  RFC 6962: from the
	 * audit path of the first entry of the sibling subtree, verified under
	 * head.  Tiles: from a hash tile, not verified.
	 */
	enum log_client_result (*subtree)(const struct log_client *,
	    const struct log_client_fetch *, const struct tree_head *,
	    unsigned level, uint64_t start, struct merkle_hash *,
	    struct buf *error);
};

struct log_client {
	const struct log_client_heads *heads;
	const struct log_client_pages *pages;
	char *url;    /* the URL for reading; ends in / */
	char *origin; /* static, MTC: the first line of its checkpoints */
	uint8_t id[SHA256_SIZE];
	struct tree_head_key *key;       /* NULL: MTC */
	struct mtc_cosigners *cosigners; /* MTC only */
	uint16_t number;                 /* MTC only */
};

#endif
