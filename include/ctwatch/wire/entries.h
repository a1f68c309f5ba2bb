/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entries: the body of get-entries (RFC 6962, 4.6), scanned in place.
 *
 * {"entries":[{"leaf_input":"...","extra_data":"..."},...]}: the plain form
 * that logs send is read without a copy.  Anything else that JSON allows
 * (escapes, further members, other white space is plain) is left to the
 * caller, who asks a JSON library: ENTRIES_UNUSUAL is not a judgement.
 * What is accepted here, jansson accepts with the same strings.
 */
#ifndef CTWATCH_WIRE_ENTRIES_H
#define CTWATCH_WIRE_ENTRIES_H

#include <ctwatch/base/bytes.h>

enum entries_result {
	ENTRIES_OK,
	ENTRIES_END,    /* the document ended where it should */
	ENTRIES_UNUSUAL /* not the plain form; nothing is known of the rest */
};

struct entries {
	struct bytes rest; /* borrowed */
	bool any;          /* an entry was taken */
};

/* One entry: the characters between the quotes, borrowed, not decoded. */
struct entries_one {
	struct bytes leaf_input; /* base64, not yet checked */
	struct bytes extra_data; /* likewise */
};

/* Begin: take everything up to the first entry. */
enum entries_result entries_open(struct bytes body, struct entries *e);

/* Take the next entry, or the end of the document. */
enum entries_result entries_next(struct entries *e, struct entries_one *out);

#endif
