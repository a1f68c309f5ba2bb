/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_item: the findings and expected certificates that reports of runs show.
 *
 * Each item has a body, its JSON, and the first and the last run that shows it
 * so.  A run stores what changed since the run before; a report of any kept run
 * loads its items one by one.  A body is marked as outdated when a row that it
 * was made of changes.
 */
#ifndef CTWATCH_STORE_STORE_ITEM_H
#define CTWATCH_STORE_STORE_ITEM_H

#include <ctwatch/store/store.h>

enum store_item_kind {
	STORE_ITEM_FINDING,
	STORE_ITEM_EXPECTED /* a certificate */
};

struct store_item {
	int64_t number;                  /* of the stored item; 0: none */
	char id[2 * SHA256_SIZE + 1];    /* of the finding; else the TBS hash */
	char rule[8];                    /* CTW001; "" if expected */
	uint8_t tbs_sha256[SHA256_SIZE]; /* zero if not about a certificate */
	int severity;
	enum store_status status; /* STORE_OPEN also for a new finding */
	bool resolved;            /* closed in the period of the report */
	int64_t first_run;        /* of the finding */
	int64_t first;            /* ms: when it was logged; INT64_MAX: never */
	int64_t not_after;        /* ms: of the certificate */
};

/* What lists show of a finding, beside its item; texts are owned. */
struct store_item_brief {
	char *about;     /* a matching name, or its subject */
	int64_t matched; /* matching names */
	char *issuer;    /* of the certificate; or "" */
	char *logged;    /* RFC 3339: when it was logged, else first seen */
};

/* The row of a finding as far as it decides what a report shows. */
struct store_item_finding {
	struct store_item item; /* number, first and not_after are of the
	                         * current body, if it is not outdated */
	int64_t first_seen, last_seen, changed; /* ms */
	const char *reason;                     /* borrowed; or NULL */
};

/* Step through all findings, those of one certificate together. each may call
 * the store. */
bool store_items_findings(struct store *s,
    void (*each)(void *arg, const struct store_item_finding *f), void *arg);

/*
 * Fill *out from the certificate and its current body as expected one, and set
 * *last_seen; out->number is 0 if there is no body, or an outdated one.  False
 * if the certificate is not stored.
 */
bool store_item_expected(struct store *s, const uint8_t tbs[static SHA256_SIZE],
    struct store_item *out, int64_t *last_seen);

/* Step through the different subjects and lists of watched items (JSON; or NULL)
 * of findings that are not closed.  each must not call the store. */
bool store_items_watched(struct store *s,
    void (*each)(void *arg, const char *subject, const char *watched),
    void *arg);

/* Load the TBS hashes of all certificates, in order; the caller frees. */
uint8_t (*store_item_certs(struct store *s, size_t *n))[SHA256_SIZE];

/* Step through the items of a kind in the report of a run, in no order. */
bool store_items_of_run(struct store *s, int64_t run, enum store_item_kind kind,
    void (*each)(void *arg, const struct store_item *i), void *arg);

/* Append the body of a stored item. */
bool store_item_body(struct store *s, int64_t number, struct buf *out);

/* Load what lists show of a stored finding; false if it is not known.  Free it
 * with store_item_brief_fini. */
bool store_item_brief(
    struct store *s, int64_t number, struct store_item_brief *out);
void store_item_brief_fini(struct store_item_brief *b);

/* Store the body of an item that a run shows, unless the current one is equal.
 * Set i->number.  brief is NULL if expected. */
bool store_item_put(struct store *s, int64_t run, enum store_item_kind kind,
    struct store_item *i, const struct store_item_brief *brief,
    struct bytes body);

/* The run shows these n items, whose numbers ascend: end all other current
 * ones with the run before. */
bool store_items_end(
    struct store *s, int64_t run, const int64_t *numbers, size_t n);

/* Mark all current bodies as outdated. */
bool store_items_outdate(struct store *s);

#endif
