/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv: comma-separated values (RFC 4180), field by field.
 *
 * A quoted field may hold the separator, line ends and doubled quotes.  A
 * byte order mark before the first field is skipped.
 */
#ifndef CTWATCH_BASE_CSV_H
#define CTWATCH_BASE_CSV_H

#include <ctwatch/base/buf.h>

enum csv_result {
	CSV_FIELD, /* a field; the record goes on */
	CSV_LAST,  /* the last field of its record */
	CSV_END,   /* nothing is left */
	CSV_BAD    /* an open quote, or a field over the limit of its buffer */
};

struct csv {
	struct bytes rest; /* borrowed */
	char separator;
	size_t line; /* of the next field; from 1 */
};

/* Begin to read text. */
void csv_init(struct csv *c, struct bytes text, char separator);

/*
 * Read the next field into out, which is cleared first and must have room
 * for it.  An empty line is a record with one empty field.
 */
enum csv_result csv_next(struct csv *c, struct buf *out);

#endif
