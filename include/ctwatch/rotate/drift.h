/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drift: what software ships against the pinset that it should ship: pins
 * that are missing, unknown, of other domains, or given up.
 */
#ifndef CTWATCH_ROTATE_DRIFT_H
#define CTWATCH_ROTATE_DRIFT_H

#include <ctwatch/policy/pinset.h>
#include <ctwatch/rotate/pinlist.h>

struct drift {
	const struct pinset *p;
	/* Who ships it, when its file names all hosts that it pins: the
	 * domains of this consumer must be among them.  Or NULL. */
	const char *consumer;
	const char *const *hosts; /* whom nameless pins are for */
	size_t n_hosts;
	/* Told of each fault: where, escaped; what; and a foreign name. */
	void (*tell)(
	    void *arg, const char *where, const char *what, const char *which);
	void *arg;
};

/* Compare, and tell every fault. */
void drift_check(const struct drift *d, const struct pinlist *l);

#endif
