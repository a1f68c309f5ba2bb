/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_trust: check the signatures of a run's pinset.
 */
#ifndef CTWATCH_CLI_RUN_CHECK_TRUST_H
#define CTWATCH_CLI_RUN_CHECK_TRUST_H

#include <ctwatch/policy/pinset.h>
#include <ctwatch/rotate/pinset_trust.h>
#include <ctwatch/store/store.h>

struct check_trust {
	/* Set by the caller: --pinset, and --trust or NULL; borrowed. */
	const char *pinset, *trust;
	/* Set by check_trust_open. */
	enum pinset_trust_status status; /* of the pinset's file */
	char *why;    /* owned: the reason if it is not trusted; or NULL */
	bool trusted; /* else close no finding as approved */
};

/*
 * Check the signatures of *p, the pinset of the file; *p may be NULL.  An
 * untrusted one is replaced by the last trusted version, if the store has one.
 * Return true if *p was replaced.
 */
bool check_trust_open(
    struct check_trust *t, struct store *s, struct pinset **p);

/* Record a trusted pinset, and save or close the finding (CTW073) of the run,
 * started at that time (ms).  Return false if the store failed. */
bool check_trust_save(const struct check_trust *t, struct store *s,
    const struct pinset *p, int64_t started, int64_t run);

void check_trust_fini(struct check_trust *t);

#endif
