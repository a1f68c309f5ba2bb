/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate: derive findings from the stored certificates.
 *
 * Judge each certificate that is new or has a new sighting, and each that a
 * change of the pinset, the watched items or the rules concerns.  Judge one
 * below no CA of the pinset again if CA certificates were logged since: they
 * may give a path.  No log is read.
 *
 * A finding keeps its status if it exists, else it is new.  One that no longer
 * holds is closed, as "approved" if the pinset now expects the certificate,
 * with RULES_BY_PATH if by another path than the logged chain, else as "no
 * longer applies".  One whose certificate has expired is closed as "expired"
 * after it was reported once; if it expired before the last complete run, the
 * finding is created as closed and not reported.  The journal records each
 * closing.
 */
#ifndef CTWATCH_JUDGE_EVALUATE_H
#define CTWATCH_JUDGE_EVALUATE_H

#include <ctwatch/net/loglist.h>
#include <ctwatch/policy/pinset.h>
#include <ctwatch/policy/watch.h>
#include <ctwatch/store/store.h>

struct signature_cache;

/* Everything is borrowed. */
struct evaluate_input {
	struct store *store;
	const struct pinset *pinset; /* or NULL */
	/* The pinset is trusted (see pinset_trust.h), else no finding closes as
	 * approved. */
	bool trusted;
	const struct watch *watch;
	/* SCTs of its logs are checked in addition to those of the store's, or
	 * NULL. */
	const struct loglist *lists;
	struct signature_cache *signatures; /* of the run, or NULL */
	unsigned jobs; /* threads; 0: one for each processor */
	int64_t now;   /* ms */
	int64_t run;   /* its number */
};

/* Judge all certificates; return false if the store failed.  The caller
 * commits. */
bool evaluate_all(const struct evaluate_input *in);

#endif
