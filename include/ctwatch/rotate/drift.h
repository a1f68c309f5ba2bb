/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drift: compare the pins that software ships with the pinset: pins that are
 * missing, unknown, of other domains, or retired; other exceptions and
 * enforcement; and errors of pin_lint.
 *
 * What the format of the file cannot express is not asked for, and a pattern
 * that the export had to widen is accepted if the export says so: an export
 * with warnings passes its own check.
 */
#ifndef CTWATCH_ROTATE_DRIFT_H
#define CTWATCH_ROTATE_DRIFT_H

#include <ctwatch/policy/pinset.h>
#include <ctwatch/rotate/formats.h>

struct drift {
	const struct pinset *p;
	/* The format of the file; NULL if unknown. */
	const struct formats_format *format;
	/* The consumer that ships the file, or NULL: where the format names
	 * hosts, the domains of the consumer must be among them. */
	const char *consumer;
	const char *const *hosts; /* hosts for pins without a host */
	size_t n_hosts;
	/* The text of the file, and what the journal has of its export (see
	 * export_record_title): they say what the export widened. */
	struct bytes text, title;
	int64_t now; /* ms */
	/* Called for each fault: where, escaped; what; and a foreign name. */
	void (*report)(
	    void *arg, const char *where, const char *what, const char *which);
	void *arg;
};

/* Compare l with the pinset, and report every fault.  In l, hosts whose
 * consumer joins patterns get the pins of all patterns that cover them. */
void drift_check(const struct drift *d, struct pinlist *l);

#endif
