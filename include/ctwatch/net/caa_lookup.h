/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caa_lookup: ask a resolver for the CAA sets of names.
 *
 * For each name the relevant set is looked up as RFC 8659, 3, describes: at
 * the name, then at each parent except the root, up to the first that has a
 * set.  The resolver follows aliases and validates DNSSEC: an answer of
 * SERVFAIL is a failure, and is not asked of another resolver, since that one
 * may not validate.
 */
#ifndef CTWATCH_NET_CAA_LOOKUP_H
#define CTWATCH_NET_CAA_LOOKUP_H

#include <ctwatch/base/buf.h>

enum caa_lookup_status {
	CAA_LOOKUP_DONE,   /* the set is known; it may be empty */
	CAA_LOOKUP_ABSENT, /* the name does not exist (NXDOMAIN) */
	CAA_LOOKUP_FAILED, /* for the reason why */
	CAA_LOOKUP_LEFT    /* not asked, or canceled; for the reason why */
};

/* The answer about a name.  All is borrowed. */
struct caa_lookup_answer {
	const char *name;
	enum caa_lookup_status status;
	/* If it is done: */
	struct bytes set;   /* as in caa_set.h */
	const char *domain; /* whose set it is: a part of name; "": none */
	bool authenticated; /* the resolver says so of all answers (AD) */
	uint32_t ttl;       /* s: the least of the set; 0: no set */
	/* Else: */
	const char *why;
};

struct caa_lookup_options {
	const char *resolver;  /* ADDRESS[:PORT]; NULL: as in resolv.conf */
	int64_t deadline;      /* time_mono() in ms; 0: none */
	bool (*stopped)(void); /* NULL: never */
};

/* Report whether look-ups are built in and the resolver is well formed; false
 * with the reason in *error. */
bool caa_lookup_check(const char *resolver, struct buf *error);

/*
 * Look up n names (A-labels, without a dot at the end), a few at a time, and
 * call each once for every name, in any order.  Return false with the reason
 * in *error, without a call, as caa_lookup_check does.
 */
bool caa_lookup_names(const char *const *names, size_t n,
    const struct caa_lookup_options *options,
    void (*each)(void *arg, const struct caa_lookup_answer *a), void *arg,
    struct buf *error);

#endif
