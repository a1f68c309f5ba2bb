/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caa_set: the CAA RRset of a name (RFC 8659) as bytes.
 *
 * The encoding has for each record the flags, the length of the tag, the tag,
 * the length of the value in 16 bits, and the value.  Records are sorted and
 * none occurs twice, so that equal sets are equal bytes.  An empty set is an
 * empty view.
 */
#ifndef CTWATCH_WIRE_CAA_SET_H
#define CTWATCH_WIRE_CAA_SET_H

#include <ctwatch/base/buf.h>

struct caa_set_record {
	uint8_t flags;
	struct bytes tag, value; /* borrowed; any byte may occur */
};

/* The flag of a property that a CA must understand: RFC 8659, 4.1. */
#define CAA_SET_CRITICAL 0x80

/*
 * Parse the RDATA of a CAA record (RFC 8659, 4.1), whose views are then of
 * rdata.  Return false if it is too short, or its tag is not of 1 to 255
 * letters and digits.
 */
bool caa_set_parse(struct bytes rdata, struct caa_set_record *out);

/* Append the set of n records, which are sorted by this; false if it does not
 * fit into *out. */
bool caa_set_make(struct caa_set_record *v, size_t n, struct buf *out);

/* Take the next record of a set. */
bool caa_set_next(struct bytes *set, struct caa_set_record *out);

/* Append a record as a zone file has it: 0 issue "ca.example". */
void caa_set_text(const struct caa_set_record *r, struct buf *out);

/* Append the first max records of a set as text, and the number of others. */
void caa_set_list(struct bytes set, size_t max, struct buf *out);

#endif
