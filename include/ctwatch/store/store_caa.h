/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_caa: the history of the CAA sets of names, as runs looked them up.
 *
 * A record says that each look-up of a name from first to last gave the same
 * set.  It does not say what the set was between two look-ups.
 */
#ifndef CTWATCH_STORE_STORE_CAA_H
#define CTWATCH_STORE_STORE_CAA_H

#include <ctwatch/store/store.h>

struct store;

struct store_caa {
	char *name;          /* owned */
	int64_t first, last; /* ms: look-ups */
	char *domain;        /* owned; whose set it is, name or a parent; or
	                      * "": no set */
	struct blob set;     /* as in caa_set.h */
	bool authenticated;  /* by DNSSEC, at the last look-up */
	uint32_t ttl;        /* s: the longest of its records' least ones */
	char *resolver;      /* owned: of the last look-up */
};

/* Record the look-up c, at the time c->last; first is not used.  It extends the
 * latest record of the name if the set is the same.  The latest
 * LIMIT_CAA_HISTORY records of a name are kept. */
bool store_caa_add(struct store *s, const struct store_caa *c);

/* Load the latest record of a name; false if there is none. */
bool store_caa_last(struct store *s, const char *name, struct store_caa *out);

/* Load the record of a name that covers all the time from that ms to that ms,
 * if no other record touches it; else return false. */
bool store_caa_during(struct store *s, const char *name, int64_t from,
    int64_t to, struct store_caa *out);

void store_caa_fini(struct store_caa *c);

/* Step through the names, each with its latest record. */
bool store_caa_each(struct store *s,
    void (*each)(void *arg, const struct store_caa *c), void *arg);

/* Step through the certificates by TBS hash that are not marked as judged by
 * the history, or have a finding of this rule that is not closed. */
bool store_caa_certs_each(struct store *s, const char *rule,
    void (*each)(void *arg, const struct store_cert *c), void *arg);

/* Mark a certificate as judged by the history. */
bool store_caa_judged(struct store *s, const uint8_t tbs[static SHA256_SIZE]);

#endif
