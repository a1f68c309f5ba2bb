/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer: send one HTTP answer, with the faults that are set.
 */
#ifndef LOGD_ANSWER_H
#define LOGD_ANSWER_H

#include <ctwatch/base/buf.h>

#include "fault.h"

struct MHD_Connection;
struct MHD_Response;

struct answer {
	unsigned status;            /* of HTTP */
	const char *type;           /* Content-Type; static storage */
	struct buf body;            /* owned; consumed by answer_send */
	struct MHD_Response *ready; /* borrowed: replaces body */
	const char *header;         /* one header more, or NULL */
	char value[256];            /* and its value */
};

/* Make a an empty answer of 200 in JSON. */
void answer_init(struct answer *a);

/* Make a an error in JSON, as logs send them. */
void answer_fail(struct answer *a, unsigned status, const char *why);

/* Make a an error, true, if entries [begin, end) hold the one that rule says is
 * lost. */
bool answer_lost(struct answer *a, const struct fault_rule *rule,
    uint64_t begin, uint64_t end);

/* Replace the content of out with in, compressed by gzip. */
void answer_gzip(struct bytes in, struct buf *out);

/*
 * Queue a for conn, after rule has spoilt it; gzip says that the body may be
 * compressed.  A is consumed.  False ends the connection.
 */
bool answer_send(struct MHD_Connection *conn, struct answer *a,
    const struct fault_rule *rule, bool gzip);

/* Let conn, which calls this from its handler, wait for ms. */
void answer_wait(struct MHD_Connection *conn, uint64_t ms);

/* End all waits, now and later; the daemon may then be stopped. */
void answer_end_waits(void);

#endif
