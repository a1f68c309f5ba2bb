/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cover: whether the logs that are read show every certificate that browsers
 * accept.
 *
 * Browsers accept a certificate only with SCTs of two operators (Chrome and
 * Apple, CT policies).  So while all logs of all operators but one are read, it
 * is in a log that is read, if no log breaks its promise.  The expiry of a
 * certificate decides which logs may have it, so each half-year of expiry is
 * judged by itself.
 */
#ifndef CTWATCH_SYNC_COVER_H
#define CTWATCH_SYNC_COVER_H

#include <ctwatch/base/buf.h>
#include <ctwatch/net/loglist.h>

/* Half-years in which a certificate that is valid now may expire. */
#define COVER_WINDOWS 4

enum cover_state {
	COVER_READ,   /* to its head, and verified */
	COVER_UNREAD, /* some of its entries are not read and verified */
	COVER_SKIPPED /* by its state or dates: it adds no entries */
};

struct cover_log {
	const struct loglist_log *log;
	enum cover_state state;
};

/* Certificates that expire from one time to another. */
struct cover_window {
	int64_t from, to; /* ms */
	size_t operators; /* with a log that may have them */
	size_t unread;    /* of these, with such a log that is unread */
	size_t read;      /* such logs that are read */
	const struct loglist_log *read_log; /* one of these, or NULL */
};

struct cover {
	struct cover_window v[COVER_WINDOWS];
	size_t n; /* windows with an operator */
	/* No window has more than one unread operator. */
	bool complete;
};

/* Report whether browsers may accept an SCT of log in a certificate that is
 * valid at time now (ms). */
bool cover_counts(const struct loglist_log *log, int64_t now);

/* Judge n logs, sorted by operator, at time now (ms). */
void cover_judge(
    const struct cover_log *v, size_t n, int64_t now, struct cover *out);

/*
 * Report whether log is left out with the operator of that name (NULL: none).
 * A log that another operator ran before is read: its SCTs of that time count
 * as that operator's.  So is a log on disk, which costs no traffic.
 */
bool cover_leaves_out(const struct loglist_log *log, const char *operator);

/*
 * Find the operator of that name.  NULL with the reason in *error if no log
 * that counts is of it, or if fewer than two operators would remain.
 */
const char *cover_find_operator(const struct loglist *logs, const char *name,
    int64_t now, struct buf *error);

/* Append a line for each assumption that completeness rests on if the operator
 * is left out, and for each window in which one log alone is read. */
void cover_explain(
    const struct cover *c, const char *operator, struct buf * out);

/* Write the half-year as 2027-H1. */
#define COVER_NAME 24
void cover_window_name(
    const struct cover_window *w, char out[static COVER_NAME]);

#endif
