/* SPDX-License-Identifier: Apache-2.0 */
/*
 * get_entries: the body of get-entries (RFC 6962, 4.6), scanned in place.
 *
 * {"entries":[{"leaf_input":"...","extra_data":"..."},...]}: the plain form
 * that logs send is read without a copy.  Anything else that JSON allows
 * (escapes, further members, other white space is plain) is left to the
 * caller, who asks a JSON library: GET_ENTRIES_NEED_JSON is not a judgement.
 * What is accepted here, jansson accepts with the same strings.
 */
#ifndef CTWATCH_WIRE_GET_ENTRIES_H
#define CTWATCH_WIRE_GET_ENTRIES_H

#include <ctwatch/base/bytes.h>

enum get_entries_result {
	GET_ENTRIES_OK,
	GET_ENTRIES_END,      /* the document ended where it should */
	GET_ENTRIES_NEED_JSON /* not the plain form; nothing is known of the rest */
};

struct get_entries {
	struct bytes rest; /* borrowed */
	bool any;          /* an entry was taken */
};

/* One entry: the characters between the quotes, borrowed, not decoded. */
struct get_entries_entry {
	struct bytes leaf_input; /* base64, not yet checked */
	struct bytes extra_data; /* likewise */
};

/* Begin: take everything up to the first entry. */
enum get_entries_result get_entries_open(
    struct bytes body, struct get_entries *e);

/* Take the next entry, or the end of the document. */
enum get_entries_result get_entries_next(
    struct get_entries *e, struct get_entries_entry *out);

#endif
