/* SPDX-License-Identifier: Apache-2.0 */
/*
 * site: all that one server serves, and how.
 */
#ifndef LOGD_SITE_H
#define LOGD_SITE_H

#include "answer.h"
#include "log.h"

/* How to serve, from the command line. */
struct site_options {
	uint64_t size;      /* entries published at first */
	uint64_t n;         /* entries in all; 0: each input once */
	uint64_t every;     /* one entry of so many is rare */
	uint64_t repeat;    /* the inputs this many times over, if n is 0 */
	uint64_t timestamp; /* of the first head, ms; 0: the clock */
	uint64_t spacing;   /* ms between entries; 0: as submitted */
	uint64_t max_batch; /* entries in one answer */
	uint64_t threads;   /* that serve */
	uint64_t logs;      /* of each kind */
	uint64_t operators; /* among whom the logs are dealt */
	const char *only;   /* "rfc6962", "static" or NULL for both */
	const char *seed;   /* makes the keys, or NULL */
	const char *key, *static_key; /* PEM files of the first logs, or NULL */
	bool align; /* cut answers at multiples of max_batch */
	bool gzip;  /* compress for those who accept it */
};

/* Compressed answers of whole pages or tiles, by number. */
struct site_bodies {
	struct MHD_Response **v;
	uint64_t n;
};

struct site {
	struct site_options opt;
	char *base;       /* owned: the server's URL, with its last slash */
	uint64_t started; /* ms since 1970, or what opt.timestamp says */
	struct corpus corpus;
	struct merkle tree[LOG_KINDS];
	uint64_t *by_hash; /* owned: a hash table of index + 1, RFC 6962 */
	uint64_t n_by_hash;
	struct buf roots; /* the answer to get-roots */
	struct site_bodies bodies[LOG_KINDS];
	struct log *logs;
	size_t n_logs;
	struct fault_gate gate; /* of the log list and of what is not there */
};

/* A request on its way to an answer. */
struct site_request {
	struct site *site;
	struct log *log;
	const char *path; /* below the log's folder */
	struct MHD_Connection *conn;
	struct fault_rule rule; /* what goes wrong with it */
	bool gzip; /* the client accepts it and the server gives it */
};

/* Build trees and bodies of the corpus that s holds, and its logs. */
bool site_build(struct site *s, const struct site_options *opt, char *base);
void site_fini(struct site *s);

/* The index of the entry with this hash in the RFC 6962 log. */
bool site_find(
    const struct site *s, const struct merkle_hash *leaf, uint64_t *index);

/* An argument of the query, or NULL; and as a number. */
const char *site_argument(const struct site_request *q, const char *name);
bool site_number(const struct site_request *q, const char *name, uint64_t *out);

/* A decimal number without sign or leading zeros. */
bool site_parse_number(struct bytes text, uint64_t *out);

#endif
