/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roots: which CA certificates the logs of each operator accept.
 *
 * A CA whose root only few operators accept rests on these.  What logs answer
 * is not signed, so it does not change what counts as covered.
 */
#ifndef CTWATCH_CLI_LOGS_ROOTS_H
#define CTWATCH_CLI_LOGS_ROOTS_H

#include <ctwatch/net/http.h>
#include <ctwatch/net/loglist.h>

struct json_t;
struct buf;

struct roots {
	size_t n;        /* distinct roots */
	size_t by[3];    /* accepted by one, by two, by more operators */
	size_t one_left; /* by the skipped operator and one other alone */
	char *unknown; /* owned, escaped: a line for each log without answer */
	char *apart;   /* owned: a line for each log that shares no root with
	                  * another operator's */
};

/* Ask all logs that count at time now (ms) for their roots; skip is the
 * operator that is left out, or NULL. */
void roots_fetch(const struct loglist *logs, struct http *http, int64_t now,
    const char *skip, struct roots *out);
void roots_fini(struct roots *r);

void roots_text(const struct roots *r, const char *skip, struct buf *out);
struct json_t *roots_json(const struct roots *r);

#endif
