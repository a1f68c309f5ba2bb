/* SPDX-License-Identifier: Apache-2.0 */
/*
 * get_entries: scan the body of get-entries (RFC 6962, 4.6) in place.
 *
 * {"entries":[{"leaf_input":"...","extra_data":"..."},...]}: members may be in
 * any order, unknown ones are skipped, and their size needs no memory.  An
 * entry may lack extra_data, which no tree covers.
 */
#ifndef CTWATCH_WIRE_GET_ENTRIES_H
#define CTWATCH_WIRE_GET_ENTRIES_H

#include <ctwatch/base/json_scan.h>

enum get_entries_result {
	GET_ENTRIES_OK,
	GET_ENTRIES_END,      /* the document ended where it should */
	GET_ENTRIES_MALFORMED /* malformed: the rest is unreadable */
};

struct get_entries {
	struct bytes rest; /* borrowed */
	bool any;          /* an entry was taken */
};

/* The strings of one entry, borrowed; base64 that is not yet checked. */
struct get_entries_entry {
	struct json_string leaf_input;
	struct json_string extra_data; /* empty if it is no string */
};

/* Take everything up to the first entry: GET_ENTRIES_OK or _MALFORMED. */
enum get_entries_result get_entries_open(
    struct bytes body, struct get_entries *e);

/* Take the next entry, or the end of the document. */
enum get_entries_result get_entries_next(
    struct get_entries *e, struct get_entries_entry *out);

#endif
