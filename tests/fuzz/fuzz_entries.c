/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of get-entries: what the scanner accepts to its end, jansson
 * accepts, with the same strings in the same order.
 */
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/buf.h>
#include <ctwatch/wire/get_entries.h>

#include "fuzz.h"

static void
check_string(const json_t *entry, const char *member, struct bytes ours)
{
	const json_t *v = json_object_get(entry, member);

	ASSERT(json_is_string(v));
	ASSERT(json_string_length(v) == ours.n);
	ASSERT(
	    ours.n == 0 || memcmp(json_string_value(v), ours.p, ours.n) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct get_entries e;
	struct get_entries_entry one;
	struct buf seen;
	enum get_entries_result r;
	const struct get_entries_entry *v;
	json_t *doc, *list;
	size_t n = 0;

	buf_init(&seen, 1 << 24);
	r = get_entries_open((struct bytes){ data, size }, &e);
	while (r == GET_ENTRIES_OK &&
	    (r = get_entries_next(&e, &one)) == GET_ENTRIES_OK) {
		buf_add(
		    &seen, (struct bytes){ (const uint8_t *)&one, sizeof one });
		n++;
	}
	if (r == GET_ENTRIES_END) {
		doc = json_loadb(
		    (const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
		ASSERT(doc != NULL);
		list = json_object_get(doc, "entries");
		ASSERT(json_is_array(list) && json_array_size(list) == n);
		ASSERT(json_object_size(doc) == 1);
		v = (const struct get_entries_entry *)(const void *)seen.p;
		for (size_t i = 0; i < n; i++) {
			const json_t *entry = json_array_get(list, i);

			ASSERT(json_object_size(entry) == 2);
			check_string(entry, "leaf_input", v[i].leaf_input);
			check_string(entry, "extra_data", v[i].extra_data);
		}
		json_decref(doc);
	}
	buf_fini(&seen);
	return 0;
}
