/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault: the faults of a log that a test can set; count the answers and choose
 * those that get a fault.
 */
#ifndef LOGD_FAULT_H
#define LOGD_FAULT_H

#include <pthread.h>

#include <ctwatch/base/bytes.h>

/* What is asked for; the words of fault_place_word are those of "on=". */
enum fault_place {
	FAULT_GET_STH,
	FAULT_GET_ENTRIES,
	FAULT_GET_CONSISTENCY,
	FAULT_GET_PROOF,
	FAULT_GET_ENTRY,
	FAULT_GET_ROOTS,
	FAULT_CHECKPOINT,
	FAULT_DATA, /* a data tile */
	FAULT_TILE, /* a hash tile */
	FAULT_ISSUER,
	FAULT_LIST,  /* the log list */
	FAULT_OTHER, /* anything that is not there */
	FAULT_PLACES
};

enum fault {
	FAULT_NONE,
	/* any answer */
	FAULT_500,      /* Internal Server Error */
	FAULT_503,      /* Service Unavailable */
	FAULT_429,      /* Too Many Requests, with Retry-After */
	FAULT_404,      /* Not Found */
	FAULT_STATUS,   /* the status to, 400 if none is given */
	FAULT_REDIRECT, /* 302, to elsewhere on this server */
	FAULT_SLOW,     /* the answer comes after ms */
	FAULT_DRIP,     /* the body comes byte by byte, one in ms */
	FAULT_CUT,      /* the connection ends in the middle of the body */
	FAULT_RESET,    /* the connection is reset without an answer */
	FAULT_HTML,     /* 200 and a page for people */
	FAULT_BADJSON,  /* 200 and the first half of the body */
	FAULT_GZIP,     /* Content-Encoding: gzip, whether asked for or not */
	FAULT_GZIPBOMB, /* a small body that inflates to 1 GiB */
	FAULT_HUGEBODY, /* a body of 1 TiB, announced */
	FAULT_ENDLESS,  /* a body without end, chunked */
	/* heads */
	FAULT_BADSIG,   /* the signature is over something else */
	FAULT_BADROOT,  /* a wrong root, well signed */
	FAULT_SHRINK,   /* a smaller and older head */
	FAULT_ROLLBACK, /* a smaller and later head */
	FAULT_STALE,    /* a head two days old */
	FAULT_FROZEN,   /* the same head, however the log grows; an old list,
	                 * which names the logs of the first operator */
	/* heads, entries, tiles and proofs */
	FAULT_FORK, /* another tree, in itself consistent, well signed */
	/* entries */
	FAULT_EMPTY,        /* none */
	FAULT_MORE,         /* one more than asked for */
	FAULT_FEWER,        /* half as many, at least one */
	FAULT_BADBASE64,    /* a character that is none of base64 */
	FAULT_TRAILING,     /* a byte after the leaf */
	FAULT_UNKNOWN_TYPE, /* entry type 2 */
	FAULT_WRONGENTRY,   /* one bit in an entry, and nowhere else */
	FAULT_SWAPENTRY,    /* entry "to" (the next one) in an entry's place */
	FAULT_LOST,         /* an answer that would hold entry at has status to,
	                     * 500 if none is given */
	FAULT_LARGE,        /* a range of more than to entries has status 413 */
	FAULT_NOINDEX,      /* no leaf_index in the entries of a tile */
	FAULT_BADINDEX,     /* each leaf_index too high by one */
	/* tiles, proofs, issuers */
	FAULT_BADTILE,    /* one bit in a tile */
	FAULT_PARTIAL404, /* partial tiles are gone */
	FAULT_PARTIAL403, /* and the answer is that of an object store */
	FAULT_BADPROOF,   /* one bit in a proof */
	FAULT_BADISSUER,  /* another certificate than the hash says */
	FAULT_MAX
};

/* A fault, where it strikes and how often. */
struct fault_rule {
	enum fault fault;
	unsigned on;    /* 1 << enum fault_place, joined with | */
	uint64_t every; /* every so many-th answer there */
	uint64_t left;  /* so many times more */
	uint64_t seen;  /* answers there since the rule was set */
	uint64_t ms;    /* FAULT_SLOW, FAULT_DRIP */
	uint64_t at;    /* the index of the entry that is meant ... */
	bool has_at;    /* ... else the first of each answer */
	uint64_t to;    /* FAULT_SHRINK, FAULT_ROLLBACK: the size;
	                 * FAULT_SWAPENTRY: the entry; FAULT_429: seconds;
	                 * FAULT_STATUS, FAULT_LOST: the status; FAULT_LARGE:
	                 * entries */
	bool has_to;
	uint64_t step; /* FAULT_LOST: and every so many-th entry after at */
	bool date;     /* FAULT_429: Retry-After as a date */
	bool cached;   /* not for requests that bypass caches */
};

/* Where all requests for one log pass. */
struct fault_gate {
	pthread_mutex_t lock;
	struct fault_rule rule;
	struct fault_rule also; /* a second one, where rule does not strike */
	uint64_t hits[FAULT_PLACES];
};

/*
 * The rule of a fault's name with its defaults: always, wherever it has a
 * meaning.  False when there is no such fault; "none" is one.
 */
bool fault_find(const char *name, struct fault_rule *out);

/* The place of a word, or FAULT_PLACES. */
enum fault_place fault_place_find(struct bytes word);
const char *fault_place_word(enum fault_place place);
const char *fault_word(enum fault fault);

void fault_gate_init(struct fault_gate *g);
/* Set the rule, and remove the second one; or set the second one. */
void fault_gate_set(struct fault_gate *g, const struct fault_rule *rule);
void fault_gate_add(struct fault_gate *g, const struct fault_rule *rule);

/* Count a request, which bypasses caches or does not, and say in *out what
 * goes wrong with it (FAULT_NONE). */
void fault_gate_pass(struct fault_gate *g, enum fault_place place,
    bool no_cache, struct fault_rule *out);

#endif
