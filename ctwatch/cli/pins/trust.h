/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust: check the signatures of the pinset, for verbs that only read it.
 */
#ifndef CTWATCH_CLI_PINS_TRUST_H
#define CTWATCH_CLI_PINS_TRUST_H

#include "cli/opts.h"
#include <ctwatch/policy/pinset.h>
#include <ctwatch/rotate/export_record.h>

/* The options of these verbs. */
struct pins_trust {
	const char *trust;     /* the trust file, or NULL: PINSET.trust */
	const char *untrusted; /* the reason to use it anyway; or NULL */
};

#define PINS_TRUST_OPTIONS(t)                                                  \
	{ "trust", OPTS_TEXT, &(t)->trust, "FILE",                             \
		"trust file; default: PINSET.trust", NULL },                   \
	{                                                                      \
		"untrusted", OPTS_TEXT, &(t)->untrusted, "REASON",             \
		    "use an expired or unsigned pinset", NULL                  \
	}

/*
 * Check that p, loaded from the file common->pinset, is what its approvers
 * signed, as `run' does, and has not expired.  Returns the bits for the exit
 * status: CLI_PINSET after msg_error, else CLI_CLEAN; if t->untrusted is given,
 * a warning and CLI_CLEAN.
 */
int pins_trust_check(const struct opts_common *common,
    const struct pins_trust *t, const struct pinset *p);

/*
 * Record an export of p in the journal of the state directory, if there is one;
 * false after msg_error.  The reason of e is set to that of t.
 */
bool pins_trust_record(const struct opts_common *common,
    const struct pins_trust *t, const struct pinset *p,
    struct export_record *e);

/* Append the title of the export of p whose content this was, if the journal of
 * the state directory has it. */
void pins_trust_title(const struct opts_common *common, const struct pinset *p,
    struct bytes content, struct buf *out);

#endif
