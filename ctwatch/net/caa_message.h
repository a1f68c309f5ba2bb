/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caa_message: the CAA records in a DNS message (RFC 1035, 4; RFC 8659, 4.1).
 */
#ifndef CTWATCH_NET_CAA_MESSAGE_H
#define CTWATCH_NET_CAA_MESSAGE_H

#include <ctwatch/base/buf.h>

struct caa_message {
	int rcode;          /* RFC 1035, 4.1.1 */
	bool authenticated; /* AD: RFC 4035, 3.2.3 */
	uint32_t ttl;       /* s: the least of the records; 0: no record */
};

/*
 * Parse an answer, and put its CAA records, also those behind an alias, into
 * *set, as in caa_set.h.  Return NULL, or the fault (static storage): a
 * malformed message or record, or a set over the limit of *set.
 */
const char *caa_message_parse(
    struct bytes message, struct caa_message *out, struct buf *set);

#endif
